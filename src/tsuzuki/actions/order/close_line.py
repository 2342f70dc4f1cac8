"""Closing a line for good: no more quotes are accepted for it, and open orders end."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from tsuzuki.actions.engine.queue import wake
from tsuzuki.actions.lines.line_records import mark_closed
from tsuzuki.core.errors import Refused
from tsuzuki.core.order import State
from tsuzuki.core.states import HoldingState
from tsuzuki.records import models

from . import expire
from .take_back import ask_back


def close_line(line: UUID, now: datetime, actor: str = "", why_refund: str = "") -> None:
    """Purchases that wait for money are cancelled, so that what comes nevertheless goes back.

    What certainly was not delivered is refunded. What may be under way at a carrier is left to its answer: a
    «done» that comes now is refunded too, and people are told.

    `why_refund`: people are asked to take back the plans that have not begun, for this reason; else they are
    lost with the line. Steps, each whole by itself. A line that is closed already is only settled: so one
    that was cut short is begun again.
    """
    mark_closed(line, now, actor)
    for purchase in _waiting_for_it_alone(line):
        try:
            expire.cancel(purchase, actor or "line closed", now)
        except Refused:
            continue  # paid in this moment: then its orders are refunded
    wake(*expire.refund_closed(line, now))
    for order in unbegun(line, now) if why_refund else ():
        ask_back(order, why_refund, actor, now)


def unbegun(line: UUID, now: datetime) -> list[UUID]:
    """The orders of a line whose plans are delivered and have not begun."""
    waiting = models.Period.objects.filter(
        line=line, state=HoldingState.CONFIRMED, starts_at__gt=now, order__state=State.DELIVERED
    )
    return list(waiting.order_by("starts_at").values_list("order", flat=True))


def _waiting_for_it_alone(line: UUID) -> list[UUID]:
    """Where other lines share the purchase it stays payable for them:
    the part of this one comes back as it is applied.
    """
    others = models.Order.objects.filter(purchase=OuterRef("purchase"), line__closed_at=None)
    orders = models.Order.objects.filter(line=line, purchase__waiting=True).exclude(Exists(others))
    return list(orders.order_by("purchase").values_list("purchase", flat=True).distinct())
