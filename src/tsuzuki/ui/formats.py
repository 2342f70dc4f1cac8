"""Money, moments and allowances in words.

A bare yen sign is never shown: it is yen to one reader and yuan to another. Data is counted as Japanese
carriers sell it, in decimal units: 1 GB is 10**9 bytes, 1 MB is 10**6.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.numbers import get_currency_name

from tsuzuki.core.identifiers import mask_msisdn
from tsuzuki.core.money import Money
from tsuzuki.core.plan import AllowanceKind

from .languages import N_, SOURCE, nearest, plurals, translator

GB, MB, KB = 10**9, 10**6, 10**3

# Words are the Unicode CLDR's, but where people say it otherwise or a language joins the name to the number
# in its own way.
_CURRENCIES = {
    "AUD": N_("AUD %(amount)s"),
    "CAD": N_("CAD %(amount)s"),
    "CNY": N_("CNY %(amount)s"),
    "GBP": N_("GBP %(amount)s"),
    "IDR": N_("IDR %(amount)s"),
    "JPY": N_("JPY %(amount)s"),
    "TWD": N_("TWD %(amount)s"),
}
_MOMENT = N_("%(weekday)s %(day)s %(month)s %(year)s, %(time)s (%(zone)s)")
_SHORT = N_("%(day)s %(month)s, %(time)s")
_SHORT_WITH_YEAR = N_("%(day)s %(month)s %(year)s, %(time)s")
# Zones that people call by their country; the others go by city or, where CLDR has no word for it, by offset:
# no page mixes languages.
_ZONES = {
    "Asia/Tokyo": N_("Japan time"),
    "Asia/Shanghai": N_("China time"),
    "Asia/Seoul": N_("Korea time"),
    "Asia/Bangkok": N_("Thailand time"),
    "Asia/Ho_Chi_Minh": N_("Vietnam time"),
    "Asia/Manila": N_("Philippine time"),
    "Asia/Kathmandu": N_("Nepal time"),
}
_UNLIMITED = {
    AllowanceKind.DATA: N_("unlimited data"),
    AllowanceKind.VOICE: N_("unlimited calls"),
    AllowanceKind.SMS: N_("unlimited SMS"),
    AllowanceKind.CREDIT: N_("unlimited"),
}


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(nearest(language), sep="-")


@lru_cache(maxsize=512)
def _money_pattern(currency: str, language: str) -> str:
    say = translator(language)
    if currency in _CURRENCIES:
        return say(_CURRENCIES[currency])
    name = (
        currency
        if nearest(language) == SOURCE
        else get_currency_name(currency, count=2, locale=_locale(language))
    )
    # Japanese has no blanks in a word.
    return say(N_("%(currency)s %(amount)s")).replace("%(currency)s", name.replace(" ", ""))


def money(amount: Money, language: str) -> str:
    whole, dot, part = amount.plain().lstrip("-").partition(".")
    sign = "-" if amount.minor < 0 else ""
    return _money_pattern(amount.currency, language) % {"amount": f"{sign}{int(whole):,}{dot}{part}"}


@lru_cache(maxsize=128)
def weekday(day: int, language: str) -> str:
    """Monday is 0, as datetime counts."""
    return str(_locale(language).days["format"]["abbreviated"][day])


@lru_cache(maxsize=128)
def month(number: int, language: str, width: str = "abbreviated") -> str:
    return str(_locale(language).months["format"][width][number])


def moment(at: datetime, zone: str | tzinfo, language: str, closing: bool = False) -> str:
    """`at` in the zone, with the zone named.

    `closing`: `at` is the half-open end of something; an end at midnight is shown as 23:59.
    """
    local = _local(at, zone, closing)
    return translator(language)(_MOMENT) % _parts(local, language)


def short(at: datetime, zone: str | tzinfo, language: str, now: datetime, closing: bool = False) -> str:
    """Day and time alone, for a page that names the zone beside it.

    The year only where it is not this one.
    """
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
    return {
        "weekday": weekday(local.weekday(), language),
        "day": local.day,
        "month": month(local.month, language),
        "year": local.year,
        "time": f"{local:%H:%M}",
        "zone": zone_name(local, language),
    }


def zone_label(zone: str, language: str) -> str:
    """The everyday name of a zone. Its offset, where it has none, is that of the year's beginning."""
    return zone_name(datetime(2026, 1, 1, tzinfo=ZoneInfo(zone)), language)


def zone_name(local: datetime, language: str) -> str:
    key = getattr(local.tzinfo, "key", "")
    if key in _ZONES:
        return translator(language)(_ZONES[key])
    if city := _city(key, language):
        return translator(language)(N_("%(city)s time")) % {"city": city}
    offset = local.utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    return (
        f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
        if minutes
        else "UTC"
    )


@lru_cache(maxsize=1024)
def _city(key: str, language: str) -> str:
    region, _, city = key.rpartition("/")
    if not region or region == "Etc":
        return ""
    own = city.replace("_", " ") if nearest(language) == SOURCE else ""
    return str(_locale(language).time_zones.get(key, {}).get("city", own))


def amount(good: AllowanceKind, quantity: int | None, language: str, currency: str | None = None) -> str:
    """An allowance in words. Credit needs its `currency`: a number of minor units alone says nothing."""
    say = translator(language)
    if quantity is None:
        return say(_UNLIMITED[good])
    if good is AllowanceKind.DATA:
        return _data(quantity)
    if good is AllowanceKind.VOICE:
        return _voice(quantity, language)
    if good is AllowanceKind.SMS:
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


def span(seconds: int, language: str) -> str:
    """In words that stand in a sentence: whole hours are hours."""
    ngettext, count = plurals(language), seconds // 60
    words = ngettext("%(count)s minute", "%(count)s minutes", count)
    if count and not count % 60:
        count //= 60
        words = ngettext("%(count)s hour", "%(count)s hours", count)
    return words % {"count": count}


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
    """Text from outside, fit for the middle of a sentence:
    no line breaks, nothing invisible that could turn a line around.
    """
    spaced = " ".join(str(value).split())
    return "".join(sign for sign in spaced if not unicodedata.category(sign).startswith("C"))
