"""What must hold for every file of the guide, beyond what the loader refuses.

Errors must be mended; conflicts are for an editor.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from .costs.monthly_cost import Use, month
from .costs.price_tables import plans
from .load.claims import UNKNOWN, Brand, Claim, Source, Steps, Text, Value, Word, amounts, texts
from .load.freshness import CURRENCIES, first_day
from .load.loader import DATA, Wrong, load
from .load.vocabulary import vocabulary
from .other_carriers.apns import apns, apns_of
from .other_carriers.company_pages import facts_of, pages, phones_of
from .roaming.tariffs import tariffs
from .roaming.trip_cost import PLACES
from .rules.date_rules import rules

YEN_SIGNS = "\u00a5\uffe5"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Claims of one key and condition that do not agree."""

    brand: str
    key: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Report:
    brands: tuple[Brand, ...]
    errors: tuple[str, ...]  # «file:line: what is wrong and what to do»
    conflicts: tuple[Conflict, ...]


def check(today: date, folder: Path = DATA) -> Report:
    brands, errors = [], []
    for path in sorted(folder.glob("*.yaml")):
        try:
            brands.append(load(path))
        except Wrong as wrong:
            errors.append(str(wrong))
    for brand in brands:
        errors += faults(brand, today)
    errors += [
        f"{path.stem}: its names are those of another brand; make them differ"
        for path in _namesakes(brands, folder)
    ]
    if folder == DATA and not errors:
        errors += _what_is_built_on_them(brands)
    return Report(
        tuple(brands), tuple(errors), tuple(conflict for brand in brands for conflict in conflicts(brand))
    )


def _what_is_built_on_them(brands: Iterable[Brand]) -> Iterator[str]:
    """Deadline rules, sums and tariffs read their numbers from claims: a claim that has gone or is no number
    any more breaks them.
    """
    for brand in brands:
        try:
            rules(brand.id)
            apns_of(brand)
            facts_of(brand)
            phones_of(brand)
        except Wrong as wrong:
            yield str(wrong)
    try:
        pages()
        apns()
        for plan in plans():
            month(plan, Use(date(2026, 1, 1), mb=10**6, minutes=1, sms=1))
        for place in PLACES:
            tariffs(place)
    except (Wrong, ValueError, IndexError) as wrong:
        yield f"pages.yaml, sums.yaml or roaming/: {wrong}"


def faults(brand: Brand, today: date) -> Iterator[str]:
    words, file = vocabulary(), f"{brand.id}.yaml"
    if brand.kind not in words.kinds:
        yield f"{file}:1: the kind {brand.kind!r} is not in the vocabulary; add it there or use one that is"
    if brand.payment_model not in words.payment_models:
        yield (
            f"{file}:1: the payment model {brand.payment_model!r} is not in the vocabulary; add it "
            "there or use one that is"
        )
    for text in (brand.names, brand.operator):
        if isinstance(text, Text):
            yield from _signs(text, f"{file}:1")
    for claim in brand.claims:
        yield from _claim(claim, today)
    seen: dict[tuple[str, str, Text | None], str] = {}
    for steps in brand.steps:
        yield from _steps(steps, today)
        name = (steps.job, steps.channel, steps.when)
        if name in seen:
            yield (
                f"{steps.place}: steps for {steps.job} by {steps.channel} stand at {seen[name]} "
                "already; say `when` each applies"
            )
        seen[name] = steps.place


def conflicts(brand: Brand) -> Iterator[Conflict]:
    """Two sources may say the same; where they differ for one key and one condition, somebody has to look."""
    same: dict[tuple[str, Text | None], list[Claim]] = defaultdict(list)
    for claim in brand.claims:
        if claim.value is not UNKNOWN:
            same[claim.key, claim.when].append(claim)
    for (key, _), claims in same.items():
        if any((claim.value, claim.unit) != (claims[0].value, claims[0].unit) for claim in claims[1:]):
            yield Conflict(brand.id, key, tuple(claims))


def _claim(claim: Claim, today: date) -> Iterator[str]:
    words = vocabulary()
    if claim.key not in words.keys:
        yield (
            f"{claim.place}: the key {claim.key!r} is not in the vocabulary; add it with its words, "
            "or use one that is"
        )
    if claim.unit is not None and claim.unit not in words.units:
        yield f"{claim.place}: the unit {claim.unit!r} is not in the vocabulary"
    if claim.tax is not None and claim.tax not in words.taxes:
        yield f"{claim.place}: tax is one of {', '.join(words.taxes)}"
    for piece, unit in amounts(claim):
        if isinstance(piece, Word) and piece.code not in words.codes:
            yield (
                f"{claim.place}: the code {piece.code!r} is not in the vocabulary; add its words, or "
                "write a text"
            )
        if unit not in words.units and unit is not None:
            yield f"{claim.place}: the unit {unit!r} is not in the vocabulary"
        elif unit in CURRENCIES and (
            isinstance(piece, bool | Text) or (isinstance(piece, int | Decimal) and piece < 0)
        ):
            yield (
                f"{claim.place}: {piece!r} is no amount of {unit}; write a whole number, or a decimal "
                "in quotes"
            )
    if _empty(claim.value):
        yield f"{claim.place}: an empty list says nothing; leave the claim out or write unknown"
    for text in texts(claim):
        yield from _signs(text, claim.place)
    yield from _source(claim.source, claim.place, today)


def _steps(steps: Steps, today: date) -> Iterator[str]:
    words = vocabulary()
    if steps.job not in words.jobs:
        yield (
            f"{steps.place}: the job {steps.job!r} is not in the vocabulary; add it with its words "
            "and what it is for"
        )
    if steps.channel not in words.channels:
        yield f"{steps.place}: the channel {steps.channel!r} is not in the vocabulary; add it with its words"
    for text in (steps.title, steps.note, steps.when, *(step.text for step in steps.do)):
        if text:
            yield from _signs(text, steps.place)
    yield from _source(steps.source, steps.place, today)


def _source(source: Source, place: str, today: date) -> Iterator[str]:
    words = vocabulary()
    if source.kind is not None and source.kind not in words.source_kinds:
        yield f"{place}: kind is one of {', '.join(words.source_kinds)}"
    if source.basis not in words.bases:
        yield f"{place}: basis is one of {', '.join(words.bases)}"
    if source.confidence not in words.confidences:
        yield f"{place}: confidence is one of {', '.join(words.confidences)}"
    if source.as_of and first_day(source.as_of) > today:
        yield f"{place}: as_of {source.as_of} lies in the future"
    if (source.as_of is None) != (source.basis == "undated"):
        yield f"{place}: basis undated goes with no as_of, and only then"


def _signs(text: Text, place: str) -> Iterator[str]:
    for words in text.all():
        if any(sign in words for sign in YEN_SIGNS):
            yield f"{place}: a bare yen sign may mean yuan to the reader; write JPY, 円 or 日元"


def _empty(value: Value) -> bool:
    return value == () or (not isinstance(value, tuple) and getattr(value, "rows", None) == ())


def _namesakes(brands: Iterable[Brand], folder: Path) -> Iterator[Path]:
    seen: set[str] = set()
    for brand in brands:
        name = unicodedata.normalize("NFKC", brand.names.en).casefold()
        if name in seen:
            yield folder / f"{brand.id}.yaml"
        seen.add(name)
