"""Rescheduling a line's base periods after one of them is taken back or begins early: what it had cut
runs on, and what waits behind it moves.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest

from tsuzuki.actions.messages import notifications, webhooks
from tsuzuki.actions.write import incidents
from tsuzuki.core.order import State
from tsuzuki.core.period import LATE, BasePeriod, QueuedPeriod, queue_again
from tsuzuki.core.states import HoldingState, IncidentKind
from tsuzuki.records import models, queries

from .transitions import LOCK, lock_lines, lock_orders

# What waits behind a period of these orders, and what was cut on the same line: it may run on.
_MAY_MOVE = """
SELECT w.order_id FROM records_period p
JOIN records_period w ON w.line_id = p.line_id
  AND (w.starts_at >= p.starts_at OR w.was_until IS NOT NULL) AND w.state <> 'void'
WHERE p.order_id = ANY(%s)
"""


def lock_to_take_back(ids: Collection[UUID]) -> list[models.Order]:
    """Orders that may be taken back, with their lines: locked together with the orders whose dates that may
    change. One that was applied while we waited for its line is locked by beginning again: an order is never
    waited for with its line in hand.
    """
    while True:
        with transaction.atomic():
            others = _may_move(ids)
            orders = [order for order in lock_orders({*ids, *others}) if order.id in ids]
            lock_lines(orders)
            if _may_move(ids) <= others:
                return orders
            transaction.set_rollback(True)


def _may_move(ids: Collection[UUID]) -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_MAY_MOVE, [list(ids)])
        return {id for (id,) in cursor.fetchall()}


_AWAITED = """
SELECT w.order_id FROM records_period p
JOIN records_period w ON w.line_id = p.line_id AND w.starts_at >= p.starts_at AND w.state <> 'void'
WHERE p.line_id = ANY(%s) AND p.awaits <> '' AND p.state = 'confirmed' AND p.starts_at > %s
"""


def lock_to_begin(lines: Collection[UUID], at: datetime) -> None:
    """Orders whose dates may change if a plan that waits for its first use begins at `at` or later.

    Locked, before their lines are.
    """
    with connection.cursor() as cursor:
        cursor.execute(_AWAITED, [list(lines), at])
        orders = {id for (id,) in cursor.fetchall()}
    queries.read(models.Order, orders, LOCK)


def close_up(order: models.Order, gone: models.Period, had_cut: bool, now: datetime) -> None:
    """The base period of an order is void, or began before it had to: its line is laid out anew from where it
    was (`gone`). The line is locked, and the orders as by `lock_to_take_back` or `lock_to_begin`.
    """
    alive = [HoldingState.PENDING, HoldingState.CONFIRMED]
    rows = models.Period.objects.filter(line=gone.line_id, state__in=alive, ends_at__gt=F("starts_at"))
    begun = list(rows.filter(starts_at__gte=gone.starts_at, starts_at__lte=now).order_by("starts_at"))
    rest = _uncut(gone, begun, now) if had_cut else None
    before = [period for period in rows if period.starts_at <= now or period.starts_at < gone.starts_at]
    waiting = [period for period in rows.order_by("starts_at") if period not in before]
    if rest:
        before, waiting = [period for period in before if period != rest], [rest, *waiting]
    free = max([now, *(period.ends_at for period in before)])
    _move(waiting, free, order, now)


def _uncut(gone: models.Period, begun: Sequence[models.Period], now: datetime) -> models.Period | None:
    """What the period had cut goes on, with all the time it still had then: from now, or behind what began
    meanwhile, which nobody interrupts. It is returned as a period that waits. None: at once, as if nothing
    had happened, or not at all.
    """
    over = models.Period.objects.filter(
        line=gone.line_id, state=HoldingState.CONFIRMED, ends_at__lte=gone.starts_at
    )
    # Behind it another may have been cut, and taken back since.
    cut = over.order_by("ends_at", "starts_at").last()
    if cut is None or cut.was_until is None:
        return None
    served, left = cut.ends_at, cut.was_until
    lots = models.Lot.objects.filter(order=cut.order_id, was_until__isnull=False)
    periods = models.Period.objects.filter(id=cut.id)
    # Its buyer gave this one up too, as long as that one stands.
    if begun and begun[0].cuts and begun[0].starts_at < left:
        if not begun[0].ends_lots:
            lots.update(ends_at=F("was_until"), was_until=None)
        return None
    lots.update(ends_at=left, was_until=None)
    if not begun and now - served <= LATE:
        periods.update(ends_at=left, was_until=None)
        return None
    before = (cut.served or timedelta(0)) + (served - cut.starts_at)
    periods.update(starts_at=served, ends_at=left, was_until=None, served=before)
    return models.Period.objects.get(id=cut.id)


@dataclass(frozen=True, slots=True)
class _Moved:
    period: models.Period
    was: BasePeriod
    base: BasePeriod


def _move(waiting: Sequence[models.Period], free: datetime, gone: models.Order, now: datetime) -> None:
    orders = {order.id: order for order in lock_orders([period.order_id for period in waiting])}
    items = queries.items_of(list(orders.values()))
    queue = [
        QueuedPeriod(
            BasePeriod(period.starts_at, period.ends_at, period.anchor_day),
            items[period.order_id].terms,
            items[period.order_id].zone,
            bool(period.awaits) and period.served is None,
            period.served is not None,
        )
        for period in waiting
    ]
    pairs = zip(waiting, queue, queue_again(queue, free), strict=True)
    moved = [
        _Moved(period, queued_period.base, base)
        for period, queued_period, base in pairs
        if base != queued_period.base
    ]
    for entry in moved:
        _write(entry)
        _tell(orders[entry.period.order_id], entry, items[entry.period.order_id].zone, gone, now)


def _tell(order: models.Order, one: _Moved, zone: str, gone: models.Order, now: datetime) -> None:
    """The carrier was asked for the old dates, so people tell it the new ones.

    The holder and the payer get a letter, the program that bought it a message.
    """
    models.Incident.objects.filter(kind=IncidentKind.DATES_MOVED, order=order, closed_at=None).update(
        closed_at=now, answer="moved again"
    )
    incidents.report(
        IncidentKind.DATES_MOVED,
        order.id,
        now,
        order=order,
        old_dates=_span(one.was, zone),
        new_dates=_span(one.base, zone),
    )
    facts = {"old_start": one.was.starts_at.isoformat(), "old_end": one.was.ends_at.isoformat()}
    notifications.notify([order], "dates_moved", now, about=str(gone.id), facts=facts)
    account = order.purchase.account_id
    if account is not None:
        dates = {"starts_at": one.base.starts_at.isoformat(), "new_end": one.base.ends_at.isoformat()}
        webhooks.enqueue([(account, order)], State(order.state), now, word="dates_moved", **dates)


def _span(base: BasePeriod, zone: str) -> str:
    starts, ends = (moment.astimezone(ZoneInfo(zone)) for moment in (base.starts_at, base.ends_at))
    return f"{starts:%Y-%m-%d %H:%M} - {ends:%Y-%m-%d %H:%M} {zone}"


_EARN = """
UPDATE records_order SET earn_from = %(starts)s, earn_until = %(ends)s, earn_next = %(next)s
WHERE id = %(order)s AND earn_next IS NOT NULL AND earned_minor = 0
"""


def _write(one: _Moved) -> None:
    """The period and what came with it; the days over which its price is earned."""
    start, end = one.base.starts_at, one.base.ends_at
    models.Period.objects.filter(id=one.period.id).update(
        starts_at=start, ends_at=end, anchor_day=one.base.anchor_day
    )
    lots = models.Lot.objects.filter(order=one.period.order_id)
    if one.period.served is not None:  # the one taken back had carried them on to its own end
        lots.filter(ends_at__gt=one.was.ends_at).exclude(good="credit").update(
            ends_at=Greatest(F("ends_at"), end)
        )
    lots.filter(ends_at=one.was.ends_at).update(ends_at=end)
    lots.filter(starts_at=one.was.starts_at).update(starts_at=start)
    with connection.cursor() as cursor:
        next_part = min(start + timedelta(days=1), end)
        cursor.execute(_EARN, {"starts": start, "ends": end, "next": next_part, "order": one.period.order_id})
