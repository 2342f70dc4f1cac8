"""A roaming tariff in words: its prices, how it rounds, whose midnight ends its day,
what comes after the allowance.
"""

from __future__ import annotations

from decimal import Decimal

from tsuzuki.core.trip import DIRECTIONS
from tsuzuki.guide.costs.monthly_cost import megabytes
from tsuzuki.guide.costs.monthly_cost import price as price_of
from tsuzuki.guide.load.claims import Brand
from tsuzuki.guide.load.vocabulary import amount, vocabulary
from tsuzuki.guide.roaming.tariffs import Data, Price, Version
from tsuzuki.ui.formats import zone_label
from tsuzuki.ui.languages import N_, plurals, translator

CALLS = {
    "within": N_("Calls inside the country, a minute"), "home": N_("Calls home, a minute"),
    "other": N_("Calls to other countries, a minute"), "received": N_("Calls received, a minute"),
}  # fmt: skip
SMS = {"sent": N_("SMS, each sent"), "received": N_("SMS, each received")}


def data_words(version: Version, language: str) -> str:
    """What its data costs, in one line: by this it is told from the brand's others."""
    data, say, ngettext = version.data, translator(language), plurals(language)
    currency = version.currency
    if data.kind == "included":
        return say(N_("Data: %(upto)s inside the plan")) % {"upto": _upto(data.mb, language)}
    if data.kind == "per_mb":
        return say(N_("Data: %(price)s for each MB")) % {"price": _price(data.price, currency, language)}
    if data.kind == "window":
        assert data.hours is not None  # the loader gives every window its hours
        words = ngettext(
            "Data: %(price)s for %(hours)s hour from switching on",
            "Data: %(price)s for %(hours)s hours from switching on",
            data.hours,
        )
        return words % {"price": _price(data.price, currency, language), "hours": data.hours}
    prices = " / ".join(dict.fromkeys(_price(rung.price, currency, language) for rung in data.rungs))
    return say(N_("Data: %(price)s for each day it is used")) % {"price": prices}


def facts(version: Version, brand: Brand, language: str) -> list[tuple[str, str]]:
    """Everything a bill hangs on; what is not known is said to be unknown."""
    say, ngettext, currency = translator(language), plurals(language), version.currency
    unknown = vocabulary().answers["unknown"].to(language)
    rows = [
        (say(CALLS[name]), _price(version.calls.get(name), currency, language) or unknown)
        for name in DIRECTIONS
    ]
    rows += [
        (say(words), _price(version.sms.get(name), currency, language) or unknown)
        for name, words in SMS.items()
    ]
    rows += [(say(name), words) for name, words in _data_rows(version, language)]
    rows.append(
        (
            say(N_("How calls are rounded")),
            ngettext(
                "each started second counts whole",
                "each started %(seconds)s seconds count whole",
                version.unit,
            )
            % {"seconds": version.unit}
            if version.calls
            else unknown,
        )
    )
    rows.append((say(N_("Tax")), _tax(version, brand, language) or unknown))
    if version.stop:
        rows.append(
            (
                say(N_("Use is stopped at about")),
                amount(price_of(brand.id, version.stop, 0), currency, language),
            )
        )
    return rows


def _data_rows(version: Version, language: str) -> list[tuple[str, str]]:
    data, say = version.data, translator(language)
    unknown = vocabulary().answers["unknown"].to(language)
    rows = []
    if len(data.rungs) > 1:
        for rung in data.rungs:
            name = say(N_("A day, up to %(upto)s") if rung.upto_kb else N_("A day with more"))
            rows.append(
                (
                    name % {"upto": _upto_kb(rung.upto_kb or 0, language)},
                    _price(rung.price, version.currency, language),
                )
            )
    per = {"window": N_("Data in each"), "day": N_("Fast data a day"), "included": N_("Data in all")}.get(
        data.kind
    )
    if per:
        rows.append((say(per), _upto(data.mb, language) if data.mb else unknown))
        rows.append(
            (
                say(N_("Speed after that")),
                amount(data.then_kbps, "kbps", language) if data.then_kbps else unknown,
            )
        )
    if data.days:
        rows.append((say(N_("Days in a row at most")), f"{data.days}"))
    if data.extra and data.extra_mb:
        more = f"{_upto(data.extra_mb, language)}: {_price(data.extra, version.currency, language)}"
        rows.append((say(N_("More data")), more))
    if data.kind in ("day", "per_mb"):
        rows.append((say(N_("How data is rounded")), _rounding(data, language)))
    if data.kind in ("day", "window", "per_mb"):
        rows.append((say(N_("A day begins")), _begins(version, language)))
    return rows


def _begins(version: Version, language: str) -> str:
    say, data = translator(language), version.data
    if version.zone_unknown:
        return say(N_("unknown; we take midnight, %(zone)s")) % {
            "zone": zone_label(data.zone or "Asia/Shanghai", language)
        }
    if data.zone:
        return say(N_("at midnight, %(zone)s")) % {"zone": zone_label(data.zone, language)}
    return say(N_("when you switch data on"))


def _rounding(data: Data, language: str) -> str:
    if data.step_kb <= 1:
        return translator(language)(N_("to each kB"))
    return translator(language)(N_("each day up to whole %(step)s")) % {
        "step": _upto_kb(data.step_kb, language)
    }


def held_from(version: Version, language: str) -> str:
    """The months it is known to hold."""
    say = translator(language)
    first = f"{version.first:%Y-%m}" if version.first else ""
    if version.last:
        return say(N_("%(first)s to %(last)s")) % {"first": first or "…", "last": f"{version.last:%Y-%m}"}
    return say(N_("known since %(first)s")) % {"first": first} if first else say(N_("the source has no date"))


def _tax(version: Version, brand: Brand, language: str) -> str:
    """As the claims its prices come from say it."""
    keys = [*version.data.claims, *(price.claim for price in version.calls.values())]
    fields = dict.fromkeys(claim.tax for key in keys for claim in brand.about(key)[:1] if claim.tax)
    return " / ".join(vocabulary().taxes[tax].to(language) for tax in fields)


def _price(price: Price | None, currency: str, language: str) -> str:
    return amount(price.amount, currency, language) if price else ""


def _upto(mb: int | None, language: str) -> str:
    return megabytes(mb).to(language)


def _upto_kb(kb: int, language: str) -> str:
    return amount(kb // 1000 if kb % 1000 == 0 else Decimal(kb) / 1000, "MB", language)
