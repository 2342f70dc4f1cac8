"""Bodies of what networks and gateways report."""

from typing import Annotated, Literal

from msgspec import Meta

from .bodies import TEXT, Ask, Digits, Moment, Shown


class UsageRecord(Ask, frozen=True, kw_only=True):
    record: Annotated[
        str,
        Meta(
            min_length=1, max_length=64, pattern=TEXT, description="yours, unique: it makes a repeat harmless"
        ),
    ]
    msisdn: Digits
    good: Literal["data", "voice", "sms"]
    amount: Annotated[int, Meta(ge=1, le=10**15, description="bytes, seconds or messages")]
    at: Moment


class UsageAsk(Ask, frozen=True, kw_only=True):
    records: Annotated[list[UsageRecord], Meta(min_length=1, max_length=1000)]


class UsageBooked(Shown, frozen=True, kw_only=True):
    booked: int
    seen: Annotated[int, Meta(description="came before, changed nothing")]
    unknown: Annotated[list[str], Meta(description="records whose number was on no line of ours then")]
    overrun: Annotated[int, Meta(description="records that went beyond every allowance")]


class EventTaken(Shown, frozen=True, kw_only=True):
    received: str
