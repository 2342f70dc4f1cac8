"""Money, moments and allowances in words.

A bare yen sign is never shown: it is yen to one reader and yuan to another. Data is counted as Japanese carriers sell it, in decimal
units: 1 GB is 10**9 bytes, 1 MB is 10**6.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from tsuzuki.core.identifiers import mask_msisdn
from tsuzuki.core.money import Money
from tsuzuki.core.plan import Good

from .languages import N_, SOURCE, nearest, translator

GB, MB, KB = 10**9, 10**6, 10**3

# One entry per currency, because each language has its own way: «JPY 1,980», «1,980円», «1,980 日元».
_CURRENCIES = {
    "AED": N_("AED %(amount)s"),
    "AUD": N_("AUD %(amount)s"),
    "BHD": N_("BHD %(amount)s"),
    "BRL": N_("BRL %(amount)s"),
    "CAD": N_("CAD %(amount)s"),
    "CHF": N_("CHF %(amount)s"),
    "CNY": N_("CNY %(amount)s"),
    "EUR": N_("EUR %(amount)s"),
    "GBP": N_("GBP %(amount)s"),
    "HKD": N_("HKD %(amount)s"),
    "IDR": N_("IDR %(amount)s"),
    "INR": N_("INR %(amount)s"),
    "JOD": N_("JOD %(amount)s"),
    "JPY": N_("JPY %(amount)s"),
    "KRW": N_("KRW %(amount)s"),
    "KWD": N_("KWD %(amount)s"),
    "MOP": N_("MOP %(amount)s"),
    "MYR": N_("MYR %(amount)s"),
    "NPR": N_("NPR %(amount)s"),
    "NZD": N_("NZD %(amount)s"),
    "OMR": N_("OMR %(amount)s"),
    "PHP": N_("PHP %(amount)s"),
    "SGD": N_("SGD %(amount)s"),
    "THB": N_("THB %(amount)s"),
    "TND": N_("TND %(amount)s"),
    "TWD": N_("TWD %(amount)s"),
    "USD": N_("USD %(amount)s"),
    "VND": N_("VND %(amount)s"),
}
# Monday first, as datetime counts; January first.
WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_MONTHS = (
    N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"),
    N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec"),
)  # fmt: skip
_MOMENT = N_("%(weekday)s %(day)s %(month)s %(year)s, %(time)s (%(zone)s)")
_SHORT = N_("%(day)s %(month)s, %(time)s")
_SHORT_WITH_YEAR = N_("%(day)s %(month)s %(year)s, %(time)s")
# Zones whose everyday name we can say in every language; the others go by city (English) or offset, so that no page mixes languages.
_ZONES = {
    "Asia/Tokyo": N_("Japan time"),
    "Asia/Shanghai": N_("China time"),
    "Asia/Hong_Kong": N_("Hong Kong time"),
    "Asia/Macau": N_("Macao time"),
    "Asia/Taipei": N_("Taipei time"),
    "Asia/Seoul": N_("Korea time"),
    "Asia/Singapore": N_("Singapore time"),
    "Asia/Bangkok": N_("Thailand time"),
    "Asia/Ho_Chi_Minh": N_("Vietnam time"),
    "Asia/Manila": N_("Philippine time"),
    "Asia/Kathmandu": N_("Nepal time"),
    "Australia/Sydney": N_("Sydney time"),
    "America/New_York": N_("New York time"),
    "America/Toronto": N_("Toronto time"),
    "Europe/London": N_("London time"),
    "Europe/Paris": N_("Paris time"),
    "Europe/Berlin": N_("Berlin time"),
    "Europe/Rome": N_("Rome time"),
}
_UNLIMITED = {
    Good.DATA: N_("unlimited data"),
    Good.VOICE: N_("unlimited calls"),
    Good.SMS: N_("unlimited SMS"),
    Good.CREDIT: N_("unlimited"),
}


def money(amount: Money, language: str) -> str:
    whole, dot, part = amount.plain().lstrip("-").partition(".")
    sign = "-" if amount.minor < 0 else ""
    number = f"{sign}{int(whole):,}{dot}{part}"
    form = _CURRENCIES.get(amount.currency)
    return translator(language)(form) % {"amount": number} if form else f"{amount.currency} {number}"


def moment(at: datetime, zone: str | tzinfo, language: str, closing: bool = False) -> str:
    """`at` in the zone, with the zone named. `closing`: `at` is the half-open end of something; an end at midnight is shown as 23:59."""
    local = _local(at, zone, closing)
    return translator(language)(_MOMENT) % _parts(local, language)


def short(at: datetime, zone: str | tzinfo, language: str, now: datetime, closing: bool = False) -> str:
    """Day and time alone, for a page that names the zone beside it; the year only where it is not this one."""
    local = _local(at, zone, closing)
    pattern = _SHORT if local.year == now.astimezone(local.tzinfo).year else _SHORT_WITH_YEAR
    return translator(language)(pattern) % _parts(local, language)


def iso_day(at: datetime, zone: str | tzinfo) -> str:
    """2026-12-01, as the calendar on the wall there says; for narrow lists."""
    return f"{_local(at, zone, False):%Y-%m-%d}"


def clock(at: datetime, zone: str | tzinfo, closing: bool = False) -> str:
    return f"{_local(at, zone, closing):%H:%M}"


def _local(at: datetime, zone: str | tzinfo, closing: bool) -> datetime:
    local = at.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)
    return local - timedelta(minutes=1) if closing and local.time() == time(0) else local


def _parts(local: datetime, language: str) -> dict[str, object]:
    say = translator(language)
    return {
        "weekday": say(WEEKDAYS[local.weekday()]), "day": local.day, "month": say(_MONTHS[local.month - 1]), "year": local.year,
        "time": f"{local:%H:%M}", "zone": zone_name(local, language),
    }  # fmt: skip


def zone_label(zone: str, language: str) -> str:
    """The everyday name of a zone. Its offset, where it has none, is that of the year's beginning."""
    return zone_name(datetime(2026, 1, 1, tzinfo=ZoneInfo(zone)), language)


