# ruff: noqa: F811 (a test names the fixture it asks for)
"""A gateway sends a refund that it had refused: whatever we did about it meanwhile, our books say what it
holds.
"""

import pytest

from tests import cast
from tests.actions.conftest import after, balances, incidents, refund_states
from tests.actions.test_disputed_refunds import owed, undeliverable
from tests.actions.test_disputes import decided, shop  # noqa: F401 (a fixture)

AT = after(hours=5)


def keys(purchase) -> list[str]:
    from tsuzuki.records.models import Attempt

    return list(
        Attempt.objects.filter(refund__purchase=purchase.id)
        .order_by("refund__part")
        .values_list("key", flat=True)
    )


def sends_after_all(shop, purchase, position: int = 0) -> None:
    """The refund of this position was refused; the gateway pays it out now, and tells."""
    key = keys(purchase)[position]
    shop.clock(AT)
    assert shop.sandbox.post(f"gateway/refunds/{key}", behaviour="after_all")[0] == 200
    shop.tell(shop.key(purchase, "pay"), "refund.done", AT)
    cast.go(AT)


def books_are_the_gateways(shop, purchase) -> None:
    did = shop.gateway(purchase)
    there = sum(did["charged"].values()) - sum(did["refunded"].values()) - sum(did["withheld"].values())
    assert -balances("clearing:sandbox").get("clearing:sandbox", 0) == there


def replaced(shop, refunds: str = "pending", **dispute: int):
    """A refund refused because of a dispute, and the one that stands for it; the dispute is open."""
    purchase = undeliverable(shop, "pending")
    cast.go()
    number = shop.disputes(purchase, after(seconds=5), **dispute)
    assert shop.sandbox.post(f"gateway/refunds/{shop.key(purchase, 'refund')}", behaviour="accept")[0] == 200
    cast.go(after(minutes=5))
    assert sorted(refund_states(purchase)) == [("contested", 990), ("given_up", 990)]
    shop.press("gateway/refunds", refunds)
    return purchase, number


@pytest.mark.parametrize(("end", "loss"), [("open", {}), ("win", {}), ("lose", {"loss:reversal": -990})])
def test_what_stands_for_it_and_has_not_begun_is_stopped(shop, end, loss):
    purchase, dispute = replaced(shop)
    sends_after_all(shop, purchase)
    assert sorted(refund_states(purchase)) == [("done", 990), ("given_up", 990)]
    books_are_the_gateways(shop, purchase)
    decided(shop, purchase, end, AT, dispute=dispute)
    assert (cast.states(purchase), len(keys(purchase)), balances("loss")) == (["refunded"], 1, loss)
    books_are_the_gateways(shop, purchase)
    assert "refunded_and_disputed" in incidents()


def test_a_part_that_a_lost_dispute_returned_stays_lost(shop):
    """300 by the dispute and 990 by the gateway: 300 is our loss, and a dispute won later asks for no other
    refund.
    """
    purchase, dispute = replaced(shop, amount=300)
    decided(shop, purchase, "lose", after(hours=1), dispute=dispute)
    assert sorted(refund_states(purchase)) == [("asked", 690), ("by_dispute", 300), ("given_up", 990)]
    sends_after_all(shop, purchase)
    assert (cast.states(purchase), balances("loss")) == (
        ["refunding"],
        {"loss:reversal": -300, "loss:refund": -690},
    )
    books_are_the_gateways(shop, purchase)
    shop.sandbox.post(f"gateway/refunds/{keys(purchase)[1]}", behaviour="refuse")
    shop.tell(shop.key(purchase, "pay"), "refund.refused", AT)
    cast.go(AT)
    assert (cast.states(purchase), balances("loss")) == (["refunded"], {"loss:reversal": -300})
    assert not {"refunded_twice", "refund_owed"} & set(incidents())
    decided(shop, purchase, "win", after(hours=6), dispute=dispute)
    assert (cast.states(purchase), balances()) == (["refunded"], {})
    assert shop.gateway(purchase)["refunds"] == 1
    books_are_the_gateways(shop, purchase)


def test_both_are_sent_and_people_are_told_what_is_owed_back(shop):
    from tsuzuki.records.models import Incident

    purchase, dispute = replaced(shop)
    decided(shop, purchase, "win", after(hours=1), dispute=dispute)
    sends_after_all(shop, purchase)
    assert sorted(refund_states(purchase)) == [("asked", 990), ("given_up", 990), ("twice", 990)]
    shop.sandbox.post(f"gateway/refunds/{keys(purchase)[1]}", behaviour="refuse")
    shop.sandbox.post(f"gateway/refunds/{keys(purchase)[1]}", behaviour="after_all")
    shop.tell(shop.key(purchase, "pay"), "refund.done", AT)
    cast.go(AT)
    assert (cast.states(purchase), balances()) == (
        ["refunded"],
        {"clearing:sandbox": 990, "loss:refund": -990},
    )
    assert Incident.objects.get(kind="refunded_twice", closed_at=None).facts["amount"] == "JPY 990"
    books_are_the_gateways(shop, purchase)


def test_the_till_was_quicker(shop):
    from tsuzuki.actions.work import work_items

    purchase, item = owed(shop)
    work_items.finish(item, "cash", "sato", after(hours=1))
    sends_after_all(shop, purchase)
    assert (cast.states(purchase), balances()) == (["refunded"], {"cash": 990, "loss:refund": -990})
    assert incidents() == ["refunded_twice"]
    books_are_the_gateways(shop, purchase)


def test_owed_in_parts(shop):
    """300 of it were returned by a dispute meanwhile: 690 were owed, and all 990 are sent."""
    purchase, _ = owed(shop)
    dispute = shop.disputes(purchase, after(hours=1), amount=300)
    decided(shop, purchase, "lose", after(hours=2), dispute=dispute)
    assert sorted(refund_states(purchase)) == [("by_dispute", 300), ("owed", 690)]
    sends_after_all(shop, purchase)
    assert (cast.states(purchase), balances("loss")) == (["refunded"], {"loss:reversal": -300})
    assert incidents() == ["money_reversed", "refunded_and_disputed"]
    books_are_the_gateways(shop, purchase)
