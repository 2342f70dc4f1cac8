"""A carrier's SMS or mail, pasted: its dates are read out, what is unsure is asked.

Nothing of it is kept, logged or sent on.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from tsuzuki.actions.people import limits
from tsuzuki.core.deadline_rules import ways
from tsuzuki.core.deadlines import known_from
from tsuzuki.guide.load.claims import Brand
from tsuzuki.guide.load.vocabulary import amount
from tsuzuki.guide.messages.message_reader import LONGEST, Amount, Doubt, FoundDate, Meaning, Reading, read
from tsuzuki.guide.rules.date_rules import BrandRule, rules
from tsuzuki.guide.rules.rule_words import rule_words
from tsuzuki.ui.languages import N_, translator

from .. import error_pages
from ..page import client, wanted_language
from .claim_view import claim_view
from .dates import MOMENTS, NUMBERS, day_in_words, names
from .guide_page import find, guide_page, of

PASTES, PER = 30, 600  # messages of one address, in so many seconds
MEANINGS = {
    Meaning.EXPIRES: N_("It ends"),
    Meaning.DUE: N_("To be paid"),
    Meaning.SLIP_DUE: N_("To be paid: the bill is already late"),
    Meaning.SECOND_DEBIT: N_("A second debit is tried"),
    Meaning.ACT_BY: N_("To be done by then"),
    Meaning.SUSPENSION: N_("The line is suspended"),
    Meaning.NUMBER_LOST: N_("The contract ends"),
    Meaning.FAILED: N_("A payment that did not go through"),
    Meaning.SETTLED: N_("Already done; nothing to do"),
    Meaning.AS_OF: N_("Only the day or period the figures are for"),
    Meaning.CLOSED: N_("Maintenance or closing days"),
    Meaning.STARTS: N_("Something starts or changes"),
    Meaning.ISSUED: N_("The day it was written, ordered or sent"),
    Meaning.CARD: N_("The validity of your payment card"),
    Meaning.IDENTITY: N_("The validity of your residence card or another document"),
    Meaning.TRANSFER: N_("The validity of a code to move your number"),
    Meaning.PROMOTION: N_("The end of an offer, a code or a free bonus; it does not keep a line alive"),
    Meaning.POINTS: N_("Points expire"),
    Meaning.UNCLEAR: N_("We are not sure what this date is"),
}
DOUBTS = {
    Doubt.NO_DATE: N_("We found no date. Please type it on the page of your company."),
    Doubt.WHICH: N_("We found dates, but not what they are for. Please choose below."),
    Doubt.YEAR: N_("The year is not written; we took the nearest."),
    Doubt.COUNTED: N_(
        "It says “within so many days” or the like. We counted from today; if the message is "
        "older, the date is earlier."
    ),
    Doubt.ORDER: N_("Day and month could be the other way round. We took the earlier date; please check."),
    Doubt.BRAND: N_("We could not tell whose message it is. Please choose the company."),
    Doubt.OTHER_BRAND: N_("The message names another company than the one you chose. Please check."),
    Doubt.OTHER_NUMBER: N_("The message names another number than yours. Please check."),
}
FRAUD = (
    N_(
        "This message has a link or asks for a code. Messages about unpaid bills are often "
        "false, and a false one can look real."
    ),
    N_(
        "Do not open the link, do not call a number in the message, and give nobody a code, a "
        "password or a card number."
    ),
    N_(
        "Open the company's own app yourself, or type its address yourself. What is unpaid "
        "stands there. Pay only there."
    ),
)
# How a company's own pages tell a real message from a false one.
CHECKS = ("notify.check_real", "notify.fake_messages")


class Date(NamedTuple):
    day: str
    clock: str
    meaning: str
    word: str
    sure: bool
    uses: list[tuple[str, str]]  # address and words: what the date may be used as


@sensitive_post_parameters()
@sensitive_variables()
def paste(request: HttpRequest, brand: str = "", language: str = "") -> HttpResponse:
    language = language or wanted_language(request)
    chosen = find(brand) if brand else None
    text = request.POST.get("text", "") if request.method == "POST" else ""
    wait = limits.take_from("paste", client(request), PASTES, PER, timezone.now()) if text.strip() else None
    if wait is not None:
        return error_pages.too_many(request, wait)
    reading = read(text, timezone.now(), chosen.id if chosen else None) if text.strip() else None
    known = find(reading.brand) if reading and reading.brand else chosen
    say = translator(language)
    return guide_page(
        request,
        "paste",
        language,
        private=True,
        open=False,
        of=of(known, language) if known else None,
        longest=LONGEST,
        found=[_date(found_date, known, language) for found_date in reading.found] if reading else [],
        doubts=[say(DOUBTS[doubt]) for doubt in reading.doubts if doubt in DOUBTS] if reading else [],
        fraud=[say(words) for words in FRAUD] if reading and Doubt.FRAUD in reading.doubts else [],
        checks=claim_view(known, [claim for key in CHECKS for claim in known.about(key)], language)
        if known
        else [],
        amounts=[_amount(entry, language) for entry in reading.amounts] if reading else [],
        ready=_ready(known, reading, language) if known and reading else [],
        empty=request.method == "POST" and reading is None,
        status=422 if request.method == "POST" and reading is None else 200,
    )


def _amount(one: Amount, language: str) -> tuple[str, str]:
    """The sum, and the label before it. A sign that may mean yen or yuan is left as it is written."""
    return amount(one.value, one.currency, language) if one.currency else f"\u00a5{one.value:,}", one.word


def _ready(brand: Brand, reading: Reading, language: str) -> list[tuple[str, str]]:
    """The brand's rules that can be answered with what is sure."""
    links = []
    for rule in rules(brand.id):
        # The day a thing ends is none to be charged on.
        meant = [name for name in _askable(rule) if rule.asks.get(name) != "next_charge"]
        told, follows = (
            reading.dates(),
            known_from(rule.rule, reading.first(Meaning.ACT_BY), reading.first(Meaning.SECOND_DEBIT)),
        )
        known = {name: getattr(told, name) or getattr(follows, name) for name in meant}
        has = {name: str(day) for name, day in known.items() if day}
        if has and any(set(way) <= set(has) for way in ways(rule.rule)):
            links.append((_address(brand, rule, has, language), rule_words().titles[rule.title].to(language)))
    return links


def _date(one: FoundDate, brand: Brand | None, language: str) -> Date:
    uses = []
    if brand and not one.sure:
        words = rule_words()
        for rule in rules(brand.id):
            for name in _askable(rule):
                use = (
                    f"{words.titles[rule.title].to(language)}: "
                    f"{words.asks[rule.asks.get(name, name)].words.to(language)}"
                )
                uses.append((_address(brand, rule, {name: str(one.day)}, language), use))
    say = translator(language)
    clock = f"{one.clock:%H:%M}" if one.clock else ""
    return Date(day_in_words(one.day, language), clock, say(MEANINGS[one.meaning]), one.word, one.sure, uses)


def _askable(rule: BrandRule) -> list[str]:
    """The days (no moments, no numbers) a rule can be asked with."""
    return [name for name in names(rule) if name not in MOMENTS + NUMBERS]


def _address(brand: Brand, rule: BrandRule, has: dict[str, str], language: str) -> str:
    return f"/{language}/guide/{brand.id}/dates?{urlencode({'rule': rule.id, **has})}"
