"""Deliver: the carrier's answer is recorded on the line, or the order's refund begins."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest, Least

from tsuzuki.actions.engine import attempts
from tsuzuki.actions.engine.provider_calls import ProviderAnswer, ProviderStatus
from tsuzuki.actions.engine.step import Answer, AnsweredCall, Answers, AttemptUpdate
from tsuzuki.actions.messages import notifications
from tsuzuki.actions.money import unsettled
from tsuzuki.actions.write import incidents
from tsuzuki.core import postings
from tsuzuki.core.ledger_event import LedgerEvent
from tsuzuki.core.money import Money
from tsuzuki.core.order import Outcome, State, Step
from tsuzuki.core.period import LATE, falls_short
from tsuzuki.core.plan import Kind
from tsuzuki.core.postings import Posting
from tsuzuki.core.states import HoldingState, IncidentKind
from tsuzuki.ledger import book
from tsuzuki.records import models, queries

from . import periods, refund
from .schedule import is_closed, reschedule_order
from .transitions import lock_orders_and_lines, transition

Orders = dict[UUID, models.Order]


def lock(heard: Sequence[AnsweredCall]) -> tuple[dict[UUID, models.Attempt], Orders]:
    """The orders of carriers' answers with their lines, and the attempts."""
    lock_all = (
        periods.lock_to_take_back if any(answer.reversed for _, answer in heard) else lock_orders_and_lines
    )
    orders = {order.id: order for order in lock_all({call.subject for call, _ in heard})}
    locked = attempts.lock([call.attempt for call, _ in heard])
    for call, _ in heard:
        locked[call.attempt].order = orders[call.subject]
    return locked, orders


def note(_: Orders, one: Answer, now: datetime) -> AttemptUpdate:
    """What was closed keeps its outcome: its order has gone its way."""
    outcome = Outcome(one.attempt.outcome or str(one.verdict))
    return attempts.closed(one.attempt, one.said, outcome, now)


def take_in(orders: Orders, answers: Answers, now: datetime) -> Sequence[Answer]:
    """Take the carriers' answers into line, books and letters. Delivered is what its last step is done of."""
    _lock_homes(
        [answer.verdict for answer in answers.heard],
        [orders[answer.asking.subject] for answer in answers.heard],
    )
    done: list[models.Order] = []
    homeless: list[models.Order] = []  # done for a line that was closed meanwhile
    onward: list[Answer] = []
    for answer in answers.done:
        order = orders[answer.asking.subject]
        if is_closed(order.line):
            homeless.append(order)
        elif answer.asking.then:
            onward.append(answer)
        else:
            done.append(order)
    for answer in answers.after_the_end:
        _after_the_end(orders[answer.asking.subject], answer.said, now)
    for answer in answers.refused:
        _alert(orders[answer.asking.subject], answer.said, now)
    for answer in answers.still_open:
        _watch(orders[answer.asking.subject], answer.said, now)
    confirm(done, now)
    refused = [orders[answer.asking.subject] for answer in answers.refused]
    void(refused, Step.PROVISION, Outcome.REFUSED, "carrier_refused", now)
    for order in homeless:
        incidents.report(IncidentKind.DELIVERED_TO_CLOSED_LINE, order.id, now, order=order)
    void(homeless, Step.PROVISION, Outcome.REFUSED, "line_closed", now)
    incidents.settle([orders[answer.asking.subject] for answer in onward], now, "done", incidents.DELIVERY)
    return onward


def _lock_homes(verdicts: Sequence[ProviderStatus | None], orders: Sequence[models.Order]) -> None:
    pairs = list(zip(verdicts, orders, strict=True))
    done = [order for verdict, order in pairs if verdict is ProviderStatus.DONE]
    homeless = [order for order in done if is_closed(order.line)]
    refused = [order for verdict, order in pairs if verdict is ProviderStatus.REFUSED]
    refund.lock_refund_targets([order for order in done if order not in homeless], [*refused, *homeless])


def _watch(order: models.Order, said: ProviderAnswer, now: datetime) -> None:
    if said.verdict is ProviderStatus.CANNOT_TELL:
        incidents.call_staff([order], IncidentKind.DELIVERY_UNSURE, now)
    if said.ours:
        _alert(order, said, now)


def _alert(order: models.Order, said: ProviderAnswer, now: datetime) -> None:
    """Our own trouble at the supplier, or a refusal nobody knows: people look, while
    the order goes its way.
    """
    if said.ours or said.reason.startswith("unknown"):
        incidents.report(
            IncidentKind.SUPPLIER_REFUSES_US, f"{order.carrier_id} {said.reason}", now, order=order
        )


