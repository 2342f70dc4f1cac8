"""Apply: nobody is asked. Period and lots are written as pending, dates recomputed from the line, and the attempt to provision
is opened in the same transaction: an applied order always has one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from tsuzuki.actions.ids import mint_beside
from tsuzuki.actions.providers import carrier_of
from tsuzuki.carriers.port import Ask, Verb
from tsuzuki.core.order import Outcome, State, Step
from tsuzuki.core.period import Placement
from tsuzuki.core.plan import Good, Kind, Stacking
from tsuzuki.core.quote import Item
from tsuzuki.records import models, queries

from . import attempts, deliver, refund, steps
from .attempts import Subject
from .clock import Clock
from .move import lock_lines, lock_orders, move
from .place import place_order
from .reach import reachable
from .steps import Asking, Opened

VERBS = {Kind.PLAN: Verb.ADD_PLAN, Kind.ADDON: Verb.ADD_ADDON}


@dataclass(frozen=True, slots=True)
class Applied:
    order: models.Order
    item: Item
    placement: Placement


@transaction.atomic(durable=True)
def open_due(clock: Clock, limit: int, only: UUID | None) -> Opened:
    """Take up paid orders, at most one per line and none on a line with one under way, and write all that is known before asking."""
    now = clock.now()
    orders = reachable(_claim(now, limit, only), lambda order: order.carrier_id, lambda order: carrier_of(order.carrier), now)
    if not orders:
        return Opened([], 0)
    items = queries.items_of(orders)
    chains = queries.chains_of({order.line_id for order in orders}, now)
    applied, refused = [], []
    for order in orders:
        placement = place_order(items[order.id], order, chains[order.line_id], now)
        if placement is None:
            refused.append(order)
        else:
            applied.append(Applied(order, items[order.id], placement))
    move(refused, Step.APPLY, Outcome.REFUSED, now, refund_by=None)
    refund.begin(refused, "cannot_apply", now)
    move([one.order for one in applied], Step.APPLY, Outcome.DONE, now, due_at=None)
    _write(applied, now)
    ours = [one.order for one in applied if one.item.kind is Kind.CREDIT]
    deliver.confirm(ours, now)
    return Opened(_open([one for one in applied if one.item.kind is not Kind.CREDIT], clock), len(orders))


def _claim(now: datetime, limit: int, only: UUID | None) -> list[models.Order]:
    under_way = models.Order.objects.filter(line=OuterRef("line"), state=State.APPLIED)
    due = models.Order.objects.select_for_update(skip_locked=True, no_key=True).filter(state=State.PAID, due_at__lte=now, needs_staff="")
    if only:
        due = due.filter(purchase=only)
    found = due.exclude(Exists(under_way)).order_by("due_at", "id").values_list("id", "line")[:limit]
    first: dict[UUID, UUID] = {}
    for id, line in found:
        first.setdefault(line, id)
    orders = lock_orders(list(first.values()))
    lock_lines(orders)
    # Another worker may have taken up an order of the same line between our look and our lock.
    busy = set(models.Order.objects.filter(line__in=list(first), state=State.APPLIED).values_list("line", flat=True))
    return [order for order in orders if order.line_id not in busy]


def _write(applied: Sequence[Applied], now: datetime) -> None:
    plans = [one for one in applied if one.item.kind is Kind.PLAN and one.item.terms.stacking is not Stacking.PARALLEL]
    lines = [one.order.line_id for one in plans]
    last = dict(
        models.Period.objects.filter(line__in=lines).values_list("line").annotate(Max("sequence")).values_list("line", "sequence__max")
    )
    models.Period.objects.bulk_create(
        models.Period(
            id=mint_beside(now, one.order.id), line_id=one.order.line_id, sequence=last.get(one.order.line_id, 0) + 1, order=one.order,
            state="pending", starts_at=one.placement.starts_at, ends_at=one.placement.ends_at, anchor_day=one.placement.anchor_day,
            awaits=one.placement.awaits or "", cuts=one.placement.cuts, ends_lots=one.placement.ends_lots, carries=one.placement.carries,
        )
        for one in plans
    )  # fmt: skip
    models.Lot.objects.bulk_create(
        models.Lot(
            id=mint_beside(now, one.order.id), line_id=one.order.line_id, order=one.order, good=allowance.good, state="pending",
            currency=one.order.currency if allowance.good is Good.CREDIT else "", granted=allowance.amount, remaining=allowance.amount,
            starts_at=one.placement.lots_start, ends_at=one.placement.lots_end,
        )
        for one in applied
        for allowance in one.item.allowances
    )  # fmt: skip


def _open(applied: Sequence[Applied], clock: Clock) -> list[Asking]:
    lines = [one.order.line_id for one in applied]
    numbers, iccids = queries.numbers_of(lines), queries.iccids_of(lines)
    subjects = [
        Subject(
            one.order.id, one.order.purchase_id, "provision", one.order.carrier.provider,
            Ask(
                key=attempts.key_of("provision", one.order.id), verb=VERBS[one.item.kind], msisdn=numbers.get(one.order.line_id, ""),
                iccid=iccids.get(one.order.line_id), plan=one.item.plan, allowances=one.item.allowances,
                starts_at=one.placement.starts_at, ends_at=one.placement.ends_at, reference=one.order.purchase.code,
            ),
            steps.timing_of_carrier(one.order.carrier),
        )
        for one in applied
    ]  # fmt: skip
    opened = attempts.open_attempts(subjects, clock)
    return [steps.provision(attempt, one.order.carrier, clock) for attempt, one in zip(opened, applied, strict=True)]
