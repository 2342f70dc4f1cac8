"""What the guide knows of a line that is not ours, in words: steps, ways to pay, what nobody found out."""

from __future__ import annotations

import re
from typing import NamedTuple

from tsuzuki.guide.other_carriers.company_pages import Fact, Page
from tsuzuki.ui.languages import N_, translator

HAPPENED = {
    "data": N_("Data used up"),
    "ended": N_("Plan ended"),
    "unpaid": N_("Bill unpaid"),
    "cut": N_("Cut off"),
}
PARTS = {"do": N_("What to do"), "pay": N_("How to pay and what it costs"), "know": N_("Good to know")}
KINDS = {"official": N_("Official page"), "press": N_("News or guide page"), "user": N_("A user's report")}
_LABEL = re.compile(r"「([^」]+)」")


class Known(NamedTuple):
    """A fact as it is shown. `text`: pieces, each with whether it is a Japanese label."""

    label: str
    label_language: str
    text: list[tuple[bool, str]]
    whose: str
    as_of: str
    source: str


def sections(found: Page, happened: str, language: str) -> list[tuple[str, str, list[Known]]]:
    """What is known of this case: (part, its title, facts), in the order a reader needs them;
    a part without facts is absent.
    """
    say = translator(language)
    made = []
    for part, title in PARTS.items():
        facts = [fact for fact in found.facts if fact.part == part and happened in fact.happened]
        if facts:
            made.append((part, say(title), [_known(fact, language) for fact in facts]))
    return made


def gaps(found: Page, happened: str, language: str) -> list[str]:
    """What we looked for and did not find."""
    return [
        fact.words.to(language) for fact in found.facts if fact.part == "gap" and happened in fact.happened
    ]


def _known(fact: Fact, language: str) -> Known:
    say = translator(language)
    as_of = say(N_("as of %(date)s")) % {"date": fact.as_of} if fact.as_of else say(N_("date unknown"))
    spoken = "en" if fact.label.isascii() else "ja"
    return Known(
        fact.label, spoken, pieces(fact.words.to(language)), say(KINDS[fact.kind]), as_of, fact.source
    )


def pieces(text: str) -> list[tuple[bool, str]]:
    """Japanese labels apart from the words around them, so that each is spoken in its own language."""
    return [(place % 2 == 1, piece) for place, piece in enumerate(_LABEL.split(text)) if piece]
