"""Two workers at the same moment, led step by step to where one of them must give way: nothing here is left
to luck.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

from tests import cast
from tests.actions.conftest import after
from tests.actions.test_lock_order import beside, waiting_for_a_lock
from tests.cast import NOON


def test_a_no_of_who_lost_the_lease_counts_for_nothing_while_another_asks(shop, monkeypatch):
    """The first worker's carrier refuses, after the second has taken the attempt over and while it looks up:
    it was delivered.

    Seen to fail when `actions/engine/attempts.py:86` (`judge`) lets whoever lost the lease bring any answer
    (`if False`): the order is refunded, and delivered as well.
    """
    from django.db import connection

    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.order.advance import advance
    from tsuzuki.carriers.port import CarrierAnswer, CarrierStatus
    from tsuzuki.carriers.sandbox import SandboxCarrier
    from tsuzuki.records.models import Attempt, Refund

    asked, taken_over = threading.Event(), threading.Event()
    first: Future[None]
    act, seen = SandboxCarrier.act, []

    def slow_and_refused(carrier, ask):
        act(carrier, ask)  # it is done there, and something between us says no
        asked.set()
        assert taken_over.wait(120)
        return CarrierAnswer(CarrierStatus.REFUSED, reason="busy")

    look_up = SandboxCarrier.look_up

    def while_the_no_arrives(carrier, key):
        taken_over.set()
        first.result(120)
        seen.append((Attempt.objects.get(key=key).outcome, cast.states(purchase), Refund.objects.count()))
        connection.close()  # this thread's own
        return look_up(carrier, key)

    monkeypatch.setattr(SandboxCarrier, "act", slow_and_refused)
    monkeypatch.setattr(SandboxCarrier, "look_up", while_the_no_arrives)
    shop.pays()
    purchase = cast.buy(cast.line())
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(beside, lambda: cast.go(NOON))
        assert asked.wait(120)
        advance(Clock.showing(after(minutes=1)))
    assert seen == [("", ["applied"], 0)]
    assert cast.states(purchase) == ["delivered"]
    assert not Refund.objects.exists()


def test_two_workers_that_take_up_two_orders_of_one_line_apply_one(shop):
    """Both have looked and found the line free, and wait for its lock; the second finds it taken.

    Seen to fail when `actions/order/apply.py:90` (`_claim`) believes the look it had before the lock (returns
    `orders`): two orders of one line are with the carrier at once.
    """
    from django.db import transaction

    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.order import apply
    from tsuzuki.records.models import Line, Order, Period

    line = cast.line("hand")
    for at in (NOON, after(seconds=1)):
        cast.buy(line, "data-3gb", cast.voucher(990), now=at)
    first, second = Order.objects.order_by("due_at")
    assert {first.state, second.state} == {"paid"}
    now = after(seconds=1)
    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            Line.objects.select_for_update(no_key=True).get(id=line)
            workers = []
            for order in (first, second):
                workers.append(
                    pool.submit(
                        beside, lambda id=order.purchase_id: apply.open_due(Clock.showing(now), 10, id)
                    )
                )
                while waiting_for_a_lock() < len(workers):
                    assert not workers[-1].done(), "it came through without the lock"
        for worker in workers:
            worker.result()
    assert sorted(Order.objects.values_list("state", flat=True)) == ["applied", "paid"]
    assert Period.objects.filter(line=line).count() == 1
