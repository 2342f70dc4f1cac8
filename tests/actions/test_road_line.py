"""The road of an order, the line's side: what comes to lie where, in which order, and what a change in
between does to it.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests import cast
from tests.actions.conftest import after, balances, incidents
from tests.cast import NOON

SOON, LONG_AGO = after(seconds=3), after(days=-400)


def plan_like(code: str, since: datetime = LONG_AGO, **terms: object) -> None:
    """A plan as data-3gb with other terms."""
    from tsuzuki.actions.catalogue.plans import save_plans
    from tsuzuki.core.plan import Terms, Validity

    base = next(plan for plan in cast.plans() if plan.code == "data-3gb")
    save_plans(
        [
            replace(
                base, code=code, terms=Terms(**{"validity": Validity.DAYS_FROM_CHARGE, "count": 30, **terms})
            )
        ],
        since,
    )


def periods(line) -> list[tuple]:
    from tsuzuki.records.models import Period

    return list(
        Period.objects.filter(line=line, state="confirmed")
        .order_by("sequence")
        .values_list("starts_at", "ends_at")
    )


def test_a_second_order_queues_behind_the_first(shop):
    line = cast.line()
    shop.pays()
    for _ in range(2):
        cast.buy(line)
        cast.go()
    (_, first_ends), (second_starts, _) = periods(line)
    assert second_starts == first_ends


def test_two_orders_of_one_line_in_one_purchase_follow_each_other(shop):
    line = cast.line()
    shop.pays()
    purchase = cast.buy([line, line])
    cast.go()
    assert cast.states(purchase) == ["delivered", "delivered"]
    (_, first_ends), (second_starts, _) = periods(line)
    assert second_starts == first_ends
    assert [shop.carrier(purchase, place)["deliveries"] for place in (0, 1)] == [1, 1]


def test_the_second_order_waits_until_the_first_is_known(shop):
    """While the first is unsure nobody knows where the second would lie."""
    shop.press("carrier", "late", times=1)
    shop.pays()
    line = cast.line()
    first = cast.buy(line)
    cast.go()
    second = cast.buy(line)
    cast.go()
    assert (cast.states(first), cast.states(second)) == (["applied"], ["paid"])
    cast.go(SOON)
    assert (cast.states(first), cast.states(second)) == (["delivered"], ["delivered"])


def test_orders_of_other_lines_do_not_wait(shop):
    shop.press("carrier", "late", times=1)
    shop.pays()
    first = cast.buy(cast.line())
    cast.go()
    second = cast.buy(cast.line())
    cast.go()
    assert (cast.states(first), cast.states(second)) == (["applied"], ["delivered"])


def test_the_second_takes_the_place_of_a_first_that_was_refused(shop):
    shop.press("carrier", "refuse", times=1)
    shop.pays()
    line = cast.line()
    purchase = cast.buy([line, line])
    cast.go()
    assert sorted(cast.states(purchase)) == ["delivered", "refunded"]
    assert [start for start, _ in periods(line)] == [NOON]


def test_a_start_now_that_no_longer_fits_waits_for_the_current_period(shop):
    """Shown «starts now» with nothing running; before it was paid the shop's counter sold another plan."""
    from tsuzuki.core.plan import Choice

    shop.pays("page")
    line = cast.line()
    slow = cast.buy(line, choice=Choice.NOW)
    cast.go()
    shop.pays()
    cast.buy(line, "data-20gb", now=SOON)
    cast.go(SOON)
    shop.buyer(slow, "accept")
    cast.go(after(minutes=2))
    assert cast.states(slow) == ["delivered"]
    (_, first_ends), (second_starts, second_ends) = periods(line)
    assert second_starts == first_ends
    assert second_ends - second_starts >= timedelta(days=30)


def test_a_line_closed_between_the_yes_and_the_delivery_is_refunded(shop):
    from tsuzuki.actions.order.close_line import close_line

    shop.pays("page")
    line = cast.line()
    purchase = cast.buy(line)
    cast.go()
    close_line(line, SOON)
    shop.buyer(purchase, "accept")
    cast.go(after(minutes=2))
    assert cast.states(purchase) == ["refunded"]
    assert shop.gateway(purchase)["refunded"] == {"JPY": 990}
    assert shop.sandbox.json("carrier/effects?msisdn=none")["totals"]["calls"] == 0
    assert balances() == {}


def test_an_addon_whose_plan_ended_before_it_was_paid_is_refunded(shop):
    from tsuzuki.records.models import Period

    shop.sell()
    line = Period.objects.get().line_id
    shop.pays("page")
    late = after(days=30)  # the period still has hours
    shop.clock(late)
    addon = cast.buy(line, "addon-1gb", now=late)
    cast.go(late)
    shop.buyer(addon, "accept")
    cast.go(late + timedelta(hours=20))
    assert cast.states(addon) == ["refunded"]
    assert shop.gateway(addon)["refunded"] == {"JPY": 600}


