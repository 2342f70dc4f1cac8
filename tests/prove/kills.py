"""SIGKILL at random: workers, people's commands and the providers' own process die under load, again and
again, in real time.

Then all is started again, calm, and within a minute every order must have come to rest, with the same truths
as everywhere. What failed so often that its next look is minutes away is not waited for: the clock is put
forward past its pause, and it is counted.
"""

import os
import random
import select
import subprocess
import sys
import time
from collections.abc import Callable

from django.db import connection

from tests import cast
from tests.sandbox_process import Sandbox

from . import stage
from .invariants import violations
from .result import Part, Result

WORKERS, COMMANDS = 4, 3
# Seconds, and real ones. The engine counts whole seconds within a run: a lease shorter than two would often
# be over before it asks.
TIMES: dict[str, object] = {"timeout": 0.3, "lease": 2.0, "look_every": 1.0}
GATEWAY = ("accept", "accept", "accept", "late", "silent", "refuse", "garbage", "error", "busy", "twice")
CARRIER = ("accept", "accept", "accept", "late", "silent", "refuse", "garbage", "error", "busy", "twice")
REST_WITHIN = 60  # seconds


class Zygote:
    """The process that forks; every wait for it is bounded."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.prove.zygote"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self._hear(30)

    def tell(self, word: str, number: int) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word} {number}\n".encode())
        return self._hear(20)

    def _hear(self, seconds: float) -> str:
        out = self.process.stdout
        assert out is not None
        if not select.select([out], [], [], seconds)[0]:
            raise TimeoutError("the zygote says nothing")
        return out.readline().decode().strip()

    def end(self) -> None:
        """Closing its input ends it and its children."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=20)
        if self.process.stdout:
            self.process.stdout.close()


def run(
    kills: int, seed: int, say: Callable[[str], None] = lambda text: None, patience: float = REST_WITHIN
) -> Result:
    """`kills` deaths. Works in the database in use, with real time."""
    from django.utils import timezone

    began = time.monotonic()
    dice = random.Random(seed)
    with stage.sandbox(hang=0.1, times=TIMES) as sandbox:
        _open_shop()
        zygote = Zygote()
        try:
            killed, sandbox = _under_load(zygote, sandbox, dice, kills, say)
            sandbox.calm()
            sandbox.press("gateway", "accept")
            restarted = time.monotonic()
            calm = [int(zygote.tell("worker", number)) for number in range(2)]
            seconds = _until_rest(restarted + patience)
            for child in calm:
                zygote.tell("kill", child)
            paused = _rows("SELECT count(*) FROM records_attempt WHERE outcome = ''")[0][0]
            rested = _past_the_pauses()
        finally:
            zygote.end()
            sandbox.stop()
        with _again(sandbox) as sandbox:
            found = violations(sandbox, timezone.now())
    if not rested:
        found.append("not everything came to rest")
    figures = {
        **killed,
        **_orders(),
        "seconds to rest": round(seconds, 1),
        "attempts in a longer pause": paused,
    }
    return Result("kills", [Part(f"seed {seed}", figures, found)], time.monotonic() - began)


def _open_shop() -> None:
    from django.utils import timezone

    from tsuzuki.actions.money.vouchers import make_batch
    from tsuzuki.core.money import Money

    now = timezone.now()
    cast.operator(now, **TIMES)
    lines = cast.lines(60, email="holder@example.com", now=now)
    for line in lines[:15]:
        cast.give_credit(line, 20_000, now)
    os.environ["PROVE_VOUCHERS"] = " ".join(make_batch(Money(990, "JPY"), 300, now)[1])


