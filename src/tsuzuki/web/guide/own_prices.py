"""The operator's own prices abroad beside those of others: the same trip, summed up the same way; the source
is its own price table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import groupby

from tsuzuki.core.roaming import DATA, PLACES, Cost, Held, Service, cost, held
from tsuzuki.core.trip import Trip
from tsuzuki.records import queries
from tsuzuki.records.roaming import TariffSubject, TariffTable, day_of, payers, tables
from tsuzuki.ui import formats
from tsuzuki.ui import roaming as words
from tsuzuki.ui.languages import N_, translator

from .claim_view import Marked, Origin, marked, today
from .trip_results import Answer, Listed, Source, drawn

ID = "own"  # among the companies to choose from; no brand is called so
MOST = 8  # sums of our own beside the others', the cheapest; all of them for whoever chooses us

Rank = tuple[int, str, Decimal, str, str]


def places() -> list[str]:
    """Where a table that holds or is to come has prices."""
    every = {
        rate.place
        for table in tables()
        if table.until is None or table.until > today()
        for rate in table.rates
    }
    return [place for place in PLACES if place in every]


def ever(place: str) -> bool:
    return any(rate.place == place for table in tables() for rate in table.rates)


def answers(place: str, going: Trip, language: str, all_of_them: bool) -> list[tuple[Rank, Answer]]:
    """By the table of the day the trip begins; the cheapest first, each with its place among all others."""
    table = next((table for table in tables() if table.holds(day_of(going.starts))), None)
    if table is None:
        return []
    seller = queries.brand().name
    results = [
        (_rank(sum_, subject), _answer(seller, subject, rows, sum_, going, place, table, language))
        for subject, rows in _rows(table, place)
        if (sum_ := cost(rows, going))
    ]
    return sorted(results, key=lambda pair: pair[0])[: None if all_of_them else MOST]


def listed(place: str, language: str) -> list[Listed]:
    """Every subject with its table in force and those before it; what is announced stands by itself."""
    if not (every := tables()):
        return []
    seller, result = queries.brand().name, []
    for subject in payers(rate for table in every for rate in table.rates if rate.place == place):
        versions = list(_versions(every, subject, place))
        begun = [version for version in versions if version[0].since <= today()]
        announced = [[version] for version in versions if version[0].since > today()]
        for group in [*([begun] if begun else []), *announced]:
            result.append(
                Listed(
                    seller, ID, [_version(subject, *pair, place, language) for pair in reversed(group)], False
                )
            )
    return result


def _versions(
    every: Sequence[TariffTable], subject: TariffSubject, place: str
) -> Iterator[tuple[TariffTable, Held]]:
    """The oldest first; tables that say the same of this subject one after the other are one version, until
    the last of them ends.
    """
    known = [(table, held(table.rates, place, subject.plan, subject.carrier)) for table in every]
    for rows, alike in groupby(known, key=lambda pair: pair[1]):
        (first, _), *rest = alike
        if rows:
            yield replace(first, until=rest[-1][0].until if rest else first.until), rows


def _rows(table: TariffTable, place: str) -> Iterator[tuple[TariffSubject, Held]]:
    for subject in payers(rate for rate in table.rates if rate.place == place):
        yield subject, held(table.rates, place, subject.plan, subject.carrier)


def _rank(sum_: Cost, subject: TariffSubject) -> Rank:
    return (
        len(sum_.unpriced),
        sum_.total.currency,
        Decimal(sum_.total.plain()),
        ID,
        subject.plan or subject.carrier,
    )


def _answer(
    seller: str,
    subject: TariffSubject,
    rows: Held,
    sum_: Cost,
    going: Trip,
    place: str,
    table: TariffTable,
    language: str,
) -> Answer:
    data = next((rate for service, rate in rows.items() if service in DATA), None)
    hours = data.unit if data and data.service is Service.DATA_HOURS else None
    zone = data.zone if data and data.zone else PLACES[place]
    return Answer(
        seller,
        ID,
        marked(name(subject, language), language),
        formats.money(sum_.total, language),
        not sum_.whole,
        [
            (marked(words.line(charge, language), language), formats.money(charge.amount, language))
            for charge in sum_.charges
        ],
        words.remarks(sum_, language),
        drawn(sum_.spans, going, zone, hours, language),
        [_source(table.since, place, language)],
    )


def name(subject: TariffSubject, language: str) -> str:
    return words.whom(subject.plan, subject.names, subject.on, language)


Said = tuple[Marked, str, list[tuple[str, str]], list[Source]]


def _version(subject: TariffSubject, table: TariffTable, rows: Held, place: str, language: str) -> Said:
    facts = [
        (" · ".join(filter(None, (row.what, row.detail))), row.price)
        for row in words.rows(rows.values(), language)
    ]
    return (
        marked(name(subject, language), language),
        since(table, language),
        facts,
        [_source(table.since, place, language)],
    )


def since(table: TariffTable, language: str) -> str:
    say = translator(language)
    if table.until is None:
        return say(N_("from %(date)s")) % {"date": table.since}
    return say(N_("from %(date)s, until %(until)s")) % {"date": table.since, "until": table.until}


def _source(day: date, place: str, language: str) -> Source:
    say = translator(language)
    origin = Origin(
        f"/{language}/guide/roaming/{place.lower()}/tariffs",
        say(N_("Our own price table")),
        say(N_("as of %(date)s")) % {"date": day},
        "",
        "",
    )
    return Source(say(N_("All our prices")), f"/{language}/fees#abroad", origin)
