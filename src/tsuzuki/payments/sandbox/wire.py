"""What the stand-in gateway says, decoded."""

from datetime import datetime

import msgspec


class Account(msgspec.Struct):
    bank: str
    branch: str
    kind: str
    number: str
    holder: str
    reference: str


class Disputed(msgspec.Struct):
    id: str
    amount: int
    currency: str
    state: str


class Payment(msgspec.Struct):
    id: str
    key: str
    standing: str
    amount: int
    currency: str
    paid: int | None
    paid_currency: str | None
    refunded: int
    disputes: list[Disputed]
    reason: str | None
    page: str | None
    live_until: datetime
    place: str | None = None
    codes: list[tuple[str, str]] = []
    account: Account | None = None
    received: int = 0
    saved: str | None = None


class Payments(msgspec.Struct):
    payments: list[Payment]


class Refund(msgspec.Struct):
    refund_key: str
    id: str
    standing: str
    reason: str | None


class Problem(msgspec.Struct):
    error: str


class ToldEvent(msgspec.Struct):
    id: str
    type: str
    side: str
    key: str
    payment: str | None = None
    amount: int | None = None
    currency: str | None = None
