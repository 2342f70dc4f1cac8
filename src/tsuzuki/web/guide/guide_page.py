"""What all pages of the guide share: they may be shared, cached and indexed, and say nothing about the
reader.
"""

from __future__ import annotations

from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse

from tsuzuki.guide.load.claims import UNKNOWN, Brand
from tsuzuki.guide.load.loader import brand as brand_of
from tsuzuki.guide.load.vocabulary import vocabulary
from tsuzuki.ui.languages import N_, translator

from ..page import page, without_language

CHAPTERS = {
    "keep": N_("Keeping it alive: terms, top-up, cancelling"),
    "pay": N_("Paying: ways, bills, being late"),
    "fees": N_("Prices and fees"),
    "roaming": N_("Abroad and roaming"),
    "papers": N_("Papers, languages, help, network"),
}
MEANS = {
    "postpaid_monthly": N_(
        "Nothing is renewed here: the contract runs on and is billed each month. What ends a "
        "line is a bill that was not paid."
    ),
    "prepaid_topping": N_(
        "There is no monthly plan: you buy a pack when you need one. Whoever buys nothing for "
        "long loses the line, and with it the number."
    ),
    "prepaid_balance": N_(
        "You load money before you use it. The money has a last day, and so has the number."
    ),
    "prepaid_package": N_(
        "You buy a package of days and data. When it ends, it is either topped up or replaced by a new one."
    ),
    "mixed": N_(
        "There are monthly and prepaid plans. See which one yours is: a monthly line ends by an "
        "unpaid bill, a prepaid one on its end date."
    ),
    "unknown": N_("We do not know how lines are paid for here."),
}


class BrandHead(NamedTuple):
    """The brand a page is about, in words."""

    id: str
    name: str
    operator: str
    kind: str
    model: str
    means: str


def guide_page(
    request: HttpRequest, template: str, language: str, *, status: int = 200, **facts: object
) -> HttpResponse:
    fields = {"private": False, "open": True, "base": f"/{language}/guide", **facts}
    # With the query: the reader's dates stay when the language changes.
    here = without_language(request.get_full_path())
    return page(
        request,
        f"guide/{template}",
        language,
        status=status,
        refresh=None,
        path=here,
        sheet="guide",
        **fields,
    )


def find(id: str) -> Brand:
    try:
        return brand_of(id)
    except KeyError:
        raise Http404 from None


def of(brand: Brand, language: str) -> BrandHead:
    words, say = vocabulary(), translator(language)
    operator = words.answers["unknown"] if brand.operator is UNKNOWN else brand.operator
    return BrandHead(
        brand.id,
        brand.names.to(language),
        operator.to(language),
        words.kinds[brand.kind].to(language),
        words.payment_models[brand.payment_model].to(language),
        say(MEANS[brand.payment_model]),
    )
