"""An iCalendar file (RFC 5545) of dates with reminders, for whatever calendar the reader has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MEDIA_TYPE = "text/calendar; charset=utf-8"
REMIND = tuple(timedelta(days=days) for days in (7, 3, 1))
FOLD = 75  # octets a line may have, its end not counted (3.1)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Event:
    """`uid` is the same whenever the same date is written again, so that a calendar replaces it instead of showing it twice."""

    uid: str
    at: datetime
    summary: str
    description: str = ""
    url: str = ""


def calendar_file(events: Iterable[Event], name: str, now: datetime) -> bytes:
    """The file. Reminders come 7, 3 and 1 days before each date; those that would lie in the past are left to the reader's calendar."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tsuzuki//guide//EN", "CALSCALE:GREGORIAN", f"X-WR-CALNAME:{_text(name)}"]
    for event in events:
        lines += _event(event, now)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _event(event: Event, now: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(event.uid)}"
    yield f"DTSTAMP:{_moment(now)}"
    yield f"DTSTART:{_moment(event.at)}"
    yield "DURATION:PT0S"
    yield f"SUMMARY:{_text(event.summary)}"
    if event.description:
        yield f"DESCRIPTION:{_text(event.description)}"
    if event.url:
        yield f"URL:{_CONTROL.sub('', event.url).replace(chr(10), '')}"
    yield "TRANSP:TRANSPARENT"  # it does not make the reader look busy
    for before in REMIND:
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"TRIGGER:-P{before.days}D"
        yield f"DESCRIPTION:{_text(event.summary)}"
        yield "END:VALARM"
    yield "END:VEVENT"


def _moment(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError("a moment without a zone")
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    """3.3.11: backslash, semicolon and comma are escaped, a line break is «\\n»; other control characters are not allowed."""
    plain = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return re.sub(r"([\\;,])", r"\\\1", plain).replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """3.1: no line longer than 75 octets, continued after CRLF and a space; a letter is never torn apart."""
    folded, length = bytearray(), 0
    for letter in line:
        octets = letter.encode()
        if length + len(octets) > FOLD:
            folded += b"\r\n "
            length = 1
        folded += octets
        length += len(octets)
    return bytes(folded + b"\r\n")
