"""Machines come in here. Everything under /api/v1 goes through one door."""

from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt

from tsuzuki.core.errors import Code
from tsuzuki.ui.languages import nearest

from . import docs, problems
from .openapi import document
from .router import dispatch
from .routes import BY_PATH

OPEN = {"/openapi.json": document, "/docs": docs.page}


@csrf_exempt  # by key or by signature, never by cookie
def api(request: HttpRequest, path: str) -> HttpResponse:
    """What is open to readers first; all else by key."""
    if request.method in ("GET", "HEAD"):
        if page := OPEN.get(path):
            return page()
        name = path.removeprefix("/problems/")
        if name != path and (
            response := problems.page(name, nearest(request.headers.get("Accept-Language", "")))
        ):
            return response
    elif path in OPEN or path.startswith("/problems/"):
        language = nearest(request.headers.get("Accept-Language", ""))
        return problems.response(
            Code.METHOD_NOT_ALLOWED, {"allowed": "GET, HEAD"}, language, {"Allow": "GET, HEAD"}
        )
    return dispatch(request, path, BY_PATH)


urlpatterns = [re_path(r"^(?P<path>[\s\S]*)$", api)]
