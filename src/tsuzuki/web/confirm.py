"""The last screen before the order: everything, once, and one button with the amount on it."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from tsuzuki.actions.engine.clock import Clock
from tsuzuki.actions.engine.providers import Way, way_to_pay
from tsuzuki.actions.lines import links
from tsuzuki.actions.order import unpaid
from tsuzuki.actions.order.accept import accept
from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
from tsuzuki.actions.order.advance import advance_within
from tsuzuki.actions.people import limits
from tsuzuki.core import mailbox
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.plan import Choice, Kind
from tsuzuki.core.principal import Principal
from tsuzuki.core.quote import QuoteContent, QuoteItem
from tsuzuki.records import models, queries
from tsuzuki.records.promise import promise_of
from tsuzuki.ui import formats, methods, statutory, terms
from tsuzuki.ui.business_hours import business_hours
from tsuzuki.ui.languages import N_, translator
from tsuzuki.ui.refusals import sentence

from . import abroad
from .closed import closed
from .page import client, page, typed, wanted_language
from .payment_methods import pay_page

VOUCHERS, PER = 10, 600  # voucher codes one address may try, in so many seconds
LETTERS, HOUR = 10, 3600  # orders that name one mailbox: it may be a stranger's
ORDERS = 60  # of one address in that time
_STALE = (Code.QUOTE_EXPIRED, Code.QUOTE_UNKNOWN, Code.LINK_EXPIRED)
_TAX = N_("incl. %(percent)s%% tax %(amount)s.")


def confirm(request: HttpRequest, token: str, language: str = "") -> HttpResponse:
    language = language or wanted_language(request)
    now = timezone.now()
    try:
        offer = links.read_quote(token, now)
        row = models.Quote.objects.filter(id=offer.quote).first()
        if row is None:
            raise Refused(Code.LINK_EXPIRED)
        line = models.Line.objects.select_related("carrier").get(id=queries.quote_value(row).items[0].line)
        offer.require(line)
    except Refused as refusal:
        return page(
            request, "home", language, status=410, path="/", wrong=sentence(refusal.code, {}, language)
        )
    bought = models.Purchase.objects.filter(quote=row).values_list("token", flat=True).first()
    if bought:  # a second tab, Back, a double click: the same order
        return HttpResponseRedirect(f"/{language}/p/{bought}")
    if line.closed_at is not None and line.closed_at <= now:
        return closed(request, line, language)
    wrong = dict.fromkeys(("page", "email", "voucher", "stale"), "")
    if request.method == "POST":
        try:
            return HttpResponseRedirect(_ordered(request, language, offer, row, now))
        except Refused as refusal:
            if refusal.code is Code.LINE_CLOSED:  # in this very moment
                return closed(request, line, language)
            text = sentence(refusal.code, refusal.facts, language)
            where = next(
                (name for name in ("email", "voucher") if refusal.code.value.startswith(name)), "page"
            )
            wrong |= {where: text, "stale": "1" if refusal.code in _STALE else ""}
    elif now >= row.valid_until:
        wrong |= {"page": sentence(Code.QUOTE_EXPIRED, {}, language), "stale": "1"}
    return _shown(request, language, offer, row, line, now, wrong)


def _ordered(
    request: HttpRequest, language: str, offer: links.QuoteLink, row: models.Quote, now: datetime
) -> str:
    """The yes; then, at once, as far as it goes without the buyer. Where the buyer goes next."""
    email = mailbox.read(typed(request, "email", 400))
    if email:
        _brake("letters to", mailbox.owner(email), LETTERS, HOUR, now)
    _brake("order", client(request), ORDERS, HOUR, now)
    secret = typed(request, "voucher", 60) if offer.method == "voucher" else ""
    if offer.method == "voucher":
        _brake("voucher", client(request), VOUCHERS, PER, now)
    most = unpaid.BY_NUMBER if offer.knows is links.AccessLevel.NUMBER else unpaid.BY_HOLDER
    buyer = Buyer(Principal.visitor(), str(offer.quote), email, language, most)
    purchase = accept(offer.quote, [PaymentChoice(offer.method, secret=secret)], buyer, now)
    advance_within(purchase.id, Clock.read(now))
    return pay_page(purchase.id) or f"/{language}/p/{purchase.token}"


def _brake(name: str, subject: str, allowed: int, seconds: int, now: datetime) -> None:
    wait = limits.take_from(name, subject, allowed, seconds, now)
    if wait is not None:
        raise Refused(Code.TOO_MANY_TRIES, minutes=-(-wait // 60))


def _shown(
    request: HttpRequest,
    language: str,
    offer: links.QuoteLink,
    row: models.Quote,
    line: models.Line,
    now: datetime,
    wrong: dict[str, str],
) -> HttpResponse:
    content = queries.quote_value(row)
    item = content.items[0]
    sees = offer.knows is not links.AccessLevel.NUMBER
    number = queries.numbers_of([line.id]).get(line.id, "")
    total, way = formats.money(content.total, language), _way(offer, content)
    again = f"/{language}/r/{links.token(line, offer.knows, now)}"
    return page(
        request,
        "confirm",
        language,
        status=422 if any(wrong.values()) else 200,
        wrong=wrong,
        again=again,
        number=formats.number(number) if number else "",
        total=total,
        method=offer.method,
        needs_email=bool(way and way.method.needs_email),
        email=request.POST.get("email", ""),
        lines=price_lines(item, language),
        tax=tax_lines(content, language),
        ends=_ends(item, language, now) if sees else None,
        zone=formats.zone_label(item.zone, language),
        abroad=abroad.of_line(item, line.carrier_id, now, language),
        statutory={
            "rows": _check_of(content, line.carrier, (offer.method, way), sees, language, now).rows(language)
        },
    )


def _way(offer: links.QuoteLink, content: QuoteContent) -> Way | None:
    """What holds for the way to pay that was chosen; None:
    our own books', or it is no way to pay this any more.
    """
    try:
        return (
            None
            if offer.method == "voucher"
            else way_to_pay(offer.method, content.total, content.pay_by - content.made_at)
        )
    except Refused:
        return None


def price_lines(item: QuoteItem, language: str) -> list[dict[str, str]]:
    return [
        {
            "name": formats.name(price_line.names, language),
            "amount": formats.money(price_line.amount, language),
        }
        for price_line in item.price_lines
    ]


def tax_lines(content: QuoteContent, language: str) -> list[str]:
    say = translator(language)
    shown = [
        say(_TAX) % {"percent": line.percent, "amount": formats.money(line.tax, language)}
        for line in content.tax
        if line.tax.minor
    ]
    return shown or [say(N_("Not taxed."))]


def _ends(item: QuoteItem, language: str, now: datetime) -> dict[str, str]:
    old = (
        formats.short(item.old_end, item.zone, language, now, closing=True)
        if item.old_end
        else translator(language)(N_("no plan"))
    )
    return {"old": old, "new": formats.short(item.new_end, item.zone, language, now, closing=True)}


def _check_of(
    content: QuoteContent,
    carrier: models.Carrier,
    chosen: tuple[str, Way | None],
    sees: bool,
    language: str,
    now: datetime,
) -> statutory.FinalCheck:
    item, say = content.items[0], translator(language)
    method, way = chosen
    until = min(content.pay_by, now + way.method.longest) if way and way.method.longest else content.pay_by
    pay_by = formats.moment(until, item.zone, language)
    rule = statutory.CANCELLATION_BY_HAND if carrier.hours else statutory.CANCELLATION
    lasts = [terms.lasts(item.terms, language)]
    if item.kind is Kind.CREDIT and method == "voucher":
        lasts.append(say(statutory.CREDIT_BY_VOUCHER))
    if not sees or item.starts_at <= content.made_at:
        lasts.append(terms.begun(item.terms, now, item.zone, language))
    return statutory.FinalCheck(
        quantity=say(N_("%(plan)s, one, %(lasts)s"))
        % {"plan": formats.name(item.names, language), "lasts": " · ".join(filter(None, lasts))},
        price=say(N_("%(amount)s in all")) % {"amount": formats.money(content.total, language)},
        payment=methods.method(way.method.code if way else method, language, pay_by).paid,
        delivery=_delivery(item, carrier, sees, language, now),
        cancellation=say(rule) % {"span": formats.span(carrier.refund_after_seconds, language)},
        deadline=formats.moment(content.valid_until, item.zone, language),
    )


def _delivery(item: QuoteItem, carrier: models.Carrier, sees: bool, language: str, now: datetime) -> str:
    say = translator(language)
    if item.awaits:
        return terms.starts(item.terms, language)
    waits, unseen = item.choice is Choice.AFTER_CURRENT, not sees
    if waits and sees and item.starts_at > now:
        return say(statutory.DELIVERY_AFTER) % {"starts": formats.moment(item.starts_at, item.zone, language)}
    if carrier.hours:
        by = formats.moment(promise_of(carrier, now), carrier.zone, language)
        words = statutory.DELIVERY_BY_HAND_UNSEEN if waits and unseen else statutory.DELIVERY_BY_HAND
        return say(words) % {"hours": business_hours(carrier.hours, carrier.zone, language), "by": by}
    return say(statutory.DELIVERY_AFTER_UNSEEN if waits and unseen else statutory.DELIVERY)
