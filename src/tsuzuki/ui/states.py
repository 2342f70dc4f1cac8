"""What a buyer reads about an order: few words, each true, none of them a code."""

from __future__ import annotations

from tsuzuki.core.order import State

from .languages import N_, first_sayable, translator

_FIXING = (N_("We are fixing it, nothing to do"),)
_WORDS: dict[str, tuple[str, ...]] = {
    "awaiting_payment": (N_("Waiting for payment"),),
    "paid": (N_("Paid, activating"),),
    "applied": (N_("Paid, activating"),),
    "refunding": (N_("Refund on its way"),),
    # The one state in which the buyer must act to get the money.
    "refund_owed": (N_("Refund ready: please tell us where to send it"),),
    "refunded": (N_("Refunded"),),
    "expired": (N_("Cancelled, nothing charged"),),
    "cancelled": (N_("Cancelled, nothing charged"),),
    "reversed": (N_("Payment taken back"),),
    "disputed": (N_("Payment disputed"),),  # reversed or refunding, and nothing is decided yet
}
_ACTIVE = (N_("Active until %(ends)s"), N_("Active"))
_LATER = (N_("Starts %(starts)s"), N_("Paid, waiting to start"))
# Where not knowing matters to the buyer. Unsure while waiting for payment too:
# «waiting» would invite a second payment.
_UNSURE_HIDES = frozenset({"awaiting_payment", "paid", "applied"})


def state(
    state: str, *, starts: str | None, ends: str | None, unsure: bool, started: bool, language: str
) -> str:
    """`starts` and `ends` are formatted moments; `started`: the period has begun.

    An unknown state is a bug: KeyError.
    """
    if state == State.DELIVERED:
        words: tuple[str, ...] = _ACTIVE if started else _LATER
    elif unsure and state in _UNSURE_HIDES:
        words = _FIXING
    else:
        words = _WORDS[state]
    facts = {name: text for name, text in (("starts", starts), ("ends", ends)) if text}
    text = first_sayable(words, facts, translator(language))
    assert text is not None  # the last wording of every state needs no fact
    return text
