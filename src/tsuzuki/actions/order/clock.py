"""The time of a run of the engine. A run lasts, and a lease must be counted from when it is really taken."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

READ_WITHIN = 1.0  # seconds between the two readings a clock is made of


@dataclass(frozen=True, slots=True)
class Clock:
    """`now()` is the instant `start` plus the whole seconds since time.monotonic() read `begun`.

    Both must be readings of one moment. If a process is held up between them (a full pool, a suspended machine), its clock is behind
    for as long as it lasts: its leases end early for everybody else, who then asks a second time.
    """

    start: datetime
    begun: float

    @classmethod
    def read(cls) -> Clock:
        """The time as it is. It may be kept and used later: it goes on."""
        while True:
            begun = time.monotonic()
            start = timezone.now()
            if time.monotonic() - begun <= READ_WITHIN:
                return cls(start, begun)

    @classmethod
    def showing(cls, moment: datetime) -> Clock:
        """A clock that shows `moment` now: for days that are played, never for today's."""
        return cls(moment, time.monotonic())

    def now(self) -> datetime:
        return self.start + timedelta(seconds=int(time.monotonic() - self.begun))

    def monotonic_at(self, moment: datetime) -> float:
        """The process's monotonic reading when this clock shows `moment`."""
        return self.begun + (moment - self.start).total_seconds()
