"""GET lines and plans. The operator's own programs see all of a line; a reseller sees of it what it sold."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from tsuzuki.actions.order.offers import plans_for
from tsuzuki.actions.people import limits
from tsuzuki.core import identifiers
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import Money
from tsuzuki.core.period import BasePeriod, choices, compute_placement, unseen_choices
from tsuzuki.core.plan import PlanDefinition, Price
from tsuzuki.core.states import HoldingState
from tsuzuki.core.tax import TOKYO, percent_on
from tsuzuki.records import models, queries
from tsuzuki.records.holdings import Holdings, PlanHeld, holdings

from . import bodies as b
from . import pagination
from .router import Call, Reply

MISSES, MISSES_PER = 120, 3600  # numbers tried that are on no line: an account that lists ours is stopped


def find_lines(call: Call) -> Reply:
    query: b.LineSearch = call.query
    if (query.msisdn is None) == (query.iccid is None):
        raise Refused(Code.MALFORMED, where="msisdn", reason="exactly one of msisdn and iccid is needed")
    try:
        line = (
            queries.line_by_number(query.msisdn, call.now)
            if query.msisdn
            else queries.line_by_iccid(query.iccid or "")
        )
    except Refused as refusal:
        if refusal.code is Code.NUMBER_UNKNOWN:
            wait = limits.take("api miss", str(call.who.id), MISSES, MISSES_PER, call.now)
            if wait is not None:
                raise Refused(Code.RATE_LIMITED, seconds=wait) from None
        raise
    return Reply(b.Lines(items=[_line(line.id, call)], next=None))


def get_line(call: Call) -> Reply:
    return Reply(_line(id_of(call.path["id"]), call))


def id_of(text: str) -> UUID:
    """An id in the address; what is none is as unknown as one we never gave out."""
    try:
        return UUID(text)
    except ValueError:
        raise Refused(Code.NOT_FOUND) from None


def _line(line: UUID, call: Call) -> b.LineShown:
    ours = call.who.kind == "operator"
    held = holdings(line, call.now, None if ours else call.who.id)
    if held is None:
        raise Refused(Code.NOT_FOUND)
    number = held.number and (held.number if ours else identifiers.mask_msisdn(held.number))
    return b.LineShown(
        id=held.line,
        msisdn=number,
        technology=held.technology,
        zone=held.carrier.zone,
        state=held.state,  # type: ignore[arg-type]  # a column of these words
        carrier=b.CarrierShown(
            code=held.carrier.code, names=held.carrier.names, network=held.carrier.network
        ),
        sim=b.SimShown(kind=held.sim.kind, iccid=identifiers.mask_iccid(held.sim.iccid))
        if held.sim
        else None,
        plan=plan_name(held.running.plan) if held.running else None,
        credit=[amount(money) for money in held.credit],
        credit_frozen=[amount(money) for money in held.frozen],
        **_spans(held),
    )


def _spans(held: Holdings) -> dict[str, list]:  # type: ignore[type-arg]  # of three kinds of body
    return {
        "periods": [
            b.PeriodShown(
                plan=plan_name(period.plan),
                starts_at=period.starts_at,
                ends_at=period.ends_at,
                awaits=period.awaits or None,  # type: ignore[arg-type]  # a column of these words
            )
            for period in held.periods
        ],
        "lots": [
            b.LotShown(
                good=lot.good,
                granted=lot.granted,
                remaining=lot.remaining,
                currency=lot.currency or None,
                starts_at=lot.starts_at,
                ends_at=lot.ends_at,
            )
            for lot in held.lots
        ],
        "deadlines": [b.Deadline(what=what, at=at) for what, at in held.deadlines()],  # type: ignore[arg-type]
    }


def plan_name(plan: models.Plan | PlanHeld) -> b.PlanName:
    return b.PlanName(id=plan.id, code=plan.code, names=plan.names)


def amount(money: Money) -> b.Amount:
    return b.Amount(amount_minor=money.minor, currency=money.currency)


def list_plans(call: Call) -> Reply:
    query: b.PlanSearch = call.query
    line = models.Line.objects.select_related("carrier").filter(id=query.line_id).first()
    if line is None:
        raise Refused(Code.NOT_FOUND)
    return Reply(_plans(line, call, query))


def hidden(lines: Collection[UUID], call: Call) -> set[UUID]:
    """Those of some lines whose dates the asker is not told: a reseller, where somebody else sold what still
    runs or is to come.
    """
    if call.who.kind == "operator":
        return set()
    rows = models.Period.objects.filter(line__in=lines, state=HoldingState.CONFIRMED, ends_at__gt=call.now)
    return set(rows.exclude(order__purchase__account=call.who).values_list("line", flat=True))


def _plans(line: models.Line, call: Call, query: b.PlanSearch) -> b.Plans:
    """What can be bought now; a plan that has no start at this moment is left out."""
    now, seen = call.now, not hidden([line.id], call)
    chain = queries.chains_of([line.id], now)[line.id]
    sold = plans_for(line, call.who.currency, now)
    after = pagination.read(query.cursor)
    codes = [plan.code for plan, _ in sold]
    if after and after not in codes:
        raise Refused(Code.MALFORMED, where="cursor")
    sold = sold[codes.index(after) + 1 :] if after else sold
    here, following = pagination.cut([plan for plan, price in sold[: query.limit + 1]], query.limit, "code")
    prices = {plan.code: price for plan, price in sold}
    closed = line.closed_at is not None and line.closed_at <= now
    shown = [
        _plan(plan, prices[plan.code], chain, line.carrier.zone, now, seen)
        for plan in ([] if closed else here)
    ]
    return b.Plans(items=[item for item in shown if item is not None], next=following)


def _plan(
    plan: PlanDefinition, price: Price, chain: Sequence[BasePeriod], zone: str, now: datetime, seen: bool
) -> b.PlanShown | None:
    if seen:
        offered = choices(plan.terms, plan.kind, chain, now, zone)
        pairs = [
            (choice, compute_placement(plan.terms, plan.kind, chain, now, zone, choice)) for choice in offered
        ]
        starts = [
            b.Choice(start=choice.value, starts_at=placed.starts_at, new_end=placed.ends_at)
            for choice, placed in pairs
        ]
    else:
        starts = [
            b.Choice(start=choice.value, starts_at=None, new_end=None)
            for choice in unseen_choices(plan.terms, plan.kind)
        ]
    if not starts:
        return None
    return b.PlanShown(
        id=UUID(plan.id),
        code=plan.code,
        kind=plan.kind.value,
        names=plan.names,
        technology=plan.technology,
        allowances=[
            b.Allowance(good=allowance.good.value, amount=allowance.amount) for allowance in plan.allowances
        ],
        price=amount(price.amount),
        tax_percent=percent_on(price.tax, now.astimezone(TOKYO).date()),
        starts=starts,
    )
