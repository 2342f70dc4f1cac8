"""What sums.yaml holds: plans with the claims their prices come from, fees,
statutory lines, and the words of a sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from ..load.claims import AsIs, Source, Words
from ..load.loader import day
from ..load.vocabulary import words
from ..load.yaml_file import Marked, Wrong, read

FILE = Path(__file__).parent / "sums.yaml"
SECTIONS = {"plans", "methods", "fees", "statutory", "late", "lines", "remarks", "roam_lines", "roam_remarks"}
PLAN = {
    "brand",
    "id",
    "name",
    "claim",
    "tiers",
    "packs",
    "extra",
    "voice",
    "sms",
    "calls_included",
    "minutes",
    "closed",
    "data_only",
    "statutory",
}


@dataclass(frozen=True, slots=True)
class Tier:
    """`upto` in MB, None: no limit. `row` of the claim's table."""

    upto: int | None
    row: int | None


@dataclass(frozen=True, slots=True)
class Pack:
    mb: int
    claim: str


@dataclass(frozen=True, slots=True)
class Extra:
    """More data, `mb` at a time; `upto`: no further than this in a month."""

    claim: str
    mb: int
    upto: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    brand: str
    id: str
    name: AsIs
    claim: str | None
    tiers: tuple[Tier, ...]
    packs: tuple[Pack, ...]
    extra: Extra | None
    voice: str | None  # a claim: yen for 30 seconds
    sms: str | None
    sms_row: int | None
    calls_included: str | None  # the claim that says so
    minutes: int  # included
    closed: bool
    data_only: bool
    statutory: bool


@dataclass(frozen=True, slots=True)
class Statutory:
    id: str
    yen: Decimal
    first: date
    last: date | None
    source: Source


@dataclass(frozen=True, slots=True)
class Late:
    """Interest by the year, or one fee; each a claim."""

    interest: str | None
    flat: str | None


@cache
def _file() -> Marked:
    marked = read(FILE)
    if set(marked) != SECTIONS:
        raise Wrong(f"{FILE.name}:1: the sections are {', '.join(sorted(SECTIONS))}")
    return marked


@cache
def plans() -> tuple[Plan, ...]:
    return tuple(_plan(row) for row in _file()["plans"])


def _plan(row: Marked) -> Plan:
    if unknown := set(row) - PLAN:
        raise Wrong(f"{row.at()}: not known here: {', '.join(sorted(unknown))}")
    sms = row.get("sms", {})
    extra = row.get("extra")
    return Plan(
        brand=row["brand"],
        id=row["id"],
        name=AsIs(row["name"]),
        claim=row.get("claim"),
        tiers=tuple(Tier(tier.get("upto"), tier.get("row")) for tier in row.get("tiers", [])),
        packs=tuple(Pack(pack["mb"], pack["claim"]) for pack in row.get("packs", [])),
        extra=Extra(extra["claim"], extra["mb"], extra.get("upto")) if extra else None,
        voice=row.get("voice"),
        sms=sms.get("claim"),
        sms_row=sms.get("row"),
        calls_included=row.get("calls_included"),
        minutes=row.get("minutes", 0),
        closed=row.get("closed", False),
        data_only=row.get("data_only", False),
        statutory=row.get("statutory", True),
    )


@cache
def methods() -> Mapping[str, Words]:
    return _words("methods")


@cache
def lines() -> Mapping[str, Words]:
    return _words("lines")


@cache
def remarks() -> Mapping[str, Words]:
    return _words("remarks")


@cache
def roam_lines() -> Mapping[str, Words]:
    return _words("roam_lines")


@cache
def roam_remarks() -> Mapping[str, Words]:
    return _words("roam_remarks")


def _words(section: str) -> Mapping[str, Words]:
    result = _file()[section]
    return {key: words(value, result.at(key)) for key, value in result.items()}


@cache
def fees() -> Mapping[tuple[str, str], str]:
    """The claim of what a way of paying costs, by brand and method."""
    return {(row["brand"], row["method"]): row["claim"] for row in _file()["fees"]}


@cache
def late_rules() -> Mapping[str, Late]:
    return {row["brand"]: Late(row.get("interest"), row.get("flat")) for row in _file()["late"]}


@cache
def statutory() -> tuple[Statutory, ...]:
    return tuple(_statutory(row) for row in _file()["statutory"])


def _statutory(row: Marked) -> Statutory:
    source = Source(
        row["source"], row["kind"], day(row["as_of"], row.at("as_of")), row["basis"], row["confidence"]
    )
    last = _month(row["until"]) if "until" in row else None
    return Statutory(row["id"], Decimal(row["yen"]), _month(row["from"]), last, source)


def _month(value: Any) -> date:
    return date.fromisoformat(f"{value}-01")
