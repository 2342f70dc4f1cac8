"""Credit bought with money that is asked back: what is left of it cannot be spent, what was spent is seen."""

from datetime import timedelta
from itertools import permutations, product

import pytest

from tests import cast
from tests.actions.conftest import after, balances, families, incidents


def recharged(shop, yen: int = 3000, line=None):
    """A line with credit that a card paid."""
    from tsuzuki.core.money import Money

    shop.pays()
    line = line or cast.line()
    purchase = cast.buy(line, "credit-open", amount=Money(yen, "JPY"))
    cast.go()
    return line, purchase


def spend(line, at, plan: str = "data-3gb"):
    from tsuzuki.actions.order.acceptance import PaymentChoice

    purchase = cast.buy(line, plan, PaymentChoice("credit"), now=at)
    cast.go(at)
    return purchase


def cannot_spend(line, at) -> None:
    from tsuzuki.core.errors import Code, Refused

    with pytest.raises(Refused) as refused:
        spend(line, at)
    assert refused.value.code is Code.CREDIT_SHORT


def lot(purchase):
    """What is left, frozen and forfeited."""
    from tsuzuki.records.models import Lot

    return Lot.objects.values_list("remaining", "frozen", "forfeited").get(order__purchase=purchase.id)


def told_of_spent() -> list[str]:
    from tsuzuki.records.models import Incident

    return list(
        Incident.objects.filter(kind="disputed_credit_spent", closed_at=None).values_list(
            "facts__amount", flat=True
        )
    )


def test_unspent_credit_is_frozen_and_free_again_when_it_is_won(shop):
    line, purchase = recharged(shop)
    dispute = shop.disputes(purchase, after(hours=1))
    cast.go(after(hours=1))
    assert (cast.states(purchase), lot(purchase)) == (["reversed"], (0, 3000, 0))
    assert families() == {"disputed": -3000, "frozen": 3000}
    cannot_spend(line, after(hours=2))
    shop.decides(purchase, dispute, "win", after(hours=3))
    cast.go(after(hours=3))
    assert (cast.states(purchase), lot(purchase)) == (["delivered"], (3000, 0, 0))
    assert cast.states(spend(line, after(hours=4))) == ["delivered"]


def test_unspent_credit_is_taken_when_it_is_lost_and_costs_nothing(shop):
    line, purchase = recharged(shop)
    shop.takes_back(purchase, "gateway", after(hours=1))
    cast.go(after(hours=1))
    assert (cast.states(purchase), lot(purchase), balances()) == (["reversed"], (0, 0, 3000), {})
    cannot_spend(line, after(hours=2))
    assert told_of_spent() == []


@pytest.mark.parametrize("end", ["win", "lose"])
def test_of_credit_that_was_partly_spent_the_rest_is_frozen_and_the_spent_part_is_seen(shop, end):
    line, purchase = recharged(shop)
    spend(line, after(minutes=1))
    dispute = shop.disputes(purchase, after(hours=1))
    cast.go(after(hours=1))
    assert (lot(purchase), told_of_spent()) == ((0, 2010, 0), ["JPY 990"])
    shop.decides(purchase, dispute, end, after(hours=2))
    cast.go(after(hours=2))
    assert lot(purchase) == ((2010, 0, 0) if end == "win" else (0, 0, 2010))
    assert balances("loss") == ({} if end == "win" else {"loss:reversal": -990})
    assert told_of_spent() == ([] if end == "win" else ["JPY 990"])


def test_all_of_it_spent_is_the_loss(shop):
    line, purchase = recharged(shop, 990)
    spend(line, after(minutes=1))
    shop.takes_back(purchase, "gateway", after(hours=1))
    cast.go(after(hours=1))
    assert (cast.states(purchase), lot(purchase)) == (["reversed"], (0, 0, 0))
    assert (balances("loss"), told_of_spent()) == ({"loss:reversal": -990}, ["JPY 990"])


@pytest.mark.parametrize("end", ["open", "lose"])
def test_what_comes_back_to_a_disputed_lot_is_frozen_too(shop, end):
    from tsuzuki.actions.order.take_back import take_back

    line, purchase = recharged(shop)
    bought = spend(line, after(minutes=1))
    dispute = shop.disputes(purchase, after(hours=1))
    shop.decides(purchase, dispute, end, after(hours=1))
    cast.go(after(hours=1))
    take_back(bought.orders.get().id, "why", "owner", after(hours=2))
    cast.go(after(hours=2))
    assert lot(purchase) == ((0, 3000, 0) if end == "open" else (0, 0, 3000))
    assert (balances("loss"), told_of_spent()) == ({}, [])
    cannot_spend(line, after(hours=3))


STEPS = [("win", "win"), ("win", "lose"), ("lose", "win"), ("lose", "lose")]


@pytest.mark.parametrize("ends", STEPS, ids="-".join)
@pytest.mark.parametrize("order", list(permutations(range(2))), ids=str)
def test_two_disputes_of_one_lot_do_not_depend_on_their_order(shop, ends, order):
    line, purchase = recharged(shop)
    spend(line, after(minutes=1))
    found = [shop.disputes(purchase, after(hours=1), amount=amount) for amount in (1800, 1200)]
    cast.go(after(hours=1))
    assert lot(purchase) == (0, 2010, 0)
    for hours, one in enumerate(order, 2):
        shop.decides(purchase, found[one], ends[one], after(hours=hours))
        cast.go(after(hours=hours))
    lost = sum(amount for amount, end in zip((1800, 1200), ends, strict=True) if end == "lose")
    assert lot(purchase) == (2010 - min(lost, 2010), 0, min(lost, 2010))
    assert balances("loss") == ({"loss:reversal": -990} if lost == 3000 else {})
    assert told_of_spent() == (["JPY 990"] if lost == 3000 else [])


