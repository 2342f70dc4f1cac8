"""A number we do not operate is never a dead end: whose it may be, what happened, and what to do there."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from tsuzuki.guide.other_carriers.company_pages import Page, first_holders, pages
from tsuzuki.ui.languages import translator
from tsuzuki.web.allocation import first_holder

from .advice import HAPPENED, gaps, sections
from .page import page, wanted_language


def other_carriers(request: HttpRequest, language: str = "") -> HttpResponse:
    language = language or wanted_language(request)
    guess = first_holders().get(first_holder(request.GET.get("prefix", "")), "")
    # The guess first, the rest as they were.
    known = sorted(pages().values(), key=lambda one: one.code != guess)
    say = translator(language)
    return page(
        request,
        "elsewhere",
        language,
        typed="prefix" in request.GET,
        guess=pages()[guess].names.to(language) if guess else "",
        networks=[
            (one.code, one.names.to(language), one.notes.to(language) if one.notes else "") for one in known
        ],
        happened=[(code, say(words)) for code, words in HAPPENED.items()],
    )


def _guide(found: Page, happened: str) -> str:
    """Where in the guide to read on, below «/LANGUAGE/guide»; for several companies its first page."""
    if found.brand is None:
        return ""
    return f"/{found.brand.id}" + ("/suspended" if happened in ("cut", "unpaid") else "")


def what_to_do(request: HttpRequest, network: str, happened: str, language: str = "") -> HttpResponse:
    language = language or wanted_language(request)
    found = pages().get(network)
    if found is None or happened not in HAPPENED:
        raise Http404
    say = translator(language)
    monthly = found.brand is not None and found.brand.payment_model == "postpaid_monthly"
    return page(
        request,
        "what_to_do",
        language,
        network=network,
        guide=_guide(found, happened),
        network_name=found.names.to(language),
        case=say(HAPPENED[happened]),
        sections=sections(found, happened, language),
        gaps=gaps(found, happened, language),
        nothing_to_renew=happened == "ended" and monthly,
        phones=[
            (one.number, one.words.to(language), one.source) for one in found.phones if happened != "data"
        ],
        siblings=[(code, say(words)) for code, words in HAPPENED.items() if code != happened],
    )
