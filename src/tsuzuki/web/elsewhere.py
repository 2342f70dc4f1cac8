"""A number we do not operate is never a dead end."""

from django.http import HttpRequest, HttpResponse

from .page import page, wanted_language


def elsewhere(request: HttpRequest, language: str = "") -> HttpResponse:
    return page(request, "elsewhere", language or wanted_language(request))


def what_to_do(request: HttpRequest, network: str, happened: str, language: str = "") -> HttpResponse:
    return page(request, "elsewhere", language or wanted_language(request))
