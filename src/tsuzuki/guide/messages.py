"""Reads the dates out of a carrier's SMS or mail that someone pastes. Pure: nothing is kept, nothing of the text is passed on but the dates
and the carrier's own word beside each. Whatever is not plain comes back as unsure, with what to ask.

Shapes: 2026年11月30日, 令和8年11月30日, 2026/11/30 23:59, 11/30, 11月30日, 11月30号, November 30, 30 Nov 2026, 11/30/2026, 30日以内,
within 30 days, 30天内, 本日, 明日, 今月末.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from itertools import islice
from zoneinfo import ZoneInfo

from tsuzuki.core.deadline_rules import FIRST, LAST, TOKYO, Dates

from .loader import brands

LONGEST = 20_000  # letters read; what follows is not worth reading
MOST = 20  # dates told
NEAR = 60  # letters between a date and the word that says what it is
BACK = timedelta(days=90)  # a date without a year is at most this long ago


class Meaning(StrEnum):
    EXPIRES = "expires"
    DUE = "due"
    SLIP_DUE = "slip_due"  # the date on a reminder or payment slip
    SUSPENSION = "suspension"
    NUMBER_LOST = "number_lost"
    UNCLEAR = "unclear"


class Doubt(StrEnum):
    """What the reader is asked, or told."""

    NO_DATE = "no_date"  # no date was found: please type it
    WHICH = "which"  # dates were found, but not what they are
    YEAR = "year"  # the year is not written; we took the nearest
    COUNTED = "counted"  # «within 30 days»: counted from today, but the message may be older
    ORDER = "order"  # day and month may be the other way round
    BRAND = "brand"  # whose message is it?
    OTHER_BRAND = "other_brand"  # it names another carrier than the one chosen
    OTHER_NUMBER = "other_number"  # it names another number than the reader's


@dataclass(frozen=True, slots=True)
class Found:
    day: date
    clock: time | None  # the hour, if one is written; None: until the day is over
    meaning: Meaning
    word: str  # the carrier's word that says so, "" if there is none
    doubts: tuple[Doubt, ...] = ()

    @property
    def sure(self) -> bool:
        return self.meaning is not Meaning.UNCLEAR and not set(self.doubts) & {Doubt.COUNTED, Doubt.ORDER}


@dataclass(frozen=True, slots=True)
class Reading:
    brand: str | None
    found: tuple[Found, ...]
    doubts: tuple[Doubt, ...]

    def dates(self) -> Dates:
        """What can go into a brand's rule without asking: of each meaning the earliest date, if it is sure."""
        first: dict[str, date] = {}
        for one in self.found:
            if one.sure and one.meaning in (Meaning.EXPIRES, Meaning.DUE, Meaning.SLIP_DUE):
                first[one.meaning.value] = min(one.day, first.get(one.meaning.value, one.day))
        return Dates(expires=first.get("expires"), due=first.get("due"), slip_due=first.get("slip_due"))


