"""A database connection whose every statement passes the scheduler: execute, COMMIT and ROLLBACK all go
through `wait`.
"""

from __future__ import annotations

import re
import select
from collections.abc import Generator
from typing import Any

import psycopg
from psycopg.waiting import READY_NONE, READY_R, READY_W, WAIT_R, WAIT_W

from .scheduler import BLOCKED, PARKED, Actor, Killed, Scheduler

_SAVEPOINT = re.compile(r'"s\d+_x\d+"')  # Django puts the thread's number in
LOOK_AFTER = 0.004  # real seconds until a silent statement is asked whether it waits for a lock

scheduler: Scheduler | None = None  # of the simulation that runs in this process


class Parking(psycopg.Connection[Any]):
    def wait(self, gen: Generator[Any, Any, Any], *more: Any, **named: Any) -> Any:
        actor = scheduler.current() if scheduler else None
        # Asks nobody.
        if (
            scheduler is None
            or actor is None
            or scheduler.story is None
            or gen.gi_code.co_name.startswith("_set_")
        ):
            return super().wait(gen, *more, **named)
        actor.connection = self
        statement = said(gen)
        try:
            scheduler.park(statement)
        except Killed:
            gen.close()
            self._die(scheduler)
            raise
        value = self._drive(gen, actor, scheduler)
        if statement == "COMMIT" and scheduler.committed():
            self._die(scheduler)
            raise Killed
        return value

    def _die(self, over: Scheduler) -> None:
        pid = self.info.backend_pid
        self.pgconn.finish()
        over.gone(pid)

    def _drive(self, gen: Generator[Any, Any, Any], actor: Actor, over: Scheduler) -> Any:
        """Run the statement.

        Where it waits for somebody's lock the baton goes back, and the answer is kept until it comes again.
        """
        holding = True
        value: Any = None
        failed: BaseException | None = None
        try:
            waits = next(gen)
            number = self.pgconn.socket
            while True:
                ready = _ready(number, waits, LOOK_AFTER if holding else 0.5)
                if ready != READY_NONE:
                    waits = gen.send(ready)
                elif holding:
                    blockers = over.blockers(actor.pid)
                    if blockers and not over.waits_in_a_circle(actor, blockers):
                        holding = False
                        over.give_back(actor, BLOCKED)
        except StopIteration as stop:
            value = stop.value
        except BaseException as error:
            failed = error
        if not holding:
            actor.at = f"answered: {actor.at}"
            actor.state = PARKED
            actor.baton.acquire()
            if actor.doomed:
                actor.dead = True
                self._die(over)
                raise Killed from failed
        over.settle()
        if failed is not None:
            raise failed
        return value


def _ready(number: int, waits: int, seconds: float) -> int:
    reading, writing, _ = select.select(
        [number] if waits & WAIT_R else [], [number] if waits & WAIT_W else [], [], seconds
    )
    return (READY_R if reading else 0) | (READY_W if writing else 0)


def said(gen: Generator[Any, Any, Any]) -> str:
    """What is about to be run, for whoever reads a story."""
    frame = gen.gi_frame
    name = gen.gi_code.co_name
    query = frame.f_locals.get("query") if frame else None
    if query is None:
        return name.strip("_").removesuffix("_gen").upper()
    text = query if isinstance(query, str) else query.decode() if isinstance(query, bytes) else str(query)
    return _SAVEPOINT.sub("s", " ".join(text.split()))[:110]
