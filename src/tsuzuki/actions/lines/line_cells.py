"""What the cells of a line's row say: read, or named for what is wrong with them.

Spreadsheets lose leading zeros, round what has more than 15 digits and write words in any width; here that is
found out, not guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from tsuzuki.actions.write.csv_file import one_line, word
from tsuzuki.core import identifiers, mailbox
from tsuzuki.core.errors import Refused
from tsuzuki.ui.languages import SHIPPED, nearest

REQUIRED = ("number", "iccid", "carrier", "sim")
COLUMNS = (*REQUIRED, "technology", "eid", "language", "email", "opened")
OLDEST = 1979  # the first mobile telephone service began in this year

_BASES = {tag.split("-")[0] for tag in SHIPPED}
_TAG = re.compile(r"[a-z]{2,3}([-_][a-z0-9]{2,8})*", re.IGNORECASE | re.ASCII)
_DATE = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?: 0{1,2}:00(?::00)?)?", re.ASCII)
# What a spreadsheet makes of a telephone number. A dot is fine between groups, not before a lone zero.
_FLOAT = re.compile(r"\d+[.,]0*|\d+([.,]\d+)?E\+?\d+", re.IGNORECASE)


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
    # what a line brings along from the old system
    UNKNOWN_VALUE = "unknown_value"
    DATE = "date"
    AMOUNT = "amount"
    PLAN = "plan"
    NEEDS = "needs"
    OVER = "over"
    TWO_ENDS = "two_ends"


SENTENCES = {
    BadCode.CELLS: "the row has more cells than the header has names; a comma in a cell needs quotation "
    "marks around the cell",
    BadCode.MISSING: "the cell is empty",
    BadCode.LOST_ZERO: "lost leading zero: it should be %(right)s; set the column to text before you save "
    "the file",
    BadCode.SPREADSHEET: "the spreadsheet turned it into a number and digits may be lost; set the column to "
    "text and fill it in again",
    BadCode.NUMBER: "not a telephone number that can exist; write it as dialled in Japan or with + and the "
    "country code",
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
    BadCode.UNKNOWN_VALUE: "the map says nothing about this value; it knows: %(known)s",
    BadCode.DATE: "not a date written as the map says: %(known)s",
    BadCode.AMOUNT: "not a whole amount of zero or more in %(unit)s",
    BadCode.PLAN: "not one of your plans that fits this line: %(known)s",
    BadCode.NEEDS: "it needs %(other)s in the same row",
    BadCode.OVER: "it ended on %(end)s: give it an end to come, or leave it out on purpose",
    BadCode.TWO_ENDS: "the row says %(other)s too: one of the two must be left out of the map",
}


@dataclass(frozen=True, slots=True)
class BadRow:
    """`row` counts as a spreadsheet does, the header being row 1.

    `value` is fit to be shown; `also` is what else is wrong in the row.
    """

    row: int
    column: str
    value: str
    code: BadCode
    facts: Mapping[str, object] = field(default_factory=dict)
    also: tuple[BadRow, ...] = ()


class Wrong(Exception):
    def __init__(self, code: BadCode, **facts: object) -> None:
        super().__init__(code.value)
        self.code, self.facts = code, facts


def explain(bad: BadRow) -> str:
    """«row 7: number «901****78»: lost leading zero: ...» in English."""
    answer = []
    for bad_row in (bad, *bad.also):
        what = (
            f"{bad_row.column} “{bad_row.value}”"
            if bad_row.column and bad_row.value
            else bad_row.column or f"“{bad_row.value}”"
        )
        answer.append(f"{what}: {SENTENCES[bad_row.code] % bad_row.facts}")
    return f"row {bad.row}: " + "; ".join(answer)


def read_cell(column: str, text: str, carriers: Mapping[str, str]) -> str:
    """What a cell says, in the one form we keep; Wrong where it says nothing certain."""
    if not text:
        if column in REQUIRED:
            raise Wrong(BadCode.MISSING)
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
                raise Wrong(BadCode.LANGUAGE, known=", ".join(SHIPPED))
            return nearest(tag)
        case "email":
            return _email(text)
    return unicodedata.normalize("NFKC", text)


def _number(text: str) -> str:
    bare = unicodedata.normalize("NFKC", text).strip()
    if _FLOAT.fullmatch(bare):
        raise Wrong(BadCode.SPREADSHEET)
    try:
        number = identifiers.msisdn(text)
    except Refused:
        raise Wrong(BadCode.NUMBER) from None
    # Read as dialled in Japan although nothing was dialled before it: 90 1234 5678 for 090 1234 5678.
    digits = "".join(char for char in bare if char.isdigit())
    if "+" not in bare and number == "+81" + digits:
        raise Wrong(BadCode.LOST_ZERO, right=shown("number", "0" + digits))
    return number


def _digits(column: str, text: str) -> str:
    try:
        return identifiers.iccid(text).digits if column == "iccid" else identifiers.eid(text)
    except Refused as refused:
        if refused.facts["reason"] == "spreadsheet":
            raise Wrong(BadCode.SPREADSHEET) from None
        raise Wrong(BadCode(column), reason=refused.facts["reason"]) from None


def _one_of(text: str, known: Mapping[str, str] | Sequence[str], code: BadCode) -> str:
    for spelt in (text, word(text)):
        if spelt in known:
            return spelt
    raise Wrong(code, known=", ".join(known) or "none yet")


def _email(text: str) -> str:
    try:
        return mailbox.read(text)
    except Refused:
        raise Wrong(BadCode.EMAIL) from None


def opened_at(text: str, zone: str, now: datetime) -> datetime | None:
    """The first moment of a day in the carrier's zone."""
    match = _DATE.fullmatch(text)
    if not match or int(match[1]) < OLDEST:
        return None
    try:
        opened = datetime(int(match[1]), int(match[3]), int(match[4]), tzinfo=ZoneInfo(zone))
    except ValueError:
        return None
    return opened if opened <= now else None


def shown(column: str, text: str) -> str:
    """Short, on one line, and of identifiers only the ends.

    What a spreadsheet made of one hides its digits by itself.
    """
    flat = one_line(text, 40)
    if column == "email":
        return one_line(identifiers.mask_email(flat))
    if column not in ("number", "iccid", "eid") or len(flat) <= 6 or "E" in flat.upper():
        return one_line(flat)
    head = 6 if column != "number" or flat.startswith("+") else 3
    tail = 4 if len(flat) >= head + 7 else 2
    head = min(head, len(flat) - tail - 3)
    return flat[:head] + "*" * min(len(flat) - head - tail, 12) + flat[-tail:]
