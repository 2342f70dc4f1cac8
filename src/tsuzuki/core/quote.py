"""The content of a quote: prices and rules for some lines at one moment, frozen until the buyer accepts.

It is stored as JSON and read back as these values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from .errors import Code, Refused
from .money import Money, total
from .period import BasePeriod, Placement, compute_placement
from .plan import Allowance, Choice, Kind, PlanDefinition, Price, Terms
from .tax import TOKYO, TaxLine, included, lines, percent_on

YES_WITHIN = timedelta(minutes=15)  # the price is kept this long for the yes
PAY_WITHIN = timedelta(hours=24)  # and this long after it for the money
MOST_ITEMS = 500


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of the bill in the price currency.

    `what` is a stable word the pages translate, `names` the operator's own.
    """

    what: str
    amount: Money
    names: dict[str, str]


@dataclass(frozen=True, slots=True)
class QuoteItem:
    """One order to be: everything that was shown, and the rules that will be applied."""

    line: UUID
    kind: Kind
    plan_id: UUID
    plan: str
    names: dict[str, str]
    carrier: str
    zone: str
    choice: Choice
    terms: Terms
    allowances: tuple[Allowance, ...]
    price: Price
    price_lines: tuple[PriceLine, ...]
    percent: int
    tax: Money
    old_end: datetime | None
    starts_at: datetime
    new_end: datetime
    awaits: str | None  # «install» or «first_use»: the start shown is the latest


@dataclass(frozen=True, slots=True)
class QuoteContent:
    items: tuple[QuoteItem, ...]
    total: Money
    tax: tuple[TaxLine, ...]
    made_at: datetime
    valid_until: datetime  # bounds the yes
    pay_by: datetime  # bounds the money
    refund_rule: str  # stable word: what happens when it cannot be delivered


@dataclass(frozen=True, slots=True)
class QuoteRequest:
    """What is asked for one line, with what is known of it now."""

    line: UUID
    carrier: str
    zone: str
    plan: PlanDefinition
    price: Price
    chain: Sequence[BasePeriod]
    choice: Choice


def item_for(wish: QuoteRequest, now: datetime) -> QuoteItem:
    """Freeze one wish; Refused where the plan's rules forbid it."""
    plan, price = wish.plan, wish.price
    placement: Placement = compute_placement(plan.terms, plan.kind, wish.chain, now, wish.zone, wish.choice)
    percent = percent_on(price.tax, now.astimezone(TOKYO).date())
    ends = [base.ends_at for base in wish.chain if base.ends_at > now]
    return QuoteItem(
        line=wish.line,
        kind=plan.kind,
        plan_id=UUID(plan.id),
        plan=plan.code,
        names=plan.names,
        carrier=wish.carrier,
        zone=wish.zone,
        choice=wish.choice,
        terms=plan.terms,
        allowances=plan.allowances,
        price=price,
        price_lines=(PriceLine("plan", price.amount, plan.names),),
        percent=percent,
        tax=included(price.amount, percent),
        old_end=max(ends, default=None),
        starts_at=placement.starts_at,
        new_end=placement.ends_at,
        awaits=placement.awaits and placement.awaits.value,
    )


def quote_for(wishes: Sequence[QuoteRequest], now: datetime) -> QuoteContent:
    """One quote in one currency.

    The deadline for money is counted from the end of the yes, so a late yes still has its day.
    """
    if not wishes:
        raise Refused(Code.QUOTE_EMPTY)
    if len(wishes) > MOST_ITEMS:
        raise Refused(Code.QUOTE_TOO_LONG, most=MOST_ITEMS)
    items = [item_for(wish, now) for wish in wishes]
    tax = lines((item.percent, item.price.amount) for item in items)
    return QuoteContent(
        items=_taxed(items, tax),
        total=total((item.price.amount for item in items), items[0].price.amount.currency),
        tax=tax,
        made_at=now,
        valid_until=now + YES_WITHIN,
        pay_by=now + YES_WITHIN + PAY_WITHIN,
        refund_rule="deliver_or_refund",
    )


def _taxed(items: Sequence[QuoteItem], tax: Sequence[TaxLine]) -> tuple[QuoteItem, ...]:
    """The receipt's tax, rounded once per rate, laid over the items of that rate:
    the books then hold what the receipt says.
    """
    parts: dict[int, Money] = {}
    for line in tax:
        at = [position for position, item in enumerate(items) if item.percent == line.percent]
        parts |= dict(
            zip(at, line.tax.split([items[position].price.amount.minor for position in at]), strict=True)
        )
    return tuple(
        replace(item, tax=parts[position]) if position in parts else item
        for position, item in enumerate(items)
    )
