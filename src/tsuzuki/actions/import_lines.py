"""Lines from a spreadsheet's CSV file: every row is read before one is written, every mistake is named with its row.

Spreadsheets lose leading zeros, round what has more than 15 digits and write in three encodings; here that is found out, not guessed.
What a file says of a line we know already is left alone: an import adds lines and never changes one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from stdnum import luhn

from tsuzuki.actions.csv_file import one_line, read, table, word
from tsuzuki.actions.lines import NewLine, add_lines
from tsuzuki.core import identifiers
from tsuzuki.core.errors import Refused
from tsuzuki.records import models
from tsuzuki.ui.languages import SHIPPED, nearest

REQUIRED = ("number", "iccid", "carrier", "sim")
COLUMNS = (*REQUIRED, "technology", "eid", "language", "email", "opened")
BATCH = 2000
TRIES = 3  # someone else may add the same number between our look and our writing
OLDEST = 1979  # the first mobile telephone service began in this year

_BASES = {tag.split("-")[0] for tag in SHIPPED}
_TAG = re.compile(r"[a-z]{2,3}([-_][a-z0-9]{2,8})*", re.IGNORECASE | re.ASCII)
_DATE = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?: 0{1,2}:00(?::00)?)?", re.ASCII)
# What a spreadsheet makes of a telephone number. A dot is fine between groups, not before a lone zero.
_FLOAT = re.compile(r"\d+[.,]0*|\d+([.,]\d+)?E\+?\d+", re.IGNORECASE)

__all__ = ["BadCode", "BadRow", "Report", "as_dict", "explain", "import_lines", "read"]


class BadCode(StrEnum):
    """Why a row is not imported. Stable: programs and translations hang on it."""

    CELLS = "cells"
    MISSING = "missing"
    LOST_ZERO = "lost_zero"
    SPREADSHEET = "spreadsheet"
    NUMBER = "number"
    ICCID = "iccid"
    EID = "eid"
    EID_OF_CARD = "eid_of_card"
    CARRIER = "carrier"
    WORD = "word"
    LANGUAGE = "language"
    EMAIL = "email"
    OPENED = "opened"
    DOUBLED = "doubled"
    IN_USE = "in_use"
    DIFFERS = "differs"


SENTENCES = {
    BadCode.CELLS: "the row has more cells than the header has names; a comma in a cell needs quotation marks around the cell",
    BadCode.MISSING: "the cell is empty",
    BadCode.LOST_ZERO: "lost leading zero: it should be %(right)s; set the column to text before you save the file",
    BadCode.SPREADSHEET: "the spreadsheet turned it into a number and digits may be lost; set the column to text and fill it in again",
    BadCode.NUMBER: "not a telephone number that can exist; write it as dialled in Japan or with + and the country code",
    BadCode.ICCID: "not a SIM number: 18 to 20 digits that begin with 89 (%(reason)s)",
    BadCode.EID: "not an EID: 32 digits, the last two check the others (%(reason)s)",
    BadCode.EID_OF_CARD: "an EID belongs to an eSIM, and this row says physical",
    BadCode.CARRIER: "not one of your carriers: %(known)s",
    BadCode.WORD: "should be one of: %(known)s",
    BadCode.LANGUAGE: "not a language of these pages: %(known)s",
    BadCode.EMAIL: "not an e-mail address",
    BadCode.OPENED: "not a day up to today, written as 2026-01-31",
    BadCode.DOUBLED: "the same as in row %(other)s",
    BadCode.IN_USE: "in use by another line",
    BadCode.DIFFERS: "this line is known with another value: %(known)s",
}


@dataclass(frozen=True, slots=True)
class BadRow:
    """`row` counts as a spreadsheet does, the header being row 1; `value` is fit to be shown; `also` is what else is wrong in the row."""

    row: int
    column: str
    value: str
    code: BadCode
    facts: Mapping[str, object] = field(default_factory=dict)
    also: tuple[BadRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    rows: int
    imported: int
    already: int  # lines known with this number, SIM and carrier
    bad: tuple[BadRow, ...]  # each row once, in the order of the file
    encoding: str
    warnings: int = 0  # SIM numbers whose last digit is no Luhn digit: some issuers count it differently


@dataclass(frozen=True, slots=True)
class _Row:
    row: int
    line: NewLine
    opened: datetime | None


@dataclass(slots=True)
class _Sheet:
    """What the file says, before anything is compared with what we know."""

    encoding: str
    rows: int = 0
    warnings: int = 0
    read: list[_Row] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


class _Wrong(Exception):
    def __init__(self, code: BadCode, **facts: object) -> None:
        super().__init__(code.value)
        self.code, self.facts = code, facts


def import_lines(raw: bytes, now: datetime, *, skip_bad: bool = False, progress: Callable[[int, int], None] | None = None) -> Report:
    """All rows or none, in one transaction; with `skip_bad` the good ones. `progress` hears (rows settled, rows).

    Refused(FILE_UNREADABLE): the file as a whole says nothing certain. Mistakes in rows are in the report.
    """
    carriers = dict(models.Carrier.objects.values_list("code", "zone"))
    sheet = _sheet(raw, carriers, now)
    for tries in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                return _settle(sheet, now, skip_bad, progress or (lambda _done, _rows: None))
        except IntegrityError:
            if tries == TRIES:
                raise
    raise AssertionError("unreachable")


def _settle(sheet: _Sheet, now: datetime, skip_bad: bool, progress: Callable[[int, int], None]) -> Report:
    """Compare with the lines there are and write what is new."""
    bad = list(sheet.bad)
    wrong = {one.row for one in bad}
    new: list[_Row] = []
    already = 0
    for batch in _batches([row for row in sheet.read if row.row not in wrong]):
        known, clashes = _compare(batch)
        already += len(known)
        bad += clashes
        skip = known | {one.row for one in clashes}
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


def explain(bad: BadRow) -> str:
    """«row 7: number «901****78»: lost leading zero: ...» in English."""
    said = []
    for one in (bad, *bad.also):
        what = f"{one.column} “{one.value}”" if one.column and one.value else one.column or f"“{one.value}”"
        said.append(f"{what}: {SENTENCES[one.code] % one.facts}")
    return f"row {bad.row}: " + "; ".join(said)


def as_dict(report: Report) -> dict[str, object]:
    """For programs: plain values, one entry for every mistake."""
    mistakes = [
        {"row": one.row, "column": one.column, "value": one.value, "code": one.code.value, **one.facts}
        for bad in report.bad
        for one in (bad, *bad.also)
    ]
    return {
        "rows": report.rows, "imported": report.imported, "already": report.already, "bad_rows": len(report.bad),
        "encoding": report.encoding, "warnings": report.warnings, "bad": mistakes,
    }  # fmt: skip


def _by_row(mistakes: Sequence[BadRow]) -> tuple[BadRow, ...]:
    rows: dict[int, list[BadRow]] = {}
    for one in mistakes:
        rows.setdefault(one.row, []).append(one)
    return tuple(replace(first, also=tuple(rest)) for _, (first, *rest) in sorted(rows.items()))


def _compare(batch: Sequence[_Row]) -> tuple[set[int], list[BadRow]]:
    """The rows whose line is there already, and what is wrong with others because of lines that are."""
    numbers = dict(models.Number.objects.filter(until=None, msisdn__in=[row.line.msisdn for row in batch]).values_list("msisdn", "line_id"))
    found = models.Sim.objects.filter(until=None, iccid__in=[row.line.iccid for row in batch])
    sims = {iccid: facts for iccid, *facts in found.values_list("iccid", "line_id", "kind", "line__carrier_id")}
    known: set[int] = set()
    clashes: list[BadRow] = []
    for row in batch:
        line, sim = numbers.get(row.line.msisdn), sims.get(row.line.iccid)
        if line is None and sim is None:
            continue
        if sim is None or line != sim[0]:
            if line is not None:
                clashes.append(BadRow(row.row, "number", _shown("number", row.line.msisdn), BadCode.IN_USE))
            if sim is not None:
                clashes.append(BadRow(row.row, "iccid", _shown("iccid", row.line.iccid), BadCode.IN_USE))
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
            opened = _opened(values["opened"], carriers.get(values.get("carrier", ""), "UTC"), now)
            if opened is None:
                mistakes.append(BadRow(row, "opened", one_line(values["opened"]), BadCode.OPENED))
        iccid = values.get("iccid", "")
        sheet.warnings += bool(iccid) and not luhn.is_valid(iccid)
        if len(iccid) >= 19 and not iccid[15:].strip("0"):
            rounded.append(BadRow(row, "iccid", _shown("iccid", iccid), BadCode.SPREADSHEET))
        line = None if mistakes else _line(values)
        if line is not None:
            sheet.read.append(_Row(row, line, opened))
        sheet.bad += mistakes + seen.doubled(row, values, line)
    # One SIM number may end in zeros; when most of the column does, a spreadsheet kept 15 digits and threw the rest away.
    if sheet.warnings and len(rounded) * 2 > sheet.rows:
        sheet.bad = [one for one in sheet.bad if (one.column, one.code) != ("iccid", BadCode.DOUBLED)] + rounded
    return sheet


def _values(row: int, cells: Mapping[str, str], carriers: Mapping[str, str]) -> tuple[dict[str, str], list[BadRow]]:
    """What the cells of a row say, and what is wrong with those that say nothing certain."""
    values: dict[str, str] = {}
    mistakes: list[BadRow] = []
    for column in COLUMNS:
        try:
            values[column] = _value(column, cells.get(column, ""), carriers)
        except _Wrong as wrong:
            mistakes.append(BadRow(row, column, _shown(column, cells.get(column, "")), wrong.code, wrong.facts))
    if "" in cells:
        mistakes.append(BadRow(row, "", one_line(cells[""]), BadCode.CELLS))
    if values.get("eid") and values.get("sim") == "physical":
        mistakes.append(BadRow(row, "eid", _shown("eid", values["eid"]), BadCode.EID_OF_CARD))
    return values, mistakes


def _line(values: Mapping[str, str]) -> NewLine:
    said = {name: values[name] for name in COLUMNS if name not in ("number", "opened")}
    return NewLine(msisdn=values["number"], **said)


class _Seen:
    """Numbers and SIMs of the rows so far, those of bad rows too: which of two rows is right nobody knows."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], tuple[int, NewLine | None]] = {}
        self._told: set[tuple[int, str]] = set()

    def doubled(self, row: int, values: Mapping[str, str], line: NewLine | None) -> list[BadRow]:
        """This row names the first one; the first names this one where they do not say the same of the line."""
        found: list[BadRow] = []
        for column in ("number", "iccid"):
            value = values.get(column)
            if not value:
                continue
            first, said = self._first.setdefault((column, value), (row, line))
            if first == row:
                continue
            found.append(BadRow(row, column, _shown(column, value), BadCode.DOUBLED, {"other": first}))
            if line is not None and line == said:
                break  # the whole row again: said once
            if (first, column) not in self._told:
                self._told.add((first, column))
                found.append(BadRow(first, column, _shown(column, value), BadCode.DOUBLED, {"other": row}))
        return found


