"""Until when a request may be sent: set by the holder of the lease, checked by the client right before
the first byte.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Linux; elsewhere, a machine that slept does not know how long.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", None)
_deadline: ContextVar[float] = ContextVar("deadline", default=float("inf"))


def elapsed() -> float:
    """Seconds since some moment, those too for which the machine was suspended: its leases went on."""
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)


@contextmanager
def may_begin_until(moment: float) -> Iterator[None]:
    """`moment` is a reading of elapsed(). Holds for this thread, as long as it is inside."""
    token = _deadline.set(moment)
    try:
        yield
    finally:
        _deadline.reset(token)


def is_over() -> bool:
    return elapsed() > _deadline.get()
