"""What a trip page answers with, whoever's tariff it is: a sum with its lines, the charged days drawn, and
what it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from tsuzuki.core.trip import Span, Trip
from tsuzuki.ui import formats
from tsuzuki.ui.languages import N_, plurals, translator

from .claim_view import Marked, Origin

WIDE = 12  # days drawn; the rest is only counted


class Day(NamedTuple):
    """A day as it is charged for, in words; and where it stands in the drawing."""

    number: int
    starts: str
    ends: str
    x: int
    width: int


class Drawing(NamedTuple):
    days: list[Day]
    trip_x: int
    trip_width: int
    more: int
    words: str


class Source(NamedTuple):
    label: str
    href: str
    origin: Origin


class Answer(NamedTuple):
    brand: str
    id: str
    tariff: Marked
    total: str
    least: bool
    parts: list[tuple[Marked, str]]
    remarks: list[str]
    drawing: Drawing | None
    sources: list[Source]


class Listed(NamedTuple):
    brand: str
    id: str
    # What it is, since when, facts, sources.
    versions: list[tuple[Marked, str, list[tuple[str, str]], list[Source]]]
    unconfirmed: bool


def drawn(
    charged: Sequence[Span], going: Trip, zone: str, hours: int | None, language: str
) -> Drawing | None:
    """The trip above, the days it is charged for below, to one scale.

    A day may begin before the trip and end after it.

    `hours`: of a day that counts from switching on; None: from midnight to midnight of `zone`, in which all
    is said.
    """
    spans = charged[:WIDE]
    if not spans:
        return None
    begins, ends = min(spans[0].starts, going.starts), max(spans[-1].ends, min(going.ends, spans[-1].ends))

    def at(moment: datetime) -> int:
        return int((moment - begins) * 300 / (ends - begins))

    days = [_day(number, span, at, zone, language) for number, span in enumerate(spans, 1)]
    counted = translator(language)(N_("Each day from midnight to midnight (%(zone)s) counts."))
    if hours is not None:
        ngettext = plurals(language)
        counted = ngettext(
            "Each %(hours)s hour from switching on counts (%(zone)s).",
            "Each %(hours)s hours from switching on count (%(zone)s).",
            hours,
        )
    words = counted % {"zone": formats.zone_label(zone, language), "hours": hours}
    left = at(going.starts)
    return Drawing(days, left, max(2, at(min(going.ends, ends)) - left), len(charged) - len(spans), words)


def _day(number: int, span: Span, at: Callable[[datetime], int], zone: str, language: str) -> Day:
    x, begins = at(span.starts), formats.short(span.starts, zone, language, span.starts)
    ends = formats.short(span.ends, zone, language, span.starts, closing=True)
    return Day(number, begins, ends, x, max(2, at(span.ends) - x - 1))