def _after_the_end(order: models.Order, said: ProviderAnswer, now: datetime) -> None:
    """The carrier took a success back: the order is refunded.

    Or it did after all what it had refused or taken back: people decide.
    """
    if not said.reversed:
        incidents.report(IncidentKind.DELIVERED_AFTER_REFUND, order.id, now, order=order)
    elif order.state in (State.DELIVERED, State.REVERSED):
        undo(order, now)
    else:
        # Its money is gone already: people decide.
        incidents.report(IncidentKind.CARRIER_TOOK_BACK, order.id, now, order=order)


def confirm(orders: Sequence[models.Order], now: datetime) -> None:
    """Delivered: pending becomes confirmed, held becomes unearned and tax, the carrier is owed its share.

    Orders and lines are locked.
    """
    if not orders:
        return
    ids = [order.id for order in orders]
    lots, bases = _first_lots(ids), _periods_of(ids)
    if _start_late_ones_now(orders, {**lots, **bases}, now):
        lots, bases = _first_lots(ids), _periods_of(ids)
    for order in orders:
        if order.id in bases and bases[order.id].cuts:
            _cut(bases[order.id])
    _set_state(ids, HoldingState.CONFIRMED)
    book.post(
        {LedgerEvent.order_delivered(order.id): _delivery(order, lots.get(order.id)) for order in orders}, now
    )
    _earn(orders, bases, lots)
    transition(orders, Step.PROVISION, Outcome.DONE, now, refund_by=None)
    incidents.settle(orders, now, "delivered", incidents.DELIVERY)
    # The gateway may have taken the money back while the carrier was asked.
    unsettled.mark({order.purchase_id for order in orders}, now)
    for kind, group in _by_notice(orders, bases, now).items():
        notifications.notify(group, kind, now)


def _first_lots(orders: list[UUID]) -> dict[UUID, models.Lot]:
    return {lot.order_id: lot for lot in reversed(queries.read(models.Lot, orders, by="order_id"))}


def _periods_of(orders: list[UUID]) -> dict[UUID, models.Period]:
    return {period.order_id: period for period in queries.read(models.Period, orders, by="order_id")}


def _delivery(order: models.Order, lot: models.Lot | None) -> list[Posting]:
    price = Money(order.minor, order.currency)
    if order.kind == Kind.CREDIT:
        assert lot is not None, f"credit order {order.id} has no lot"
        return postings.credit_delivered(order.purchase_id, lot.id, price)
    tax_part, cost = Money(order.tax_minor, order.currency), Money(order.cost_minor, order.currency)
    return postings.delivered(order.purchase_id, order.carrier_id, price, (order.tax_percent, tax_part), cost)


_SET_STATE = """
WITH periods AS (UPDATE records_period SET state = %(state)s WHERE order_id = ANY(%(orders)s))
UPDATE records_lot SET state = %(state)s WHERE order_id = ANY(%(orders)s)
"""


def _set_state(orders: list[UUID], state: str) -> None:
    """Of what the orders gave their lines."""
    with connection.cursor() as cursor:
        cursor.execute(_SET_STATE, {"orders": orders, "state": state})


_EARN = """
UPDATE records_order o
SET earn_minor = e.minor, expensed_minor = 0, earn_from = e.starts, earn_until = e.ends, earn_next = e.next
FROM unnest(%s::uuid[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
  AS e(id, minor, starts, ends, next)
WHERE o.id = e.id
"""


def _earn(
    orders: Sequence[models.Order], bases: dict[UUID, models.Period], lots: dict[UUID, models.Lot]
) -> None:
    """Over which span the price becomes revenue, and the carrier's share the cost of it."""
    earning = []
    for order in orders:
        span = bases.get(order.id) or lots.get(order.id)
        if order.kind != Kind.CREDIT and span is not None:
            order.earn_minor, order.expensed_minor = order.minor - order.tax_minor, 0
            order.earn_from, order.earn_until = span.starts_at, span.ends_at
            order.earn_next = (
                min(span.starts_at + timedelta(days=1), span.ends_at)
                if order.earn_minor or order.cost_minor
                else None
            )
            earning.append(order)
    if earning:
        columns = zip(
            *((o.id, o.earn_minor, o.earn_from, o.earn_until, o.earn_next) for o in earning), strict=True
        )
        with connection.cursor() as cursor:
            cursor.execute(_EARN, [list(column) for column in columns])


def _cut(period: models.Period) -> None:
    """The period running at the new one's start ends there.

    What it gave ends too, or is carried over, as its terms say.
    """
    others = models.Period.objects.filter(line=period.line_id, state=HoldingState.CONFIRMED).exclude(
        id=period.id
    )
    current = others.filter(starts_at__lte=period.starts_at, ends_at__gt=period.starts_at).first()
    if current is None:
        return
    lots = models.Lot.objects.filter(order=current.order_id, state=HoldingState.CONFIRMED)
    if period.ends_lots:
        lots.update(
            was_until=F("ends_at"), ends_at=Greatest(Least(F("ends_at"), period.starts_at), F("starts_at"))
        )
    if period.carries:
        carried = models.Lot.objects.filter(
            line=period.line_id, state=HoldingState.CONFIRMED, ends_at__gt=period.starts_at
        )
        carried = carried.exclude(good="credit")
        carried.update(ends_at=Greatest(F("ends_at"), period.ends_at))
    models.Period.objects.filter(id=current.id).update(was_until=current.ends_at, ends_at=period.starts_at)


