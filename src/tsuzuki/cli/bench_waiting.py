"""`tsuzuki bench waiting`: how long an order waits, from paid to delivered, at a good carrier: alone, while
another carrier takes questions and says nothing, and while the mail server does. What is told is ratios to
«alone», in the same minutes on the same machine.

A real worker process carries them; database and sandbox are its own, and go afterwards.
"""

import os
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from tsuzuki.core.order import State

from . import postgres
from .demo.processes import CannotStart, Demo, start_sandbox, start_worker
from .orders import Json
from .output import as_json, bar, out
from .settings_file import data_folder
from .start import boot

LONGEST = 120  # seconds for one order
BAR = 2.0  # times what it takes alone


def waiting(
    orders: Annotated[int, typer.Option(min=5, max=500, help="orders at the good carrier, each time")] = 30,
    json: Json = False,
) -> None:
    """From paid to delivered, while somebody else's provider hangs.

    Exit code 1 if it takes more than twice its usual.
    """
    with _shop() as demo, bar(json) as progress:
        task = progress.add_task("Alone", total=3)
        took = {}
        for name, hangs in (
            ("alone", None),
            ("another carrier hangs", _carrier_hangs),
            ("the mail server is silent", _mail_is_silent),
        ):
            progress.update(task, description=name.capitalize())
            took[name] = _measure(demo, orders, hangs)
            progress.advance(task)
    usual = statistics.median(took["alone"])
    result = {
        name: {"median": statistics.median(each) / usual, "longest": max(each) / usual}
        for name, each in took.items()
    }
    if json:
        as_json(result)
    else:
        for name, ratio in result.items():
            out.print(
                f"  {name:28} median {ratio['median']:5.2f}   longest {ratio['longest']:5.2f}   "
                "times the usual wait"
            )
    if any(ratio["median"] > BAR for ratio in result.values()):
        raise typer.Exit(1)


@contextmanager
def _shop() -> Iterator[Demo]:
    folder = data_folder() / "bench"
    shutil.rmtree(folder, ignore_errors=True)
    demo = Demo(folder, 8000)  # nobody comes to its pages
    demo.data.mkdir(parents=True)
    os.environ.pop("DATABASE_URL", None)
    try:
        start_sandbox(demo)
        boot(demo.data)
        _fill()
        start_worker(demo)
        yield demo
    finally:
        demo.stop()
        for server in postgres.KEPT:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _fill() -> None:
    from dataclasses import replace

    from django.core.management import call_command
    from django.utils import timezone

    from tsuzuki.actions.catalogue.plans import save_carriers, save_plans

    from .bench_plans import CARRIER, PLANS

    call_command("migrate", verbosity=0)
    save_carriers([CARRIER, replace(CARRIER, code="hangs", settings={"timeout": 4, "lease": 15})])
    save_plans(PLANS, timezone.now())


def _measure(demo: Demo, orders: int, hangs: Callable[[Demo, Any], None] | None) -> list[float]:
    """Seconds each order took.

    Before each, one more is bought that will hang; the first of all is not counted.
    """
    took = []
    for _ in range(orders + 1):
        line, other = _line("bench"), _line("hangs")
        if hangs:
            hangs(demo, other)
        purchase = _buy(line)
        begun = time.monotonic()
        while not _delivered(purchase):
            if time.monotonic() - begun > LONGEST:
                raise CannotStart(f"An order was not delivered in {LONGEST} s; see the logs in {demo.data}.")
            time.sleep(0.005)  # another process is at work; that it is done is looked for often
        took.append(time.monotonic() - begun)
    if hangs is _mail_is_silent:
        demo.post("outbox", behaviour="accept")
    return took[1:]


def _carrier_hangs(demo: Demo, line: Any) -> None:
    from tsuzuki.records.queries import numbers_of

    demo.post("carrier", behaviour="silent", msisdn=numbers_of([line])[line])
    _buy(line)


def _mail_is_silent(demo: Demo, line: Any) -> None:
    """A letter goes out with every order."""
    demo.post("outbox", behaviour="silent")


def _line(carrier: str) -> Any:
    from django.utils import timezone
    from stdnum import luhn

    from tsuzuki.actions.lines.line_records import NewLine, add_lines
    from tsuzuki.records.models import Line

    number = Line.objects.count()
    body = f"898103{number:012d}"
    new = NewLine(
        carrier, f"+8190{number:08d}", body + luhn.calc_check_digit(body), "esim", email="holder@example.com"
    )
    return add_lines([new], timezone.now())[0]


def _buy(line: Any) -> Any:
    """Paid in the moment of the yes: by voucher."""
    from django.utils import timezone

    from tsuzuki.actions.money.vouchers import make_batch
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.core.money import Money
    from tsuzuki.core.principal import Principal

    now = timezone.now()
    _, (code,) = make_batch(Money(990, "JPY"), 1, now)
    quoted = quote([LineRequest(line, "data-3gb")], now)
    return accept(
        quoted.id,
        [PaymentChoice("voucher", secret=code)],
        Buyer(Principal.system("bench"), str(quoted.id)),
        now,
    ).id


def _delivered(purchase: Any) -> bool:
    from tsuzuki.records.models import Order

    return Order.objects.filter(purchase=purchase, state=State.DELIVERED).exists()
