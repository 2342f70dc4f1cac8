"""What we write to people: one pattern per kind, in lines that are left out when the fact they name is not
known.

Facts are formatted strings: number (masked), plan, starts, ends, amount, code, brand, seller, contact, url,
date, lines, way, expires, pay_by, voucher, why (staff's words), old_start, old_end, tax (each rate a line),
registration. Every mail ends with a human way out. The carrier «accepts»: what it does afterwards is not ours
to promise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .formats import one_line
from .languages import N_, SOURCE, Say, first_sayable, nearest, translator
from .message_pattern import Pattern
from .messages_of_orders import ORDERS
from .messages_of_refunds import REFUNDS
from .sms import TO_GSM, fits

FACTS = frozenset(
    """
        number plan starts ends amount code brand seller contact url account_url date lines way
        expires pay_by voucher why old_start old_end tax registration
    """.split()
)


@dataclass(frozen=True, slots=True)
class MessageText:
    subject: str
    text: str
    short: str


_PATTERNS = ORDERS | REFUNDS
KINDS = frozenset(_PATTERNS)


def compose(kind: str, language: str, facts: Mapping[str, object]) -> MessageText:
    """An unknown kind is a bug: KeyError. An unknown or empty fact only leaves its line out."""
    pattern, say = _PATTERNS[kind], translator(language)
    known = {name: text for name, fact in facts.items() if name in FACTS and (text := _cleaned(name, fact))}
    subject = first_sayable(pattern.subject, known, say)
    assert subject is not None  # the last wording of every kind needs no fact
    return MessageText(subject, _mail(pattern, known, say), _sms(pattern, known, language))


def _cleaned(name: str, fact: object) -> str:
    if fact is None:
        return ""
    if name != "lines":
        return one_line(fact)  # also keeps a line break out of the subject, where it would start a header
    rows = fact if isinstance(fact, list | tuple) else str(fact).splitlines()
    return "\n".join(row for line in rows if (row := one_line(line)))


def _mail(pattern: Pattern, known: Mapping[str, str], say: Say) -> str:
    lines: list[str] = []
    for wordings in pattern.text:
        line = first_sayable((wordings,) if isinstance(wordings, str) else wordings, known, say)
        # no blank line at the top, and never two: what stood between them was not known
        if line or (line == "" and lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip() + "\n"


def _sms(pattern: Pattern, known: Mapping[str, str], language: str) -> str:
    """The richest wording that fits into one SMS.

    With the brand if at all possible, since the sender may be a bare number.
    """
    say, latin = translator(language), nearest(language) == SOURCE
    bodies = [sms for wording in pattern.short if (sms := first_sayable((wording,), known, say))]
    for branded in (True, False):
        for body in _with_tails(bodies, pattern, known, say):
            sms = first_sayable((_BRANDED,), {**known, "text": body}, say) if branded else body
            if latin and sms:
                sms = sms.translate(TO_GSM)
            if sms and fits(sms, latin):
                return sms
    return bodies[-1]


_BRANDED = N_("%(brand)s: %(text)s")
_TAILS = {"url": "%(text)s %(url)s", "contact": N_("%(text)s Help: %(contact)s")}


def _with_tails(bodies: list[str], pattern: Pattern, known: Mapping[str, str], say: Say) -> Iterator[str]:
    def tailed(body: str, tail: str | None) -> str:
        return body if tail is None else say(_TAILS[tail]) % {**known, "text": body}

    tails = [*(tail for tail in pattern.tail if tail in known), None]
    if pattern.act:
        yield from (tailed(body, tail) for tail in tails for body in bodies)
    else:
        yield from (tailed(body, tail) for body in bodies for tail in tails)
