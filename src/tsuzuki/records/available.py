"""How much of a tender's money is still here.

The one place that knows: whatever gives money back, or counts on it, asks here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from . import models


@dataclass(frozen=True, slots=True)
class Available:
    """Minor units of one tender.

    What a lost dispute took is in `lost`; a refund which that made unnecessary is nowhere else.
    """

    paid: int  # zero as long as it is not
    back: int  # refunds that are done, also those that were sent twice
    going: int  # refunds that were begun: to be asked, asked, owed
    open: int  # disputed, not decided
    lost: int
    disputed: bool = False  # there is, or was, a dispute

    @property
    def withheld(self) -> int:
        return self.open + self.lost

    @property
    def brought(self) -> int:
        """What it brings towards a price."""
        return max(0, self.paid - self.withheld)

    @property
    def left(self) -> int:
        """Below zero: more was promised, or given, than there is."""
        return self.paid - self.back - self.going - self.withheld


_AVAILABLE = """
SELECT t.id, CASE WHEN t.state = 'paid' THEN t.minor ELSE 0 END, r.back, r.going, d.open, d.lost, d.disputed
FROM records_tender t
CROSS JOIN LATERAL (
  SELECT coalesce(sum(minor) FILTER (WHERE state IN ('done', 'twice')), 0)::bigint AS back,
    coalesce(sum(minor) FILTER (WHERE state IN ('waiting', 'asked', 'owed')), 0)::bigint AS going
  FROM records_refund WHERE tender_id = t.id
) r
CROSS JOIN LATERAL (
  SELECT coalesce(sum(minor) FILTER (WHERE state = 'open'), 0)::bigint AS open,
    coalesce(sum(minor) FILTER (WHERE state = 'lost'), 0)::bigint AS lost, count(*) > 0 AS disputed
  FROM records_dispute WHERE tender_id = t.id
) d
WHERE t.purchase_id = ANY(%s)
"""


def available(purchases: Collection[UUID]) -> dict[UUID, Available]:
    """By tender, of all tenders of these purchases.

    Whoever changes anything by it holds the lock of the purchase or of its orders.
    """
    with connection.cursor() as cursor:
        cursor.execute(_AVAILABLE, [list(purchases)])
        return {row[0]: Available(*row[1:]) for row in cursor.fetchall()}


def missing(purchase: models.Purchase) -> int:
    """What a purchase still waits for."""
    return max(0, purchase.minor - sum(available.brought for available in available([purchase.id]).values()))
