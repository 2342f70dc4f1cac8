"""64 at once on one thing: the database decides who was first, and everybody else hears it."""

import sqlite3
import time
from collections.abc import Callable, Collection
from contextlib import closing
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.db import connection

from tests import cast
from tests.cast import NOON
from tests.sandbox_process import Sandbox
from tsuzuki.core.principal import Principal

from . import stage
from .crowd import together
from .invariants import violations
from .result import Part, Result

RACES = Principal.system("races")
MANY = 64
LATER = (100, 200, 300, 400, 500)  # seconds after noon; every lease is 60 s


def run(
    vouchers: int = 50,
    rounds: int = 10,
    only: Collection[str] = (),
    say: Callable[[str], None] = lambda text: None,
) -> Result:
    """Every race; `vouchers` and `rounds` say how often the ones that are repeated are.

    Works in the database in use.
    """
    began = time.monotonic()
    result = Result("races")
    races: dict[str, Callable[[Sandbox], Part]] = {
        "workers on one order, keys ignored": _workers,
        "workers on one order, answer lost": partial(_workers, how="late"),
        "repairs of one unsure attempt": _repairs,
        "repairs of one lost answer": partial(_repairs, how="late"),
        "redemptions of one voucher": partial(_vouchers, count=vouchers),
        "spends of one credit lot": _credit,
        "one quote, one key": partial(_accepts, keys=1),
        "one quote, many keys": partial(_accepts, keys=MANY),
        "one key, many quotes": _quotes,
        "orders of one line": _line,
        "cancel against pay": partial(_cancels, rounds=rounds),
        "events, the same": _events,
    }
    with stage.sandbox(hang=0.1) as sandbox:
        assert sandbox.post("clock", now=NOON.isoformat())[0] == 200
        cast.operator(**stage.TIMES)
        for name, race in races.items():
            if only and name not in only:
                continue
            for side in ("carrier", "gateway", "gateway/refunds"):
                sandbox.press(side, "default")  # also what was set for a number of times and not used up
                sandbox.press(side, "accept", "ignore_keys")
            part = race(sandbox)
            part.name = name
            part.violations += violations(sandbox, NOON)
            result.parts.append(part)
            say(f"{name}: {dict(part.figures)}")
    result.seconds = time.monotonic() - began
    return result


def _wrong(**pairs: tuple[object, object]) -> list[str]:
    """What is not as it should be; each pair is (is, should be)."""
    return [
        f"{name.replace('_', ' ')}: {found}, not {right}"
        for name, (found, right) in pairs.items()
        if found != right
    ]


def _asked(sql: str, *values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.fetchone()[0])


def _settle() -> None:
    for seconds in LATER:
        cast.go(NOON + timedelta(seconds=seconds))


