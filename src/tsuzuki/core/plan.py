"""Plans as values: allowances, validity terms and prices."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .money import Money
from .tax import TaxRule


class Kind(StrEnum):
    """What a customer calls «renew» is several jobs; each is an order kind."""

    PLAN = "plan"  # the next base period of the line
    ADDON = "addon"  # data or voice inside a running period
    CREDIT = "credit"  # recharge an amount


class AllowanceKind(StrEnum):
    DATA = "data"  # bytes
    VOICE = "voice"  # seconds
    SMS = "sms"  # messages
    CREDIT = "credit"  # minor units of the plan's currency


class Validity(StrEnum):
    """How an end is computed from a start. `period.py` holds each rule with its promise."""

    HOURS_THEN_END_OF_DAY = "n_x_24h_then_end_of_day"
    CALENDAR_DAYS = "calendar_days"
    MONTH_END = "month_end"
    SAME_DAY_CLAMPED = "same_day_next_month_clamped"
    SAME_DAY_ROLLED = "same_day_next_month_rolled"
    DAYS_FROM_CHARGE = "n_days_from_charge"
    ZONE_MIDNIGHT = "fixed_zone_midnight"


class Start(StrEnum):
    PURCHASE = "purchase"
    INSTALL = "install"
    FIRST_USE = "first_use"
    AFTER_CURRENT = "after_current"


class Stacking(StrEnum):
    ADD = "add"  # the end moves on; the new allowance can be used at once
    QUEUE = "queue"  # waits for the current period to end, allowance included
    REPLACE = "replace"  # the current period ends now and its allowance with it
    RESTART = "restart"  # counted anew from now; what is left of the old allowance is carried over
    PARALLEL = "parallel"  # runs beside whatever there is; moves no period


class Choice(StrEnum):
    """What the buyer may choose where the plan leaves it open."""

    NOW = "now"
    AFTER_CURRENT = "after_current"


@dataclass(frozen=True, slots=True)
class Allowance:
    good: AllowanceKind
    amount: int | None  # in the good's unit; None: unlimited


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules of one plan. `count` is days, 24-hour steps or months, as the validity rule counts."""

    validity: Validity
    count: int
    start: Start = Start.PURCHASE
    stacking: Stacking = Stacking.QUEUE
    cap_days: int | None = None  # ADD only: the end is never further than this from now
    start_within_days: int = 180  # INSTALL and FIRST_USE: it starts by itself at the latest then
    boundary_zone: str | None = None  # ZONE_MIDNIGHT only: whose midnight ends a day


@dataclass(frozen=True, slots=True)
class Price:
    """`amount` is what the buyer pays, tax included where `tax` says so.

    `cost` is what the carrier is owed.
    """

    amount: Money
    cost: Money
    tax: TaxRule


@dataclass(frozen=True, slots=True)
class PlanDefinition:
    id: str
    code: str
    kind: Kind
    names: dict[str, str]
    carrier: str | None  # None: any carrier's line may buy it
    technology: str  # «5g» or «4g»: what the plan opens, not what a place has
    terms: Terms
    allowances: tuple[Allowance, ...]


def contradiction(kind: Kind, terms: Terms) -> tuple[str, str] | None:
    """Two rules of which `period` would have to ignore one."""
    beside, cuts = kind is not Kind.PLAN, terms.stacking in (Stacking.REPLACE, Stacking.RESTART)
    awaits = terms.start in (Start.INSTALL, Start.FIRST_USE)
    pairs = (
        (beside and terms.stacking is not Stacking.PARALLEL, kind, terms.stacking),
        (beside and terms.start is not Start.PURCHASE, kind, terms.start),
        (
            (cuts or terms.stacking is Stacking.PARALLEL) and terms.start is Start.AFTER_CURRENT,
            terms.stacking,
            terms.start,
        ),
        ((cuts or terms.stacking is Stacking.ADD) and awaits, terms.stacking, terms.start),
        (terms.cap_days is not None and terms.stacking is not Stacking.ADD, "cap_days", terms.stacking),
        (
            (terms.boundary_zone is not None) is not (terms.validity is Validity.ZONE_MIDNIGHT),
            "boundary_zone",
            terms.validity,
        ),
    )
    return next(((str(text), str(other)) for applies, text, other in pairs if applies), None)
