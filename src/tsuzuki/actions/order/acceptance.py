"""What somebody agrees to: a quote, means of payment, and who buys."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from tsuzuki.actions.engine.providers import Way
from tsuzuki.core.errors import Refused
from tsuzuki.core.means import Part, Reserved
from tsuzuki.core.money import Money
from tsuzuki.core.principal import Principal
from tsuzuki.core.quote import QuoteContent


@dataclass(frozen=True, slots=True)
class PaymentChoice:
    """One means of payment. `amount` None: whatever the others leave. `secret`: a voucher's digits."""

    method: str
    amount: Money | None = None
    secret: str = ""

    def __repr__(self) -> str:
        return f"Pay({self.method!r}, {self.amount!r})"


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys (with `key` it makes a repeat the same purchase), and where the receipt goes. `most_unpaid`:
    so many of their orders of one line may wait for a gateway's money at a time.
    """

    principal: Principal
    key: str
    email: str = ""
    language: str = "en"
    most_unpaid: int | None = None


@dataclass(frozen=True, slots=True)
class Acceptance:
    quote: UUID
    pays: Sequence[PaymentChoice]
    buyer: Buyer


@dataclass(slots=True)
class Sale:
    """A yes on its way through one transaction; `refusal` takes it out before anything is written."""

    yes: Acceptance
    wish: dict[str, object]
    quote: UUID
    content: QuoteContent
    amounts: list[Money]
    ways: list[Way | None]  # by position; None: our own books
    reserved: dict[int, Reserved] = field(default_factory=dict)  # of our own books, by position
    parts: dict[int, list[Part]] = field(default_factory=dict)
    refusal: Refused | None = None

    @property
    def lines(self) -> frozenset[UUID]:
        return frozenset(item.line for item in self.content.items)
