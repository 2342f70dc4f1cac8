"""Advance: carry orders to rest. Each round opens attempts for what is due, asks, and closes; nobody is asked in a transaction.

One click and a million due lines are the same code: `only` one purchase, or whatever is due.
"""
from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog

from . import apply, attempts, collect, refund
from .ask import ask_all
from .clock import Clock
from .expire import expire_due, refund_overdue
from .repair import hear, repair
from .steps import Asking

log = structlog.get_logger()
BATCH = 1000
Open = Callable[[Clock, int, UUID | None], list[Asking]]
OPEN: tuple[Open, ...] = (collect.open_due, apply.open_due, refund.open_due)


def advance(now: datetime, only: UUID | None = None, limit: int = BATCH, clock: Clock | None = None) -> int:
    """Do all that is due at `now`; returns how many attempts and orders were moved on. Safe to run anywhere, any number at once."""
    clock = clock or Clock(now)
    steps: list[Callable[[], int]] = [
        lambda: repair(clock, limit, only),  # first what is known, then what the clock decides
        lambda: expire_due(clock.now(), limit, only),
        lambda: refund_overdue(clock.now(), limit, only),
        *(partial(_step, open_due, clock, only, limit) for open_due in OPEN),
    ]
    return sum(_apart(step) for step in steps)


def _apart(step: Callable[[], int]) -> int:
    """A step that breaks is a bug to be told of; it must not keep the others from their work."""
    try:
        return step()
    except Exception:
        log.exception("step broke")
        return 0


def _step(open_due: Open, clock: Clock, only: UUID | None, limit: int) -> int:
    askings = open_due(clock, limit, only)
    me = attempts.holder()
    for group in ask_all(askings):
        hear(group, me, clock.now(), False)
    return len(askings)


def advance_until_still(now: datetime, only: UUID | None = None, limit: int = BATCH, rounds: int = 1000) -> int:
    """Advance until a round finds nothing more due."""
    clock, total = Clock(now), 0
    for _ in range(rounds):
        moved = advance(clock.now(), only, limit, clock)
        total += moved
        if not moved:
            break
    return total
