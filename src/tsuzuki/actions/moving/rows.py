"""A row of the old system's export, by the map: the line, and what it brings along;
or everything that is wrong with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from tsuzuki.actions.lines.import_lines import LineRow
from tsuzuki.actions.lines.line_cells import COLUMNS, OLDEST, BadCode, BadRow, Wrong, read_cell, shown
from tsuzuki.actions.lines.line_records import NewLine
from tsuzuki.actions.write.csv_file import one_line
from tsuzuki.core.money import DIGITS, LARGEST_MINOR
from tsuzuki.core.plan import AllowanceKind, Kind
from tsuzuki.records import models

from .mapping import AMOUNTS, DATES, MONEY, UNITS, UNLIMITED, ColumnMapping, Source, wrong

GOODS = {"data_left": AllowanceKind.DATA, "voice_left": AllowanceKind.VOICE, "sms_left": AllowanceKind.SMS}
MOST_DAYS = 3660
LARGEST = 10**15
# What people write where there is nothing.
_NOTHING = ("", "-", "－", "ー", "なし", "無", "n/a", "null", "none")
_TIMED = ("%H", "%M", "%S", "%I")


@dataclass(frozen=True, slots=True)
class Lot:
    good: AllowanceKind
    left: int | None  # None: unlimited
    until: datetime


@dataclass(frozen=True, slots=True)
class OpeningBalance:
    """What a line has on the day it moves in. `until` None: no period runs."""

    plan: str = ""
    until: datetime | None = None
    paid: int = 0  # minor units not earned yet
    lots: tuple[Lot, ...] = ()
    credit: int = 0
    credit_until: datetime | None = None
    over: bool = False  # the old system's period had ended

    def __bool__(self) -> bool:
        return self.until is not None or bool(self.lots) or bool(self.credit)


@dataclass(frozen=True, slots=True)
class Moved(LineRow):
    opening: OpeningBalance = field(default_factory=OpeningBalance)


@dataclass(frozen=True, slots=True)
class Reader:
    """What rows are read against. `as_of`: the moment the old system's export speaks of."""

    map: ColumnMapping
    as_of: datetime
    carriers: Mapping[str, str]  # code: zone
    plans: Mapping[str, models.Plan]

    @classmethod
    def here(cls, map: ColumnMapping, as_of: datetime) -> Reader:
        plans = {plan.code: plan for plan in models.Plan.objects.all()}
        if map.credit_plan and (map.credit_plan not in plans or plans[map.credit_plan].kind != Kind.CREDIT):
            raise wrong(f"credit_plan: there is no credit plan {map.credit_plan}.")
        return cls(map, as_of, dict(models.Carrier.objects.values_list("code", "zone")), plans)

    def read(self, row: int, cells: Mapping[str, str]) -> tuple[Moved | None, list[BadRow], dict[str, str]]:
        """(the line or None, mistakes, what could be read): numbers of bad rows count
        when rows are compared.
        """
        fields: dict[str, str] = {}
        mistakes: list[BadRow] = []
        for name, source in self.map.columns.items():
            text = cells.get(" ".join(source.column.split()), "") if source.column else source.constant
            try:
                fields[name] = _translated(source, text)
            except Wrong as why:
                mistakes.append(_bad(row, name, text, why))
        values: dict[str, str] = {}
        for name in COLUMNS:
            if name in self.map.columns and name not in fields:
                continue
            try:
                values[name] = (
                    fields.get(name, "")
                    if name == "opened"
                    else read_cell(name, fields.get(name, ""), self.carriers)
                )
            except Wrong as why:
                mistakes.append(_bad(row, name, fields.get(name, ""), why))
        if values.get("eid") and values.get("sim") == "physical":
            mistakes.append(BadRow(row, "eid", shown("eid", values["eid"]), BadCode.EID_OF_CARD))
        zone = self.map.zone or self.carriers.get(values.get("carrier", ""), "UTC")
        opened, opening = self._brought(row, fields, values, ZoneInfo(zone), mistakes)
        if mistakes:
            return None, mistakes, values
        line = NewLine(
            msisdn=values["number"],
            **{name: values[name] for name in COLUMNS if name not in ("number", "opened")},
        )
        return Moved(row, line, opened, opening), [], values

    def _brought(
        self, row: int, said: dict[str, str], values: dict[str, str], zone: ZoneInfo, mistakes: list[BadRow]
    ) -> tuple[datetime | None, OpeningBalance]:
        read: dict[str, object] = {}
        for name in ("days_left", *DATES, *AMOUNTS, *MONEY):
            try:
                if said.get(name):
                    read[name] = self._one(name, said[name], zone)
            except Wrong as why:
                mistakes.append(_bad(row, name, said[name], why))
        opened = read.get("opened")
        if isinstance(opened, datetime) and (opened > self.as_of or opened.year < OLDEST):
            mistakes.append(BadRow(row, "opened", one_line(said["opened"]), BadCode.OPENED))
        if mistakes:
            return None, OpeningBalance()
        try:
            return opened if isinstance(opened, datetime) else None, self._opening(read, said, values, zone)
        except _At as at:
            mistakes.append(_bad(row, at.name, said.get(at.name, ""), at.why))
            return None, OpeningBalance()

    def _one(self, name: str, text: str, zone: ZoneInfo) -> object:
        source = self.map.columns[name]
        if name in DATES:
            return _moment(text, source.dates, zone, through=name != "opened")
        if name in MONEY:
            return _minor(text, self.map.currency)
        if name == "days_left":
            return _whole(text, 1, "days", MOST_DAYS)
        return (
            None
            if text.lower() == UNLIMITED
            else _whole(text, UNITS[name][source.unit], source.unit or "messages", LARGEST)
        )

    def _opening(
        self, read: dict[str, object], said: dict[str, str], values: dict[str, str], zone: ZoneInfo
    ) -> OpeningBalance:
        until, plan = read.get("ends"), said.get("plan", "")
        if "days_left" in read:
            day = self.as_of.astimezone(zone).date() + timedelta(days=int(str(read["days_left"])) + 1)
            until = datetime.combine(day, time(), zone) if read["days_left"] else self.as_of
        over = isinstance(until, datetime) and until <= self.as_of
        running = until if isinstance(until, datetime) and not over else None
        if running:
            self._require_plan(plan, values)
        lots = []
        for name, good in GOODS.items():
            if name not in read or read[name] == 0 or (over and "data_until" not in read):
                continue  # what belongs to a period that is over is over
            left, ends = read[name], read.get("data_until", running)
            if not isinstance(ends, datetime):
                raise _At(name, Wrong(BadCode.NEEDS, other="ends"))
            if ends <= self.as_of:
                continue
            if not running:
                self._require_plan(plan, values)
            lots.append(Lot(good, left if isinstance(left, int) else None, ends))
        paid, credit = int(str(read.get("paid", 0))), int(str(read.get("credit", 0)))
        if paid and not running:
            if not over:
                raise _At("paid", Wrong(BadCode.NEEDS, other="ends"))
            paid = 0
        credit_until = read.get("credit_until")
        if credit and not isinstance(credit_until, datetime):
            raise _At("credit", Wrong(BadCode.NEEDS, other="credit_until"))
        if credit and isinstance(credit_until, datetime) and credit_until <= self.as_of:
            raise _At("credit_until", Wrong(BadCode.OVER, end=f"{credit_until.astimezone(zone):%F}"))
        kept = credit_until if credit and isinstance(credit_until, datetime) else None
        return OpeningBalance(plan if running or lots else "", running, paid, tuple(lots), credit, kept, over)

    def _require_plan(self, code: str, values: dict[str, str]) -> None:
        plan = self.plans.get(code)
        fits = (
            plan is not None and plan.kind == Kind.PLAN and plan.carrier_id in (None, values.get("carrier"))
        )
        if not fits:
            known = [
                plan.code
                for plan in self.plans.values()
                if plan.kind == Kind.PLAN and plan.carrier_id in (None, values.get("carrier"))
            ]
            raise _At("plan", Wrong(BadCode.PLAN, known=", ".join(sorted(known)[:20]) or "none yet"))


