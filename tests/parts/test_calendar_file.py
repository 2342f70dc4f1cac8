"""The calendar file, read back by another's reader."""

from datetime import UTC, datetime, timedelta, timezone

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsuzuki.web.calendar_file import Event, calendar_file

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
AT = datetime(2026, 12, 1, 23, 59, tzinfo=timezone(timedelta(hours=9)))


def read(*events, name="x"):
    return icalendar.Calendar.from_ical(calendar_file(events, name, NOW))


def test_a_reader_finds_everything():
    event = Event(
        "povo2-keep@example.jp",
        AT,
        "povo2.0: 续费截止",
        "先充值；再说，好吗？\\ a;b,c\n第二行",
        "https://example.jp/g/povo2?d=2026-12-01",
    )
    found = read(event, name="我的号码")
    assert found["VERSION"] == "2.0"
    assert found["X-WR-CALNAME"] == "我的号码"
    [inside] = found.walk("VEVENT")
    assert inside["UID"] == "povo2-keep@example.jp"
    assert inside["DTSTAMP"].dt == NOW
    assert inside["DTSTART"].dt == AT
    assert inside["SUMMARY"] == event.summary
    assert inside["DESCRIPTION"] == event.description
    assert inside["URL"] == event.url
    assert [alarm["TRIGGER"].dt for alarm in inside.walk("VALARM")] == [
        timedelta(days=-days) for days in (7, 3, 1)
    ]
    assert not inside.errors


@pytest.mark.parametrize("letter", ["a", "é", "续", "😀"])
def test_a_long_line_is_folded_between_letters(letter):
    written = calendar_file([Event("u@x", AT, letter * 200)], "x", NOW)
    lines = written.split(b"\r\n")
    assert 70 < max(len(line) for line in lines) <= 75
    assert all(line.decode() for line in lines[:-1])


def test_several_dates_stay_apart():
    found = read(*(Event(f"{n}@x", AT + timedelta(days=n), f"{n}") for n in range(5)))
    assert [event["UID"] for event in found.walk("VEVENT")] == [f"{n}@x" for n in range(5)]


def test_a_moment_needs_its_zone():
    with pytest.raises(ValueError, match="zone"):
        calendar_file([Event("u", datetime(2026, 1, 1), "s")], "x", NOW)


texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")) | st.sampled_from("\n;,\\:\"'"),
    min_size=1,
    max_size=300,
)


@settings(deadline=None)
@given(texts, texts)
def test_any_words_come_back_whole(summary, description):
    written = calendar_file([Event("u@x", AT, summary, description)], summary, NOW)
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
    assert b"\n" not in written.replace(b"\r\n", b"")
    [event] = icalendar.Calendar.from_ical(written).walk("VEVENT")
    assert (event["SUMMARY"], event["DESCRIPTION"]) == (summary, description)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_nothing_a_stranger_writes_opens_another_property(text):
    written = calendar_file(
        [Event(text or "u", AT, text + "\r\nATTACH:http://x", text + "\nEND:VEVENT", text)], text, NOW
    )
    lines = [line for line in written.decode().replace("\r\n ", "").split("\r\n") if line]
    assert [line for line in lines if line.startswith(("ATTACH", "END:VEVENT"))] == ["END:VEVENT"]
