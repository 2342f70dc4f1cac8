"""The languages we ship, which of them a reader gets, and the one catalogue of words.

The catalogue is read with the standard library, so that the worker, the command line and the pages (through
Django, from the same files) say the same words, with or without Django's settings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

SHIPPED = ("zh-Hans", "ja", "en")
SOURCE = "en"  # the sentences in the code are English; it needs no catalogue
# For the language button, each in its own script.
OWN_NAMES = {"zh-Hans": "中文", "ja": "日本語", "en": "English"}
LOCALES = Path(__file__).parent / "locale"
LONGEST_HEADER = 400  # a real Accept-Language is far shorter; a longer one is not worth reading

Say = Callable[[str], str]
# Traditional Chinese readers get simplified until zh-Hant is whole.
_BY_BASE = {"zh": "zh-Hans", "ja": "ja", "en": "en"}
_PLACE = re.compile(r"%\((\w+)\)s")


def N_(sentence: str) -> str:
    """Marks a sentence for the catalogue where it stands in a table and is translated later."""
    return sentence


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
    found = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", parameters, re.ASCII | re.IGNORECASE)
    if found:
        return float(found[1])
    return 0.0 if parameters.strip() else 1.0


def translator(language: str) -> Say:
    """Turns an English sentence of ours into `language`."""
    return _catalogue(nearest(language)).gettext


def placeholders(sentence: str) -> frozenset[str]:
    return frozenset(_PLACE.findall(sentence))


def first_sayable(sentences: Iterable[str], facts: Mapping[str, str], say: Say) -> str | None:
    """The first of `sentences`, translated, of which every fact is known.

    The richest stands first, a fact is never left open.
    """
    for sentence in sentences:
        if placeholders(sentence) <= facts.keys():
            # gettext("") would answer with the catalogue's header
            return say(sentence) % facts if sentence else ""
    return None


@lru_cache(maxsize=len(SHIPPED))
def _catalogue(language: str) -> NullTranslations:
    if language == SOURCE:
        return NullTranslations()
    with (LOCALES / language.replace("-", "_") / "LC_MESSAGES" / "django.mo").open("rb") as compiled:
        return GNUTranslations(compiled)
