"""Help that is not an order: paid but slow, APN, the seller's words."""

from django.http import HttpRequest, HttpResponse

from .page import page, wanted_language


def assistance(request: HttpRequest, language: str = "") -> HttpResponse:
    return page(request, "assistance", language or wanted_language(request))


def slow(request: HttpRequest, language: str = "", carrier: str = "") -> HttpResponse:
    return page(request, "assistance", language or wanted_language(request))


def apn(request: HttpRequest, language: str = "", network: str = "") -> HttpResponse:
    return page(request, "assistance", language or wanted_language(request))


def seller(request: HttpRequest, language: str = "") -> HttpResponse:
    return page(request, "assistance", language or wanted_language(request))
