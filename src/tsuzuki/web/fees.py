"""The price promise: every price of every plan on one page, past, present and announced;
and the same for programs.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from tsuzuki.core import tax
from tsuzuki.core.plan import AllowanceKind, Kind
from tsuzuki.core.quote import YES_WITHIN
from tsuzuki.core.tax import TOKYO, TaxRule
from tsuzuki.records import models, queries
from tsuzuki.records.price_list import DatedPrice, ListedPlan, PriceHistory, price_list
from tsuzuki.ui import formats, statutory, terms
from tsuzuki.ui.languages import N_, SHIPPED, translator
from tsuzuki.ui.seller import TOPICS, statement

from . import abroad
from .page import page, wanted_language

SHOWN = 60  # plans on one page; an operator with more has a second one
KINDS = {
    Kind.PLAN: N_("Plans"),
    Kind.ADDON: N_("Extra data and calls, beside your plan"),
    Kind.CREDIT: N_("Balance"),
}


class Row(NamedTuple):
    code: str
    name: str
    prices: list[str]
    facts: str
    announced: list[str]
    history: list[tuple[str, str]]


def fees(request: HttpRequest, language: str = "") -> HttpResponse:
    language, now = language or wanted_language(request), timezone.now()
    say = translator(language)
    every = price_list(now)
    number = _page_number(request, len(every))
    shown = every[number * SHOWN : (number + 1) * SHOWN]
    sold = [listed for listed in shown if not _gone(listed, now)]
    groups = [
        (say(words), [_row(listed, language, now) for listed in sold if listed.plan.kind is kind])
        for kind, words in KINDS.items()
    ]
    return page(
        request,
        "fees",
        language,
        private=False,
        open=True,
        sheet="guide",
        refresh=None,
        groups=[(words, rows) for words, rows in groups if rows],
        none=not every,
        minutes=int(YES_WITHIN.total_seconds()) // 60,
        gone=[_row(listed, language, now) for listed in shown if _gone(listed, now)],
        refunds=_refunds(sold, language),
        other=_other(language),
        abroad=[] if number else abroad.listed(now, language),
        before=number,
        after=number + 2 if (number + 1) * SHOWN < len(every) else 0,
    )


def fees_file(request: HttpRequest) -> HttpResponse:
    """All of it, for programs: amounts in minor units and as text, moments in UTC,
    words in every language we have.
    """
    now = timezone.now()
    brand = queries.brand()
    content = {
        "format": "tsuzuki-fees/1",
        "at": now.isoformat(),
        "seller": brand.name,
        "other_fees": {tag: _other(tag) for tag in SHIPPED},
        "price_kept_seconds": int(YES_WITHIN.total_seconds()),
        "plans": [_plan(listed, now) for listed in price_list(now)],
        "roaming": abroad.facts(now),
    }
    headers = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}
    return JsonResponse(content, headers=headers, json_dumps_params={"ensure_ascii": False})


def _page_number(request: HttpRequest, count: int) -> int:
    asked = request.GET.get("page", "1")
    last = max(0, count - 1) // SHOWN
    return (
        min(int(asked) - 1, last)
        if asked.isascii() and asked.isdigit() and 0 < len(asked) < 6 and int(asked)
        else 0
    )


def _gone(one: ListedPlan, now: datetime) -> bool:
    return one.retired_at is not None and one.retired_at <= now


def _row(one: ListedPlan, language: str, now: datetime) -> Row:
    plan, say = one.plan, translator(language)
    goods = [
        formats.amount(held.good, held.amount, language, _currency(one))
        for held in plan.allowances
        if not _open(one)
    ]
    carrier = formats.name(one.carrier.names, language) if one.carrier else ""
    current = [prices.current for prices in one.prices if prices.current]
    facts = [*goods, terms.lasts(plan.terms, language), terms.starts(plan.terms, language), carrier]
    facts += [_taxed(price, language, now) for price in current]
    amounts = [formats.money(price.amount, language) for price in current]
    if _open(one):
        amounts = [say(N_("any amount up to %(amount)s")) % {"amount": amount} for amount in amounts]
    announced = [
        say(N_("From %(moment)s: %(amount)s"))
        % {"moment": _moment(price, language), "amount": formats.money(price.amount, language)}
        for prices in one.prices
        for price in prices.announced
    ]
    return Row(
        plan.code,
        formats.name(plan.names, language),
        amounts,
        " · ".join(filter(None, facts)),
        announced,
        _history(one, language),
    )


def _history(one: ListedPlan, language: str) -> list[tuple[str, str]]:
    """Each price with the moment it began, the newest first; nothing where there was only one ever."""
    rows = []
    for prices in one.prices:
        held = [*prices.past, *([prices.current] if prices.current else [])]
        if len(held) > 1:
            rows += [
                (_moment(price, language), formats.money(price.amount, language)) for price in reversed(held)
            ]
    return rows


def _moment(price: DatedPrice, language: str) -> str:
    return formats.moment(price.since, TOKYO, language)


def _open(one: ListedPlan) -> bool:
    """A recharge of any amount up to its price."""
    return one.plan.kind is Kind.CREDIT and one.plan.allowances[0].amount is None


def _currency(one: ListedPlan) -> str:
    return next(
        price.amount.currency
        for prices in one.prices
        for price in (prices.current, *prices.announced)
        if price
    )


def _percent(price: DatedPrice, now: datetime) -> int:
    return tax.percent_on(price.tax, max(now, price.since).astimezone(TOKYO).date())


def _taxed(price: DatedPrice, language: str, now: datetime) -> str:
    say, percent = translator(language), _percent(price, now)
    if not percent:
        return say(N_("not taxed"))
    inside = formats.money(tax.included(price.amount, percent), language)
    return say(N_("incl. %(percent)s%% tax %(amount)s")) % {"percent": percent, "amount": inside}


def _other(language: str) -> str:
    """What it costs beside the price, in the operator's words where there are any."""
    say = translator(language)
    return next(
        text.words for text in statement(queries.brand(), language) if text.topic == say(TOPICS["fees"])
    )


