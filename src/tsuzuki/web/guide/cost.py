"""What a month costs at a company with a given use, line by line, each with its source.

And what it would have cost elsewhere.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from tsuzuki.guide.costs.monthly_cost import MOST_MB, Cost, CostLine, Use, at_other_brands, conditions, month
from tsuzuki.guide.costs.price_tables import methods, plans
from tsuzuki.guide.load.claims import Brand
from tsuzuki.guide.load.freshness import alone, may_have_changed
from tsuzuki.guide.load.loader import brands
from tsuzuki.guide.load.vocabulary import amount, vocabulary
from tsuzuki.guide.topics import chapters
from tsuzuki.ui.languages import N_, translator

from ..page import wanted_language
from .claim_view import Marked, Origin, month_in_words, origin, put, today
from .form_fields import Asked
from .guide_page import find, guide_page, of

LATEST = 3650  # days late; who owes longer asks a lawyer


class Part(NamedTuple):
    """A line of a sum. `where`: the page of the claim it rests on."""

    said: Marked
    amount: str
    # Claim in words, its address, where it comes from, whether it may have changed.
    sources: list[tuple[str, str, Origin, bool]]


class Sum(NamedTuple):
    brand: str
    name: str
    plan: str
    parts: list[Part]
    total: str
    least: bool  # something is unknown and not in the sum
    remarks: list[str]
    closed: bool


def priced(brand: str) -> bool:
    return any(plan.brand == brand for plan in plans())


def cost(request: HttpRequest, brand: str = "", language: str = "") -> HttpResponse:
    language = language or wanted_language(request)
    say = translator(language)
    fixed = find(brand) if brand else None
    asked = Asked(request.GET, language)
    chosen = asked.choice(
        "brand", say(N_("Company")), [("", say(N_("(all companies)"))), *_choices(language)], brand
    )
    use = _use(asked, language)
    known = find(chosen) if chosen else fixed
    sums = (
        []
        if asked.wrong or known is None
        else sorted(_sums(known, use, language), key=lambda entry: entry.closed)
    )
    every = [] if asked.wrong else at_other_brands(use)
    return guide_page(
        request,
        "cost",
        language,
        status=422 if asked.wrong else 200,
        of=of(known, language) if known else None,
        fields=asked.fields,
        selects=asked.selects,
        too_much=asked.too_much,
        sums=sums,
        nothing=known is not None and not priced(known.id),
        rows=[_row(cost, use, known, request, language) for cost in every],
        month=month_in_words(use.month, language),
    )


def _choices(language: str) -> list[tuple[str, str]]:
    every = [brand for group in chapters.grouped(brands()).values() for brand in group]
    return [(brand.id, brand.names.to(language)) for brand in every if priced(brand.id)]


def _use(asked: Asked, language: str) -> Use:
    say = translator(language)
    mb = asked.thousandths("gb", say(N_("Data in a month, in GB")), 3000, MOST_MB)
    minutes = asked.whole("minutes", say(N_("Calls, in minutes")), 10, MOST_MB)
    sms = asked.whole("sms", say(N_("SMS sent")), 0, MOST_MB)
    method = asked.choice(
        "method",
        say(N_("How you pay")),
        [("card", methods()["card"].to(language)), *_other_methods(language)],
        "card",
    )
    due = asked.day("due", say(N_("The bill was due on (only if you pay late)")))
    paid = asked.day("paid", say(N_("You pay it on")))
    late = 0
    if due and paid:
        late = max(0, (paid - due).days)
        if late > LATEST:
            asked.refuse("paid", say(N_("We count ten years at most.")))
    return Use(
        today().replace(day=1), mb=mb, minutes=minutes, sms=sms, method=method, late_days=min(late, LATEST)
    )


def _other_methods(language: str) -> list[tuple[str, str]]:
    return [(id, words.to(language)) for id, words in methods().items() if id != "card"]


def _sums(brand: Brand, use: Use, language: str) -> list[Sum]:
    costs = sorted(
        (month(plan, use) for plan in plans() if plan.brand == brand.id),
        key=lambda cost: (cost.short_mb > 0, cost.total),
    )
    return [_sum(cost, brand, language) for cost in costs]


def _sum(one: Cost, brand: Brand, language: str) -> Sum:
    return Sum(
        brand.id,
        brand.names.to(language),
        one.plan.name.to(language),
        [_part(line, brand, language) for line in one.lines],
        amount(one.total, "JPY", language),
        not one.whole,
        [text.to(language) for text in one.remarks],
        one.plan.closed,
    )


def _part(line: CostLine, brand: Brand, language: str) -> Part:
    held, sources = vocabulary(), []
    for key in line.claims:
        claim = brand.about(key)[0]
        where = f"/{language}/guide/{brand.id}/{chapter_of(key)}#{key}"
        sources.append(
            (
                held.keys[key].to(language),
                where,
                origin(claim.source, language, alone(claim)),
                may_have_changed(claim, today()),
            )
        )
    if line.source:
        sources.append(("", "", origin(line.source, language), False))
    return Part(put(line.said, language), amount(line.yen, "JPY", language), sources)


def chapter_of(key: str) -> str:
    """The chapter of a brand's pages that a claim of this key stands in."""
    topic = vocabulary().topic_of(key).id
    return next(id for id, inside in chapters.CHAPTERS.items() if topic in inside)


class Row(NamedTuple):
    name: str
    plan: str
    total: str
    least: bool
    remarks: list[Marked]
    href: str
    here: bool


def _row(one: Cost, use: Use, known: Brand | None, request: HttpRequest, language: str) -> Row:
    brand = find(one.plan.brand)
    kept = {name: value for name, value in request.GET.items() if name in FIELDS and value}
    query = f"?{urlencode(kept)}" if kept else ""
    keys = [key for line in one.lines for key in line.claims]
    return Row(
        brand.names.to(language),
        one.plan.name.to(language),
        amount(one.total, "JPY", language),
        not one.whole,
        [put(text, language) for text in (*conditions(brand.id, keys), *one.remarks)],
        f"/{language}/guide/{brand.id}/cost{query}",
        known == brand,
    )


FIELDS = ("gb", "minutes", "sms", "method", "due", "paid")
