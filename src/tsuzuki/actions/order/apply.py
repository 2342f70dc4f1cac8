"""Apply: write what will be provisioned; no provider is asked.

Period and lots are written as pending, dates recomputed from the line, and the attempt to provision is opened
in the same transaction: an applied order always has one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from tsuzuki.actions.engine import attempts, provider_calls
from tsuzuki.actions.engine.attempts import AttemptSubject
from tsuzuki.actions.engine.broken_providers import skip_broken_providers
from tsuzuki.actions.engine.clock import Clock
from tsuzuki.actions.engine.lane import Lane, Side
from tsuzuki.actions.engine.provider_calls import OpenedAttempts, ProviderCall
from tsuzuki.actions.engine.providers import carrier_of
from tsuzuki.actions.engine.step import Opening, ProviderStep
from tsuzuki.actions.money import vouchers
from tsuzuki.actions.write.ids import mint_beside
from tsuzuki.actions.write.insert import insert
from tsuzuki.carriers.port import CarrierRequest, Verb
from tsuzuki.core.order import Outcome, Step
from tsuzuki.core.period import Placement
from tsuzuki.core.plan import AllowanceKind, Kind, Stacking
from tsuzuki.core.quote import QuoteItem
from tsuzuki.core.states import HoldingState, IncidentKind
from tsuzuki.records import models, queries

from . import deliver, refund
from .schedule import LineSnapshot, line_snapshots, schedule_order
from .transitions import lock_lines, transition, with_carriers, with_purchases

FOREVER = datetime.max.replace(tzinfo=UTC)
VERBS = {Kind.PLAN: Verb.ADD_PLAN, Kind.ADDON: Verb.ADD_ADDON}


@dataclass(frozen=True, slots=True)
class Applied:
    order: models.Order
    item: QuoteItem
    placement: Placement


@transaction.atomic(durable=True)
def open_due(clock: Clock, limit: int, only: UUID | None, lane: Lane | None = None) -> OpenedAttempts:
    """Take up paid orders, at most one per line and none on a line with one under way,
    and write all that is known before asking.
    """
    now = clock.now()
    claimed, lines = _claim(now, limit, only, lane)
    # For credit no carrier has to be reached.
    asked = [order for order in claimed if order.kind != Kind.CREDIT]
    reached = {
        order.id
        for order in skip_broken_providers(
            asked, lambda order: order.carrier_id, lambda order: carrier_of(order.carrier), now
        )
    }
    orders = [order for order in claimed if order.kind == Kind.CREDIT or order.id in reached]
    if not orders:
        return OpenedAttempts([], 0)
    items = queries.items_of(orders)
    applied, refused = [], []
    recharges = {order.purchase_id for order in orders if order.kind == Kind.CREDIT}
    latest = vouchers.credit_ends(recharges) if recharges else {}
    for order in orders:
        placement = schedule_order(items[order.id], order, lines[order.line_id].chain, now)
        too_late = order.kind == Kind.CREDIT and latest.get(order.purchase_id, FOREVER) <= now
        if placement is None or too_late:
            refused.append(order)
        else:
            applied.append(Applied(order, items[order.id], placement))
    ours = [applied.order for applied in applied if applied.item.kind is Kind.CREDIT]
    refund.lock_refund_targets(ours, refused)
    transition(refused, Step.APPLY, Outcome.REFUSED, now, refund_by=None)
    refund.begin(refused, "cannot_apply", now)
    transition([applied.order for applied in applied], Step.APPLY, Outcome.DONE, now, due_at=None)
    _write(applied, lines, latest, now)
    deliver.confirm(ours, now)
    return OpenedAttempts(
        _open([applied for applied in applied if applied.item.kind is not Kind.CREDIT], lines, clock),
        len(orders),
    )


_DUE = """
SELECT {columns} FROM records_order o
WHERE state = 'paid' AND due_at <= %(now)s AND needs_staff = '' {only} {lane}
  AND NOT EXISTS (SELECT 1 FROM records_order b WHERE b.line_id = o.line_id AND b.state = 'applied')
