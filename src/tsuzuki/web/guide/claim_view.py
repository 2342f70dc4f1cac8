"""Claims and steps in the reader's words, with what there is to know about where they come from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.utils import timezone

from tsuzuki.guide.check import conflicts
from tsuzuki.guide.load.claims import UNKNOWN, Brand, Claim, Single, Source, Steps, Table, Text, Words
from tsuzuki.guide.load.freshness import alone, first_day, may_have_changed
from tsuzuki.guide.load.vocabulary import said, vocabulary
from tsuzuki.ui.formats import month as month_name
from tsuzuki.ui.languages import N_, translator

# What is of another language inside a text: in Chinese a quoted label or anything with kana, in all of them a
# quoted text of Latin letters.
_LATIN = "[A-Za-z\u00c0-\u024f][^「」“”\u3040-\u9fff]*"
_FOREIGN = {
    "en": re.compile(r"(「[^」]*」|[\u3005\u3040-\u30ff\u3400-\u9fff\uff08\uff09・ー]+)"),
    "ja": re.compile(f"(「{_LATIN}」)"),
    "zh-Hans": re.compile(
        f"(“{_LATIN}”|「[^」]*」|"
        r"[\u3005\u3400-\u9fff]*[\u3040-\u30ff][\u3005\u3040-\u30ff\u3400-\u9fff]*)"
    ),
}
_LOOKS = {"high": "good", "medium": "", "low": "warn"}

Marked = list[tuple[str, str]]  # pieces, each with its language if that is not the page's


class Origin(NamedTuple):
    """Where a statement comes from. Without `url` nothing was found."""

    url: str
    kind: str
    as_of: str
    confidence: str
    look: str
    also: tuple[tuple[str, str], ...] = ()  # addresses and hosts of other pages that say the same
    alone: bool = False  # one source, for what can cost a number or much money


@dataclass(frozen=True, slots=True)
class ClaimView:
    anchor: str
    label: str
    value: Marked
    items: list[Marked]
    rows: list[tuple[Marked, Marked]]
    unknown: bool
    tax: str
    when: Marked
    note: Marked
    origin: Origin
    changed: str  # the badge «may have changed, as of ...», empty where it is not due
    disagree: bool


class Network(NamedTuple):
    codes: str
    bands: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Act:
    """One step. `labels`: each a path of taps, each tap a choice of texts as they stand on the screen."""

    text: Marked
    labels: tuple[tuple[tuple[str, ...], ...], ...]
    language: str


@dataclass(frozen=True, slots=True)
class Way:
    title: Marked
    when: Marked
    channel: str
    acts: list[Act]
    note: Marked
    origin: Origin


def today() -> date:
    return timezone.now().astimezone(ZoneInfo("Asia/Tokyo")).date()


def marked(text: str, language: str) -> Marked:
    """The text in pieces, each with its own language.

    The corner brackets go, as the page sets the piece apart.
    """
    pieces = enumerate(_FOREIGN[language].split(text))
    return [
        (_language(piece), _bare(piece, language)) if place % 2 else ("", piece)
        for place, piece in pieces
        if piece
    ]


def _language(piece: str) -> str:
    if re.search(r"[\u3040-\u9fff]", piece):
        return "ja"
    return "en" if piece.strip("「」“”").isascii() else "und"


def _bare(piece: str, language: str) -> str:
    return piece if language == "ja" else piece.strip("「」")


def put(text: Words | None, language: str) -> Marked:
    return marked(text.to(language), language) if text else []


def claim_view(brand: Brand, claims: Iterable[Claim], language: str) -> list[ClaimView]:
    """The claims in words. An anchor is the claim's key, with a number for a second claim of that key."""
    anchors, disputed = _anchors(brand), _disputed(brand)
    return [_shown(claim, anchors[id(claim)], id(claim) in disputed, language) for claim in claims]


