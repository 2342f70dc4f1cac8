"""How old a claim is, and which claims a person should open again first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum, StrEnum

from .claims import UNKNOWN, Brand, Claim, Source, Steps, amounts

CURRENCIES = frozenset({"JPY", "CNY", "HKD"})
# By what a number is lost, if it is wrong: the first parts of keys, and whole keys.
NUMBERS = frozenset({"lapse", "suspended", "cancel"})
NUMBER_KEYS = frozenset(
    """
        late.suspended_after late.suspended_from late.cancelled_after late.cancelled
        late.consequences late.redebit late.after_failed_debit late.final_notice late.process
        late.trigger lost.suspension_days pause.number_hold
    """.split()
)
# What a line or money is lost by.
DEADLINES = frozenset({"late", "bill", "validity", "autorenew", "lost", "renew", "topup", "travel_esim"})
MUCH = {"JPY": 3000, "CNY": 150, "HKD": 150}  # more than this is much money to lose by a wrong figure


class Harm(IntEnum):
    """What a wrong claim can cost, the worst first."""

    NUMBER = 0
    MUCH_MONEY = 1
    DEADLINE = 2
    MONEY = 3
    NONE = 4


class StaleReason(StrEnum):
    OLD = "old"
    UNDATED = "undated"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Stale:
    """A claim, or a list of steps, that wants a look; `key` is the claim's, «steps.JOB.CHANNEL» for steps."""

    brand: str
    key: str
    why: StaleReason
    source: Source
    place: str
    harm: Harm
    alone: bool  # one source for what can cost a number or much money


def first_day(as_of: str) -> date:
    """The earliest day a page's date can mean: «2024» is 1 January,
    so that nothing looks younger than it may be.
    """
    return date.fromisoformat(as_of + "-01-01"[len(as_of) - 4 :])


def over_a_year(as_of: str, today: date) -> bool:
    then = first_day(as_of)
    return (today.year, today.month, today.day) > (then.year + 1, then.month, then.day)


def is_price(claim: Claim) -> bool:
    return any(unit in CURRENCIES for _, unit in amounts(claim))


def harm(claim: Claim) -> Harm:
    if claim.topic_prefix in NUMBERS or claim.key in NUMBER_KEYS:
        return Harm.NUMBER
    if any(
        isinstance(value, int | Decimal) and value > MUCH[unit]
        for value, unit in amounts(claim)
        if unit in MUCH
    ):
        return Harm.MUCH_MONEY
    if claim.topic_prefix in DEADLINES:
        return Harm.DEADLINE
    return Harm.MONEY if is_price(claim) else Harm.NONE


def alone(claim: Claim) -> bool:
    """Is it a claim that can cost a number or much money, with one source only?"""
    return claim.value is not UNKNOWN and harm(claim) <= Harm.MUCH_MONEY and not claim.source.also


def may_have_changed(claim: Claim, today: date) -> bool:
    """A price without a date, or with one of more than 12 months ago."""
    return is_price(claim) and (claim.source.as_of is None or over_a_year(claim.source.as_of, today))


def stale(brands: Iterable[Brand], today: date) -> list[Stale]:
    """What a person should open again, by the harm it does if it is wrong.

    In each kind what has one source comes first, then the oldest, then what carries no date, then what is
    uncertain though recent.
    """
    result = []
    for brand in brands:
        for claim in brand.claims:
            result += _one(brand.id, claim.key, claim, harm(claim), alone(claim), today)
        for steps in brand.steps:
            result += _one(brand.id, f"steps.{steps.job}.{steps.channel}", steps, Harm.NONE, False, today)
    ranks = list(StaleReason)
    return sorted(
        result,
        key=lambda item: (
            item.harm,
            not item.alone,
            ranks.index(item.why),
            item.source.as_of or "",
            item.brand,
            item.key,
        ),
    )


def _one(brand: str, key: str, said: Claim | Steps, weighs: Harm, single: bool, today: date) -> list[Stale]:
    source = said.source
    if source.as_of is None:
        why = StaleReason.UNDATED
    elif over_a_year(source.as_of, today):
        why = StaleReason.OLD
    elif source.confidence == "low":
        why = StaleReason.UNCERTAIN
    else:
        return []
    return [Stale(brand, key, why, source, said.place, weighs, single)]
