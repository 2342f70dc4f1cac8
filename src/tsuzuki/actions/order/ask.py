"""Asking providers, in a bounded pool that never touches the database; answers are handed on in small groups as they arrive."""
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from uuid import UUID

import structlog

from tsuzuki.core.errors import ProviderUnsure

from .steps import NOT_ASKED, UNSURE, Asking, Said, answers_of

log = structlog.get_logger()
GROUP = 100

Heard = tuple[Asking, Said]


def ask_all(askings: Sequence[Asking], look: bool = False) -> Iterator[list[Heard]]:
    """Put every question (or look every one up), at most `at_once` of a provider together; groups of answers as they come.

    A question whose turn comes too near to the end of its lease is not put: someone else may own it by then.
    """
    begun = time.monotonic()
    many = [asking for asking in askings if asking.many and not look]
    for group in _by_provider(many):
        yield _ask_together(group)
    rest = [asking for asking in askings if look or not asking.many]
    if len(rest) == 1:
        yield [_ask_one(rest[0], begun, look)]
        return
    for group in _by_provider(rest):
        yield from _ask_pooled(group, begun, look)


def _ask_pooled(group: Sequence[Asking], begun: float, look: bool) -> Iterator[list[Heard]]:
    heard: list[Heard] = []
    with ThreadPoolExecutor(group[0].timing.at_once, thread_name_prefix="ask") as pool:
        for future in as_completed([pool.submit(_ask_one, asking, begun, look) for asking in group]):
            heard.append(future.result())
            if len(heard) == GROUP:
                yield heard
                heard = []
    if heard:
        yield heard


def _ask_one(asking: Asking, begun: float, look: bool) -> Heard:
    if time.monotonic() - begun > asking.timing.lease - asking.timing.timeout:
        return asking, UNSURE if look else NOT_ASKED
    return asking, _careful(asking.look if look else asking.ask, asking)


def _ask_together(group: Sequence[Asking]) -> list[Heard]:
    carrier = group[0].many
    assert carrier is not None
    asks = {asking.attempt: asking.many[1] for asking in group if asking.many}
    try:
        said: dict[UUID, Said] = answers_of(carrier[0], asks)
    except ProviderUnsure:
        said = {}
    except Exception:
        log.exception("provider broke", provider=group[0].provider, asks=len(asks))
        said = {}
    return [(asking, said.get(asking.attempt, UNSURE)) for asking in group]


def _careful(question: Callable[[], Said], asking: Asking) -> Said:
    """Whatever goes wrong while asking, we do not know what the other side did: never «failed»."""
    try:
        return question()
    except ProviderUnsure:
        return UNSURE
    except Exception:
        log.exception("provider broke", provider=asking.provider, attempt=str(asking.attempt))
        return UNSURE


def _by_provider(askings: Sequence[Asking]) -> list[list[Asking]]:
    groups: dict[tuple[str, str, object], list[Asking]] = defaultdict(list)
    for asking in askings:
        groups[asking.step, asking.provider, id(asking.many[0]) if asking.many else 0].append(asking)
    return list(groups.values())
