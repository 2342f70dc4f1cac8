"""Prices abroad as CSV: a file is the whole table from its day on.

Every row is read, every mistake named with its row.

valid_from,plan,carrier,place,service,unit,price,tax,zone,data,then,note_en,note_ja,note_zh-hans
2026-12-01,,docomo-line,CN,call_home,60 s,JPY 175,,,,,,,
2026-12-01,china-3gb,,CN,data_day,,JPY 980,,Asia/Tokyo,500 MB,128 kbps,,,

`plan` or `carrier`, not both; `place` and `service` as in core/roaming.py; `unit` with calls (60 s), data
(100 kB) and data_hours (24 h): each begun one counts whole. `zone`: whose midnight ends a day. `data`: how
much is fast, `then`: the speed after it (empty: it ends).
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar
from zoneinfo import available_timezones

from tsuzuki.actions.write import spreadsheet
from tsuzuki.actions.write.csv_file import one_line, table, word
from tsuzuki.core import money
from tsuzuki.core.errors import Refused
from tsuzuki.core.money import Money
from tsuzuki.core.roaming import CALLS, IN_PACKS, PLACES, Rate, Service, overlaps
from tsuzuki.core.tax import TaxRule
from tsuzuki.records import models
from tsuzuki.ui.languages import SHIPPED

NOTES = {tag: f"note_{tag.lower()}" for tag in sorted(SHIPPED)}
REQUIRED = ("valid_from", "place", "service", "price")
COLUMNS = (
    "valid_from",
    "plan",
    "carrier",
    "place",
    "service",
    "unit",
    "price",
    "tax",
    "zone",
    "data",
    "then",
    *NOTES.values(),
)
LONGEST_NOTE, MOST_ROWS, MOST_NAMED = 200, 5000, 24
DEAREST = 1_000_000  # whole yen; as many whole units of another currency
SECONDS, HOURS, KB, MB, KBPS = (
    {"s": 1, "min": 60},
    {"h": 1},
    {"kb": 1, "mb": 1000},
    {"mb": 1, "gb": 1000},
    {"kbps": 1, "mbps": 1000},
)
UNITS = {
    **dict.fromkeys(CALLS, (SECONDS, 3600, "60 s")),
    Service.DATA: (KB, 10**6, "100 kB"),
    Service.DATA_HOURS: (HOURS, 8760, "24 h"),
}
MOST_MB, MOST_KBPS = 10**6, 10**7
ZONED = (Service.DATA_DAY, Service.DATA)  # the second may have one
_DATE = re.compile(r"(20\d\d)([-/.])(\d{1,2})\2(\d{1,2})(?: 0{1,2}:00(?::00)?)?", re.ASCII)
_QUANTITY = re.compile(r"(\d{1,9}(?:\.\d{1,3})?) ?([a-z]+)", re.ASCII)
_YEN_SIGNS = ("\u00a5", "\uffe5")  # yen to one reader, yuan to another: never shown bare


Made = TypeVar("Made")


class Why(StrEnum):
    """Why a row is not taken; ui/roaming.py holds a sentence for each."""

    CELLS = "cells"
    MISSING = "missing"
    DATE = "date"
    OTHER_DAY = "other_day"
    UNKNOWN = "unknown"
    PLAN_OR_CARRIER = "plan_or_carrier"
    WRITTEN = "written"
    NOT_HERE = "not_here"
    CURRENCY = "currency"
    YEN_SIGN = "yen_sign"
    TOO_LONG = "too_long"
    OVERLAP = "overlap"


@dataclass(frozen=True, slots=True)
class Bad:
    """`row` counts as a spreadsheet does, the header being row 1; `value` is fit to be shown."""

    row: int
    column: str
    value: str
    why: Why
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class File:
    """`since`: the day of the first row that has one; None: no row has."""

    encoding: str
    rows: int
    since: date | None
    rates: tuple[Rate, ...]
    bad: tuple[Bad, ...]


class _Wrong(Exception):
    def __init__(self, why: Why, **facts: object) -> None:
        super().__init__(why.value)
        self.why, self.facts = why, facts


def read_table(raw: bytes) -> File:
    """Refused(FILE_UNREADABLE): the file as a whole says nothing certain.

    Mistakes in rows are in the answer.
    """
    encoding, rows = table(raw, COLUMNS, REQUIRED)
    known = {
        "plan": set(models.Plan.objects.values_list("code", flat=True)),
        "carrier": set(models.Carrier.objects.values_list("code", flat=True)),
    }
    good: list[tuple[int, date, Rate]] = []
    bad: list[Bad] = []
    count = 0
    for row, cells in rows:
        if count == MOST_ROWS:  # the rest is not worth reading
            bad.append(Bad(row, "", "", Why.TOO_LONG, {"most": MOST_ROWS}))
            break
        count += 1
        since, rate, wrong = _read_row(row, cells, known)
        bad += wrong
        if rate and since and not wrong:
            good.append((row, since, rate))
    since = good[0][1] if good else None
    bad += _beside(good)
    left = {mistake.row for mistake in bad}
    return File(
        encoding,
        count,
        since,
        tuple(rate for row, _, rate in good if row not in left),
        tuple(sorted(bad, key=lambda mistake: mistake.row)),
    )


def _beside(good: Sequence[tuple[int, date, Rate]]) -> list[Bad]:
    """Rows that are well by themselves and not with the others: one day, one currency, nothing twice."""
    result = []
    for row, since, rate in good:
        if since != good[0][1]:
            result.append(
                Bad(
                    row,
                    "valid_from",
                    since.isoformat(),
                    Why.OTHER_DAY,
                    {"other": good[0][0], "day": good[0][1].isoformat()},
                )
            )
        if rate.price.currency != good[0][2].price.currency:
            result.append(
                Bad(row, "price", str(rate.price), Why.CURRENCY, {"known": good[0][2].price.currency})
            )
    for place, other in overlaps([rate for _, _, rate in good]):
        row, _, rate = good[place]
        result.append(Bad(row, "service", rate.service.value, Why.OVERLAP, {"other": good[other][0]}))
    return result


class _Row:
    """The cells of one row, read one by one; what says nothing certain is kept as a mistake."""

    def __init__(self, row: int, cells: Mapping[str, str]) -> None:
        self.row, self.cells = row, cells
        self.wrong = [Bad(row, "", one_line(cells[""]), Why.CELLS)] if "" in cells else []

    def read(self, column: str, take: Callable[[str], Made]) -> Made | None:
        text = unicodedata.normalize("NFKC", self.cells.get(column, "")).strip()
        try:
            return take(text)
        except _Wrong as wrong:
            self.wrong.append(Bad(self.row, column, one_line(text), wrong.why, wrong.facts))
            return None

    def notes(self) -> dict[str, str]:
        """As they were typed, in one line: a note is for people."""
        result = {tag: " ".join(self.cells.get(column, "").split()) for tag, column in NOTES.items()}
        for tag, column in NOTES.items():
            # mypy takes no default in a lambda for what it is: the text of this very round.
            self.read(column, lambda _, text=result[tag]: _note(text))  # type: ignore[misc]
        return {tag: text for tag, text in result.items() if text}


def _read_row(
    row: int, cells: Mapping[str, str], known: Mapping[str, set[str]]
) -> tuple[date | None, Rate | None, list[Bad]]:
    answer = _Row(row, cells)
    since, place, price = (
        answer.read("valid_from", _day),
        answer.read("place", _place),
        answer.read("price", _price),
    )
    plan, carrier = (
        answer.read("plan", lambda text: _code(text, known["plan"])),
        answer.read("carrier", lambda text: _code(text, known["carrier"])),
    )
    tax, service, note = answer.read("tax", _tax), answer.read("service", _service), answer.notes()
    if plan is not None and carrier is not None and bool(plan) == bool(carrier):
        answer.wrong.append(Bad(row, "plan", plan, Why.PLAN_OR_CARRIER))
    if service is None:
        return since, None, answer.wrong
    unit, zone = (
        answer.read("unit", lambda text: _unit(text, service)),
        answer.read("zone", lambda text: _zone(text, service)),
    )
    mb = answer.read("data", lambda text: _data(text, service))
    then = answer.read("then", lambda text: _then(text, mb is not None))
    if answer.wrong or None in (plan, carrier, place, price, unit, tax, zone):
        return since, None, answer.wrong
    return since, Rate(plan, carrier, place, service, price, unit, tax, zone, mb, then, note), []  # type: ignore[arg-type]


def _day(text: str) -> date:
    match = _DATE.fullmatch(_there(text))
    try:
        if match:
            return date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        pass
    raise _Wrong(Why.DATE)


def _there(text: str) -> str:
    if not text:
        raise _Wrong(Why.MISSING)
    return text


def _code(text: str, known: set[str]) -> str:
    return _one_of(text, sorted(known)) if text else ""


def _place(text: str) -> str:
    return _one_of(text.upper(), PLACES)


def _service(text: str) -> Service:
    return Service(_one_of(text.lower(), Service))


def _tax(text: str) -> TaxRule:
    return TaxRule(_one_of(text.lower(), TaxRule)) if text else TaxRule.OUT_OF_SCOPE


def _one_of(text: str, known: Iterable[str]) -> str:
    every = list(known)
    if _there(text) not in every:
        raise _Wrong(
            Why.UNKNOWN, known=", ".join(every[:MOST_NAMED]) + (" …" if len(every) > MOST_NAMED else "")
        )
    return text


def _price(text: str) -> Money:
    currency, _, digits = _there(text).partition(" ")
    if any(sign in text for sign in _YEN_SIGNS):
        raise _Wrong(Why.YEN_SIGN)
    try:
        amount = money.parse(digits, currency.upper())
    except Refused:
        raise _Wrong(Why.WRITTEN, example="JPY 175") from None
    if not 0 <= amount.minor <= DEAREST * 10 ** money.DIGITS[amount.currency]:
        raise _Wrong(Why.WRITTEN, example="JPY 175")
    return amount


def _unit(text: str, service: Service) -> int:
    if service not in UNITS:
        return _quantity(text, {}, 0, "") if text else 1
    units, most, example = UNITS[service]
    return _quantity(_there(text), units, most, example)


def _quantity(text: str, units: Mapping[str, int], most: int, example: str) -> int:
    if not units:
        raise _Wrong(Why.NOT_HERE)
    match = _QUANTITY.fullmatch(text.lower())
    amount = Decimal(match[1]) * units[match[2]] if match and match[2] in units else Decimal()
    if not 0 < amount <= most or amount != int(amount):
        raise _Wrong(Why.WRITTEN, example=example)
    return int(amount)


def _zone(text: str, service: Service) -> str:
    if not text and service is not Service.DATA_DAY:
        return ""
    if service not in ZONED:
        raise _Wrong(Why.NOT_HERE)
    if _there(text) not in available_timezones():
        raise _Wrong(Why.WRITTEN, example="Asia/Tokyo")
    return text


def _data(text: str, service: Service) -> int | None:
    if not text or word(text) == "unlimited":
        return None
    return _quantity(text, MB if service in IN_PACKS else {}, MOST_MB, "500 MB")


def _then(text: str, after: bool) -> int | None:
    return _quantity(text, KBPS if after else {}, MOST_KBPS, "128 kbps") if text else None


def _note(text: str) -> str:
    if len(text) > LONGEST_NOTE or not text.isprintable():
        raise _Wrong(Why.TOO_LONG, most=LONGEST_NOTE)
    if any(sign in text for sign in _YEN_SIGNS):
        raise _Wrong(Why.YEN_SIGN)
    return text


def written(since: date, rates: Sequence[Rate]) -> str:
    """As `read_table` reads it; a note that a spreadsheet would take for a formula is kept from being one."""
    out = io.StringIO()
    write = spreadsheet.writer(out)
    write(COLUMNS)
    for rate in rates:
        notes = [rate.note.get(tag, "") for tag in NOTES]
        write(
            [
                since.isoformat(),
                rate.plan,
                rate.carrier,
                rate.place,
                rate.service.value,
                _written_unit(rate),
                str(rate.price),
                "" if rate.tax is TaxRule.OUT_OF_SCOPE else rate.tax.value,
                rate.zone,
                f"{rate.mb} MB" if rate.mb else "",
                f"{rate.then_kbps} kbps" if rate.then_kbps else "",
                *notes,
            ]
        )
    return out.getvalue()


def _written_unit(rate: Rate) -> str:
    sign = (
        {"60 s": "s", "100 kB": "kB", "24 h": "h"}.get(UNITS[rate.service][2], "")
        if rate.service in UNITS
        else ""
    )
    return f"{rate.unit} {sign}" if sign else ""
