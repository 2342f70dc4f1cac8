"""The gateway takes money back (a chargeback) at every point of the road: what is lost is booked once, and
nothing stays held.
"""

import pytest

from tests import cast
from tests.actions.conftest import after, balances, families, incidents, refund_states


def paid_in_part(shop):
    """Two payments of one purchase; the first is in and taken back, the second not paid yet."""
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.core.money import Money

    shop.pays("page")
    purchase = cast.buy(
        cast.line(), "data-3gb", PaymentChoice("sandbox", Money(500, "JPY")), PaymentChoice("sandbox")
    )
    cast.go()
    shop.buyer(purchase, "accept", position=0)
    cast.go(after(seconds=60))
    shop.takes_back(purchase, "gateway", after(seconds=70))
    cast.go(after(seconds=70))
    assert cast.states(purchase) == ["awaiting_payment"]
    assert incidents() == ["money_reversed"]
    return purchase


def test_a_part_taken_back_is_no_payment(shop):
    purchase = paid_in_part(shop)
    shop.buyer(purchase, "accept", position=1)
    cast.go(after(seconds=200))
    assert cast.states(purchase) == ["awaiting_payment"]
    shop.clock(after(hours=25))
    for hours in (25, 26):
        cast.go(after(hours=hours))
    assert cast.states(purchase) == ["refunded"]
    assert sorted(refund_states(purchase)) == [("by_dispute", 500), ("done", 490)]
    assert balances("held") == {}


def test_a_part_taken_back_and_all_paid_another_way_is_paid(shop):
    from tsuzuki.actions.order.choose_again import choose_again

    purchase = paid_in_part(shop)
    assert choose_again(purchase.id, "sandbox", after(seconds=80)).minor == 990
    for seconds in (80, 90):
        cast.go(after(seconds=seconds))
    shop.buyer(purchase, "accept", position=2)
    cast.go(after(seconds=200))
    assert cast.states(purchase) == ["delivered"]
    assert balances("held") == {}


def test_what_was_refunded_before_cannot_be_lost_again(shop):
    """Two lines, one refunded: the gateway takes back what it still had for us, and owes us nothing."""
    from tsuzuki.records.models import Number

    lines = cast.lines(2)
    shop.pays()
    shop.press("carrier", "refuse", msisdn=Number.objects.get(line=lines[1]).msisdn)
    purchase = cast.buy(lines)
    cast.go()
    assert cast.states(purchase) == ["delivered", "refunded"]
    shop.takes_back(purchase, "gateway", after(days=1))
    cast.go(after(days=1))
    assert cast.states(purchase) == ["reversed", "refunded"]
    assert families() == {"loss": -990, "tax": 90, "carrier": 400, "deferred_cost": -400, "unearned": 900}


@pytest.mark.parametrize("answer", ["finish", "refuse"])
def test_taken_back_while_the_carrier_works(shop, answer):
    """Done: reversed, our loss.

    Refused: there is nothing to give back, and nothing is paid out a second time.
    """
    from tsuzuki.actions.work import work_items

    purchase = shop.sell(carrier="hand")
    shop.takes_back(purchase, "gateway", after(seconds=3))
    cast.go(after(seconds=3))
    item = next(item for item in work_items.waiting() if item.kind == "provision")
    getattr(work_items, answer)(item.id, "R1", "sato", after(minutes=5))
    cast.go(after(minutes=5))
    assert shop.gateway(purchase)["refunds"] == 0
    if answer == "finish":
        assert cast.states(purchase) == ["reversed"]
        assert families() == {"loss": -990, "tax": 90, "carrier": 400, "deferred_cost": -400, "unearned": 900}
    else:
        assert cast.states(purchase) == ["refunded"]
        assert balances() == {}


def test_taken_back_is_heard_once(shop):
    purchase = shop.sell()
    shop.takes_back(purchase, "gateway", after(days=1))
    for hours in (24, 25, 26):
        cast.go(after(hours=hours))
    assert shop.tell(shop.key(purchase, "pay"), "payment.reversed", after(hours=24, minutes=2)) == "seen"
    cast.go(after(hours=27))
    assert balances("loss") == {"loss:reversal": -990}
    assert cast.states(purchase) == ["reversed"]


def test_what_credit_paid_is_not_lost_with_what_the_gateway_took_back(shop):
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.core.money import Money

    line = cast.line()
    cast.give_credit(line, 400)
    shop.pays()
    purchase = cast.buy(
        line, "data-3gb", PaymentChoice("sandbox", Money(590, "JPY")), PaymentChoice("credit")
    )
    cast.go()
    shop.takes_back(purchase, "gateway", after(days=1))
    cast.go(after(days=1))
    assert cast.states(purchase) == ["delivered"]  # a part of it is still paid
    assert balances("loss") == {"loss:reversal": -590}