def _value(column: str, text: str, carriers: Mapping[str, str]) -> str:
    """What a cell says, in the one form we keep; _Wrong where it says nothing certain."""
    if not text:
        if column in REQUIRED:
            raise _Wrong(BadCode.MISSING)
        return {"technology": "4g", "language": "en"}.get(column, "")
    match column:
        case "number":
            return _number(text)
        case "iccid" | "eid":
            return _digits(column, text)
        case "carrier":
            return _one_of(text, carriers, BadCode.CARRIER)
        case "sim":
            return _one_of(text, ("physical", "esim"), BadCode.WORD)
        case "technology":
            return _one_of(text, ("4g", "5g"), BadCode.WORD)
        case "language":
            tag = word(text)
            if not _TAG.fullmatch(tag) or re.split("[-_]", tag)[0] not in _BASES:
                raise _Wrong(BadCode.LANGUAGE, known=", ".join(SHIPPED))
            return nearest(tag)
        case "email":
            return _email(text)
    return unicodedata.normalize("NFKC", text)


def _number(text: str) -> str:
    bare = unicodedata.normalize("NFKC", text).strip()
    if _FLOAT.fullmatch(bare):
        raise _Wrong(BadCode.SPREADSHEET)
    try:
        number = identifiers.msisdn(text)
    except Refused:
        raise _Wrong(BadCode.NUMBER) from None
    # Read as dialled in Japan although nothing was dialled before it: 90 1234 5678 for 090 1234 5678.
    digits = "".join(char for char in bare if char.isdigit())
    if "+" not in bare and number == "+81" + digits:
        raise _Wrong(BadCode.LOST_ZERO, right=_shown("number", "0" + digits))
    return number


