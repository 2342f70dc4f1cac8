"""What is due at all: one small query a round, so that a round with nothing to do costs nothing else."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

# Each line is served by the partial index of the claim it stands for.
_DUE = """
SELECT
  EXISTS (SELECT 1 FROM records_attempt WHERE look_at <= %(now)s AND lease_until <= %(now)s {attempt}),
  EXISTS (SELECT 1 FROM records_purchase WHERE waiting AND pay_by <= %(now)s {purchase}),
  EXISTS (SELECT 1 FROM records_order WHERE state IN ('paid', 'applied') AND refund_by <= %(now)s {order}),
  EXISTS (SELECT 1 FROM records_tender WHERE state = 'waiting' AND due_at <= %(now)s {order}),
  EXISTS (SELECT 1 FROM records_order
    WHERE state = 'paid' AND needs_staff = '' AND due_at <= %(now)s {order}),
  EXISTS (SELECT 1 FROM records_dispute WHERE due_at <= %(now)s {order}),
  EXISTS (SELECT 1 FROM records_refund WHERE state = 'waiting' AND due_at <= %(now)s {order})
"""
EVERYTHING = _DUE.format(attempt="", purchase="", order="")
ONE = _DUE.format(
    attempt="AND purchase_id = %(only)s", purchase="AND id = %(only)s", order="AND purchase_id = %(only)s"
)


@dataclass(frozen=True, slots=True)
class Due:
    repair: bool
    expire: bool
    overdue: bool
    collect: bool
    apply: bool
    disputes: bool
    refund: bool


def due(now: datetime, only: UUID | None) -> Due:
    with connection.cursor() as cursor:
        cursor.execute(ONE if only else EVERYTHING, {"now": now, "only": only})
        return Due(*cursor.fetchone())
