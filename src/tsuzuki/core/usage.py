"""What a use does to a line: which period begins with it, and which lots it burns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class UsagePeriod:
    """A confirmed base period of a line."""

    id: UUID
    starts_at: datetime  # the latest start, where it awaits its first use
    ends_at: datetime
    awaits: bool
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class UsableLot:
    """A lot of the good that was used; what is left of it changes and is kept beside it."""

    id: UUID
    starts_at: datetime
    ends_at: datetime


def begun_by(periods: Iterable[UsagePeriod], at: datetime) -> UUID | None:
    """The period of a line that begins with a use at `at`: the first that waits for it, unless another runs.

    A report may be older than the purchase: that use was not of it.
    """
    waiting = None
    for period in periods:
        if period.starts_at <= at < period.ends_at:
            return None
        if (
            period.awaits
            and period.starts_at > at
            and period.delivered_at is not None
            and period.delivered_at <= at
            and (waiting is None or period.starts_at < waiting.starts_at)
        ):
            waiting = period
    return waiting.id if waiting else None


def burn(
    lots: Iterable[UsableLot], left: Mapping[UUID, int | None], amount: int, at: datetime
) -> tuple[dict[UUID, int], int]:
    """What is left afterwards of each lot burnt, and what goes beyond all of them.

    `lots`: the earliest to end first. `left`: of each of them; None where it is unlimited.
    """
    burnt: dict[UUID, int] = {}
    for lot in lots:
        if not lot.starts_at <= at < lot.ends_at:
            continue
        remaining = left[lot.id]
        if remaining is None:
            return burnt, 0
        if remaining:
            burnt[lot.id] = max(0, remaining - amount)
            amount = max(0, amount - remaining)
        if not amount:
            break
    return burnt, amount
