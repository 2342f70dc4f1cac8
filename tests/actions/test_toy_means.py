"""A means of payment added by one file (toy_means.py) and one line: it is reserved, settled, released and
refunded, many at once, and neither accept nor expire nor refund know its name.
"""

from datetime import timedelta

import pytest

from tests import cast
from tests.actions import toy_means
from tests.actions.conftest import after, balances, refund_states
from tests.cast import NOON
from tsuzuki.core.errors import Refused
from tsuzuki.core.money import Money
from tsuzuki.core.principal import Principal


@pytest.fixture
def points(shop, monkeypatch):
    from tsuzuki.actions.money.own_means import OWN_MEANS

    monkeypatch.setitem(OWN_MEANS, "points", toy_means)  # the line
    toy_means.begin(mei=3000, ken=1000)
    yield shop
    spent = {f"points:{buyer}": minor - had[buyer] for buyer, minor in toy_means.left().items()}
    assert balances("points") == {account: minor for account, minor in spent.items() if minor}


had = {"mei": 3000, "ken": 1000}


def yes(buyer: str, *pays, line=None, plan: str = "data-3gb", email: str = ""):
    from tsuzuki.actions.order.acceptance import Acceptance, Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote

    quoted = quote([LineRequest(one, plan) for one in line or [cast.line()]], NOON)
    return Acceptance(
        quoted.id, pays or [PaymentChoice("points")], Buyer(Principal.system(buyer), str(quoted.id), email)
    )


def said(results) -> list[str]:
    return [
        result.code.value if isinstance(result, Refused) else cast.states(result)[0] for result in results
    ]


def part(yen: int):
    from tsuzuki.actions.order.acceptance import PaymentChoice

    return [PaymentChoice("points", Money(yen, "JPY")), PaymentChoice("sandbox")]


def asked(what: str) -> list[int]:
    return [count for name, count in toy_means.calls if name == what]


def test_many_are_reserved_and_settled_at_once_and_who_is_short_is_refused(points):
    from tsuzuki.actions.order.accept import accept_many

    wishes = [yes("mei"), yes("ken"), yes("mei"), yes("ken"), yes("nobody"), yes("mei"), yes("mei")]
    results = accept_many(wishes, NOON)
    assert said(results) == [
        "paid",
        "paid",
        "paid",
        "balance_short",
        "method_unknown",
        "paid",
        "balance_short",
    ]
    assert results[3].facts == {"missing": "JPY 980"}
    assert (asked("reserve"), asked("settle")) == ([7], [4])
    assert toy_means.left() == {"mei": 30, "ken": 10}
    cast.go()
    assert said(result for result in results if not isinstance(result, Refused)) == ["delivered"] * 4


def test_who_is_short_of_one_of_two_leaves_the_other_to_the_next(points):
    """A purchase is paid by all its means or by none."""
    from tsuzuki.actions.order.accept import accept_many
    from tsuzuki.actions.order.acceptance import PaymentChoice

    both = [PaymentChoice("points", Money(980, "JPY")), PaymentChoice("credit")]
    assert said(accept_many([yes("ken", *both), yes("ken")], NOON)) == ["credit_short", "paid"]
    assert toy_means.left()["ken"] == 10


@pytest.mark.parametrize("end", ["cancel", "expire"])
def test_what_was_reserved_is_released_when_the_purchase_comes_to_nothing(points, end):
    from tsuzuki.actions.order.accept import accept_many
    from tsuzuki.actions.order.expire import cancel, expire_due

    bought = accept_many([yes("mei", *part(500)), yes("ken", *part(400))], NOON)
    assert toy_means.left() == {"mei": 2500, "ken": 600}
    if end == "cancel":
        for one in bought:
            cancel(one.id, "test", after(minutes=1))
    else:
        assert expire_due(NOON + timedelta(days=30), 10, None) == 2
    assert toy_means.left() == had
    assert said(bought) == ["cancelled" if end == "cancel" else "expired"] * 2
    assert [list(one.tenders.values_list("state", flat=True)) for one in bought] == [["closed"] * 2] * 2
    assert asked("release") == [1, 1]


def test_what_was_not_delivered_in_time_is_refunded_many_at_once(points):
    """Two purchases, one of two lines."""
    from tsuzuki.actions.order.accept import accept_many
    from tsuzuki.actions.order.expire import refund_overdue
    from tsuzuki.records.models import Order

    both = accept_many([yes("mei", line=cast.lines(2)), yes("ken")], NOON)
    assert toy_means.left() == {"mei": 1020, "ken": 10}
    Order.objects.update(due_at=after(days=1))  # nobody takes them up
    toy_means.calls.clear()
    assert refund_overdue(after(hours=2), 10, None) == 3
    assert (asked("refund"), toy_means.left()) == ([3], had)
    assert [refund_states(one) for one in both] == [[("done", 990)] * 2, [("done", 990)]]
    assert [cast.states(one) for one in both] == [["refunded"] * 2, ["refunded"]]


def test_points_beside_a_gateway_go_back_each_their_own_way(points):
    from tsuzuki.actions.order.accept import accept_many

    points.pays()
    points.press("carrier", "refuse")
    (bought,) = accept_many([yes("ken", *part(500))], NOON)
    cast.go()
    assert sorted(refund_states(bought)) == [("done", 490), ("done", 500)]
    assert points.gateway(bought, position=1)["refunds"] == 1
    assert (cast.states(bought), toy_means.left()) == (["refunded"], had)


def test_its_rows_are_locked_before_an_order_moves(points):
    from tsuzuki.actions.order.accept import accept_many
    from tsuzuki.actions.order.take_back import take_back

    (bought,) = accept_many([yes("mei")], NOON)
    cast.go()
    toy_means.calls.clear()
    take_back(bought.orders.get().id, "wrong line", "staff kim", after(hours=1))
    assert toy_means.calls == [("lock", 1), ("refund", 1)]
    assert toy_means.left() == had


def test_money_that_comes_too_late_lets_the_points_go_once(points):
    from tsuzuki.actions.order.accept import accept_many
    from tsuzuki.actions.order.expire import cancel

    points.pays("page")
    (bought,) = accept_many([yes("mei", *part(500))], NOON)
    cast.go()
    cancel(bought.id, "test", after(minutes=1))
    points.buyer(bought, "accept", position=1)
    cast.go(after(minutes=2))
    cast.go(after(minutes=30))
    assert toy_means.left() == had
    assert refund_states(bought) == [("done", 490)]


def test_it_buys_no_credit_as_it_says(points):
    from tsuzuki.actions.order.accept import accept_many

    assert said(accept_many([yes("mei", plan="credit-3000")], NOON)) == ["method_unknown"]


def test_its_name_is_nobody_elses(points):
    from tsuzuki.actions.money import own_means

    assert own_means.is_reserved("points")
    assert own_means.without_new_money() == ["account", "credit", "points"]


def test_what_was_paid_by_a_means_that_is_gone_is_owed(points, monkeypatch):
    """Its file was deleted: people pay out what it cannot give back."""
    from tsuzuki.actions.money.own_means import OWN_MEANS
    from tsuzuki.actions.order.accept import accept_many

    points.press("carrier", "refuse")
    (bought,) = accept_many([yes("ken")], NOON)
    monkeypatch.delitem(OWN_MEANS, "points")
    cast.go()
    assert refund_states(bought) == [("owed", 990)]
    assert cast.states(bought) == ["refund_owed"]
