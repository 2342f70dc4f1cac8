"""Asking providers in bounded thread pools that never touch the database.

Answers are handed on in small groups as they arrive.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from functools import partial
from uuid import UUID

import structlog

from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.http.deadline import elapsed, may_begin_until

from .lane import Lane
from .provider_calls import NOT_ASKED, UNSURE, ProviderAnswer, ProviderCall, answers_of
from .step import AnsweredCall
from .tracing import traced

log = structlog.get_logger()
GROUP = 100
PATIENCE = 0.3  # seconds an answer may wait for company


def ask_all(calls: Sequence[ProviderCall], look: bool = False) -> Iterator[list[AnsweredCall]]:
    """Put every question (or look every one up), at most `at_once` of a provider together.

    Yields groups of answers as they come.

    A question whose turn comes too near to the end of its lease is not put: someone else may own it by then.
    """
    together: dict[int, list[ProviderCall]] = defaultdict(list)
    for call in calls:
        if call.many and not look:
            together[id(call.many[0])].append(call)
    for group in together.values():
        yield _ask_together(group)
    rest = [call for call in calls if look or not call.many]
    if len(rest) == 1:
        yield [_ask_one(rest[0], look)]
    elif rest:
        yield from _ask_pooled(rest, look)


def _ask_pooled(calls: Sequence[ProviderCall], look: bool) -> Iterator[list[AnsweredCall]]:
    """One pool a provider, all at the same time: a slow one holds up nobody else's answers."""
    by_lane: dict[Lane, list[ProviderCall]] = defaultdict(list)
    for call in calls:
        by_lane[call.lane].append(call)
    with ExitStack() as pools:
        pending: set[Future[AnsweredCall]] = set()
        for group in by_lane.values():
            pool = pools.enter_context(ThreadPoolExecutor(group[0].timing.at_once, thread_name_prefix="ask"))
            pending |= {pool.submit(_ask_one, call, look) for call in group}
        yield from _as_they_come(pending)


def _as_they_come(pending: set[Future[AnsweredCall]]) -> Iterator[list[AnsweredCall]]:
    heard: list[AnsweredCall] = []
    since = time.monotonic()
    while pending:
        done, pending = wait(pending, timeout=PATIENCE, return_when=FIRST_COMPLETED)
        heard += [future.result() for future in done]
        while len(heard) >= GROUP or (heard and (not pending or time.monotonic() - since > PATIENCE)):
            yield heard[:GROUP]
            heard = heard[GROUP:]
            since = time.monotonic()


def _ask_one(asking: ProviderCall, look: bool) -> AnsweredCall:
    if elapsed() > asking.ask_before:
        return asking, UNSURE if look else NOT_ASKED
    name = f"{asking.step} {'look up' if look else 'ask'}"
    facts = {"attempt": asking.attempt, "provider": asking.provider, "subject": asking.subject}
    work = partial(_careful, asking.look if look else asking.ask, asking)
    with may_begin_until(asking.ask_before):  # looked at once more with the line open, before the first byte
        return asking, traced(name, asking.purchase, work, lambda answer: answer.verdict.value, **facts)


def _ask_together(group: Sequence[ProviderCall]) -> list[AnsweredCall]:
    carrier = group[0].many
    assert carrier is not None
    until = min(call.ask_before for call in group)
    if elapsed() > until:
        return [(call, NOT_ASKED) for call in group]
    asks = {call.attempt: call.many[1] for call in group if call.many}
    try:
        with may_begin_until(until):
            fields: dict[UUID, ProviderAnswer] = answers_of(carrier[0], asks)
    except ProviderUnsure:
        fields = {}
    except Exception:
        log.exception("provider broke", provider=group[0].provider, asks=len(asks))
        fields = {}
    return [(call, fields.get(call.attempt, UNSURE)) for call in group]


def _careful(question: Callable[[], ProviderAnswer], asking: ProviderCall) -> ProviderAnswer:
    """Whatever goes wrong while asking, we do not know what the other side did: never «failed»."""
    try:
        return question()
    except ProviderUnsure:
        return UNSURE
    except Exception:
        log.exception("provider broke", provider=asking.provider, attempt=str(asking.attempt))
        return UNSURE
