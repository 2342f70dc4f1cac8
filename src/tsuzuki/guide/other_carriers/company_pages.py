"""What to do about a line that is not ours, by page and by what happened.

A page is a company, or several of a kind (pages.yaml); what it says stands under `elsewhere` in the files of
its brands, each fact once, with its source:

    phones      number, source and the words in our languages
    facts       `for` what happened; `part` of the page: do (a step), pay, know, or gap (what we could not
                find out, which has no source); `label` is what the screen says, in Japanese as a rule; so is
                whatever stands in 「」 inside a text. `kind` says whose word it is, `as_of` the date the
                source carries itself; without one the date is unknown, and the page says so. `page`: where
                the brand is on more than one, and it is not the first
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..load.claims import LANGUAGES, Brand, Text
from ..load.loader import brand, day
from ..load.yaml_file import Marked, Wrong, read

FILE = Path(__file__).parent / "pages.yaml"
HAPPENED = ("data", "ended", "unpaid", "cut")
PARTS = ("do", "pay", "know")
KINDS = ("official", "press", "user")


@dataclass(frozen=True, slots=True)
class Fact:
    happened: frozenset[str]
    part: str
    words: Text
    label: str = ""
    kind: str = ""
    source: str = ""
    as_of: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class Phone:
    number: str
    words: Text
    source: str


@dataclass(frozen=True, slots=True)
class Page:
    code: str
    names: Text
    notes: Text | None
    brands: tuple[str, ...]
    first_holders: tuple[str, ...]  # the names phonenumbers gives to whom a number was first given out
    phones: tuple[Phone, ...]
    facts: tuple[Fact, ...]

    @property
    def brand(self) -> Brand | None:
        """The brand of a page that is about one alone."""
        return brand(self.brands[0]) if len(self.brands) == 1 else None


@cache
def pages() -> Mapping[str, Page]:
    """In the order of the file, which is the order people are shown."""
    rows = read(FILE)["pages"]
    first: dict[str, str] = {}
    for code, row in rows.items():
        for id in row["brands"]:
            first.setdefault(id, code)
    return {code: _page(code, row, first) for code, row in rows.items()}


def first_holders() -> Mapping[str, str]:
    """The page of whom a number was first given to."""
    return {holder: page.code for page in pages().values() for holder in page.first_holders}


def facts_of(brand: Brand) -> tuple[Fact, ...]:
    return tuple(_facts(_section(brand)))


def phones_of(brand: Brand) -> tuple[Phone, ...]:
    return tuple(map(_phone, _section(brand).get("phones", ())))


def _section(brand: Brand) -> Marked:
    return only(brand.elsewhere, {"phones", "facts"}) if brand.elsewhere is not None else Marked()


def _page(code: str, row: Marked, first: Mapping[str, str]) -> Page:
    only(row, {"brands", "names", "notes", "first_holders", "facts"}, ("brands", "names"))
    sections = {id: _section(brand(id)) for id in row["brands"]}
    facts = [
        fact for id, marked in sections.items() for fact in _facts(marked) if (fact.page or first[id]) == code
    ]
    return Page(
        code,
        three(row["names"]),
        three(row["notes"]) if "notes" in row else None,
        tuple(row["brands"]),
        tuple(row.get("first_holders", ())),
        tuple(
            _phone(entry)
            for id, marked in sections.items()
            if first[id] == code
            for entry in marked.get("phones", ())
        ),
        (*facts, *_facts(row)),
    )


def _phone(row: Marked) -> Phone:
    only(row, {"number", "source", *LANGUAGES}, ("number", "source"))
    return Phone(row["number"], three(row), row["source"])


def _facts(section: Marked) -> Iterator[Fact]:
    for row in section.get("facts", ()):
        only(row, {"for", "part", "label", "kind", "source", "as_of", "page", *LANGUAGES})
        happened, part = row.get("for"), row.get("part")
        if not isinstance(happened, list) or not happened or not set(happened) <= set(HAPPENED):
            raise Wrong(f"{row.at('for')}: for is a list of {', '.join(HAPPENED)}")
        if part not in (*PARTS, "gap"):
            raise Wrong(f"{row.at('part')}: part is one of {', '.join(PARTS)}, gap")
        if part == "gap" and set(row) & {"label", "kind", "source", "as_of"}:
            raise Wrong(f"{row.at()}: what we did not find has no source")
        if part != "gap" and (row.get("kind") not in KINDS or not str(row.get("source")).startswith("http")):
            raise Wrong(f"{row.at()}: a fact has a source and its kind: {', '.join(KINDS)}")
        as_of = day(row["as_of"], row.at("as_of")) if "as_of" in row else ""
        rest = {name: str(row.get(name, "")) for name in ("label", "kind", "source", "page")}
        yield Fact(frozenset(happened), part, three(row), as_of=as_of, **rest)


def only(row: Marked, known: set[str], needed: tuple[str, ...] = ()) -> Marked:
    for name in needed:
        if name not in row:
            raise Wrong(f"{row.at()}: {name} is missing")
    for name in row:
        if name not in known:
            raise Wrong(f"{row.at(name)}: {name!r} is not known here; put texts with commas in quotes")
    return row


def three(row: Marked) -> Text:
    for language in LANGUAGES:
        if not isinstance(row.get(language), str) or not row[language]:
            raise Wrong(f"{row.at()}: a text is needed in each of {', '.join(LANGUAGES)}")
    return Text(*(row[language] for language in LANGUAGES))
