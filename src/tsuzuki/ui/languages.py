"""The languages we ship, which of them a reader gets, and the catalogues of words.

There are two gettext domains: `shop` is what customers read (pages, letters, the guide), `office` what only
staff and their programs do. They are read with the standard library, so that the worker, the command line and
the pages (through Django, by `activation`) say the same words, with or without Django's settings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

SHIPPED = ("zh-Hans", "ja", "en")
SOURCE = "en"  # the sentences in the code are English; it needs no catalogue
# For the language button, each in its own script.
OWN_NAMES = {"zh-Hans": "中文", "ja": "日本語", "en": "English"}
LOCALES = Path(__file__).parent / "locale"
LONGEST_HEADER = 400  # a real Accept-Language is far shorter; a longer one is not worth reading

SHOP, OFFICE = DOMAINS = ("shop", "office")

Say = Callable[[str], str]
SayCounted = Callable[[str, str, int], str]
# Traditional Chinese readers get simplified until zh-Hant is whole.
_BY_BASE = {"zh": "zh-Hans", "ja": "ja", "en": "en"}
_PLACE = re.compile(r"%\((\w+)\)s")


def N_(sentence: str) -> str:
    """Marks a sentence for the catalogue where it stands in a table and is translated later."""
    return sentence


@dataclass(frozen=True, slots=True)
class Plural:
    """A sentence with a number in it, in both forms of English. `by` names the fact that is the number.

    The call marks both for the catalogue, as N_ does.
    """

    one: str
    many: str
    by: str

    def said(self, facts: Mapping[str, str], ngettext: SayCounted) -> str:
        text = facts[self.by]
        return ngettext(self.one, self.many, int(text) if text.isdecimal() else 2)


Wording = str | Plural


@lru_cache(maxsize=512)
def nearest(wanted: str) -> str:
    """The shipped language nearest to a tag («zh-TW», «ja_JP») or to an Accept-Language header."""
    ranked = []
    for place, part in enumerate(wanted[:LONGEST_HEADER].split(",")):
        tag, _, rest = part.partition(";")
        language = _BY_BASE.get(re.split("[-_]", tag.strip().lower(), maxsplit=1)[0])
        weight = _weight(rest)
        if language and weight > 0:
            ranked.append((-weight, place, language))
    return min(ranked)[2] if ranked else SOURCE


def _weight(parameters: str) -> float:
    match = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", parameters, re.ASCII | re.IGNORECASE)
    if match:
        return float(match[1])
    return 0.0 if parameters.strip() else 1.0


def translator(language: str, domain: str = SHOP) -> Say:
    """Turns an English sentence of ours into `language`."""
    return catalogue(nearest(language), domain).gettext


def plurals(language: str, domain: str = SHOP) -> SayCounted:
    """The same for a sentence with a number in it: English has two forms, Japanese and Chinese one."""
    return catalogue(nearest(language), domain).ngettext


def placeholders(sentence: Wording) -> frozenset[str]:
    return frozenset(_PLACE.findall(sentence if isinstance(sentence, str) else sentence.many))


def first_sayable(sentences: Iterable[str], facts: Mapping[str, str], say: Say) -> str | None:
    """The first of `sentences`, translated, of which every fact is known.

    The richest stands first, a fact is never left open.
    """
    for sentence in sentences:
        if placeholders(sentence) <= facts.keys():
            # gettext("") would answer with the catalogue's header
            return say(sentence) % facts if sentence else ""
    return None


@cache
def catalogue(language: str, domain: str) -> NullTranslations:
    """One domain of a shipped language. What staff and customers share stands in `shop`."""
    if language == SOURCE:
        return NullTranslations()
    with (LOCALES / language.replace("-", "_") / "LC_MESSAGES" / f"{domain}.mo").open("rb") as compiled:
        translations = GNUTranslations(compiled)
    if domain == OFFICE:
        translations.add_fallback(catalogue(language, SHOP))
    return translations