def _under_load(
    zygote: Zygote, sandbox: Sandbox, dice: random.Random, kills: int, say: Callable[[str], None]
) -> tuple[dict[str, int], Sandbox]:
    """Children die and are born; every so often it is the sandbox.

    Returns who died how often, and the sandbox that runs now.
    """
    dead = {"workers killed": 0, "commands killed": 0, "sandboxes killed": 0}
    roles = ["worker"] * WORKERS + ["command"] * COMMANDS
    children = [(role, int(zygote.tell(role, dice.randrange(1 << 30)))) for role in roles]
    for number in range(kills):
        # Between one death and the next: this is the proof's own dice, nothing is waited for.
        time.sleep(dice.uniform(0.005, 0.2))
        if number % 10 == 0:
            _behave(sandbox, dice, number)
        if dice.random() < 0.04:
            sandbox.kill()
            dead["sandboxes killed"] += 1
            sandbox = _again(sandbox)
        else:
            role, child = children.pop(dice.randrange(len(children)))
            zygote.tell("kill", child)
            dead[f"{role}s killed"] += 1
            children.append((role, int(zygote.tell(role, dice.randrange(1 << 30)))))
        if number % 100 == 99:
            say(f"{number + 1} killed, {_orders()}")
    for _, child in children:
        zygote.tell("kill", child)
    return dead, sandbox


def _again(sandbox: Sandbox) -> Sandbox:
    """The same one: its data, its ports, where everybody knows it."""
    from tests.sandbox_process import start

    port = sandbox.url.rpartition(":")[2]
    return start(sandbox.data.parent, port=port, smtp_port=sandbox.smtp_port, hang=0.1)


def _behave(sandbox: Sandbox, dice: random.Random, seed: int) -> None:
    deaf = ["ignore_keys"] if dice.random() < 0.5 else []
    sandbox.press("carrier", "random", *deaf, seed=seed, among=list(CARRIER))
    sandbox.press("gateway", "random", *deaf, seed=seed, among=list(GATEWAY))
    sandbox.press(
        "gateway/refunds", "random", *deaf, seed=seed, among=["accept", "accept", "late", "silent", "busy"]
    )


def _until_rest(end: float) -> float:
    """Seconds until nothing was under way, or only what pauses for longer than we wait."""
    began = time.monotonic()
    while time.monotonic() < end:
        _give_up()
        if _is_still():
            break
        time.sleep(0.1)  # other processes work meanwhile; bounded by `end`
    return time.monotonic() - began


def _past_the_pauses() -> bool:
    """Whether all comes to rest once the clock has passed what is waited for; nobody else is at work any
    more.
    """
    from django.utils import timezone

    for _ in range(20):
        due = _rows("SELECT max(greatest(look_at, lease_until)) FROM records_attempt WHERE outcome = ''")[0][
            0
        ]
        cast.go(max(due or timezone.now(), timezone.now()))
        _give_up()
        if _is_still():
            return True
    return False


def _give_up() -> None:
    """People whose payment was refused go away and cancel."""
    from django.utils import timezone

    from tsuzuki.actions.order.expire import cancel
    from tsuzuki.core.errors import Refused

    for (purchase,) in _rows("""SELECT p.id FROM records_purchase p WHERE waiting AND NOT EXISTS
        (SELECT 1 FROM records_tender t
         WHERE t.purchase_id = p.id AND t.state IN ('waiting', 'open', 'closing'))"""):
        try:
            cancel(purchase, "buyer", timezone.now())
        except Refused:
            continue  # a worker was quicker


def _is_still() -> bool:
    return not _rows("""SELECT 1 WHERE EXISTS (SELECT 1 FROM records_order WHERE rest_at IS NULL)
        OR EXISTS (SELECT 1 FROM records_attempt WHERE outcome = '')
        OR EXISTS (SELECT 1 FROM records_tender WHERE state IN ('waiting', 'closing'))""")


def _orders() -> dict[str, int]:
    counts: dict[str, int] = {
        "orders": 0,
        **dict(_rows("SELECT state, count(*) FROM records_order GROUP BY state ORDER BY state")),
    }
    return counts | {"orders": sum(counts.values())}


def _rows(query: str) -> list[tuple]:  # type: ignore[type-arg]
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()
