"""The link itself: what it counts, and when it says that bytes arrive."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .link import ROUND_TRIP, SECOND, Direction, Link

FAST = 10**12  # bits a second


def test_a_second_of_the_line_is_a_second():
    """64 full segments of 1,500 bytes are 768,000 bits: six seconds at 128 kbit/s."""
    assert Direction().sending(64 * 1448) == 6 * SECOND


def test_a_byte_costs_a_segments_headers():
    assert Direction().sending(1) == 53 * 8 * SECOND // 128_000
    assert Direction().sending(1449) == (1449 + 104) * 8 * SECOND // 128_000


def test_what_is_handed_over_together_queues_up():
    way = Direction()
    one = way.sending(1448)
    assert [way.arrives(1448, 1000) for _ in range(3)] == [
        1000 + n * one + ROUND_TRIP // 2 for n in (1, 2, 3)
    ]
    assert way.bytes == 3 * 1448


def test_an_idle_link_does_not_save_up_time():
    way = Direction()
    way.arrives(1448, 0)
    assert way.arrives(1448, 9 * SECOND) == 9 * SECOND + way.sending(1448) + ROUND_TRIP // 2


def test_a_page_of_14_kilobytes_takes_as_long_as_arithmetic_says():
    """14,000 bytes in ten segments are 14,520: 0.9 seconds, and half a round trip."""
    way = Direction()
    assert way.arrives(14_000, 0) == 14_520 * 8 * SECOND // 128_000 + SECOND // 5


@contextmanager
def echo() -> Iterator[int]:
    """A server that gives everything back in capitals, and hangs up when the other side has said all."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    line, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(line,), daemon=True).start()

        def answer(line: socket.socket) -> None:
            with line:
                while data := line.recv(65536):
                    line.sendall(data.upper())

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(20)


def say(port: int, text: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(text)
        line.shutdown(socket.SHUT_WR)
        heard = b""
        while data := line.recv(65536):
            heard += data
        return heard


def test_every_byte_is_counted_once_each_way_and_arrives_in_order():
    text = bytes(range(97, 123)) * 10_000
    with echo() as port, Link(port, rate=FAST, round_trip=0) as link:
        assert say(link.port, text) == text.upper()
        assert (link.up.bytes, link.down.bytes, link.connections) == (260_000, 260_000, 1)
        assert say(link.port, b"more") == b"MORE"
        assert (link.up.bytes, link.down.bytes, link.connections) == (260_004, 260_004, 2)


def test_connections_share_one_link():
    with echo() as port, Link(port, rate=FAST, round_trip=0) as link:
        first = [socket.create_connection(("127.0.0.1", link.port), timeout=20) for _ in range(3)]
        for number, line in enumerate(first):
            line.sendall(b"abc" * (number + 1))
        assert [line.recv(100) for line in first] == [b"ABC", b"ABCABC", b"ABCABCABC"]
        assert (link.up.bytes, link.down.bytes, link.connections) == (18, 18, 3)
        for line in first:
            line.close()


def test_nothing_arrives_before_the_link_says_so():
    """A first answer needs two round trips, the one of the handshake and its own; bytes are held back until
    they are due.
    """
    with echo() as port, Link(port, round_trip=SECOND // 20) as link:
        began = time.monotonic_ns()
        with socket.create_connection(("127.0.0.1", link.port), timeout=20) as line:
            line.sendall(b"a" * 100)
            assert line.recv(100)
            heard = time.monotonic_ns()
        assert link.up.free_at >= began + link.round_trip + link.up.sending(100)
        assert link.down.free_at >= link.up.free_at + link.up.delay + link.down.sending(100)
        assert heard >= link.down.free_at + link.down.delay


def test_a_server_that_is_not_there_hangs_up():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with Link(port, rate=FAST, round_trip=0) as link:
        with socket.create_connection(("127.0.0.1", link.port), timeout=20) as line:
            assert line.recv(1) == b""
        assert (link.up.bytes, link.down.bytes) == (0, 0)


def test_a_link_ends_while_connections_are_open():
    with echo() as port, Link(port, rate=FAST, round_trip=0) as link:
        line = socket.create_connection(("127.0.0.1", link.port), timeout=20)
        line.sendall(b"a")
        assert line.recv(1) == b"A"
    with line:
        assert line.recv(1) == b""
