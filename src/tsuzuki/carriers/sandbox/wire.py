"""The toy carrier's HTTP: one question, one answer, and no guess about what a lost answer meant."""

from dataclasses import dataclass, field

import urllib3

from tsuzuki.core.errors import ProviderUnsure


class NothingSent(Exception):
    """The line never opened: they cannot have acted."""


@dataclass(frozen=True)
class Wire:
    url: str
    secret: str = field(repr=False)
    timeout: float  # seconds, for opening the line and for each silence on it
    at_once: int
    pool: urllib3.PoolManager = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # No retries below us: a repeat is the engine's decision, never a library's.
        object.__setattr__(self, "pool", urllib3.PoolManager(maxsize=self.at_once, block=False, retries=False))

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Status and body. NothingSent, or ProviderUnsure once anything may have arrived there."""
        headers = {"Authorization": f"Bearer {self.secret}", "Content-Type": "application/json"}
        limit = urllib3.Timeout(connect=self.timeout, read=self.timeout)
        try:
            answer = self.pool.request(method, self.url + path, body=body, headers=headers, timeout=limit, redirect=False)
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise NothingSent(type(error).__name__) from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ProviderUnsure(type(error).__name__) from None
        return answer.status, answer.data
