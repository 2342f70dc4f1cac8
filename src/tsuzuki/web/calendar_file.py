"""An iCalendar file (RFC 5545) of dates with reminders, for whatever calendar the reader has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MEDIA_TYPE = "text/calendar; charset=utf-8"
REMIND = tuple(timedelta(days=days) for days in (7, 3, 1))
# What the library lets through and 3.1 does not.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Event:
    """`uid` is the same whenever the same date is written again,
    so that a calendar replaces it instead of showing it twice.
    """

    uid: str
    at: datetime
    summary: str
    description: str = ""
    url: str = ""


def calendar_file(events: Iterable[Event], name: str, now: datetime) -> bytes:
    """The file.

    Reminders come 7, 3 and 1 days before each date; those that would lie in the past are left to the reader's
    calendar.
    """
    # A tenth of a second and 10 MB: for whoever asks for a file only.
    from icalendar import Alarm, Calendar, vText
    from icalendar import Event as Entry

    calendar = Calendar()
    calendar.add("PRODID", "-//tsuzuki//guide//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("X-WR-CALNAME", vText(_text(name)))
    for event in events:
        entry = Entry()
        entry.add("UID", _text(event.uid))
        entry.add("DTSTAMP", _moment(now))
        entry.add("DTSTART", _moment(event.at))
        entry.add("DURATION", timedelta())
        entry.add("SUMMARY", _text(event.summary))
        entry.add("DESCRIPTION", _text(event.description))
        entry.add("URL", _text(event.url).replace("\n", ""))
        entry.add("TRANSP", "TRANSPARENT")  # it does not make the reader look busy
        for before in REMIND:
            alarm = Alarm()
            alarm.add("ACTION", "DISPLAY")
            alarm.add("TRIGGER", -before)
            alarm.add("DESCRIPTION", _text(event.summary))
            entry.add_component(alarm)
        calendar.add_component(entry)
    return bytes(calendar.to_ical())


def _moment(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a moment without a zone")
    return at.astimezone(UTC)


def _text(text: str) -> str:
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
