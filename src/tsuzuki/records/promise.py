"""The promise made before payment: by when the order is delivered, or its refund begun."""

from datetime import datetime

from tsuzuki.core import hours

from . import models


def promise_of(carrier: models.Carrier, now: datetime) -> datetime:
    """Paid now.

    Where people or files do the work, counted in their business hours and around their holidays; aware, in
    UTC terms.
    """
    return hours.due(now, carrier.refund_after_seconds, carrier.hours, carrier.zone)
