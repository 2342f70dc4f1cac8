"""A message in its wordings, and the lines that several messages share."""

from __future__ import annotations

from dataclasses import dataclass

from .languages import N_


@dataclass(frozen=True, slots=True)
class Pattern:
    """Wordings stand from the one that names most facts to the one that needs none.

    In `text` a tuple is one line in several wordings.
    """

    subject: tuple[str, ...]
    text: tuple[str | tuple[str, ...], ...]
    short: tuple[str, ...]
    tail: tuple[str, ...] = ("url",)  # what an SMS adds if there is room
    act: bool = False  # the reader must act: the way there comes before the details


NUMBER = N_("Number: %(number)s")
PLAN = N_("Plan: %(plan)s")
STARTS = N_("Starts: %(starts)s")
ENDS = N_("Ends: %(ends)s")
AMOUNT = N_("Amount: %(amount)s")
ORDER = N_("Order: %(code)s")
REFUND_TO = N_("Refund to: %(way)s")
SEE = N_("Your order: %(url)s")
NOTHING_TO_DO = N_("There is nothing you need to do.")
SIGNED = (
    "",
    "%(brand)s",
    (
        N_("Contact: %(contact)s"),
        N_("Questions? Please contact %(seller)s."),
        N_("Questions? Please ask the shop you bought from."),
    ),
)
