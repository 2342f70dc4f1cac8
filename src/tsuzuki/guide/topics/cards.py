"""Show-cards: a sentence to hold up at a counter, with how to read it aloud. Read once from cards.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..load.claims import Text, Words
from ..load.vocabulary import words
from ..load.yaml_file import Wrong, read

FILE = Path(__file__).parent / "cards.yaml"


@dataclass(frozen=True, slots=True)
class Card:
    id: str
    situation: str
    words: Text
    kana: str
    romaji: str


@cache
def situations() -> Mapping[str, Words]:
    result = read(FILE)["situations"]
    return {id: words(value, result.at(id)) for id, value in result.items()}


@cache
def cards() -> Mapping[str, Card]:
    result = read(FILE)["cards"]
    made = {}
    for id, row in result.items():
        text = words(row.get("words"), result.at(id))
        if (
            not isinstance(text, Text)
            or set(row) != {"in", "words", "kana", "romaji"}
            or row["in"] not in situations()
        ):
            raise Wrong(
                f"{result.at(id)}: a card has words in three languages, kana, romaji and a "
                "situation of those above"
            )
        made[id] = Card(id, row["in"], text, row["kana"], row["romaji"])
    return made
