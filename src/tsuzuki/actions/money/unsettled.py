"""Purchases that were ever disputed and of which something moved.

The next round settles them, with every lock that it takes (actions.order.disputes).
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from tsuzuki.records import models


def mark(purchases: Collection[UUID], now: datetime) -> None:
    """The caller holds a lock that settling needs too: of an order, a refund or a lot.

    So whoever holds a dispute at this moment marks it as well, and settles after us; waiting for him could
    end in a deadlock.
    """
    rows = models.Dispute.objects.select_for_update(skip_locked=True, no_key=True).filter(
        purchase__in=purchases
    )
    if ids := list(rows.values_list("id", flat=True)):
        models.Dispute.objects.filter(id__in=ids).update(due_at=now)
