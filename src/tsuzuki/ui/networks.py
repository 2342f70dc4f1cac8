"""What to do about a line that is not ours, by network and by what happened: facts from networks.yaml, each with its source.

A fact stands once, with the happenings it is `for` and the part of the page it belongs to: do (a step), pay, know, or gap (what we could
not find out, which has no source). `label` is what the screen says, in Japanese as a rule; so is whatever stands in 「」 inside a text.
`kind` says whose word it is, `as_of` the date the source carries itself; without one the date is unknown, and the page says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tsuzuki import strict_yaml

from .formats import name
from .languages import N_, SHIPPED, translator

HAPPENED = {"data": N_("Data used up"), "ended": N_("Plan ended"), "unpaid": N_("Bill unpaid"), "cut": N_("Cut off")}
PARTS = {"do": N_("What to do"), "pay": N_("How to pay and what it costs"), "know": N_("Good to know")}
KINDS = {"official": N_("Official page"), "press": N_("News or guide page"), "user": N_("A user's report")}
# By the name that phonenumbers gives to whom a number was first given out.
FIRST_HOLDERS = {
    "NTT Docomo": "docomo", "Softbank": "softbank", "KDDI": "au", "Okinawa Cellular": "au", "Rakuten Communications": "rakuten",
}  # fmt: skip
_LABEL = re.compile(r"「([^」]+)」")


@dataclass(frozen=True, slots=True)
class Fact:
    happened: frozenset[str]
    part: str
    words: Mapping[str, str]
    label: str = ""
    kind: str = ""
    source: str = ""
    as_of: str = ""


@dataclass(frozen=True, slots=True)
class Phone:
    number: str
    words: Mapping[str, str]
    source: str


@dataclass(frozen=True, slots=True)
class Network:
    code: str
    names: Mapping[str, str]
    notes: Mapping[str, str]
    monthly: bool  # billed by the month: nothing there is renewed
    phones: tuple[Phone, ...]
    facts: tuple[Fact, ...]


class Known(NamedTuple):
    """A fact as it is shown. `text`: pieces, each with whether it is a Japanese label."""

    label: str
    label_language: str
    text: list[tuple[bool, str]]
    whose: str
    as_of: str
    source: str


@lru_cache(maxsize=1)
def networks() -> Mapping[str, Network]:
    """In the order of the file, which is the order people are shown."""
    rows = strict_yaml.read(Path(__file__).with_name("networks.yaml").read_text("utf-8")).values()
    return {code: _network(code, row) for code, row in rows.items()}


def _network(code: str, row: Mapping[str, object]) -> Network:
    facts, phones = row["facts"], row.get("phones", ())
    assert isinstance(facts, list)
    assert isinstance(phones, list | tuple)
    return Network(
        code, _words(row["names"]), _words(row.get("notes", {})), bool(row.get("monthly")),
        tuple(Phone(one["number"], _words(one), one["source"]) for one in phones), tuple(_fact(one) for one in facts),
    )  # fmt: skip


def _fact(row: Mapping[str, object]) -> Fact:
    happened = row["for"]
    assert isinstance(happened, list)
    rest = {key: str(row.get(key, "")) for key in ("part", "label", "kind", "source", "as_of")}
    return Fact(frozenset(happened), rest.pop("part"), _words(row), **rest)


def _words(row: object) -> Mapping[str, str]:
    assert isinstance(row, dict)
    return {tag: str(row[tag]) for tag in SHIPPED if tag in row}


def sections(network: Network, happened: str, language: str) -> list[tuple[str, str, list[Known]]]:
    """What is known of this case: (part, its title, facts), in the order a reader needs them; a part without facts is absent."""
    say = translator(language)
    found = []
    for part, title in PARTS.items():
        facts = [one for one in network.facts if one.part == part and happened in one.happened]
        if facts:
            found.append((part, say(title), [_known(one, language) for one in facts]))
    return found


def gaps(network: Network, happened: str, language: str) -> list[str]:
    """What we looked for and did not find."""
    return [name(one.words, language) for one in network.facts if one.part == "gap" and happened in one.happened]


def _known(fact: Fact, language: str) -> Known:
    say = translator(language)
    as_of = say(N_("as of %(date)s")) % {"date": fact.as_of} if fact.as_of else say(N_("date unknown"))
    spoken = "en" if fact.label.isascii() else "ja"
    return Known(fact.label, spoken, pieces(name(fact.words, language)), say(KINDS[fact.kind]), as_of, fact.source)


def pieces(text: str) -> list[tuple[bool, str]]:
    """Japanese labels apart from the words around them, so that each is spoken and drawn in its own language."""
    return [(place % 2 == 1, piece) for place, piece in enumerate(_LABEL.split(text)) if piece]
