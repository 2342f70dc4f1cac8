"""One purchase at its unguessable address: where it stands, what the buyer can do, and the receipt."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from tsuzuki.actions.engine.clock import Clock
from tsuzuki.actions.engine.providers import knows
from tsuzuki.actions.engine.receive import buyer_came_back
from tsuzuki.actions.order import unpaid
from tsuzuki.actions.order.advance import advance_within
from tsuzuki.actions.order.choose_again import choose_again
from tsuzuki.actions.order.expire import cancel
from tsuzuki.actions.people import limits
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import Money
from tsuzuki.core.order import AT_REST, DisputeState, State, TenderState
from tsuzuki.core.quote import QuoteContent, QuoteItem
from tsuzuki.core.states import NOBODY_KNOWS, RefundState
from tsuzuki.records import models, queries
from tsuzuki.records.available import missing
from tsuzuki.ui import formats, methods, states
from tsuzuki.ui.languages import N_, translator
from tsuzuki.ui.refusals import sentence

from .confirm import price_lines, tax_lines
from .order_steps import Step, paid_tenders, steps_of, taken_back_after
from .page import page, wanted_language
from .payment_methods import next_step, pay_page, ways

# Times another way to pay may be chosen for one purchase, in so many seconds:
# each opens a payment at a gateway.
AGAIN, PER = 20, 600
_LOOKS = {
    "delivered": "good",
    "refunded": "good",
    "cancelled": "",
    "expired": "",
    "refund_owed": "warn",
    "refunding": "warn",
    "reversed": "bad",
}


@dataclass(frozen=True, slots=True)
class Card:
    """One order of the purchase."""

    number: str
    plan: str
    state: str
    look: str
    steps: tuple[Step, ...]
    rows: tuple[tuple[str, str], ...]
    slow: str  # where to look if it is active and yet slow
    quick: str  # how quickly it was done, where that is worth saying


def order(request: HttpRequest, token: str, language: str = "") -> HttpResponse:
    now = timezone.now()
    purchase = queries.full_purchases().filter(token=token).first() if "\0" not in token else None
    if purchase is None:
        language = language or wanted_language(request)
        return page(
            request,
            "find",
            language,
            status=404,
            path="/find",
            wrong=sentence(Code.ORDER_UNKNOWN, {}, language),
        )
    language = language or purchase.language
    wrong = ""
    if request.method == "POST":
        try:
            return _act(request, purchase, language, now)
        except Refused as refusal:
            wrong = sentence(refusal.code, refusal.facts, language)
            purchase = queries.full_purchases().get(id=purchase.id)
    elif purchase.waiting and buyer_came_back(purchase.id, now):
        advance_within(purchase.id, Clock.read(now))
        purchase = queries.full_purchases().get(id=purchase.id)
    return _shown(request, purchase, language, now, wrong)


def _act(request: HttpRequest, purchase: models.Purchase, language: str, now: datetime) -> HttpResponse:
    if "cancel" in request.POST:
        cancel(purchase.id, "web", now)
    elif method := request.POST.get("method", ""):
        wait = limits.take("pay again", str(purchase.id), AGAIN, PER, now)
        if wait is not None:
            raise Refused(Code.TOO_MANY_TRIES, minutes=-(-wait // 60))
        if not knows(method):
            raise Refused(Code.METHOD_UNKNOWN)
        choose_again(purchase.id, method, now, unpaid.BY_NUMBER)
    advance_within(purchase.id, Clock.read(now))
    return HttpResponseRedirect(
        ("" if "cancel" in request.POST else pay_page(purchase.id)) or f"/{language}/p/{purchase.token}"
    )


def _due(purchase: models.Purchase) -> Money:
    """What is still to come: a voucher or a balance may have paid a part."""
    return Money(missing(purchase), purchase.currency)


def _shown(
    request: HttpRequest, purchase: models.Purchase, language: str, now: datetime, wrong: str
) -> HttpResponse:
    content = queries.quote_value(purchase.quote)
    orders = list(purchase.orders.all())
    numbers = queries.numbers_of([order.line_id for order in orders])
    items = [content.items[order.position] for order in orders]
    cards = [
        _card(order, item, purchase, numbers.get(order.line_id, ""), now, language)
        for order, item in zip(orders, items, strict=True)
    ]
    resting = all(order.state in AT_REST for order in orders)
    due = _due(purchase)
    newest = list(purchase.tenders.all())[-1]
    refused = purchase.waiting and newest.state == TenderState.REFUSED
    tender = newest if newest.state in (TenderState.OPEN, TenderState.WAITING) else None
    cash = tender is not None and tender.method == "cash"
    asked = Money(tender.minor, tender.currency) if tender else due
    zone = items[0].zone
    step = next_step(purchase, zone, language) if purchase.waiting else {}
    choosing = purchase.waiting and (refused or cash or "other" in request.GET)
    return page(
        request,
        "order",
        language,
        status=422 if wrong else 200,
        refresh=None if resting or choosing else _refresh(purchase, now),
        path=f"/p/{purchase.token}",
        wrong=wrong,
        cards=cards,
        resting=resting,
        waiting=purchase.waiting,
        next=step,
        cash=cash,
        refused=refused,
        code=purchase.code,
        total=formats.money(asked, language),
        pay_by=formats.moment(purchase.pay_by, zone, language),
        ways_to_pay=ways(due.currency, purchase.pay_by - now, language, due, bool(purchase.email))
        if choosing
        else (),
        trouble=any(
            order.state in (State.REFUNDING, State.REFUND_OWED, State.REFUNDED, State.REVERSED)
            or order.needs_staff
            for order in orders
        ),
        receipt=_receipt(purchase, items, content, cards, language),
        paid=bool(paid_tenders(purchase)),
        owed=_owed(orders, language),
        disputes=_disputes(purchase, zone, now, language),
    )


def _owed(orders: list[models.Order], language: str) -> str:
    """What waits for the buyer to say where it shall go; empty: nothing."""
    owed = [refund for order in orders for refund in order.refunds.all() if refund.state == RefundState.OWED]
    return (
        formats.money(Money(sum(refund.minor for refund in owed), owed[0].currency), language) if owed else ""
    )


def _disputes(purchase: models.Purchase, zone: str, now: datetime, language: str) -> list[tuple[str, ...]]:
    """What the buyer's bank asks back, or took: what it is, when, and what he can do."""
    say = translator(language)
    told: list[tuple[str, ...]] = []
    of_all = (dispute for tender in purchase.tenders.all() for dispute in tender.disputes.all())
    for dispute in (dispute for dispute in of_all if dispute.state != DisputeState.WON):
        amount = {"amount": formats.money(Money(dispute.minor, dispute.currency), language)}
        at = formats.short(dispute.closed_at or dispute.opened_at, zone, language, now)
        if dispute.state == DisputeState.OPEN:
            told.append(
                (
                    say(N_("Your bank or payment company asks us to return %(amount)s.")) % amount,
                    at,
                    say(
                        N_(
                            "Nothing is decided yet. Until then we cannot refund it, and credit "
                            "bought with it cannot be used."
                        )
                    ),
                    say(N_("If you did not ask your bank for this, please contact us.")),
                )
            )
        else:
            text = say(N_("%(amount)s was taken back by your bank or payment company.")) % amount
            told.append((text, at, say(N_("Please contact us, and we will find a way together."))))
    return told


