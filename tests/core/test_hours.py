"""Business hours: when «within so many seconds» is over where people do the work."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsuzuki.core.hours import DAYS, HORIZON, due, read_spans

TOKYO, NEW_YORK = "Asia/Tokyo", "America/New_York"
OFFICE = {day: [["09:00", "18:00"]] for day in DAYS[:5]}
JAPAN = {**OFFICE, "holidays": "JP"}
QUARTER = 900


def at(text: str, zone: str = TOKYO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "since", "seconds", "expected"),
    [
        (OFFICE, "2026-11-18T10:00", QUARTER, "2026-11-18T10:15"),  # a Wednesday
        (OFFICE, "2026-11-18T08:00", QUARTER, "2026-11-18T09:15"),  # before they open
        (OFFICE, "2026-11-18T17:45", QUARTER, "2026-11-18T18:00"),  # to the last second
        (OFFICE, "2026-11-18T17:50", QUARTER, "2026-11-19T09:05"),  # over the night
        (OFFICE, "2026-11-18T18:00", QUARTER, "2026-11-19T09:15"),  # half-open: at six they are gone
        (OFFICE, "2026-11-20T17:50", QUARTER, "2026-11-23T09:05"),  # over the weekend
        (OFFICE, "2026-11-21T12:00", QUARTER, "2026-11-23T09:15"),  # from a Saturday
        (JAPAN, "2026-11-20T17:50", QUARTER, "2026-11-24T09:05"),  # the 23rd is Labour Thanksgiving Day
        (JAPAN, "2026-11-22T12:00", QUARTER, "2026-11-24T09:15"),
        # The golden week: 3 to 5 May, and the 6th instead of a Sunday.
        (JAPAN, "2026-05-01T17:50", QUARTER, "2026-05-07T09:05"),
        (OFFICE, "2026-11-18T10:00", 3 * 9 * 3600, "2026-11-23T10:00"),  # 27 working hours
        # Over lunch.
        ({"sat": [["10:00", "12:00"], ["13:00", "15:00"]]}, "2026-11-21T11:55", QUARTER, "2026-11-21T13:10"),
        # Over midnight.
        (
            {"fri": [["22:00", "24:00"]], "sat": [["00:00", "02:00"]]},
            "2026-11-20T23:55",
            QUARTER,
            "2026-11-21T00:10",
        ),
    ],
)
def test_when_it_is_due(hours, since, seconds, expected):
    assert due(at(since), seconds, hours, TOKYO) == at(expected)


@pytest.mark.parametrize("hours", [{}, {"holidays": "JP"}, {"mon": [], "sun": []}])
def test_no_hours_is_always_open(hours):
    assert due(at("2026-11-21T23:59"), QUARTER, hours, TOKYO) == at("2026-11-22T00:14")


def test_closed_all_year_ends_somewhere():
    """Open only on a day that is a holiday each time: the search ends, and so does the wait."""
    since = at("2026-11-21T12:00")
    closed = {"mon": [["09:00", "09:00"]]}
    assert due(since, QUARTER, closed, TOKYO) == since + HORIZON


def test_hours_are_those_of_the_carriers_zone_whatever_the_asker_uses():
    moment = at("2026-11-18T08:00")
    for zone in (UTC, ZoneInfo("Asia/Shanghai"), ZoneInfo(NEW_YORK)):
        assert due(moment.astimezone(zone), QUARTER, OFFICE, TOKYO) == at("2026-11-18T09:15")
        assert due(moment.astimezone(zone), QUARTER, OFFICE, TOKYO).tzinfo == zone


@pytest.mark.parametrize(
    ("since", "seconds", "expected"),
    [
        # The clock jumps from two to three: an hour is an hour.
        ("2026-03-08T01:30", 3600, "2026-03-08T03:30"),
        ("2026-11-01T00:30", 2 * 3600, "2026-11-01T01:30"),  # one o'clock comes twice
    ],
)
def test_over_a_clock_change(since, seconds, expected):
    always = {day: [["00:00", "24:00"]] for day in DAYS}
    found = due(at(since, NEW_YORK), seconds, always, NEW_YORK)
    assert found - at(since, NEW_YORK) == timedelta(seconds=seconds)
    assert found.astimezone(ZoneInfo(NEW_YORK)).replace(tzinfo=None, fold=0) == datetime.fromisoformat(
        expected
    )


def test_a_day_with_a_clock_change_has_as_much_time_as_it_has():
    """Sunday 8 March 2026 in New York has 23 hours: 23 hours from its midnight is the next."""
    sunday = {"sun": [["00:00", "24:00"]], "mon": [["00:00", "24:00"]]}
    assert due(at("2026-03-08T00:00", NEW_YORK), 23 * 3600, sunday, NEW_YORK) == at(
        "2026-03-09T00:00", NEW_YORK
    )


moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


@given(moments, st.integers(0, 40 * 3600), st.integers(0, 40 * 3600))
def test_later_is_never_sooner(since, seconds, more):
    first = due(since, seconds, JAPAN, TOKYO)
    assert first >= since + timedelta(seconds=seconds)
    assert due(since, seconds + more, JAPAN, TOKYO) >= first
    assert due(since + timedelta(seconds=more), seconds, JAPAN, TOKYO) >= first


@given(moments, st.integers(1, 40 * 3600))
def test_it_is_due_while_they_are_there(since, seconds):
    local = due(since, seconds, JAPAN, TOKYO).astimezone(ZoneInfo(TOKYO))
    assert local.weekday() < 5
    assert time(9) < local.time() <= time(18)


@given(moments, st.integers(0, 10**6))
def test_always_open_is_plain_time(since, seconds):
    always = {day: [["00:00", "24:00"]] for day in DAYS}
    assert (
        due(since, seconds, always, TOKYO)
        == since + timedelta(seconds=seconds)
        == due(since, seconds, {}, TOKYO)
    )


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("", []),
        ("09:00-18:00", [["09:00", "18:00"]]),
        (" 09:00 – 12:00 , 13:00-24:00 ", [["09:00", "12:00"], ["13:00", "24:00"]]),
    ],
)
def test_spans_as_people_write_them(text, spans):
    assert read_spans(text) == spans


@pytest.mark.parametrize(
    "text",
    ["9:00-18:00", "09:00", "18:00-09:00", "09:00-09:00", "09:00-25:00", "09:00-13:00,12:00-18:00", "always"],
)
def test_spans_that_are_none(text):
    with pytest.raises(ValueError, match=r"."):
        read_spans(text)
