"""What the guide says, as values: brands, their claims and the steps at them.

A claim is one small dated statement with its source. `UNKNOWN` is an answer too and is shown as one. Nothing
here is a sentence of the program: every text carries its own languages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from tsuzuki.strict_yaml import Marked

LANGUAGES = ("en", "ja", "zh-Hans")


class Unknown(Enum):
    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or name in our three languages."""

    en: str
    ja: str
    zh_hans: str

    def to(self, language: str) -> str:
        return {"ja": self.ja, "zh-Hans": self.zh_hans}.get(language, self.en)

    def all(self) -> tuple[str, str, str]:
        return self.en, self.ja, self.zh_hans


@dataclass(frozen=True, slots=True)
class AsIs:
    """What nobody translates: an APN, a phone number, an address, a product's name.

    The same in every language.
    """

    text: str

    def to(self, _language: str) -> str:
        return self.text

    def all(self) -> tuple[str, ...]:
        return (self.text,)


@dataclass(frozen=True, slots=True)
class Word:
    """A code of the vocabulary, which holds its words."""

    code: str


Words = Text | AsIs
Single = bool | int | Decimal | date | Unknown | Word | AsIs | Text


@dataclass(frozen=True, slots=True)
class Row:
    label: Words
    value: Single | tuple[Single, ...]
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    rows: tuple[Row, ...]


Value = Single | tuple[Single, ...] | Table


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement comes from. `as_of` is the page's own date, «2024», «2024-05» or «2024-05-03»; None:
    it carries none. `also`: other pages, of others, that say the same. `found`: the month we found it, for a
    page without a date.
    """

    url: str | None
    kind: str | None
    as_of: str | None
    basis: str
    confidence: str
    also: tuple[str, ...] = ()
    found: str = "2026-11"


@dataclass(frozen=True, slots=True)
class Claim:
    key: str
    value: Value
    source: Source
    unit: str | None = None
    tax: str | None = None
    when: Text | None = None
    note: Text | None = None
    place: str = ""  # «povo2.yaml:12», for people who mend it

    @property
    def topic_prefix(self) -> str:
        return self.key.split(".")[0]


@dataclass(frozen=True, slots=True)
class Step:
    """One act.

    `labels` is what stands on the screen: each label a path of taps, each tap one text or a choice of
    several.

    `label_lang` says in which language the screen speaks, for the reader's screen reader: Japanese unless
    told.
    """

    text: Text
    labels: tuple[tuple[tuple[str, ...], ...], ...] = ()
    label_lang: str = "ja"


@dataclass(frozen=True, slots=True)
class Steps:
    """How a job is done by one channel. No `do`: we looked and could not find out."""

    job: str
    channel: str
    title: Text
    do: tuple[Step, ...]
    source: Source
    when: Text | None = None
    note: Text | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Network:
    mcc_mnc: tuple[str, ...]
    nr_bands: tuple[str, ...]
    source: str
    as_of: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Brand:
    """Each is read once and is itself alone: what was worked out from it can be kept by it."""

    id: str
    names: Text
    operator: Text | Unknown
    kind: str
    payment_model: str
    open_to_new: bool | Unknown
    network: Network | None
    claims: tuple[Claim, ...]
    steps: tuple[Steps, ...]
    rules: tuple[Marked, ...] = ()  # as they stand in the file; guide/rules reads them
    elsewhere: Marked | None = None  # likewise; guide/elsewhere reads them
    apns: tuple[Marked, ...] = ()
    aliases: tuple[str, ...] = ()  # what its messages call it beside its names
    currency: str = ""  # what a bare yen sign and 元 mean in its messages, where that is not yen
    zone: str = ""  # where its days begin, where that is not Japan
    area_map: str = ""  # the company's own map of where 5G reaches; we make no claim of our own

    def about(self, key: str) -> tuple[Claim, ...]:
        """Every claim of one key, as they stand in the file."""
        return tuple(claim for claim in self.claims if claim.key == key)

    def under(self, *prefixes: str) -> tuple[Claim, ...]:
        """Every claim whose key begins with one of the prefixes («late», «pay»)."""
        return tuple(claim for claim in self.claims if claim.topic_prefix in prefixes)


def texts(claim: Claim) -> Iterator[Text]:
    """Every text in a claim that carries languages."""
    yield from (text for text in (claim.when, claim.note) if text)
    yield from (piece for piece in pieces(claim.value) if isinstance(piece, Text))
    if isinstance(claim.value, Table):
        yield from (row.label for row in claim.value.rows if isinstance(row.label, Text))


def pieces(value: Value) -> Iterator[Single]:
    """The single values inside a value."""
    if isinstance(value, Table):
        for row in value.rows:
            yield from pieces(row.value)
    elif isinstance(value, tuple):
        yield from value
    else:
        yield value


def amounts(claim: Claim) -> Iterator[tuple[Single, str | None]]:
    """The single values inside a claim, each with its unit."""
    if isinstance(claim.value, Table):
        for row in claim.value.rows:
            yield from ((piece, row.unit or claim.unit) for piece in pieces(row.value))
    else:
        yield from ((piece, claim.unit) for piece in pieces(claim.value))
