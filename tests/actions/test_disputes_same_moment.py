"""A dispute arrives at the same moment as something else that changes the same order: two workers, in both
orders. Neither waits for the other for ever, and the end is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import cast
from tests.actions.conftest import after, balances, families, refund_states
from tests.actions.test_lock_order import beside, waiting_for_a_lock

Work = Callable[[], object]


def at_once(first: Work, second: Work) -> None:
    """Both come to the lock of the only order, one behind the other, before it is free."""
    from django.db import transaction

    from tsuzuki.records.models import Order

    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            Order.objects.select_for_update(no_key=True).get()
            done = []
            for waiting, work in enumerate((first, second), 1):
                done.append(pool.submit(beside, work))
                while waiting_for_a_lock() < waiting:
                    assert not done[-1].done(), done[-1].result()
        for one in done:
            one.result()


def in_order(first: str, works: dict[str, Work]) -> list[Work]:
    return [works[first], *(work for name, work in works.items() if name != first)]


def charged_back(shop, purchase, at) -> Work:
    """The gateway took the money back and said so; whoever looks next hears it."""
    shop.takes_back(purchase, "gateway", at)
    return lambda: cast.go(at, purchase.id)


@pytest.mark.parametrize("first", ["gateway", "operator"])
def test_charged_back_while_the_operator_takes_back(shop, first):
    from tsuzuki.actions.order.take_back import take_back

    purchase = shop.sell()
    order, at = purchase.orders.get().id, after(hours=1)
    gateway = charged_back(shop, purchase, at)
    at_once(*in_order(first, {"gateway": gateway, "operator": lambda: take_back(order, "why", "owner", at)}))
    cast.go(at)
    assert (cast.states(purchase), refund_states(purchase), balances()) == (
        ["refunded"],
        [("by_dispute", 990)],
        {},
    )
    assert shop.gateway(purchase)["refunds"] == 0


@pytest.mark.parametrize("answer", ["finish", "refuse"])
@pytest.mark.parametrize("first", ["gateway", "carrier"])
def test_charged_back_while_the_carrier_answers(shop, first, answer):
    from tsuzuki.actions.work import work_items

    purchase = shop.sell(carrier="hand")
    at = after(seconds=10)
    gateway = charged_back(shop, purchase, at)
    item = next(item.id for item in work_items.waiting() if item.kind == "provision")
    at_once(
        *in_order(
            first,
            {"gateway": gateway, "carrier": lambda: getattr(work_items, answer)(item, "R1", "sato", at)},
        )
    )
    cast.go(at)
    if answer == "finish":
        assert cast.states(purchase) == ["reversed"]
        assert families() == {"loss": -990, "tax": 90, "carrier": 400, "deferred_cost": -400, "unearned": 900}
    else:
        assert (cast.states(purchase), balances()) == (["refunded"], {})
    assert shop.gateway(purchase)["refunds"] == 0


@pytest.mark.parametrize("first", ["gateway", "till"])
def test_charged_back_while_the_till_pays_out(shop, first):
    """Who comes first decides; what was paid out and is lost as well is told to people."""
    from tsuzuki.actions.work import work_items
    from tsuzuki.core.errors import Code, Refused
    from tsuzuki.records.models import Attempt, Incident

    shop.press("carrier", "refuse")
    shop.press("gateway/refunds", "refuse")
    purchase = shop.sell()
    at = after(hours=1)
    gateway = charged_back(shop, purchase, at)
    # Else the first to wait may be who looks at the refund once more.
    Attempt.objects.filter(step="refund").update(look_at=None)
    item = next(item.id for item in work_items.waiting() if item.kind == "owed")
    said: list[Code] = []

    def pay_out() -> None:
        try:
            work_items.finish(item, "cash", "sato", at)
        except Refused as refused:
            said.append(refused.code)

    at_once(*in_order(first, {"gateway": gateway, "till": pay_out}))
    cast.go(at)
    twice = Incident.objects.filter(kind="refunded_and_disputed").exists()
    assert (said, twice) == (([Code.WORK_DONE_ALREADY], False) if first == "gateway" else ([], True))
    assert balances() == ({} if first == "gateway" else {"cash": 990, "loss:reversal": -990})


@pytest.mark.parametrize("first", ["gateway", "refund"])
def test_charged_back_while_a_refund_is_answered(shop, first):
    """The refund went out before the money was taken back: the buyer has it twice, and people are told."""
    shop.press("carrier", "refuse")
    shop.press("gateway/refunds", "late")
    purchase = shop.sell()
    assert refund_states(purchase) == [("asked", 990)]
    at = after(minutes=5)
    key = shop.key(purchase, "pay")
    shop.clock(at)
    shop.sandbox.post("gateway/dispute", key=key, amount=990)
    shop.tell(key, "payment.disputed", at)

    def only(step: str) -> Work:
        from tsuzuki.actions.engine import attempts
        from tsuzuki.actions.engine.clock import Clock
        from tsuzuki.actions.engine.close import close
        from tsuzuki.actions.order.repair import call_for
        from tsuzuki.actions.order.steps import STEPS

        attempt = shop.attempt(purchase, step)
        call = call_for(attempt, Clock.showing(at))
        said = call.look()
        return lambda: close(STEPS, step, [(call, said)], attempts.holder(), at, True)

    at_once(*in_order(first, {"gateway": only("pay"), "refund": only("refund")}))
    cast.go(at)
    assert (cast.states(purchase), refund_states(purchase)) == (["refunded"], [("done", 990)])
    assert families() == {"clearing": 990, "disputed": -990}


def test_a_charge_back_holds_up_nobody_who_only_refers_to_its_payment(shop):
    """A refund refers to the tender: its foreign key is looked at when it commits, while the charge-back
    waits for the order.
    """
    from django.db import connection, transaction

    from tsuzuki.records.models import Order, Tender

    purchase = shop.sell()
    gateway = charged_back(shop, purchase, after(hours=1))
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            Order.objects.select_for_update(no_key=True).get()
            done = pool.submit(beside, gateway)
            while not waiting_for_a_lock():
                assert not done.done(), done.result()
            cursor.execute(
                "SELECT id FROM records_tender WHERE id = %s FOR KEY SHARE NOWAIT", [Tender.objects.get().id]
            )
        done.result()
    assert cast.states(purchase) == ["reversed"]
