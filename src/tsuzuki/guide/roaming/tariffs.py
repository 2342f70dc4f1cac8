"""Roaming tariffs from guide/roaming/*.yaml: what a line pays in a place, with its history.

A file has a `place` and `tariffs`; each a `brand`, an `id`, the `name` of the plan or product it is for and
`versions`, the newest last:

    from, until      months it is known to hold, each included; no from: the source has no date; no until:
                     still, as far as known
    currency         of all its prices
    calls            unit (seconds, each started one counts) and prices: within, home, other, received
    sms              prices: sent, received
    data             kind and its parameters:
        included     mb in the plan, for `days` at most, then then_kbps; extra: {mb, price}
        window       price for `hours` from switching on, mb in each, then then_kbps
        day          price for each day of `zone` on which data is used: steps, the last without upto_kb
        per_mb       price for each MB, rounded up to step_kb a day of `zone`
    free, stop       claims: free days on some plans; a spending stop

A price is {claim, row} or, where a claim says it only in words, {claim, amount}.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from tsuzuki.core.trip import DIRECTIONS

from ..load.claims import Table, Word, Words
from ..load.loader import brand as brand_of
from ..load.vocabulary import words
from ..load.yaml_file import Marked, Wrong, read

FOLDER = Path(__file__).parent
KINDS = {
    "included": {"kind", "mb", "days", "then_kbps", "extra", "claims"},
    "window": {"kind", "hours", "price", "mb", "then_kbps", "claims"},
    "day": {"kind", "zone", "steps", "step_kb", "mb", "then_kbps", "claims"},
    "per_mb": {"kind", "zone", "step_kb", "price", "claims"},
}
VERSION = {"from", "until", "currency", "calls", "sms", "data", "free", "stop", "zone_unknown"}


@dataclass(frozen=True, slots=True)
class Price:
    amount: Decimal
    claim: str


@dataclass(frozen=True, slots=True)
class PriceTier:
    """The price of a day on which no more than `upto_kb` is used; None: any amount."""

    upto_kb: int | None
    price: Price


@dataclass(frozen=True, slots=True)
class Data:
    kind: str
    claims: tuple[str, ...]
    price: Price | None = None
    mb: int | None = None
    then_kbps: int | None = None
    days: int | None = None
    hours: int | None = None
    zone: str | None = None
    rungs: tuple[PriceTier, ...] = ()
    step_kb: int = 1
    extra_mb: int | None = None
    extra: Price | None = None


@dataclass(frozen=True, slots=True)
class Version:
    first: date | None
    last: date | None
    currency: str
    unit: int
    calls: Mapping[str, Price]
    sms: Mapping[str, Price]
    data: Data
    free: str | None
    stop: str | None
    zone_unknown: bool


@dataclass(frozen=True, slots=True)
class Tariff:
    brand: str
    id: str
    name: Words  # without it a price would be read as one for every plan
    place: str
    unconfirmed: bool  # no source names the place among the countries
    versions: tuple[Version, ...]

    def on(self, day: date) -> Version | None:
        """The version of a day; None before the first that is known and after one that has ended."""
        month = day.replace(day=1)
        held = (
            version
            for version in self.versions
            if (version.first or month) <= month <= (version.last or month)
        )
        return next(held, None)


@cache
def tariffs(place: str) -> tuple[Tariff, ...]:
    """Every tariff for a place: «CN» for lines of Japan in mainland China, «JP» for
    lines of China in Japan.
    """
    return load(FOLDER / f"{place.lower()}.yaml")


def load(path: Path) -> tuple[Tariff, ...]:
    marked = read(path)
    made = tuple(_tariff(row, marked["place"]) for row in marked["tariffs"])
    if len({(tariff.brand, tariff.id) for tariff in made}) != len(made):
        raise Wrong(f"{path.name}:1: two tariffs have one brand and id")
    return made


def _tariff(row: Marked, place: str) -> Tariff:
    _only(row, {"brand", "id", "name", "unconfirmed", "versions"})
    versions = tuple(_version(version, row["brand"]) for version in row["versions"])
    for version, other in pairwise(versions):
        if version.last is None or other.first is None or version.last >= other.first:
            raise Wrong(f"{row.at('versions')}: a version must end before the next begins")
    return Tariff(
        row["brand"],
        row["id"],
        words(row["name"], row.at("name")),
        place,
        row.get("unconfirmed", False),
        versions,
    )


def _version(row: Marked, brand: str) -> Version:
    _only(row, VERSION)
    calls, sms = row.get("calls", {}), row.get("sms", {})
    data = _data(row["data"], brand, row["currency"])
    for key in (row.get("free"), row.get("stop"), *data.claims):
        if key is not None and not brand_of(brand).about(key):
            raise Wrong(f"{row.at()}: {brand} has no claim {key}")
    return Version(
        first=_month(row["from"], row.at("from")) if "from" in row else None,
        last=_month(row["until"], row.at("until")) if "until" in row else None,
        currency=row["currency"],
        unit=calls.get("unit", 60),
        calls={name: _price(calls[name], brand, row["currency"]) for name in DIRECTIONS if name in calls},
        sms={name: _price(sms[name], brand, row["currency"]) for name in ("sent", "received") if name in sms},
        data=data,
        free=row.get("free"),
        stop=row.get("stop"),
        zone_unknown=row.get("zone_unknown", False),
    )


def _data(row: Marked, brand: str, currency: str) -> Data:
    _only(row, KINDS.get(row["kind"], set()))
    extra = row.get("extra", {})
    rungs = tuple(
        PriceTier(rung.get("upto_kb"), _price(rung["price"], brand, currency))
        for rung in row.get("steps", [])
    )
    if rungs and (rungs[-1].upto_kb is not None or any(rung.upto_kb is None for rung in rungs[:-1])):
        raise Wrong(f"{row.at('steps')}: the last step, and only it, has no upto_kb")
    return Data(
        kind=row["kind"],
        claims=tuple(row["claims"]),
        price=_price(row["price"], brand, currency) if "price" in row else None,
        mb=row.get("mb"),
        then_kbps=row.get("then_kbps"),
        days=row.get("days"),
        hours=row.get("hours"),
        zone=row.get("zone"),
        rungs=rungs,
        step_kb=row.get("step_kb", 1),
        extra_mb=extra.get("mb"),
        extra=_price(extra["price"], brand, currency) if extra else None,
    )


def _price(row: Marked, brand: str, currency: str) -> Price:
    _only(row, {"claim", "row", "amount"})
    claims = brand_of(brand).about(row["claim"])
    if not claims:
        raise Wrong(f"{row.at()}: {brand} has no claim {row['claim']}")
    claim = claims[0]
    if "amount" in row:
        words = " ".join(text.en for text in (claim.when, claim.note) if text).replace(",", "")
        free = row["amount"] == "0" and claim.value == Word("free")
        if not free and not re.search(rf"(?<![\d.]){re.escape(row['amount'])}(?![\d.]\d)", words):
            raise Wrong(f"{row.at('amount')}: the claim {row['claim']} does not say {row['amount']}")
        return Price(Decimal(row["amount"]), row["claim"])
    value: Any = claim.value
    unit = claim.unit
    if isinstance(value, Table):
        line = value.rows[row.get("row", 0)]
        value, unit = line.value, line.unit or unit
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or unit != currency:
        raise Wrong(f"{row.at()}: {row['claim']} of {brand} is no price in {currency} there")
    return Price(Decimal(value), row["claim"])


def _month(value: Any, place: str) -> date:
    try:
        return date.fromisoformat(f"{value}-01")
    except ValueError:
        raise Wrong(f"{place}: {value!r} is no month; write 2025-07") from None


def _only(row: Marked, known: set[str]) -> None:
    if unknown := set(row) - known:
        raise Wrong(f"{row.at()}: not known here: {', '.join(sorted(unknown))}")
