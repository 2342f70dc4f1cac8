"""One baton. Actors are threads, and only the one that holds the baton runs; the director takes it back at
places a story decides.

An actor parks before each statement, at each question to a provider and at each look at the clock. A
statement that waits for a lock is «blocked»: its actor is out, without the baton, until the database answers,
and parks then. After every statement the others that are out are given the time to hear whether they were let
go, so that the same story is always played the same way.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from hashlib import blake2b
from typing import Protocol

import psycopg

IDLE, PARKED, RUNNING, BLOCKED = "idle", "parked", "running", "blocked"
WORKERS = ("advance", "tick")
MOST_KILLS = 12  # a story
STUCK = 60.0  # real seconds in which nothing at all happens: a fault of the simulation itself


class Decides(Protocol):
    def choose(self, options: int) -> int: ...


class Killed(BaseException):
    """The process this actor stands for is gone: nothing catches it, nothing is tidied up."""


class Stuck(Exception):
    """Nobody can go on, and no deadlock was seen."""


class Actor:
    def __init__(self, number: int, scheduler: Scheduler) -> None:
        self.name, self.scheduler = f"actor{number}", scheduler
        self.state, self.operation, self.at = IDLE, "", ""
        self.connection: psycopg.Connection[object] | None = None
        self.doomed = False  # dies when it gets the baton
        self.dead = False
        self.asking_since: float | None = None  # virtual seconds; a question is on its way
        self.asked_at = 0.0
        self.asked_key = ""  # what its question is about
        self.answered = False  # and what it heard is not committed yet
        self.lives = 1  # each kill ends one
        self.asking = False  # parked at a question
        self.held = 0  # so many decisions of the director it is left standing
        self.work: Callable[[], None] | None = None
        self.baton = threading.Semaphore(0)
        self.thread = threading.Thread(target=self._live, name=self.name, daemon=True)
        self.thread.start()

    @property
    def pid(self) -> int:
        return self.connection.info.backend_pid if self.connection and not self.connection.closed else 0

    def _live(self) -> None:
        self.scheduler.actors_by_thread[threading.get_ident()] = self
        while True:
            self.baton.acquire()
            if self.work is None:
                self.scheduler.close_connection()
                return
            try:
                self.work()
            except BaseException as error:
                if not self.dead:
                    self.scheduler.broke(self, error)
            if self.dead:  # also where what came out is the driver's complaint of a closed line
                self.lives += 1
                self.scheduler.close_connection()
            self.state, self.operation, self.asking_since, self.held = IDLE, "", None, 0
            self.doomed = self.dead = self.answered = False
            self.scheduler.home.release()


class Scheduler:
    """`close_connection` forgets the calling thread's database connection; `broke` hears of what an operation
    did not catch.
    """

    def __init__(
        self,
        control: psycopg.Connection[tuple[object, ...]],
        actors: int,
        close_connection: Callable[[], None],
    ) -> None:
        self.control, self.close_connection = control, close_connection
        self.home = threading.Semaphore(0)
        self.actors_by_thread: dict[int, Actor] = {}
        self.story: Decides | None = None
        # Of a hundred parks, how many go on at once; of those at a question.
        self.stay, self.stay_asking = 90, 65
        self.kills = self.kills_left = 0
        self.on_broken: Callable[[str, BaseException], None] = lambda operation, error: None
        self.trace: Callable[[str], None] | None = None
        self.steps = self.switches = 0
        self.deadlocks: list[str] = []
        self.digest = blake2b(digest_size=8)
        self.actors = [Actor(number, self) for number in range(actors)]

    def begin(self, story: Decides, stay: int, stay_asking: int, kills: int) -> None:
        self.kills, self.kills_left = kills, MOST_KILLS if kills else 0
        self.story, self.stay, self.stay_asking = story, stay, stay_asking
        self.steps, self.switches, self.deadlocks = 0, 0, []
        self.digest = blake2b(digest_size=8)
        for actor in self.actors:
            actor.lives = 1

    def end(self) -> None:
        for actor in self.actors:
            actor.work = None
            actor.baton.release()
        for actor in self.actors:
            actor.thread.join(timeout=10)

    def current(self) -> Actor | None:
        return self.actors_by_thread.get(threading.get_ident())

    def broke(self, actor: Actor, error: BaseException) -> None:
        self.on_broken(actor.operation, error)

    # The director's side.

    def in_state(self, state: str) -> list[Actor]:
        return [actor for actor in self.actors if actor.state == state]

    def start(self, actor: Actor, operation: str, work: Callable[[], None]) -> None:
        actor.operation, actor.work, actor.at = operation, work, "start"
        self.resume(actor)

    def resume(self, actor: Actor) -> None:
        """Hand the baton over and wait until it is back."""
        self.switches += 1
        self.digest.update(f"{actor.name} {actor.operation} {actor.at};".encode())
        if self.trace:
            self.trace(f"   {actor.name} {actor.operation}: {actor.at}")
        actor.state = RUNNING
        actor.baton.release()
        if not self.home.acquire(timeout=STUCK):
            raise Stuck(f"{actor.name} {actor.operation} did not come back from {actor.at}")
        self.settle()

    def kill(self, actor: Actor) -> None:
        if self.trace:
            self.trace(f"   {actor.name} {actor.operation}: killed before {actor.at}")
        actor.doomed = True
        self.resume(actor)

    # The actors' side.

    def park(self, what: str, asking: bool = False) -> None:
        """A place where another may go on, a question to a provider more often than a statement.

        The story decides; «0» is «go on».
        """
        actor = self.current()
        if actor is None or self.story is None:
            return
        if actor.dead:
            raise Killed
        self.steps += 1
        actor.at = what
        actor.asking = asking
        if self.story.choose(100) < (min(self.stay, self.stay_asking) if asking else self.stay):
            if self.trace:
                self.trace(f"   {actor.name} {actor.operation}: . {what}")
            return
        self.give_back(actor, PARKED)
        actor.baton.acquire()
        if actor.doomed:
            actor.dead = True
            raise Killed

    def committed(self) -> bool:
        """The place where being killed hurts most: what was written stands, what was to follow never comes.

        True: it is dead.
        """
        actor = self.current()
        if actor is None or self.story is None or not self.kills_left or actor.operation not in WORKERS:
            return False
        chance, actor.answered = self.kills * (25 if actor.answered else 5), False
        if self.story.choose(100) < 100 - chance:
            return False
        self.kills_left -= 1
        if self.trace:
            self.trace(f"   {actor.name} {actor.operation}: killed after {actor.at}")
        actor.dead = True
        return True

    def give_back(self, actor: Actor, state: str) -> None:
        actor.state = state
        self.home.release()

    def blockers(self, pid: int) -> list[int]:
        row = self.control.execute("SELECT pg_blocking_pids(%s)", [pid]).fetchone()
        return list(row[0]) if row else []  # type: ignore[call-overload]

    def waits_in_a_circle(self, actor: Actor, blockers: list[int]) -> bool:
        """A deadlock: what this one waits for waits for this one.

        It is named, and the statement taken back, as the server would do.
        """
        by_pid = {other.pid: other for other in self.actors if other.state == BLOCKED}
        seen: set[int] = set()
        ahead = list(blockers)
        while ahead:
            pid = ahead.pop()
            if pid == actor.pid:
                self.deadlocks.append(
                    f"{actor.operation} at {actor.at} and "
                    f"{', '.join(by_pid[p].operation for p in seen if p in by_pid)}"
                )
                self.control.execute("SELECT pg_cancel_backend(%s)", [actor.pid])
                return True
            if pid in by_pid and pid not in seen:
                seen.add(pid)
                ahead += self.blockers(pid)
        return False

    def settle(self) -> None:
        """Who is out and no longer blocked comes to park before anybody goes on."""
        for actor in self.actors:
            deadline = time.monotonic() + STUCK
            while actor.state == BLOCKED and not self.blockers(actor.pid):
                time.sleep(0.0003)
                if time.monotonic() > deadline:
                    raise Stuck(f"{actor.name} {actor.operation} hangs at {actor.at}")

    def gone(self, pid: int) -> None:
        """Wait until the server noticed that a client died, and let its locks go."""
        deadline = time.monotonic() + STUCK
        while self.control.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone():
            time.sleep(0.0003)
            if time.monotonic() > deadline:
                raise Stuck(f"backend {pid} lives on")