def _refresh(purchase: models.Purchase, now: datetime) -> int:
    """Look again soon, and ever more rarely the longer it takes.

    Never while the buyer is choosing: what he marked would be lost.
    """
    age = now - purchase.made_at
    return 3 if age < timedelta(minutes=1) else 10 if age < timedelta(minutes=5) else 60


def _card(
    order: models.Order, item: QuoteItem, purchase: models.Purchase, number: str, now: datetime, language: str
) -> Card:
    period, lots = getattr(order, "period", None), list(order.lots.all())
    span = period or (max(lots, key=lambda lot: lot.ends_at) if lots else None)
    starts, ends = (span.starts_at, span.ends_at) if span else (item.starts_at, item.new_end)
    attempt = queries.attempt_of(order)
    unsure = attempt is not None and not attempt.outcome and attempt.standing in NOBODY_KNOWS
    text = states.state(
        queries.state_to_tell(order, purchase),
        starts=formats.short(starts, item.zone, language, now),
        ends=formats.short(ends, item.zone, language, now, closing=True),
        unsure=unsure,
        started=starts <= now,
        language=language,
    )
    delivered = order.state == State.DELIVERED or taken_back_after(order)
    return Card(
        formats.number(number) if number else "",
        formats.name(item.names, language),
        text,
        _LOOKS.get(order.state, "now"),
        steps_of(order, item, purchase, (starts, ends), now, language),
        _rows(order, item, (starts, ends), now, language) if delivered else (),
        f"/{language}/slow/{order.carrier_id}"
        if order.state == State.DELIVERED and item.kind != "credit"
        else "",
        _quick(order, purchase, language) if order.state == State.DELIVERED else "",
    )


