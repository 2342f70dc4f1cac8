"""Taking back a delivered order: its postings are reversed and its money is refunded."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tsuzuki.actions.engine.queue import wake
from tsuzuki.actions.write import audit, incidents
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.order import State
from tsuzuki.core.plan import Kind
from tsuzuki.core.states import IncidentKind
from tsuzuki.core.typed import visible
from tsuzuki.records import models

from . import deliver, refund
from .periods import lock_to_take_back

DELIVERED = (State.DELIVERED, State.REVERSED)
ON_ITS_WAY = (State.REFUNDING, State.REFUND_OWED, State.REFUNDED)


@transaction.atomic
def take_back(order_id: UUID, reason: str, actor: str, now: datetime) -> None:
    """The operator's word that the line is to lose what it got: an incident tells people to see to it at the
    carrier.

    Once more is harmless. Refused(order_not_refundable): not delivered (the machine delivers or refunds by
    itself; what is not paid is cancelled), or credit of which something was spent.
    """
    order = _locked(order_id)
    if order.state in ON_ITS_WAY:
        return
    if order.state in DELIVERED:
        refund.lock_refund_targets([], [order])
    if order.state not in DELIVERED or _spent(order):
        raise Refused(Code.ORDER_NOT_REFUNDABLE, state=order.state)
    deliver.undo(order, now, IncidentKind.STAFF_TOOK_BACK)
    _record(Act.TAKE_BACK, order, reason, actor, now)
    wake(order.purchase_id)


@transaction.atomic(durable=True)
def ask_back(order_id: UUID, reason: str, actor: str, now: datetime) -> None:
    """A reseller asks for a refund of what was delivered: people decide. Once more is harmless."""
    order, reason = _locked(order_id), visible(reason)
    if order.state in ON_ITS_WAY:
        return
    if order.state not in DELIVERED:
        raise Refused(Code.ORDER_NOT_REFUNDABLE, state=order.state)
    incidents.report(IncidentKind.REFUND_ASKED, order.id, now, order=order, reason=reason[:80], by=actor[:80])
    _record(Act.REFUND_ASKED, order, reason, actor, now)


def _locked(order_id: UUID) -> models.Order:
    orders = lock_to_take_back([order_id])
    if not orders:
        raise Refused(Code.ORDER_UNKNOWN, id=str(order_id))
    return orders[0]


def _spent(order: models.Order) -> bool:
    lots = models.Lot.objects.filter(order=order, good="credit")
    return order.kind == Kind.CREDIT and any(lot.remaining != lot.granted for lot in lots)


def _record(act: Act, order: models.Order, reason: str, actor: str, now: datetime) -> None:
    audit.write(act, AuditSubject(SubjectKind.ORDER, order.id), actor, now, reason=reason[:200])
