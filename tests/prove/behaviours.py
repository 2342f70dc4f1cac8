"""Thousands of orders against providers that behave at random: refuse, say nothing, act and lose the answer,
answer twice, babble, are busy, ignore our keys. The clock moves on until nothing more happens; then every yen
and every delivery is counted.
"""

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from tests import cast
from tests.cast import NOON
from tests.sandbox_process import Sandbox
from tsuzuki.core.principal import Principal

from . import stage
from .invariants import violations
from .result import Part, Result

BATCH = 250  # orders
# Seconds after a batch was bought, past every lease and pause, the clock of «deliver or refund», and the end
# of the time for money.
LATER = (
    0,
    30,
    80,
    150,
    240,
    350,
    480,
    700,
    890,
    910,
    1300,
    2000,
    3000,
    5000,
    9000,
    20000,
    40000,
    80000,
    87400,
    *range(88000, 150000, 1000),  # a refund begun at the very end may meet silence a few times more
)
WELL_AGAIN = 5000  # look-ups that never work again would leave people waiting for ever, and rightly so
CARRIER = ("accept", "accept", "accept", "refuse", "silent", "late", "twice", "garbage", "error", "busy")
GATEWAY = (
    "accept",
    "accept",
    "accept",
    "accept",
    "refuse",
    "silent",
    "late",
    "twice",
    "garbage",
    "error",
    "busy",
    "ready",
    "page",
)
LOOKS = ("accept", "accept", "silent", "late", "garbage", "error", "busy")
REFUNDS = ("accept", "accept", "silent", "late", "garbage", "error", "busy", "refuse", "ask_details")
ENDS = ("delivered", "refunded", "refund_owed", "expired")
PLANS = ("data-3gb", "data-3gb", "data-20gb", "day", "loss")


def run(orders: int, seed: int, say: Callable[[str], None] = lambda text: None) -> Result:
    """At least so many orders, in batches each under other behaviours. Works in the database in use."""
    began = time.monotonic()
    dice = random.Random(seed)
    result = Result("behaviours")
    with stage.sandbox() as sandbox:
        cast.operator(**stage.TIMES)
        lines = cast.lines(max(40, min(orders // 8, 400)))
        made, number = 0, 0
        while made < orders:
            noon = NOON + timedelta(days=2 * number)
            part = _batch(sandbox, dice, lines, noon, min(BATCH, orders - made), f"{seed} {number}")
            result.parts.append(part)
            made, number = made + int(part.figures["orders"]), number + 1
            say(f"batch {number}: {dict(part.figures)}")
    result.seconds = time.monotonic() - began
    return result


def _batch(
    sandbox: Sandbox, dice: random.Random, lines: list[UUID], noon: datetime, orders: int, seed: str
) -> Part:
    before = _counts(sandbox)
    sandbox.calm()
    _clock(sandbox, noon)
    credited = dice.sample(lines, 12)
    for line in credited:
        cast.give_credit(line, dice.choice((500, 990, 3000, 30000)), noon)
    _press(sandbox, dice, lines, seed)
    made = 0
    while made < orders:
        made += _buy(dice, lines, credited, noon)
    now = noon
    for seconds in LATER:
        now = noon + timedelta(seconds=seconds)
        _clock(sandbox, now)
        if seconds == WELL_AGAIN:
            for side in ("carrier/looks", "gateway/looks", "gateway/closes"):
                sandbox.press(side, "default")
        cast.go(now)
        if seconds > 1000 and _still():
            break
    found = violations(sandbox, now)
    after = _counts(sandbox)
    ended = {state: after[state] - before[state] for state in ENDS}
    return Part(
        f"batch {seed}", {"orders": made, "behaviours": after["calls"] - before["calls"], **ended}, found
    )


def _press(sandbox: Sandbox, dice: random.Random, lines: list[UUID], seed: str) -> None:
    """Every side draws at random; in half of the batches providers ignore our keys, and some lines always
    meet a carrier that does.
    """
    from tsuzuki.records.queries import numbers_of

    deaf = ["ignore_keys"] if dice.random() < 0.5 else []
    sandbox.press("carrier", "random", *deaf, seed=seed, among=list(CARRIER))
    sandbox.press("gateway", "random", *deaf, seed=seed, among=list(GATEWAY))
    sandbox.press("gateway/refunds", "random", *deaf, seed=seed, among=list(REFUNDS))
    if dice.random() < 0.5:
        sandbox.press("carrier/looks", "random", seed=seed, among=list(LOOKS))
        sandbox.press("gateway/looks", "random", seed=seed, among=list(LOOKS))
        sandbox.press("gateway/captures", "random", seed=seed)
        sandbox.press("gateway/closes", "random", seed=seed, among=list(LOOKS))
    for number in numbers_of(dice.sample(lines, len(lines) // 10)).values():
        sandbox.press("carrier", dice.choice(("late", "refuse", "accept")), "ignore_keys", msisdn=number)


def _buy(dice: random.Random, lines: list[UUID], credited: list[UUID], now: datetime) -> int:
    """One purchase of one to four lines, paid by one to three means; how many orders it made.

    Where credit runs short: none.
    """
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.core.errors import Code, Refused
    from tsuzuki.core.money import Money

    how = dice.random()
    chosen = dice.sample(lines, dice.choice((1, 1, 1, 2, 3, 4)))
    if how < 0.25:
        chosen = list(dict.fromkeys([dice.choice(credited), *chosen]))
    quoted = quote([LineRequest(line, dice.choice(PLANS)) for line in chosen], now)
    total = quoted.content["total"]["minor"]
    pays = [PaymentChoice("sandbox")]
    if how < 0.1:
        pays = [PaymentChoice("credit")]
    elif how < 0.25:
        pays = [PaymentChoice("credit", Money(max(1, total // 3), "JPY")), PaymentChoice("sandbox")]
    elif how < 0.35:
        pays = [cast.voucher(total, now)]
    elif how < 0.45:
        pays = [cast.voucher(max(1, total // 4), now), PaymentChoice("sandbox")]
        pays[0] = PaymentChoice("voucher", Money(max(1, total // 4), "JPY"), pays[0].secret)
    elif how < 0.55:
        pays = [PaymentChoice("sandbox", Money(max(1, total // 2), "JPY")), PaymentChoice("sandbox")]
    try:
        accept(
            quoted.id,
            pays,
            Buyer(Principal.system("behaviours"), str(quoted.id), dice.choice(("", "buyer@example.com"))),
            now,
        )
    except Refused as refusal:
        if refusal.code is not Code.CREDIT_SHORT:
            raise
        return 0
    return len(chosen)


def _clock(sandbox: Sandbox, now: datetime) -> None:
    assert sandbox.post("clock", now=now.isoformat())[0] == 200


def _still() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("""SELECT EXISTS (SELECT 1 FROM records_order WHERE rest_at IS NULL)
            OR EXISTS (SELECT 1 FROM records_attempt WHERE outcome = '')
            OR EXISTS (SELECT 1 FROM records_tender WHERE state IN ('waiting', 'closing'))""")
        return not cursor.fetchone()[0]


def _counts(sandbox: Sandbox) -> dict[str, int]:
    """Orders by where they ended, and how many questions the sandbox met with a behaviour of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT state, count(*) FROM records_order GROUP BY state")
        counts = dict.fromkeys(ENDS, 0) | dict(cursor.fetchall())
    carrier, gateway = sandbox.json("carrier/effects")["totals"], sandbox.json("gateway/effects")["totals"]
    return counts | {"calls": carrier["calls"] + gateway["calls"] + gateway["refund_calls"]}