# The first that fits at one place counts. NUMBER_LOST before SUSPENSION before the rest: the graver reading of a word.
_WORDS = {
    Meaning.NUMBER_LOST: ("契約解除", "強制解約", "解約", "terminat[a-z]*", "cancell?(?:ed|ation)", "销号", "銷號", "解约", "注销"),
    Meaning.SUSPENSION: ("利用停止", "ご利用を停止", "回線停止", "停止", r"suspen[a-z]*", r"disconnect[a-z]*", "停机", "停機", "停话"),
    Meaning.EXPIRES: (
        "有効期限", "有効期間", "ご利用期限", "終了日", "満了", "期限切れ", r"expir[a-z]*", "valid until", "valid through", "ends? on",
        "end date", "到期", "有效期", "有效至",
    ),
    Meaning.DUE: (
        "支払い?期限", "支払い?期日", "お?支払い?", "納付期限", "振替日", "引き?落とし", "口座振替", "ご入金", "請求", r"pay[a-z]*", "due",
        r"debit[a-z]*", "截止", "缴费", "繳費", "付款", "扣款", "欠费",
    ),
}  # fmt: skip
_WORD = re.compile("|".join(f"(?P<{meaning.name}>{'|'.join(words)})" for meaning, words in _WORDS.items()), re.IGNORECASE)
_REMINDER = re.compile(
    "未払|未納|督促|催告|滞納|確認できて|確認が取れて|払込用紙|払込票|振込のお願い"
    "|unpaid|overdue|past due|reminder|not been paid|逾期|欠费|催缴",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_CLOCK = r"(?:\s{0,2}[((][^()()\n]{1,4}[))])?(?:\s{0,3}(?P<hour>\d{1,2})(?::|時|点)(?P<minute>\d{2})?)?"
_ASCII = re.IGNORECASE | re.ASCII
_SHAPES = (
    re.compile(
        r"(?<!\d)(?:(?P<year>20\d\d)年|令和(?P<reiwa>\d{1,2})年)\s{0,2}(?P<month>\d{1,2})月\s{0,2}(?P<day>\d{1,2})[日号號]" + _CLOCK
    ),
    re.compile(r"(?<![\d/.-])(?P<year>20\d\d)[/.-](?P<month>\d{1,2})[/.-](?P<day>\d{1,2})(?![\d/])" + _CLOCK),
    re.compile(r"(?<![\d/])(?P<one>\d{1,2})/(?P<two>\d{1,2})/(?P<year>20\d\d)(?!\d)" + _CLOCK),
    re.compile(r"(?<!\d)(?P<month>\d{1,2})月\s{0,2}(?P<day>\d{1,2})[日号號]" + _CLOCK),
    re.compile(r"(?<![\d/.])(?!24/7(?!\d))(?P<month>\d{1,2})/(?P<day>\d{1,2})(?![\d/.])" + _CLOCK),
    re.compile(r"\b" + _MONTH + r"\s{1,2}(?P<day>\d{1,2})(?:st|nd|rd|th)?\b(?:,?\s{1,2}(?P<year>20\d\d))?", _ASCII),
    re.compile(r"\b(?P<day>\d{1,2})(?:st|nd|rd|th)?\s{1,2}(?:of\s)?" + _MONTH + r"(?:,?\s{1,2}(?P<year>20\d\d))?\b", _ASCII),
    re.compile(r"(?<!\d)(?P<within>\d{1,3})\s?(?:日以内|日間以内|日后|天内|天以内|天之内|天后)"),
    re.compile(r"\b(?:within|in)\s(?P<within>\d{1,3})\s(?:calendar\s)?days?\b", _ASCII),
    re.compile(r"(?P<today>本日|今天|今日|\btoday\b)|(?P<tomorrow>明日|明天|\btomorrow\b)", _ASCII),
    re.compile(r"(?P<monthend>今月末|当月末|本月底|月末日|\bend of (?:the|this) month\b)", _ASCII),
)
_BREAK = re.compile(r"[\n。!?！？]")
_COMMA = re.compile("[、,;]")
_NUMBER = re.compile(r"(?<![\d-])(?:\+?81[-\s]?|0)[5789]0[-\s]?\d{4}[-\s]?\d{4}(?!\d)", re.ASCII)
# Names beside those of the guide; «au» needs to stand alone.
_ALIASES = {
    "docomo": ("docomo", "ドコモ", "nttファイナンス", "ntt finance"),
    "softbank": ("ソフトバンク", "软银"),
    "ymobile": ("ワイモバイル", "y!mobile"),
    "rakuten_mobile": ("楽天モバイル", "乐天移动"),
    "nihon_tsushin": ("日本通信",),
    "povo2": ("povo",),
    "uq_mobile": ("uqモバイル", "uq mobile"),
    "sakura_mobile": ("sakura mobile", "サクラモバイル"),
    "gtn_mobile": ("gtnモバイル", "gtn mobile"),
    "his_mobile": ("hisモバイル",),
}


def read(text: str, now: datetime, brand: str | None = None, number: str | None = None) -> Reading:
    """The dates of a message. `brand` and `number` are what the reader has said before, if anything; the number is only compared."""
    plain = _plain(text)
    today = now.astimezone(ZoneInfo(TOKYO)).date()
    reminder = bool(_REMINDER.search(plain))
    found = tuple(islice(_each(plain, today, reminder), MOST))
    named = _brands_in(plain)
    doubts = {doubt for one in found for doubt in one.doubts}
    if not found:
        doubts.add(Doubt.NO_DATE)
    elif not any(one.meaning is not Meaning.UNCLEAR for one in found):
        doubts.add(Doubt.WHICH)
    if brand is None and len(named) != 1:
        doubts.add(Doubt.BRAND)
    if brand is not None and named and brand not in named:
        doubts.add(Doubt.OTHER_BRAND)
    numbers = {_national(match[0]) for match in _NUMBER.finditer(plain)}
    if number is not None and numbers and _national(number) not in numbers:
        doubts.add(Doubt.OTHER_NUMBER)
    return Reading(brand or (named[0] if len(named) == 1 else None), found, tuple(sorted(doubts)))


def _plain(text: str) -> str:
    """Full-width digits become plain ones; markup and control characters go."""
    # Piece by piece: a long run of accents is put in order in time that grows with its square.
    cut = re.sub(r"[^\x00-\x7f]{1,500}", lambda run: unicodedata.normalize("NFKC", run[0]), text[:LONGEST])[:LONGEST]
    return re.sub(r"<[^<>\n]{0,300}>|[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e]", " ", cut)


def _each(text: str, today: date, reminder: bool) -> Iterator[Found]:
    left, matches = text, []
    for shape in _SHAPES:  # the fullest first; what one has read is blanked for the others
        matches += list(islice(shape.finditer(left), 10 * MOST))
        left = shape.sub(lambda match: "\0" * len(match[0]), left)
    seen = set()
    for match in sorted(matches, key=lambda match: match.start()):
        for one in _dated(match, today):
            meaning, word = _meaning(text, match, reminder)
            whole = replace(one, meaning=meaning, word=word)
            if whole not in seen:
                seen.add(whole)
                yield whole


def _dated(match: re.Match[str], today: date) -> Iterable[Found]:
    """The day a match means, once; or nothing, where there is no such day."""
    parts = {name: value for name, value in match.groupdict().items() if value is not None}
    doubts: tuple[Doubt, ...] = ()
    try:
        if "within" in parts:
            day, doubts = today + timedelta(days=int(parts["within"])), (Doubt.COUNTED,)
        elif "today" in parts or "tomorrow" in parts:
            day, doubts = today + timedelta(days=1 if "tomorrow" in parts else 0), (Doubt.COUNTED,)
        elif "monthend" in parts:
            day, doubts = today.replace(day=monthrange(today.year, today.month)[1]), (Doubt.COUNTED,)
        elif "one" in parts:
            day, doubts = _either_order(int(parts["one"]), int(parts["two"]), int(parts["year"]))
        else:
            day, doubts = _written(parts, today)
        if not FIRST <= day <= LAST:
            return
        yield Found(day, _clock(parts), Meaning.UNCLEAR, "", doubts)
    except ValueError:
        return


def _either_order(one: int, two: int, year: int) -> tuple[date, tuple[Doubt, ...]]:
    """11/30/2026 and 30/11/2026 are plain; 04/05/2026 is not: the earlier is taken."""
    if one > 12:
        return date(year, two, one), ()
    if two > 12 or one == two:
        return date(year, one, two), ()
    return min(date(year, one, two), date(year, two, one)), (Doubt.ORDER,)


def _written(parts: dict[str, str], today: date) -> tuple[date, tuple[Doubt, ...]]:
    month = _MONTHS.index(parts["name"].lower()) + 1 if "name" in parts else int(parts["month"])
    day = int(parts["day"])
    if "name" not in parts and month > 12 >= day:  # 30/11
        month, day = day, month
    if "reiwa" in parts:
        return date(2018 + int(parts["reiwa"]), month, day), ()
    if "year" in parts:
        return date(int(parts["year"]), month, day), ()
    for year in (today.year - 1, today.year, today.year + 1):
        near = date(year, month, day) if (month, day) != (2, 29) or monthrange(year, 2)[1] == 29 else None
        if near is not None and near >= today - BACK:
            return near, (Doubt.YEAR,)
    raise ValueError("no such day near")


def _clock(parts: dict[str, str]) -> time | None:
    if "hour" not in parts or int(parts["hour"]) >= 24:  # 25:00 is the night after
        return None
    return time(int(parts["hour"]), int(parts.get("minute", "0")))


def _meaning(text: str, match: re.Match[str], reminder: bool) -> tuple[Meaning, str]:
    """By the nearest word in the same sentence, before the date or behind it; in the sentence before if this one has none."""
    start, end = max(0, match.start() - NEAR), min(len(text), match.end() + NEAR)
    before, behind = text[start : match.start()], text[match.end() : end]
    sentence = _BREAK.split(before)[-1]
    ranked = [(_far(sentence[word.end() :]), word) for word in _WORD.finditer(sentence)]
    rest = _BREAK.split(behind)[0]
    ranked += [(_far(rest[: word.start()]), word) for word in _WORD.finditer(rest)]
    if not ranked:  # «Pay by:» on a line of its own, the date on the next
        ranked = [(len(before) - word.end(), word) for word in _WORD.finditer(before)]
    if not ranked:
        return Meaning.UNCLEAR, ""
    word = min(ranked, key=lambda pair: pair[0])[1]
    meaning = Meaning[word.lastgroup or "UNCLEAR"]
    return (Meaning.SLIP_DUE if meaning is Meaning.DUE and reminder else meaning), word[0]


def _far(between: str) -> int:
    """How far apart a word and its date are; a comma between them counts for much."""
    return len(between) + (15 if _COMMA.search(between) else 0)


def _brands_in(text: str) -> list[str]:
    """The brands a text names, each once. Of two names at one place the longer counts; «au» stands alone, it is not in «auction»."""
    names, pattern = _names()
    return list(dict.fromkeys(names[match[0]] for match in pattern.finditer(text.lower())))


@cache
def _names() -> tuple[dict[str, str], re.Pattern[str]]:
    names = {alias: id for id, aliases in _ALIASES.items() for alias in aliases}
    for brand in brands():
        names |= {unicodedata.normalize("NFKC", name).lower(): brand.id for name in brand.names.all()}
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    return names, re.compile("|".join(_edged(name) for name in longest_first))


def _edged(name: str) -> str:
    before = "(?<![a-z0-9_@./-])" if name[0].isascii() else ""
    return before + re.escape(name) + ("(?![a-z0-9_@-])" if name[-1].isascii() else "")


def _national(number: str) -> str:
    digits = re.sub(r"\D", "", number)
    return "0" + digits[2:] if digits.startswith("81") else digits
