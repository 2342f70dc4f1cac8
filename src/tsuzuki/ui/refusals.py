"""Refusal code -> one sentence: what is wrong, and what to do next.

Several wordings of one code stand from the one that names the facts to the one that needs none: a missing
fact shortens the sentence and never breaks it. Facts are what the reader typed or should look at; no wording
names a secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import Money, parse

from .formats import moment, money, one_line
from .languages import N_, OFFICE, SHOP, Plural, placeholders, plurals, translator
from .refusals_to_buyers import TO_BUYERS
from .refusals_to_programs import TO_PROGRAMS
from .refusals_to_staff import TO_STAFF

LONGEST_FACT = 60  # what was typed is quoted back to be recognised, not to be read again in full
_YEN_SIGNS = ("\u00a5", "\uffe5")
_MONEY = re.compile(r"([A-Z]{3}) (-?[\d.]+)", re.ASCII)  # as `str(Money)` writes it
# One fact under two names: the sentence knows the second.
_ALSO_CALLED = {(Code.NUMBER_MALFORMED, "number"): "text"}
_SPREADSHEET = "spreadsheet"  # the reason core gives when a spreadsheet turned the digits into 8.98E+18

_SENTENCES = TO_BUYERS | TO_PROGRAMS | TO_STAFF

_SPOILT: dict[Code, tuple[str, ...]] = {
    Code.ICCID_MALFORMED: (
        N_(
            "A spreadsheet has shortened the SIM number (ICCID). Please set the column to text "
            "and enter it again."
        ),
    ),
    Code.EID_MALFORMED: (
        N_("A spreadsheet has shortened the EID. Please set the column to text and enter it again."),
    ),
}


def sentence(code: Code, facts: Mapping[str, object], language: str, zone: str = "Asia/Tokyo") -> str:
    """`zone`: where moments among the facts are shown; the operator's."""
    if code is Code.AMOUNT_TOO_LARGE:  # a bare number there counts minor units of a currency it does not name
        facts = {name: fact for name, fact in facts.items() if not isinstance(fact, int)}
    shown = {
        _ALSO_CALLED.get((code, name), name): text
        for name, fact in facts.items()
        if (text := _shown(fact, language, zone))
    }
    domain = SHOP if code in TO_BUYERS else OFFICE
    say, ngettext = translator(language, domain), plurals(language, domain)
    spoilt = _SPOILT.get(code, ()) if facts.get("reason") == _SPREADSHEET else ()
    # The last wording of every code needs no fact.
    wording = next(entry for entry in (*spoilt, *_SENTENCES[code]) if placeholders(entry) <= shown.keys())
    return (wording.said(shown, ngettext) if isinstance(wording, Plural) else say(wording)) % shown


def _shown(fact: object, language: str, zone: str) -> str:
    """A fact in words, or nothing where showing it would mislead."""
    if fact is None:
        return ""
    if isinstance(fact, Money):
        return money(fact, language)
    if isinstance(fact, datetime):
        return moment(fact, zone, language) if fact.tzinfo else ""
    text = one_line(fact)
    if any(sign in text for sign in _YEN_SIGNS):
        return ""  # typed by the reader, but still a bare sign on our page
    return _written_by_us(text, language, zone) or (
        text if len(text) <= LONGEST_FACT else text[: LONGEST_FACT - 1] + "…"
    )


def _written_by_us(text: str, language: str, zone: str) -> str:
    """Facts travel as text: «JPY 500» and «2026-12-20T14:59:00+00:00» are said the reader's way."""
    if sum_ := _MONEY.fullmatch(text):
        try:
            return money(parse(sum_[2], sum_[1]), language)
        except Refused:
            return ""
    if re.match(r"\d{4}-\d\d-\d\dT", text):
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return ""
        return moment(at, zone, language) if at.tzinfo else ""
    return ""
