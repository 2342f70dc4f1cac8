"""The catalogue that Django reads while a page is made: `{% translate %}` in templates, `_` in the office.

Django knows one domain for all pages, and would merge both of ours for every visitor.
"""

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.utils import translation
from django.utils.translation import trans_real

from .languages import LOCALES, OFFICE, SHOP, nearest

# Django has no public way to activate a catalogue that it has not loaded itself.
_active: Any = trans_real._active  # type: ignore[attr-defined]  # private to Django


@contextmanager
def speaking(language: str, domain: str) -> Iterator[None]:
    """As `translation.override`, with the words of one domain."""
    before = getattr(_active, "value", None)
    activate(language, domain)
    try:
        yield
    finally:
        if before is None:
            translation.deactivate()
        else:
            _active.value = before


def activate(language: str, domain: str) -> None:
    _active.value = _spoken(nearest(language), domain)


@cache
def _spoken(language: str, domain: str) -> trans_real.DjangoTranslation:
    tag = language.lower()
    if domain == SHOP:
        return trans_real.DjangoTranslation(tag, domain=SHOP, localedirs=[str(LOCALES)])
    words = trans_real.DjangoTranslation(tag)  # Django's own; the office has its forms and messages
    for ours in (SHOP, OFFICE):
        # Not `catalogue`: a fallback of what is merged becomes one of Django's English, for everybody.
        words.merge(gettext.translation(ours, LOCALES, [translation.to_locale(tag)], fallback=True))
    return words
