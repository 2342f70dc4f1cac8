"""What to buy, when it starts, how to pay: one screen."""

from dataclasses import dataclass
from datetime import datetime
from unicodedata import normalize

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from tsuzuki.actions.engine.providers import knows, way_to_pay
from tsuzuki.actions.lines import links
from tsuzuki.actions.lines.links import LinkGrant
from tsuzuki.actions.order.offers import plans_for
from tsuzuki.actions.order.quote import LineRequest, quote
from tsuzuki.actions.people import limits
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import parse
from tsuzuki.core.period import BasePeriod, choices, compute_placement, last_end, running, unseen_choices
from tsuzuki.core.plan import Choice, Kind, PlanDefinition, Price, Stacking, Start
from tsuzuki.core.quote import PAY_WITHIN
from tsuzuki.records import models, queries
from tsuzuki.ui import formats, statutory, terms
from tsuzuki.ui.languages import N_, translator
from tsuzuki.ui.refusals import sentence

from .closed import closed
from .page import client, page, typed, wanted_language
from .payment_methods import voucher, ways

QUOTES, PER = 120, 600  # quotes one address may ask for, in so many seconds
CURRENCY = "JPY"
SHOWN = 4  # plans before «more»
_GROUPS = {
    Kind.PLAN: N_("Plans"),
    Kind.ADDON: N_("Extra data and calls, beside your plan"),
    Kind.CREDIT: N_("Balance"),
}


@dataclass(frozen=True, slots=True)
class When:
    """A start on offer, with the end it would bring where that may be shown."""

    value: str
    text: str
    ends: str
    checked: bool


@dataclass(frozen=True, slots=True)
class PlanOffer:
    code: str
    name: str
    price: str
    note: str
    whens: tuple[When, ...]
    checked: bool
    amount: str | None  # as typed so far, where the buyer says how much


@dataclass(frozen=True, slots=True)
class Group:
    """Offers of a kind: a few shown, the rest a tap away. `folded`: even the title is one."""

    title: str
    shown: list[PlanOffer]
    more: list[PlanOffer]
    folded: bool
    open: bool


def choose(request: HttpRequest, token: str, language: str = "") -> HttpResponse:
    language = language or wanted_language(request)
    now = timezone.now()
    try:
        held = links.read(token, now)
    except Refused:
        return page(
            request, "home", language, status=410, path="/", wrong=sentence(Code.LINK_EXPIRED, {}, language)
        )
    line = held.line
    if line.closed_at is not None and line.closed_at <= now:
        return closed(request, line, language)
    wrong, status = "", 200
    if request.method == "POST":
        try:
            return _quoted(request, language, held, now)
        except Refused as refusal:
            if refusal.code is Code.LINE_CLOSED:  # in this very moment
                return closed(request, line, language)
            facts = refusal.facts if held.sees_dates else {}
            wrong, status = sentence(refusal.code, facts, language, line.carrier.zone), 422
    return _shown(request, language, held, line, now, wrong=wrong, status=status)