def _quick(order: models.Order, purchase: models.Purchase, language: str) -> str:
    paid = max((tender.paid_at for tender in paid_tenders(purchase) if tender.paid_at), default=None)
    if (
        paid is None
        or order.rest_at is None
        or not timedelta() <= order.rest_at - paid < timedelta(minutes=1)
    ):
        return ""
    return translator(language)(N_("Done in %(seconds)s s")) % {
        "seconds": max(1, (order.rest_at - paid).seconds)
    }


def _rows(
    order: models.Order, item: QuoteItem, span: tuple[datetime, datetime], now: datetime, language: str
) -> tuple[tuple[str, str], ...]:
    say = translator(language)
    rows = [(say(N_("Starts")), formats.moment(span[0], item.zone, language))] if span[0] > now else []
    rows.append((say(N_("Ends")), formats.moment(span[1], item.zone, language, closing=True)))
    if language == "zh-Hans" and item.zone == "Asia/Tokyo":  # the same instant on the clock at home
        rows.append(
            (say(N_("In China")), formats.short(span[1], "Asia/Shanghai", language, now, closing=True))
        )
    return tuple(rows)


def _receipt(
    purchase: models.Purchase, items: list[QuoteItem], content: QuoteContent, cards: list[Card], language: str
) -> dict[str, object]:
    say = translator(language)
    brand = queries.brand()
    paid = paid_tenders(purchase)
    rows = [
        (
            say(N_("Paid by")),
            f"{methods.method(tender.method, language).name} · "
            f"{formats.money(Money(tender.minor, tender.currency), language)}",
        )
        for tender in paid
    ]
    if paid:
        rows.append(
            (
                say(N_("Paid on")),
                formats.moment(
                    max(tender.paid_at for tender in paid if tender.paid_at), items[0].zone, language
                ),
            )
        )
    rows += _given_back(purchase, items[0].zone, language)
    rows.append((say(N_("Seller")), brand.legal.get("seller", {}).get(language) or brand.name))
    if brand.invoice_number:
        rows.append((say(N_("Invoice registration")), brand.invoice_number))
    return {
        "code": purchase.code,
        "number": " · ".join(card.number for card in cards),
        "lines": [line for item in items for line in price_lines(item, language)],
        "total": formats.money(Money(purchase.minor, purchase.currency), language),
        "tax": tax_lines(content, language),
        "rows": rows,
    }


def _given_back(purchase: models.Purchase, zone: str, language: str) -> list[tuple[str, str]]:
    """A receipt says what was refunded, and what of the price and its tax is left then."""
    say, orders = translator(language), list(purchase.orders.all())
    over = [
        refund
        for order in orders
        for refund in order.refunds.all()
        if refund.state in (RefundState.DONE, RefundState.BY_DISPUTE)
    ]
    if not over:
        return []
    back = Money(sum(refund.minor for refund in over), purchase.currency)
    last = formats.moment(max(refund.done_at for refund in over if refund.done_at), zone, language)
    left = [
        order for order in orders if order.state not in (State.REFUNDING, State.REFUND_OWED, State.REFUNDED)
    ]
    rest = formats.money(Money(sum(order.minor for order in left), purchase.currency), language)
    taxes: dict[int, int] = {}
    for order in left:
        taxes[order.tax_percent] = taxes.get(order.tax_percent, 0) + order.tax_minor
    tax = [
        say(N_("incl. %(percent)s%% tax %(amount)s"))
        % {"percent": percent, "amount": formats.money(Money(minor, purchase.currency), language)}
        for percent, minor in sorted(taxes.items())
        if minor
    ]
    return [
        (say(N_("Refunded")), f"{formats.money(back, language)} · {last}"),
        (say(N_("Total after refund")), rest + "".join(f" ({part})" for part in tax)),
    ]
