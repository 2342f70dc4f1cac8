"""Error pages for staff."""

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from tsuzuki.ui.languages import N_

_WORDS = {
    400: N_("That was not understood. Please go back, reload the page and try again."),
    403: N_(
        "This needs another role than yours, or the page was open for too long. Please reload "
        "it, or ask the owner."
    ),
    404: N_("There is nothing at this address. It may have been removed, or the link is wrong."),
    413: N_("That was too much at once. Please send less."),
    500: N_("Something broke on our side. Please try again; if it stays, look at the log of the web server."),
    503: N_("We are very busy at the moment. Please try again in a few seconds."),
}

_NO_COOKIE = N_(
    "Your browser kept no cookie of ours; signing in needs them. Please allow cookies for this "
    "site and load the page again."
)
_ELSEWHERE = N_(
    "This form was sent from another address than ours. Please open the office under its own "
    "address and try again."
)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """No CSRF token, or an old one; no cookie that keeps it; or another site sent the form."""
    words = (
        _NO_COOKIE if reason == REASON_NO_CSRF_COOKIE else _ELSEWHERE if "checking failed" in reason else ""
    )
    return page(request, 403, _(words) if words else "")


def page(request: HttpRequest, status: int, words: str = "") -> HttpResponse:
    """Without the sidebar, so that it also works where the database does not."""
    known = status if status in _WORDS else 400 if status < 500 else 500
    context = {"title": words or _(_WORDS[known]), "status": status, "theme": None}
    response = HttpResponse(render_to_string("office/error.html", context, request), status=status)
    response["X-Office"] = "1"
    return response
