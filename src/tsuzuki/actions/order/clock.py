"""Time during a run of the engine: `now` is an argument, and a run lasts; leases must be counted from when they are really taken."""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Clock:
    """`now()` is the instant the run began at plus the whole seconds it has lasted."""

    start: datetime
    begun: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        return self.start + timedelta(seconds=int(time.monotonic() - self.begun))

    def monotonic_at(self, moment: datetime) -> float:
        """The process's monotonic reading when this clock shows `moment`."""
        return self.begun + (moment - self.start).total_seconds()
