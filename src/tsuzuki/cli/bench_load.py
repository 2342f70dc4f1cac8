"""The load generator of a benchmark: a process of its own that reads a `Load` and writes `Answers`, as JSON.

It asks on each connection for the next when the answer is there, and reads no more of HTTP than our own
server writes.
"""

import asyncio
import itertools
import re
import statistics
import sys
import time
from collections.abc import Iterator

import msgspec

from tsuzuki import decode

from .bench_lines import Answers, Load
from .demo.processes import HOST

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def _written(load: Load) -> list[bytes]:
    headers = "".join(f"{name}: {value}\r\n" for name, value in load.headers.items())
    written = []
    for path, body in load.requests:
        length = f"Content-Length: {len(body.encode())}\r\n" if body else ""
        head = f"{load.method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}{length}\r\n"
        written.append((head + body).encode())
    return written


async def _connection(port: int, requests: Iterator[bytes], until: float) -> list[tuple[float, bool]]:
    """(seconds, whether it was 200) of each request."""
    reader, writer = await asyncio.open_connection(HOST, port)
    took = []
    while (begun := time.perf_counter()) < until:
        writer.write(next(requests))
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        assert length, head
        await reader.readexactly(int(length[1]))
        took.append((time.perf_counter() - begun, head.startswith(b"HTTP/1.1 200")))
    writer.close()
    return took


async def _run(load: Load) -> Answers:
    requests = itertools.cycle(_written(load))
    begun = time.perf_counter()
    until = begun + load.seconds
    each = await asyncio.gather(*(_connection(load.port, requests, until) for _ in range(load.connections)))
    seconds = time.perf_counter() - begun
    took = list(itertools.chain.from_iterable(each))
    good = sorted(entry for entry, fine in took if fine)
    cuts = statistics.quantiles(good, n=100) if len(good) > 1 else [0.0] * 99
    return Answers(len(good) / seconds, cuts[49] * 1000, cuts[98] * 1000, len(took) - len(good))


if __name__ == "__main__":
    sys.stdout.buffer.write(
        msgspec.json.encode(asyncio.run(_run(decode.from_json(sys.stdin.buffer.read(), Load))))
    )
