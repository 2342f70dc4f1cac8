# ruff: noqa: F811 (a test names the fixture it asks for)
"""Money is asked back from a gateway while a refund of it is under way: not asked for yet, refused, owed,
done, and beside a take-back.
"""

import pytest

from tests import cast
from tests.actions.conftest import after, balances, families, incidents, refund_states
from tests.actions.test_disputes import DELIVERED, agreed, decided, letters, shop  # noqa: F401 (fixtures)


def undeliverable(shop, refunds: str = "accept"):
    """Bought, and refused by the carrier; what the gateway does with refunds is set before."""
    shop.pays()
    shop.press("carrier", "refuse")
    shop.press("gateway/refunds", refunds)
    return cast.buy(cast.line(email="a@example.com"))


def test_a_refund_that_was_not_asked_for_yet_is_not_asked_for(shop):
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.order.advance import advance
    from tsuzuki.records.models import Refund

    purchase = undeliverable(shop)
    while not Refund.objects.exists():
        assert advance(Clock.showing(cast.NOON))
    assert refund_states(purchase) == [("waiting", 990)]
    dispute = shop.disputes(purchase, after(seconds=5))
    cast.go(after(seconds=5))
    assert (refund_states(purchase), shop.gateway(purchase)["refund_calls"]) == ([("contested", 990)], 0)
    decided(shop, purchase, "lose", after(hours=1), dispute=dispute)
    assert (cast.states(purchase), balances()) == (["refunded"], {})


@pytest.mark.parametrize("end", ["win", "lose"])
@pytest.mark.parametrize("first", ["dispute", "refusal"])
def test_a_refund_refused_because_of_the_dispute(shop, first, end):
    """The gateway refuses what it was asked before, or was asked before we hear of the dispute."""
    purchase = undeliverable(shop, "pending" if first == "dispute" else "accept")
    if first == "dispute":
        cast.go()
        dispute = shop.disputes(purchase, after(seconds=5))
        cast.go(after(seconds=5))
        assert refund_states(purchase) == [("asked", 990)]
        shop.press("gateway/refunds", "accept")
        assert (
            shop.sandbox.post(f"gateway/refunds/{shop.key(purchase, 'refund')}", behaviour="accept")[0] == 200
        )
        cast.go(after(minutes=5))
    else:
        shop.press("carrier", "silent")
        cast.go()
        key = shop.key(purchase, "pay")
        dispute = str(shop.sandbox.post("gateway/dispute", key=key)[1], "utf-8").split('"')[3]
        shop.press("carrier", "refuse")
        cast.go(after(minutes=1))
    assert sorted(refund_states(purchase)) == [("contested", 990), ("given_up", 990)]
    assert (cast.states(purchase), incidents()) == (["refunding"], ["money_disputed"])
    assert "refund_owed" not in letters(purchase)
    decided(shop, purchase, end, after(hours=1), dispute=dispute)
    assert cast.states(purchase) == ["refunded"]
    assert shop.gateway(purchase)["refunds"] == (1 if end == "win" else 0)
    assert balances() == {}


def test_refused_as_disputed_and_never_disputed_is_owed(shop):
    shop.press("gateway/refunds", "refuse", reason="disputed")
    purchase = undeliverable(shop, "accept")
    shop.press("gateway/refunds", "refuse", reason="disputed")
    cast.go()
    cast.go(after(seconds=5))
    assert (cast.states(purchase), incidents()) == (["refund_owed"], ["refund_owed"])


def owed(shop):
    from tsuzuki.actions.work import work_items

    purchase = undeliverable(shop, "refuse")
    cast.go()
    assert cast.states(purchase) == ["refund_owed"]
    return purchase, next(item.id for item in work_items.waiting() if item.kind == "owed")


def refused_to_pay_out(item: str, at) -> None:
    from tsuzuki.actions.work import work_items
    from tsuzuki.core.errors import Code, Refused

    with pytest.raises(Refused) as refused:
        work_items.finish(item, "cash", "sato", at)
    assert refused.value.code is Code.MONEY_DISPUTED


