"""A number we do not operate is never a dead end: whose it may be, what happened, and what to do there."""

from django.http import Http404, HttpRequest, HttpResponse

from tsuzuki.core.allocation import first_holder
from tsuzuki.ui import networks
from tsuzuki.ui.formats import name
from tsuzuki.ui.languages import translator

from .page import page, wanted_language

# The guide's brand for each network; the others begin at its first page.
IN_GUIDE = {
    "docomo": "docomo", "ahamo": "ahamo", "softbank": "softbank", "ymobile": "ymobile", "linemo": "linemo", "au": "au", "uq": "uq_mobile",
    "povo": "povo2", "rakuten": "rakuten_mobile",
}  # fmt: skip


def elsewhere(request: HttpRequest, language: str = "") -> HttpResponse:
    language = language or wanted_language(request)
    guess = networks.FIRST_HOLDERS.get(first_holder(request.GET.get("prefix", "")), "")
    known = sorted(networks.networks().values(), key=lambda one: one.code != guess)  # the guess first, the rest as they were
    say = translator(language)
    return page(
        request, "elsewhere", language, typed="prefix" in request.GET,
        guess=name(networks.networks()[guess].names, language) if guess else "",
        networks=[(one.code, name(one.names, language), name(one.notes, language)) for one in known],
        happened=[(code, say(words)) for code, words in networks.HAPPENED.items()],
    )  # fmt: skip


def _guide(network: str, happened: str) -> str:
    """Where in the guide to read on, below «/LANGUAGE/guide»."""
    if network not in IN_GUIDE:
        return ""
    return f"/{IN_GUIDE[network]}" + ("/suspended" if happened in ("cut", "unpaid") else "")


def what_to_do(request: HttpRequest, network: str, happened: str, language: str = "") -> HttpResponse:
    language = language or wanted_language(request)
    found = networks.networks().get(network)
    if found is None or happened not in networks.HAPPENED:
        raise Http404
    say = translator(language)
    return page(
        request, "what_to_do", language, network=network, guide=_guide(network, happened),
        network_name=name(found.names, language), case=say(networks.HAPPENED[happened]),
        sections=networks.sections(found, happened, language), gaps=networks.gaps(found, happened, language),
        nothing_to_renew=happened == "ended" and found.monthly,
        phones=[(one.number, name(one.words, language), one.source) for one in found.phones] if happened != "data" else (),
        siblings=[(code, say(words)) for code, words in networks.HAPPENED.items() if code != happened],
    )  # fmt: skip
