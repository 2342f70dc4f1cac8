"""Incidents: what the engine will not decide by itself is put before people, once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from tsuzuki.core.states import IncidentKind
from tsuzuki.core.typed import visible
from tsuzuki.records import models

log = structlog.get_logger()


def report(
    kind: IncidentKind, subject: object, now: datetime, order: models.Order | None = None, **facts: Any
) -> None:
    """Open an incident in the caller's transaction; the same one already open is enough.

    `facts` hold no secret.
    """
    facts = {name: visible(fact) if isinstance(fact, str) else fact for name, fact in facts.items()}
    log.warning("incident", kind=kind, subject=str(subject), order=str(order.id) if order else None, **facts)
    models.Incident.objects.bulk_create(
        [models.Incident(kind=kind, subject=str(subject)[:120], order=order, facts=facts, opened_at=now)],
        ignore_conflicts=True,
    )


def report_many(kind: IncidentKind, facts: Mapping[object, Mapping[str, Any]], now: datetime) -> None:
    """The same of many subjects, with the facts of each."""
    rows = []
    for subject, those in facts.items():
        log.warning("incident", kind=kind, subject=str(subject), order=None, **those)
        rows.append(models.Incident(kind=kind, subject=str(subject)[:120], facts=those, opened_at=now))
    models.Incident.objects.bulk_create(rows, ignore_conflicts=True)


def report_anew(kind: IncidentKind, subject: object, now: datetime, order: models.Order, amount: str) -> None:
    """The same, of an amount that changes: what was said of another one is closed.

    Empty: nothing is left of it.
    """
    seen = models.Incident.objects.filter(kind=kind, subject=str(subject), closed_at=None)
    seen.exclude(facts__amount=amount).update(closed_at=now, answer=f"now {amount or 'nothing'}")
    if amount:
        report(kind, subject, now, order=order, amount=amount)


DELIVERY = (IncidentKind.OVERDUE, IncidentKind.DELIVERY_UNSURE)
PAYMENT = (IncidentKind.PAYMENT_UNSURE, IncidentKind.PAYMENT_OTHER_AMOUNT)


def call_staff(orders: Sequence[models.Order], why: IncidentKind, now: datetime) -> None:
    """Flag orders for people; the engine goes on listening for the provider's answer.

    The first reason stays.
    """
    for order in orders:
        report(why, order.id, now, order=order)
    models.Order.objects.filter(id__in=[order.id for order in orders], needs_staff="").update(needs_staff=why)


def settle(orders: Sequence[models.Order], now: datetime, answer: str, kinds: Sequence[IncidentKind]) -> None:
    """The truth is known: what of these kinds was open about the orders is closed."""
    ids = [order.id for order in orders if order.needs_staff in kinds]
    if ids:
        models.Order.objects.filter(id__in=ids).update(needs_staff="")
        models.Incident.objects.filter(order__in=ids, kind__in=kinds, closed_at=None).update(
            closed_at=now, answer=answer
        )
