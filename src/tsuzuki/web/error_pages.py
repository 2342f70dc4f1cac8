"""Error pages, in the reader's language and with a way to go on; never a stack trace."""

import sys

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.urls import is_valid_path
from django.utils.encoding import iri_to_uri
from django.utils.html import format_html

from tsuzuki.records.failures import passes
from tsuzuki.ui.languages import N_, SHIPPED, translator

from .page import page, wanted_language

log = structlog.get_logger()
_WORDS = {
    400: N_("That was not understood. Please start again; nothing has been charged."),
    403: N_("This page was open for too long. Please load it again; nothing has been charged."),
    404: N_("There is no such page. Nothing has been charged."),
    411: N_("That was not understood. Please start again; nothing has been charged."),
    413: N_("That was too much at once. Please send less."),
    429: N_("Too many tries. Please wait a little, then try again, or contact us."),
    500: N_("Something broke on our side, and we have been told. An order already placed goes on by itself."),
    503: N_(
        "We are very busy at the moment. Please try again in a few seconds; an order already "
        "placed goes on by itself."
    ),
}
_BARE = """<!doctype html><html lang="{}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>{}</title><p>{}</p></html>
"""

_NO_COOKIE = N_(
    "Your browser kept no cookie of ours, and this form needs one. Please allow cookies for this site, load "
    "the page again and send it once more; nothing has been charged."
)
_ELSEWHERE = N_(
    "This form was sent from another address than ours. Please open our page and fill it in "
    "there; nothing has been charged."
)


def bad(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    too_large = type(exception).__name__ in ("RequestDataTooBig", "TooManyFieldsSent", "TooManyFilesSent")
    return answer(request, 413 if too_large else 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, 403)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """No CSRF token, or an old one; no cookie that keeps it; or another site sent the form."""
    return answer(
        request,
        403,
        _NO_COOKIE if reason == REASON_NO_CSRF_COOKIE else _ELSEWHERE if "checking failed" in reason else "",
    )


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A slash too many or too few leads on."""
    path = request.path_info
    other = path.rstrip("/") if path.endswith("/") else f"{path}/"
    if request.method in ("GET", "HEAD") and not path.startswith(("/api/", "//")) and is_valid_path(other):
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(iri_to_uri(other) + (f"?{query}" if query else ""))
    return answer(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    status = 503 if passes(sys.exc_info()[1]) else 500
    try:
        return answer(request, status)
    except Exception:  # the database may be what broke
        log.exception("no error page")
        words = translator(wanted_language(request))(_WORDS[status])
        return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")


def too_many(request: HttpRequest, wait: int) -> HttpResponse:
    """`wait`: seconds."""
    response = answer(request, 429)
    response["Retry-After"] = str(wait)
    return response


def answer(request: HttpRequest, status: int, words: str = "") -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"status": status}, status=status, content_type="application/problem+json")
    first = request.path.lstrip("/").partition("/")[0]
    language = first if first in SHIPPED else wanted_language(request)
    return page(
        request,
        "error",
        language,
        status=status,
        path="/",
        words=translator(language)(words or _WORDS[status]),
    )


def bare(language: str, status: int) -> HttpResponse:
    """The words alone, where no view may run and the database is not to be asked."""
    answer = HttpResponse(
        format_html(_BARE, language, status, translator(language)(_WORDS[status])), status=status
    )
    answer["Content-Language"], answer["Vary"], answer["Cache-Control"] = (
        language,
        "Accept-Language",
        "no-store",
    )
    answer["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    return answer
