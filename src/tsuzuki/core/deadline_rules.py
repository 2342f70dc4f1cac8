"""Values for deadlines: what ends, what is lost, which dates a holder knows, and the rules of brands.

`deadlines.py` does the computation.

Every deadline is the instant from which it is too late (23:59:59 is the next midnight). It says what it rests
on and how sure that is; `safe_by` is earlier by a margin: 1 day if the sources are good, 3 if they are
middling, 7 if they are poor. Where the published words can be read in two ways, the earlier is taken.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from .plan import Validity

TOKYO = "Asia/Tokyo"
FIRST, LAST = date(2000, 1, 1), date(2090, 12, 31)
LONGEST = 3660  # days of a pack
DAY = timedelta(days=1)


class DeadlineKind(StrEnum):
    """In the order in which they come when they fall on one instant."""

    START_BY = "start_by"
    CHANGE_BY = "change_by"
    PAY_BY = "pay_by"
    SWITCH_OFF_BY = "switch_off_by"
    RENEW_BY = "renew_by"
    DATA_END = "data_end"
    PLAN_END = "plan_end"
    SECOND_DEBIT = "second_debit"
    SUSPENSION = "suspension"
    SLIP_UNTIL = "slip_until"
    NUMBER_LOST = "number_lost"


class Loss(StrEnum):
    """What is gone once it has passed."""

    NUMBER_LOST = "number_lost"
    MONEY = "money"
    DATA_LOST = "data_lost"
    NONE = "none"


class Confidence(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


MARGIN = {Confidence.HIGH: 1 * DAY, Confidence.MEDIUM: 3 * DAY, Confidence.LOW: 7 * DAY}


@dataclass(frozen=True, slots=True)
class Basis:
    """What a figure rests on: the guide's claims, and the least sure of them."""

    claims: tuple[str, ...]
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Deadline:
    """`words` is the key of the rule's sentence, `after` are the keys of what still
    works once it has passed.
    """

    what: DeadlineKind
    at: datetime
    zone: str
    hard: Loss
    words: str
    rests: Basis
    after: tuple[str, ...] = ()

    @property
    def safe_by(self) -> datetime:
        return self.at - MARGIN[self.rests.confidence]

    @property
    def last_day(self) -> date:
        """The last local day on which it is not too late."""
        return (self.at - timedelta(microseconds=1)).astimezone(ZoneInfo(self.zone)).date()

    @property
    def clock(self) -> time | None:
        """The local time on that day; None: until the day is over."""
        local = self.at.astimezone(ZoneInfo(self.zone)).time()
        return local if local != time() else None


@dataclass(frozen=True, slots=True)
class KnownDates:
    """What a holder knows. Days are local to the carrier, `bought` is a moment with its zone."""

    bought: datetime | None = None  # when the pack was bought, or first used where that starts it
    days: int | None = None  # how long the pack runs
    expires: date | None = None  # the last day of what runs, as the carrier shows it
    activated: date | None = None  # the day the line was opened
    issued: date | None = None  # a day in the month the bill came
    due: date | None = None  # the last day to pay
    slip_due: date | None = None  # the last day on the payment slip or reminder
    spent: int | None = None  # what was spent on metered calls and SMS, in yen

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, datetime) and value.tzinfo is None:
                raise ValueError(f"{field.name} has no zone")
            day = value.date() if isinstance(value, datetime) else value
            if isinstance(day, date) and not FIRST <= day <= LAST:
                raise ValueError(f"{field.name} lies outside {FIRST.year} to {LAST.year}")
        if self.days is not None and not 1 <= self.days <= LONGEST:
            raise ValueError(f"days is 1 to {LONGEST}")


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """A line with no base fee lives while something is bought now and then: `days` from the day after the
    latest paid expiry.

    If nothing was ever bought the day of activation may itself be day 1: one day less. `exempt_over` yen of
    metered use keeps it too.
    """

    days: int
    cancel_after: int
    exempt_over: int
    words: str
    stop: Basis
    lost: Basis
    lost_words: str = ""
    after_stop: tuple[str, ...] = ()
    zone: str = TOKYO


