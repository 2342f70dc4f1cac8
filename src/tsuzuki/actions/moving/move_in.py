"""Moving in, in two steps.

First every row is understood and compared with all others, and laid aside on disk; then, if that is wanted,
lines and what they bring along are written, a batch in one transaction.

A crash loses the batch it fell into and no more: the same command again finds the lines that are there and
goes on. Memory holds one batch, however long the file is.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction
from stdnum import luhn

from tsuzuki import decode
from tsuzuki.actions.lines.import_lines import TRIES, compare
from tsuzuki.actions.lines.line_cells import BadCode, BadRow, explain, shown
from tsuzuki.actions.lines.line_records import add_lines, note_import
from tsuzuki.records import models

from . import opening_balances, source_file
from .duplicates import Seen
from .mapping import ColumnMapping
from .rows import Moved, Reader

BATCH = 2000
SHOWN = 20  # examples in the report; all are told to `rejected`

Progress = Callable[[str, int, int | None], None]
Rejected = Callable[[int, Mapping[str, str], str], None]


@dataclass(slots=True)
class Report:
    """`taken` counts what came along: periods, lots by good, money in minor units."""

    rows: int = 0
    imported: int = 0
    already: int = 0
    bad: int = 0
    ended: int = 0  # lines whose period in the old system is over: they move in without one
    reasons: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    encoding: str = ""
    warnings: int = 0
    written: bool = False


@dataclass(frozen=True, slots=True)
class _Read:
    """One row, understood.

    `line` None: it is bad; what could be read of it counts all the same when rows are compared.
    """

    row: int
    cells: dict[str, str]
    line: Moved | None
    mistakes: list[BadRow]
    values: dict[str, str]


@dataclass(slots=True)
class _First:
    rows: int = 0
    bad: int = 0
    rounded: int = 0


def move_in(
    file: Path,
    map: ColumnMapping,
    actor: str,
    now: datetime,
    as_of: datetime,
    *,
    write: bool,
    skip_bad: bool = False,
    held_back: bool = False,
    progress: Progress | None = None,
    rejected: Rejected | None = None,
) -> Report:
    """All rows or none (`skip_bad`: the good ones); without `write` a report of what would be.

    `as_of`: the moment the export speaks of.

    `rejected` hears (row, its cells, why). Refused(FILE_UNREADABLE, MAP_WRONG): nothing was written.
    """
    tell = progress or (lambda _stage, _done, _rows: None)
    reader = Reader.here(map, as_of)
    report = Report(encoding=source_file.encoding_of(file))
    with Seen() as seen, tempfile.TemporaryFile() as aside:
        first = _understand(file, reader, seen, aside, tell)
        spoilt = first.rounded * 2 > first.rows
        result = first.bad + seen.close() + (first.rounded if spoilt else 0)
        report.written = write and (skip_bad or not result)
        for batch in _taken_up(aside):
            _settle(batch, reader, seen, spoilt, report, (actor, now), held_back, rejected)
            tell("Writing" if report.written else "Checking", report.rows, first.rows)
    return report


def _understand(file: Path, reader: Reader, seen: Seen, aside: IO[bytes], tell: Progress) -> _First:
    first = _First()
    for batch in batches(source_file.rows(file, reader.map)):
        read = [_Read(row, cells, *reader.read(row, cells)) for row, cells in batch]
        first.rows += len(read)
        first.bad += sum(bool(entry.mistakes) for entry in read)
        first.bad += len(
            {bad_row.row for bad_row in compare([entry.line for entry in read if entry.line])[1]}
        )
        first.rounded += sum(_is_rounded(entry.values.get("iccid", "")) for entry in read)
        seen.add((entry.row, entry.cells, entry.values, bool(entry.mistakes)) for entry in read)
        packed = msgspec.msgpack.encode(read)
        aside.write(len(packed).to_bytes(8, "big") + packed)
        tell("Reading", first.rows, None)
    return first


def _taken_up(aside: IO[bytes]) -> Iterator[list[_Read]]:
    aside.seek(0)
    while size := aside.read(8):
        yield decode.from_msgpack(aside.read(int.from_bytes(size, "big")), list[_Read])


def _is_rounded(iccid: str) -> bool:
    """One SIM number may end in zeros.

    When most of the column does, a spreadsheet kept 15 digits and threw the rest away.
    """
    return len(iccid) >= 19 and not iccid[15:].strip("0") and not luhn.is_valid(iccid)


def _settle(
    batch: Sequence[_Read],
    reader: Reader,
    seen: Seen,
    spoilt: bool,
    report: Report,
    by: tuple[str, datetime],
    held_back: bool,
    rejected: Rejected | None,
) -> None:
    bad = {entry.row: list(entry.mistakes) for entry in batch if entry.mistakes}
    for entry in batch:
        iccid = entry.values.get("iccid", "")
        report.warnings += bool(iccid) and not luhn.is_valid(iccid)
        if spoilt and _is_rounded(iccid):
            bad.setdefault(entry.row, []).append(
                BadRow(entry.row, "iccid", shown("iccid", iccid), BadCode.SPREADSHEET)
            )
    for twin in seen.doubled(batch[0].row, batch[-1].row):
        if not (spoilt and twin.column == "iccid"):
            bad.setdefault(twin.row, []).append(twin)
    good = [entry.line for entry in batch if entry.line and entry.row not in bad]
    known, clashes, new = _write(good, reader, by, held_back) if report.written else _compared(good)
    for clash in clashes:
        bad.setdefault(clash.row, []).append(clash)
    report.rows += len(batch)
    report.already += len(known)
    report.imported += len(new) if report.written else 0
    _count(new, report)
    _reject([entry for entry in batch if entry.row in bad], bad, report, rejected)


def _reject(
    rows: Sequence[_Read], bad: Mapping[int, Sequence[BadRow]], report: Report, rejected: Rejected | None
) -> None:
    for row in rows:
        first, *rest = bad[row.row]
        why = explain(replace(first, also=tuple(rest)))
        report.bad += 1
        report.reasons.update({mistake.code.value for mistake in bad[row.row]})
        report.examples += [why] if len(report.examples) < SHOWN else []
        if rejected:
            rejected(row.row, row.cells, why.partition(": ")[2])


def _compared(good: Sequence[Moved]) -> tuple[set[int], list[BadRow], list[Moved]]:
    known, clashes = compare(good)
    skip = known | {clash.row for clash in clashes}
    return known, clashes, [row for row in good if row.row not in skip]


def _write(
    good: Sequence[Moved], reader: Reader, by: tuple[str, datetime], held_back: bool
) -> tuple[set[int], list[BadRow], list[Moved]]:
    """One batch, whole: the lines and what they bring along.

    Someone else may add a number between our look and our writing.
    """
    for tries in range(1, TRIES + 1):
        known, clashes, new = _compared(good)
        try:
            with transaction.atomic():
                ids = add_lines([row.line for row in new], by[1])
                _mark(list(zip(ids, new, strict=True)), held_back)
                opening_balances.write(list(zip(ids, new, strict=True)), reader)
                credit, paid = sum(row.opening.credit for row in new), sum(row.opening.paid for row in new)
                note_import(len(new), *by, credit_minor=credit, paid_minor=paid, held_back=held_back)
            return known, clashes, new
        except IntegrityError:
            if tries == TRIES:
                raise
    raise AssertionError("unreachable")


def _mark(lines: Sequence[tuple[UUID, Moved]], held_back: bool) -> None:
    opened: dict[datetime, list[UUID]] = {}
    for id, row in lines:
        if row.opened is not None:
            opened.setdefault(row.opened, []).append(id)
    for moment, ids in opened.items():
        models.Line.objects.filter(id__in=ids).update(opened_at=moment)
    if held_back:
        models.Line.objects.filter(id__in=[id for id, _ in lines]).update(held_back=True)


def _count(new: Sequence[Moved], report: Report) -> None:
    for row in new:
        opening = row.opening
        report.ended += opening.over
        report.taken["periods"] += opening.until is not None
        report.taken["credit_minor"] += opening.credit
        report.taken["paid_minor"] += opening.paid
        for lot in opening.lots:
            report.taken[f"{lot.good.value}_lots"] += 1
        report.taken["credit_lots"] += bool(opening.credit)


def batches(rows: Iterator[source_file.Row]) -> Iterator[list[source_file.Row]]:
    batch: list[source_file.Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