def _digits(column: str, text: str) -> str:
    try:
        return identifiers.iccid(text).digits if column == "iccid" else identifiers.eid(text)
    except Refused as refused:
        if refused.facts["reason"] == "spreadsheet":
            raise _Wrong(BadCode.SPREADSHEET) from None
        raise _Wrong(BadCode(column), reason=refused.facts["reason"]) from None


def _one_of(text: str, known: Mapping[str, str] | Sequence[str], code: BadCode) -> str:
    for spelt in (text, word(text)):
        if spelt in known:
            return spelt
    raise _Wrong(code, known=", ".join(known) or "none yet")


def _email(text: str) -> str:
    address = unicodedata.normalize("NFKC", text)
    try:
        validate_email(address)
        address.encode("ascii")
    except (ValidationError, UnicodeEncodeError):
        raise _Wrong(BadCode.EMAIL) from None
    return address


def _opened(text: str, zone: str, now: datetime) -> datetime | None:
    """The first moment of a day in the carrier's zone."""
    found = _DATE.fullmatch(text)
    if not found or int(found[1]) < OLDEST:
        return None
    try:
        opened = datetime(int(found[1]), int(found[3]), int(found[4]), tzinfo=ZoneInfo(zone))
    except ValueError:
        return None
    return opened if opened <= now else None


def _shown(column: str, text: str) -> str:
    """Short, on one line, and of identifiers only the ends; what a spreadsheet made of one hides its digits by itself."""
    flat = one_line(text, 40)
    if column == "email":
        return one_line(identifiers.mask_email(flat))
    if column not in ("number", "iccid", "eid") or len(flat) <= 6 or "E" in flat.upper():
        return one_line(flat)
    head = 6 if column != "number" or flat.startswith("+") else 3
    tail = 4 if len(flat) >= head + 7 else 2
    head = min(head, len(flat) - tail - 3)
    return flat[:head] + "*" * min(len(flat) - head - tail, 12) + flat[-tail:]


def _batches(rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))
