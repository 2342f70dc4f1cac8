"""The payment port: what the engine asks of a gateway, and the snapshots it gets back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from tsuzuki.core.lease import require_sound
from tsuzuki.core.money import Money
from tsuzuki.core.order import DisputeState
from tsuzuki.plugins import ReachSettings


class PaymentStatus(StrEnum):
    """What the gateway says about one attempt; the order is how far money has come."""

    ABSENT = "absent"  # no such attempt: only from an authoritative «not found»
    OPEN = "open"  # the buyer may still act; nothing promised
    PROMISED = "promised"  # a code or an account number is out; money may come until `due`
    READY = "ready"  # the buyer approved; we must proceed before `due`
    PENDING = "pending"  # the gateway is deciding
    PAID = "paid"
    CLOSED = "closed"  # can never be paid any more
    UNCLEAR = "unclear"  # we could not find out; says nothing


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, as far as a method needs it."""

    email: str = ""


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """Written down first, sent unchanged on every repeat. `key`: ours, [a-z0-9], at most 27 characters."""

    key: str
    amount: Money
    method: str  # one of the gateway's own, by its code
    label: str  # what the buyer reads on the gateway's page
    locale: str
    return_url: str
    live_until: datetime  # never later than the order may still be carried out
    payer: Payer | None = None
    keep: bool = False  # the payer agreed to be charged later with nobody there


@dataclass(frozen=True, slots=True)
class Redirect:
    """The buyer goes on to a page of the gateway."""

    url: str


@dataclass(frozen=True, slots=True)
class ShowCodes:
    """The buyer pays at a shop with these: what the shop calls each, in its own words, and the code."""

    place: str  # the shop or machine that takes them
    codes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ShowAccount:
    """The buyer transfers to this bank account; `reference` is what to write beside the name."""

    bank: str
    branch: str
    kind: str  # ordinary, current
    number: str
    holder: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing for the buyer to do: the gateway is deciding, or a person has to approve on a phone."""


Next = Redirect | ShowCodes | ShowAccount | Wait


class RefundWay(StrEnum):
    SOURCE = "source"  # back to where it came from, by the gateway
    BANK_DETAILS = "bank_details"  # by the gateway, to a bank account the buyer names
    BY_HAND = "by_hand"  # people pay it out


@dataclass(frozen=True, slots=True)
class BankDetails:
    """Where the buyer wants the money; shown by nobody's repr."""

    bank: str = field(repr=False)
    branch: str = field(repr=False)
    kind: str = field(repr=False)  # ordinary, current
    number: str = field(repr=False)
    holder: str = field(repr=False)  # in katakana, as banks want it


@dataclass(frozen=True, slots=True)
class DisputeSnapshot:
    """Money of a paid attempt that is asked back from the gateway: a chargeback, a claim, a reversal.

    `id` is theirs and stays.
    """

    id: str
    amount: Money
    state: DisputeState


@dataclass(frozen=True, slots=True)
class PaymentSnapshot:
    status: PaymentStatus
    gateway_id: str | None = None
    paid: Money | None = None  # all that ever came in, also what was sent back since
    remaining: Money | None = None  # of a transfer that came in part
    next: Next | None = None
    due: datetime | None = None  # end of the page, the code or the approval
    # All there ever were, decided ones too; a reversal without a word before is one that is lost.
    disputes: tuple[DisputeSnapshot, ...] = ()
    reason: str | None = None  # stable code for people, never shown raw
    raw: str = ""  # evidence, free of secrets
    saved: str | None = field(default=None, repr=False)  # of a paid one that was to be kept: for `charge`


DISPUTED = "disputed"  # the reason of a refund refused because its money is disputed


class RefundStatus(StrEnum):
    ABSENT = "absent"
    ASKED = "asked"  # needs details from the buyer
    PENDING = "pending"
    DONE = "done"
    REFUSED = "refused"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class RefundSnapshot:
    status: RefundStatus
    reference: str | None = None
    reason: str | None = None
    raw: str = ""


@dataclass(frozen=True, slots=True)
class EventReply:
    """What the gateway wants to hear for an event, to the letter.

    Said once it is stored, before any other work.
    """

    body: bytes
    content_type: str
    status: int = 200


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """A verified event.

    It names the attempt and wakes; the truth is fetched. `claimed` is only compared, never applied.
    """

    event_id: str
    key: str | None
    gateway_id: str | None
    claimed: Money | None = None
    reply: EventReply | None = None  # None: any success will do


