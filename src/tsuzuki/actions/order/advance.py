"""Advance: carry orders to rest. Each round opens attempts for what is due, asks, and closes; nobody is asked in a transaction.

One click and a million due lines are the same code: `only` one purchase, or whatever is due.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from django.db import connection

from tsuzuki.records.failures import passes

from . import apply, attempts, collect, refund
from .ask import ask_all
from .clock import Clock
from .disputes import settle_due
from .due import due
from .expire import expire_due, refund_overdue
from .repair import hear, repair
from .steps import Opened
from .trace import traced

log = structlog.get_logger()
BATCH = 1000
Open = Callable[[Clock, int, UUID | None], Opened]


def advance(now: datetime, only: UUID | None = None, limit: int = BATCH, clock: Clock | None = None) -> int:
    """Do all that is due at `now`; returns how many attempts and orders were moved on. Safe to run anywhere, any number at once.

    First what is known, then what the clock decides, then new questions; what one step makes due is the next round's.
    """
    clock = clock or Clock(now)
    what = due(clock.now(), only)
    steps: list[tuple[bool, Callable[[], int]]] = [
        (what.repair, lambda: repair(clock, limit, only)),
        (what.expire, lambda: expire_due(clock.now(), limit, only)),
        (what.overdue, lambda: refund_overdue(clock.now(), limit, only)),
        (what.collect, partial(_step, collect.open_due, clock, only, limit)),
        (what.apply, partial(_step, apply.open_due, clock, only, limit)),
        (what.disputes, lambda: settle_due(clock.now(), limit, only)),
        (what.refund, partial(_step, refund.open_due, clock, only, limit)),
    ]
    return sum(_apart(step) for is_due, step in steps if is_due)


def _apart(step: Callable[[], int]) -> int:
    """A step that breaks is a bug to be told of; it must not keep the others from their work."""
    try:
        return step()
    except Exception as why:
        (log.warning if passes(why) else log.error)("step broke", exc_info=why)
        connection.close_if_unusable_or_obsolete()
        return 0


def _step(open_due: Open, clock: Clock, only: UUID | None, limit: int) -> int:
    askings, moved = open_due(clock, limit, only)
    me = attempts.holder()
    for group in ask_all(askings):
        hear(group, me, clock.now(), False)
    return moved


def advance_until_still(now: datetime, only: UUID | None = None, limit: int = BATCH, rounds: int = 1000) -> int:
    """Advance until a round finds nothing more due."""
    if only:
        return traced("advance", only, partial(_until_still, now, only, limit, rounds), str)
    return _until_still(now, only, limit, rounds)


def _until_still(now: datetime, only: UUID | None, limit: int, rounds: int) -> int:
    clock, total = Clock(now), 0
    for _ in range(rounds):
        moved = advance(clock.now(), only, limit, clock)
        total += moved
        if not moved:
            break
    return total