def test_dates_are_recomputed_when_applied_and_never_shorter(shop):
    """Quoted at noon, paid a day later: thirty days from then."""
    shop.pays("page")
    line = cast.line()
    purchase = cast.buy(line)
    cast.go()
    shop.buyer(purchase, "accept")
    cast.go(after(days=1))
    assert cast.states(purchase) == ["delivered"]
    ((starts, ends),) = periods(line)
    assert starts == after(days=1)
    assert ends - starts >= timedelta(days=30)


@pytest.mark.parametrize("stacking", ["restart", "replace"])
def test_a_plan_that_starts_over_cuts_what_runs(shop, stacking):
    from tsuzuki.records.models import Lot

    plan_like(stacking, stacking=stacking)
    shop.pays()
    line = cast.line()
    first = cast.buy(line)
    cast.go()
    second = cast.buy(line, stacking, now=after(days=10))
    cast.go(after(days=10))
    assert periods(line) == [(NOON, after(days=10)), (after(days=10), after(days=40))]
    old = Lot.objects.get(order__purchase=first.id)
    assert old.ends_at == (after(days=10) if stacking == "replace" else after(days=40))
    assert cast.states(second) == ["delivered"]


@pytest.mark.parametrize(("stacking", "second"), [("restart", "delivered"), ("replace", "refunded")])
def test_two_that_start_over_in_the_same_instant_do_not_overlap(shop, stacking, second):
    """The second was sold as «now» before the first was there: it may carry that one over, and never ends
    what is just paid for.
    """
    plan_like(stacking, stacking=stacking)
    shop.pays()
    line = cast.line()
    purchase = cast.buy([line, line], stacking)
    cast.go()
    assert sorted(cast.states(purchase)) == ["delivered", second]


def test_what_was_cut_runs_on_when_the_cutting_order_is_taken_back(shop):
    from tsuzuki.records.models import Lot

    plan_like("replace", stacking="replace")
    shop.pays()
    line = cast.line()
    first = cast.buy(line)
    cast.go()
    before, lot = periods(line), Lot.objects.get(order__purchase=first.id)
    second = cast.buy(line, "replace", now=after(days=10))
    cast.go(after(days=10))
    assert periods(line) != before
    shop.takes_back(second, "carrier", after(days=11))
    cast.go(after(days=11))
    assert cast.states(second) == ["refunded"]
    left = before[0][1] - after(days=10)
    assert periods(line) == [(after(days=11), after(days=11) + left)]
    assert Lot.objects.get(id=lot.id).ends_at == lot.ends_at + timedelta(days=1)


def test_a_plan_whose_start_is_awaited_lies_at_its_latest_start(shop):
    from tsuzuki.core.plan import Start
    from tsuzuki.records.models import Period

    plan_like("first-use", start=Start.FIRST_USE, start_within_days=90)
    purchase = shop.sell("first-use")
    assert cast.states(purchase) == ["delivered"]
    period = Period.objects.get()
    assert (period.awaits, period.starts_at, period.ends_at) == ("first_use", after(days=90), after(days=120))


def test_the_carrier_takes_back_what_the_gateway_had_taken_back(shop):
    """Neither served nor paid: nobody may think it runs, and people are told."""
    purchase = shop.sell()
    shop.takes_back(purchase, "gateway", after(days=1))
    cast.go(after(days=1))
    assert cast.states(purchase) == ["reversed"]
    shop.takes_back(purchase, "carrier", after(days=2))
    cast.go(after(days=2))
    assert "carrier_took_back" in incidents()


def test_the_ledgers_tax_is_the_receipts_tax(shop):
    """Two lines at 106 yen: 19 yen of tax on 212, not 9 and 9."""
    from tsuzuki.actions.catalogue.plans import save_plans
    from tsuzuki.actions.order.quote import LineRequest, price
    from tsuzuki.core.money import Money

    base = next(plan for plan in cast.plans() if plan.code == "data-3gb")
    save_plans(
        [
            replace(
                base, code="p106", price=replace(base.price, amount=Money(106, "JPY"), cost=Money(0, "JPY"))
            )
        ],
        after(days=-400),
    )
    shop.pays()
    lines = cast.lines(2)
    (shown,) = price([LineRequest(line, "p106") for line in lines], NOON).tax
    cast.buy(lines, "p106")
    cast.go()
    assert shown.tax == Money(19, "JPY")
    assert balances("tax") == {"tax:10": 19}


def test_a_carrier_nobody_set_up_right_holds_up_nobody_else(shop):
    from tsuzuki.actions.catalogue.plans import NewCarrier, save_carriers

    save_carriers([NewCarrier("broken", {"en": "Broken"}, "au", "csvbatch")])  # no folder
    shop.pays()
    broken = cast.buy(cast.line("broken"))
    good = cast.buy(cast.line())
    cast.go()
    assert (cast.states(broken), cast.states(good)) == (["paid"], ["delivered"])
    assert incidents() == ["provider_broken"]
    cast.go(after(minutes=15))
    assert cast.states(broken) == ["refunded"]
