"""The words of deadlines in our languages, read once from rule_words.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..load.claims import Words
from ..load.vocabulary import words
from ..load.yaml_file import Marked, Wrong, read

FILE = Path(__file__).parent / "rule_words.yaml"
SECTIONS = ("whats", "hards", "margins", "titles", "rules", "after")


@dataclass(frozen=True, slots=True)
class Ask:
    """What a holder is asked for, and where it can be found."""

    words: Words
    where: Words


@dataclass(frozen=True, slots=True)
class RuleWords:
    whats: Mapping[str, Words]
    hards: Mapping[str, Words]
    margins: Mapping[str, Words]
    titles: Mapping[str, Words]
    rules: Mapping[str, Words]
    after: Mapping[str, Words]
    asks: Mapping[str, Ask]


@cache
def rule_words() -> RuleWords:
    marked = read(FILE)
    if set(marked) != {*SECTIONS, "asks"}:
        raise Wrong(f"{FILE.name}:1: the sections are {', '.join((*SECTIONS, 'asks'))}")
    plain = {
        name: {key: words(value, marked[name].at(key)) for key, value in marked[name].items()}
        for name in SECTIONS
    }
    return RuleWords(
        asks={key: _ask(ask, marked["asks"].at(key)) for key, ask in marked["asks"].items()}, **plain
    )


def _ask(ask: Marked, place: str) -> Ask:
    return Ask(words(ask["words"], place), words(ask["where"], place))
