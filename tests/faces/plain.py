"""A plain socket to a web server or proxy, as a careless or hostile sender uses it."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

PATIENCE = 60  # seconds; nothing that works waits so long
ROUNDS = 600  # octets a dripping sender has; whoever lets them all come never hangs up
TOKEN = "a" * 32
FORM_TYPE = "Content-Type: application/x-www-form-urlencoded"
FORM = f"csrfmiddlewaretoken={TOKEN}&number=09012345678".encode()


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


@contextmanager
def line(port: int) -> Iterator[socket.socket]:
    with connected(port) as one:
        yield one


@contextmanager
def lines(port: int, count: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as open_ones:
        yield [open_ones.enter_context(connected(port)) for _ in range(count)]


def head(method: str, path: str, *headers: str, keep: bool = False) -> bytes:
    ends = [] if keep else ["Connection: close"]
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Cookie: csrftoken={TOKEN}", *ends, *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def answer(one: socket.socket) -> tuple[int, bytes]:
    """The status and all that came until the server hung up."""
    said = b""
    while piece := one.recv(65536):
        said += piece
    return int(said.split(b" ", 2)[1]), said


def get(port: int, path: str, *headers: str) -> tuple[int, bytes]:
    with line(port) as one:
        one.sendall(head("GET", path, *headers))
        return answer(one)


def post(port: int, path: str, body: bytes, *headers: str, length: int | None = None) -> tuple[int, bytes]:
    """`length`: what is announced, where it is more than what comes before the sender hangs up."""
    typed = "Content-Type: application/json" if path.startswith("/api/") else FORM_TYPE
    with line(port) as one:
        one.sendall(
            head("POST", path, typed, f"Content-Length: {len(body) if length is None else length}", *headers)
            + body
        )
        if length is not None:
            one.shutdown(socket.SHUT_WR)
        return answer(one)


def is_open(one: socket.socket) -> bool:
    """Nothing came, and nobody hung up."""
    return not select.select([one], [], [], 0)[0]


def first(of: list[socket.socket], count: int) -> list[socket.socket]:
    """Those that are answered, once so many are."""
    found: list[socket.socket] = []
    while len(found) < count:
        now = select.select([one for one in of if one not in found], [], [], PATIENCE)[0]
        assert now, f"{len(found)} of {count} were answered"
        found += now
    return found


def drip(one: socket.socket) -> bool:
    """Send one octet after the other until the other side hangs up; False if it never does."""
    for _ in range(ROUNDS):
        try:
            if select.select([one], [], [], 0.1)[0]:
                if not one.recv(65536):
                    return True
            else:
                one.sendall(b"x")
        except (ConnectionError, TimeoutError):
            return True
    return False


def is_dropped(one: socket.socket) -> bool:
    """Stay silent until the other side hangs up; False if it never does."""
    try:
        while one.recv(65536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True
