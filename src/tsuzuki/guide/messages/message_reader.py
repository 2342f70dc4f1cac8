"""Reads a carrier's SMS or mail that someone pastes: its dates, what each is for, its amounts.

Pure: nothing is kept, and nothing of the text is passed on but dates, amounts and the carrier's own word
beside each. Whatever is not plain comes back as unsure, with what to ask.

A message with a link, or one that asks for a code, says so first: bills that nobody owes are a common fraud.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from itertools import islice
from zoneinfo import ZoneInfo

from tsuzuki.core.deadline_rules import TOKYO, KnownDates

from ..load.loader import brand as brand_of
from ..load.loader import brands
from .message_dates import Amount, Doubt, Written, amounts, days
from .message_words import DEADLINES, Meaning, Message, meaning_of, message, reminds

__all__ = ["DEADLINES", "LONGEST", "MOST", "Amount", "Doubt", "FoundDate", "Meaning", "Reading", "read"]

LONGEST = 20_000  # letters read; what follows is not worth reading
MOST = 20  # dates told

# A link, or what leads to one; a request for what nobody may be told.
# An address of the sender's own is a link too.
_LINK = re.compile(
    r"https?://|\bwww\.|\b[a-z0-9-]{2,}(?:\.[a-z0-9-]{2,})*\.[a-z]{2,}/|\b(?:bit\.ly|t\.co|is\.gd|cutt\.ly)\b|duckdns",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(?:認証|確認|ワンタイム|セキュリティ)(?:番号|コード|パスワード)|暗証番号|パスワード|カード番号"
    r"|(?:verification|security|one-time|confirmation) (?:code|password)"
    r"|\b(?:PIN|OTP|CVV)\b|password|card number"
    r"|验证码|校验码|密码|卡号"
    r"|口座番号(?:を|の)ご?(?:入力|登録|連絡)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\d-])(?:\+?81[-\s]?|0)[5789]0[-\s]?\d{4}[-\s]?\d{4}(?!\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class FoundDate:
    day: date
    clock: time | None  # the hour, if one is written; None: until the day is over
    meaning: Meaning
    word: str  # the carrier's word that says so, "" if there is none
    doubts: tuple[Doubt, ...] = ()

    @property
    def sure(self) -> bool:
        return self.meaning is not Meaning.UNCLEAR and not set(self.doubts) & {Doubt.COUNTED, Doubt.ORDER}

    @property
    def deadline(self) -> bool:
        return self.meaning in DEADLINES


@dataclass(frozen=True, slots=True)
class Reading:
    brand: str | None
    found: tuple[FoundDate, ...]
    amounts: tuple[Amount, ...]
    doubts: tuple[Doubt, ...]

    def first(self, *meanings: Meaning) -> date | None:
        """The earliest sure day of these meanings."""
        return min(
            (
                found_date.day
                for found_date in self.found
                if found_date.sure and found_date.meaning in meanings
            ),
            default=None,
        )

    def dates(self) -> KnownDates:
        """What can go into a brand's rule without asking. A debit that failed tells when the bill was due."""
        due = self.first(Meaning.DUE) or self.first(Meaning.FAILED)
        return KnownDates(expires=self.first(Meaning.EXPIRES), due=due, slip_due=self.first(Meaning.SLIP_DUE))


def read(text: str, now: datetime, brand: str | None = None, number: str | None = None) -> Reading:
    """The dates of a message.

    `brand` and `number` are what the reader has said before, if anything; the number is only compared.
    """
    plain = _plain(text)
    today = now.astimezone(ZoneInfo(TOKYO)).date()
    named = _brands_in(plain)
    whose = brand or (named[0] if len(named) == 1 else None)
    found_dates = tuple(dict.fromkeys(islice(_each(plain, today), 5 * MOST)))[:MOST]
    doubts = {doubt for found_date in found_dates for doubt in found_date.doubts}
    if _LINK.search(plain) or _CODE.search(plain):
        doubts.add(Doubt.FRAUD)
    if not found_dates:
        doubts.add(Doubt.NO_DATE)
    elif not any(found_date.meaning is not Meaning.UNCLEAR for found_date in found_dates):
        doubts.add(Doubt.WHICH)
    if brand is None and len(named) != 1:
        doubts.add(Doubt.BRAND)
    if brand is not None and named and brand not in named:
        doubts.add(Doubt.OTHER_BRAND)
    numbers = {_national(match[0]) for match in _NUMBER.finditer(plain)}
    if number is not None and numbers and _national(number) not in numbers:
        doubts.add(Doubt.OTHER_NUMBER)
    sums = tuple(amounts(plain, yuan=whose is not None and brand_of(whose).currency == "CNY"))
    return Reading(whose, found_dates, sums[:MOST], tuple(sorted(doubts, key=list(Doubt).index)))


def _plain(text: str) -> str:
    """Full-width digits become plain ones; markup and control characters go."""
    # Piece by piece: a long run of accents is put in order in time that grows with its square.
    cut = re.sub(r"[^\x00-\x7f]{1,500}", lambda run: unicodedata.normalize("NFKC", run[0]), text[:LONGEST])[
        :LONGEST
    ]
    return re.sub(r"<[^<>\n]{0,300}>|[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e]", " ", cut)


def _each(text: str, today: date) -> Iterator[FoundDate]:
    written = days(text, today)
    whole, late = message(text), reminds(text)
    ends = [0, *(written.end for written in written)]
    starts = [*(written.start for written in written[1:]), len(text)]
    for entry, before, after in zip(written, ends, starts, strict=False):
        yield from _told(whole, entry, before, after, late)


def _told(whole: Message, one: Written, before: int, after: int, late: bool) -> Iterator[FoundDate]:
    meaning, word = meaning_of(whole, one.start, one.end, before, after)
    if meaning is Meaning.DUE and late:
        meaning = Meaning.SLIP_DUE
    if meaning is Meaning.CARD and one.card:
        yield FoundDate(one.card, None, meaning, word)
    elif one.day:
        yield FoundDate(one.day, one.clock, meaning, word, one.doubts)


def _brands_in(text: str) -> list[str]:
    """The brands a text names, each once.

    Of two names at one place the longer counts; «au» stands alone, it is not in «auction».
    """
    names, pattern = _names()
    return list(dict.fromkeys(names[match[0]] for match in pattern.finditer(text.lower())))


@cache
def _names() -> tuple[dict[str, str], re.Pattern[str]]:
    names = {alias: brand.id for brand in brands() for alias in brand.aliases}
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
