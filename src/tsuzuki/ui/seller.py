"""What Japan's Act on Specified Commercial Transactions wants said of a seller by mail order (Art. 11),
in the operator's words.
"""

from __future__ import annotations

from typing import NamedTuple

from tsuzuki.core.brand import Brand

from .languages import N_, translator

TOPICS = {
    "seller": N_("Seller"),
    "representative": N_("Person in charge"),
    "address": N_("Address"),
    "price": N_("Prices"),
    "fees": N_("Other charges"),
    "payment_time": N_("When and how you pay"),
    "delivery_time": N_("When it starts"),
    "cancellation": N_("Cancelling and refunds"),
}
# True of every page this program shows, and so said where the operator says nothing else.
_ALWAYS = {
    "price": N_(
        "Shown beside each plan, tax included where it is taxed. The last page before the order "
        "shows the whole."
    ),
    "fees": N_("None from us. Your own connection to this site may cost what your carrier charges."),
}
LONGER = {"terms": N_("Terms of use"), "privacy": N_("Privacy")}


class SellerText(NamedTuple):
    topic: str
    words: str  # empty: not written yet


def statement(brand: Brand, language: str) -> list[SellerText]:
    say = translator(language)
    return [
        SellerText(
            say(title),
            brand.legal.get(topic, {}).get(language) or (say(_ALWAYS[topic]) if topic in _ALWAYS else ""),
        )
        for topic, title in TOPICS.items()
    ]


def longer(brand: Brand, language: str) -> list[SellerText]:
    """Texts of their own length; absent where the operator wrote none."""
    say = translator(language)
    return [
        SellerText(say(title), words)
        for topic, title in LONGER.items()
        if (words := brand.legal.get(topic, {}).get(language))
    ]