class _At(Exception):
    def __init__(self, name: str, why: Wrong) -> None:
        super().__init__(name)
        self.name, self.why = name, why


def _bad(row: int, name: str, text: str, why: Wrong) -> BadRow:
    return BadRow(row, name, shown(name, text), why.code, why.facts)


def _translated(source: Source, text: str) -> str:
    """A cell in our words."""
    text = text.strip()
    plain = unicodedata.normalize("NFKC", text)
    for spelt in (text, plain):
        if spelt in source.values:
            return source.values[spelt]
    if source.values:
        if source.other is not None:
            return source.other
        if text:
            raise Wrong(BadCode.UNKNOWN_VALUE, known=", ".join(list(source.values)[:20]))
    return "" if plain.lower() in _NOTHING else text


@lru_cache(maxsize=8192)  # an export has few days and many rows
def _moment(text: str, dates: tuple[str, ...], zone: ZoneInfo, through: bool) -> datetime:
    """A day is meant to its last moment (or, of an opening, from its first).

    A date with a time is that moment.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    for pattern in dates:
        try:
            moment = datetime.strptime(plain, pattern)  # noqa: DTZ007 (the zone comes now)
        except ValueError:
            continue
        if any(mark in pattern for mark in _TIMED) and (moment.hour, moment.minute, moment.second) not in (
            (23, 59, 59),
            (23, 59, 0),
            (0, 0, 0),
        ):
            return moment.replace(tzinfo=zone)
        day = moment.date() + timedelta(days=1) if through else moment.date()
        return datetime.combine(day, time(), zone)
    raise Wrong(BadCode.DATE, known=", ".join(dates[:3]))


_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)


def _decimal(text: str, unit: str) -> Decimal:
    """1,234 and ¥1,234 and 1234.0 and 1234 円.

    Never less than nothing, never with a fraction that would be lost.
    """
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "").lower()
    for mark in ("\u00a5", "円", "jpy", unit.lower()):
        plain = plain.removeprefix(mark).removesuffix(mark) if mark else plain
    if not _NUMBER.fullmatch(plain):
        raise Wrong(BadCode.AMOUNT, unit=unit or "whole numbers")
    try:
        return Decimal(plain)
    except InvalidOperation:
        raise Wrong(BadCode.AMOUNT, unit=unit) from None


def _whole(text: str, factor: int, unit: str, most: int) -> int:
    """In our own unit; a fraction of a byte is rounded up, in the holder's favour."""
    amount = _decimal(text, unit) * factor
    if factor == 1 and amount != int(amount):
        raise Wrong(BadCode.AMOUNT, unit=unit)
    if amount > most:
        raise Wrong(BadCode.AMOUNT, unit=unit)
    return -int(-amount // 1)


def _minor(text: str, currency: str) -> int:
    amount = _decimal(text, currency) * 10 ** DIGITS[currency]
    if amount != int(amount) or amount > LARGEST_MINOR:
        raise Wrong(BadCode.AMOUNT, unit=currency)
    return int(amount)
