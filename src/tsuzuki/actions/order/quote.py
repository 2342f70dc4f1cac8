"""Making quotes: prices for lines at a moment, frozen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import transaction

from tsuzuki.actions.write.ids import mint_beside
from tsuzuki.actions.write.insert import insert
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import Money, payable
from tsuzuki.core.period import choices, unseen_choices
from tsuzuki.core.plan import Allowance, AllowanceKind, Choice, Kind, Price
from tsuzuki.core.quote import QuoteContent, QuoteRequest, quote_for
from tsuzuki.records import models
from tsuzuki.records.for_sale import ForSale, for_sale

from .offers import has_word
from .schedule import is_closed


@dataclass(frozen=True, slots=True)
class LineRequest:
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
    wants: Sequence[LineRequest], now: datetime, currency: str = "JPY", account: UUID | None = None
) -> models.Quote:
    """Freeze prices, tax, dates and rules of some wishes, one total.

    Refused where a rule forbids one; nothing is written then.
    """
    return quote_many([wants], now, currency, account)[0]


@transaction.atomic(durable=True)
def quote_many(
    groups: Sequence[Sequence[LineRequest]], now: datetime, currency: str = "JPY", account: UUID | None = None
) -> list[models.Quote]:
    """A quote for each group of wishes, read and written together: a campaign, all lines due tomorrow."""
    known = _for_sale([want for wants in groups for want in wants], now, currency)
    rows = []
    for wants in groups:
        content = quote_for([_wish(want, known, now, currency) for want in wants], now)
        id = mint_beside(now, content.items[0].line)
        kept = msgspec.to_builtins(content)
        rows.append(
            models.Quote(
                id=id, content=kept, account_id=account, made_at=now, valid_until=content.valid_until
            )
        )
    insert(rows)
    return rows


def price(wants: Sequence[LineRequest], now: datetime, currency: str = "JPY") -> QuoteContent:
    """The same without writing: what a page of choices shows."""
    known = _for_sale(wants, now, currency)
    return quote_for([_wish(want, known, now, currency) for want in wants], now)


def _for_sale(wants: Sequence[LineRequest], now: datetime, currency: str) -> ForSale:
    return for_sale({want.line for want in wants}, {want.plan for want in wants}, currency, now)


def _wish(want: LineRequest, known: ForSale, now: datetime, currency: str) -> QuoteRequest:
    line, offer = known.lines.get(want.line), known.offers.get(want.plan)
    if line is None:
        raise Refused(Code.NUMBER_UNKNOWN, number="")
    if is_closed(line):
        raise Refused(Code.LINE_CLOSED)
    if line.held_back:
        raise Refused(Code.LINE_NOT_YET)
    if offer is None:
        raise Refused(Code.PLAN_UNKNOWN, plan=want.plan[:60])
    plan, price, carrier = offer.plan, offer.price, known.carriers[line.carrier_id]
    if offer.retired_at is not None and offer.retired_at <= now:
        raise Refused(Code.PLAN_RETIRED, plan=plan.code)
    if plan.carrier not in (None, carrier.code) or (plan.technology == "5g" and line.technology != "5g"):
        raise Refused(Code.PLAN_NOT_FOR_LINE, plan=plan.code)
    if not has_word(carrier, plan.kind, plan.code):
        raise Refused(Code.PLAN_NOT_FOR_LINE, plan=plan.code)
    if price is None:
        raise Refused(Code.PLAN_NOT_PRICED, plan=plan.code, currency=currency)
    if plan.kind is Kind.CREDIT:
        price = _open_amount(plan.allowances, price, want.amount)
        plan = replace(plan, allowances=(Allowance(AllowanceKind.CREDIT, price.amount.minor),))
    elif want.amount is not None and want.amount != price.amount:
        raise Refused(Code.TENDERS_DO_NOT_COVER, missing=str(price.amount))
    chain = known.chains[line.id]
    offered = (
        unseen_choices(plan.terms, plan.kind)
        if want.unseen
        else choices(plan.terms, plan.kind, chain, now, carrier.zone)
    )
    choice = want.choice or _kindest(offered)
    if want.unseen and choice not in offered:
        raise Refused(Code.START_NOT_OFFERED, choice=choice.value)
    return QuoteRequest(line.id, carrier.code, carrier.zone, plan, price, chain, choice)


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
