"""Which database failures are transient: the same work may succeed when it is tried again."""

from django.db import InterfaceError, InternalError, OperationalError


def passes(error: BaseException | None) -> bool:
    """A time-out, a deadlock, a broken connection; not what is wrong with the statement itself."""
    return isinstance(error, OperationalError | InterfaceError | InternalError)
