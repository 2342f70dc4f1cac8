"""Pages on what happens to people, whatever their brand, and what of each brand belongs to them.

Read once from topics.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..load.claims import Brand, Claim, Source, Steps, Words
from ..load.loader import day
from ..load.vocabulary import vocabulary, words
from ..load.yaml_file import Marked, Wrong, read
from .cards import cards

FILE = Path(__file__).parent / "topics.yaml"
VERDICTS = ("yes", "partly", "no")


@dataclass(frozen=True, slots=True)
class Fact:
    words: Words
    source: Source
    heard: Words | None = None
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    id: str
    title: Words
    lead: Words
    do: tuple[Words, ...]
    facts: tuple[Fact, ...]
    cards: tuple[str, ...]
    claims: tuple[str, ...]
    jobs: tuple[str, ...]

    def has(self, claim: Claim) -> bool:
        return claim.key in self.claims or claim.topic_prefix in self.claims

    def of(self, brand: Brand) -> tuple[tuple[Claim, ...], tuple[Steps, ...]]:
        """What we know of it at a brand, in the order of the brand's file."""
        return tuple(filter(self.has, brand.claims)), tuple(
            steps for steps in brand.steps if steps.job in self.jobs
        )


@cache
def topics() -> Mapping[str, Topic]:
    result = read(FILE)["topics"]
    return {id: _topic(id, row, result.at(id)) for id, row in result.items()}


def _topic(id: str, row: Marked, place: str) -> Topic:
    shown, jobs = tuple(row.get("cards", ())), tuple(row.get("jobs", ()))
    if not set(shown) <= set(cards()) or not set(jobs) <= set(vocabulary().jobs):
        raise Wrong(f"{place}: a card or job is named that does not exist")
    return Topic(
        id=id,
        title=words(row.get("title"), place),
        lead=words(row.get("lead"), place),
        do=tuple(words(entry, place) for entry in row.get("do", ())),
        facts=tuple(_fact(entry) for entry in row.get("facts", ())),
        cards=shown,
        claims=tuple(row.get("claims", ())),
        jobs=jobs,
    )


def _fact(row: Any) -> Fact:
    place = row.at()
    if not str(row.get("source", "")).startswith("http") or row.get("kind") not in vocabulary().source_kinds:
        raise Wrong(f"{place}: a fact has a source and its kind; what is advice of ours stands under do")
    if ("heard" in row) != (row.get("verdict") in VERDICTS):
        raise Wrong(f"{place}: what is heard has a verdict: {', '.join(VERDICTS)}")
    as_of = day(row["as_of"], place) if "as_of" in row else None
    source = Source(row["source"], row["kind"], as_of, "page-date" if as_of else "undated", row["confidence"])
    heard = words(row["heard"], place) if "heard" in row else None
    return Fact(words(row.get("words"), place), source, heard, row.get("verdict", ""))
