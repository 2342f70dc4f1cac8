"""The pages of one brand: what renewing means there, its claims by chapter,
its steps, and what to do when something has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse

from tsuzuki.guide.load.claims import Brand, Steps
from tsuzuki.guide.load.vocabulary import vocabulary
from tsuzuki.guide.topics import chapters
from tsuzuki.guide.topics.cards import cards
from tsuzuki.guide.topics.essentials import JOBS, essentials, gaps
from tsuzuki.guide.topics.topic_pages import Topic, topics
from tsuzuki.ui.languages import N_, translator

from ..page import wanted_language
from .claim_view import ClaimView, channel, claim_view, network, put, way
from .cost import priced
from .counter_sheet import sheet
from .dates import dates
from .guide_page import CHAPTERS, find, guide_page, of

CLOCKS = {
    "line": N_("The line and its number"),
    "data": N_("The plan and its data"),
    "money": N_("The bill and the money"),
}
DOORS = {
    "app": N_("In the app"),
    "web": N_("On the web"),
    "shop": N_("In a shop"),
    "konbini": N_("At a convenience store"),
    "phone": N_("By phone or SMS"),
    "chat": N_("By chat or e-mail"),
}
GAPS = {
    "help_line": N_("A number to call"),
    "help_languages": N_("The languages of the help line"),
    "help_hours": N_("When someone answers"),
    "foreign_card": N_("Whether a card issued abroad works"),
}


class Link(NamedTuple):
    href: str
    words: str
    note: str = ""


def overview(request: HttpRequest, brand: str, language: str = "") -> HttpResponse:
    language = language or wanted_language(request)
    result, say = find(brand), translator(language)
    held = essentials(result)
    clocks = [
        (say(CLOCKS[id]), claim_view(result, chapters.known(result, keys, chapters.SHOWN), language))
        for id, keys in chapters.CLOCKS.items()
    ]
    missing = [_gap(gap, language) for gap in gaps(result)]
    return guide_page(
        request,
        "brand",
        language,
        of=of(result, language),
        clocks=clocks,
        missing=missing,
        chapters=_chapters(result, language),
        cases=[(id, topic.title.to(language)) for id, topic in topics().items() if topic.claims],
        card=claim_view(result, held.foreign_card or result.about("pay.foreign_issued_card"), language),
        help=claim_view(result, held.help_lines or held.help_channels, language),
        steps=len(result.steps),
        priced=priced(brand),
    )


def part(request: HttpRequest, brand: str, part: str, language: str = "") -> HttpResponse:
    """A page below a brand's own: a chapter, a case, its doors, its steps, its dates, its counter sheet."""
    language = language or wanted_language(request)
    result = find(brand)
    if part in _PARTS:
        return _PARTS[part](request, result, language)
    if part in chapters.CHAPTERS:
        return _chapter(request, result, part, language)
    topic = topics().get(part)
    if topic and topic.claims:
        return _case(request, result, topic, language)
    raise Http404


def steps(request: HttpRequest, brand: str, job: str, channel: str, language: str = "") -> HttpResponse:
    language = language or wanted_language(request)
    result = find(brand)
    ways = [step for step in result.steps if (step.job, step.channel) == (job, channel)]
    if not ways:
        raise Http404
    held = vocabulary()
    return guide_page(
        request,
        "step",
        language,
        of=of(result, language),
        ways=[way(steps, language) for steps in ways],
        job=held.purposes[held.jobs[job].purpose].to(language),
    )


def _gap(gap: str, language: str) -> str:
    say = translator(language)
    if gap in GAPS:
        return say(GAPS[gap])
    return say(N_("How to: %(job)s")) % {
        "job": vocabulary().purposes[gap.removeprefix("steps.")].to(language)
    }


def _chapters(brand: Brand, language: str) -> list[tuple[str, str, int]]:
    """Each chapter with how much there is in it."""
    say, held = translator(language), vocabulary()
    counts = {
        id: sum(held.topic_of(claim.key).id in inside for claim in brand.claims)
        for id, inside in chapters.CHAPTERS.items()
    }
    return [(id, say(words), counts[id]) for id, words in CHAPTERS.items()]


def _chapter(request: HttpRequest, brand: Brand, chapter: str, language: str) -> HttpResponse:
    return guide_page(
        request,
        "chapter",
        language,
        of=of(brand, language),
        heading=translator(language)(CHAPTERS[chapter]),
        here=chapter,
        sections=_sections(brand, chapters.CHAPTERS[chapter], language),
        chapters=_chapters(brand, language),
        network=network(brand, language) if chapter == "papers" else None,
    )


def _sections(brand: Brand, wanted: Iterable[str], language: str) -> list[tuple[str, list[ClaimView]]]:
    held = {topic.id: topic for topic in vocabulary().topics}
    made = [(held[id].words.to(language), brand.under(*held[id].prefixes)) for id in wanted]
    return [(words, claim_view(brand, claims, language)) for words, claims in made if claims]


def _case(request: HttpRequest, brand: Brand, topic: Topic, language: str) -> HttpResponse:
    claims, ways = topic.of(brand)
    return guide_page(
        request,
        "case",
        language,
        of=of(brand, language),
        topic=topic.id,
        heading=topic.title.to(language),
        lead=topic.lead.to(language),
        do=[put(entry, language) for entry in topic.do],
        claims=claim_view(brand, claims, language),
        ways=_links(brand, ways, language),
        cards=[(card, cards()[card].words.to(language), cards()[card].words.ja) for card in topic.cards],
    )


def _links(brand: Brand, ways: Iterable[Steps], language: str) -> list[Link]:
    """One link a page: several ways of one job by one channel stand on one."""
    made: dict[tuple[str, str], Link] = {}
    for steps in ways:
        href = f"/{language}/guide/{brand.id}/steps/{steps.job}/{steps.channel}"
        made.setdefault(
            (steps.job, steps.channel), Link(href, steps.title.to(language), channel(steps.channel, language))
        )
    return list(made.values())


def _doors(request: HttpRequest, brand: Brand, language: str) -> HttpResponse:
    doors = []
    for door, (channels, keys) in chapters.DOORS.items():
        claims = claim_view(brand, [claim for key in keys for claim in brand.about(key)], language)
        ways = _links(brand, [step for step in brand.steps if step.channel in channels], language)
        doors.append((translator(language)(DOORS[door]), ways, claims))
    return guide_page(request, "ways", language, of=of(brand, language), doors=doors)


def _steps(request: HttpRequest, brand: Brand, language: str) -> HttpResponse:
    held = vocabulary()
    groups = []
    for purpose, words in held.purposes.items():
        ways = _links(
            brand, [step for step in brand.steps if held.jobs[step.job].purpose == purpose], language
        )
        if ways:
            groups.append((words.to(language), ways))
    known = essentials(brand).steps
    missing = [held.purposes[kind].to(language) for kind in JOBS if not known[kind]]
    return guide_page(request, "steps", language, of=of(brand, language), groups=groups, missing=missing)


def _all(request: HttpRequest, brand: Brand, language: str) -> HttpResponse:
    """Every claim of a brand on one page, to keep or to print."""
    every = [topic.id for topic in vocabulary().topics]
    return guide_page(
        request,
        "all",
        language,
        of=of(brand, language),
        sections=_sections(brand, every, language),
        network=network(brand, language),
    )


_PARTS: Mapping[str, Callable[[HttpRequest, Brand, str], HttpResponse]] = {
    "ways": _doors,
    "steps": _steps,
    "dates": dates,
    "sheet": sheet,
    "all": _all,
}
