"""Help that is not an order: paid but slow, APN, the seller's words."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from tsuzuki.guide.other_carriers.apns import apns as others
from tsuzuki.records import models, queries
from tsuzuki.ui import seller as words
from tsuzuki.ui.formats import name
from tsuzuki.ui.languages import N_, translator

from . import apns
from .page import page, wanted_language


def assistance(request: HttpRequest, language: str = "") -> HttpResponse:
    return page(request, "assistance", language or wanted_language(request))


def slow(request: HttpRequest, language: str = "", carrier: str = "") -> HttpResponse:
    """`carrier`: the code of one of ours, where the order or the line said it."""
    language = language or wanted_language(request)
    result = models.Carrier.objects.filter(code=carrier).first() if carrier else None
    if carrier and result is None:
        raise Http404
    own = apns.of_settings(result.settings) if result else None
    return page(
        request,
        "slow",
        language,
        line=name(result.names, language) if result else "",
        carrier=carrier,
        apn=own.apn if own else "",
    )


def apn(request: HttpRequest, language: str = "", network: str = "") -> HttpResponse:
    language = language or wanted_language(request)
    ours = {row.code: row for row in models.Carrier.objects.order_by("code")}
    if not network:
        own = [(code, name(row.names, language)) for code, row in ours.items()]
        rest = [(id, apn.names.to(language)) for id, apn in others().items()]
        return page(request, "apn", language, own=own, rest=rest)
    if network not in ours and network not in others():
        raise Http404
    row, say = ours.get(network), translator(language)
    value = apns.of_settings(row.settings) if row else apns.of_guide(others()[network], language)
    return page(
        request,
        "apn_values",
        language,
        ours=row is not None,
        value=value,
        rows=apns.rows(value, language) if value else (),
        line=name(row.names, language) if row else others()[network].names.to(language),
        phones=[
            (say(N_("iPhone")), say(apns.IPHONE), apns.IPHONE_JA),
            (say(N_("Android")), say(apns.ANDROID), apns.ANDROID_JA),
        ],
    )


def seller(request: HttpRequest, language: str = "") -> HttpResponse:
    language = language or wanted_language(request)
    brand = queries.brand()
    texts = [text for text in words.statement(brand, language) if text.words or settings.SANDBOX]
    return page(request, "seller", language, said=texts, longer=words.longer(brand, language))
