"""A carrier's business hours: when «within 15 minutes» ends where people do the work."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON = timedelta(days=366)


@cache
def _holidays(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))


def has_holidays(country: str) -> bool:
    """Whether the holidays of this country are known: «JP». With any other, nothing could be due."""
    return country in holidays.list_supported_countries()


def _open_spans(
    day: date, hours: Mapping[str, object], zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    country = hours.get("holidays")
    if isinstance(country, str) and day in _holidays(country, day.year):
        return
    spans = hours.get(DAYS[day.weekday()], ())
    assert isinstance(spans, Sequence)
    for opens, closes in spans:
        start = datetime.combine(day, time.fromisoformat(opens), zone)
        ends = (
            datetime.combine(day, time.fromisoformat(closes), zone)
            if closes != "24:00"
            else datetime.combine(day + timedelta(1), time(), zone)
        )
        yield start.astimezone(UTC), ends.astimezone(UTC)  # sums across a clock change are only right in UTC


def read_spans(text: str) -> list[list[str]]:
    """«09:00-12:00, 13:00-18:00» as `due` wants it; nothing: closed.

    ValueError for anything else, and for what goes backward.
    """
    spans: list[list[str]] = []
    for part in filter(None, (piece.strip() for piece in text.replace("–", "-").split(","))):
        opens, dash, closes = (piece.strip() for piece in part.partition("-"))
        for one in (opens, closes):
            if one != "24:00" and (len(one) != 5 or time.fromisoformat(one).isoformat("minutes") != one):
                raise ValueError(part)
        if not dash or opens >= closes or (spans and opens < spans[-1][1]):
            raise ValueError(part)
        spans.append([opens, closes])
    return spans


def due(since: datetime, seconds: int, hours: Mapping[str, object], zone: str) -> datetime:
    """The moment `seconds` of opening time have passed since `since` (aware).

    No hours given: it is always open.

    `hours` is {"mon": [["09:00", "18:00"]], ..., "holidays": "JP"}; a year without an opening ends the search
    there.
    """
    if not any(hours.get(day) for day in DAYS):
        return since + timedelta(seconds=seconds)
    place, left = ZoneInfo(zone), timedelta(seconds=seconds)
    day = since.astimezone(place).date()
    while datetime.combine(day, time(), place) < since + HORIZON:
        for opens, closes in _open_spans(day, hours, place):
            begins = max(opens, since)
            if begins < closes:
                if closes - begins >= left:
                    return (begins + left).astimezone(since.tzinfo)
                left -= closes - begins
        day += timedelta(days=1)
    return since + HORIZON
