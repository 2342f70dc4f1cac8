"""While both systems run: does ours say of every line what the old one says?

Ends, data and credit, against its newest export.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.db.models import Max, Sum

from tsuzuki.actions.lines.line_cells import BadRow, explain
from tsuzuki.core.states import HoldingState
from tsuzuki.records import models

from . import source_file
from .mapping import ColumnMapping
from .move_in import SHOWN, batches
from .rows import Moved, Reader

Told = Callable[[int, str, str, str, str], None]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far apart is still the same: usage reports and rounding lag behind."""

    seconds: int = 60
    data: int = 0  # bytes
    minor: int = 0


@dataclass(slots=True)
class Comparison:
    """`differs` counts by what.

    `missing`: lines of the export we do not have; `extra`: open lines of ours that it does not name.
    """

    rows: int = 0
    same: int = 0
    bad: int = 0
    missing: int = 0
    extra: int = 0
    differs: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Ours:
    ends: datetime | None
    data: int | None
    credit: int


def compare_lines(
    file: Path,
    map: ColumnMapping,
    as_of: datetime,
    *,
    tolerance: Tolerance | None = None,
    told: Told | None = None,
    progress: Callable[[int], None] | None = None,
) -> Comparison:
    """`told` hears (row, number, what, theirs, ours) of every difference. Reads only."""
    reader, comparison, allowed = Reader.here(map, as_of), Comparison(), tolerance or Tolerance()
    checks = [
        name
        for name, fields in (("ends", {"ends", "days_left"}), ("data", {"data_left"}), ("credit", {"credit"}))
        if fields & set(map.columns)
    ]
    for batch in batches(source_file.rows(file, map)):
        rows = []
        for number, cells in batch:
            line, mistakes, _ = reader.read(number, cells)
            comparison.rows += 1
            if line is None:
                _bad(comparison, mistakes)
            else:
                rows.append(line)
        _against(rows, checks, reader, allowed, comparison, told)
        if progress:
            progress(comparison.rows)
    carriers = {
        source.constant for name, source in map.columns.items() if name == "carrier" and source.constant
    } or set(reader.carriers)
    comparison.extra = max(
        0,
        models.Line.objects.filter(closed_at=None, carrier__in=carriers).count()
        - (comparison.rows - comparison.bad - comparison.missing),
    )
    return comparison


def _bad(found: Comparison, mistakes: Sequence[BadRow]) -> None:
    found.bad += 1
    if len(found.examples) < SHOWN:
        found.examples.append(explain(mistakes[0]))


def _against(
    rows: Sequence[Moved],
    checks: Sequence[str],
    reader: Reader,
    allowed: Tolerance,
    found: Comparison,
    told: Told | None,
) -> None:
    lines = dict(
        models.Number.objects.filter(until=None, msisdn__in=[row.line.msisdn for row in rows]).values_list(
            "msisdn", "line_id"
        )
    )
    ours = _ours(list(lines.values()), reader)
    for row in rows:
        line = lines.get(row.line.msisdn)
        if line is None:
            found.missing += 1
            _tell(found, told, row, "line", "there", "not there")
            continue
        apart = [pair for name in checks if (pair := _apart(name, row, ours[line], allowed))]
        for what, theirs, mine in apart:
            found.differs[what] += 1
            _tell(found, told, row, what, theirs, mine)
        found.same += not apart


def _apart(name: str, row: Moved, ours: _Ours, allowed: Tolerance) -> tuple[str, str, str] | None:
    theirs = row.opening
    if name == "ends":
        until = theirs.until
        close = (
            abs(until - ours.ends) <= timedelta(seconds=allowed.seconds)
            if until and ours.ends
            else until is ours.ends
        )
        return None if close else ("ends", f"{until or 'over'}", f"{ours.ends or 'over'}")
    if name == "credit":
        return (
            None
            if abs(theirs.credit - ours.credit) <= allowed.minor
            else ("credit", str(theirs.credit), str(ours.credit))
        )
    lots = [lot.left for lot in theirs.lots if lot.good == "data"]
    left = None if None in lots else sum(lot or 0 for lot in lots)
    if left is None or ours.data is None:
        return None if left == ours.data else ("data", _said(left), _said(ours.data))
    return None if abs(left - ours.data) <= allowed.data else ("data", str(left), str(ours.data))


def _said(left: int | None) -> str:
    return "unlimited" if left is None else str(left)


def _ours(lines: Sequence[UUID], reader: Reader) -> dict[UUID, _Ours]:
    at = reader.as_of
    periods = models.Period.objects.filter(line__in=lines, state=HoldingState.CONFIRMED, ends_at__gt=at)
    ends = dict(periods.values_list("line").annotate(Max("ends_at")))
    lots = models.Lot.objects.filter(
        line__in=lines, state=HoldingState.CONFIRMED, starts_at__lte=at, ends_at__gt=at
    )
    unlimited = set(lots.filter(good="data", granted=None).values_list("line", flat=True))
    data = dict(lots.filter(good="data").values_list("line").annotate(Sum("remaining")))
    credit = dict(
        lots.filter(good="credit", currency=reader.map.currency)
        .values_list("line")
        .annotate(Sum("remaining"))
    )
    return {
        line: _Ours(ends.get(line), None if line in unlimited else data.get(line) or 0, credit.get(line) or 0)
        for line in lines
    }


def _tell(found: Comparison, told: Told | None, row: Moved, what: str, theirs: str, ours: str) -> None:
    if len(found.examples) < SHOWN:
        found.examples.append(f"row {row.row}: {what}: {theirs} there, {ours} here")
    if told:
        told(row.row, row.line.msisdn, what, theirs, ours)
