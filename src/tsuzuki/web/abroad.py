"""The operator's own prices abroad on the pages that sell: before the order, and in the
list of all prices.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from tsuzuki.core.plan import Kind
from tsuzuki.core.quote import QuoteItem
from tsuzuki.core.roaming import PLACES, Rate, held
from tsuzuki.records.roaming import TariffTable, day_of, subjects, table_on, tables
from tsuzuki.ui import roaming as words
from tsuzuki.ui.languages import N_, translator
from tsuzuki.ui.roaming import Row

from .guide.own_prices import name, since

MOST = 3  # places on the page before the order


class Abroad(NamedTuple):
    since: str
    places: list[tuple[str, str, list[Row]]]  # name, its part of an address, prices
    more: bool


class Listed(NamedTuple):
    title: str
    since: str
    place: str
    rows: list[Row]


def of_line(item: QuoteItem, carrier: str, now: datetime, language: str) -> Abroad:
    """What the line would pay abroad on what is being bought, by today's table.

    Nothing with a recharge of credit.
    """
    table = table_on(day_of(now)) if item.kind is not Kind.CREDIT else None
    known = [
        (place, rows) for place in PLACES if table and (rows := held(table.rates, place, item.plan, carrier))
    ]
    shown = [
        (words.place(place, language), place.lower(), words.rows(rows.values(), language))
        for place, rows in known[:MOST]
    ]
    text = translator(language)(N_("from %(date)s")) % {"date": table.since} if table else ""
    return Abroad(text, shown, len(known) > MOST)


def listed(now: datetime, language: str) -> list[Listed]:
    """Every row that holds or is announced, by whom it is about and where.

    What was before stands on the place's page in the guide.
    """
    today = day_of(now)
    return [
        listed_row
        for table in tables()
        if table.until is None or table.until > today
        for listed_row in _listed(table, language)
    ]


def _listed(table: TariffTable, language: str) -> list[Listed]:
    result = []
    for subject in subjects(table.rates):
        key = (subject.plan, "" if subject.plan else subject.carrier)
        for place in PLACES:
            rates = [rate for rate in table.rates if rate.place == place and (rate.plan, rate.carrier) == key]
            if rates:
                title = f"{name(subject, language)} · {words.place(place, language)}"
                result.append(
                    Listed(title, since(table, language), place.lower(), words.rows(rates, language))
                )
    return result


def facts(now: datetime) -> list[dict[str, Any]]:
    """Every table there was, is and will be, for programs."""
    today = day_of(now)
    return [
        {
            "state": "current" if table.holds(today) else "announced" if table.since > today else "past",
            "since": table.since.isoformat(),
            "until": table.until and table.until.isoformat(),
            "zone": "Asia/Tokyo",
            "rates": [_facts(rate) for rate in table.rates],
        }
        for table in tables()
    ]


def _facts(rate: Rate) -> dict[str, Any]:
    return {
        "plan": rate.plan or None,
        "carrier": rate.carrier or None,
        "place": rate.place,
        "service": rate.service.value,
        "currency": rate.price.currency,
        "minor": rate.price.minor,
        "amount": rate.price.plain(),
        "unit": rate.unit,
        "tax": rate.tax.value,
        "day_zone": rate.zone or None,
        "mb": rate.mb,
        "then_kbps": rate.then_kbps,
        "note": dict(rate.note),
    }