@cache
def _anchors(brand: Brand) -> Mapping[int, str]:
    """By the claim's identity, once for each brand and process."""
    anchors, seen = {}, Counter[str]()
    for claim in brand.claims:
        seen[claim.key] += 1
        anchors[id(claim)] = claim.key if seen[claim.key] == 1 else f"{claim.key}-{seen[claim.key]}"
    return anchors


@cache
def _disputed(brand: Brand) -> frozenset[int]:
    """The claims another claim contradicts, by identity, once for each brand and process."""
    return frozenset(id(claim) for conflict in conflicts(brand) for claim in conflict.claims)


def _shown(claim: Claim, anchor: str, disagree: bool, language: str) -> ClaimView:
    value = claim.value
    pieces = value if isinstance(value, tuple) else ()
    long = any(isinstance(piece, Text) for piece in pieces)
    if isinstance(value, Table):
        line, rows = (
            [],
            [
                (put(row.label, language), _one(row.value, row.unit or claim.unit, language))
                for row in value.rows
            ],
        )
    else:
        line, rows = ([] if long else _one(value, claim.unit, language)), []
    return ClaimView(
        anchor=anchor,
        label=vocabulary().keys[claim.key].to(language),
        value=line,
        items=[_one(piece, claim.unit, language) for piece in pieces] if long else [],
        rows=rows,
        unknown=value is UNKNOWN,
        tax=vocabulary().taxes[claim.tax].to(language) if claim.tax else "",
        when=put(claim.when, language),
        note=put(claim.note, language),
        origin=origin(claim.source, language, alone(claim)),
        changed=_changed(claim, language),
        disagree=disagree,
    )


def _one(value: Single | tuple[Single, ...], unit: str | None, language: str) -> Marked:
    if isinstance(value, tuple):
        return marked(
            (", " if language == "en" else "、").join(said(piece, unit, language) for piece in value),
            language,
        )
    return marked(said(value, unit, language), language)


def _changed(claim: Claim, language: str) -> str:
    if not may_have_changed(claim, today()):
        return ""
    say = translator(language)
    if claim.source.as_of:
        return say(N_("may have changed, as of %(date)s")) % {"date": claim.source.as_of}
    return say(N_("may have changed, %(found)s")) % {"found": found_in(claim.source.found, language)}


def origin(source: Source, language: str, single: bool = False) -> Origin:
    held, say = vocabulary(), translator(language)
    as_of = (
        say(N_("as of %(date)s")) % {"date": source.as_of}
        if source.as_of
        else found_in(source.found, language)
    )
    return Origin(
        source.url or "",
        held.source_kinds[source.kind].to(language) if source.kind else "",
        as_of,
        held.confidences[source.confidence].to(language),
        _LOOKS[source.confidence],
        tuple((url, (urlsplit(url).hostname or "").removeprefix("www.")) for url in source.also),
        single,
    )


def found_in(month: str, language: str) -> str:
    """When we found a page that carries no date."""
    then = first_day(month)
    return translator(language)(N_("found in %(month)s")) % {"month": month_in_words(then, language)}


def month_in_words(day: date, language: str) -> str:
    return (
        f"{month_name(day.month, language, 'wide')} {day.year}"
        if language == "en"
        else f"{day.year}年{day.month}月"
    )


def network(brand: Brand, language: str) -> Network | None:
    held = brand.network
    if held is None:
        return None
    say = translator(language)
    as_of = say(N_("as of %(date)s")) % {"date": held.as_of} if held.as_of else found_in("2026-11", language)
    source = Origin(held.source, say(N_("Public list")), as_of, "", "")
    return Network(", ".join(held.mcc_mnc), ", ".join(held.nr_bands), source)


def way(steps: Steps, language: str) -> Way:
    acts = [Act(put(step.text, language), step.labels, step.label_lang) for step in steps.do]
    return Way(
        put(steps.title, language),
        put(steps.when, language),
        channel(steps.channel, language),
        acts,
        put(steps.note, language),
        origin(steps.source, language),
    )


def channel(code: str, language: str) -> str:
    return vocabulary().channels[code].to(language)