@pytest.mark.parametrize("spent_first", [True, False])
def test_a_part_that_is_disputed_freezes_so_much(shop, spent_first):
    line, purchase = recharged(shop)
    shop.disputes(purchase, after(hours=1), amount=1000)
    if spent_first:
        spend(line, after(minutes=1))
    cast.go(after(hours=1))
    assert lot(purchase) == ((1010, 1000, 0) if spent_first else (2000, 1000, 0))
    assert (cast.states(purchase), told_of_spent()) == (["delivered"], [])
    if not spent_first:
        assert cast.states(spend(line, after(hours=2))) == ["delivered"]
        assert lot(purchase) == (1010, 1000, 0)


def test_frozen_credit_does_not_expire_and_has_thirty_days_when_it_is_won(shop):
    from tsuzuki.actions.money import credit
    from tsuzuki.records.models import Lot

    line, purchase = recharged(shop)
    ends = Lot.objects.get().ends_at
    dispute = shop.disputes(purchase, after(hours=1))
    cast.go(after(hours=1))
    late = ends + timedelta(days=1)
    assert credit.expire(late) == 0
    shop.decides(purchase, dispute, "win", late)
    cast.go(late)
    assert (lot(purchase), Lot.objects.get().ends_at) == ((3000, 0, 0), late + credit.LEAST_AFTER_REFUND)
    assert cast.states(spend(line, late)) == ["delivered"]


def test_of_two_lots_only_the_disputed_one_is_frozen(shop):
    line, disputed = recharged(shop, 1000)
    _, other = recharged(shop, 2000, line)
    shop.disputes(disputed, after(hours=1))
    cast.go(after(hours=1))
    assert (lot(disputed), lot(other)) == ((0, 1000, 0), (2000, 0, 0))
    assert cast.states(spend(line, after(hours=2))) == ["delivered"]
    assert lot(other) == (1010, 0, 0)


def test_charged_back_credit_is_not_taken_back_once_more(shop):
    from tsuzuki.actions.order.take_back import take_back
    from tsuzuki.core.errors import Code, Refused

    _, purchase = recharged(shop)
    shop.disputes(purchase, after(hours=1))
    cast.go(after(hours=1))
    with pytest.raises(Refused) as refused:
        take_back(purchase.orders.get().id, "why", "owner", after(hours=2))
    assert refused.value.code is Code.ORDER_NOT_REFUNDABLE


def test_a_plan_bought_with_credit_is_not_touched_by_the_dispute_about_the_credit(shop):
    line, purchase = recharged(shop)
    bought = spend(line, after(minutes=1))
    shop.takes_back(purchase, "gateway", after(hours=1))
    cast.go(after(hours=1))
    assert cast.states(bought) == ["delivered"]
    assert incidents() == ["disputed_credit_spent", "money_reversed"]


@pytest.mark.parametrize(("first", "second"), list(product(["win", "lose"], repeat=2)), ids=str)
def test_frozen_credit_is_shown_as_frozen(shop, first, second):
    from tsuzuki.core.money import Money
    from tsuzuki.records.holdings import holdings

    line, purchase = recharged(shop)
    dispute = shop.disputes(purchase, after(hours=1))
    cast.go(after(hours=1))
    seen = holdings(line, after(hours=1))
    assert (list(seen.frozen), sum(one.minor for one in seen.credit)) == ([Money(3000, "JPY")], 0)
    for hours, end in enumerate((first, second), 2):
        shop.decides(purchase, dispute, end, after(hours=hours))
        cast.go(after(hours=hours))
    seen = holdings(line, after(hours=4))
    assert (list(seen.frozen), sum(one.minor for one in seen.credit)) == ([], 3000 if second == "win" else 0)


def test_what_expired_was_not_spent(shop):
    from tsuzuki.actions.money import credit

    line, purchase = recharged(shop)
    spend(line, after(minutes=1))
    assert credit.expire(after(days=181)) == 1
    shop.disputes(purchase, after(days=182))
    cast.go(after(days=182))
    assert (lot(purchase), told_of_spent()) == ((0, 0, 0), ["JPY 990"])


def test_what_comes_back_to_charged_back_credit_cannot_be_spent_before_it_is_settled(shop):
    from tsuzuki.actions.order.take_back import take_back

    line, recharge = recharged(shop)
    bought = spend(line, after(minutes=1))
    dispute = shop.disputes(recharge, after(hours=1))
    cast.go(after(hours=1))
    shop.decides(recharge, dispute, "lose", after(hours=2))
    cast.go(after(hours=2))
    take_back(bought.orders.get().id, "wrong line", "staff mori", after(hours=3))
    cannot_spend(line, after(hours=3))
    cast.go(after(hours=3))
    assert (lot(recharge), balances("frozen")) == ((0, 0, 3000), {})


@pytest.mark.parametrize("amount", [2500, 1000])
def test_what_comes_back_is_free_again_where_the_dispute_is_about_less(shop, amount):
    from tsuzuki.actions.order.take_back import take_back

    line, recharge = recharged(shop)
    bought = spend(line, after(minutes=1))
    dispute = shop.disputes(recharge, after(hours=1), amount=amount)
    cast.go(after(hours=1))
    shop.decides(recharge, dispute, "lose", after(hours=2))
    cast.go(after(hours=2))
    take_back(bought.orders.get().id, "wrong line", "staff mori", after(hours=3))
    cast.go(after(hours=3))
    assert lot(recharge) == (3000 - amount, 0, amount)
