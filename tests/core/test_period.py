"""The rules of core/period.py against what carriers publish, and the bugs other systems were reported for."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tsuzuki.core.period import (
    BasePeriod,
    compute_placement,
    end_of,
    promise,
)
from tsuzuki.core.plan import Choice, Kind, Terms, Validity

TOKYO, LA = "Asia/Tokyo", "America/Los_Angeles"
NOW, AFTER = Choice.NOW, Choice.AFTER_CURRENT
DAY = timedelta(hours=24)


def at(text: str, zone: str = TOKYO, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


# brand and example, rule, count, start, end, zone of both
VECTORS = [
    ("povo 3 GB/30 d", Validity.HOURS_THEN_END_OF_DAY, 30, "2026-11-01 13:30", "2026-12-02", TOKYO),
    ("povo Japan SIM 1 GB/3 d", Validity.HOURS_THEN_END_OF_DAY, 3, "2026-11-22 08:00", "2026-11-26", TOKYO),
    (
        "povo, last second of a day",
        Validity.HOURS_THEN_END_OF_DAY,
        3,
        "2026-11-22 23:59:59",
        "2026-11-26",
        TOKYO,
    ),
    (
        "povo, chained at midnight: no day gained",
        Validity.HOURS_THEN_END_OF_DAY,
        3,
        "2026-11-22",
        "2026-11-25",
        TOKYO,
    ),
    (
        "Sakura 10 days, installed late in the evening",
        Validity.CALENDAR_DAYS,
        10,
        "2026-11-22 23:30",
        "2026-12-02",
        TOKYO,
    ),
    ("Sakura 10 days, from midnight", Validity.CALENDAR_DAYS, 10, "2026-11-22", "2026-12-02", TOKYO),
    ("b-mobile after expiry", Validity.CALENDAR_DAYS, 1, "2026-11-22 09:00", "2026-11-23", TOKYO),
    ("Sakura monthly", Validity.MONTH_END, 1, "2026-11-22 09:00", "2026-12-01", TOKYO),
    ("month end, three months over the year", Validity.MONTH_END, 3, "2026-11-30 23:59", "2027-02-01", TOKYO),
    ("month end, December alone", Validity.MONTH_END, 1, "2026-12-31 23:59", "2027-01-01", TOKYO),
    (
        "Nomad on BICS: 1 Jan 16:00 + 7 days",
        Validity.DAYS_FROM_CHARGE,
        7,
        "2027-01-01 16:00",
        "2027-01-08 16:00",
        TOKYO,
    ),
    (
        "Airalo: 7 days are 168 hours, over a DST change",
        Validity.DAYS_FROM_CHARGE,
        7,
        "2026-03-05 16:00",
        "2026-03-12 17:00",
        LA,
    ),
    ("au data charge, 62 days", Validity.DAYS_FROM_CHARGE, 62, "2026-11-22 10:15", "2027-01-23 10:15", TOKYO),
    ("povo subscription, 28 Jan", Validity.SAME_DAY_ROLLED, 1, "2027-01-28 12:00", "2027-02-28 12:00", TOKYO),
    ("povo subscription, 29 Jan", Validity.SAME_DAY_ROLLED, 1, "2027-01-29 12:00", "2027-03-01 12:00", TOKYO),
    (
        "povo subscription, 29 Jan of a leap year",
        Validity.SAME_DAY_ROLLED,
        1,
        "2028-01-29 12:00",
        "2028-03-01 12:00",
        TOKYO,
    ),
    ("povo subscription, 31 Jan", Validity.SAME_DAY_ROLLED, 1, "2027-01-31 12:00", "2027-03-01 12:00", TOKYO),
    ("povo subscription, 30 Apr", Validity.SAME_DAY_ROLLED, 1, "2027-04-30 12:00", "2027-06-01 12:00", TOKYO),
    ("povo subscription, 30 Nov", Validity.SAME_DAY_ROLLED, 1, "2026-11-30 12:00", "2027-01-01 12:00", TOKYO),
    ("povo subscription, 31 Dec", Validity.SAME_DAY_ROLLED, 1, "2026-12-31 12:00", "2027-02-01 12:00", TOKYO),
    (
        "povo subscription, then on the 1st",
        Validity.SAME_DAY_ROLLED,
        1,
        "2027-03-01 12:00",
        "2027-04-01 12:00",
        TOKYO,
    ),
    (
        "CGRateS #2255: 31 Mar is not 1 May",
        Validity.SAME_DAY_CLAMPED,
        1,
        "2027-03-31 12:00",
        "2027-04-30 12:00",
        TOKYO,
    ),
    ("31 Jan", Validity.SAME_DAY_CLAMPED, 1, "2027-01-31 12:00", "2027-02-28 12:00", TOKYO),
    ("31 Jan of a leap year", Validity.SAME_DAY_CLAMPED, 1, "2028-01-31 12:00", "2028-02-29 12:00", TOKYO),
    ("29 Feb, a year on", Validity.SAME_DAY_CLAMPED, 12, "2028-02-29 12:00", "2029-02-28 12:00", TOKYO),
    ("December", Validity.SAME_DAY_CLAMPED, 1, "2026-12-15 12:00", "2027-01-15 12:00", TOKYO),
    (
        "flexprice #2671: not 3 days early in +5:30",
        Validity.SAME_DAY_CLAMPED,
        1,
        "2027-03-01 01:30",
        "2027-04-01 01:30",
        "Asia/Kolkata",
    ),
    (
        "Lago #879: the local day of UTC-8",
        Validity.CALENDAR_DAYS,
        1,
        "2027-01-31 23:00",
        "2027-02-01",
        "Etc/GMT+8",
    ),
    (
        "DST: 30 x 24 h end an hour later on the wall",
        Validity.HOURS_THEN_END_OF_DAY,
        30,
        "2026-02-20 23:30",
        "2026-03-24",
        LA,
    ),
    ("DST: a day of 23 hours is a day", Validity.CALENDAR_DAYS, 1, "2026-03-08", "2026-03-09", LA),
    (
        "DST: midnight that is skipped",
        Validity.CALENDAR_DAYS,
        1,
        "2026-03-28 10:00",
        "2026-03-29 01:00",
        "Asia/Beirut",
    ),
    (
        "DST: the time that is skipped",
        Validity.SAME_DAY_CLAMPED,
        1,
        "2026-02-08 02:30",
        "2026-03-08 03:30",
        LA,
    ),
]


@pytest.mark.parametrize(
    ("rule", "count", "start", "end", "zone"), [v[1:] for v in VECTORS], ids=[v[0] for v in VECTORS]
)
def test_a_published_example(rule: Validity, count: int, start: str, end: str, zone: str) -> None:
    terms = Terms(rule, count)
    assert end_of(terms, at(start, zone), zone) == at(end, zone)
    assert promise(terms, at(start, zone), zone) <= at(end, zone)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-22 00:30", "2026-11-22 01:00"),
        ("2026-11-22 01:00", "2026-11-23 01:00"),
        ("2026-11-22 12:00", "2026-11-23 01:00"),
    ],
)
def test_keepgo_days_end_at_one_in_the_morning_in_japan(start: str, end: str) -> None:
    terms = Terms(Validity.ZONE_MIDNIGHT, 1, boundary_zone="Etc/GMT-8")  # POSIX signs: this is UTC+8
    assert end_of(terms, at(start), TOKYO) == promise(terms, at(start), TOKYO) == at(end)
    assert end_of(terms, at(start), "UTC") == at(end)  # wherever the line is


def test_where_the_wall_shows_an_instant_twice() -> None:
    havana = "America/Havana"
    # 1:30 on 1 Nov 2026 in Los Angeles: the second of the two is granted, the first promised
    terms, start = Terms(Validity.SAME_DAY_CLAMPED, 1), at("2026-10-01 01:30", LA)
    assert end_of(terms, start, LA) == at("2026-11-01 01:30", LA, fold=1)
    assert promise(terms, start, LA) == at("2026-11-01 01:30", LA, fold=0)
    # midnight of 1 Nov 2026 in Havana: the day before is over at the first
    assert end_of(Terms(Validity.CALENDAR_DAYS, 1), at("2026-10-31 10:00", havana), havana) == at(
        "2026-11-01 00:00", havana, fold=0
    )
    second_midnight = at("2026-11-01 00:00", havana, fold=1)
    assert end_of(Terms(Validity.HOURS_THEN_END_OF_DAY, 1), second_midnight - DAY, havana) == at(
        "2026-11-02", havana
    )


def test_the_anchor_day_returns() -> None:
    terms = Terms(Validity.SAME_DAY_CLAMPED, 1)
    chain: list[BasePeriod] = []
    now = at("2027-01-31 09:00")
    for _ in range(4):
        placed = compute_placement(terms, Kind.PLAN, chain, now, TOKYO, AFTER)
        chain.append(BasePeriod(placed.starts_at, placed.ends_at, placed.anchor_day))
    assert [base.ends_at for base in chain] == [
        at(f"2027-{end} 09:00") for end in ("02-28", "03-31", "04-30", "05-31")
    ]
    late = compute_placement(terms, Kind.PLAN, chain[:1], at("2027-02-28 09:00:01"), TOKYO, NOW)
    assert (late.ends_at, late.anchor_day) == (at("2027-03-28 09:00:01"), 28)
    # The end itself is no longer inside.
    in_time = compute_placement(terms, Kind.PLAN, chain[:1], at("2027-02-28 09:00"), TOKYO, NOW)
    assert (in_time.ends_at, in_time.anchor_day) == (at("2027-03-31 09:00"), 31)


def test_an_anchor_that_cannot_be_is_not_believed() -> None:
    terms, start = Terms(Validity.SAME_DAY_CLAMPED, 1), at("2027-02-28 09:00")
    assert end_of(terms, start, TOKYO, 15) == at("2027-03-28 09:00")  # else the month would be short
    assert end_of(terms, at("2027-02-20 09:00"), TOKYO, 31) == at("2027-03-20 09:00")
    assert end_of(terms, start, TOKYO, 30) == promise(terms, start, TOKYO, 30) == at("2027-03-30 09:00")
