"""One story's world: its clock, its providers, its lines, and what the director and the operations know of
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import psycopg

from .scheduler import Scheduler
from .story import THEMES, Story, Theme
from .toys import Carrier, Gateway, Mail

T = TypeVar("T")
# seconds that may pass between our look at the clock and a provider's first byte: less than the engine allows
# for
PATIENT = 10.0


class House:
    def __init__(self, story: Story, scheduler: Scheduler, pairs: int, theme: Theme | None = None) -> None:
        self.story, self.scheduler = story, scheduler
        number, self.aim, self.entropy = story.choose(len(THEMES)), story.choose(pairs), story.choose(1 << 16)
        self.theme = theme or THEMES[number]
        self.elapsed, self.calm = 0.0, False
        self.gateways = {name: Gateway(self, name) for name in ("gate", "gate2")}
        self.carrier, self.mail = Carrier(self, "sand"), Mail(self, "mail")
        self.programs: dict[str, int] = {}
        self.lines: list[UUID] = []
        self.quotes: list[tuple[UUID, str]] = []  # not used yet, and whose
        self.yeses: list[Any] = []  # said before: a double click says one again
        self.voucher_codes: list[tuple[int, str]] = []
        self.account: UUID | None = None
        self.found: list[str] = []  # what is wrong
        self.serial = 0

    @property
    def now(self) -> datetime:
        return self.theme.start + timedelta(seconds=int(self.elapsed))

    @property
    def control(self) -> psycopg.Connection[Any]:
        return self.scheduler.control

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What is committed, seen from outside."""
        return self.control.execute(query, values or None).fetchall()

    def ids(self, query: str, *values: object) -> list[Any]:
        return [row[0] for row in self.rows(query, *values)]

    def pick(self, among: Sequence[T]) -> T:
        return among[self.story.choose(len(among))]

    def weigh(self, weights: dict[str, int]) -> str:
        left = self.story.choose(max(1, sum(weights.values())))
        for name, weight in weights.items():
            left -= weight
            if left < 0:
                return name
        raise AssertionError("no weights")

    def next(self) -> int:
        self.serial += 1
        return self.serial

    # Time.

    def may_pass(self) -> float:
        """How many seconds may pass now: a question that is on its way arrives before its asker's lease can
        end.
        """
        call = [actor.asking_since for actor in self.scheduler.actors if actor.asking_since is not None]
        return min((since + PATIENT - self.elapsed for since in call), default=1e9)

    def pass_time(self, seconds: float) -> None:
        self.elapsed += min(seconds, max(0.0, self.may_pass()))
        if self.scheduler.trace:
            self.scheduler.trace(f"-- it is {self.now:%d %b %H:%M:%S}")

    def monotonic(self) -> float:
        self.scheduler.park("clock")
        return self.elapsed

    # Providers are asked.

    def question(self, what: str, key: str) -> None:
        from django.db import connection

        if connection.in_atomic_block:
            self.found.append(f"asked inside a transaction: {what}")
        actor = self.scheduler.current()
        if actor is not None:
            actor.asking_since, actor.asked_key = self.elapsed, key
            self.scheduler.park(what, asking=True)
            actor.asking_since, actor.asked_at = None, self.elapsed
        if key and not self.rows("SELECT 1 FROM records_attempt WHERE key = %s", key):
            self.found.append(f"asked before it was written down: {what}")

    def answered(self, what: str) -> float:
        """The answer goes back; returns how long it took.

        The other side has done its part: any pause may follow.
        """
        actor = self.scheduler.current()
        if actor is None:
            return 0.0
        self.scheduler.park(what, asking=True)
        actor.answered = True
        return self.elapsed - actor.asked_at
