"""Days and midnights as they are read off a wall, as instants."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def first_of(day: date, months: int) -> date:
    """The 1st of the month `months` after that of `day`."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


def midnight(day: date, home: ZoneInfo) -> datetime:
    """The instant a local day begins. fold=0: the first of two midnights and, where there is none, the
    instant of the jump.
    """
    return datetime.combine(day, time(), home).astimezone(UTC)


def up_to_midnight(moment: datetime, home: ZoneInfo) -> datetime:
    """The end of the local day.

    A moment that is one already stays, or each chained period would gain a day.
    """
    day = moment.astimezone(home).date()
    return moment if moment == midnight(day, home) else midnight(day + timedelta(days=1), home)


def same_time(day: date, at: time, home: ZoneInfo) -> datetime:
    """The later of both readings: the second of a time shown twice,
    and for a skipped one the reading behind the jump.
    """
    return max(datetime.combine(day, at.replace(fold=fold), home).astimezone(UTC) for fold in (0, 1))


def after_235959(day: date, home: ZoneInfo) -> datetime:
    """The instant after 23:59:59 of a local day, as carriers print it. fold=1: shown twice, it is the second
    that ends the day.
    """
    last_second = datetime.combine(day, time(23, 59, 59, fold=1), home)
    return last_second.astimezone(UTC) + timedelta(seconds=1)
