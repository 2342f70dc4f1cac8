"""The carrier port: what the engine asks of a carrier, and what a carrier may answer.

A provider sees no model, no request and no ledger.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from tsuzuki.core.lease import UnsafeLease, require_sound
from tsuzuki.core.plan import Allowance
from tsuzuki.plugins import ReachSettings


class Verb(StrEnum):
    ADD_PLAN = "add_plan"  # open the base period
    ADD_ADDON = "add_addon"  # open an allowance beside it


@dataclass(frozen=True, slots=True)
class CarrierRequest:
    """Written down before it is sent and sent unchanged on every repeat.

    `key` is ours: [a-z0-9], at most 27 characters.
    """

    key: str
    verb: Verb
    msisdn: str  # E.164
    iccid: str | None
    plan: str  # the operator's plan code
    allowances: tuple[Allowance, ...]
    starts_at: datetime  # UTC
    ends_at: datetime  # UTC, half-open
    reference: str  # the spoken code of the purchase, for people on the other side


class CarrierStatus(StrEnum):
    DONE = "done"
    REFUSED = "refused"  # definitely not done
    WAITING = "waiting"  # taken, the answer comes later: look again
    PASSING = "passing"  # definitely not done, and the same ask may go through later
    NEVER_RECEIVED = "never_received"  # only from a look-up that truly knows
    CANNOT_TELL = "cannot_tell"


class Fault(StrEnum):
    """Whose failure a refusal is. An unknown code is final and alerts."""

    BUYER = "buyer"
    OURS = "ours"  # an empty wallet at the supplier, a wrong credential: tell the operator, not the buyer
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class CarrierAnswer:
    status: CarrierStatus
    reference: str | None = None  # theirs
    fault: Fault | None = None  # with REFUSED and PASSING
    reason: str | None = None  # stable code for people, never shown raw to a buyer
    raw: str = ""  # evidence, already free of secrets


@dataclass(frozen=True, slots=True)
class CarrierEvent:
    """Something the carrier told us unasked.

    It wakes; it carries no state that is believed without a look-up.
    """

    id: str
    key: str | None
    reversed: bool = False  # an earlier success was undone on their side


@dataclass(frozen=True, slots=True)
class CarrierCapabilities:
    # seconds after which our own question gives up; their work on it ends by then or is found by look-up
    timeout: float
    lease: float  # seconds a holder owns an attempt; longer than `timeout` and than the provider's own
    honours_keys: bool  # used, never relied on
    looks_up: bool  # `look_up` can tell DONE from NEVER_RECEIVED
    at_once: int = 8  # asks in flight together
    look_every: float = 60.0  # seconds between looks at a WAITING ask
    by_staff: bool = False  # people answer: no look-up, an answer comes from the work list
    fulfilment: tuple[str, ...] = ("provision",)  # the steps an order takes here, one after the other

    def __post_init__(self) -> None:
        require_sound(self.timeout, self.lease, self.look_every, self.at_once)
        if not self.fulfilment or len(set(self.fulfilment)) != len(self.fulfilment):
            raise UnsafeLease("fulfilment must name at least one step, and each once")


@runtime_checkable
class CarrierAdapter(Protocol):
    """Raises ProviderUnsure (or lets a time-out or broken connection be one)
    when it cannot know what happened.
    """

    def describe(self) -> CarrierCapabilities: ...
    def act(self, ask: CarrierRequest) -> CarrierAnswer: ...
    def look_up(self, key: str) -> CarrierAnswer: ...


@runtime_checkable
class BatchAdapter(Protocol):
    """A carrier that takes many asks in one go; answers come back by key, a missing one is unsure."""

    def act_many(self, asks: Sequence[CarrierRequest]) -> Mapping[str, CarrierAnswer]: ...


@runtime_checkable
class PlanMapping(Protocol):
    """A carrier that is spoken to in its own words: what it has none for cannot be asked of it, so it is not
    sold on its lines.
    """

    def has_word(self, verb: Verb, plan: str) -> bool: ...


@runtime_checkable
class HealthCheck(Protocol):
    """A carrier that can be looked at without asking it anything. Empty, or why it could not be asked now."""

    def visit(self) -> str: ...


@runtime_checkable
class EventAdapter(Protocol):
    def read_event(self, headers: Mapping[str, str], raw: bytes, at: datetime) -> CarrierEvent | None:
        """None: the signature, its age or the shape is wrong (forged)."""


@dataclass(frozen=True, slots=True)
class CarrierPlugin:
    """A registry entry:
    how to build the carrier from its settings (`environ` holds secrets, `settings` the operator's rows).
    """

    build: Callable[[Mapping[str, str], Mapping[str, object]], CarrierAdapter]
    sandbox_only: bool = False
    settings: tuple[str, ...] = field(default=())
    reaches: ReachSettings | None = (
        None  # not said: all of its settings are the owner's, and none names a secret
    )
