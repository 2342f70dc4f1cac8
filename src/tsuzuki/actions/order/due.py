"""What is due: one small query per round, so that a round with nothing to do costs nothing else."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from .steps import STEPS

# Each line is served by the partial index of the claim it stands for.
_REPAIR = "SELECT 1 FROM records_attempt WHERE look_at <= %(now)s AND lease_until <= %(now)s"
_EXPIRE = "SELECT 1 FROM records_purchase WHERE waiting AND pay_by <= %(now)s"
_OVERDUE = "SELECT 1 FROM records_order WHERE state IN ('paid', 'applied') AND refund_by <= %(now)s"
_DISPUTES = "SELECT 1 FROM records_dispute WHERE due_at <= %(now)s"


@dataclass(frozen=True, slots=True)
class Due:
    repair: bool
    expire: bool
    overdue: bool
    disputes: bool
    steps: frozenset[str]  # names of those that something waits to be begun by


def due(now: datetime, only: UUID | None) -> Due:
    openings = {step.name: step.opening.due for step in STEPS.values() if step.opening}
    asked = [_REPAIR, _EXPIRE, _OVERDUE, _DISPUTES, *openings.values()]
    if only:
        asked = [f"{text} AND {'id' if text is _EXPIRE else 'purchase_id'} = %(only)s" for text in asked]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(f'EXISTS ({text})' for text in asked)}",
            {"now": now, "only": only},
        )
        repair, expire, overdue, disputes, *begun = cursor.fetchone()
    names = frozenset(name for name, is_due in zip(openings, begun, strict=True) if is_due)
    return Due(repair, expire, overdue, disputes, names)
