"""What lines bring along becomes orders that are delivered already: periods, lots and their postings, so that
the books hold from the first day. The old system's debt to its customers is `clearing:opening`, negative by
what was taken over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from tsuzuki.actions.write.ids import code, mint_beside, token
from tsuzuki.actions.write.insert import insert
from tsuzuki.core import postings
from tsuzuki.core.ledger_event import LedgerEvent
from tsuzuki.core.means import OPENING
from tsuzuki.core.money import Money
from tsuzuki.core.order import State, TenderState
from tsuzuki.core.plan import Allowance, AllowanceKind, Choice, PlanDefinition, Price
from tsuzuki.core.postings import Posting
from tsuzuki.core.principal import PrincipalKind
from tsuzuki.core.quote import QuoteContent, QuoteItem
from tsuzuki.core.states import HoldingState
from tsuzuki.core.tax import TaxRule
from tsuzuki.ledger import book
from tsuzuki.records import models, queries

from .rows import Moved, Reader

METHOD = OPENING
DAY = timedelta(days=1)


def write(lines: Sequence[tuple[UUID, Moved]], reader: Reader) -> None:
    """The openings of lines just written, in the caller's transaction."""
    plans = {code: queries.plan_value(plan) for code, plan in reader.plans.items()}
    wrote = _Wrote(reader.as_of, reader.map.currency)
    for line, row in lines:
        if row.opening:
            _open(
                _Line(line, row, reader.carriers[row.line.carrier], wrote),
                plans,
                plans.get(reader.map.credit_plan),
            )
    for rows in (wrote.quotes, wrote.purchases, wrote.orders, wrote.tenders, wrote.periods, wrote.lots):
        insert(rows)
    book.post(wrote.posted, reader.as_of)


@dataclass(slots=True)
class _Wrote:
    """Rows of a whole batch, and its postings."""

    now: datetime
    currency: str
    quotes: list[models.Quote] = field(default_factory=list)
    purchases: list[models.Purchase] = field(default_factory=list)
    orders: list[models.Order] = field(default_factory=list)
    tenders: list[models.Tender] = field(default_factory=list)
    periods: list[models.Period] = field(default_factory=list)
    lots: list[models.Lot] = field(default_factory=list)
    posted: dict[LedgerEvent, list[Posting]] = field(default_factory=dict)

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)


