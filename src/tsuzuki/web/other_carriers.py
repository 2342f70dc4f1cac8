"""Pages for numbers we do not operate: whose it may be, what happened, and what to do there."""

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
    known = sorted(pages().values(), key=lambda entry: entry.code != guess)
    say = translator(language)
    return page(
        request,
        "elsewhere",
        language,
        typed="prefix" in request.GET,
        guess=pages()[guess].names.to(language) if guess else "",
        networks=[
            (entry.code, entry.names.to(language), entry.notes.to(language) if entry.notes else "")
            for entry in known
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
    result = pages().get(network)
    if result is None or happened not in HAPPENED:
        raise Http404
    say = translator(language)
    monthly = result.brand is not None and result.brand.payment_model == "postpaid_monthly"
    return page(
        request,
        "what_to_do",
        language,
        network=network,
        guide=_guide(result, happened),
        network_name=result.names.to(language),
        case=say(HAPPENED[happened]),
        sections=sections(result, happened, language),
        gaps=gaps(result, happened, language),
        nothing_to_renew=happened == "ended" and monthly,
        phones=[
            (phone.number, phone.words.to(language), phone.source)
            for phone in result.phones
            if happened != "data"
        ],
        siblings=[(code, say(words)) for code, words in HAPPENED.items() if code != happened],
    )