def _quoted(request: HttpRequest, language: str, held: LinkGrant, now: datetime) -> HttpResponse:
    wait = limits.take_from("quote", client(request), QUOTES, PER, now)
    if wait is not None:
        raise Refused(Code.TOO_MANY_TRIES, minutes=-(-wait // 60))
    plan, method = typed(request, "plan", 60), typed(request, "method", 40)
    start = request.POST.get(f"start-{plan}", "")
    if method != "voucher" and not knows(method):
        raise Refused(Code.METHOD_UNKNOWN)
    choice = Choice(start) if start in list(Choice) else None
    amount = normalize("NFKC", typed(request, f"amount-{plan}", 40)).strip()[:20]
    if f"amount-{plan}" in request.POST and not amount:
        raise Refused(Code.AMOUNT_MALFORMED)
    want = LineRequest(
        held.line.id, plan, choice, parse(amount, CURRENCY) if amount else None, unseen=not held.sees_dates
    )
    row = quote([want], now, CURRENCY)
    if method != "voucher":
        content = queries.quote_value(row)
        # What it does not take is said here, not at the yes.
        way_to_pay(method, content.total, content.pay_by - now)
    return HttpResponseRedirect(f"/{language}/q/{links.quote_token(row.id, held, method, now)}")


def _shown(
    request: HttpRequest,
    language: str,
    held: LinkGrant,
    line: models.Line,
    now: datetime,
    wrong: str,
    status: int,
) -> HttpResponse:
    chain = queries.chains_of([line.id], now)[line.id] if held.sees_dates else []
    sold = plans_for(line, CURRENCY, now)
    last = queries.last_plan_of(line.id) if held.sees_dates else None
    chosen = request.POST.get("plan") or last
    so_far = typed(request, f"amount-{chosen}", 40)
    groups = []
    for kind, title in _GROUPS.items():
        offers = [
            _offer(plan, price, chain, held, line, now, language, (chosen, last, so_far))
            for plan, price in sold
            if plan.kind is kind
        ]
        plan_offers = sorted((offer for offer in offers if offer), key=lambda offer: offer.code != last)
        if plan_offers:
            groups.append(_group(translator(language)(title), plan_offers, folded=kind is not Kind.PLAN))
    shown = [*ways(CURRENCY, PAY_WITHIN, language), voucher(language)]
    return page(
        request,
        "choose",
        language,
        status=status,
        path=f"/r/{request.resolver_match.kwargs['token']}" if request.resolver_match else "",
        wrong=wrong,
        groups=groups,
        ways_to_pay=shown,
        method=request.POST.get("method") or (shown[0].code if len(shown) == 1 else ""),
        line=_line(line, held, chain, now, language),
    )


def _group(title: str, offers: list[PlanOffer], folded: bool) -> Group:
    shown, more = (offers, []) if folded or len(offers) <= SHOWN + 1 else (offers[:SHOWN], offers[SHOWN:])
    return Group(title, shown, more, folded, any(offer.checked for offer in (offers if folded else more)))


def _line(
    line: models.Line, held: LinkGrant, chain: list[BasePeriod], now: datetime, language: str
) -> dict[str, object]:
    """Whose line it is: the number, masked; its state only for who holds the SIM or our link."""
    number = queries.numbers_of([line.id]).get(line.id, "")
    sim = models.Sim.objects.filter(line=line, until=None).values_list("kind", flat=True).first()
    end, zone = last_end(chain, now), line.carrier.zone
    return {
        "number": formats.number(number) if number else "",
        "carrier": formats.name(line.carrier.names, language),
        "sim": sim,
        "technology": line.technology.upper(),
        "sees": held.sees_dates,
        "network": line.carrier.network,
        "running": running(chain, now) is not None,
        "end": end and formats.moment(end, zone, language, closing=True),
        "suspended": held.sees_dates and line.suspended_at is not None,
    }


def _offer(
    plan: PlanDefinition,
    price: Price,
    chain: list[BasePeriod],
    held: LinkGrant,
    line: models.Line,
    now: datetime,
    language: str,
    marked: tuple[str | None, ...],
) -> PlanOffer | None:
    whens = (
        _seen(plan, chain, line.carrier.zone, now, language) if held.sees_dates else _unseen(plan, language)
    )
    if not (whens if held.sees_dates else unseen_choices(plan.terms, plan.kind)):
        # nothing of it can be bought now: an addon without a plan, a validity that is full; or it might cut
        # what is not seen
        return None
    chosen, last, amount = marked
    say = translator(language)
    notes = [terms.lasts(plan.terms, language), terms.starts(plan.terms, language)]
    if not any(when.ends for when in whens):
        notes.append(terms.begun(plan.terms, now, line.carrier.zone, language))
    if plan.code == last:
        notes.insert(0, say(N_("the same as last time")))
    return PlanOffer(
        plan.code,
        formats.name(plan.names, language),
        formats.money(price.amount, language),
        " · ".join(filter(None, notes)),
        whens,
        plan.code == chosen,
        (amount if plan.code == chosen else "") if _is_open(plan) else None,
    )


def _is_open(plan: PlanDefinition) -> bool:
    """A recharge of any amount up to its price."""
    return plan.kind is Kind.CREDIT and plan.allowances[0].amount is None


def _seen(
    plan: PlanDefinition, chain: list[BasePeriod], zone: str, now: datetime, language: str
) -> tuple[When, ...]:
    say = translator(language)
    result = []
    for choice in choices(plan.terms, plan.kind, chain, now, zone):
        placed = compute_placement(plan.terms, plan.kind, chain, now, zone, choice)
        ends = formats.short(placed.lots_end, zone, language, now, closing=True)
        if placed.awaits:
            text = say(N_("When first used"))
        elif placed.lots_start == now and placed.starts_at > now:
            text = say(N_("Data right away, added to the end"))
        elif placed.starts_at <= now:
            text = say(N_("Start now"))
        else:
            text = say(N_("When the current plan ends, %(starts)s")) % {
                "starts": formats.short(placed.starts_at, zone, language, now)
            }
        result.append(When(choice, text, say(N_("until %(ends)s")) % {"ends": ends}, False))
    return _first_kindest(result)


def _unseen(plan: PlanDefinition, language: str) -> tuple[When, ...]:
    """To somebody who only typed a number the same is offered, without dates, whether
    or not anything runs.
    """
    if (
        plan.kind is not Kind.PLAN
        or plan.terms.stacking is not Stacking.QUEUE
        or plan.terms.start is not Start.PURCHASE
    ):
        return ()
    say = translator(language)
    return (When(Choice.AFTER_CURRENT, say(statutory.DELIVERY_AFTER_UNSEEN), "", True),)


def _first_kindest(whens: list[When]) -> tuple[When, ...]:
    """Waiting for the plan that runs loses nothing, so it is what is marked.

    The page marks the other at a tap.
    """
    marked = Choice.AFTER_CURRENT if any(when.value == Choice.AFTER_CURRENT for when in whens) else Choice.NOW
    return tuple(When(when.value, when.text, when.ends, when.value == marked) for when in whens)
