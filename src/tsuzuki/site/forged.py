"""A form that brings no proof of coming from a page of ours: each face says why in its own words."""

from django.http import HttpRequest, HttpResponse

import tsuzuki.office.error_pages
import tsuzuki.web.error_pages
from tsuzuki.office.middleware import OFFICE


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    if request.path.startswith(OFFICE):
        return tsuzuki.office.error_pages.forged(request, reason)
    return tsuzuki.web.error_pages.forged(request, reason)
