"""Many stories one after the other, in one process or on all cores; what they came to together."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg

from .story import THEMES, Story, first_numbers

if TYPE_CHECKING:
    from .director import Played
    from .stage import Stage

A_PART = 25  # seeds


@dataclass
class Tally:
    seeds: int = 0
    steps: int = 0
    interleavings: set[bytes] = field(default_factory=set)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)  # kind of violation: the first seed that found it
    failed: dict[int, tuple[str, list[str]]] = field(default_factory=dict)  # seed: theme, violations
    seconds: float = 0.0

    def add(self, seed: int, played: Played) -> None:
        self.seeds += 1
        self.steps += played.steps
        self.interleavings.add(played.digest)
        self.pairs += played.pairs
        if played.found:
            self.failed[seed] = played.theme, played.found
        for kind in played.kinds:
            self._kind(kind, 1, seed)

    def merge(self, other: Tally) -> None:
        self.seeds += other.seeds
        self.steps += other.steps
        self.interleavings |= other.interleavings
        self.pairs += other.pairs
        self.failed |= other.failed
        for kind, count in other.kinds.items():
            self._kind(kind, count, other.first[kind])

    def _kind(self, kind: str, count: int, seed: int) -> None:
        self.kinds[kind] += count
        self.first[kind] = min(seed, self.first.get(kind, seed))


def fresh(seed: int) -> Story:
    from .operations import PAIRS

    return Story(first_numbers(seed, PAIRS), seed)


def run(stage: Stage, seeds: Sequence[int], until: Callable[[Played], bool] = lambda played: False) -> Tally:
    """Here, one after the other, until one is what was looked for."""
    from .director import play

    tally, began = Tally(), time.monotonic()
    for seed in seeds:
        played = play(stage, fresh(seed))
        tally.add(seed, played)
        if until(played):
            break
    tally.seconds = time.monotonic() - began
    return tally


def run_on_all_cores(template: str, seeds: range, say: Callable[[str], None] = lambda text: None) -> Tally:
    """Each process has a database of its own."""
    from django.db import connections

    connections.close_all()  # nobody may be in a database that is copied
    _wait_until_alone(template)
    tally, began = Tally(), time.monotonic()
    parts = [seeds[at : at + A_PART] for at in range(0, len(seeds), A_PART)]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        os.cpu_count(), mp_context=spawn, initializer=_join, initargs=(dict(os.environ), template)
    ) as pool:
        for done in as_completed([pool.submit(_part, part) for part in parts]):
            tally.merge(done.result())
            say(f"{tally.seeds} seeds, {len(tally.failed)} with violations")
    tally.seconds = time.monotonic() - began
    return tally


def _wait_until_alone(template: str) -> None:
    with psycopg.Connection.connect(os.environ["TSUZUKI_TEST_SERVER"], autocommit=True) as server:
        while server.execute("SELECT 1 FROM pg_stat_activity WHERE datname = %s", [template]).fetchone():
            time.sleep(0.01)  # a session that ends tells nobody


_here: list[tuple[Stage, object]] = []


def _join(environ: dict[str, str], template: str) -> None:
    """A process of the pool: on the same server, in a database of its own, until the process ends."""
    import atexit

    os.environ.update(environ)
    import django

    django.setup()
    from .stage import staged

    holding = staged(template)
    _here.append((holding.__enter__(), holding))
    atexit.register(lambda: holding.__exit__(None, None, None))


def _part(seeds: Sequence[int]) -> Tally:
    return run(_here[0][0], seeds)


def likely_seeds(name: str, wanted: int) -> Iterator[int]:
    """So many seeds of the theme a broken engine is looked for in."""
    from .variants import VARIANTS

    theme = next(number for number, theme in enumerate(THEMES) if theme.name == VARIANTS[name][2])
    return iter(range(theme, theme + wanted * len(THEMES), len(THEMES)))


def finds(stage: Stage, name: str, seeds: Iterable[int]) -> Iterator[int]:
    """Those of the seeds that find a broken engine."""
    from .director import play

    with with_fault(name) as kinds:
        for seed in seeds:
            if play(stage, fresh(seed)).kinds & kinds:
                yield seed


@contextmanager
def with_fault(name: str) -> Iterator[set[str]]:
    """The engine with one thing wrong (tests/prove/broken.py); yields the kinds of violation of which one
    must be found.
    """
    import pytest

    from .variants import VARIANTS

    break_it, kinds, _ = VARIANTS[name]
    with pytest.MonkeyPatch.context() as change:
        break_it(change)
        yield kinds
