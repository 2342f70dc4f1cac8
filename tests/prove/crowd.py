"""Many at once: threads that start together, each with a database connection of its own, few enough for a
stock server.
"""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

CONNECTIONS = 40  # in use together; Debian's PostgreSQL allows 100, and two test processes may be at it


@dataclass
class Crowd:
    """What came of it: what each returned, how many were refused for which reason, and what broke."""

    returned: list[Any] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    broke: list[str] = field(default_factory=list)


def together(count: int, act: Callable[[int], Any]) -> Crowd:
    """`act(0)` ... `act(count - 1)`, begun at the same moment."""
    from tsuzuki.core.errors import Refused

    crowd, start, places = Crowd(), threading.Barrier(count), threading.BoundedSemaphore(CONNECTIONS)

    def one(number: int) -> None:
        start.wait(timeout=60)
        with places:
            try:
                crowd.returned.append(act(number))
            except Refused as refusal:
                crowd.refused[refusal.code.value] += 1
            except Exception as error:
                crowd.broke.append(
                    f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
                )
            finally:
                connection.close()

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(one, range(count)))
    return crowd
