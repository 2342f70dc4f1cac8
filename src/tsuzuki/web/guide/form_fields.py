"""Form fields of the calculators: numbers, days and choices in any width, with a comma or a point;
mistakes are shown at their field.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import NamedTuple

from tsuzuki.ui.languages import N_, translator

LONGEST = 40
WRONG = N_("We cannot read this. Please check it.")
_NUMBER = re.compile(r"(\d{1,12})(?:\.(\d{1,3}))?", re.ASCII)
_DAY = re.compile(
    r"(\d{4})\D{1,3}(\d{1,2})\D{1,3}(\d{1,2})\D{0,2}(?:[T ](\d{1,2}):(\d{2})(?::\d{2})?)?", re.ASCII
)


class Field(NamedTuple):
    name: str
    label: str
    note: str
    type: str
    mode: str
    value: str
    error: str


class Select(NamedTuple):
    name: str
    label: str
    options: list[tuple[str, str, bool]]


class Asked:
    """What was typed, read field by field.

    `fields` is the form again, with what was typed and what is wrong with it.
    """

    def __init__(self, given: Mapping[str, str], language: str) -> None:
        self.given, self.language = given, language
        self.fields: list[Field] = []
        self.selects: list[Select] = []
        self.too_much = False

    @property
    def wrong(self) -> bool:
        return any(field.error for field in self.fields)

    def thousandths(self, name: str, label: str, start: int, most: int, note: str = "") -> int:
        """A number with up to three places after the point, in thousandths.

        More than `most` of them is taken for `most`.
        """
        text = self._typed(name, _plain(start))
        digits = re.sub(r",(?=\d{3}\b)", "", text).replace(",", ".")
        match = _NUMBER.fullmatch(digits)
        value = int(match[1]) * 1000 + int((match[2] or "").ljust(3, "0")) if match else start
        self._field(name, label, note, "text", "decimal", text, not match)
        self.too_much |= value > most
        return min(value, most)

    def whole(self, name: str, label: str, start: int, most: int, note: str = "") -> int:
        text = self._typed(name, str(start))
        digits = re.sub(r",(?=\d{3}\b)", "", text)
        good = bool(re.fullmatch(r"\d{1,12}", digits, re.ASCII))
        value = int(digits) if good else start
        self._field(name, label, note, "text", "numeric", text, not good)
        self.too_much |= value > most
        return min(value, most)

    def day(self, name: str, label: str, note: str = "") -> date | None:
        """A day, or nothing where none was typed."""
        text = self._typed(name, "")
        try:
            day = self._written(text).date() if text else None
        except ValueError:
            day = None
        self._field(name, label, note, "date", "", text, bool(text) and day is None)
        return day

    def moment(self, name: str, label: str, start: datetime, note: str = "") -> datetime:
        """A day and a clock without a zone."""
        text = self._typed(name, f"{start:%Y-%m-%dT%H:%M}")
        try:
            moment = self._written(text)
        except ValueError:
            moment = None
        self._field(name, label, note, "datetime-local", "", text, moment is None)
        return moment or start

    def choice(self, name: str, label: str, options: Sequence[tuple[str, str]], start: str) -> str:
        asked = self.given.get(name, start)
        chosen = asked if asked in {id for id, _ in options} else start
        self.selects.append(Select(name, label, [(id, words, id == chosen) for id, words in options]))
        return chosen

    def refuse(self, name: str, why: str) -> None:
        """A field that can be read and cannot be meant."""
        self.fields = [field._replace(error=why) if field.name == name else field for field in self.fields]

    def _typed(self, name: str, start: str) -> str:
        return unicodedata.normalize("NFKC", self.given.get(name, "")).strip()[:LONGEST] or start

    def _written(self, text: str) -> datetime:
        match = _DAY.fullmatch(text)
        if not match or not 2000 <= int(match[1]) <= 2100:
            raise ValueError(text)
        return datetime.combine(
            date(int(match[1]), int(match[2]), int(match[3])), time(int(match[4] or 0), int(match[5] or 0))
        )

    def _field(self, name: str, label: str, note: str, type: str, mode: str, text: str, wrong: bool) -> None:
        error = translator(self.language)(WRONG) if wrong else ""
        self.fields.append(Field(name, label, note, type, mode, text, error))


def _plain(thousandths: int) -> str:
    return f"{thousandths // 1000}" + f".{thousandths % 1000:03}".rstrip("0").rstrip(".")
