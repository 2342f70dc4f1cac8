"""One field for everything: the guide, plans and help, in whatever language and script the reader types."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tsuzuki.actions.people import limits
from tsuzuki.records import search as records
from tsuzuki.segments import asked
from tsuzuki.ui.formats import listed, name, one_line
from tsuzuki.ui.languages import N_, translator

from . import error_pages
from .page import client, page, wanted_language

LONGEST = 80  # letters that are looked for
SEARCHES, PER = 60, 600  # by one address, in so many seconds
LEAD = 90  # of what an entry says
KINDS = {
    "claim": N_("Statement"),
    "card": N_("Sentence to show"),
    "chapter": N_("Company"),
    "steps": N_("Step by step"),
    "plan": N_("Our plan"),
    "case": N_("Company"),
    "brand": N_("Company"),
    "method": N_("Way to pay"),
    "page": N_("Page"),
    "topic": N_("What to do"),
}


def search(request: HttpRequest, language: str = "") -> HttpResponse:
    language = language or wanted_language(request)
    typed = one_line(request.GET.get("q", "")[:LONGEST]).strip()
    pieces = asked(typed)
    wait = limits.take_from("search", client(request), SEARCHES, PER, timezone.now()) if pieces else None
    if wait is not None:
        return error_pages.too_many(request, wait)
    findings = records.search(pieces) if pieces else records.SearchResults((), {})
    say = translator(language)
    results = [
        (
            f"/{language}/{result.path}",
            name(result.names, language),
            _short(name(result.lead, language)),
            say(KINDS[result.kind]),
        )
        for result in findings.found
    ]
    return page(
        request,
        "search",
        language,
        sheet="guide",
        refresh=None,
        typed=typed,
        results=results,
        corrected=listed(findings.corrected.values(), language),
        nothing=bool(typed) and not results,
    )


def _short(text: str) -> str:
    return text if len(text) <= LEAD else text[: LEAD - 1] + "…"
