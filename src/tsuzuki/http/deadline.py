"""Until when a question may begin: set by whoever holds the lease, looked at by the client in the moment before the first byte."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_deadline: ContextVar[float] = ContextVar("deadline", default=float("inf"))


@contextmanager
def may_begin_until(moment: float) -> Iterator[None]:
    """`moment` is a reading of time.monotonic(). Holds for this thread, as long as it is inside."""
    token = _deadline.set(moment)
    try:
        yield
    finally:
        _deadline.reset(token)


def is_over() -> bool:
    return time.monotonic() > _deadline.get()
