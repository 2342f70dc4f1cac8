"""The lanes of one worker process: each carrier, each gateway, the clock, letters and webhooks have a thread
of their own.

A watcher asks the database which lanes have something to do, every few seconds and when a wake-up job comes,
and starts those that are not at work. What a slow provider holds up is its own lane; other processes have the
same lanes, and share the work by SKIP LOCKED.
"""

import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog
from django.db import connection

from tsuzuki.actions.engine.clock import Clock
from tsuzuki.actions.engine.lane import Lane, lanes_due
from tsuzuki.actions.messages import notifications, webhooks
from tsuzuki.actions.order.advance import advance_lane

log = structlog.get_logger()
EVERY = 2.0  # seconds after which the database is asked again, whoever forgot to say so
IDLE = 60.0  # seconds after which a thread without work ends, and its connection with it

Work = Callable[[], object]


class Thread:
    """Does one kind of work when told to, one at a time: told again meanwhile, it does it once more."""

    def __init__(self, name: str, work: Work, stop: threading.Event) -> None:
        self.name, self._work, self._stop = name, work, stop
        self._told = threading.Event()
        self._busy = False
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        return self._busy

    def tell(self) -> None:
        with self._lock:
            self._busy = True
            self._told.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        try:
            while self._awaited():
                self._told.clear()
                try:
                    self._work()
                except Exception:
                    log.exception("lane broke", lane=self.name)
                    connection.close_if_unusable_or_obsolete()
                self._busy = self._told.is_set()
        finally:
            connection.close()

    def _awaited(self) -> bool:
        """Wait for work; False: none came for long, or the process ends."""
        result = self._told.wait(IDLE) and not self._stop.is_set()
        with self._lock:
            if not result and (self._stop.is_set() or not self._told.is_set()):
                self._thread = None
                return False
        return True

    def join(self, seconds: float) -> None:
        self._told.set()
        if thread := self._thread:
            thread.join(seconds)


class Lanes:
    """`wake` says that something may be due; `stop` ends what can be ended in time.

    What is being asked then is looked up by others.
    """

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._woken = threading.Event()
        self._threads: dict[Lane | str, Thread] = {}
        self._watcher = threading.Thread(target=self._watch, name="lanes", daemon=True)

    def start(self) -> None:
        self._watcher.start()

    def wake(self) -> None:
        self._woken.set()

    def stop(self, seconds: float) -> None:
        self._stop.set()
        self._woken.set()
        self._watcher.join(seconds)
        for thread in list(self._threads.values()):
            thread.join(seconds / max(1, len(self._threads)))

    def _watch(self) -> None:
        while not self._stop.is_set():
            self._woken.clear()
            try:
                self.look()
            except Exception as why:
                log.warning("cannot see what is due", exc_info=why)
            connection.close_if_unusable_or_obsolete()
            self._woken.wait(EVERY)
        connection.close()

    def look(self) -> None:
        """Tell every lane that has something to do."""
        at_work = [lane for lane, thread in self._threads.items() if thread.busy]
        for lane in lanes_due(Clock.read().now(), [lane for lane in at_work if isinstance(lane, Lane)]):
            self._tell(lane, partial(self._advance, lane))
        self._tell("letters", partial(_until_none, notifications.send_due))
        self._tell("webhooks", partial(_until_none, webhooks.send_due))

    def _advance(self, lane: Lane) -> None:
        """What one lane has done may be what another waits for:
        a gateway's «paid» is a carrier's question.
        """
        while not self._stop.is_set() and advance_lane(lane, Clock.read(), rounds=1):
            self.wake()

    def _tell(self, lane: Lane | str, work: Work) -> None:
        if lane not in self._threads:
            self._threads[lane] = Thread(str(lane), work, self._stop)
        self._threads[lane].tell()


def _until_none(send_due: Callable[[datetime], int]) -> None:
    while send_due(Clock.read().now()):
        pass
