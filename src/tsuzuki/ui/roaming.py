"""Prices abroad in words: places, rows of a table, the lines of a trip's sum,
what is wrong with a row of a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tsuzuki.core.plan import AllowanceKind
from tsuzuki.core.roaming import CALLS, Changes, Charge, Cost, Rate, Remark, Service
from tsuzuki.core.tax import TaxRule

from . import formats
from .languages import N_, Plural, Wording, plurals, translator

_PLACES = {
    "CN": N_("mainland China"),
    "HK": N_("Hong Kong"),
    "MO": N_("Macao"),
    "TW": N_("Taiwan"),
    "JP": N_("Japan"),
    "KR": N_("Korea"),
    "SG": N_("Singapore"),
    "MY": N_("Malaysia"),
    "TH": N_("Thailand"),
    "VN": N_("Vietnam"),
    "PH": N_("the Philippines"),
    "ID": N_("Indonesia"),
    "IN": N_("India"),
    "NP": N_("Nepal"),
    "AU": N_("Australia"),
    "US": N_("the United States"),
    "CA": N_("Canada"),
    "GB": N_("the United Kingdom"),
    "FR": N_("France"),
    "DE": N_("Germany"),
    "IT": N_("Italy"),
}
_SERVICES: dict[Service, Wording] = {
    Service.CALL_HOME: N_("Calls home, each %(unit)s begun"),
    Service.CALL_LOCAL: N_("Calls inside the country, each %(unit)s begun"),
    Service.CALL_OTHER: N_("Calls to other countries, each %(unit)s begun"),
    Service.CALL_IN: N_("Calls received, each %(unit)s begun"),
    Service.SMS_OUT: N_("SMS, each sent"),
    Service.SMS_IN: N_("SMS, each received"),
    Service.DATA_INCLUDED: N_("Data inside the plan"),
    Service.DATA_DAY: N_("Data, each day it is used"),
    Service.DATA_HOURS: Plural(
        "Data, each %(unit)s hour from switching on", "Data, each %(unit)s hours from switching on", "unit"
    ),
    Service.DATA: N_("Data, each %(unit)s begun"),
    Service.STOP: N_("Use is stopped at about"),
}
_REMARKS = {
    Remark.SPREAD: N_("Your data is spread evenly over the days."),
    Remark.SLOW: N_("Past %(data)s the data runs at %(speed)s."),
    Remark.ENDS: N_("Past %(data)s there is no data."),
    Remark.STOP: N_("Use abroad is stopped at about %(price)s."),
    Remark.STOPPED: N_("This trip would reach the limit: use abroad is stopped at about %(price)s."),
}
_UNPRICED = {
    "home": N_("calls home"),
    "within": N_("calls inside the country"),
    "other": N_("calls to other countries"),
    "received": N_("calls received"),
    "sms_sent": N_("SMS sent"),
    "sms_received": N_("SMS received"),
    "data": N_("data"),
}
_WHY = {
    "cells": N_("the row has more cells than the header has names"),
    "missing": N_("the cell is empty"),
    "date": N_("not a day written as 2026-12-01"),
    "other_day": N_("row %(other)s begins on %(day)s; one file has one day"),
    "unknown": N_("should be one of: %(known)s"),
    "plan_or_carrier": N_("a row is for a plan or for a carrier: one of the two"),
    "written": N_("is written as %(example)s"),
    "not_here": N_("does not go with this service"),
    "currency": N_("the first row is in %(known)s; one file has one currency"),
    "yen_sign": N_("a yen sign also means yuan: write JPY or CNY"),
    "too_long": N_("too long; at most %(most)s"),
    "overlap": N_("row %(other)s says this already, or another way to pay for data there"),
}


class Row(NamedTuple):
    what: str
    price: str
    detail: str  # all that is to be known besides the price, in one line


def place(code: str, language: str) -> str:
    return translator(language)(_PLACES[code])


def whom(plan: str, names: Mapping[str, str], on: Mapping[str, str], language: str) -> str:
    """A plan (on which lines, if that matters), or every plan on a carrier's lines."""
    text = formats.name(names, language)
    if not plan:
        return translator(language)(N_("every plan on %(carrier)s")) % {"carrier": text}
    return f"{text} · {formats.name(on, language)}" if on else text


