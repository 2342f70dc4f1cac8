"""The words of keys, codes, units and the like, in our languages; read once from vocabulary.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from .claims import UNKNOWN, AsIs, Single, Text, Word, Words
from .yaml_file import Marked, Wrong, read

FILE = Path(__file__).parent / "vocabulary.yaml"


@dataclass(frozen=True, slots=True)
class Topic:
    id: str
    words: Words
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Job:
    id: str
    words: Words
    purpose: str


@dataclass(frozen=True, slots=True)
class Unit:
    """The patterns of an amount, «%s» for the number. `one` is English for exactly 1."""

    one: str
    words: Text


@dataclass(frozen=True, slots=True)
class Vocabulary:
    topics: tuple[Topic, ...]
    keys: Mapping[str, Words]
    codes: Mapping[str, Words]
    units: Mapping[str, Unit]
    taxes: Mapping[str, Words]
    kinds: Mapping[str, Words]
    payment_models: Mapping[str, Words]
    source_kinds: Mapping[str, Words]
    confidences: Mapping[str, Words]
    bases: Mapping[str, Words]
    answers: Mapping[str, Words]
    purposes: Mapping[str, Words]
    jobs: Mapping[str, Job]
    channels: Mapping[str, Words]

    def topic_of(self, key: str) -> Topic:
        """The topic a key belongs to; KeyError if none does."""
        prefix = key.split(".")[0]
        return {prefix: topic for topic in self.topics for prefix in topic.prefixes}[prefix]


PLAIN = tuple(
    "keys codes taxes kinds payment_models source_kinds confidences bases answers purposes channels".split()
)


@cache
def vocabulary() -> Vocabulary:
    return load(FILE)


def load(path: Path) -> Vocabulary:
    marked = read(path)
    sections = {*PLAIN, "topics", "units", "jobs"}
    if set(marked) != sections:
        raise Wrong(
            f"{path.name}:1: the sections are {', '.join(sorted(sections))}; these differ: "
            f"{sorted(sections ^ set(marked))}"
        )
    plain = {
        name: {code: words(value, marked[name].at(code)) for code, value in marked[name].items()}
        for name in PLAIN
    }
    topics = tuple(
        Topic(id, words(topic["words"], marked["topics"].at(id)), tuple(topic["keys"]))
        for id, topic in marked["topics"].items()
    )
    jobs = {
        id: Job(id, words(job["words"], marked["jobs"].at(id)), job["for"])
        for id, job in marked["jobs"].items()
    }
    for id, job in jobs.items():
        if job.purpose not in plain["purposes"]:
            raise Wrong(
                f"{marked['jobs'].at(id)}: {job.purpose!r} is no purpose; the section purposes has them"
            )
    units = {id: _unit(unit, marked["units"], id) for id, unit in marked["units"].items()}
    return Vocabulary(topics=topics, jobs=jobs, units=units, **plain)


def words(value: Any, place: str) -> Words:
    """Three texts, or one that is the same in every language."""
    if isinstance(value, str) and value:
        return AsIs(value)
    if isinstance(value, list) and len(value) == 3 and all(isinstance(text, str) and text for text in value):
        return Text(*value)
    raise Wrong(f"{place}: give [English, Japanese, Chinese] or one text; put texts with commas in quotes")


def _unit(value: Any, section: Marked, id: str) -> Unit:
    entry, many = value[0] if isinstance(value[0], list) else (value[0], value[0])
    text = words([many, *value[1:]], section.at(id))
    if not isinstance(text, Text) or any("%s" not in pattern for pattern in (entry, *text.all())):
        raise Wrong(f"{section.at(id)}: a unit needs %s for the number in every language")
    return Unit(entry, text)


def said(value: Single, unit: str | None, language: str) -> str:
    """One value in words: «180 days», «JPY 990», «yes», «Unknown», «residence card»."""
    held = vocabulary()
    if value is UNKNOWN:
        return held.answers["unknown"].to(language)
    if isinstance(value, bool):
        return held.answers["yes" if value else "no"].to(language)
    if isinstance(value, Word):
        return held.codes[value.code].to(language)
    if isinstance(value, Text | AsIs):
        return value.to(language)
    return amount(value, unit, language)


def amount(number: int | Decimal | date, unit: str | None, language: str) -> str:
    """A number with its unit. Money stands with the currency's name, never with a bare sign."""
    plain = _day(number, language) if isinstance(number, date) else f"{number:,}"
    if unit is None:
        return plain
    held = vocabulary().units[unit]
    pattern = held.one if language == "en" and number == 1 else held.words.to(language)
    return pattern.replace("%s", plain)


_MONTHS = tuple(
    "January February March April May June July August September October November December".split()
)


def _day(day: date, language: str) -> str:
    if language == "en":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return (
        f"{day.year} 年 {day.month} 月 {day.day} 日"
        if language == "zh-Hans"
        else f"{day.year}年{day.month}月{day.day}日"
    )