@dataclass(frozen=True, slots=True)
class Pack:
    """Something bought for a while.

    `count` None: the holder says how many days. `switch_off`: buys itself again unless stopped by then, on
    the day before the last.
    """

    validity: Validity
    count: int | None
    words: str
    rests: Basis
    switch_off: time | None = None
    switch_off_words: str = ""
    switch_off_rests: Basis | None = None
    after: tuple[str, ...] = ()
    boundary_zone: str | None = None
    zone: str = TOKYO


@dataclass(frozen=True, slots=True)
class Repeats:
    """Bought again by itself on the same day next month.

    Bought on the 29th to 31st: on the 1st of the month after. What was bought ends with the day before, and
    by then it must be stopped.
    """

    words: str
    rests: Basis
    zone: str = TOKYO


@dataclass(frozen=True, slots=True)
class EndDate:
    """The carrier shows an end date.

    `grace` more days it can be renewed; `lost_after` days later the number goes. `on_the_day`: it ends when
    that day begins, or at some hour of it, so the day before is the last safe one.
    """

    words: str
    rests: Basis
    grace: int = 0
    lost_after: int | None = None
    lost: Basis | None = None
    on_the_day: bool = False
    hard: Loss = Loss.DATA_LOST
    after: tuple[str, ...] = ()
    zone: str = TOKYO


@dataclass(frozen=True, slots=True)
class StartWithin:
    """Bought, not yet started: lost, or started by itself, `days` (of 24 hours) or `months` after the
    purchase. Or whatever else must be done within a time from a moment.
    """

    words: str
    rests: Basis
    days: int = 0
    months: int = 0
    what: DeadlineKind = DeadlineKind.START_BY
    hard: Loss = Loss.MONEY
    zone: str = TOKYO


@dataclass(frozen=True, slots=True)
class Cutoff:
    """A day of every month by the end of which a request must be in."""

    day: int
    words: str
    rests: Basis
    zone: str = TOKYO


@dataclass(frozen=True, slots=True)
class Stage:
    """What follows a bill that is not paid, `days` or `months` after the due date.

    `month_day`: `days` from the next such day of a month; `from_slip`: after the date on the slip, if known.
    """

    what: DeadlineKind
    words: str
    rests: Basis
    days: int = 0
    months: int = 0
    month_day: int = 0
    from_slip: bool = False
    hard: Loss = Loss.NONE
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bill:
    """A monthly bill.

    `day` of the month it is due, 31 for the last; None: the holder says. `bank_day`: on the next one if banks
    rest.

    `grace_to_month_end`: a debit that failed can still be settled until the month is over.
    """

    words: str
    rests: Basis
    day: int | None = None
    bank_day: bool = False
    grace_to_month_end: Basis | None = None
    grace_words: str = ""
    stages: tuple[Stage, ...] = ()
    zone: str = TOKYO


Rule = KeepAlive | Pack | Repeats | EndDate | StartWithin | Cutoff | Bill


def ways(rule: Rule) -> tuple[tuple[str, ...], ...]:
    """Which of the Dates a holder must know: all of any one of these. ((),): none."""
    match rule:
        case KeepAlive():
            return (("expires",), ("activated",))
        case Pack(count=None):
            return (("bought", "days"), ("expires",))
        case Pack():
            return (("bought",), ("expires",))
        case EndDate():
            return (("expires",),)
        case Repeats() | StartWithin():
            return (("bought",),)
        case Bill(day=None):
            return (("due",), ("slip_due",))
        case _:
            return ((),)


def also(rule: Rule) -> tuple[str, ...]:
    """Which dates make the answer better where the holder knows them."""
    match rule:
        case KeepAlive():
            return ("spent",)
        case Bill():
            given = ("issued", "due") if rule.day is not None else ()
            return (*given, "slip_due") if any(stage.from_slip for stage in rule.stages) else given
        case _:
            return ()
