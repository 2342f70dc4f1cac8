"""Deliver: the carrier's answer becomes the line's truth, or the order's refund."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest, Least

from tsuzuki.actions import incidents, notices
from tsuzuki.core import postings
from tsuzuki.core.money import Money
from tsuzuki.core.order import Outcome, State, Step, TenderState
from tsuzuki.core.plan import Kind
from tsuzuki.core.postings import Posting
from tsuzuki.ledger import book
from tsuzuki.records import models

from . import attempts, refund
from .ask import Heard
from .move import lock_lines, lock_orders, move
from .place import place_again
from .steps import Said, Verdict

LATE = timedelta(minutes=5)  # delivered later than this after it was to start: the buyer gets the whole span from now


@transaction.atomic(durable=True)
def close(heard: Sequence[Heard], me: str, now: datetime, looked: bool) -> None:
    """Take the carriers' answers into line, books and letters, one transaction for the group."""
    ids = [asking.attempt for asking, _ in heard]
    rows = lock_orders(list(models.Attempt.objects.filter(id__in=ids, order__isnull=False).values_list("order", flat=True)))
    orders = {order.id: order for order in rows}
    lock_lines(list(orders.values()))
    locked = attempts.lock(ids)
    notes, over, done, refused = [], [], [], []
    for asking, said in heard:
        attempt = locked[asking.attempt]
        assert attempt.order_id is not None
        order = orders[attempt.order_id]
        verdict = attempts.judge(attempt, said, me)
        if verdict is None:
            again = attempts.not_found_out(attempt, said, now)
            notes.extend([again] if again else [])
            over.extend([] if again else [attempt])
        elif attempt.outcome:
            notes.append(attempts.closed(attempt, said, attempt.outcome))
            _after_the_end(order, attempt.outcome, now)
        elif verdict is Verdict.DONE:
            notes.append(attempts.closed(attempt, said, "done"))
            done.append(order)
        elif verdict is Verdict.REFUSED:
            notes.append(attempts.closed(attempt, said, "refused"))
            refused.append(order)
            _alert(order, said, now)
        else:
            notes.append(attempts.still_open(attempt, said, asking, now, looked))
            _watch(order, verdict, said, now)
    confirm(done, now)
    void(refused, Step.PROVISION, Outcome.REFUSED, "carrier_refused", now)
    attempts.write(notes, over, now, looked)


def _watch(order: models.Order, verdict: Verdict, said: Said, now: datetime) -> None:
    if verdict is Verdict.CANNOT_TELL:
        incidents.call_staff([order], "delivery_unsure", now)
    if said.ours:
        _alert(order, said, now)


def _alert(order: models.Order, said: Said, now: datetime) -> None:
    """Our own trouble at the supplier, or a refusal nobody knows: people look, while the order goes its way."""
    if said.ours or said.reason.startswith("unknown"):
        incidents.report("supplier_refuses_us", f"{order.carrier_id} {said.reason}", now, order=order)


def _after_the_end(order: models.Order, outcome: str, now: datetime) -> None:
    """The carrier took a success back: the order is refunded. Or it did after all what it had refused: people decide."""
    if outcome == "done" and order.state == State.DELIVERED:
        undo(order, now)
    elif outcome == "done":
        incidents.report("carrier_took_back", order.id, now, order=order)  # its money is gone already: people decide
    elif outcome == "refused":
        incidents.report("delivered_after_refund", order.id, now, order=order)


def confirm(orders: Sequence[models.Order], now: datetime) -> None:
    """Delivered: pending becomes confirmed, held becomes unearned, tax and the carrier's share. Orders and lines are locked."""
    if not orders:
        return
    ids = [order.id for order in orders]
    _start_late_ones(orders, now)
    periods = {period.order_id: period for period in models.Period.objects.filter(order__in=ids)}
    for order in orders:
        if order.id in periods and periods[order.id].cuts:
            _cut(periods[order.id])
    models.Period.objects.filter(order__in=ids).update(state="confirmed")
    models.Lot.objects.filter(order__in=ids).update(state="confirmed")
    lots = {lot.order_id: lot for lot in models.Lot.objects.filter(order__in=ids).order_by("-id")}
    book.post({f"order {order.id} delivered": _delivery(order, lots.get(order.id)) for order in orders}, now)
    _earn(orders, periods, lots)
    move(orders, Step.PROVISION, Outcome.DONE, now, refund_by=None)
    incidents.settle(orders, now, "delivered", incidents.DELIVERY)
    _without_money(orders, now)
    for kind, group in _by_notice(orders, periods, now).items():
        notices.tell(group, kind, now)


def _without_money(orders: Sequence[models.Order], now: datetime) -> None:
    """Delivered although the gateway took the money back while the carrier was asked."""
    taken = models.Tender.objects.filter(purchase__in={order.purchase_id for order in orders}, state=TenderState.REVERSED)
    purchases = set(taken.values_list("purchase", flat=True))
    move([order for order in orders if order.purchase_id in purchases], Step.REVERSE, Outcome.DONE, now)


