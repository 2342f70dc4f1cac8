"""Addresses of the customer's pages.

Each stands once with its language and, where people come in from outside, once without.
"""

from collections.abc import Callable
from functools import partial

from django.http import HttpResponse
from django.urls import path, register_converter

from tsuzuki.guide.topics.topic_pages import topics
from tsuzuki.ui.languages import SHIPPED

from . import (
    assistance,
    choose,
    confirm,
    fees,
    find_purchase,
    home,
    order,
    other_carriers,
    refund,
    search,
    style_guide,
)
from .guide import all_brands, brand, cost, dates, paste, roaming


class Language:
    regex = "|".join(SHIPPED)

    def to_python(self, value: str) -> str:
        return value

    to_url = to_python


register_converter(Language, "language")

PAGES: list[tuple[str, Callable[..., HttpResponse]]] = [
    ("", home.home),
    ("r/<str:token>", choose.choose),
    ("q/<str:token>", confirm.confirm),
    ("p/<str:token>", order.order),
    ("b/<str:token>", refund.account),
    ("find", find_purchase.find),
    ("elsewhere", other_carriers.other_carriers),
    ("elsewhere/<slug:network>/<slug:happened>", other_carriers.what_to_do),
    ("help", assistance.assistance),
    ("slow", assistance.slow),
    ("slow/<slug:carrier>", assistance.slow),
    ("apn", assistance.apn),
    ("apn/<slug:network>", assistance.apn),
    ("seller", assistance.seller),
    ("fees", fees.fees),
    ("search", search.search),
    ("guide", all_brands.index),
    ("guide/pay-with", all_brands.pay_with),
    ("guide/pay-with/<slug:method>", all_brands.pay_with_one),
    ("guide/compare", all_brands.compare),
    ("guide/cards", all_brands.show_cards),
    ("guide/cards/<slug:card>", all_brands.show_card),
    ("guide/5g", all_brands.five_g),
    *[(f"guide/{topic}", partial(all_brands.topic, topic=topic)) for topic in topics()],
    ("guide/paste", paste.paste),
    ("guide/cost", cost.cost),
    ("guide/roaming", roaming.roaming),
    ("guide/roaming/<slug:place>", roaming.trip),
    ("guide/roaming/<slug:place>/tariffs", roaming.table),
    ("guide/<slug:brand>", brand.overview),
    ("guide/<slug:brand>/cost", cost.cost),
    ("guide/<slug:brand>/paste", paste.paste),
    ("guide/<slug:brand>/dates.ics", dates.dates_file),
    ("guide/<slug:brand>/<slug:part>", brand.part),
    ("guide/<slug:brand>/steps/<slug:job>/<slug:channel>", brand.steps),
]
urlpatterns = [
    path(f"{prefix}{route}", view) for route, view in PAGES for prefix in ("", "<language:language>/")
]
urlpatterns += [
    path("manifest.webmanifest", home.manifest),
    path("fees.json", fees.fees_file),
    path("sandbox/look", style_guide.look),
    path("<language:language>/sandbox/look", style_guide.look),
]