ORDER BY due_at, id LIMIT %(limit)s FOR NO KEY UPDATE OF o SKIP LOCKED
"""
_LANE = {
    Side.CARRIER: "AND kind <> 'credit' AND carrier_id = %(lane)s",
    Side.CLOCK: "AND kind = 'credit'",  # our own books deliver it
}


def _claim(
    now: datetime, limit: int, only: UUID | None, lane: Lane | None
) -> tuple[list[models.Order], dict[UUID, LineSnapshot]]:
    first: dict[UUID, models.Order] = {}
    due = _DUE.format(
        columns=queries.columns(models.Order, "o"),
        only="AND purchase_id = %(only)s" if only else "",
        lane=_LANE[lane.side] if lane else "",
    )
    for order in models.Order.objects.raw(
        due, {"now": now, "limit": limit, "only": only, "lane": lane.name if lane else ""}
    ):
        first.setdefault(order.line_id, order)
    orders = list(first.values())
    with_purchases(orders)
    with_carriers(orders)
    lock_lines(orders)
    lines = line_snapshots(first, now)
    # Another worker may have taken up an order of the same line between our look and our lock.
    return [order for order in orders if not lines[order.line_id].busy], lines


def _write(
    applied: Sequence[Applied],
    lines: Mapping[UUID, LineSnapshot],
    latest: Mapping[UUID, datetime],
    now: datetime,
) -> None:
    """`latest`: of purchases that vouchers paid for, when credit ends at the latest."""
    plans = [
        applied
        for applied in applied
        if applied.item.kind is Kind.PLAN and applied.item.terms.stacking is not Stacking.PARALLEL
    ]
    insert(
        [
            models.Period(
                id=mint_beside(now, plan.order.id),
                line_id=plan.order.line_id,
                sequence=lines[plan.order.line_id].sequence + 1,
                order=plan.order,
                state=HoldingState.PENDING,
                starts_at=plan.placement.starts_at,
                ends_at=plan.placement.ends_at,
                anchor_day=plan.placement.anchor_day,
                awaits=plan.placement.awaits or "",
                cuts=plan.placement.cuts,
                ends_lots=plan.placement.ends_lots,
                carries=plan.placement.carries,
            )
            for plan in plans
        ]
    )
    insert(
        [
            models.Lot(
                id=mint_beside(now, applied.order.id),
                line_id=applied.order.line_id,
                order=applied.order,
                good=allowance.good,
                state=HoldingState.PENDING,
                currency=applied.order.currency if allowance.good is AllowanceKind.CREDIT else "",
                granted=allowance.amount,
                remaining=allowance.amount,
                starts_at=applied.placement.lots_start,
                ends_at=_lot_end(applied, allowance.good, latest),
            )
            for applied in applied
            for allowance in applied.item.allowances
        ]
    )


def _lot_end(one: Applied, good: AllowanceKind, latest: Mapping[UUID, datetime]) -> datetime:
    end = one.placement.lots_end
    return min(end, latest.get(one.order.purchase_id, end)) if good is AllowanceKind.CREDIT else end


def _open(
    applied: Sequence[Applied], lines: Mapping[UUID, LineSnapshot], clock: Clock
) -> list[models.Attempt]:
    return attempts.open_attempts(
        [_subject(applied, lines[applied.order.line_id]) for applied in applied], clock
    )


def _subject(one: Applied, line: LineSnapshot) -> AttemptSubject:
    """The first step that the carrier's provider names; whatever it is, it is asked with this."""
    order, step = one.order, carrier_of(one.order.carrier).describe().fulfilment[0]
    key = attempts.key_of(step, order.id)
    ask = CarrierRequest(
        key=key,
        verb=VERBS[one.item.kind],
        msisdn=line.msisdn,
        iccid=line.iccid,
        plan=one.item.plan,
        allowances=one.item.allowances,
        starts_at=one.placement.starts_at,
        ends_at=one.placement.ends_at,
        reference=order.purchase.code,
    )
    timing = provider_calls.timing_of_carrier(order.carrier)
    return AttemptSubject(order, step, STEP.link, order.carrier.provider, ask, key, timing)


def _asking(attempt: models.Attempt, clock: Clock) -> ProviderCall:
    assert attempt.order is not None
    return provider_calls.provision(attempt, attempt.order.carrier, clock)


STEP = ProviderStep(
    name="provision",
    link="order",
    side=Side.CARRIER,
    opening=Opening(
        "SELECT 1 FROM records_order WHERE state = 'paid' AND needs_staff = '' AND due_at <= %(now)s",
        frozenset({Side.CARRIER, Side.CLOCK}),
        open_due,
    ),
    asking=_asking,
    lock=deliver.lock,
    note=deliver.note,
    take_in=deliver.take_in,
    second_success=IncidentKind.DELIVERED_TWICE,
)
