"""Advance: carry orders on until nothing is due.

Each round opens attempts for what is due, asks, and closes; nobody is asked in a transaction.

One click and a million due lines are the same code: `only` one purchase, or whatever is due.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection

from tsuzuki.actions.engine import attempts, health
from tsuzuki.actions.engine.clock import Clock
from tsuzuki.actions.engine.lane import Lane, Side, lanes_of_page
from tsuzuki.actions.engine.queue import wake
from tsuzuki.actions.engine.step import Opening
from tsuzuki.actions.engine.tracing import traced
from tsuzuki.records.failures import passes

from .disputes import settle_due
from .due import due
from .expire import expire_due, owe_of_gone, refund_overdue
from .repair import call_for, carry_out, repair
from .steps import STEPS

log = structlog.get_logger()
BATCH = 1000
_for_pages = ThreadPoolExecutor(8, thread_name_prefix="page")


def advance(clock: Clock, only: UUID | None = None, limit: int = BATCH, lane: Lane | None = None) -> int:
    """Do all that is due, or only a lane's part of it; returns how many attempts and orders were moved on.
    Safe to run anywhere, any number at once.

    First what is known, then what the clock decides, then new questions; what one step makes due is the next
    round's.
    """
    what = due(clock.now(), only)
    carrier, gateway, ours = (
        lane is None or lane.side is side for side in (Side.CARRIER, Side.GATEWAY, Side.CLOCK)
    )
    parts: list[tuple[bool, Callable[[], int]]] = [
        (what.repair and (carrier or gateway), lambda: repair(clock, limit, only, lane)),
        (what.expire and ours, lambda: expire_due(clock.now(), limit, only)),
        (what.overdue and ours, lambda: refund_overdue(clock.now(), limit, only)),
        (what.disputes and ours, lambda: settle_due(clock.now(), limit, only)),
        ("refund" in what.steps and gateway, lambda: owe_of_gone(clock.now(), limit, only)),
    ]
    for step in STEPS.values():
        if step.opening and (lane is None or lane.side in step.opening.lanes):
            begin = partial(_begin, step.opening, clock, only, limit, lane)
            parts.append((step.name in what.steps, begin))
    return sum(_apart(part) for is_due, part in parts if is_due)


def _apart(part: Callable[[], int]) -> int:
    """A part that breaks is a bug to be told of; it must not keep the others from their work."""
    try:
        return part()
    except Exception as why:
        (log.warning if passes(why) else log.error)("step broke", exc_info=why)
        connection.close_if_unusable_or_obsolete()
        return 0


def _begin(opening: Opening, clock: Clock, only: UUID | None, limit: int, lane: Lane | None) -> int:
    opened, moved = opening.open_due(clock, limit, only, lane)
    calls = [call_for(attempt, clock) for attempt in opened]
    carry_out(calls, attempts.holder(), clock, False, lane)
    return moved


def advance_until_still(
    clock: Clock, only: UUID | None = None, limit: int = BATCH, rounds: int = 1000
) -> int:
    """Advance until a round finds nothing more due."""
    if only:
        return traced("advance", only, partial(_until_still, clock, only, limit, rounds), str)
    return _until_still(clock, only, limit, rounds)


def _until_still(clock: Clock, only: UUID | None, limit: int, rounds: int) -> int:
    total = 0
    for _ in range(rounds):
        moved = advance(clock, only, limit)
        total += moved
        if not moved:
            break
    return total


def advance_lane(lane: Lane, clock: Clock, only: UUID | None = None, rounds: int = 20) -> int:
    """One lane's part, until nothing of it is due or its provider does not answer."""
    total = 0
    for _ in range(rounds):
        if health.pause_left(str(lane)):
            break
        moved = advance(clock, only, 1 if health.on_trial(str(lane)) else BATCH, lane)
        total += moved
        if not moved:
            break
    return total


def advance_within(purchase: UUID, clock: Clock) -> bool:
    """Carry a purchase on for as long as a page may wait, asking gateways and no carrier.

    False: its gateway is still being asked, and goes on being asked without the page.
    """
    work = _for_pages.submit(_for_page, purchase, clock)
    try:
        work.result(settings.PAGE_WAIT)
    except TimeoutError:
        return not work.cancel() and work.done()
    return True


def _for_page(purchase: UUID, clock: Clock) -> None:
    """What a lane has done may be what another waits for; a carrier's is left to a worker, who is told."""
    moved = False
    try:
        for _ in range(3):
            if not sum(advance_lane(lane, clock, purchase, rounds=4) for lane in lanes_of_page(purchase)):
                break
            moved = True
        if moved:
            wake(purchase)
    except Exception:
        log.exception("page's part broke", purchase=str(purchase))
    finally:
        connection.close()
