"""The one client of all providers, against servers that misbehave."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.http import client as http
from tsuzuki.http.client import Client, NothingSent, TooLate
from tsuzuki.http.deadline import elapsed, may_begin_until

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


class Server:
    """Takes lines one after the other and does with each what a test says; keeps what it heard."""

    def __init__(self) -> None:
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.door.getsockname()[1]}"
        self.heard: list[bytes] = []
        self.opened, self.over = threading.Event(), threading.Event()
        self.does = lambda line: line.sendall(HEAD + b"Content-Length: 2\r\n\r\nok")
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self.door.accept()
            except OSError:
                return
            self.opened.set()
            with line:
                try:
                    while said := line.recv(65536):
                        self.heard.append(said)
                        self.does(line)
                except OSError:
                    pass

    def stop(self) -> None:
        self.over.set()
        self.door.shutdown(socket.SHUT_RDWR)
        self.door.close()
        self.thread.join(30)


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.stop()


def client(server: Server, timeout: float = 20.0) -> Client:
    return Client(server.url, "a secret", timeout, 4)


def test_one_question_one_answer_on_a_line_that_is_kept(server):
    asks = client(server)
    for _ in range(3):
        assert asks.ask("GET", "/x") == (200, b"ok")
    assert [one.split(b"\r\n")[0] for one in server.heard] == [b"GET /x HTTP/1.1"] * 3
    assert b"Authorization: Bearer a secret" in server.heard[0]
    assert "secret" not in repr(asks)


def test_a_lease_that_is_over_when_the_line_opens_sends_nothing(server):
    """It was not over when the question was begun: looking for the name, opening the line, took too long."""
    with may_begin_until(elapsed() - 0.001), pytest.raises(TooLate):
        client(server).ask("PUT", "/x", b"{}")
    assert server.opened.wait(30)
    assert server.heard == []


def test_nor_on_a_line_that_was_open_already(server):
    asks = client(server)
    asks.ask("GET", "/first")
    with may_begin_until(elapsed() - 0.001), pytest.raises(TooLate):
        asks.ask("PUT", "/second", b"{}")
    assert asks.ask("GET", "/third") == (200, b"ok")  # outside, no lease binds
    assert not any(b"/second" in one for one in server.heard)


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(NothingSent):
        Client(f"http://127.0.0.1:{port}", "s", 20.0, 1).ask("GET", "/")


@pytest.mark.parametrize("part", ["head", "body"])
def test_an_answer_that_drips_is_cut(server, part):
    """Every byte comes in time; the whole never does. The server hears that the line is gone."""

    def drips(line: socket.socket) -> None:
        line.sendall(HEAD if part == "head" else HEAD + b"Content-Length: 100000\r\n\r\n")
        while not server.over.is_set():
            line.sendall(b"X-Drip: 1\r\n" if part == "head" else b".")
            server.over.wait(0.01)

    server.does = drips
    with pytest.raises(ProviderUnsure):
        client(server, timeout=0.4).ask("GET", "/")


def test_an_answer_without_an_end_is_cut(server, monkeypatch):
    monkeypatch.setattr(http, "LARGEST", 1000)
    server.does = lambda line: line.sendall(HEAD + b"Content-Length: 1001\r\n\r\n" + b"x" * 1001)
    with pytest.raises(ProviderUnsure, match="without an end"):
        client(server).ask("GET", "/")
    server.does = lambda line: line.sendall(HEAD + b"Content-Length: 1000\r\n\r\n" + b"x" * 1000)
    assert client(server).ask("GET", "/")[1] == b"x" * 1000


def test_a_line_that_breaks_after_the_question_is_no_no(server):
    server.does = lambda line: line.close()
    with pytest.raises(ProviderUnsure):
        client(server).ask("PUT", "/x", b"{}")
    assert len(server.heard) == 1  # never a second time


def test_a_redirect_is_an_answer(server):
    server.does = lambda line: line.sendall(
        b"HTTP/1.1 302 Found\r\nLocation: /else\r\nContent-Length: 0\r\n\r\n"
    )
    assert client(server).ask("GET", "/x")[0] == 302
    assert len(server.heard) == 1


def test_a_limit_that_was_lifted_cuts_nothing():
    from tsuzuki.http.timed_connection import Limit

    here, there = socket.socketpair()
    with here, there:
        limit = Limit(here, 1000.0)
        limit.lift()
        limit._cut()  # its timer, a moment too late
        here.sendall(b"x")
        assert there.recv(1) == b"x"
        assert not limit.reached