def _delivery(order: models.Order, lot: models.Lot | None) -> list[Posting]:
    price = Money(order.minor, order.currency)
    if order.kind == Kind.CREDIT:
        assert lot is not None, f"credit order {order.id} has no lot"
        return postings.credit_delivered(order.purchase_id, lot.id, price)
    tax_part, cost = Money(order.tax_minor, order.currency), Money(order.cost_minor, order.currency)
    return postings.delivered(order.purchase_id, order.plan.code, order.carrier_id, price, (order.tax_percent, tax_part), cost)


def _earn(orders: Sequence[models.Order], periods: dict[UUID, models.Period], lots: dict[UUID, models.Lot]) -> None:
    """Over which span the price becomes revenue."""
    earning = []
    for order in orders:
        span = periods.get(order.id) or lots.get(order.id)
        if order.kind != Kind.CREDIT and span is not None:
            parts = (Money(minor, order.currency) for minor in (order.minor, order.tax_minor, order.cost_minor))
            order.earn_minor = postings.earning(*parts).minor
            order.earn_from, order.earn_until = span.starts_at, span.ends_at
            order.earn_next = min(span.starts_at + timedelta(days=1), span.ends_at) if order.earn_minor else None
            earning.append(order)
    models.Order.objects.bulk_update(earning, ["earn_minor", "earn_from", "earn_until", "earn_next"], batch_size=500)


def _cut(period: models.Period) -> None:
    """The period running at the new one's start ends there; what it gave ends too, or is carried over, as its terms say."""
    others = models.Period.objects.filter(line=period.line_id, state="confirmed").exclude(id=period.id)
    current = others.filter(starts_at__lte=period.starts_at, ends_at__gt=period.starts_at).first()
    if current is None:
        return
    lots = models.Lot.objects.filter(order=current.order_id, state="confirmed")
    if period.ends_lots:
        lots.update(was_until=F("ends_at"), ends_at=Greatest(Least(F("ends_at"), period.starts_at), F("starts_at")))
    if period.carries:
        carried = models.Lot.objects.filter(line=period.line_id, state="confirmed", ends_at__gt=period.starts_at).exclude(good="credit")
        carried.update(ends_at=Greatest(F("ends_at"), period.ends_at))
    models.Period.objects.filter(id=current.id).update(was_until=current.ends_at, ends_at=period.starts_at)


def _uncut(period: models.Period) -> None:
    """What a period that is taken back had cut runs on as it did before."""
    cut = models.Period.objects.filter(line=period.line_id, state="confirmed", ends_at=period.starts_at, was_until__isnull=False).first()
    if cut is None:
        return
    models.Period.objects.filter(id=cut.id).update(ends_at=F("was_until"), was_until=None)
    models.Lot.objects.filter(order=cut.order_id, was_until__isnull=False).update(ends_at=F("was_until"), was_until=None)


def _start_late_ones(orders: Sequence[models.Order], now: datetime) -> None:
    """Work by hand and files take hours: what was to start at once starts when it was done, never shorter than it was sold."""
    late = models.Lot.objects.filter(order__in=[order.id for order in orders], starts_at__lt=now - LATE).values_list("order", flat=True)
    for order in (order for order in orders if order.id in set(late)):
        placement = place_again(order, now)
        if placement is None:
            continue
        periods = models.Period.objects.filter(order=order, ends_at__lt=placement.ends_at)
        periods.update(starts_at=placement.starts_at, ends_at=placement.ends_at, anchor_day=placement.anchor_day)
        lots = models.Lot.objects.filter(order=order, ends_at__lt=placement.lots_end)
        lots.update(starts_at=placement.lots_start, ends_at=placement.lots_end)


def _by_notice(orders: Sequence[models.Order], periods: dict[UUID, models.Period], now: datetime) -> dict[str, list[models.Order]]:
    groups: dict[str, list[models.Order]] = {}
    for order in orders:
        period = periods.get(order.id)
        kind = "credit_added" if order.kind == Kind.CREDIT else "queued" if period and period.starts_at > now else "active"
        groups.setdefault(kind, []).append(order)
    return groups


def void(orders: Sequence[models.Order], step: Step, outcome: Outcome, why: str, now: datetime) -> None:
    """Not delivered: what was pending is void and the refund begins. Orders and lines are locked."""
    if not orders:
        return
    ids = [order.id for order in orders]
    models.Period.objects.filter(order__in=ids).update(state="void")
    models.Lot.objects.filter(order__in=ids).update(state="void")
    move(orders, step, outcome, now, refund_by=None)
    incidents.settle(orders, now, why, incidents.DELIVERY)
    refund.begin(orders, why, now)


def undo(order: models.Order, now: datetime) -> None:
    """A delivered order taken back: its postings are reversed, what it had earned too, and its money goes home."""
    book.post({
        f"order {order.id} undone": [
            *postings.undone(book.postings_of(f"order {order.id} delivered")),
            *postings.recognised(order.plan.code, Money(-order.earned_minor, order.currency)),
        ]
    }, now)  # fmt: skip
    models.Order.objects.filter(id=order.id).update(earn_minor=0, earned_minor=0, earn_from=None, earn_until=None, earn_next=None)
    for period in models.Period.objects.filter(order=order, cuts=True):
        _uncut(period)
    incidents.report("carrier_took_back", order.id, now, order=order)
    void([order], Step.UNDO, Outcome.DONE, "carrier_took_back", now)
