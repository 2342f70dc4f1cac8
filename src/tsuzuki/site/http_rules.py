"""What holds for every page, before any of them is asked:
which methods there are, and a refusal of gzip that is honoured.
"""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

METHODS = ("GET", "HEAD", "POST")
API = "/api/"  # has its own table of methods
_NO_GZIP = re.compile(r"\bgzip\s*;\s*q\s*=\s*0(?:\.0*)?\s*(?:,|$)", re.IGNORECASE)


def http_rules(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    def handle(request: HttpRequest) -> HttpResponseBase:
        if _NO_GZIP.search(request.META.get("HTTP_ACCEPT_ENCODING", "")):
            del request.META["HTTP_ACCEPT_ENCODING"]  # Django's middleware looks for the word alone
        if request.method in METHODS or request.path_info.startswith(API):
            return get_response(request)
        return HttpResponse(
            status=204 if request.method == "OPTIONS" else 405,
            headers={"Allow": ", ".join((*METHODS, "OPTIONS"))},
        )

    return handle
