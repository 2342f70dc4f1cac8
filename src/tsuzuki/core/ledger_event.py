"""What a posting is about: an event of one record, which is posted only once.

One constructor for each kind; nobody builds or reads its text.

The ledger keeps both: `key`, the text that makes a second posting harmless and that ledgers of earlier
versions hold alone, and the kind, subject and detail in columns of their own. `ledger_entry`, a view of the
database, reads rows of either form.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self
from uuid import UUID


class SubjectType(StrEnum):
    TENDER = "tender"
    ORDER = "order"
    REFUND = "refund"
    DISPUTE = "dispute"
    LOT = "lot"
    ACCOUNT = "account"
    RECOGNITION = "recognition"  # one batch of the recognition run
    CUTOVER = "cutover"  # from net revenue to gross


class LedgerEventKind(StrEnum):
    TENDER_PAID = "tender_paid"
    TENDER_RELEASED = "tender_released"
    TENDER_UNCLAIMED = "tender_unclaimed"  # another amount came than was asked for
    TENDER_SENT_BACK = "tender_sent_back"
    TENDER_REVERSED = "tender_reversed"  # written before disputes had records of their own; only read
    ORDER_DELIVERED = "order_delivered"
    ORDER_UNDONE = "order_undone"
    ORDER_COMMISSION = "order_commission"
    REFUND_BEGUN = "refund_begun"
    REFUND_OWED = "refund_owed"
    REFUND_DONE = "refund_done"
    REFUND_SENT = "refund_sent"  # its gateway did after all what it had refused
    DISPUTE_CHANGED = "dispute_changed"
    LOT_DISPUTED = "lot_disputed"
    LOT_EXPIRED = "lot_expired"
    ACCOUNT_TOPPED_UP = "account_topped_up"
    REVENUE_RECOGNISED = "revenue_recognised"
    GROSS_CUTOVER = "gross_cutover"


# What stands in `key` around the subject's id. These words are in every ledger there is: they never change.
_WORDS = {
    LedgerEventKind.TENDER_PAID: (SubjectType.TENDER, "paid"),
    LedgerEventKind.TENDER_RELEASED: (SubjectType.TENDER, "released"),
    LedgerEventKind.TENDER_UNCLAIMED: (SubjectType.TENDER, "unclaimed"),
    LedgerEventKind.TENDER_SENT_BACK: (SubjectType.TENDER, "sent back"),
    LedgerEventKind.TENDER_REVERSED: (SubjectType.TENDER, "reversed"),
    LedgerEventKind.ORDER_DELIVERED: (SubjectType.ORDER, "delivered"),
    LedgerEventKind.ORDER_UNDONE: (SubjectType.ORDER, "undone"),
    LedgerEventKind.ORDER_COMMISSION: (SubjectType.ORDER, "commission"),
    LedgerEventKind.REFUND_BEGUN: (SubjectType.REFUND, "begun"),
    LedgerEventKind.REFUND_OWED: (SubjectType.REFUND, "owed"),
    LedgerEventKind.REFUND_DONE: (SubjectType.REFUND, "done"),
    LedgerEventKind.REFUND_SENT: (SubjectType.REFUND, "sent"),
    LedgerEventKind.DISPUTE_CHANGED: (SubjectType.DISPUTE, ""),
    LedgerEventKind.LOT_DISPUTED: (SubjectType.LOT, "disputed"),
    LedgerEventKind.LOT_EXPIRED: (SubjectType.LOT, "expired"),
    LedgerEventKind.ACCOUNT_TOPPED_UP: (SubjectType.ACCOUNT, "topped up"),
    LedgerEventKind.REVENUE_RECOGNISED: (SubjectType.RECOGNITION, "recognised"),
    LedgerEventKind.GROSS_CUTOVER: (SubjectType.CUTOVER, "gross"),
}
LONGEST_REFERENCE = 145  # of a top-up; with it `key` has 200 characters


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """`detail` tells apart the events of one kind that one subject may have several of."""

    kind: LedgerEventKind
    subject_id: UUID
    detail: str = ""

    @property
    def subject_type(self) -> SubjectType:
        return _WORDS[self.kind][0]

    @property
    def key(self) -> str:
        subject, words = _WORDS[self.kind]
        if self.kind is LedgerEventKind.REVENUE_RECOGNISED:
            return f"{words} {self.detail} {self.subject_id}"
        return " ".join(part for part in (subject.value, str(self.subject_id), words, self.detail) if part)

    @classmethod
    def tender_paid(cls, tender: UUID) -> Self:
        return cls(LedgerEventKind.TENDER_PAID, tender)

    @classmethod
    def tender_released(cls, tender: UUID) -> Self:
        return cls(LedgerEventKind.TENDER_RELEASED, tender)

    @classmethod
    def tender_unclaimed(cls, tender: UUID, change: UUID) -> Self:
        return cls(LedgerEventKind.TENDER_UNCLAIMED, tender, str(change))

    @classmethod
    def tender_sent_back(cls, tender: UUID, change: UUID) -> Self:
        return cls(LedgerEventKind.TENDER_SENT_BACK, tender, str(change))

    @classmethod
    def order_delivered(cls, order: UUID) -> Self:
        return cls(LedgerEventKind.ORDER_DELIVERED, order)

    @classmethod
    def order_undone(cls, order: UUID) -> Self:
        return cls(LedgerEventKind.ORDER_UNDONE, order)

    @classmethod
    def order_commission(cls, order: UUID, number: int = 1) -> Self:
        """The first is earned by the delivery; each later one changes what stays of it."""
        return cls(LedgerEventKind.ORDER_COMMISSION, order, {1: "", 2: "back"}.get(number, str(number)))

    @classmethod
    def refund_begun(cls, refund: UUID) -> Self:
        return cls(LedgerEventKind.REFUND_BEGUN, refund)

    @classmethod
    def refund_owed(cls, refund: UUID) -> Self:
        return cls(LedgerEventKind.REFUND_OWED, refund)

    @classmethod
    def refund_done(cls, refund: UUID) -> Self:
        return cls(LedgerEventKind.REFUND_DONE, refund)

    @classmethod
    def refund_sent(cls, refund: UUID, by: UUID | None = None) -> Self:
        """`by`: another refund of the same money, which was what went out."""
        return cls(LedgerEventKind.REFUND_SENT, refund, str(by or ""))

    @classmethod
    def dispute_changed(cls, dispute: UUID, changes: int) -> Self:
        """`changes`: how often the gateway has told it otherwise; 0 when it is opened."""
        return cls(LedgerEventKind.DISPUTE_CHANGED, dispute, str(changes))

    @classmethod
    def lot_disputed(cls, lot: UUID, change: UUID) -> Self:
        return cls(LedgerEventKind.LOT_DISPUTED, lot, str(change))

    @classmethod
    def lot_expired(cls, lot: UUID, on: date) -> Self:
        return cls(LedgerEventKind.LOT_EXPIRED, lot, f"{on:%Y-%m-%d}")

    @classmethod
    def account_topped_up(cls, account: UUID, reference: str) -> Self:
        return cls(LedgerEventKind.ACCOUNT_TOPPED_UP, account, reference[:LONGEST_REFERENCE])

    @classmethod
    def revenue_recognised(cls, on: date, batch: UUID) -> Self:
        return cls(LedgerEventKind.REVENUE_RECOGNISED, batch, f"{on:%Y-%m-%d}")

    @classmethod
    def gross_cutover(cls, cutover: UUID) -> Self:
        return cls(LedgerEventKind.GROSS_CUTOVER, cutover)
