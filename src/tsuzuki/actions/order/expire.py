"""Ending what waits: expired, cancelled, or past the «deliver or refund» deadline."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction

from tsuzuki.actions.engine.provider_calls import ProviderStatus
from tsuzuki.actions.engine.providers import GATEWAY_GONE, is_gone
from tsuzuki.actions.engine.queue import wake
from tsuzuki.actions.messages import notifications
from tsuzuki.actions.money import own_means
from tsuzuki.actions.money.own_means import OWN_MEANS
from tsuzuki.actions.write import audit, incidents
from tsuzuki.core import postings
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.ledger_event import LedgerEvent
from tsuzuki.core.means import Back
from tsuzuki.core.money import Money
from tsuzuki.core.order import Outcome, State, Step, TenderState
from tsuzuki.core.states import IncidentKind, RefundState
from tsuzuki.ledger import book
from tsuzuki.records import models

from . import deliver, refund, refund_refused
from .collect import close_open
from .transitions import lock_lines, lock_orders, lock_purchases, transition

log = structlog.get_logger()
AGAIN, SOON = timedelta(minutes=10), timedelta(seconds=30)


@transaction.atomic(durable=True)
def expire_due(now: datetime, limit: int, only: UUID | None) -> int:
    """Purchases whose time for money is over: what our own books paid is released, gateways are told to
    close.
    """
    due = models.Purchase.objects.select_for_update(skip_locked=True, no_key=True).filter(
        waiting=True, pay_by__lte=now
    )
    if only:
        due = due.filter(id=only)
    purchases = list(due.order_by("pay_by", "id")[:limit])
    orders = _lock_all_of(purchases)
    for purchase in purchases:
        try:
            with transaction.atomic():  # one that cannot be ended holds up no other
                _end(purchase, orders[purchase.id], Step.EXPIRE, "expired", now)
        except Exception:
            log.exception("cannot expire", purchase=str(purchase.id))
            models.Purchase.objects.filter(id=purchase.id).update(pay_by=now + AGAIN)
    return len(purchases)


@transaction.atomic(durable=True)
def cancel(purchase_id: UUID, actor: str, now: datetime) -> None:
    """The buyer changed his mind before paying. Money that is already on its way comes back by itself.

    Refused(order_not_cancellable) once everything was paid; the promise is then to deliver or refund.
    """
    purchase = lock_purchases([purchase_id]).get(purchase_id)
    if purchase is None:
        raise Refused(Code.ORDER_UNKNOWN, id=str(purchase_id))
    if not purchase.waiting:
        raise Refused(Code.ORDER_NOT_CANCELLABLE)
    _end(purchase, _lock_all_of([purchase])[purchase_id], Step.CANCEL, "cancelled", now)
    audit.write(Act.CANCEL, AuditSubject(SubjectKind.PURCHASE, purchase_id), actor, now)
    wake(purchase_id)


def _lock_all_of(purchases: Sequence[models.Purchase]) -> dict[UUID, list[models.Order]]:
    """The orders of locked purchases by purchase, and where their money goes home to."""
    result: dict[UUID, list[models.Order]] = {purchase.id: [] for purchase in purchases}
    orders = (
        lock_orders(list(models.Order.objects.filter(purchase__in=result).values_list("id", flat=True)))
        if result
        else []
    )
    refund.lock_refund_targets([], orders)
    for order in orders:
        result[order.purchase_id].append(order)
    return result


def _end(
    purchase: models.Purchase, orders: list[models.Order], step: Step, notice: str, now: datetime
) -> None:
    models.Purchase.objects.filter(id=purchase.id).update(waiting=False)
    transition(orders, step, Outcome.DONE, now)
    notifications.notify(
        orders, notice, now, holder=False
    )  # who never paid could be anybody who knows the number
    tenders = list(
        models.Tender.objects.select_for_update(no_key=True).filter(purchase=purchase).order_by("id")
    )
    close_open(tenders, now)
    paid = [tender for tender in tenders if tender.state == TenderState.PAID]
    _release(purchase, [tender for tender in paid if own_means.of(tender)], now)
    for tender in paid:
        if own_means.of(tender) is None:
            refund.late_money(purchase, tender, tender.minor, now)


def _release(purchase: models.Purchase, tenders: Sequence[models.Tender], now: datetime) -> None:
    """What our own books paid goes back as it was."""
    posted = {}
    for method, means in OWN_MEANS.items():
        group = [tender for tender in tenders if tender.method == method]
        backs = [
            Back(tender.id, purchase.account_id, Money(tender.minor, tender.currency)) for tender in group
        ]
        for tender, moved in zip(group, means.release(backs, now) if backs else [], strict=True):
            posted[LedgerEvent.tender_released(tender.id)] = postings.released(purchase.id, moved)
    if posted:
        book.post(posted, now)
        models.Tender.objects.filter(id__in=[tender.id for tender in tenders]).update(
            state=TenderState.CLOSED
        )


@transaction.atomic(durable=True)
def refund_overdue(now: datetime, limit: int, only: UUID | None) -> int:
    """Orders past their clock.

    What certainly was not delivered is refunded; what may have been calls staff, never a refund.
    """
    due = models.Order.objects.filter(state__in=[State.PAID, State.APPLIED], refund_by__lte=now)
    if only:
        due = due.filter(purchase=only)
    ids = list(
        due.select_for_update(skip_locked=True, no_key=True)
        .order_by("refund_by", "id")
        .values_list("id", flat=True)[:limit]
    )
    orders = lock_orders(ids)
    busy, unsure = _refund_what_was_not_done(orders, "too_late", now)
    models.Order.objects.filter(id__in=[order.id for order in busy]).update(refund_by=now + SOON)
    _call_staff(unsure, now)
    return len(orders)


@transaction.atomic(durable=True)
def refund_closed(line: UUID, now: datetime) -> list[UUID]:
    """Of a line that was closed: the purchases whose orders are refunded.

    What may be done is left to the carrier's answer.
    """
    there = models.Order.objects.filter(line=line, state__in=[State.PAID, State.APPLIED])
    orders = [
        order
        for order in lock_orders(list(there.values_list("id", flat=True)))
        if order.state in (State.PAID, State.APPLIED)
    ]
    busy, unsure = _refund_what_was_not_done(orders, "line_closed", now)
    return [order.purchase_id for order in orders if order not in busy and order not in unsure]


def _refund_what_was_not_done(
    orders: list[models.Order], why: str, now: datetime
) -> tuple[list[models.Order], list[models.Order]]:
    """Of paid and applied orders, locked.

    Those left alone: being asked about at this moment, and those that may have been done.
    """
    lock_lines(orders)
    ids = [order.id for order in orders]
    rows = models.Attempt.objects.select_for_update(no_key=True).filter(order__in=ids, outcome="")
    attempts = {attempt.order_id: attempt for attempt in rows.order_by("id")}
    never_taken_up = [order for order in orders if order.state == State.PAID]
    busy = [order for order in orders if order.id in attempts and _is_being_asked(attempts[order.id], now)]
    certain = [
        order
        for order in orders
        if order.id in attempts and order not in busy and _certainly_not_done(attempts[order.id])
    ]
    refund.lock_refund_targets([], [*never_taken_up, *certain])
    transition(never_taken_up, Step.APPLY, Outcome.REFUSED, now, refund_by=None)
    refund.begin(never_taken_up, why, now)
    models.Attempt.objects.filter(id__in=[attempts[order.id].id for order in certain]).update(
        outcome=Outcome.REFUSED, reason=why, look_at=None, closed_at=now
    )
    deliver.void(certain, Step.PROVISION, Outcome.REFUSED, why, now)
    return busy, [order for order in orders if order not in [*never_taken_up, *certain, *busy]]


def _is_being_asked(attempt: models.Attempt, now: datetime) -> bool:
    """Somebody asks or looks at this moment; what he hears decides, a little later."""
    return attempt.lease_until > now


def _certainly_not_done(attempt: models.Attempt) -> bool:
    """Nobody is asking now, and the last word was that nothing happened.

    Or it still lies untouched on the list of work by hand.
    """
    untouched = (
        attempt.standing == ProviderStatus.WAITING and attempt.look_at is None and not attempt.taken_by
    )
    return untouched or attempt.standing in (ProviderStatus.PASSING, ProviderStatus.NEVER)


def _call_staff(orders: Sequence[models.Order], now: datetime) -> None:
    incidents.call_staff(orders, IncidentKind.OVERDUE, now)
    # Once the look-up is certain that nothing happened, the refund still begins by itself.
    models.Order.objects.filter(id__in=[order.id for order in orders]).update(refund_by=now + AGAIN)
    notifications.notify(orders, "activating", now)


@transaction.atomic(durable=True)
def owe_of_gone(now: datetime, limit: int, only: UUID | None) -> int:
    """What waits for a gateway that was taken out since is owed: nobody can be asked for it any more."""
    due = models.Refund.objects.filter(state=RefundState.WAITING, due_at__lte=now)
    due = due.filter(purchase=only) if only else due
    gone = [name for name in due.values_list("tender__gateway", flat=True).distinct() if is_gone(name)]
    refunds = list(due.filter(tender__gateway__in=gone).order_by("due_at", "id")[:limit]) if gone else []
    orders = lock_orders({row.order_id for row in refunds if row.order_id})
    waiting = models.Refund.objects.select_for_update(no_key=True).filter(
        id__in=[row.id for row in refunds], state=RefundState.WAITING
    )
    owed = list(waiting.order_by("id"))
    for row in owed:
        refund_refused.owe(row, GATEWAY_GONE, now)
    for order in orders:
        refund.settle(order, now)
    return len(owed)
