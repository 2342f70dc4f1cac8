"""Where an order goes on its line: dates recomputed from the line as it is now."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tsuzuki.core.errors import Refused
from tsuzuki.core.period import Base, Placement, last_end, place
from tsuzuki.core.plan import Choice
from tsuzuki.core.quote import Item
from tsuzuki.records import models, queries


def place_order(item: Item, order: models.Order, chain: Sequence[Base], now: datetime) -> Placement | None:
    """Where it goes now. A «now» the line no longer allows waits for the current period instead; None: it cannot be applied."""
    if order.line.closed_at is not None and order.line.closed_at <= now:
        return None
    last = last_end(chain, now)
    # «Now» was said to what the quote showed. What someone bought since is paid for too: this one waits behind it and does not cut it.
    grown = last is not None and (item.old_end is None or last > item.old_end)
    for choice in (Choice.AFTER_CURRENT, Choice.NOW) if grown else dict.fromkeys((item.choice, Choice.AFTER_CURRENT, Choice.NOW)):
        try:
            placement = place(item.terms, item.kind, chain, now, item.zone, choice)
        except Refused:
            continue
        if grown and placement.cuts and not placement.carries:
            continue
        return _as_long_as_quoted(placement, item)
    return None


def _as_long_as_quoted(placement: Placement, item: Item) -> Placement:
    """A cap reached, or a month begun, since the quote must not shorten what was shown: by its end or by its length, whichever is less."""
    short = min(item.new_end - placement.ends_at, (item.new_end - item.starts_at) - (placement.ends_at - placement.starts_at))
    if short <= timedelta(0):
        return placement
    return replace(placement, ends_at=placement.ends_at + short, lots_end=max(placement.lots_end, placement.ends_at + short))


def place_again(order: models.Order, now: datetime) -> Placement | None:
    """For a delivery long after it was applied: as it would be placed now. None: the dates stand."""
    item = queries.items_of([order])[order.id]
    return place_order(item, order, queries.chains_of([order.line_id], now)[order.line_id], now)
