"""How old a claim is, and which claims a person should open again first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .claims import Brand, Claim, Source, Steps, amounts

CURRENCIES = frozenset({"JPY", "CNY", "HKD"})
# What a line or money is lost by, if it is wrong.
DEADLINES = frozenset({"lapse", "suspended", "cancel", "late", "bill", "validity", "autorenew", "lost", "renew", "topup", "travel_esim"})


class Why(StrEnum):
    OLD = "old"
    UNDATED = "undated"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Stale:
    """A claim, or a list of steps, that wants a look; `key` is the claim's, «steps.JOB.CHANNEL» for steps."""

    brand: str
    key: str
    why: Why
    source: Source
    place: str
    weighs: int  # 0: a deadline hangs on it, 1: a price, 2: neither


def first_day(as_of: str) -> date:
    """The earliest day a page's date can mean: «2024» is 1 January, so that nothing looks younger than it may be."""
    return date.fromisoformat(as_of + "-01-01"[len(as_of) - 4 :])


def over_a_year(as_of: str, today: date) -> bool:
    then = first_day(as_of)
    return (today.year, today.month, today.day) > (then.year + 1, then.month, then.day)


def is_price(claim: Claim) -> bool:
    return any(unit in CURRENCIES for _, unit in amounts(claim))


def may_have_changed(claim: Claim, today: date) -> bool:
    """A price without a date, or with one of more than 12 months ago."""
    return is_price(claim) and (claim.source.as_of is None or over_a_year(claim.source.as_of, today))


def stale(brands: Iterable[Brand], today: date) -> list[Stale]:
    """What a person should open again, in order: what deadlines hang on, then prices, then the rest; in each the oldest first, then
    what carries no date, then what is uncertain though recent."""
    found = []
    for brand in brands:
        for claim in brand.claims:
            weighs = 0 if claim.topic_prefix in DEADLINES else 1 if is_price(claim) else 2
            found += _one(brand.id, claim.key, claim, weighs, today)
        for steps in brand.steps:
            found += _one(brand.id, f"steps.{steps.job}.{steps.channel}", steps, 2, today)
    ranks = list(Why)
    return sorted(found, key=lambda item: (item.weighs, ranks.index(item.why), item.source.as_of or "", item.brand, item.key))


def _one(brand: str, key: str, said: Claim | Steps, weighs: int, today: date) -> list[Stale]:
    source = said.source
    if source.as_of is None:
        why = Why.UNDATED
    elif over_a_year(source.as_of, today):
        why = Why.OLD
    elif source.confidence == "low":
        why = Why.UNCERTAIN
    else:
        return []
    return [Stale(brand, key, why, source, said.place, weighs)]