@dataclass(frozen=True, slots=True)
class ForeignEvent:
    """Genuine, but of another installation on the same account: answered well, so that
    it is not told again.
    """

    reply: EventReply | None = None


@dataclass(frozen=True, slots=True)
class UnverifiedEvent:
    """Not signed as it should be, too old, or not readable."""


REPEATED = timedelta(days=30)  # where a gateway states no limit


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """One way to pay at a gateway (card, konbini, transfer, paypay, cash ...) and what holds for it.

    Amounts are minor units of any of its currencies.
    """

    code: str
    currencies: tuple[str, ...]
    largest: int
    smallest: int = 1
    # A code lives at least so long: not offered where the money is wanted sooner.
    shortest: timedelta = timedelta()
    longest: timedelta | None = None  # and at most so long
    refund: RefundWay = RefundWay.SOURCE
    refund_within: timedelta | None = None  # after the payment; later, people pay it out
    buyer_in_japan: bool = False
    needs_email: bool = False
    # So long after the first time the same question under the same key is the same payment or refund there;
    # later the gateway may act again, so that nobody asks: it is looked up, or people find out.
    begin_again: timedelta = REPEATED
    charge_again: timedelta = REPEATED
    refund_again: timedelta = REPEATED
    can_close: bool = True  # by us; else it ends by its own time, and nothing waits for that
    closes_by_refund: bool = False  # closing one that was just paid gives the money back: looked at before
    can_keep: bool = False  # a payer may agree to later charges


@dataclass(frozen=True, slots=True)
class GatewayCapabilities:
    timeout: float  # seconds our question waits
    lease: float  # seconds a holder owns an attempt; longer than `timeout` and than the gateway's own
    methods: tuple[PaymentMethod, ...]  # in the order they are offered
    # A payment whose id we lost is looked up by our key, and ABSENT is said with authority; else the same
    # question is put again, while its method says that it may be.
    finds_by_key: bool = True
    at_once: int = 8
    look_every: float = 60.0  # seconds between looks at an attempt the buyer has not finished
    by_staff: bool = False  # money is taken by people (cash): the answer comes from the counter

    def __post_init__(self) -> None:
        require_sound(self.timeout, self.lease, self.look_every, self.at_once)

    def method(self, code: str) -> PaymentMethod | None:
        return next((method for method in self.methods if method.code == code), None)


class PaymentGateway(Protocol):
    """A time-out or a broken answer is UNCLEAR or ProviderUnsure, never CLOSED and never ABSENT."""

    def describe(self) -> GatewayCapabilities: ...
    def begin(self, ask: PaymentRequest) -> PaymentSnapshot: ...

    def charge(self, ask: PaymentRequest, saved: str) -> PaymentSnapshot:
        """With nobody there. OPEN with a Redirect: the payer must come and approve it."""

    def revoke(self, saved: str) -> bool:
        """Nobody can charge it any more: true also where they know it no more. May be repeated."""

    def proceed(self, key: str, gateway_id: str) -> PaymentSnapshot: ...
    def close(self, key: str, gateway_id: str | None) -> PaymentSnapshot: ...
    def look_up(self, key: str, gateway_id: str | None) -> PaymentSnapshot: ...
    def refund(
        self, key: str, gateway_id: str, refund_key: str, amount: Money, to: BankDetails | None
    ) -> RefundSnapshot: ...
    def look_up_refund(self, key: str, gateway_id: str, refund_key: str) -> RefundSnapshot: ...
    def read_event(
        self, headers: Mapping[str, str], raw: bytes, at: datetime
    ) -> GatewayEvent | ForeignEvent | UnverifiedEvent: ...


@runtime_checkable
class Tries(Protocol):
    """A gateway that can be asked something that moves nothing.

    Empty: it answered, and knows us; else why not.
    """

    def try_it(self) -> str: ...


@dataclass(frozen=True, slots=True)
class GatewayPlugin:
    """A registry entry: how to build the gateway; `environ` holds secrets, `settings` an operator's row."""

    build: Callable[[Mapping[str, str], Mapping[str, object]], PaymentGateway]
    sandbox_only: bool = False
    settings: tuple[str, ...] = ()
    reaches: ReachSettings | None = (
        None  # not said: all of its settings are the owner's, and none names a secret
    )
