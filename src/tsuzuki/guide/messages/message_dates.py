"""The days and amounts written in a message, however they are written.

Pure; what a day is for is told in message_words.py.

Days: 2026年11月30日, 26年11月30日, 令和8年, 令和元年, R8.11.30, 2026/11/30 23:59, 27/12/31, 12/31/26, 11/30,
11月30日, 11月30号, 11月末, November 30, 30 Nov 2026, 11/30/2026, 12/1~12/20, 30日以内, within 30 days,
30天内, 本日, 明日, 今月末; 03/27 where a card is meant.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import islice

from tsuzuki.core.deadline_rules import FIRST, LAST

BACK = timedelta(days=90)  # a date without a year is at most this long ago
AHEAD = timedelta(days=3 * 366)  # a year of two digits is at most this far off
MOST = 200  # dates looked at


class Doubt(StrEnum):
    """What the reader is asked, or told."""

    FRAUD = "fraud"  # it has a link or asks for a code: it may not be from the company at all
    NO_DATE = "no_date"  # no date was found: please type it
    WHICH = "which"  # dates were found, but not what they are
    YEAR = "year"  # the year is not written; we took the nearest
    COUNTED = "counted"  # «within 30 days»: counted from today, but the message may be older
    ORDER = "order"  # day and month may be the other way round
    BRAND = "brand"  # whose message is it?
    OTHER_BRAND = "other_brand"  # it names another carrier than the one chosen
    OTHER_NUMBER = "other_number"  # it names another number than the reader's


@dataclass(frozen=True, slots=True)
class Written:
    """A day where it stands in the text. `card`: the same letters as the month and year of a card."""

    start: int
    end: int
    day: date | None  # None: there is no such day, but as month and year of a card it can be read
    clock: time | None
    doubts: tuple[Doubt, ...] = ()
    card: date | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """`currency` is empty where a bare yen sign may mean yuan. `word`: the label before it, or nothing."""

    value: Decimal
    currency: str
    word: str


_ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_WEEKDAY = r"(?:\s{0,2}[((][^()()\n]{1,9}[))])?"
_CLOCK = _WEEKDAY + r"(?:\s{0,3}(?:at\s)?(?P<hour>\d{1,2})(?::|時|时|点)(?P<minute>\d{2})?分?)?"
_YEAR = r"(?:(?:(?P<era>令和|平成)\s?(?P<of>\d{1,2}|元)|(?P<year>\d{4}|(?<!\d)'?\d{2}))年)"
_ASCII = re.IGNORECASE | re.ASCII
_SHAPES = (
    re.compile(_YEAR + r"\s{0,2}(?P<month>\d{1,2})月\s{0,2}(?P<day>\d{1,2})[日号號]" + _CLOCK),
    re.compile(_YEAR + r"\s{0,2}(?P<month>\d{1,2})月(?P<end>末日?|底)"),
    re.compile(
        r"\b(?P<era>[RH])(?P<of>\d{1,2}|元)[/.-](?P<month>\d{1,2})[/.-](?P<day>\d{1,2})(?![\d/])" + _CLOCK
    ),
    re.compile(r"(?<![\d/.-])(?P<year>\d{4})[/.-](?P<month>\d{1,2})[/.-](?P<day>\d{1,2})(?![\d/])" + _CLOCK),
    re.compile(r"(?<![\d/])(?P<one>\d{1,2})/(?P<two>\d{1,2})/(?P<year>\d{4})(?!\d)" + _CLOCK),
    re.compile(r"(?<![\d/.])(?P<one>\d{2})/(?P<two>\d{1,2})/(?P<three>\d{2})(?![\d/])" + _CLOCK),
    re.compile(r"(?<![\d年])(?P<month>\d{1,2})月\s{0,2}(?P<day>\d{1,2})[日号號]" + _CLOCK),
    re.compile(r"(?<![\d年])(?P<month>\d{1,2})月(?P<end>末日?|底)"),
    re.compile(r"(?<![\d/.])(?!24/7(?!\d))(?P<month>\d{1,2})/(?P<day>\d{1,2})(?![\d/]|\.\d)" + _CLOCK),
    re.compile(
        r"\b" + _MONTH + r"\s{1,2}(?P<day>\d{1,2})(?:st|nd|rd|th)?\b(?:,?\s{1,2}(?P<year>20\d\d))?" + _CLOCK,
        _ASCII,
    ),
    re.compile(
        r"\b(?P<day>\d{1,2})(?:st|nd|rd|th)?\s{1,2}(?:of\s)?"
        + _MONTH
        + r"(?:,?\s{1,2}(?P<year>20\d\d))?\b"
        + _CLOCK,
        _ASCII,
    ),
    re.compile(r"\b(?P<end>end of|last day of)\s" + _MONTH + r"(?:,?\s{1,2}(?P<year>20\d\d))?\b", _ASCII),
    re.compile(r"(?<!\d)(?P<within>\d{1,3})\s?(?:日以内|日間以内|日後|日后|天内|天以内|天之内|天后)"),
    re.compile(r"\b(?:within|in)\s(?P<within>\d{1,3})\s(?:calendar\s)?days?\b", _ASCII),
    re.compile(r"(?P<today>本日|今天|今日|\btoday\b)|(?P<tomorrow>明日|明天|\btomorrow\b)", _ASCII),
    re.compile(r"(?P<thismonth>今月末|当月末|本月底|月末日|\bend of (?:the|this) month\b)", _ASCII),
)
_TO = re.compile(r"\s{0,2}(?:[~〜～–—-]|から|より|至|到|to|until|through)\s{0,2}")
_AND = re.compile(r"\s{0,2}and\s{0,2}", re.IGNORECASE)
_LAST_DAY = re.compile(_TO.pattern + r"(?P<day>\d{1,2})[日号號]" + _CLOCK)  # 12月1日〜20日
_MONEY = re.compile(
    r"(?P<sign>¥|(?:JPY|CNY|RMB)\s?)(?P<first>-?\d[\d,]{0,12}(?:\.\d{1,2})?)"
    r"|(?<![\d.,])(?P<second>-?\d[\d,]{0,12}(?:\.\d{1,2})?)\s?(?P<unit>円|日元|yen\b|JPY\b|元|CNY\b|RMB\b)",
    _ASCII,
)
_UNITS = {"円": "JPY", "日元": "JPY", "yen": "JPY", "jpy": "JPY", "元": "CNY", "cny": "CNY", "rmb": "CNY"}
_LABEL = re.compile(
    r"((?:ご?請求|お?支払い?|ご?利用|未払い?|未納|合計|残|延滞)[^\s::。、\d]{0,8}?(?:金額|料金|額|高)|(?:当前|账户)?余额|欠费(?:金额)?|应缴(?:金额)?"
    r"|(?:total )?amount(?: due)?|total|balance)[^\d\n。]{0,8}$",
    re.IGNORECASE,
)


def days(text: str, today: date) -> list[Written]:
    """Every day written, in the order of the text; of a range its end alone."""
    left, result = text, []
    for shape in _SHAPES:  # the fullest first; what one has read is blanked for the others
        for match in islice(shape.finditer(left), MOST):
            if written := _read(match, today):
                result.append(written)
        left = shape.sub(lambda match: "\0" * len(match[0]), left)
    return list(_without_beginnings(text, sorted(result, key=lambda written: written.start)))


def _without_beginnings(text: str, found: list[Written]) -> Iterator[Written]:
    begins = 0  # where the range that the next day ends begins
    for written, after in zip(found, [*found[1:], None], strict=False):
        start, begins = begins or written.start, 0
        between = text[max(0, written.start - 8) : written.start].lower().endswith("between ")
        if after and (_AND if between else _TO).fullmatch(text, written.end, after.start):
            begins = start
        elif last := _LAST_DAY.match(text, written.end):
            yield _to_the_day(written, start, last)
        else:
            yield replace(written, start=start)


def _to_the_day(one: Written, start: int, last: re.Match[str]) -> Written:
    try:
        day = one.day.replace(day=int(last["day"])) if one.day else None
    except ValueError:
        return replace(one, start=start)
    return replace(one, start=start, end=last.end(), day=day, clock=_clock(last.groupdict()), card=None)


def _read(match: re.Match[str], today: date) -> Written | None:
    """None where there is no such day."""
    parts = {name: value for name, value in match.groupdict().items() if value is not None}
    day, doubts = _day_if_any(parts, today)
    card = _of_a_card(parts, today)
    return Written(match.start(), match.end(), day, _clock(parts), doubts, card) if day or card else None


def _day_if_any(parts: dict[str, str], today: date) -> tuple[date | None, tuple[Doubt, ...]]:
    try:
        day, doubts = _day(parts, today)
    except ValueError:
        return None, ()
    return (day, doubts) if FIRST <= day <= LAST else (None, ())


def _day(parts: dict[str, str], today: date) -> tuple[date, tuple[Doubt, ...]]:
    if "within" in parts:
        return today + timedelta(days=int(parts["within"])), (Doubt.COUNTED,)
    if "today" in parts or "tomorrow" in parts:
        return today + timedelta(days=1 if "tomorrow" in parts else 0), (Doubt.COUNTED,)
    if "thismonth" in parts:
        return _month_end(today.year, today.month), (Doubt.COUNTED,)
    if "three" in parts:
        return _short_year(int(parts["one"]), int(parts["two"]), int(parts["three"]), today)
    if "one" in parts:
        number, two, year = int(parts["one"]), int(parts["two"]), int(parts["year"])
        return _one_of({day for day in (_made(year, number, two), _made(year, two, number)) if day}, today)
    return _plain(parts, today)


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _short_year(one: int, two: int, three: int, today: date) -> tuple[date, tuple[Doubt, ...]]:
    """27/12/31, 12/31/26 or 31/12/26: of the ways to read it those that lie near."""
    every = (_made(2000 + one, two, three), _made(2000 + three, one, two), _made(2000 + three, two, one))
    return _one_of({day for day in every if day and today - 4 * BACK <= day <= today + AHEAD}, today)


def _one_of(every: set[date], today: date) -> tuple[date, tuple[Doubt, ...]]:
    """The earliest that is not long past. More than one way to read it is a doubt."""
    if not every:
        raise ValueError("no such day")
    near = [day for day in every if day >= today - BACK / 6] or every
    return min(near), (Doubt.ORDER,) if len(every) > 1 else ()


def _plain(parts: dict[str, str], today: date) -> tuple[date, tuple[Doubt, ...]]:
    month = _MONTHS.index(parts["name"].lower()) + 1 if "name" in parts else int(parts["month"])
    day = 0 if "end" in parts else int(parts["day"])
    if "name" not in parts and month > 12 >= day > 0:  # 30/11
        month, day = day, month
    year = _year(parts)
    if year is not None:
        return (_month_end(year, month) if not day else date(year, month, day)), ()
    for near in (today.year - 1, today.year, today.year + 1):
        made = _month_end(near, month) if not day else _made(near, month, day)
        if made is not None and made >= today - BACK:
            return made, (Doubt.YEAR,)
    raise ValueError("no such day near")


def _year(parts: dict[str, str]) -> int | None:
    if "era" in parts:
        return _ERAS[parts["era"]] + (1 if parts["of"] == "元" else int(parts["of"]))
    if "year" not in parts:
        return None
    year = int(parts["year"].lstrip("'"))
    return 2000 + year if year < 100 else year


def _month_end(year: int, month: int) -> date:
    if not 1 <= month <= 12:
        raise ValueError("no such month")
    return date(year, month, monthrange(year, month)[1])


def _of_a_card(parts: dict[str, str], today: date) -> date | None:
    """03/27: the end of March 2027, where a card is meant."""
    if (
        not {"month", "day"} <= set(parts)
        or "year" in parts
        or "era" in parts
        or not 1 <= int(parts["month"]) <= 12
    ):
        return None
    year = 2000 + int(parts["day"])
    return _month_end(year, int(parts["month"])) if today.year - 1 <= year <= today.year + 15 else None


def _clock(parts: dict[str, str | None]) -> time | None:
    hour, minute = int(parts.get("hour") or 24), int(parts.get("minute") or 0)
    if parts.get("half"):
        hour = hour % 12 + (12 if "p" in str(parts["half"]).lower() else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None  # 25:00 is the night after


def amounts(text: str, yuan: bool) -> list[Amount]:
    """Sums of money, in the order of the text, each once. `yuan`: the message is a Chinese carrier's."""
    japanese = re.search("[\u3040-\u30ff]", text) is not None
    result = []
    for match in islice(_MONEY.finditer(text), MOST):
        number = (match["first"] or match["second"]).replace(",", "")
        currency = _UNITS.get((match["unit"] or match["sign"]).strip().lower(), "")
        if not currency:
            currency = "CNY" if yuan else "JPY" if japanese else ""
        label = _LABEL.search(text, max(0, match.start() - 30), match.start())
        result.append(Amount(Decimal(number), currency, label[1] if label else ""))
    return list(dict.fromkeys(result))
