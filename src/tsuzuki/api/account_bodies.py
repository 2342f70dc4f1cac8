"""Bodies of what a program asks about itself: its account, and what is told to it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from .bodies import TEXT, Amount, Ask, Page, Shown


class AccountShown(Shown, frozen=True, kw_only=True):
    id: UUID
    name: str
    kind: Literal["operator", "reseller"]
    balance: Amount
    credit_limit: Amount
    available: Amount


class Entry(Shown, frozen=True, kw_only=True):
    id: str
    at: datetime
    what: Literal["purchase", "refund", "commission", "top_up", "other"]
    amount: Annotated[Amount, Meta(description="positive: flowed in")]
    purchase_id: UUID | None
    order_id: UUID | None
    reference: str | None


class Statement(Shown, frozen=True, kw_only=True):
    """Newest first."""

    items: list[Entry]
    next: str | None


class EndpointAsk(Ask, frozen=True, kw_only=True):
    url: Annotated[str, Meta(min_length=8, max_length=500, pattern=TEXT)]


class EndpointShown(Shown, frozen=True, kw_only=True):
    id: UUID
    url: str
    made_at: datetime
    paused_until: Annotated[
        datetime | None, Meta(description="nobody took what we sent: not before then, or when you replay one")
    ] = None


class EndpointMade(EndpointShown, frozen=True, kw_only=True):
    secret: Annotated[str, Meta(description="signs what we send there; shown this once")]


class Endpoints(Shown, frozen=True, kw_only=True):
    items: list[EndpointShown]
    next: str | None


class DeliverySearch(Page, frozen=True, kw_only=True):
    state: Literal["waiting", "sent", "failed"] | None = None


class DeliveryShown(Shown, frozen=True, kw_only=True):
    id: UUID
    endpoint_id: UUID
    event_id: UUID
    type: str
    order_id: UUID
    state: Literal["waiting", "sent", "failed"]
    tries: int
    answer: Annotated[str, Meta(description="the last: an HTTP status, or why there was none")]
    made_at: datetime
    next_try_at: datetime | None
    sent_at: datetime | None


class Deliveries(Shown, frozen=True, kw_only=True):
    """Newest first."""

    items: list[DeliveryShown]
    next: str | None
