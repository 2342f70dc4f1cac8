"""The life cycle of an order: states, steps, outcomes and the table of transitions.

    awaiting_payment ──pay──▶ paid ──apply──▶ applied ──provision──▶ delivered
          │                     │                │                      │
       expire/cancel         refused          refused              reverse / undo
          ▼                     ▼                ▼                      ▼
    expired, cancelled ──late money──▶ refunding ──refund──▶ refunded   reversed ──reinstate──▶ delivered
                                          └── cannot go back ──▶ refund_owed ──paid out──▶ refunded

Unsure belongs to an attempt, never to an order. `needs_staff` is a flag beside the state.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    APPLIED = "applied"
    DELIVERED = "delivered"
    REFUNDING = "refunding"
    REFUND_OWED = "refund_owed"
    REFUNDED = "refunded"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REVERSED = "reversed"


class Step(StrEnum):
    PAY = "pay"  # every tender of the purchase is in
    APPLY = "apply"  # nobody is asked: period and lots are written as pending
    PROVISION = "provision"  # the carrier makes it so
    REFUND = "refund"
    EXPIRE = "expire"
    CANCEL = "cancel"
    LATE_MONEY = "late_money"  # money came after expired or cancelled
    UNDO = "undo"  # the carrier, or staff, took a delivered order back: it is refunded
    REVERSE = "reverse"  # all money of a delivered order is disputed or lost
    REINSTATE = "reinstate"  # some of it is here again
    # A refund is due after all: the lost dispute that had made it unnecessary was won, it did not arrive, or
    # it can go to a bank account.
    REOPEN = "reopen"


class Outcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"


# (state, step, outcome) -> state. What is not here cannot happen.
AFTER = {
    (State.AWAITING_PAYMENT, Step.PAY, Outcome.DONE): State.PAID,
    (State.AWAITING_PAYMENT, Step.PAY, Outcome.REFUSED): State.AWAITING_PAYMENT,  # another method is offered
    (State.AWAITING_PAYMENT, Step.EXPIRE, Outcome.DONE): State.EXPIRED,
    (State.AWAITING_PAYMENT, Step.CANCEL, Outcome.DONE): State.CANCELLED,
    (State.PAID, Step.APPLY, Outcome.DONE): State.APPLIED,
    (State.PAID, Step.APPLY, Outcome.REFUSED): State.REFUNDING,
    (State.APPLIED, Step.PROVISION, Outcome.DONE): State.DELIVERED,
    (State.APPLIED, Step.PROVISION, Outcome.REFUSED): State.REFUNDING,
    (State.REFUNDING, Step.REFUND, Outcome.DONE): State.REFUNDED,
    (State.REFUNDING, Step.REFUND, Outcome.REFUSED): State.REFUND_OWED,
    (State.REFUND_OWED, Step.REFUND, Outcome.DONE): State.REFUNDED,
    (State.EXPIRED, Step.LATE_MONEY, Outcome.DONE): State.REFUNDING,
    (State.CANCELLED, Step.LATE_MONEY, Outcome.DONE): State.REFUNDING,
    (State.DELIVERED, Step.UNDO, Outcome.DONE): State.REFUNDING,
    (State.DELIVERED, Step.REVERSE, Outcome.DONE): State.REVERSED,
    (State.REVERSED, Step.REINSTATE, Outcome.DONE): State.DELIVERED,
    (State.REVERSED, Step.UNDO, Outcome.DONE): State.REFUNDING,
    (State.REFUNDED, Step.REOPEN, Outcome.DONE): State.REFUNDING,
    (State.REFUND_OWED, Step.REOPEN, Outcome.DONE): State.REFUNDING,
}

# Nothing more is due by itself in these.
# A purchase whose orders are all here holds no money (`verify` proves it).
AT_REST = frozenset(
    {State.DELIVERED, State.REFUND_OWED, State.REFUNDED, State.EXPIRED, State.CANCELLED, State.REVERSED}
)


def after(state: State, step: Step, outcome: Outcome) -> State:
    """The next state; KeyError is a bug in the caller."""
    return AFTER[(state, step, outcome)]


class TenderState(StrEnum):
    WAITING = "waiting"  # a gateway is to be asked
    OPEN = "open"  # asked; the buyer may act
    PAID = "paid"
    REFUSED = "refused"  # no money came of it; the buyer may choose again
    CLOSING = "closing"  # to be closed at the gateway: expired, cancelled or another method chosen
    CLOSED = "closed"  # closed, or released: no money is here


class DisputeState(StrEnum):
    """Of money that the buyer, or the buyer's bank, asks back from the gateway.

    A gateway may change its mind at any time.
    """

    OPEN = "open"  # withheld until it is decided
    WON = "won"  # ours again
    LOST = "lost"  # gone: a chargeback, a reversal


@dataclass(frozen=True, slots=True)
class TenderShare:
    """What one tender paid of one order."""

    tender: int
    order: int
    minor: int


def allocate(tenders: Sequence[int], orders: Sequence[int]) -> list[TenderShare]:
    """Lay tender amounts along order prices, both in their order (minor units).

    What does not fit a price stays unallocated.
    """
    shares, left = [], list(tenders)
    position = 0
    for index, price in enumerate(orders):
        while price and position < len(left):
            take = min(price, left[position])
            if take:
                shares.append(TenderShare(position, index, take))
            price -= take
            left[position] -= take
            if not left[position]:
                position += 1
    return shares


def covers(tenders: Iterable[int], due: int) -> bool:
    return sum(tenders) == due
