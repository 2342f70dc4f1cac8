"""The page of a line that was closed: in words, with the way out and nothing to buy."""

from django.http import HttpRequest, HttpResponse

from tsuzuki.records import models, queries
from tsuzuki.ui import formats

from .page import page


def closed(request: HttpRequest, line: models.Line, language: str) -> HttpResponse:
    number = queries.numbers_of([line.id]).get(line.id, "")
    carrier = formats.name(line.carrier.names, language)
    return page(
        request,
        "closed",
        language,
        status=410,
        number=formats.number(number) if number else "",
        carrier=carrier,
    )
