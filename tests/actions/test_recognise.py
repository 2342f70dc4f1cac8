"""Revenue over the days of what was sold: never more than it earns, exactly it at the end, twice is once."""

from datetime import timedelta

import pytest

from tests import cast
from tests.actions.conftest import after, balances
from tests.cast import NOON


def run(now, **more) -> dict[str, int]:
    from tsuzuki.actions.money import recognise

    return recognise.run(now, **more)


def order_of(purchase):
    from tsuzuki.records.models import Order

    return Order.objects.get(purchase=purchase)


def test_day_by_day_to_the_last_yen(shop):
    """900 yen, and a cost of 400, over 30 days and 12 hours: 31 parts, each on a whole day, the last at the
    end.
    """
    order = order_of(shop.sell())
    seen, costs, days = [], [], 0
    while NOON + timedelta(days=days) < order.earn_until + timedelta(days=2):
        run(after(days=days))
        seen.append(balances("revenue").get("revenue:data-3gb", 0))
        costs.append(-balances("cost").get("cost:data-3gb", 0))
        days += 1
    assert seen == sorted(seen)
    assert (seen[0], seen[1], seen[15], seen[30], seen[31]) == (0, 29, 435, 870, 900)
    assert (costs[0], costs[1], costs[15], costs[30], costs[31]) == (0, 12, 193, 387, 400)
    assert balances("unearned") == balances("deferred_cost") == {}


def test_a_run_between_two_days_and_one_at_the_end(shop):
    order = order_of(shop.sell())
    assert run(after(hours=23, minutes=59)) == {}
    assert run(after(days=1)) == {"JPY": 29}
    assert run(order.earn_until - timedelta(microseconds=1)) == {"JPY": 870 - 29}
    assert run(order.earn_until) == {"JPY": 30}
    assert run(order.earn_until + timedelta(days=1000)) == {}


def test_twice_is_once(shop):
    from tsuzuki.ledger.models import Transfer

    shop.sell()
    assert run(after(days=10)) == {"JPY": 290}
    before = Transfer.objects.count()
    assert run(after(days=10)) == run(after(days=9)) == {}
    assert Transfer.objects.count() == before


def test_missed_days_are_made_up_in_one_run(shop):
    shop.sell()
    assert run(after(days=400)) == {"JPY": 900}


def test_what_is_queued_earns_nothing_before_it_starts(shop):
    line = cast.line()
    shop.pays()
    for _ in range(2):
        cast.buy(line)
        cast.go()
    assert run(after(days=31)) == {"JPY": 900}
    assert run(after(days=61)) == {"JPY": 900}


def test_a_loss_earns_its_net_price_and_costs_more(shop):
    shop.sell("loss")
    assert run(after(days=60)) == {"JPY": 91}
    assert balances() == {
        "clearing:sandbox": -100,
        "tax:10": 9,
        "revenue:loss": 91,
        "cost:loss": -150,
        "carrier:sand": 150,
    }


def test_credit_is_no_revenue(shop):
    shop.sell("credit-3000")
    assert run(after(days=400)) == {}


def test_undone_takes_back_what_it_had_earned(shop):
    kept, undone = shop.sell(), shop.sell()
    assert run(after(days=10)) == {"JPY": 580}
    shop.takes_back(undone, "carrier", after(days=10))
    cast.go(after(days=10))
    assert balances("revenue") == {"revenue:data-3gb": 290}
    assert balances("cost") == {"cost:data-3gb": -129}
    assert run(after(days=60)) == {"JPY": 610}
    assert (order_of(kept).earned_minor, order_of(kept).expensed_minor) == (900, 400)


def test_money_taken_back_leaves_what_was_served_to_be_earned(shop):
    """It was delivered and its service goes on: nothing stays unearned for ever."""
    purchase = shop.sell()
    shop.takes_back(purchase, "gateway", after(days=1))
    cast.go(after(days=1))
    assert cast.states(purchase) == ["reversed"]
    run(after(days=60))
    assert balances("unearned") == balances("deferred_cost") == {}


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_in_batches_of_any_size(shop, size):
    shop.pays()
    cast.buy(cast.lines(5))
    cast.buy(cast.lines(2), "data-20gb")
    cast.go()
    assert run(after(days=10), batch=size) == {"JPY": 5 * 290 + 2 * 791}
    assert balances("revenue") == {"revenue:data-3gb": 1450, "revenue:data-20gb": 1582}
    assert run(after(days=40), batch=size) == {"JPY": 5 * 610 + 2 * 1664}


def test_a_long_batch_is_one_event_with_two_postings_a_plan(shop):
    from tsuzuki.ledger.models import Transfer

    shop.pays()
    cast.buy(cast.lines(30))
    cast.go()
    before = Transfer.objects.count()
    run(after(days=1))
    assert Transfer.objects.count() == before + 2
