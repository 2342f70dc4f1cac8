"""What a day in a message is for, told by the words of its own clause. Pure.

A date is a deadline only if its clause says so. A clause ends at a comma, at «場合», «ため», «if», «or» and
the like, and at the next date; what says nothing itself takes the clause that follows it in its sentence,
then the label before it. What owns the date (a card, a coupon, points) or has already happened (paid, failed)
is looked for first. The words stand in message_words.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from ..load.yaml_file import read


class Meaning(StrEnum):
    """The first seven are deadlines; what follows has a date too, and none to act by."""

    EXPIRES = "expires"
    DUE = "due"
    SLIP_DUE = "slip_due"  # the date on a reminder or payment slip
    SECOND_DEBIT = "second_debit"
    ACT_BY = "act_by"  # to be bought, renewed, registered or sent by
    SUSPENSION = "suspension"
    NUMBER_LOST = "number_lost"
    FAILED = "failed"  # a debit or card payment that did not go through
    SETTLED = "settled"  # paid, received, switched on again
    AS_OF = "as_of"  # a balance or use on that day, or the period a bill is for
    CLOSED = "closed"  # maintenance, closing days
    STARTS = "starts"
    ISSUED = "issued"  # when something was written, ordered or sent
    CARD = "card"  # the validity of a payment card
    IDENTITY = "identity"  # of a residence card, a visa
    TRANSFER = "transfer"  # of a code for moving the number
    PROMOTION = "promotion"  # of a code, a coupon, a campaign, a free bonus
    POINTS = "points"
    UNCLEAR = "unclear"


DEADLINES = frozenset(
    {
        Meaning.EXPIRES,
        Meaning.DUE,
        Meaning.SLIP_DUE,
        Meaning.SECOND_DEBIT,
        Meaning.ACT_BY,
        Meaning.SUSPENSION,
        Meaning.NUMBER_LOST,
    }
)
M = Meaning
FILE = Path(__file__).parent / "message_words.yaml"
REACH = 300  # letters on either side of a date that are looked at
BARE = 30  # letters of a clause that says nothing itself and may take its neighbour's word
FAR = 20  # letters between a date and a word that is still about it
SHORT = 40  # letters of a label on a line of its own
_BREAK = re.compile(r"[\n。!?！？]|(?<=[a-z\d)])\.(?=\s|$)", re.IGNORECASE)
_CLAUSE = re.compile(
    r"[、;，；]\s*|(?<!\d),\s*|,(?!\d)\s*|(?<=場合)(?:は|には)?|(?<=とき)は|(?<=ため)(?!に必要)|(?<=ので)|(?<=ますと)|(?<=なければ)|(?<=ました)が"
    r"|\b(?:(?=if\b|unless\b)|or|and|but|otherwise|after that|because|so that|when)\b|(?=若|如果|否则|逾期)",
    re.IGNORECASE,
)
# Between a label and its date.
_ADJACENT = re.compile(
    r"[\s::はがのをで)「」\]】・=の'’\"\-]{0,4}(?:予定|日)?[\s::はがの(（]{0,3}|[为是:于至到在]{0,2}\s?"
    r"|\s?(?:date\s?)?(?:is|on|by|until|before|for|:|at|in|as|will be|as of)?\s{0,2}(?:on|the)?\s{0,2}",
    re.IGNORECASE,
)
_LABEL = re.compile(r"[^\s、。]{1,16}[::は]\s*$")
_SIGNS = str.maketrans("", "", " ::・、(()-\0■●◆▼【】がはのです日")
# What happens on a day without anything to do, in the order it is looked for.
_HAPPENS = (M.SECOND_DEBIT, M.FAILED, M.CLOSED, M.AS_OF, M.SETTLED)


@cache
def _patterns() -> Mapping[str, Mapping[str, re.Pattern[str]]]:
    """{section: {meaning: its words in one pattern}}, in the order of the file."""
    marked = read(FILE)
    return {
        section: {
            name: re.compile("|".join(word for row in rows for word in row), re.IGNORECASE)
            for name, rows in marked[section].items()
        }
        for section in marked
    }


def _other(name: str) -> re.Pattern[str]:
    return _patterns()["others"][name]


def reminds(text: str) -> bool:
    """Is the message about a bill that is already late?"""
    return _other("reminder").search(_other("negated").sub("", text)) is not None


class Place:
    """A date's surroundings: its clause, the rest of its sentence on both sides, the lines before it."""

    def __init__(self, text: str, start: int, end: int, before: int, after: int):
        """`before` and `after`: where the neighbouring dates end and begin."""
        far = max(0, start - REACH)
        begins = max((match.end() for match in _BREAK.finditer(text, far, start)), default=far)
        stop = _BREAK.search(text, end, end + REACH)
        ends = stop.start() if stop else min(len(text), end + REACH)
        self.lines = text[far:begins]  # what stands before the sentence
        self.sentence = text[begins:start] + "\0" + text[end:ends]
        heads = _CLAUSE.split(text[max(begins, before) : start])
        rest = text[end : max(end, min(ends, after))]
        # The next date's own label is not this one's.
        tails = _CLAUSE.split(_LABEL.sub("", rest) if after <= ends else rest)
        self.head, self.tail = heads[-1], tails[0]
        self.later = [piece for piece in tails[1:] if piece.strip()]
        self.earlier = [piece for piece in reversed(heads[:-1]) if piece.strip()]

    @property
    def clause(self) -> str:
        return self.head + "\0" + self.tail


