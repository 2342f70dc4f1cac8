"""Japanese banking days: a debit due on any other day is made on the next one."""

from datetime import date, timedelta
from functools import cache

import holidays


@cache
def _japan(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("JP", years=year))


def is_bank_day(day: date) -> bool:
    """Weekends, national holidays and 31 December to 3 January are none (Ordinance for Enforcement of the
    Banking Act, Article 5).
    """
    closed_over_new_year = (day.month, day.day) == (12, 31) or (day.month == 1 and day.day <= 3)
    return day.weekday() < 5 and not closed_over_new_year and day not in _japan(day.year)


def bank_day_from(day: date) -> date:
    """The day itself if banks work on it, else the next on which they do."""
    while not is_bank_day(day):
        day += timedelta(days=1)
    return day