class _Line:
    """One line's purchase in the making."""

    def __init__(self, id: UUID, row: Moved, zone: str, wrote: _Wrote) -> None:
        self.id, self.row, self.zone, self.wrote = id, row, zone, wrote
        self.quote, self.purchase = mint_beside(wrote.now, id), mint_beside(wrote.now, id)
        self.items: list[QuoteItem] = []

    def order(
        self, plan: PlanDefinition, minor: int, given: tuple[Allowance, ...], until: datetime
    ) -> models.Order:
        """Taxed, if at all, where it was sold: here it carries no tax."""
        now, carrier, nothing = self.wrote.now, self.row.line.carrier, self.wrote.money(0)
        price = Price(self.wrote.money(minor), nothing, TaxRule.OUT_OF_SCOPE)
        made = models.Order(
            id=mint_beside(now, self.id),
            purchase_id=self.purchase,
            position=len(self.items),
            line_id=self.id,
            plan_id=UUID(plan.id),
            carrier_id=carrier,
            kind=plan.kind,
            state=State.DELIVERED,
            minor=minor,
            tax_minor=0,
            cost_minor=0,
            currency=self.wrote.currency,
            made_at=now,
            rest_at=now,
        )
        self.items.append(
            QuoteItem(
                self.id,
                plan.kind,
                UUID(plan.id),
                plan.code,
                plan.names,
                carrier,
                self.zone,
                Choice.NOW,
                plan.terms,
                given,
                price,
                (),
                0,
                nothing,
                None,
                now,
                until,
                None,
            )
        )
        self.wrote.orders.append(made)
        return made

    def lot(self, order: models.Order, good: AllowanceKind, left: int | None, until: datetime) -> models.Lot:
        now = self.wrote.now
        made = models.Lot(
            id=mint_beside(now, self.id),
            line_id=self.id,
            order_id=order.id,
            good=good,
            state=HoldingState.CONFIRMED,
            granted=left,
            remaining=left,
            currency=self.wrote.currency if good is AllowanceKind.CREDIT else "",
            starts_at=now,
            ends_at=until,
        )
        self.wrote.lots.append(made)
        return made

    def pay(self, total: Money) -> None:
        """One purchase over its orders, paid by what the old system held."""
        wrote, now = self.wrote, self.wrote.now
        content = msgspec.to_builtins(QuoteContent(tuple(self.items), total, (), now, now, now, METHOD))
        wrote.quotes.append(models.Quote(id=self.quote, content=content, made_at=now, valid_until=now))
        wrote.purchases.append(
            models.Purchase(
                id=self.purchase,
                quote_id=self.quote,
                buyer_kind=PrincipalKind.IMPORT,
                key=str(self.id),
                asked={},
                code=code(),
                token=token(),
                minor=total.minor,
                currency=total.currency,
                language=self.row.line.language,
                made_at=now,
                pay_by=now,
                waiting=False,
            )
        )
        if total:
            tender = models.Tender(
                id=mint_beside(now, self.id),
                purchase_id=self.purchase,
                position=0,
                method=METHOD,
                minor=total.minor,
                currency=total.currency,
                state=TenderState.PAID,
                paid_at=now,
            )
            wrote.tenders.append(tender)
            wrote.posted[LedgerEvent.tender_paid(tender.id)] = postings.paid(METHOD, self.purchase, total)


def _open(line: _Line, plans: dict[str, PlanDefinition], credit_plan: PlanDefinition | None) -> None:
    opening = line.row.opening
    if opening.plan:
        _running(line, plans[opening.plan])
    if opening.credit and opening.credit_until and credit_plan:
        amount = line.wrote.money(opening.credit)
        order = line.order(
            credit_plan,
            opening.credit,
            (Allowance(AllowanceKind.CREDIT, opening.credit),),
            opening.credit_until,
        )
        lot = line.lot(order, AllowanceKind.CREDIT, opening.credit, opening.credit_until)
        line.wrote.posted[LedgerEvent.order_delivered(order.id)] = postings.credit_delivered(
            line.purchase, lot.id, amount
        )
    line.pay(line.wrote.money(opening.paid + opening.credit))


def _running(line: _Line, plan: PlanDefinition) -> None:
    """The period that runs, what is left in it, and what of its price is not earned yet."""
    opening, now = line.row.opening, line.wrote.now
    ends = opening.until or max(lot.until for lot in opening.lots)
    order = line.order(plan, opening.paid, tuple(Allowance(lot.good, lot.left) for lot in opening.lots), ends)
    for lot in opening.lots:
        line.lot(order, lot.good, lot.left, lot.until)
    if not opening.lots:
        line.lot(order, AllowanceKind.DATA, 0, ends)  # used up: whatever is delivered has given something
    if opening.until:
        line.wrote.periods.append(
            models.Period(
                id=mint_beside(now, line.id),
                line_id=line.id,
                sequence=1,
                order_id=order.id,
                state=HoldingState.CONFIRMED,
                starts_at=now,
                ends_at=opening.until,
            )
        )
    order.earn_minor, order.expensed_minor, order.earn_from, order.earn_until = opening.paid, 0, now, ends
    order.earn_next = min(now + DAY, ends) if opening.paid else None
    nothing = line.wrote.money(0)
    taken = postings.delivered(
        line.purchase, line.row.line.carrier, line.wrote.money(opening.paid), (0, nothing), nothing
    )
    line.wrote.posted[LedgerEvent.order_delivered(order.id)] = taken
