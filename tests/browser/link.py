"""A worn-out mobile link on this machine: a proxy between browser and server, 128 kbit/s each way, 400 ms
there and back.

    with Link(port_of_the_server) as link:
        ... visit https://127.0.0.1:{link.port} ...
        link.up.bytes, link.down.bytes

All connections share the link, as on one phone. A new one costs a round trip more before its first byte
travels (TCP's handshake). Every segment of up to 1,448 bytes carries 52 of headers, which take time and are
not counted among the bytes. Not modelled: loss, names, the radio waking up. Moments are nanoseconds of a
clock that only goes forward, whole numbers like everything here.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from concurrent.futures import Future
from typing import Self

SECOND = 1_000_000_000
SEGMENT, HEADERS = 1448, 52
RATE, ROUND_TRIP = 128_000, 400_000_000  # bits a second, nanoseconds


class Direction:
    """One way of the link: a queue that empties at a rate, and the way itself. Knows no clock."""

    def __init__(self, rate: int = RATE, delay: int = ROUND_TRIP // 2) -> None:
        self.rate, self.delay = rate, delay
        self.bytes, self.free_at = 0, 0

    def sending(self, size: int) -> int:
        """How long `size` bytes keep the link busy."""
        segments = -(-size // SEGMENT)
        return (size + segments * HEADERS) * 8 * SECOND // self.rate

    def arrives(self, size: int, now: int) -> int:
        """When bytes handed over now have all reached the other side."""
        self.free_at = max(now, self.free_at) + self.sending(size)
        self.bytes += size
        return self.free_at + self.delay


class Link:
    """Runs in a thread with a loop of its own. `port` is where to connect."""

    def __init__(self, upstream: int = 0, rate: int = RATE, round_trip: int = ROUND_TRIP) -> None:
        self.upstream = (
            upstream  # may be set later: a server may have to know the link's port before it starts
        )
        self.up, self.down = Direction(rate, round_trip // 2), Direction(rate, round_trip // 2)
        self.round_trip, self.port, self.connections = round_trip, 0, 0
        self._loop = asyncio.new_event_loop()
        self._lines: set[asyncio.StreamWriter] = set()
        self._carrying: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)

    def __enter__(self) -> Self:
        self._listening: Future[int] = Future()
        self._thread.start()
        self.port = self._listening.result(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)

    def _run(self) -> None:
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        self._listening.set_result(server.sockets[0].getsockname()[1])
        await self._stop.wait()
        server.close()
        for line in self._lines:  # what is still on its way is lost, as when a phone loses its network
            line.transport.abort()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._carrying.add(task)
        self.connections += 1
        lines = {writer}
        self._lines.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
            lines.add(far_writer)
            self._lines.add(far_writer)
            opened = time.monotonic_ns() + self.round_trip
            async with asyncio.TaskGroup() as both:
                both.create_task(_carry(reader, far_writer, self.up, opened))
                both.create_task(_carry(far_reader, writer, self.down, opened))
        except (OSError, ExceptionGroup):
            pass  # one side went away; so does the other
        finally:
            for line in lines:
                line.close()
            self._lines -= lines
            self._carrying.discard(task)


async def _carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Direction, opened: int
) -> None:
    """Take in as fast as it comes, hand out as the link allows: bytes wait in the link's queue, not in the
    sender.
    """
    travelling: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue()

    async def hand_out() -> None:
        while True:
            due, data = await travelling.get()
            await asyncio.sleep(max(0, due - time.monotonic_ns()) / SECOND)
            if not data:
                break
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    async with asyncio.TaskGroup() as both:
        both.create_task(hand_out())
        while data := await reader.read(SEGMENT):
            await asyncio.sleep(max(0, opened - time.monotonic_ns()) / SECOND)
            travelling.put_nowait((way.arrives(len(data), time.monotonic_ns()), data))
        travelling.put_nowait((way.free_at + way.delay, b""))
