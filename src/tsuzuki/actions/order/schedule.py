"""Scheduling an order on its line: dates recomputed from the line as it is now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from tsuzuki.core.errors import Refused
from tsuzuki.core.period import BasePeriod, Placement, begin, compute_placement, last_end
from tsuzuki.core.plan import Choice, Kind, Stacking
from tsuzuki.core.quote import QuoteItem
from tsuzuki.records import models, queries
from tsuzuki.records.for_sale import SoldLine


@dataclass(frozen=True, slots=True)
class LineSnapshot:
    """A line as it is under its lock."""

    busy: bool  # an order of it is under way at its carrier
    sequence: int  # of its last period
    msisdn: str
    iccid: str | None
    chain: list[BasePeriod]  # confirmed base periods that end after now, in order


_LINES = """
SELECT l.id, EXISTS (SELECT 1 FROM records_order o WHERE o.line_id = l.id AND o.state = 'applied'),
  (SELECT coalesce(max(p.sequence), 0) FROM records_period p WHERE p.line_id = l.id),
  (SELECT n.msisdn FROM records_number n WHERE n.line_id = l.id AND n.until IS NULL
    ORDER BY n.id DESC LIMIT 1),
  (SELECT s.iccid FROM records_sim s WHERE s.line_id = l.id AND s.until IS NULL ORDER BY s.id DESC LIMIT 1),
  EXISTS (SELECT 1 FROM records_period p WHERE p.line_id = l.id AND p.state = 'confirmed' AND p.ends_at > %s)
FROM records_line l WHERE l.id = ANY(%s)
"""


def line_snapshots(lines: Collection[UUID], now: datetime) -> dict[UUID, LineSnapshot]:
    if not lines:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [now, list(lines)])
        rows = cursor.fetchall()
    with_periods = [row[0] for row in rows if row[5]]
    chains = queries.chains_of(with_periods, now) if with_periods else {}
    return {
        id: LineSnapshot(busy, last, msisdn or "", iccid, chains.get(id, []))
        for id, busy, last, msisdn, iccid, _ in rows
    }


def is_closed(line: models.Line | SoldLine) -> bool:
    """Whoever sees it closed comes after that,
    also where the closing was dated by a clock that is ahead of his.
    """
    return line.closed_at is not None


def schedule_order(
    item: QuoteItem, order: models.Order, chain: Sequence[BasePeriod], now: datetime
) -> Placement | None:
    """Where it goes now.

    A «now» the line no longer allows waits for the current period instead; None: it cannot be applied.
    """
    if is_closed(order.line):
        return None
    last = last_end(chain, now)
    # «Now» was said to what the quote showed. What someone bought since is paid for too: this one waits
    # behind it and does not cut it.
    grown = last is not None and (item.old_end is None or last > item.old_end)
    for choice in (
        (Choice.AFTER_CURRENT, Choice.NOW)
        if grown
        else dict.fromkeys((item.choice, Choice.AFTER_CURRENT, Choice.NOW))
    ):
        try:
            placement = compute_placement(item.terms, item.kind, chain, now, item.zone, choice)
        except Refused:
            continue
        if grown and placement.cuts and not placement.carries:
            continue
        return _as_long_as_quoted(placement, item)
    return None


def _as_long_as_quoted(placement: Placement, item: QuoteItem) -> Placement:
    """A month begun since the quote must not shorten what was shown:
    by its end or by its length, whichever is less.
    """
    short = min(
        item.new_end - placement.ends_at,
        (item.new_end - item.starts_at) - (placement.ends_at - placement.starts_at),
    )
    if short <= timedelta(0):
        return placement
    return replace(
        placement,
        ends_at=placement.ends_at + short,
        lots_end=max(placement.lots_end, placement.ends_at + short),
    )


def reschedule_order(item: QuoteItem, order: models.Order, now: datetime) -> Placement:
    """For a delivery long after it was applied: as it would be placed now.

    The carrier has done it, so no rule of sale refuses it any more: an addon whose plan has ended meanwhile
    still gives its time.
    """
    chain = queries.chains_of([order.line_id], now)[order.line_id]
    placed = schedule_order(item, order, chain, now)
    if placed is None:
        beside = item.kind is not Kind.PLAN or item.terms.stacking is Stacking.PARALLEL
        placed = _as_long_as_quoted(
            begin(item.terms, now if beside else last_end(chain, now) or now, item.zone), item
        )
    return placed