def service(rate: Rate, language: str) -> str:
    words, facts = _SERVICES[rate.service], {"unit": _unit(rate, language)}
    text = words.said(facts, plurals(language)) if isinstance(words, Plural) else translator(language)(words)
    return text % facts


def row(rate: Rate, language: str) -> Row:
    say = translator(language)
    price = (
        formats.money(rate.price, language)
        if rate.price or rate.service is Service.STOP
        else say(N_("no charge"))
    )
    return Row(service(rate, language), price, " · ".join(_details(rate, language)))


def rows(rates: Iterable[Rate], language: str) -> list[Row]:
    return [row(rate, language) for rate in rates]


def _unit(rate: Rate, language: str) -> str:
    if rate.service in CALLS:
        return formats.amount(AllowanceKind.VOICE, rate.unit, language)
    return (
        formats.amount(AllowanceKind.DATA, rate.unit * 1000, language)
        if rate.service is Service.DATA
        else f"{rate.unit}"
    )


def _details(rate: Rate, language: str) -> Iterable[str]:
    say = translator(language)
    if rate.mb:
        words = N_("%(data)s fast, then %(speed)s") if rate.then_kbps else N_("%(data)s, then it ends")
        yield say(words) % {"data": _mb(rate, language), "speed": _speed(rate, language)}
    if rate.zone:
        words = (
            N_("a day begins at midnight, %(zone)s")
            if rate.service is Service.DATA_DAY
            else N_("rounded up each day, %(zone)s")
        )
        yield say(words) % {"zone": formats.zone_label(rate.zone, language)}
    if rate.tax is TaxRule.JAPAN_STANDARD:
        yield say(N_("tax included"))
    if rate.note:
        yield formats.name(rate.note, language)


def _mb(rate: Rate, language: str) -> str:
    return formats.amount(AllowanceKind.DATA, (rate.mb or 0) * 10**6, language)


def _speed(rate: Rate, language: str) -> str:
    return f"{rate.then_kbps:,} kbps" if rate.then_kbps else ""


def line(charge: Charge, language: str) -> str:
    """«Calls home, each 1 min begun: 10 × JPY 175»; what is inside the plan is not counted."""
    if charge.rate.service is Service.DATA_INCLUDED:
        return service(charge.rate, language)
    price = formats.money(charge.rate.price, language)
    words = N_("%(what)s: %(count)s × %(price)s")
    return translator(language)(words) % {
        "what": service(charge.rate, language),
        "count": f"{charge.count:,}",
        "price": price,
    }


def remarks(cost: Cost, language: str) -> list[str]:
    say = translator(language)
    results = [
        say(_REMARKS[remark])
        % {
            "data": _mb(rate, language),
            "speed": _speed(rate, language),
            "price": formats.money(rate.price, language),
        }
        for remark, rate in cost.remarks.items()
    ]
    if cost.unpriced:
        what = say(N_(", ")).join(say(_UNPRICED[name]) for name in cost.unpriced)
        results.append(
            say(N_("Our table has no price for: %(what)s. It is not in the sum.")) % {"what": what}
        )
    return results


def total(cost: Cost, language: str) -> str:
    amount = formats.money(cost.total, language)
    return amount if cost.whole else translator(language)(N_("at least %(total)s")) % {"total": amount}


def why(code: str, facts: Mapping[str, object], language: str) -> str:
    return translator(language)(_WHY[code]) % facts


def counted(changes: Changes, language: str) -> str:
    words = N_("%(added)s new, %(changed)s changed, %(ended)s ending, %(same)s as before")
    return translator(language)(words) % {
        "added": len(changes.added),
        "changed": len(changes.changed),
        "ended": len(changes.ended),
        "same": changes.same,
    }
