"""The first page: a number, or the SIM number in hand."""

import re

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import timezone

from tsuzuki.actions.lines import links
from tsuzuki.actions.people import limits
from tsuzuki.core import identifiers
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.quote import PAY_WITHIN
from tsuzuki.guide.other_carriers.company_pages import pages
from tsuzuki.records import queries
from tsuzuki.ui import formats
from tsuzuki.ui.refusals import sentence
from tsuzuki.web.allocation import prefix_of

from .page import client, icon_of, page, typed, wanted_language
from .payment_methods import voucher, ways

CURRENCY = "JPY"
TRIES, PER = 30, 600  # numbers one address may try, in so many seconds
ICCID_DIGITS = 17  # more digits than any phone number has


def home(request: HttpRequest, language: str = "") -> HttpResponse:
    language = language or wanted_language(request)
    if request.method == "POST":
        return _find(request, language)
    return _shown(request, language)


def _find(request: HttpRequest, language: str) -> HttpResponse:
    number, now = typed(request, "number", 80), timezone.now()
    wait = limits.take_from("number", client(request), TRIES, PER, now)
    try:
        if wait is not None:
            raise Refused(Code.TOO_MANY_TRIES, minutes=-(-wait // 60))
        is_sim = len(re.sub(r"\D", "", number)) >= ICCID_DIGITS
        line = queries.line_by_iccid(number) if is_sim else queries.line_by_number(number, now)
    except Refused as refusal:
        if refusal.code is Code.NUMBER_UNKNOWN and not is_sim:
            return HttpResponseRedirect(f"/{language}/elsewhere?{_guess(number)}")
        status = 429 if wait is not None else 422
        response = _shown(
            request,
            language,
            status=status,
            typed=number,
            wrong=sentence(refusal.code, refusal.facts, language),
        )
        if wait is not None:
            response["Retry-After"] = str(wait)
        return response
    token = links.token(line, links.AccessLevel.SIM if is_sim else links.AccessLevel.NUMBER, now)
    return HttpResponseRedirect(f"/{language}/r/{token}")


def _shown(
    request: HttpRequest, language: str, status: int = 200, typed: str = "", wrong: str = ""
) -> HttpResponse:
    """What is sold, from how much and how it can be paid, beside the field for the number."""
    least = queries.least_price_of_a_plan(CURRENCY, timezone.now())
    shown = [way.name for way in (*ways(CURRENCY, PAY_WITHIN, language), voucher(language))]
    known = [(entry.code, entry.names.to(language)) for entry in pages().values()]
    return page(
        request,
        "home",
        language,
        status=status,
        open=True,
        manifest=True,
        private=True,
        ways_to_pay=list(dict.fromkeys(shown)),
        least=formats.money(least, language) if least else "",
        networks=known,
        typed=typed,
        wrong=wrong,
    )


def _guess(number: str) -> str:
    """Only the prefix goes on: enough for a guess at the network, not a number in anybody's log."""
    return f"prefix={prefix_of(identifiers.msisdn(number))}"


def manifest(request: HttpRequest) -> HttpResponse:
    """So that the page can be put on a home screen."""
    brand = queries.brand()
    icon = {"src": icon_of(brand), "sizes": "any", "type": "image/svg+xml"}
    content = {
        "name": brand.name,
        "short_name": brand.name[:12],
        "start_url": "/",
        "display": "standalone",
        "icons": [icon],
    }
    return JsonResponse(
        content, content_type="application/manifest+json", headers={"Cache-Control": "public, max-age=86400"}
    )
