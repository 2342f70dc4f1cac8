"""Where an order goes on its line: dates recomputed from the line as it is now."""
from collections.abc import Sequence
from datetime import datetime

from tsuzuki.core.errors import Refused
from tsuzuki.core.period import Base, Placement, place
from tsuzuki.core.plan import Choice
from tsuzuki.core.quote import Item
from tsuzuki.records import models, queries


def place_order(item: Item, order: models.Order, chain: Sequence[Base], now: datetime) -> Placement | None:
    """Where it goes now. A «now» the line no longer allows waits for the current period instead; None: it cannot be applied."""
    if order.line.closed_at is not None and order.line.closed_at <= now:
        return None
    for choice in dict.fromkeys((item.choice, Choice.AFTER_CURRENT, Choice.NOW)):
        try:
            return place(item.terms, item.kind, chain, now, item.zone, choice)
        except Refused:
            continue
    return None


def place_again(order: models.Order, now: datetime) -> Placement | None:
    """For a delivery long after it was applied: as it would be placed now. None: the dates stand."""
    item = queries.items_of([order])[order.id]
    return place_order(item, order, queries.chains_of([order.line_id], now)[order.line_id], now)
