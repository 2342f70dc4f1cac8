"""Lines from a spreadsheet's CSV file: every row is read before one is written, every mistake is named with
its row.

Spreadsheets lose leading zeros, round what has more than 15 digits and write in three encodings; here that is
found out, not guessed. What a file says of a line we know already is left alone: an import adds lines and
never changes one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from stdnum import luhn

from tsuzuki.actions.lines.line_cells import (
    COLUMNS,
    REQUIRED,
    SENTENCES,
    BadCode,
    BadRow,
    Wrong,
    explain,
    opened_at,
    read_cell,
    shown,
)
from tsuzuki.actions.lines.line_records import NewLine, add_lines, note_import
from tsuzuki.actions.write.csv_file import one_line, read, table
from tsuzuki.records import models

BATCH = 2000
TRIES = 3  # someone else may add the same number between our look and our writing

__all__ = [
    "SENTENCES",
    "BadCode",
    "BadRow",
    "LineRow",
    "Report",
    "as_dict",
    "compare",
    "explain",
    "import_lines",
    "read",
]


@dataclass(frozen=True, slots=True)
class Report:
    rows: int
    imported: int
    already: int  # lines known with this number, SIM and carrier
    bad: tuple[BadRow, ...]  # each row once, in the order of the file
    encoding: str
    warnings: int = 0  # SIM numbers whose last digit is no Luhn digit: some issuers count it differently


@dataclass(frozen=True, slots=True)
class LineRow:
    row: int
    line: NewLine
    opened: datetime | None


@dataclass(slots=True)
class _Sheet:
    """What the file says, before anything is compared with what we know."""

    encoding: str
    rows: int = 0
    warnings: int = 0
    read: list[LineRow] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


def import_lines(
    raw: bytes,
    actor: str,
    now: datetime,
    *,
    skip_bad: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """All rows or none, in one transaction; with `skip_bad` the good ones.

    `progress` hears (rows settled, rows).

    Refused(FILE_UNREADABLE): the file as a whole says nothing certain. Mistakes in rows are in the report.
    """
    carriers = dict(models.Carrier.objects.values_list("code", "zone"))
    sheet = _sheet(raw, carriers, now)
    for tries in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                report = _settle(sheet, now, skip_bad, progress or (lambda _done, _rows: None))
                note_import(report.imported, actor, now)
                return report
        except IntegrityError:
            if tries == TRIES:
                raise
    raise AssertionError("unreachable")


def _settle(sheet: _Sheet, now: datetime, skip_bad: bool, progress: Callable[[int, int], None]) -> Report:
    """Compare with the lines there are and write what is new."""
    bad = list(sheet.bad)
    wrong = {bad_row.row for bad_row in bad}
    new: list[LineRow] = []
    already = 0
    for batch in _batches([row for row in sheet.read if row.row not in wrong]):
        known, clashes = compare(batch)
        already += len(known)
        bad += clashes
        skip = known | {clash.row for clash in clashes}
        new += [row for row in batch if row.row not in skip]
    report = Report(sheet.rows, 0, already, _by_row(bad), sheet.encoding, sheet.warnings)
    done = sheet.rows - len(new)
    progress(done, sheet.rows)
    if bad and not skip_bad:
        return report
    opened: dict[datetime, list[UUID]] = {}
    for batch in _batches(new):
        ids = add_lines([row.line for row in batch], now)
        for id, row in zip(ids, batch, strict=True):
            if row.opened is not None:
                opened.setdefault(row.opened, []).append(id)
        done += len(batch)
        progress(done, sheet.rows)
    for moment, ids in opened.items():
        models.Line.objects.filter(id__in=ids).update(opened_at=moment)
    return replace(report, imported=len(new))


def as_dict(report: Report) -> dict[str, object]:
    """For programs: plain values, one entry for every mistake."""
    mistakes = [
        {
            "row": bad_row.row,
            "column": bad_row.column,
            "value": bad_row.value,
            "code": bad_row.code.value,
            **bad_row.facts,
        }
        for bad in report.bad
        for bad_row in (bad, *bad.also)
    ]
    return {
        "rows": report.rows,
        "imported": report.imported,
        "already": report.already,
        "bad_rows": len(report.bad),
        "encoding": report.encoding,
        "warnings": report.warnings,
        "bad": mistakes,
    }


def _by_row(mistakes: Sequence[BadRow]) -> tuple[BadRow, ...]:
    rows: dict[int, list[BadRow]] = {}
    for mistake in mistakes:
        rows.setdefault(mistake.row, []).append(mistake)
    return tuple(replace(first, also=tuple(rest)) for _, (first, *rest) in sorted(rows.items()))


def compare(batch: Sequence[LineRow]) -> tuple[set[int], list[BadRow]]:
    """The rows whose line is there already, and what is wrong with others because of lines that are."""
    numbers = dict(
        models.Number.objects.filter(until=None, msisdn__in=[row.line.msisdn for row in batch]).values_list(
            "msisdn", "line_id"
        )
    )
    results = models.Sim.objects.filter(until=None, iccid__in=[row.line.iccid for row in batch])
    sims = {
        iccid: facts for iccid, *facts in results.values_list("iccid", "line_id", "kind", "line__carrier_id")
    }
    known: set[int] = set()
    clashes: list[BadRow] = []
    for row in batch:
        line, sim = numbers.get(row.line.msisdn), sims.get(row.line.iccid)
        if line is None and sim is None:
            continue
        if sim is None or line != sim[0]:
            if line is not None:
                clashes.append(BadRow(row.row, "number", shown("number", row.line.msisdn), BadCode.IN_USE))
            if sim is not None:
                clashes.append(BadRow(row.row, "iccid", shown("iccid", row.line.iccid), BadCode.IN_USE))
            continue
        known.add(row.row)
        for column, value, kept in (("sim", row.line.sim, sim[1]), ("carrier", row.line.carrier, sim[2])):
            if value != kept:
                known.discard(row.row)
                clashes.append(BadRow(row.row, column, value, BadCode.DIFFERS, {"known": kept}))
    return known, clashes


def _sheet(raw: bytes, carriers: Mapping[str, str], now: datetime) -> _Sheet:
    encoding, rows = table(raw, COLUMNS, REQUIRED)
    sheet, seen = _Sheet(encoding), _Seen()
    rounded: list[BadRow] = []
    for row, cells in rows:
        sheet.rows += 1
        values, mistakes = _values(row, cells, carriers)
        opened = None
        if values.get("opened"):
            opened = opened_at(values["opened"], carriers.get(values.get("carrier", ""), "UTC"), now)
            if opened is None:
                mistakes.append(BadRow(row, "opened", one_line(values["opened"]), BadCode.OPENED))
        iccid = values.get("iccid", "")
        sheet.warnings += bool(iccid) and not luhn.is_valid(iccid)
        if len(iccid) >= 19 and not iccid[15:].strip("0"):
            rounded.append(BadRow(row, "iccid", shown("iccid", iccid), BadCode.SPREADSHEET))
        line = None if mistakes else _line(values)
        if line is not None:
            sheet.read.append(LineRow(row, line, opened))
        sheet.bad += mistakes + seen.doubled(row, values, line)
    # One SIM number may end in zeros; when most of the column does, a spreadsheet kept 15 digits and threw
    # the rest away.
    if sheet.warnings and len(rounded) * 2 > sheet.rows:
        sheet.bad = [
            bad_row for bad_row in sheet.bad if (bad_row.column, bad_row.code) != ("iccid", BadCode.DOUBLED)
        ] + rounded
    return sheet


def _values(
    row: int, cells: Mapping[str, str], carriers: Mapping[str, str]
) -> tuple[dict[str, str], list[BadRow]]:
    """What the cells of a row say, and what is wrong with those that say nothing certain."""
    values: dict[str, str] = {}
    mistakes: list[BadRow] = []
    for column in COLUMNS:
        try:
            values[column] = read_cell(column, cells.get(column, ""), carriers)
        except Wrong as wrong:
            mistakes.append(
                BadRow(row, column, shown(column, cells.get(column, "")), wrong.code, wrong.facts)
            )
    if "" in cells:
        mistakes.append(BadRow(row, "", one_line(cells[""]), BadCode.CELLS))
    if values.get("eid") and values.get("sim") == "physical":
        mistakes.append(BadRow(row, "eid", shown("eid", values["eid"]), BadCode.EID_OF_CARD))
    return values, mistakes


def _line(values: Mapping[str, str]) -> NewLine:
    fields = {name: values[name] for name in COLUMNS if name not in ("number", "opened")}
    return NewLine(msisdn=values["number"], **fields)


class _Seen:
    """Numbers and SIMs of the rows so far, those of bad rows too: which of two rows is right nobody knows."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], tuple[int, NewLine | None]] = {}
        self._told: set[tuple[int, str]] = set()

    def doubled(self, row: int, values: Mapping[str, str], line: NewLine | None) -> list[BadRow]:
        """This row names the first one.

        The first names this one where they do not say the same of the line.
        """
        bad_rows: list[BadRow] = []
        for column in ("number", "iccid"):
            value = values.get(column)
            if not value:
                continue
            first, new_line = self._first.setdefault((column, value), (row, line))
            if first == row:
                continue
            bad_rows.append(BadRow(row, column, shown(column, value), BadCode.DOUBLED, {"other": first}))
            if line is not None and line == new_line:
                break  # the whole row again: said once
            if (first, column) not in self._told:
                self._told.add((first, column))
                bad_rows.append(BadRow(first, column, shown(column, value), BadCode.DOUBLED, {"other": row}))
        return bad_rows


def _batches(rows: Sequence[LineRow]) -> Iterator[Sequence[LineRow]]:
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))
