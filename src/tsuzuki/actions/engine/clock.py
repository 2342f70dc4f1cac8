"""The time of a run of the engine.

A run takes a while, and a lease must be counted from when it is really taken.

It is the database's time: a lease binds all machines, and the clock of one of them may be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from tsuzuki.http.deadline import elapsed

READ_WITHIN = 1.0  # seconds between the two readings a clock is made of
A_LITTLE = timedelta(seconds=1)  # machines that keep time by NTP differ by less


@dataclass(frozen=True, slots=True)
class Clock:
    """`now()` is the instant `start` plus the whole seconds since elapsed() read `begun`.

    Both must be readings of one moment. If a process is held up between them (a full pool, a suspended
    machine), its clock is behind for as long as it lasts: its leases end early for everybody else, who then
    asks a second time.
    """

    start: datetime
    begun: float

    @classmethod
    def read(cls, since: datetime | None = None) -> Clock:
        """The time as it is.

        It may be kept and used later: it goes on. `since`: a moment of this machine's clock; what was written
        down with it just now is due, though that clock is a little ahead.
        """
        while True:
            begun = elapsed()
            start = database_now()
            if elapsed() - begun <= READ_WITHIN:
                return cls(since if since and start < since <= start + A_LITTLE else start, begun)

    @classmethod
    def showing(cls, moment: datetime) -> Clock:
        """A clock that shows `moment` now: for days that are played, never for today's."""
        return cls(moment, elapsed())

    def now(self) -> datetime:
        return self.start + timedelta(seconds=int(elapsed() - self.begun))

    def elapsed_at(self, moment: datetime) -> float:
        """What elapsed() reads when this clock shows `moment`."""
        return self.begun + (moment - self.start).total_seconds()


def database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now
