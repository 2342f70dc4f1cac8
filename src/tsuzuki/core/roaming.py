"""Roaming prices of the operator's own lines: rows of a price table, what a trip costs by them, how two
tables differ.

A row is for one plan, or for every plan of a carrier's lines; a plan's own row goes before its carrier's.
Each begun unit counts whole, so the unit is the rounding too. There is one way to pay for data in one place,
never two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from .money import Money
from .money import total as sum_of
from .tax import TaxRule
from .trip import CallUsage, Span, Trip, midnights, windows

# Where a row may hold, with the clock a traveller there reads;
# of a country with several, that of its largest city.
PLACES = {
    "CN": "Asia/Shanghai",
    "HK": "Asia/Hong_Kong",
    "MO": "Asia/Macau",
    "TW": "Asia/Taipei",
    "JP": "Asia/Tokyo",
    "KR": "Asia/Seoul",
    "SG": "Asia/Singapore",
    "MY": "Asia/Kuala_Lumpur",
    "TH": "Asia/Bangkok",
    "VN": "Asia/Ho_Chi_Minh",
    "PH": "Asia/Manila",
    "ID": "Asia/Jakarta",
    "IN": "Asia/Kolkata",
    "NP": "Asia/Kathmandu",
    "AU": "Australia/Sydney",
    "US": "America/New_York",
    "CA": "America/Toronto",
    "GB": "Europe/London",
    "FR": "Europe/Paris",
    "DE": "Europe/Berlin",
    "IT": "Europe/Rome",
}


class Service(StrEnum):
    CALL_HOME = "call_home"
    CALL_LOCAL = "call_local"
    CALL_OTHER = "call_other"
    CALL_IN = "call_in"
    SMS_OUT = "sms_out"
    SMS_IN = "sms_in"
    DATA_INCLUDED = "data_included"  # inside the plan; a price, if it has one, is paid once
    DATA_DAY = "data_day"  # for each day of a zone on which data is used
    DATA_HOURS = "data_hours"  # for so many hours from switching on
    DATA = "data"  # for so many kB; with a zone, each of its days is rounded up by itself
    STOP = "stop"  # no price: use abroad is stopped when it has cost so much


CALLS = {
    Service.CALL_HOME: "home",
    Service.CALL_LOCAL: "within",
    Service.CALL_OTHER: "other",
    Service.CALL_IN: "received",
}
SMS = {Service.SMS_OUT: "sms_sent", Service.SMS_IN: "sms_received"}
DATA = frozenset((Service.DATA_INCLUDED, Service.DATA_DAY, Service.DATA_HOURS, Service.DATA))
IN_PACKS = DATA - {Service.DATA}  # of these a part may be fast and the rest slow, or none


@dataclass(frozen=True, slots=True)
class Rate:
    """One row.

    `unit`: seconds of a call, hours of a pass, kB of data, else 1. `mb`: fast data in each pass, None: no
    limit; then `then_kbps`, None: it ends.
    """

    plan: str  # a code; empty: every plan
    carrier: str  # a code; empty where there is a plan
    place: str
    service: Service
    price: Money
    unit: int = 1
    tax: TaxRule = TaxRule.OUT_OF_SCOPE
    zone: str = ""
    mb: int | None = None
    then_kbps: int | None = None
    note: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str, Service]:
        """What there can be one of at a time."""
        return (self.plan, self.carrier, self.place, self.service)


Held = Mapping[Service, Rate]


def overlaps(rates: Sequence[Rate]) -> list[tuple[int, int]]:
    """Rows that cannot both hold, each named after the first it meets: the same thing twice, or a second way
    to pay for data.
    """
    first: dict[object, int] = {}
    result = []
    for place, rate in enumerate(rates):
        what = "data" if rate.service in DATA else rate.service
        other = first.setdefault((rate.plan, rate.carrier, rate.place, what), place)
        if other != place:
            result.append((place, other))
    return result


def held(rates: Iterable[Rate], place: str, plan: str, carrier: str) -> Held:
    """What a line pays in a place: its plan's own rows, and its carrier's where the plan says nothing."""
    here = [rate for rate in rates if rate.place == place]
    own = {rate.service: rate for rate in here if plan and rate.plan == plan}
    wide = {rate.service: rate for rate in here if carrier and rate.carrier == carrier}
    if own.keys() & DATA:
        wide = {service: rate for service, rate in wide.items() if service not in DATA}
    both = wide | own
    return {service: both[service] for service in Service if service in both}


class Remark(StrEnum):
    SPREAD = "spread"  # data was spread evenly over the days
    SLOW = "slow"
    ENDS = "ends"
    STOP = "stop"  # there is a limit
    STOPPED = "stopped"  # and this trip would reach it


@dataclass(frozen=True, slots=True)
class Charge:
    """`count` units at the price of the row."""

    rate: Rate
    count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Cost:
    charges: tuple[Charge, ...]
    total: Money
    spans: tuple[Span, ...]  # the days data is charged for
    remarks: Mapping[Remark, Rate]
    # Of the trip, what the table has no price for: home, within, ..., sms_sent, data.
    unpriced: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return not self.unpriced


def cost(rates: Held, trip: Trip) -> Cost:
    """What a trip comes to; of at least one row."""
    currency = next(iter(rates.values())).price.currency
    data = next((rate for service, rate in rates.items() if service in DATA), None) if trip.kb else None
    spans = _spans(data, trip) if data else ()
    charges = list(_calls(rates, trip))
    if data:
        count = _passes(data, trip, len(spans))
        charges.append(Charge(data, count, _times(data.price, count)))
    total = sum_of((charge.amount for charge in charges), currency)
    return Cost(
        tuple(charges),
        total,
        spans,
        dict(_remarks(rates, data, trip, len(spans), total)),
        _unpriced(rates, data, trip),
    )


def _calls(rates: Held, trip: Trip) -> Iterator[Charge]:
    for service, rate in rates.items():
        if service in CALLS:
            talk: CallUsage = getattr(trip, CALLS[service])
            count = talk.units(rate.unit)
        else:
            count = getattr(trip, SMS[service]) if service in SMS else 0
        if count:
            yield Charge(rate, count, _times(rate.price, count))


def _spans(rate: Rate, trip: Trip) -> tuple[Span, ...]:
    if rate.service is Service.DATA_HOURS:
        return windows(trip, rate.unit)
    return midnights(trip, rate.zone) if rate.zone else ()


def _passes(rate: Rate, trip: Trip, days: int) -> int:
    if rate.service is Service.DATA:
        return max(1, days) * -(-_daily(trip, days) // rate.unit)
    return 1 if rate.service is Service.DATA_INCLUDED else days


def _daily(trip: Trip, days: int) -> int:
    """kB a day, spread evenly."""
    return -(-trip.kb // max(1, days))


def _times(price: Money, count: int) -> Money:
    return Money(price.minor * count, price.currency)


def _remarks(
    rates: Held, data: Rate | None, trip: Trip, days: int, total: Money
) -> Iterator[tuple[Remark, Rate]]:
    if data and days > 1 and (data.service is Service.DATA or data.mb is not None):
        yield Remark.SPREAD, data
    if data and data.mb is not None and _daily(trip, days) > data.mb * 1000:
        yield (Remark.SLOW if data.then_kbps else Remark.ENDS), data
    stop = rates.get(Service.STOP)
    if stop:
        yield (Remark.STOP if total < stop.price else Remark.STOPPED), stop


def _unpriced(rates: Held, data: Rate | None, trip: Trip) -> tuple[str, ...]:
    calls = [
        name for service, name in CALLS.items() if service not in rates and getattr(trip, name).units(60)
    ]
    texts = [name for service, name in SMS.items() if service not in rates and getattr(trip, name)]
    return (*calls, *texts, *(["data"] if trip.kb and data is None else []))


@dataclass(frozen=True, slots=True)
class Changes:
    added: tuple[Rate, ...]
    changed: tuple[tuple[Rate, Rate], ...]  # before, after
    ended: tuple[Rate, ...]
    same: int


def changes(before: Iterable[Rate], after: Iterable[Rate]) -> Changes:
    old, new = ({rate.key: rate for rate in rates} for rates in (before, after))
    both = [(old[key], new[key]) for key in new if key in old]
    return Changes(
        tuple(new[key] for key in new if key not in old),
        tuple((rate, other) for rate, other in both if rate != other),
        tuple(old[key] for key in old if key not in new),
        sum(rate == other for rate, other in both),
    )


def sample(place: str, day: date) -> Trip:
    """A trip to compare tables by: 5 days there, 10 minutes out, 5 in, 5 SMS, 500 MB."""
    begins = datetime.combine(day, time(9), ZoneInfo(PLACES[place]))
    talked = Trip(
        begins, begins + timedelta(days=4, hours=12), kb=500_000, home=CallUsage(600), received=CallUsage(300)
    )
    return replace(talked, sms_sent=5)
