"""States of records other than orders (refunds, periods, lots, messages, deliveries), and the kinds of
incidents.

An order's own, a tender's and a dispute's are in `order`.
"""

from enum import StrEnum


class HoldingState(StrEnum):
    """Of a period or a lot: written before the carrier is asked, decided by its answer."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    VOID = "void"


class RefundState(StrEnum):
    WAITING = "waiting"  # its gateway is to be asked
    ASKED = "asked"
    OWED = "owed"  # it cannot go back by itself
    CONTESTED = "contested"  # nobody is asked as long as the tender is disputed
    DONE = "done"
    BY_DISPUTE = "by_dispute"  # the buyer has it by a dispute that was lost
    GIVEN_UP = "given_up"  # refused, another one stands for its money
    TWICE = "twice"  # its gateway sent what it had refused, and another one was sent for that money too


NO_CLAIM = (RefundState.GIVEN_UP, RefundState.TWICE)  # refunds beside what a buyer is to get back


class MessageState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"


class DeliveryState(StrEnum):
    """Of a webhook message to one endpoint."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class LineState(StrEnum):
    """Computed from what a line holds, never stored."""

    ACTIVE = "active"  # a period runs
    WAITING = "waiting"  # one is to come
    ENDED = "ended"  # none is left, or there never was one
    SUSPENDED = "suspended"
    CLOSED = "closed"


class ProviderStatus(StrEnum):
    """What one answer of a provider means, whoever gave it."""

    DONE = "done"
    REFUSED = "refused"
    WAITING = "waiting"  # taken; the end comes later
    PASSING = "passing"  # certainly not done; the same question may be put again
    NEVER = "never"  # certainly never received: a look-up said so, or we did not ask
    UNSURE = "unsure"  # we could not find out this time
    CANNOT_TELL = "cannot_tell"  # nor can they: staff


OTHER_AMOUNT = "other_amount"  # where an attempt stands when another amount was paid than was asked for
NOBODY_KNOWS = (ProviderStatus.UNSURE, ProviderStatus.CANNOT_TELL)


class IncidentKind(StrEnum):
    """Why people are called; `office.words` says what each means and what to do."""

    OVERDUE = "overdue"
    DELIVERY_UNSURE = "delivery_unsure"
    PAYMENT_UNSURE = "payment_unsure"
    PAYMENT_OTHER_AMOUNT = "payment_other_amount"
    OTHER_AMOUNT = "other_amount"
    REFUND_OWED = "refund_owed"
    REFUND_UNSURE = "refund_unsure"
    REFUNDED_TWICE = "refunded_twice"
    PAID_TWICE = "paid_twice"
    DELIVERED_TWICE = "delivered_twice"
    REFUND_ASKED = "refund_asked"
    STAFF_TOOK_BACK = "staff_took_back"
    CARRIER_TOOK_BACK = "carrier_took_back"
    DELIVERED_AFTER_REFUND = "delivered_after_refund"
    DATES_MOVED = "dates_moved"
    DELIVERED_TO_CLOSED_LINE = "delivered_to_closed_line"
    SUPPLIER_REFUSES_US = "supplier_refuses_us"
    PROVIDER_SILENT = "provider_silent"
    PROVIDER_BROKEN = "provider_broken"
    ENDPOINT_SILENT = "endpoint_silent"
    MONEY_DISPUTED = "money_disputed"
    MONEY_REVERSED = "money_reversed"
    REFUNDED_AND_DISPUTED = "refunded_and_disputed"
    DISPUTED_CREDIT_SPENT = "disputed_credit_spent"
    DISPUTE_UNREADABLE = "dispute_unreadable"
    USAGE_OVERRUN = "usage_overrun"
    VOUCHER_NOT_DELIVERED = "voucher_not_delivered"
    EVENT_OF_UNKNOWN_ORDER = "event_of_unknown_order"
    EVENT_CLAIMS_OTHER_AMOUNT = "event_claims_other_amount"
    BOOKS_DO_NOT_HOLD = "books_do_not_hold"
