"""Japan's lines in China and China's in Japan: what each asks for calls, SMS and data, what a trip comes to,
and which days are charged.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse

from tsuzuki.core.plan import AllowanceKind
from tsuzuki.core.roaming import PLACES as CLOCKS
from tsuzuki.core.trip import LONGEST, CallUsage, Trip
from tsuzuki.guide.load.claims import Brand
from tsuzuki.guide.load.loader import brands
from tsuzuki.guide.load.vocabulary import amount, vocabulary
from tsuzuki.guide.roaming.tariffs import Tariff, Version, tariffs
from tsuzuki.guide.roaming.trip_cost import PLACES, TripCost, compare
from tsuzuki.guide.topics.cards import cards
from tsuzuki.records import queries
from tsuzuki.ui import formats
from tsuzuki.ui.languages import N_, plurals, translator
from tsuzuki.ui.roaming import place as place_name

from ..page import wanted_language
from . import own_prices
from .claim_view import ClaimView, Marked, claim_view, marked, origin, put, today
from .cost import chapter_of
from .form_fields import Asked
from .guide_page import find, guide_page
from .tariff_words import data_words, facts, held_from
from .trip_results import Answer, Listed, Source, drawn

# The ends of the two roads, by the place one travels to.
TITLES = {"CN": N_("A Japanese line in mainland China"), "JP": N_("A Chinese line in Japan")}
# What a spending limit or a surprise hangs on, whichever the brand.
LIMITS = (
    "roam.spend_stop",
    "roam.limits",
    "roam.incoming_charged",
    "roam.voice_rule",
    "roam_in_japan.deposit",
    "roam_in_japan.usage_check",
)
BEFORE = (
    N_("Switch data roaming off before take-off, and on again only when you know what it costs."),
    N_("Ask your company whether the country is on its list and whether roaming must be applied "
    "for. Show it the sentence below."),
    N_("Calls and SMS are not part of a data allowance. Abroad, a call you receive can cost money too."),
    N_("Find out when a day begins. Some count 24 hours from switching on, others from midnight at home: "
       "a late landing is a day of its own."),
    N_("Set a spending limit if there is one, and write down the number of the help line that works "
    "from abroad."),
    N_("See that the line does not end while you are away: a prepaid line has its own last day."),
)  # fmt: skip
SHOWN_CARDS = ("roaming-on", "roaming-off", "keep-while-away")
MOST_MB, MOST_MINUTES, MOST_SMS = 10**6, 10_000, 10_000


def roaming(request: HttpRequest, language: str = "") -> HttpResponse:
    """Where to go on from, the card to read before flying, and what limits a bill."""
    language = language or wanted_language(request)
    say = translator(language)
    return guide_page(
        request,
        "roaming",
        language,
        places=_roads(language),
        before=[say(words) for words in BEFORE],
        limits=_limits(language),
        cards=[(id, cards()[id].words.to(language), cards()[id].words.ja) for id in SHOWN_CARDS],
    )


def _roads(language: str) -> list[tuple[str, str]]:
    """Where one can go on to: between the two countries, then wherever else our own prices reach."""
    return [
        (place.lower(), _heading(place, language))
        for place in [*TITLES, *(place for place in own_prices.places() if place not in TITLES)]
    ]


def _limits(language: str) -> list[tuple[str, str, list[ClaimView]]]:
    results = [(brand, [claim for key in LIMITS for claim in brand.about(key)]) for brand in brands()]
    return [
        (brand.id, brand.names.to(language), claim_view(brand, claims, language))
        for brand, claims in results
        if claims
    ]


def trip(request: HttpRequest, place: str, language: str = "") -> HttpResponse:
    """What a trip comes to on every tariff we know, with the days as each of them counts."""
    language = language or wanted_language(request)
    place = _place(place)
    say, asked = translator(language), Asked(request.GET, language)
    known = sorted({tariff.brand for tariff in _of_others(place)}, key=lambda id: find(id).names.to(language))
    named = [(id, find(id).names.to(language)) for id in known]
    ours = [(own_prices.ID, queries.brand().name)] if place in own_prices.places() else []
    chosen = asked.choice("brand", say(N_("Company")), [("", say(N_("(all companies)"))), *ours, *named], "")
    going = _trip(asked, place, language)
    answers = _answers(place, going, chosen, language) if going else []
    return guide_page(
        request,
        "trip",
        language,
        status=422 if asked.wrong else 200,
        place=place.lower(),
        heading=_heading(place, language),
        zone=formats.zone_label(CLOCKS[place], language),
        fields=asked.fields,
        selects=asked.selects,
        too_much=asked.too_much,
        said=_said(going, place, language) if going else "",
        mine=[answer for answer in answers if answer.id == chosen],
        rest=[answer for answer in answers if answer.id != chosen],
    )


def _answers(place: str, going: Trip, chosen: str, language: str) -> list[Answer]:
    """Ours beside those of others: the fullest known first, the cheapest first within one currency."""
    others = [
        (
            (cost.unknown, cost.currency, cost.total, cost.tariff.brand, cost.tariff.id),
            _answer(cost, going, language),
        )
        for cost in (compare(place, going) if place in PLACES else [])
    ]
    ours = own_prices.answers(place, going, language, chosen == own_prices.ID)
    return [answer for _rank, answer in sorted([*ours, *others], key=lambda pair: pair[0])]


def _of_others(place: str) -> tuple[Tariff, ...]:
    return tariffs(place) if place in PLACES else ()


def table(request: HttpRequest, place: str, language: str = "") -> HttpResponse:
    """Every tariff with its rounding, its days, its speed after the allowance,
    its tax and its earlier versions.
    """
    language = language or wanted_language(request)
    place = _place(place)
    return guide_page(
        request,
        "tariffs",
        language,
        place=place.lower(),
        heading=_heading(place, language),
        tariffs=[
            *own_prices.listed(place, language),
            *(_listed(tariff, language) for tariff in _of_others(place)),
        ],
    )


def _heading(place: str, language: str) -> str:
    say = translator(language)
    return (
        say(TITLES[place])
        if place in TITLES
        else say(N_("Our lines in %(place)s")) % {"place": place_name(place, language)}
    )


def _place(place: str) -> str:
    """One we know tariffs for, or have had prices in ourselves."""
    if place != place.lower() or not (place.upper() in TITLES or own_prices.ever(place.upper())):
        raise Http404
    return place.upper()


def _trip(asked: Asked, place: str, language: str) -> Trip | None:
    """Clocks are those of the place one travels to: there one switches data on and off."""
    say, ngettext, zone = translator(language), plurals(language), ZoneInfo(CLOCKS[place])
    tomorrow = today() + timedelta(days=1)
    first = asked.moment("first", say(N_("Data on from")), datetime.combine(tomorrow, time(22)))
    last = asked.moment(
        "last", say(N_("Data off at")), datetime.combine(tomorrow + timedelta(days=3), time(10))
    )
    mb = asked.thousandths("mb", say(N_("Data in all, in MB")), 1_000_000, MOST_MB * 1000)
    minutes = (
        asked.whole("home", say(N_("Calls home, in started minutes")), 5, MOST_MINUTES),
        asked.whole("within", say(N_("Calls inside the country, in started minutes")), 0, MOST_MINUTES),
        asked.whole("received", say(N_("Calls received, in started minutes")), 5, MOST_MINUTES),
    )
    sent = asked.whole("sms", say(N_("SMS sent")), 0, MOST_SMS)
    # A clock put forward or back is no time gone by.
    starts, ends = (at.replace(tzinfo=zone).astimezone(UTC) for at in (first, last))
    if not asked.wrong and not timedelta() < ends - starts <= LONGEST:
        words = ngettext(
            "The end is after the beginning, by %(days)s day at most.",
            "The end is after the beginning, by %(days)s days at most.",
            LONGEST.days,
        )
        asked.refuse("last", words % {"days": LONGEST.days})
    if asked.wrong:
        return None
    home, within, received = (CallUsage(60 * count) for count in minutes)
    return Trip(starts, ends, kb=mb, home=home, within=within, received=received, sms_sent=sent)


def _said(going: Trip, place: str, language: str) -> str:
    zone, ngettext = CLOCKS[place], plurals(language)
    minutes = sum(talk.seconds for talk in (going.home, going.within, going.received)) // 60
    words = ngettext(
        "%(first)s to %(last)s, %(data)s, %(minutes)s minute of calls",
        "%(first)s to %(last)s, %(data)s, %(minutes)s minutes of calls",
        minutes,
    )
    return words % {
        "first": formats.moment(going.starts, zone, language),
        "last": formats.moment(going.ends, zone, language),
        "data": formats.amount(AllowanceKind.DATA, going.kb * 1000, language),
        "minutes": minutes,
    }


def _answer(one: TripCost, going: Trip, language: str) -> Answer:
    brand = find(one.tariff.brand)
    keys = list(dict.fromkeys(key for line in one.lines for key in line.claims))
    drawing = drawn(
        one.spans,
        going,
        one.zone or PLACES[one.tariff.place],
        None if one.zone else one.version.data.hours,
        language,
    )
    return Answer(
        brand.names.to(language),
        brand.id,
        _named(one.tariff, one.version, language),
        amount(one.total, one.currency, language),
        not one.whole,
        [(put(line.said, language), amount(line.amount, one.currency, language)) for line in one.lines],
        [text.to(language) for text in one.remarks],
        drawing,
        _sources(brand, keys, language),
    )


def _named(tariff: Tariff, version: Version, language: str) -> Marked:
    """The plan or product first: what a price costs nothing on is not free on the brand's others."""
    return marked(f"{tariff.name.to(language)} · {data_words(version, language)}", language)


def _sources(brand: Brand, keys: list[str], language: str) -> list[Source]:
    return [
        Source(
            vocabulary().keys[key].to(language),
            f"/{language}/guide/{brand.id}/{chapter_of(key)}#{key}",
            origin(brand.about(key)[0].source, language),
        )
        for key in keys
    ]


def _listed(tariff: Tariff, language: str) -> Listed:
    brand = find(tariff.brand)
    newest_first = list(reversed(tariff.versions))
    versions = [
        (
            _named(tariff, version, language),
            held_from(version, language),
            facts(version, brand, language),
            _sources(brand, _keys(version), language),
        )
        for version in newest_first
    ]
    return Listed(brand.names.to(language), brand.id, versions, tariff.unconfirmed)


def _keys(version: Version) -> list[str]:
    prices = [*version.calls.values(), *version.sms.values()]
    extra = [key for key in (version.free, version.stop) if key]
    return list(dict.fromkeys([*version.data.claims, *(price.claim for price in prices), *extra]))
