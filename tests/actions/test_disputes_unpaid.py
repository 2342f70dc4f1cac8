# ruff: noqa: F811 (a test names the fixture it asks for)
"""Money is asked back from a gateway before the price is together, or after it came too late."""

import pytest

from tests import cast
from tests.actions.conftest import after, balances, families, refund_states
from tests.actions.test_disputes import DELIVERED, agreed, decided, in_parts, letters, shop  # noqa: F401 (agreed and shop are fixtures)


def test_a_part_that_is_disputed_does_not_count_until_it_is_won(shop):
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.core.money import Money

    shop.pays("page")
    purchase = cast.buy(
        cast.line(), "data-3gb", PaymentChoice("sandbox", Money(500, "JPY")), PaymentChoice("sandbox")
    )
    cast.go()
    shop.buyer(purchase, "accept", position=0)
    cast.go(after(seconds=60))
    dispute = shop.disputes(purchase, after(seconds=70))
    shop.buyer(purchase, "accept", position=1)
    cast.go(after(seconds=200))
    assert cast.states(purchase) == ["awaiting_payment"]
    decided(shop, purchase, "win", after(seconds=300), dispute=dispute)
    assert cast.states(purchase) == ["delivered"]
    assert families() == DELIVERED | {"clearing": -990}


@pytest.mark.parametrize(("end", "refund"), [("win", "done"), ("lose", "by_dispute")])
def test_what_was_disputed_and_paid_another_way_is_paid_too_much(shop, end, refund):
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.actions.order.choose_again import choose_again
    from tsuzuki.core.money import Money

    shop.pays("page")
    purchase = cast.buy(
        cast.line(), "data-3gb", PaymentChoice("sandbox", Money(500, "JPY")), PaymentChoice("sandbox")
    )
    cast.go()
    shop.buyer(purchase, "accept", position=0)
    cast.go(after(seconds=60))
    dispute = shop.disputes(purchase, after(seconds=70))
    cast.go(after(seconds=70))
    assert choose_again(purchase.id, "sandbox", after(seconds=80)).minor == 990
    for seconds in (80, 90):
        cast.go(after(seconds=seconds))
    shop.buyer(purchase, "accept", position=2)
    cast.go(after(seconds=200))
    assert (cast.states(purchase), refund_states(purchase)) == (["delivered"], [("contested", 500)])
    decided(shop, purchase, end, after(seconds=300), dispute=dispute)
    assert (cast.states(purchase), refund_states(purchase)) == (["delivered"], [(refund, 500)])
    assert families() == DELIVERED | {"clearing": -990}


@pytest.mark.parametrize(("end", "refund"), [("win", "done"), ("lose", "by_dispute")])
def test_money_that_comes_too_late_and_is_disputed_waits_for_the_end_of_it(shop, end, refund):
    from tsuzuki.actions.order.expire import cancel

    shop.pays("page")
    purchase = cast.buy(cast.line())
    cast.go()
    shop.buyer(purchase, "pending")
    cancel(purchase.id, "web", after(seconds=5))
    cast.go(after(seconds=5))
    shop.buyer(purchase, "accept")
    dispute = shop.disputes(purchase, after(minutes=2))
    cast.go(after(minutes=2))
    assert (cast.states(purchase), refund_states(purchase)) == (["refunding"], [("contested", 990)])
    decided(shop, purchase, end, after(hours=1), dispute=dispute)
    assert (cast.states(purchase), refund_states(purchase)) == (["refunded"], [(refund, 990)])
    assert balances() == {}


def test_a_dispute_takes_of_what_late_money_was_to_give_back_for_each_line(shop):
    """The second payment came first and goes back for the first line; the dispute of the other is about the
    second line and a surplus.
    """
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.actions.order.expire import cancel
    from tsuzuki.core.money import Money

    shop.pays("page")
    purchase = cast.buy(
        cast.lines(2),
        "data-3gb",
        PaymentChoice("sandbox", Money(1320, "JPY")),
        PaymentChoice("sandbox", Money(660, "JPY")),
    )
    cast.go()
    for position in (0, 1):
        shop.buyer(purchase, "pending", position=position)
    cancel(purchase.id, "web", after(seconds=5))
    cast.go(after(seconds=5))
    shop.press("gateway/refunds", "pending")
    for position in (1, 0):
        shop.buyer(purchase, "accept", position=position)
        cast.go(after(minutes=2))
    dispute = shop.disputes(purchase, after(minutes=3), position=0)
    cast.go(after(minutes=3))
    decided(shop, purchase, "lose", after(hours=1), dispute=dispute, position=0)
    assert sorted(refund_states(purchase)) == [("asked", 660), ("by_dispute", 330), ("by_dispute", 990)]


@pytest.mark.parametrize("end", ["win", "lose"])
def test_a_purchase_that_expires_with_a_disputed_part(shop, end):
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.core.money import Money

    shop.pays("page")
    purchase = cast.buy(
        cast.line(), "data-3gb", PaymentChoice("sandbox", Money(500, "JPY")), PaymentChoice("sandbox")
    )
    cast.go()
    shop.buyer(purchase, "accept", position=0)
    cast.go(after(seconds=60))
    dispute = shop.disputes(purchase, after(seconds=70))
    cast.go(after(seconds=70))
    for hours in (25, 26):
        cast.go(after(hours=hours))
    assert (cast.states(purchase), refund_states(purchase)) == (["refunding"], [("contested", 500)])
    decided(shop, purchase, end, after(hours=27), dispute=dispute)
    assert (cast.states(purchase), balances()) == (["refunded"], {})
