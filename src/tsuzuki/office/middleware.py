"""Middleware of the office: sessions, language and headers, for its URLs only.

Customers' pages pass by and pay nothing.
"""

from collections.abc import Callable

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

from tsuzuki.ui import languages
from tsuzuki.ui.activation import speaking

OFFICE, STATIC = "/office/", "/static/"
# Alpine, on which unfold stands, evaluates what its attributes say.
# Everything else is our own origin or nothing.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self'; img-src 'self' "
    "data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
Answer = Callable[[HttpRequest], HttpResponseBase]


def office_middleware(get_response: Answer) -> Answer:
    def inside(request: HttpRequest) -> HttpResponseBase:
        with speaking(language_of(request), languages.OFFICE):
            response = get_response(request)
            return _worded(request, response)

    inner = SessionMiddleware(AuthenticationMiddleware(MessageMiddleware(inside)))
    office: Answer = WhiteNoiseMiddleware(inner)

    def handle(request: HttpRequest) -> HttpResponseBase:
        return office(request) if request.path_info.startswith((OFFICE, STATIC)) else get_response(request)

    return handle


def language_of(request: HttpRequest) -> str:
    """Of whoever is signed in; else what their browser asks for."""
    user = getattr(request, "user", None)
    chosen = getattr(user, "language", "") if user is not None and user.is_authenticated else ""
    return chosen or languages.nearest(request.headers.get("Accept-Language", ""))


def _worded(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Our headers, and an office page where Django or the customers' pages would speak."""
    from .error_pages import page

    if (
        response.status_code >= 400
        and not response.has_header("X-Office")
        and request.path_info.startswith(OFFICE)
    ):
        response = page(request, response.status_code)
    if isinstance(response, HttpResponse):
        response["Content-Security-Policy"] = POLICY
        response["Cache-Control"] = "private, no-store"
        response["Cross-Origin-Opener-Policy"] = "same-origin"
        del response["X-Office"]
    return response
