"""What the engine asks of a payment gateway, and the one honest look it gets back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from tsuzuki.core.lease import require_sound
from tsuzuki.core.money import Money
from tsuzuki.core.order import DisputeState


class Standing(StrEnum):
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
class Ask:
    """Written down first, sent unchanged on every repeat. `key`: ours, [a-z0-9], at most 27 characters."""

    key: str
    amount: Money
    label: str  # what the buyer reads on the gateway's page
    locale: str
    return_url: str
    live_until: datetime  # never later than the order may still be carried out


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where the buyer goes next."""

    url: str


class RefundWay(StrEnum):
    SOURCE = "source"
    BANK_DETAILS = "bank_details"
    BY_HAND = "by_hand"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Dispute:
    """Money of a paid attempt that is asked back from the gateway: a chargeback, a claim, a reversal. `id` is theirs and stays."""

    id: str
    amount: Money
    state: DisputeState


@dataclass(frozen=True, slots=True)
class Sight:
    standing: Standing
    gateway_id: str | None = None
    paid: Money | None = None
    refunded: Money | None = None
    next: Redirect | None = None
    due: datetime | None = None
    refund_way: RefundWay = RefundWay.SOURCE
    disputes: tuple[Dispute, ...] = ()  # all there ever were, decided ones too; a reversal without a word before is one that is lost
    reason: str | None = None  # stable code for people, never shown raw
    raw: str = ""  # evidence, free of secrets


DISPUTED = "disputed"  # the reason of a refund refused because its money is disputed


class RefundStanding(StrEnum):
    ABSENT = "absent"
    ASKED = "asked"  # needs details from the buyer
    PENDING = "pending"
    DONE = "done"
    REFUSED = "refused"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class RefundSight:
    standing: RefundStanding
    reference: str | None = None
    reason: str | None = None
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A verified event. It names the attempt and wakes; the truth is fetched. `claimed` is only compared, never applied."""

    event_id: str
    key: str | None
    gateway_id: str | None
    claimed: Money | None = None


class Verdict(StrEnum):
    FORGED = "forged"
    NOT_OURS = "not_ours"  # genuine, but of another installation on the same account


@dataclass(frozen=True, slots=True)
class Abilities:
    timeout: float  # seconds our question waits
    lease: float  # seconds a holder owns an attempt; longer than `timeout` and than the gateway's own
    currencies: tuple[str, ...]
    largest_minor: int
    finds_by_key: bool  # look_up and look_up_refund can say ABSENT with authority
    at_once: int = 8
    look_every: float = 60.0  # seconds between looks at an attempt the buyer has not finished
    by_staff: bool = False  # money is taken by people (cash): the answer comes from the counter

    def __post_init__(self) -> None:
        require_sound(self.timeout, self.lease, self.look_every, self.at_once)


class Gateway(Protocol):
    """A time-out or a broken answer is UNCLEAR or ProviderUnsure, never CLOSED and never ABSENT."""

    def describe(self) -> Abilities: ...
    def begin(self, ask: Ask) -> Sight: ...
    def proceed(self, key: str, gateway_id: str) -> Sight: ...
    def close(self, key: str, gateway_id: str | None) -> Sight: ...
    def look_up(self, key: str, gateway_id: str | None) -> Sight: ...
    def refund(self, key: str, gateway_id: str, refund_key: str, amount: Money) -> RefundSight: ...
    def look_up_refund(self, key: str, gateway_id: str, refund_key: str) -> RefundSight: ...
    def read_event(self, headers: Mapping[str, str], raw: bytes, at: datetime) -> Notice | Verdict: ...


@dataclass(frozen=True, slots=True)
class Provider:
    build: Callable[[Mapping[str, str], Mapping[str, object]], Gateway]
    sandbox_only: bool = False
