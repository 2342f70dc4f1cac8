"""A trip abroad and its chargeable days: 24 hours from switching on, or midnight to midnight in some zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONGEST = timedelta(days=400)
MOST_KB = 10**11  # 100 TB
MOST_TALK = 10**7  # seconds
DIRECTIONS = ("within", "home", "other", "received")


@dataclass(frozen=True, slots=True)
class CallUsage:
    """Calls of one direction: seconds in all, and how many.

    Each call is rounded up by itself, so many short ones cost more.
    """

    seconds: int = 0
    calls: int = 1

    def units(self, unit: int) -> int:
        """The most units these calls can count as."""
        calls = min(self.calls, self.seconds)
        return (self.seconds - calls) // unit + calls if calls else 0


@dataclass(frozen=True, slots=True)
class Trip:
    """From the moment data is switched on to the moment it is switched off, and what is used between them. 1
    MB is 1,000 kB.
    """

    starts: datetime
    ends: datetime
    kb: int = 0
    within: CallUsage = CallUsage()
    home: CallUsage = CallUsage()
    other: CallUsage = CallUsage()
    received: CallUsage = CallUsage()
    sms_sent: int = 0
    sms_received: int = 0

    def __post_init__(self) -> None:
        if self.starts.tzinfo is None or self.ends.tzinfo is None:
            raise ValueError("starts and ends have a zone")
        if not timedelta() < self.ends.astimezone(UTC) - self.starts.astimezone(UTC) <= LONGEST:
            raise ValueError(f"ends is after starts, by at most {LONGEST.days} days")
        if not 0 <= self.kb <= MOST_KB:
            raise ValueError(f"kb is 0 to {MOST_KB}")
        for name in DIRECTIONS:
            talk = getattr(self, name)
            if not (0 <= talk.seconds <= MOST_TALK and 0 <= talk.calls <= MOST_TALK):
                raise ValueError(f"{name} is 0 to {MOST_TALK}")
        if not (0 <= self.sms_sent <= MOST_TALK and 0 <= self.sms_received <= MOST_TALK):
            raise ValueError(f"sms is 0 to {MOST_TALK}")


@dataclass(frozen=True, slots=True)
class Span:
    """One day as the carrier counts it, half-open, aware UTC.

    It may begin before the trip and end after it.
    """

    starts: datetime
    ends: datetime


def windows(trip: Trip, hours: int) -> tuple[Span, ...]:
    """So many hours from switching on, and again, until data is off."""
    starts, ends, step = trip.starts.astimezone(UTC), trip.ends.astimezone(UTC), timedelta(hours=hours)
    return tuple(Span(starts + n * step, starts + (n + 1) * step) for n in range(-((starts - ends) // step)))


def midnights(trip: Trip, zone: str) -> tuple[Span, ...]:
    """Every day of a zone on which data is on."""
    return tuple(_midnights(trip.starts.astimezone(UTC), trip.ends.astimezone(UTC), ZoneInfo(zone)))


def _midnights(starts: datetime, ends: datetime, zone: ZoneInfo) -> Iterator[Span]:
    day = starts.astimezone(zone).date()
    while True:
        begins, over = (
            datetime.combine(day, time(), zone).astimezone(UTC) for day in (day, day + timedelta(days=1))
        )
        if begins >= ends:
            return
        yield Span(begins, over)
        day += timedelta(days=1)