def _refunds(sold: list[ListedPlan], language: str) -> list[tuple[str, str]]:
    """The rule, once for all carriers that share it, with their names where there are several rules."""
    rules: dict[str, list[str]] = {}
    every = {carrier.code: carrier for carrier in models.Carrier.objects.order_by("code")}
    limited = {listed.carrier.code for listed in sold if listed.carrier}
    wanted = (
        every
        if any(listed.carrier is None for listed in sold)
        else {code: every[code] for code in sorted(limited)}
    )
    for carrier in wanted.values():
        rule = statutory.CANCELLATION_BY_HAND if carrier.hours else statutory.CANCELLATION
        words = translator(language)(rule) % {"span": formats.span(carrier.refund_after_seconds, language)}
        rules.setdefault(words, []).append(formats.name(carrier.names, language))
    return [(" · ".join(names) if len(rules) > 1 else "", words) for words, names in rules.items()]


def _plan(one: ListedPlan, now: datetime) -> dict[str, Any]:
    plan = one.plan
    return {
        "code": plan.code,
        "kind": plan.kind,
        "names": plan.names,
        "carrier": plan.carrier,
        "technology": plan.technology,
        "sold": not _gone(one, now),
        "retired_at": one.retired_at and one.retired_at.isoformat(),
        "allowances": [
            {"good": held.good, "amount": held.amount, "unit": UNITS[held.good]} for held in plan.allowances
        ],
        "valid": {
            "rule": plan.terms.validity,
            "count": plan.terms.count,
            "zone": plan.terms.boundary_zone,
            "words": {tag: terms.lasts(plan.terms, tag) for tag in SHIPPED},
        },
        "amount_is_chosen": _open(one),
        "prices": [price for prices in one.prices for price in _each(prices, now)],
        "refund_begins_within_seconds": one.carrier.refund_after_seconds if one.carrier else None,
    }


UNITS = {
    AllowanceKind.DATA: "bytes",
    AllowanceKind.VOICE: "seconds",
    AllowanceKind.SMS: "messages",
    AllowanceKind.CREDIT: "minor",
}


def _each(prices: PriceHistory, now: datetime) -> list[dict[str, Any]]:
    states = (
        [("past", price) for price in prices.past]
        + [("current", prices.current)]
        + [("announced", price) for price in prices.announced]
    )
    return [
        {
            "state": state,
            "since": price.since.isoformat(),
            "until": price.until and price.until.isoformat(),
            "currency": price.amount.currency,
            "minor": price.amount.minor,
            "amount": price.amount.plain(),
            "tax": {
                "rule": price.tax,
                "included_percent": _percent(price, now) if price.tax is not TaxRule.OUT_OF_SCOPE else 0,
            },
        }
        for state, price in states
        if price
    ]
