"""Business hours in words: «Mon–Fri 09:00–18:00, closed on holidays»."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from .formats import listed, weekday, zone_label
from .languages import N_, translator

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def business_hours(hours: Mapping[str, Any], zone: str, language: str) -> str:
    """`hours` as in records.Carrier.hours; days that have the same hours are said together."""
    say = translator(language)
    spans = [(day, listed(("–".join(span) for span in hours.get(day, ())), language)) for day in _DAYS]
    parts = []
    for times, group in groupby(spans, key=lambda pair: pair[1]):
        days = [weekday(_DAYS.index(day), language) for day, _ in group]
        if times:
            parts.append(f"{days[0]}–{days[-1]} {times}" if len(days) > 1 else f"{days[0]} {times}")
    if hours.get("holidays"):
        parts.append(say(N_("closed on public holidays")))
    return say(N_("%(hours)s (%(zone)s)")) % {
        "hours": listed(parts, language),
        "zone": zone_label(zone, language),
    }
