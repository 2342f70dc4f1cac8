"""A purchase found again by its spoken code and a number: for those who closed the tab."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from tsuzuki.actions.order.find import find as find_purchase
from tsuzuki.core.errors import Code, Refused
from tsuzuki.ui.refusals import sentence

from .page import client, page, typed, wanted_language


def find(request: HttpRequest, language: str = "") -> HttpResponse:
    language, now = language or wanted_language(request), timezone.now()
    if request.method != "POST":
        return page(request, "find", language)
    try:
        purchase = find_purchase(
            typed(request, "code", 20), typed(request, "number", 40), client(request), now
        )
    except Refused as refusal:
        field = "number" if refusal.code is Code.NUMBER_MALFORMED else "code"
        return page(
            request,
            "find",
            language,
            status=429 if refusal.code is Code.TOO_MANY_TRIES else 422,
            wrong_in=field,
            wrong=sentence(refusal.code, refusal.facts, language),
            code=typed(request, "code", 12),
            number=typed(request, "number", 40),
        )
    return HttpResponseRedirect(f"/{language}/p/{purchase.token}")