QUARTER = 900  # seconds; days and months begin on one of them, in every zone


def _start_late_ones_now(
    orders: Sequence[models.Order], spans: Mapping[UUID, models.Period | models.Lot], now: datetime
) -> bool:
    """Work by hand and files take hours, and a minute may lie across the end of a month: what was to start by
    now, and from now on would give less than its rule says, starts when it was done.
    """
    begun = [
        order for order in orders if order.id in spans and _may_fall_short(spans[order.id].starts_at, now)
    ]
    items = queries.items_of(begun) if begun else {}
    late = [
        order
        for order in begun
        if falls_short(items[order.id].terms, spans[order.id].ends_at, now, items[order.id].zone)
    ]
    for order in late:
        placed = reschedule_order(items[order.id], order, now)
        models.Period.objects.filter(order=order).update(
            starts_at=placed.starts_at,
            ends_at=placed.ends_at,
            anchor_day=placed.anchor_day,
            awaits=placed.awaits or "",
            cuts=placed.cuts,
            ends_lots=placed.ends_lots,
            carries=placed.carries,
        )
        models.Lot.objects.filter(order=order).update(starts_at=placed.lots_start, ends_at=placed.lots_end)
    return bool(late)


def _may_fall_short(starts: datetime, now: datetime) -> bool:
    """Nearly every delivery is a second's work: nothing need be read to know that of those."""
    if starts < now - LATE:
        return True
    return starts <= now and starts.timestamp() // QUARTER != now.timestamp() // QUARTER


def _by_notice(
    orders: Sequence[models.Order], bases: dict[UUID, models.Period], now: datetime
) -> dict[str, list[models.Order]]:
    groups: dict[str, list[models.Order]] = {}
    for order in orders:
        period = bases.get(order.id)
        kind = (
            "credit_added"
            if order.kind == Kind.CREDIT
            else "queued"
            if period and period.starts_at > now
            else "active"
        )
        groups.setdefault(kind, []).append(order)
    return groups


def void(orders: Sequence[models.Order], step: Step, outcome: Outcome, why: str, now: datetime) -> None:
    """Not delivered: what was pending is void and the refund begins. Orders, lines and homes are locked."""
    if not orders:
        return
    ids = [order.id for order in orders]
    _set_state(ids, HoldingState.VOID)
    transition(orders, step, outcome, now, refund_by=None)
    incidents.settle(orders, now, why, incidents.DELIVERY)
    over = models.Incident.objects.filter(
        kind__in=["dates_moved", "refund_asked"], order__in=ids, closed_at=None
    )
    # The carrier need not be told dates of what is gone, nor anybody decide of it.
    over.update(closed_at=now, answer=why)
    bases = _periods_of(ids)
    for order in orders:
        if order.id in bases and not is_closed(order.line):
            periods.close_up(order, bases[order.id], step is Step.UNDO and bases[order.id].cuts, now)
    refund.begin(orders, why, now)


def undo(order: models.Order, now: datetime, why: IncidentKind = IncidentKind.CARRIER_TOOK_BACK) -> None:
    """A delivered order taken back: its postings are reversed, what it had earned too, what waits behind it
    moves, and its money goes home. It and its line are locked as by `periods.lock_to_take_back`, and its
    homes.
    """
    delivered = book.postings_of(LedgerEvent.order_delivered(order.id))
    book.post(
        {LedgerEvent.order_undone(order.id): [*postings.undone(delivered), *_recognised_back(order)]}, now
    )
    models.Order.objects.filter(id=order.id).update(
        earn_minor=0,
        earned_minor=0,
        expensed_minor=None,
        netted_minor=None,
        earn_from=None,
        earn_until=None,
        earn_next=None,
    )
    incidents.report(why, order.id, now, order=order)
    void([order], Step.UNDO, Outcome.DONE, why, now)


def _recognised_back(order: models.Order) -> list[Posting]:
    """Exactly what was recognised of it, and its part of the cutover."""
    netted = order.netted_minor or 0
    earned, cost = order.earned_minor - netted, (order.expensed_minor or 0) - netted
    cut_over = 0 if order.netted_minor is None else order.cost_minor - netted
    return [
        *postings.recognised(order.plan.code, Money(-earned, order.currency), Money(-cost, order.currency)),
        *postings.cut_over(Money(-cut_over, order.currency)),
    ]