def test_owed_and_disputed_is_not_paid_out_until_it_is_won(shop):
    from tsuzuki.actions.work import work_items

    purchase, item = owed(shop)
    dispute = shop.disputes(purchase, after(hours=1))
    cast.go(after(hours=1))
    refused_to_pay_out(item, after(hours=1))
    decided(shop, purchase, "win", after(hours=2), dispute=dispute)
    work_items.finish(item, "cash", "sato", after(hours=3))
    cast.go(after(hours=3))
    assert (cast.states(purchase), balances()) == (["refunded"], {"clearing:sandbox": -990, "cash": 990})


def test_owed_and_lost_is_over(shop):
    from tsuzuki.actions.work import work_items
    from tsuzuki.core.errors import Code, Refused

    purchase, item = owed(shop)
    dispute = shop.disputes(purchase, after(hours=1))
    decided(shop, purchase, "lose", after(hours=2), dispute=dispute)
    assert (cast.states(purchase), refund_states(purchase), balances()) == (
        ["refunded"],
        [("by_dispute", 990)],
        {},
    )
    assert "refund_owed" not in incidents()
    with pytest.raises(Refused) as refused:
        work_items.finish(item, "cash", "sato", after(hours=3))
    assert refused.value.code is Code.WORK_DONE_ALREADY


def test_of_what_is_owed_a_part_is_lost(shop):
    from tsuzuki.actions.work import work_items

    purchase, item = owed(shop)
    dispute = shop.disputes(purchase, after(hours=1), amount=300)
    cast.go(after(hours=1))
    refused_to_pay_out(item, after(hours=1))
    decided(shop, purchase, "lose", after(hours=2), dispute=dispute)
    assert next(one.facts["amount"] for one in work_items.waiting() if one.kind == "owed") == "JPY 690"
    work_items.finish(item, "cash", "sato", after(hours=3))
    assert (cast.states(purchase), balances()) == (["refunded"], {"clearing:sandbox": -690, "cash": 690})


@pytest.mark.parametrize(
    ("end", "money"),
    [
        ("open", {"clearing": 990, "disputed": -990}),
        ("lose", {"clearing": 990, "loss": -990}),
        ("win", {}),
    ],
)
def test_refunded_and_then_disputed_is_booked_as_it_is(shop, end, money):
    purchase = undeliverable(shop)
    cast.go()
    assert cast.states(purchase) == ["refunded"]
    dispute = shop.disputes(purchase, after(hours=1), amount=990)
    cast.go(after(hours=1))
    decided(shop, purchase, end, after(hours=2), dispute=dispute)
    assert (cast.states(purchase), families()) == (["refunded"], money)
    assert "refunded_and_disputed" in incidents()


@pytest.mark.parametrize("end", ["win", "lose"])
@pytest.mark.parametrize("first", ["dispute", "take back", "same"])
def test_taken_back_by_the_operator_too(shop, first, end):
    from tsuzuki.actions.order.take_back import take_back

    purchase = shop.sell()
    order = purchase.orders.get()
    if first == "take back":
        shop.press("gateway/refunds", "silent")
        take_back(order.id, "why", "owner", after(hours=1))
        cast.go(after(hours=1))
    dispute = shop.disputes(purchase, after(hours=1))
    if first == "dispute":
        cast.go(after(hours=1))
    if first != "take back":
        take_back(order.id, "why", "owner", after(hours=1))
    shop.press("gateway/refunds", "accept")
    cast.go(after(hours=1, minutes=1))
    cast.go(after(hours=1, minutes=2))
    decided(shop, purchase, end, after(hours=2), dispute=dispute)
    assert (cast.states(purchase), balances()) == (["refunded"], {})
    assert shop.gateway(purchase)["refunds"] == (1 if end == "win" else 0)


@pytest.mark.parametrize("first", ["carrier", "gateway"])
def test_taken_back_by_carrier_and_gateway_at_the_same_moment(shop, first):
    purchase = shop.sell()
    second = {"carrier": "gateway", "gateway": "carrier"}[first]
    for side in (first, second):
        shop.takes_back(purchase, side, after(hours=1))
    cast.go(after(hours=1))
    cast.go(after(hours=2))
    assert cast.states(purchase) == ["refunded"]
    assert shop.gateway(purchase)["refunds"] == 0
    assert balances() == {}


# Before the price is together
