"""A process with Django loaded that forks children in milliseconds, and ends them by SIGKILL.

Told by lines on its input: «worker SEED» and «command SEED» fork one and answer its pid, «kill PID» ends it.
Only the parent of a process can kill it by number safely: as long as it has not been waited for, the number
is not given to anybody else.
"""

import importlib
import os
import random
import signal
import sys
import time
from contextlib import suppress
from uuid import UUID

from tsuzuki.core.principal import Principal

QUEUE = 60  # orders under way, beyond which nobody sells
LONGEST = 600  # seconds any child may live: a bug of ours must not leave processes behind


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsuzuki.site.settings")
    import django
    import structlog

    django.setup()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    for part in ("order.advance", "order.expire", "order.quote", "messages.notifications"):
        importlib.import_module(f"tsuzuki.actions.{part}")  # here, so that children need not

    children: set[int] = set()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    try:
        for line in sys.stdin:
            word, number = line.split()
            if word == "kill":
                _end(int(number), children)
            else:
                children.add(_born(word, int(number)))
    finally:
        for child in list(children):
            _end(child, children)


def _born(role: str, seed: int) -> int:
    child = os.fork()
    if child:
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        return child
    try:
        signal.alarm(LONGEST)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        {"worker": work, "command": sell}[role](random.Random(seed))
    except BaseException as error:
        sys.stderr.write(f"{role}: {type(error).__name__}: {error}\n")
        sys.stderr.flush()
    finally:
        os._exit(0)


def _end(child: int, children: set[int]) -> None:
    if child in children:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        children.discard(child)
        sys.stdout.write("killed\n")
        sys.stdout.flush()


def work(dice: random.Random) -> None:
    """A worker as `tsuzuki worker` is one: looks for what is due, sends letters."""
    from django.utils import timezone

    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.messages import notifications
    from tsuzuki.actions.order.advance import advance_until_still

    while True:
        moved = advance_until_still(Clock.read(), rounds=5, limit=dice.choice((1, 5, 50)))
        sent = notifications.send_due(timezone.now(), limit=5)
        if not moved and not sent:
            time.sleep(0.01)  # as a worker's clock ticks


def sell(dice: random.Random) -> None:
    """Somebody at a counter: quotes, says yes, sometimes says it again, sometimes thinks better of it."""
    from django.db import connection
    from django.utils import timezone

    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.expire import cancel
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.core.errors import Refused
    from tsuzuki.core.money import Money

    codes = os.environ["PROVE_VOUCHERS"].split()
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM records_line ORDER BY id")
        lines: list[UUID] = [row[0] for row in cursor.fetchall()]
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM records_order WHERE state IN ('paid', 'applied')")
            if cursor.fetchone()[0] > QUEUE:
                time.sleep(0.1)  # a counter whose customers still wait takes no new ones
                continue
        now = timezone.now()
        chosen = dice.sample(lines, dice.choice((1, 1, 2, 3)))
        way = dice.random()
        pays = [PaymentChoice("sandbox")]
        plan = dice.choice(("data-3gb", "data-20gb", "day"))
        if way < 0.2:
            chosen, plan, pays = chosen[:1], "data-3gb", [PaymentChoice("voucher", secret=dice.choice(codes))]
        elif way < 0.35:
            pays = [PaymentChoice("credit")]
        elif way < 0.5:
            pays = [PaymentChoice("credit", Money(200, "JPY")), PaymentChoice("sandbox")]
        try:
            quoted = quote([LineRequest(line, plan) for line in chosen], now)
            buyer = Buyer(Principal.system("kills"), str(quoted.id), "buyer@example.com")
            purchase = accept(quoted.id, pays, buyer, now)
            if dice.random() < 0.3:
                assert accept(quoted.id, pays, buyer, timezone.now()).id == purchase.id
            if dice.random() < 0.15:
                cancel(purchase.id, "buyer", timezone.now())
        except Refused:
            continue
        # People are slower than workers, or nothing would ever be carried to its end.
        time.sleep(dice.random() * 0.4)


if __name__ == "__main__":
    main()
