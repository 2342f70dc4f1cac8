"""A form that brings no proof of coming from a page of ours: each face says why in its own words."""

from django.http import HttpRequest, HttpResponse

import tsuzuki.office.errors
import tsuzuki.web.errors
from tsuzuki.office.door import OFFICE


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    if request.path.startswith(OFFICE):
        return tsuzuki.office.errors.forged(request, reason)
    return tsuzuki.web.errors.forged(request, reason)
