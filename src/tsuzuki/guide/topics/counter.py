"""The counter sheet: what is asked for in Japanese and what to bring, from a case that holds nothing
personal. Read from cards.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ..load.claims import Words
from ..load.vocabulary import words
from ..load.yaml_file import read
from .cards import FILE

# The card to show for each job, in the order a counter asks.
CARDS = {
    "keep-using": "renew-cash",
    "data": "data-used-up",
    "unpaid": "how-much-owed",
    "lost": "lost-sim",
    "broken": "broken-sim",
    "to-esim": "to-esim",
    "to-card": "to-sim-card",
    "payment": "change-payment",
    "address": "moved",
    "cancel": "cancel",
}
# What of a brand's claims a counter goes by.
PAPERS = (
    "sim.reissue_documents",
    "id.accepted",
    "id.foreign_national",
    "id.foreign_national_extra",
    "id.single_document_enough",
    "id.residence_card_needs_supplement",
    "id.shop_originals_only",
    "pay.setup_needed",
    "pay.payer_differs_docs",
)
FEES = {
    "lost": (
        "fee.shop_procedure",
        "fee.sim_reissue",
        "fee.sim_card_reissue",
        "fee.sim_exchange_or_reissue",
        "fee.esim_reissue",
        "fee.web_sim_reissue",
        "fee.online_esim_reissue",
        "lost.hotline",
    ),
    "unpaid": (
        "late.pay_channels",
        "late.konbini_slip",
        "fee.payment_slip",
        "late.after_failed_debit",
        "late.resume_timing",
    ),
    "payment": ("pay.change_channels", "pay.method_change_blackout", "pay.card_switch_takes"),
    "cancel": ("cancel.deadline", "cancel.number_reusable", "surprise.early_cancel_fee"),
    "data": ("data.extra_1gb", "data.extra_0_5gb", "data.charge_card", "topup.card_form"),
}
FEES = {**FEES, **dict.fromkeys(("broken", "to-esim", "to-card"), FEES["lost"])}


@dataclass(frozen=True, slots=True)
class Item:
    """Something to bring; each of the three narrows it to some cases."""

    words: Words
    jobs: tuple[str, ...]
    sims: tuple[str, ...]
    pays: tuple[str, ...]
    without: tuple[str, ...]

    def fits(self, job: str, sim: str, pay: str) -> bool:
        return (
            (not self.jobs or job in self.jobs)
            and (not self.sims or sim in self.sims)
            and (not self.pays or pay in self.pays)
            and job not in self.without
        )


@dataclass(frozen=True, slots=True)
class Counter:
    jobs: Mapping[str, Words]
    sims: Mapping[str, Words]
    pays: Mapping[str, Words]
    bring: tuple[Item, ...]


@cache
def counter() -> Counter:
    result = read(FILE)["sheet"]
    choices = {
        name: {id: words(entry, result[name].at(id)) for id, entry in result[name].items()}
        for name in ("jobs", "sims", "pays")
    }
    bring = tuple(
        Item(
            words(entry["words"], entry.at()),
            *(tuple(entry.get(name, ())) for name in ("jobs", "sims", "pays", "not")),
        )
        for entry in result["bring"]
    )
    return Counter(bring=bring, **choices)
