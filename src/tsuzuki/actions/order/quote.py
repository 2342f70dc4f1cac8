"""Price choices for lines at a moment, frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from uuid import UUID

import msgspec
from django.db import transaction

from tsuzuki.actions.write.ids import mint_beside
from tsuzuki.actions.write.insert import insert
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import Money, payable
from tsuzuki.core.period import Base, choices, unseen_choices
from tsuzuki.core.plan import Allowance, Choice, Good, Kind, Price
from tsuzuki.core.quote import Quote, Wish, quote_for
from tsuzuki.records import models, queries

from .offers import has_word
from .place import is_closed


@dataclass(frozen=True, slots=True)
class Want:
    """One line's wish: a plan by its code.

    `choice` None: what loses nothing; `amount` only for a credit plan that leaves it open. `unseen`: who asks
    must not see what runs on the line.
    """

    line: UUID
    plan: str
    choice: Choice | None = None
    amount: Money | None = None
    unseen: bool = False


def quote(
    wants: Sequence[Want], now: datetime, currency: str = "JPY", account: UUID | None = None
) -> models.Quote:
    """Freeze prices, tax, dates and rules of some wishes, one total.

    Refused where a rule forbids one; nothing is written then.
    """
    return quote_many([wants], now, currency, account)[0]


@transaction.atomic(durable=True)
def quote_many(
    groups: Sequence[Sequence[Want]], now: datetime, currency: str = "JPY", account: UUID | None = None
) -> list[models.Quote]:
    """A quote for each group of wishes, read and written together: a campaign, all lines due tomorrow."""
    catalogue = _Catalogue.of([want for wants in groups for want in wants], now, currency)
    rows = []
    for wants in groups:
        content = quote_for([_wish(want, catalogue, now) for want in wants], now)
        id = mint_beside(now, content.items[0].line)
        kept = msgspec.to_builtins(content)
        rows.append(
            models.Quote(
                id=id, content=kept, account_id=account, made_at=now, valid_until=content.valid_until
            )
        )
    insert(rows)
    return rows


def price(wants: Sequence[Want], now: datetime, currency: str = "JPY") -> Quote:
    """The same without writing: what a page of choices shows."""
    catalogue = _Catalogue.of(wants, now, currency)
    return quote_for([_wish(want, catalogue, now) for want in wants], now)


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """What is known of the lines and plans of some wishes, read with one query each."""

    lines: Mapping[UUID, models.Line]
    plans: Mapping[str, models.Plan]
    prices: Mapping[UUID, Price]
    chains: Mapping[UUID, Sequence[Base]]
    currency: str

    @classmethod
    def of(cls, wants: Sequence[Want], now: datetime, currency: str) -> Self:
        lines = queries.read_by_id(models.Line, {want.line for want in wants})
        carriers = queries.read_by_id(models.Carrier, {line.carrier_id for line in lines.values()})
        for line in lines.values():
            line.carrier = carriers[line.carrier_id]
        plans = queries.plans_by_code(want.plan for want in wants)
        prices = queries.prices_of([plan.id for plan in plans.values()], currency, now)
        return cls(lines, plans, prices, queries.chains_of(list(lines), now), currency)


def _wish(want: Want, known: _Catalogue, now: datetime) -> Wish:
    line, row = known.lines.get(want.line), known.plans.get(want.plan)
    if line is None:
        raise Refused(Code.NUMBER_UNKNOWN, number="")
    if is_closed(line):
        raise Refused(Code.LINE_CLOSED)
    if line.held_back:
        raise Refused(Code.LINE_NOT_YET)
    if row is None:
        raise Refused(Code.PLAN_UNKNOWN, plan=want.plan[:60])
    if row.retired_at is not None and row.retired_at <= now:
        raise Refused(Code.PLAN_RETIRED, plan=row.code)
    if row.carrier_id not in (None, line.carrier_id) or (row.technology == "5g" and line.technology != "5g"):
        raise Refused(Code.PLAN_NOT_FOR_LINE, plan=row.code)
    if not has_word(line.carrier, row.kind, row.code):
        raise Refused(Code.PLAN_NOT_FOR_LINE, plan=row.code)
    if row.id not in known.prices:
        raise Refused(Code.PLAN_NOT_PRICED, plan=row.code, currency=known.currency)
    plan, cost = queries.plan_value(row), known.prices[row.id]
    if plan.kind is Kind.CREDIT:
        cost = _open_amount(plan.allowances, cost, want.amount)
        plan = replace(plan, allowances=(Allowance(Good.CREDIT, cost.amount.minor),))
    elif want.amount is not None and want.amount != cost.amount:
        raise Refused(Code.TENDERS_DO_NOT_COVER, missing=str(cost.amount))
    chain, zone = known.chains[line.id], line.carrier.zone
    offered = (
        unseen_choices(plan.terms, plan.kind)
        if want.unseen
        else choices(plan.terms, plan.kind, chain, now, zone)
    )
    choice = want.choice or _kindest(offered)
    if want.unseen and choice not in offered:
        raise Refused(Code.START_NOT_OFFERED, choice=choice.value)
    return Wish(line.id, line.carrier_id, zone, plan, cost, chain, choice)


def _kindest(offered: Sequence[Choice]) -> Choice:
    """Waiting for the current period loses nothing, so it is meant where nothing was said.

    Where nothing is offered, `place` says why.
    """
    return Choice.AFTER_CURRENT if Choice.AFTER_CURRENT in offered else Choice.NOW


def _open_amount(allowances: Sequence[Allowance], price: Price, amount: Money | None) -> Price:
    """A credit plan whose allowance is open takes any amount up to its price; another has one amount only."""
    if amount is not None and amount.currency != price.amount.currency:
        raise Refused(Code.CURRENCY_MISMATCH, expected=price.amount.currency, got=amount.currency)
    if amount is not None:
        payable(amount.minor, amount.currency)
    is_open = allowances[0].amount is None
    if amount is None or amount == price.amount:
        return price
    if not is_open or price.amount < amount:
        raise Refused(
            Code.AMOUNT_TOO_LARGE if price.amount < amount else Code.TENDERS_DO_NOT_COVER,
            amount=amount.minor,
            missing=str(price.amount),
        )
    return replace(price, amount=amount, cost=Money(0, amount.currency))
