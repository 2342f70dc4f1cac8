"""Everything of the guide, and of the pages around it, that can be looked for: where it stands, what it is
called, by which words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any

from ..load.claims import LANGUAGES, UNKNOWN, AsIs, Brand, Claim, Steps, Table, Text, Words
from ..load.loader import brands
from ..load.vocabulary import said, vocabulary, words
from ..load.yaml_file import Marked, Wrong, read
from ..topics import chapters
from ..topics.cards import cards
from ..topics.topic_pages import topics

FILE = Path(__file__).parent / "search.yaml"
SECTIONS = {"pages", "methods", "topics", "cards", "chapters", "brands"}


NOTHING = AsIs("")


class Kind(IntEnum):
    """What stands first where the words fit equally well."""

    CLAIM = 0
    CHAPTER = 1
    STEPS = 2
    CARD = 3
    PLAN = 4
    CASE = 5
    BRAND = 6
    METHOD = 7
    TOPIC = 8
    PAGE = 9


@dataclass(frozen=True, slots=True)
class Document:
    """`path`: its address below «/LANGUAGE/».

    `also`: what else people call it; `text`: what it says, `more`: and what it adds.
    """

    path: str
    kind: Kind
    names: Words
    lead: Words = NOTHING
    also: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    rank: int = 99  # of brands: the large ones first


def documents() -> Iterator[Document]:
    held = _file()
    for path, row in held["pages"].items():
        yield Document(path, Kind.PAGE, words(row["title"], held["pages"].at(path)), also=tuple(row["words"]))
    for id, row in held["methods"].items():
        title = words(row["title"], held["methods"].at(id))
        yield Document(f"guide/pay-with/{id}", Kind.METHOD, title, also=tuple(row["words"]))
    for id, topic in topics().items():
        advice = tuple(entry.to(tag) for entry in topic.do for tag in LANGUAGES)
        yield Document(f"guide/{id}", Kind.TOPIC, topic.title, topic.lead, _also("topics", id), more=advice)
    for id, card in cards().items():
        yield Document(
            f"guide/cards/{id}",
            Kind.CARD,
            card.words,
            AsIs(card.words.ja),
            _also("cards", id),
            (card.kana, card.romaji),
        )
    for group in chapters.grouped(brands()).values():
        for brand in group:
            yield from _brand(brand)


@cache
def _file() -> Marked:
    marked = read(FILE)
    if set(marked) != SECTIONS:
        raise Wrong(f"{FILE.name}:1: the sections are {', '.join(sorted(SECTIONS))}")
    for section, rows in marked.items():
        for id, row in rows.items():
            if not all(isinstance(word, str) for word in (row["words"] if isinstance(row, dict) else row)):
                raise Wrong(
                    f"{rows.at(id)}: the words of {section} are text; put yes, no, true and numbers in quotes"
                )
    return marked


def _also(section: str, id: str) -> tuple[str, ...]:
    row: Any = _file()[section].get(id, ())
    return tuple(row["words"] if isinstance(row, dict) else row)


def _brand(brand: Brand) -> Iterator[Document]:
    base, called = f"guide/{brand.id}", (*_also("brands", brand.id), *brand.names.all())
    rank = chapters.FIRST.index(brand.id) if brand.id in chapters.FIRST else len(chapters.FIRST)
    kind = vocabulary().kinds[brand.kind]
    operator = () if brand.operator is UNKNOWN else brand.operator.all()
    held = _file()["chapters"]
    yield Document(base, Kind.BRAND, brand.names, kind, (*called, *held[""]["words"]), operator, rank=rank)
    for id, topic in topics().items():
        if topic.claims:
            title = _joined(brand.names, topic.title)
            yield Document(f"{base}/{id}", Kind.CASE, title, also=(*called, *_also("topics", id)), rank=rank)
    for id, row in held.items():
        if not id:  # what is said of every brand
            continue
        title = _joined(brand.names, words(row["title"], held.at(id)))
        yield Document(f"{base}/{id}", Kind.CHAPTER, title, also=(*called, *row["words"]), rank=rank)
    yield from _steps(brand, called, rank)
    yield from _claims(brand, called, rank)


def _steps(brand: Brand, called: tuple[str, ...], rank: int) -> Iterator[Document]:
    held, seen = vocabulary(), set[tuple[str, str]]()
    for step in brand.steps:
        if (step.job, step.channel) not in seen:
            seen.add((step.job, step.channel))
            yield Document(
                f"guide/{brand.id}/steps/{step.job}/{step.channel}",
                Kind.STEPS,
                _joined(brand.names, step.title),
                held.channels[step.channel],
                called,
                (*held.jobs[step.job].words.all(), *held.channels[step.channel].all()),
                _done(step),
                rank,
            )


def _done(steps: Steps) -> tuple[str, ...]:
    labels = [choice for step in steps.do for path in step.labels for tap in path for choice in tap]
    return (*labels, *(text for step in steps.do for text in step.text.all()))


def _claims(brand: Brand, called: tuple[str, ...], rank: int) -> Iterator[Document]:
    held, seen = vocabulary(), set[str]()
    for claim in brand.claims:
        if claim.key in seen or claim.value is UNKNOWN:  # a second claim of a key stands beside the first
            continue
        seen.add(claim.key)
        topic = held.topic_of(claim.key)
        chapter = next(id for id, inside in chapters.CHAPTERS.items() if topic.id in inside)
        notes = tuple(text for note in (claim.note, claim.when) if note for text in note.all())
        yield Document(
            f"guide/{brand.id}/{chapter}#{claim.key}",
            Kind.CLAIM,
            _joined(brand.names, held.keys[claim.key]),
            _value(claim),
            called,
            (*topic.words.all(), *_value(claim).all()),
            notes,
            rank,
        )


def _value(claim: Claim) -> Words:
    return Text(*(_in_words(claim, language) for language in LANGUAGES))


def _in_words(claim: Claim, language: str) -> str:
    if isinstance(claim.value, Table):
        rows = []
        for row in claim.value.rows:
            values = row.value if isinstance(row.value, tuple) else (row.value,)
            rows.append(
                f"{row.label.to(language)} "
                f"{', '.join(said(value, row.unit or claim.unit, language) for value in values)}"
            )
        return " · ".join(rows)
    values = claim.value if isinstance(claim.value, tuple) else (claim.value,)
    return (", " if language == "en" else "、").join(said(value, claim.unit, language) for value in values)


def _joined(one: Words, other: Words) -> Text:
    return Text(*(f"{one.to(language)} · {other.to(language)}" for language in LANGUAGES))
