# ruff: noqa: F811 (a test names the fixture it asks for)
"""A refund that its gateway had sent does not arrive: the bank of the buyer would not take it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import cast
from tests.actions.conftest import after, balances, families, incidents, refund_states
from tests.actions.test_disputed_refunds import undeliverable
from tests.actions.test_odd_answers import answers, look_again  # noqa: F401 (a fixture)


def sent(shop):
    purchase = undeliverable(shop)
    cast.go()
    assert (cast.states(purchase), refund_states(purchase)) == (["refunded"], [("done", 990)])
    return purchase


def bounces(answers, dispute: str = "") -> None:
    """What the gateway says from now on, and of a dispute of the same payment where there is one."""
    from tsuzuki.core.money import Money
    from tsuzuki.core.order import DisputeState
    from tsuzuki.payments.port import DisputeSnapshot, RefundStatus

    disputes = (DisputeSnapshot("dp", Money(990, "JPY"), DisputeState(dispute)),) if dispute else ()
    answers(
        look_up=lambda real, *said: replace(real.look_up(*said), disputes=disputes),
        look_up_refund=lambda real, *said: replace(
            real.look_up_refund(*said), status=RefundStatus.REFUSED, reason="card_closed"
        ),
    )


def test_it_is_owed_and_the_counter_pays(shop, answers):
    from tsuzuki.actions.work import work_items

    purchase = sent(shop)
    bounces(answers)
    shop.tell(shop.key(purchase, "pay"), "refund.done")  # the event names the payment
    cast.go(after(seconds=1))
    assert (cast.states(purchase), refund_states(purchase)) == (
        ["refund_owed"],
        [("given_up", 990), ("owed", 990)],
    )
    assert (incidents(), families()) == (["refund_owed"], {"clearing": -990, "owed": 990})
    (item,) = [item for item in work_items.waiting() if item.kind == "owed"]
    work_items.finish(item.id, "RECEIPT-1", "sato", after(days=4))
    cast.go(after(days=4))
    assert (cast.states(purchase), incidents(), families()) == (
        ["refunded"],
        [],
        {"clearing": -990, "cash": 990},
    )
    assert shop.gateway(purchase)["refund_calls"] == 1


def test_it_arrives_after_all(shop, answers):
    purchase = sent(shop)
    bounces(answers)
    look_again(shop.key(purchase, "refund"), after(days=3))
    assert cast.states(purchase) == ["refund_owed"]
    answers()
    look_again(shop.key(purchase, "refund"), after(days=5))
    assert (cast.states(purchase), balances(), incidents()) == (["refunded"], {}, [])


@pytest.mark.parametrize("end", ["won", "lost"])
def test_it_comes_back_while_the_payment_is_disputed(shop, answers, end):
    """Nobody pays it out until that is decided; where it is lost, the buyer has the money by it."""
    purchase = sent(shop)
    bounces(answers, "open")
    look_again(shop.key(purchase, "pay"), after(days=1))
    look_again(shop.key(purchase, "refund"), after(days=2))
    assert (cast.states(purchase), refund_states(purchase)) == (
        ["refunding"],
        [("given_up", 990), ("contested", 990)],
    )
    shop.press("gateway/refunds", "refuse", reason="card_closed")
    bounces(answers, end)
    look_again(shop.key(purchase, "pay"), after(days=3))
    if end == "won":
        assert (cast.states(purchase), families()) == (["refund_owed"], {"clearing": -990, "owed": 990})
    else:
        assert (cast.states(purchase), balances()) == (["refunded"], {})