def _keys(purchase: UUID) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT a.step, a.key FROM records_attempt a LEFT JOIN records_order o ON o.id = a.order_id
            LEFT JOIN records_tender t ON t.id = a.tender_id WHERE %s IN (o.purchase_id, t.purchase_id)""",
            [purchase],
        )
        return dict(cursor.fetchall())


def _effects(sandbox: Sandbox, purchase: UUID) -> tuple[dict[str, int], dict[str, int]]:
    keys = _keys(purchase)
    return sandbox.json(f"carrier/effects?key={keys['provision']}")["totals"], sandbox.json(
        f"gateway/effects?key={keys['pay']}"
    )["totals"]


def _workers(sandbox: Sandbox, how: str = "accept") -> Part:
    """Whoever wins asks; the others find nothing to do, however the provider behaves."""
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.order.advance import advance_until_still

    for side in ("carrier", "gateway"):
        sandbox.press(side, how, "ignore_keys")
    purchase = cast.buy(cast.line())
    crowd = together(MANY, lambda number: advance_until_still(Clock.showing(NOON), purchase.id))
    for seconds in LATER:
        at = NOON + timedelta(seconds=seconds)
        again = together(MANY, lambda _, at=at: advance_until_still(Clock.showing(at), purchase.id))
        crowd.broke += again.broke
    carrier, gateway = _effects(sandbox, purchase.id)
    wrong = crowd.broke + _wrong(
        states=(cast.states(purchase), ["delivered"]),
        carrier_calls=(carrier["calls"], 1),
        deliveries=(carrier["deliveries"], 1),
        gateway_calls=(gateway["calls"], 1),
        charges=(gateway["charges"], 1),
    )
    return Part(
        "", {"at once": MANY, "carrier calls": carrier["calls"], "charges": gateway["charges"]}, wrong
    )


def _repairs(sandbox: Sandbox, how: str = "silent") -> Part:
    """Past the lease one of them becomes the holder, looks once, and asks again only if the ask had never
    arrived.
    """
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.order.repair import repair

    purchase = cast.buy(cast.line())
    sandbox.press("carrier", how, "ignore_keys", times=1)
    cast.go()
    early = together(
        MANY, lambda number: repair(Clock.showing(NOON + timedelta(seconds=1)), only=purchase.id)
    )
    late = together(
        MANY, lambda number: repair(Clock.showing(NOON + timedelta(seconds=100)), only=purchase.id)
    )
    carrier, _ = _effects(sandbox, purchase.id)
    with closing(sqlite3.connect(f"file:{sandbox.data / 'sandbox.sqlite3'}?mode=ro", uri=True)) as storage:
        asked = storage.execute(
            "SELECT count(*) FROM calls WHERE side = 'carrier/looks' AND key = ?",
            [_keys(purchase.id)["provision"]],
        )
        looks = asked.fetchone()[0]
    cast.go(NOON + timedelta(seconds=100))
    carrier, _ = _effects(sandbox, purchase.id)
    wrong = (
        early.broke
        + late.broke
        + _wrong(
            taken_within_the_lease=(sum(early.returned), 0),
            looks=(looks, 1),
            calls=(carrier["calls"], 2 if how == "silent" else 1),
            deliveries=(carrier["deliveries"], 1),
            states=(cast.states(purchase), ["delivered"]),
        )
    )
    return Part("", {"at once": MANY, "look-ups": looks, "carrier calls": carrier["calls"]}, wrong)


def _vouchers(sandbox: Sandbox, count: int) -> Part:
    """Each voucher is tried by 64 buyers; one pays with it."""
    from tsuzuki.actions.money.vouchers import make_batch
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.core.money import Money

    codes = make_batch(Money(990, "JPY"), count, NOON)[1]
    lines, before = cast.lines(MANY), _redeemed()
    paid, wrong = 0, []
    for code in codes:
        quotes = together(
            MANY, lambda number: quote([LineRequest(lines[number], "data-3gb")], NOON).id
        ).returned
        pay = [PaymentChoice("voucher", secret=code)]

        def buy(number: int, quotes=quotes, pay=pay):
            return accept(quotes[number], pay, Buyer(RACES, str(quotes[number])), NOON)

        crowd = together(MANY, buy)
        paid += len(crowd.returned)
        wrong += crowd.broke + _wrong(
            paid_by_one_voucher=(len(crowd.returned), 1),
            refused=(dict(crowd.refused), {"voucher_used": MANY - 1}),
        )
    redeemed = _redeemed() - before
    spent = _asked(
        """SELECT count(*) FROM records_voucher WHERE tender_id IS NOT NULL
        AND batch_id = (SELECT id FROM records_voucherbatch
          WHERE count = %s ORDER BY made_at DESC, id DESC LIMIT 1)""",
        count,
    )
    wrong += _wrong(spent=(spent, count), yen_in_the_ledger=(redeemed, 990 * count))
    _settle()
    return Part(
        "",
        {
            "at once": MANY,
            "vouchers": count,
            "tries": count * MANY,
            "paid": paid,
            "yen in the ledger": redeemed,
        },
        wrong,
    )


def _redeemed() -> int:
    """What vouchers brought, by the ledger."""
    return _asked("""SELECT coalesce(sum(CASE WHEN source = 'clearing:voucher' THEN minor ELSE -minor END), 0)
        FROM ledger_transfer
        WHERE 'clearing:voucher' IN (source, destination)""")


def _credit(sandbox: Sandbox) -> Part:
    """3,000 yen, 64 buyers of something for 100: thirty get it."""
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote

    line = cast.line()
    cast.give_credit(line, 3000)
    quotes = [quote([LineRequest(line, "loss")], NOON).id for _ in range(MANY)]
    crowd = together(
        MANY,
        lambda number: accept(
            quotes[number], [PaymentChoice("credit")], Buyer(RACES, str(quotes[number])), NOON
        ),
    )
    left = _asked("SELECT sum(remaining) FROM records_lot WHERE line_id = %s AND good = 'credit'", line)
    _settle()
    wrong = crowd.broke + _wrong(
        paid=(len(crowd.returned), 30),
        refused=(dict(crowd.refused), {"credit_short": MANY - 30}),
        left=(left, 0),
    )
    return Part(
        "",
        {
            "at once": MANY,
            "paid": len(crowd.returned),
            "refused": sum(crowd.refused.values()),
            "yen left": left,
        },
        wrong,
    )


def _accepts(sandbox: Sandbox, keys: int) -> Part:
    """A repeated yes is the same purchase; another yes to the same quote is refused."""
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote

    quoted = quote([LineRequest(cast.line(), "data-3gb")], NOON).id
    crowd = together(
        MANY,
        lambda number: (
            accept(quoted, [PaymentChoice("sandbox")], Buyer(RACES, f"{quoted} {number % keys}"), NOON).id
        ),
    )
    _settle()
    bought = _asked("SELECT count(*) FROM records_purchase WHERE quote_id = %s", quoted)
    right = {} if keys == 1 else {"quote_used": MANY - 1}
    wrong = crowd.broke + _wrong(
        purchases=(bought, 1), answers=(len(set(crowd.returned)), 1), refused=(dict(crowd.refused), right)
    )
    return Part(
        "",
        {"at once": MANY, "keys": keys, "purchases": bought, "refused": sum(crowd.refused.values())},
        wrong,
    )


def _quotes(sandbox: Sandbox) -> Part:
    """The same key with another wish is refused, also when both come at once."""
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote

    quotes = [quote([LineRequest(line, "data-3gb")], NOON).id for line in cast.lines(MANY)]
    crowd = together(
        MANY,
        lambda number: (
            accept(quotes[number], [PaymentChoice("sandbox")], Buyer(RACES, f"one key {quotes[0]}"), NOON).id
        ),
    )
    _settle()
    wrong = crowd.broke[:3] + _wrong(
        purchases=(len(crowd.returned), 1), refused=(dict(crowd.refused), {"key_reused": MANY - 1})
    )
    return Part(
        "", {"at once": MANY, "purchases": len(crowd.returned), "refused": sum(crowd.refused.values())}, wrong
    )


def _line(sandbox: Sandbox) -> Part:
    """64 paid orders of one line, as many workers: one after the other, the periods end to end."""
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer
    from tsuzuki.actions.order.advance import advance_until_still
    from tsuzuki.actions.order.quote import LineRequest, quote

    line = cast.line()
    # Each shows a line on which nothing runs.
    quotes = [quote([LineRequest(line, "data-3gb")], NOON).id for _ in range(MANY)]
    purchases = [accept(quoted, [cast.voucher(990)], Buyer(RACES, str(quoted)), NOON) for quoted in quotes]
    crowd = together(MANY, lambda number: advance_until_still(Clock.showing(NOON)))
    _settle()
    periods = _asked("SELECT count(*) FROM records_period WHERE line_id = %s AND state = 'confirmed'", line)
    gaps = _asked(
        """SELECT count(*) FROM (
            SELECT starts_at, lag(ends_at) OVER (ORDER BY starts_at) AS before FROM records_period
        WHERE line_id = %s AND state = 'confirmed') spans WHERE before <> starts_at""",
        line,
    )
    ended = {state for purchase in purchases for state in cast.states(purchase)}
    wrong = crowd.broke + _wrong(periods=(periods, MANY), gaps=(gaps, 0), states=(ended, {"delivered"}))
    return Part("", {"at once": MANY, "orders": len(purchases), "periods": periods}, wrong)


def _cancels(sandbox: Sandbox, rounds: int) -> Part:
    """The buyer cancels while workers collect: delivered, or cancelled, or refunded; never two of them."""
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.order.advance import advance_until_still
    from tsuzuki.actions.order.expire import cancel

    ends: dict[str, int] = {}
    broke: list[str] = []
    for turn in range(rounds):
        sandbox.press("gateway", ("accept", "late", "silent")[turn % 3], "ignore_keys", times=1)
        purchase = cast.buy(cast.line())
        pay, stop = (
            partial(advance_until_still, Clock.showing(NOON), purchase.id),
            partial(cancel, purchase.id, "buyer", NOON),
        )
        broke += together(MANY, lambda number: (stop if number % 2 else pay)()).broke  # noqa: B023 - joined at once
        _settle()
        for state in cast.states(purchase):
            ends[state] = ends.get(state, 0) + 1
    other = set(ends) - {"delivered", "cancelled", "refunded"}
    return Part("", {"at once": MANY, "rounds": rounds, **ends}, broke + _wrong(other_ends=(other, set())))


def _events(sandbox: Sandbox) -> Part:
    """A gateway that tells the same thing 64 times: one event, one waking."""
    from tsuzuki.actions.engine.receive import receive_payment

    purchase = cast.buy(cast.line())
    cast.go()
    event = sandbox.json(f"events.json?key={_keys(purchase.id)['pay']}")[0]
    head, body = {"Sandbox-Signature": event["signature"]}, event["body"].encode()
    at = NOON + timedelta(seconds=1)
    crowd = together(
        MANY,
        lambda number: (
            receive_payment("sandbox", head, body, at + timedelta(microseconds=number)).received.value
        ),
    )
    _settle()
    kept = _asked("SELECT count(*) FROM records_event WHERE event = %s", event["id"])
    wrong = crowd.broke + _wrong(
        kept=(kept, 1), woke=(crowd.returned.count("woke"), 1), seen=(crowd.returned.count("seen"), MANY - 1)
    )
    return Part("", {"at once": MANY, "kept": kept, "woke": crowd.returned.count("woke")}, wrong)