def zone_name(local: datetime, language: str) -> str:
    key = getattr(local.tzinfo, "key", "")
    if key in _ZONES:
        return translator(language)(_ZONES[key])
    region, _, city = key.rpartition("/")
    if region and region != "Etc" and nearest(language) == SOURCE:
        return f"{city.replace('_', ' ')} time"
    offset = local.utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    return f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}" if minutes else "UTC"


def amount(good: Good, quantity: int | None, language: str, currency: str | None = None) -> str:
    """An allowance in words. Credit needs its `currency`: a number of minor units alone says nothing."""
    say = translator(language)
    if quantity is None:
        return say(_UNLIMITED[good])
    if good is Good.DATA:
        return _data(quantity)
    if good is Good.VOICE:
        return _voice(quantity, language)
    if good is Good.SMS:
        return say(N_("%(count)s SMS")) % {"count": f"{quantity:,}"}
    if currency is None:
        raise ValueError("credit is shown with its currency")
    return money(Money(quantity, currency), language)


def _data(bytes_: int) -> str:
    """At most two decimals, cut and not rounded: what is shown is there."""
    for size, unit in ((GB, "GB"), (MB, "MB"), (KB, "KB")):
        if bytes_ >= size:
            hundredths = bytes_ * 100 // size
            digits = f"{hundredths // 100:,}.{hundredths % 100:02}".rstrip("0").rstrip(".")
            return f"{digits} {unit}"
    return f"{bytes_} B" if bytes_ else "0 GB"


def _voice(seconds: int, language: str) -> str:
    say = translator(language)
    minutes, rest = divmod(seconds, 60)
    if not rest:
        return say(N_("%(minutes)s min")) % {"minutes": f"{minutes:,}"}
    if not minutes:
        return say(N_("%(seconds)s s")) % {"seconds": rest}
    return say(N_("%(minutes)s min %(seconds)s s")) % {"minutes": f"{minutes:,}", "seconds": rest}


def number(msisdn: str) -> str:
    """Masked, and as it is written at home where that is Japan: «090-••••-4417»."""
    return mask_msisdn(msisdn).replace("+81 ", "0").replace("*", "•")


def name(names: Mapping[str, str], language: str) -> str:
    """Words an operator wrote: in the reader's language, else in English, else the first there are."""
    for wanted in (language, nearest(language), SOURCE):
        if names.get(wanted):
            return names[wanted]
    return next((words for words in names.values() if words), "")


def listed(parts: Iterable[str], language: str) -> str:
    """Things one after another, with the comma that the language writes in a list."""
    return (", " if nearest(language) == "en" else "、").join(parts)


def one_line(value: object) -> str:
    """Text from outside, fit for the middle of a sentence: no line breaks, nothing invisible that could turn a line around."""
    spaced = " ".join(str(value).split())
    return "".join(sign for sign in spaced if not unicodedata.category(sign).startswith("C"))
