"""Every component in every state on one page; in sandbox mode only."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from .page import page, wanted_language


def look(request: HttpRequest, language: str = "") -> HttpResponse:
    if not settings.SANDBOX:
        raise Http404
    return page(request, "look", language or wanted_language(request))
