"""Advance: carry orders to rest. Each round opens attempts for what is due, asks, and closes; nobody is asked in a transaction.

One click and a million due lines are the same code: `only` one purchase, or whatever is due.
"""
from datetime import datetime
from uuid import UUID

from . import apply, attempts, collect, refund
from .ask import ask_all
from .expire import expire_due, refund_overdue
from .repair import hear, repair

BATCH = 1000
OPEN = (collect.open_due, apply.open_due, refund.open_due)


def advance(now: datetime, only: UUID | None = None, limit: int = BATCH) -> int:
    """Do all that is due at `now`; returns how many attempts and orders were moved on. Safe to run anywhere, any number at once."""
    moved = expire_due(now, limit, only) + refund_overdue(now, limit, only)
    for open_due in OPEN:
        moved += _step(open_due, now, only, limit)
    return moved + repair(now, limit, only)


def _step(open_due, now: datetime, only: UUID | None, limit: int) -> int:  # type: ignore[no-untyped-def]  # one of OPEN
    askings = open_due(now, limit, only)
    me = attempts.holder()
    for group in ask_all(askings):
        hear(group, me, now, False)
    return len(askings)


def advance_until_still(now: datetime, only: UUID | None = None, limit: int = BATCH, rounds: int = 1000) -> int:
    """Advance until a round finds nothing more due at `now`."""
    total = 0
    for _ in range(rounds):
        moved = advance(now, only, limit)
        total += moved
        if not moved:
            break
    return total
