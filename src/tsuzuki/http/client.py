"""One request, one response, and no guess about what a lost response meant."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from tsuzuki.core.errors import ProviderUnsure

from . import deadline
from .timed_connection import Limit

LARGEST = 1 << 20  # bytes of an answer
IN_ALL = 2.0  # times the time-out: so long may the answer take, however it drips


class NothingSent(Exception):
    """The line never opened, or our time was over before: they cannot have acted."""


class TooLate(NothingSent):
    """Our lease is too nearly over: somebody else may be asking soon."""


@dataclass
class _Question:
    seconds: float
    limit: Limit | None = None  # there is one from the first byte on


_current = threading.local()


def _before_the_first_byte(line: HTTPConnection) -> None:
    """The clock is looked at with the line open and nothing said yet."""
    if line.sock is None:
        line.connect()
    question: _Question = _current.question
    if question.limit is None:
        if deadline.is_over():
            raise TooLate("the lease is over")
        question.limit = Limit(line.sock, question.seconds)


class _Plain(HTTPConnection):
    def send(self, data: Any) -> None:
        _before_the_first_byte(self)
        super().send(data)


class _Tls(HTTPSConnection):
    def send(self, data: Any) -> None:
        _before_the_first_byte(self)
        super().send(data)


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Plain


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Tls


@dataclass(frozen=True)
class Client:
    url: str
    secret: str = field(repr=False)
    timeout: float  # seconds, for opening the line and for each silence on it
    at_once: int
    pool: urllib3.PoolManager = field(init=False, repr=False)

    def __post_init__(self) -> None:
        pool = urllib3.PoolManager(maxsize=self.at_once, block=False, retries=False)
        pool.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
        object.__setattr__(self, "pool", pool)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Status and body. NothingSent, or ProviderUnsure once anything may have arrived there."""
        sent = {
            "Authorization": f"Bearer {self.secret}",
            "Content-Type": "application/json",
            **(headers or {}),
        }
        question = _current.question = _Question(IN_ALL * self.timeout)
        try:
            return self._answer(method, path, body, sent, question)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            if question.limit is None:
                raise NothingSent(type(error).__name__) from None
            raise ProviderUnsure(type(error).__name__) from None
        finally:
            if question.limit:
                question.limit.lift()

    def _answer(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], question: _Question
    ) -> tuple[int, bytes]:
        each = urllib3.Timeout(connect=self.timeout, read=self.timeout)
        answer = self.pool.request(
            method,
            self.url + path,
            body=body,
            headers=headers,
            timeout=each,
            redirect=False,
            preload_content=False,
        )
        whole = False
        try:
            data = answer.read(LARGEST + 1, decode_content=True)
            if len(data) > LARGEST:
                raise ProviderUnsure("an answer without an end")
            assert question.limit is not None
            question.limit.lift()
            if question.limit.reached:  # what was cut off in the middle may also read as an answer
                raise ProviderUnsure("an answer that took too long")
            whole = True
            return answer.status, data
        finally:
            if not whole:
                with suppress(OSError):
                    answer.close()
            answer.release_conn()
