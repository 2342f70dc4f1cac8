"""Lanes: each carrier, each gateway and the clock has a lane of its own, so that a slow one delays nobody
else.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import connection


class Side(StrEnum):
    CARRIER = "carrier"
    GATEWAY = "gateway"
    CLOCK = "clock"  # what asks nobody: deadlines, and what our own books settle


@dataclass(frozen=True, slots=True)
class Lane:
    """Whose work is done: a carrier's, by its code; a gateway's, by its name."""

    side: Side
    name: str = ""

    def __str__(self) -> str:
        return f"{self.side} {self.name}".rstrip()


CLOCK = Lane(Side.CLOCK)

# Who is at work already is not looked for: a lane that has fallen behind may have very much that is due.
_DUE = """
SELECT 'carrier', o.carrier_id FROM records_attempt a JOIN records_order o ON o.id = a.order_id
  WHERE a.look_at <= %(now)s AND a.lease_until <= %(now)s AND o.carrier_id <> ALL(%(carriers)s)
UNION SELECT 'gateway', provider FROM records_attempt
  WHERE look_at <= %(now)s AND lease_until <= %(now)s
    AND order_id IS NULL AND provider <> ALL(%(gateways)s)
UNION SELECT 'gateway', gateway FROM records_tender
  WHERE state = 'waiting' AND due_at <= %(now)s AND gateway <> ALL(%(gateways)s)
UNION SELECT 'gateway', t.gateway FROM records_refund r JOIN records_tender t ON t.id = r.tender_id
  WHERE r.state = 'waiting' AND r.due_at <= %(now)s AND t.gateway <> ALL(%(gateways)s)
UNION SELECT 'carrier', carrier_id FROM records_order
  WHERE state = 'paid' AND needs_staff = '' AND due_at <= %(now)s
    AND kind <> 'credit' AND carrier_id <> ALL(%(carriers)s)
UNION SELECT 'clock', '' WHERE
  EXISTS (SELECT 1 FROM records_purchase WHERE waiting AND pay_by <= %(now)s)
  OR EXISTS (SELECT 1 FROM records_order WHERE state IN ('paid', 'applied') AND refund_by <= %(now)s)
  OR EXISTS (SELECT 1 FROM records_dispute WHERE due_at <= %(now)s)
  OR EXISTS (SELECT 1 FROM records_order
    WHERE state = 'paid' AND needs_staff = '' AND due_at <= %(now)s AND kind = 'credit')
"""


def lanes_due(now: datetime, at_work: Collection[Lane] = ()) -> set[Lane]:
    """The lanes that have something to do at this moment, without those at work."""
    names = {side: [lane.name for lane in at_work if lane.side is side] for side in Side}
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": now, "carriers": names[Side.CARRIER], "gateways": names[Side.GATEWAY]})
        return {Lane(Side(side), name) for side, name in cursor.fetchall()} - set(at_work)


_GATEWAYS = """
SELECT gateway FROM records_tender WHERE purchase_id = %(id)s AND gateway <> ''
UNION SELECT provider FROM records_attempt WHERE purchase_id = %(id)s AND order_id IS NULL
"""


def lanes_of_page(purchase: UUID) -> list[Lane]:
    """What a page may carry on itself for one purchase: its gateways and the clock.

    A carrier is never asked while a buyer waits.
    """
    with connection.cursor() as cursor:
        cursor.execute(_GATEWAYS, {"id": purchase})
        return [CLOCK, *(Lane(Side.GATEWAY, name) for (name,) in cursor.fetchall())]
