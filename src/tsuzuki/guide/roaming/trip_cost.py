"""What a trip costs on a roaming tariff, line by line, and the days as it is charged for them.

A day of a carrier is not a day of the traveller: some count 24 hours from switching on, some from midnight to
midnight at home. `spans` are those days, for the page to draw.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from tsuzuki.core.trip import DIRECTIONS, Span, Trip, midnights, windows

from ..costs.monthly_cost import filled, in_unit, limited, megabytes, price
from ..costs.price_tables import roam_lines, roam_remarks
from ..load.claims import AsIs, Text, Words
from .tariffs import Data, Price, Tariff, Version, tariffs

PLACES = {"CN": "Asia/Shanghai", "JP": "Asia/Tokyo"}


@dataclass(frozen=True, slots=True)
class CostLine:
    said: Text
    amount: Decimal
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TripCost:
    tariff: Tariff
    version: Version
    lines: tuple[CostLine, ...]
    total: Decimal
    currency: str
    spans: tuple[Span, ...]
    zone: str | None  # whose midnight ends a day; None: hours from switching on, or none
    remarks: tuple[Text, ...]
    unknown: int  # of calls and SMS, how many are asked for and not known

    @property
    def whole(self) -> bool:
        return self.unknown == 0


def trip_cost(tariff: Tariff, trip: Trip) -> TripCost | None:
    """None where no version of the tariff is known for that time."""
    version = tariff.on(trip.starts.astimezone(ZoneInfo(PLACES[tariff.place])).date())
    if version is None:
        return None
    spans = days(version.data, trip) if trip.kb else ()
    charged = (*_data(tariff, version, trip, len(spans)), *_calls(version, trip), *_sms(version, trip))
    lines = tuple(replace(line, said=limited(line.said, tariff.brand, line.claims)) for line in charged)
    total = sum((line.amount for line in lines), Decimal())
    remarks = tuple(_remarks(tariff, version, trip, len(spans)))
    unknown = len({"no_calls", "no_sms"} & {name for name, _ in remarks})
    texts = tuple(text for _, text in remarks)
    return TripCost(tariff, version, lines, total, version.currency, spans, version.data.zone, texts, unknown)


def compare(place: str, trip: Trip) -> list[TripCost]:
    """Every tariff we know for a place, the fullest known first, the cheapest first within one currency."""
    costs = [cost for tariff in tariffs(place) if (cost := trip_cost(tariff, trip))]
    return sorted(
        costs, key=lambda cost: (cost.unknown, cost.currency, cost.total, cost.tariff.brand, cost.tariff.id)
    )


def days(data: Data, trip: Trip) -> tuple[Span, ...]:
    """The days a trip is charged for; none where data is not charged by the day."""
    if data.kind == "window":
        assert data.hours is not None
        return windows(trip, data.hours)
    return midnights(trip, data.zone) if data.zone else ()


def _data(tariff: Tariff, version: Version, trip: Trip, count: int) -> Iterator[CostLine]:
    data = version.data
    if not trip.kb:
        return
    if data.kind == "included":
        yield CostLine(filled(roam_lines()["included"], {"name": tariff.name}), Decimal(), data.claims)
        over = -(-trip.kb // 1000) - (data.mb or 0)
        if data.extra and data.extra_mb and over > 0:
            packs = -(-over // data.extra_mb)
            yield _line(
                "extra",
                packs * data.extra.amount,
                (data.extra.claim,),
                count=packs,
                upto=megabytes(data.extra_mb),
            )
    elif data.kind == "per_mb":
        assert data.price is not None
        mb = Decimal(_daily(data, trip, count) * count) / 1000
        yield _line(
            "per_mb",
            mb * data.price.amount,
            data.claims,
            count=AsIs(f"{mb.normalize():,f}"),
            each=_money(data.price, version),
        )
    elif data.kind == "window":
        assert data.price is not None
        hours, each = data.hours or 0, _money(data.price, version)
        yield _line("windows", count * data.price.amount, data.claims, count=count, hours=hours, each=each)
    else:
        daily = _daily(data, trip, count)
        rung = next(rung for rung in data.rungs if rung.upto_kb is None or daily <= rung.upto_kb)
        yield _line(
            "days", count * rung.price.amount, data.claims, count=count, each=_money(rung.price, version)
        )


def _daily(data: Data, trip: Trip, count: int) -> int:
    """kB a day, spread evenly, rounded up to the tariff's step."""
    a_day = -(-trip.kb // count)
    return -(-a_day // data.step_kb) * data.step_kb


def _calls(version: Version, trip: Trip) -> Iterator[CostLine]:
    for name in DIRECTIONS:
        units, each = getattr(trip, name).units(version.unit), version.calls.get(name)
        if units and each:
            yield _line(name, units * each.amount, (each.claim,), count=units, each=_money(each, version))


def _sms(version: Version, trip: Trip) -> Iterator[CostLine]:
    for name, count in (("sent", trip.sms_sent), ("received", trip.sms_received)):
        each = version.sms.get(name)
        if count and each:
            yield _line(
                f"sms_{name}", count * each.amount, (each.claim,), count=count, each=_money(each, version)
            )


def _remarks(tariff: Tariff, version: Version, trip: Trip, count: int) -> Iterator[tuple[str, Text]]:
    data = version.data
    if trip.kb and data.kind in ("day", "per_mb") and count > 1:
        yield "spread", filled(roam_remarks()["spread"], {})
    a_day = trip.kb if data.kind == "included" else -(-trip.kb // max(1, count))
    if data.mb is not None and a_day > data.mb * 1000 and not data.extra:
        speed = in_unit(data.then_kbps, "kbps") if data.then_kbps else AsIs("")
        yield (
            "slow",
            filled(
                roam_remarks()["slow" if data.then_kbps else "slow_unknown"],
                {"upto": megabytes(data.mb), "speed": speed},
            ),
        )
    if data.days is not None and trip.ends.astimezone(UTC) - trip.starts.astimezone(UTC) > timedelta(
        days=data.days
    ):
        yield (
            "too_long",
            filled(
                roam_remarks()["too_long"],
                {"count": data.days, "speed": in_unit(data.then_kbps or 0, "kbps")},
            ),
        )
    if any(getattr(trip, name).units(version.unit) and name not in version.calls for name in DIRECTIONS):
        yield "no_calls", filled(roam_remarks()["no_calls"], {})
    if (trip.sms_sent and "sent" not in version.sms) or (trip.sms_received and "received" not in version.sms):
        yield "no_sms", filled(roam_remarks()["no_sms"], {})
    if tariff.unconfirmed:
        yield "unconfirmed", filled(roam_remarks()["unconfirmed"], {})
    if version.zone_unknown and trip.kb:
        yield "zone_unknown", filled(roam_remarks()["zone_unknown"], {})
    if version.free and trip.kb:
        yield "free", filled(roam_remarks()["free"], {})
    if version.stop:
        yield (
            "stop",
            filled(
                roam_remarks()["stop"],
                {"yen": in_unit(price(tariff.brand, version.stop, 0), version.currency)},
            ),
        )


def _line(words: str, amount: Decimal, claims: tuple[str, ...], **facts: Words | int) -> CostLine:
    return CostLine(filled(roam_lines()[words], facts), amount, claims)


def _money(each: Price, version: Version) -> Text:
    return in_unit(each.amount, version.currency)