@dataclass(frozen=True, slots=True)
class Message:
    """What is looked for in all of a message, once and not for every day in it: `text` without what it
    denies, and whether it speaks of a card, a coupon or points at all.
    """

    text: str
    owners: bool


def message(text: str) -> Message:
    owners = any(pattern.search(text) for pattern in _patterns()["owners"].values())
    return Message(_other("negated").sub(lambda match: "\0" * len(match[0]), text), owners)


def meaning_of(whole: Message, start: int, end: int, before: int, after: int) -> tuple[Meaning, str]:
    """The meaning of the day written at start to end, and the word that says so."""
    here = Place(whole.text, start, end, before, after)
    return _fact(here) or _owned(here, whole) or _deadline(here) or _started(here) or (M.UNCLEAR, "")


def _word(meaning: Meaning, section: str, *texts: str) -> str:
    for text in texts:
        if match := _patterns()[section][meaning].search(text):
            return match[0].replace("\0", "").strip() or meaning
    return ""


def _fact(here: Place) -> tuple[Meaning, str] | None:
    """What happened or happens on that day without anything to do.

    Told by the clause, or where it is bare by the next.
    """
    if match := _other("ordered").match("\0" + here.tail):
        return M.ISSUED, match[0].replace("\0", "")
    bare = not any(_word(Meaning(name), "deadlines", here.clause) for name in _patterns()["deadlines"])
    for meaning in _HAPPENS:
        if word := _word(meaning, "facts", here.clause, *(here.later[:1] if bare else [])):
            return meaning, word
    for meaning in (M.CLOSED, M.AS_OF):
        if word := _word(meaning, "facts", here.sentence):
            return meaning, word
    if _word(M.DUE, "deadlines", here.clause) and (word := _word(M.FAILED, "facts", *here.later)):
        return M.FAILED, word
    if (match := _patterns()["facts"][M.ISSUED].search(here.head)) and _ADJACENT.fullmatch(
        here.head[match.end() :]
    ):
        return M.ISSUED, match[0]
    return None


def _owned(here: Place, whole: Message) -> tuple[Meaning, str] | None:
    """A card's, a coupon's, points' validity: the owner stands in the clause, or in what leads up to it."""
    expires, nearest = _word(M.EXPIRES, "deadlines", here.clause), _nearest(here.head, here.tail)
    empty = not here.clause.translate(_SIGNS)
    if (nearest and nearest[0] is M.DUE) or not (
        empty or _other("valid").search(here.clause) or nearest is None
    ):
        return None
    if not expires and (_word(M.ACT_BY, "deadlines", here.clause) or _word(M.STARTS, "facts", here.clause)):
        return None
    alone = len(here.clause.replace(expires, "").translate(_SIGNS)) <= 2
    leads = [here.clause, *here.earlier]
    if alone:  # a label: whose it is stands before it
        leads += reversed(here.lines[-120:].split("\n")[-3:])
    for lead in leads if not expires or alone else leads[:1]:
        for name in _patterns()["owners"]:
            if word := _word(Meaning(name), "owners", lead):
                return Meaning(name), word if name != M.UNCLEAR else ""
        if expires and _other("plan").search(lead):
            return None
    # whose validity it is has not been said: of nothing at all, if the label stands alone and the message has
    # none of the others
    silent = alone and not whole.owners
    return (M.UNCLEAR, "") if expires and not silent else None


def _deadline(here: Place) -> tuple[Meaning, str] | None:
    """By the clause; by what follows in the sentence; by what stands just before it;
    by a label on the line above.
    """
    if own := _nearest(here.head, here.tail):
        return (
            (M.UNCLEAR, "")
            if own[0] in (M.DUE, M.ACT_BY, M.EXPIRES) and _other("past").search(here.clause)
            else own
        )
    if any(_word(meaning, "facts", here.clause) for meaning in (M.STARTS, M.ISSUED)):
        return None
    beside = [("", piece) for piece in here.later] + [(piece, "") for piece in here.earlier[:1]]
    for head, tail in beside if len(here.clause) <= BARE else ():
        if result := _nearest(head, tail):
            return result
    if _other("vague").search(here.clause):  # «期限:» says nothing by itself: the lines before say of what
        for lead in reversed(here.lines[-120:].split("\n")):
            if result := _nearest(lead, ""):
                return result
    label = here.lines.rstrip("\n。 ").rsplit("\n", 1)[-1]
    if not here.head.translate(_SIGNS) and here.lines.endswith("\n") and len(label) <= SHORT:
        return _nearest(label, "")
    return None


def _nearest(head: str, tail: str) -> tuple[Meaning, str] | None:
    # How far, on which side, how long a word, how grave.
    ranked: list[tuple[int, int, int, int, str, str]] = []
    for rank, (name, pattern) in enumerate(_patterns()["deadlines"].items()):
        for match in pattern.finditer(head):
            gap = head[match.end() :]
            ranked.append(
                (0 if _ADJACENT.fullmatch(gap) else len(gap), 0, -len(match[0]), rank, name, match[0])
            )
        ranked += [
            (match.start(), 1, -len(match[0]), rank, name, match[0]) for match in pattern.finditer(tail)
        ]
    if not ranked:
        return None
    far, *_, name, word = min(ranked)
    return (Meaning(name), word.strip()) if far <= FAR else None


def _started(here: Place) -> tuple[Meaning, str] | None:
    for meaning in (M.STARTS, M.ISSUED):
        if word := _word(meaning, "facts", here.clause, *here.later[:1]):
            return meaning, word
    return None
