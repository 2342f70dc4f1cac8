"""The road of an order, the carrier's side: whatever it does, one effect, and the order delivered or
refunded. `shop` proves the books.
"""

from datetime import datetime, timedelta

import msgspec
import pytest

from tests import cast
from tests.actions.conftest import after, balances, families, incidents, refund_states
from tests.cast import NOON

SOON = after(seconds=3)  # past the lease of what noon began
CLOCK = timedelta(minutes=15)


def walk(until: datetime, step: timedelta = timedelta(minutes=1), since: datetime = NOON) -> None:
    """A worker that looks every minute."""
    while since < until:
        since += step
        cast.go(since)


def only_period(purchase, state: str):
    from tsuzuki.records.models import Lot, Period

    period = Period.objects.get(order__purchase=purchase.id)
    assert period.state == state
    assert set(Lot.objects.filter(order__purchase=purchase.id).values_list("state", flat=True)) == {state}
    return period


def test_accept_delivers_to_the_yen(shop):
    from tsuzuki.actions.order.expire import cancel
    from tsuzuki.core.errors import Refused
    from tsuzuki.records.models import Lot, Order, Tender

    purchase = shop.sell()
    assert cast.states(purchase) == ["delivered"]
    assert shop.carrier(purchase) == {"calls": 1, "deliveries": 1, "reversed": 0}
    assert shop.gateway(purchase)["charged"] == {"JPY": 990}
    assert balances() == {
        "clearing:sandbox": -990,
        "tax:10": 90,
        "carrier:sand": 400,
        "deferred_cost": -400,
        "unearned": 900,
    }
    period = only_period(purchase, "confirmed")
    # 30 x 24 h after 12:00 on 22 November is 12:00 on 22 December in Tokyo: usable until that day is over.
    assert (period.starts_at, period.ends_at) == (NOON, datetime(2026, 12, 22, 15, 0, tzinfo=NOON.tzinfo))
    lot = Lot.objects.get(order__purchase=purchase.id)
    assert (lot.good, lot.granted, lot.remaining) == ("data", 3 * 10**9, 3 * 10**9)
    assert (lot.starts_at, lot.ends_at) == (period.starts_at, period.ends_at)
    order = Order.objects.get(purchase=purchase.id)
    assert (order.earn_minor, order.expensed_minor, order.earn_from, order.earn_until) == (
        900,
        0,
        period.starts_at,
        period.ends_at,
    )
    assert (order.refund_by, order.needs_staff, order.rest_at) == (None, "", NOON)
    assert Tender.objects.get(purchase=purchase.id).state == "paid"
    assert incidents() == []
    with pytest.raises(Refused, match="order_not_cancellable"):
        cancel(purchase.id, "buyer", SOON)


def test_a_plan_of_two_goods_gives_two_lots(shop):
    from tsuzuki.records.models import Lot

    purchase = shop.sell("data-20gb")
    assert set(Lot.objects.filter(order__purchase=purchase.id).values_list("good", "remaining")) == {
        ("data", 20 * 10**9),
        ("voice", 3600),
    }
    assert balances() == {
        "clearing:sandbox": -2700,
        "tax:10": 245,
        "carrier:sand": 1500,
        "deferred_cost": -1500,
        "unearned": 2455,
    }


def test_a_plan_sold_at_a_loss_books_its_whole_cost(shop):
    purchase = shop.sell("loss")
    assert cast.states(purchase) == ["delivered"]
    assert balances() == {
        "clearing:sandbox": -100,
        "tax:10": 9,
        "unearned": 91,
        "deferred_cost": -150,
        "carrier:sand": 150,
    }


def test_a_parallel_day_makes_no_base_period(shop):
    from tsuzuki.records.models import Lot, Period

    purchase = shop.sell("day")
    assert cast.states(purchase) == ["delivered"]
    assert not Period.objects.exists()
    assert Lot.objects.get(order__purchase=purchase.id).remaining is None  # unlimited
    assert balances() == {
        "clearing:sandbox": -330,
        "tax:10": 30,
        "carrier:sand": 100,
        "deferred_cost": -100,
        "unearned": 300,
    }


def test_an_addon_lies_beside_the_running_plan(shop):
    from tsuzuki.records.models import Lot, Period

    purchase = shop.sell()
    line = Period.objects.get().line_id
    addon = cast.buy(line, "addon-1gb", now=after(days=1))
    cast.go(after(days=1))
    assert cast.states(addon) == cast.states(purchase) == ["delivered"]
    assert Period.objects.count() == 1
    lot = Lot.objects.get(order__purchase=addon.id)
    # The first of thirty calendar days is the 23rd of November.
    assert (lot.starts_at, lot.ends_at) == (after(days=1), datetime(2026, 12, 22, 15, 0, tzinfo=NOON.tzinfo))


def test_credit_is_delivered_without_any_carrier(shop):
    from tsuzuki.records.models import Attempt, Lot

    purchase = shop.sell("credit-3000")
    assert cast.states(purchase) == ["delivered"]
    assert not Attempt.objects.filter(step="provision").exists()
    lot = Lot.objects.get(order__purchase=purchase.id)
    assert (lot.currency, lot.remaining, lot.ends_at) == ("JPY", 3000, after(days=180))
    assert balances() == {"clearing:sandbox": -3000, f"credit:{lot.id}": 3000}


@pytest.mark.parametrize("behaviour", ["late", "garbage", "error"])
def test_done_but_the_answer_lost_is_looked_up(shop, behaviour):
    """It acted; we learn it from a look-up after the lease, never by asking twice."""
    shop.press("carrier", behaviour)
    purchase = shop.sell()
    assert cast.states(purchase) == ["applied"]
    assert shop.attempt(purchase).standing == "unsure"
    cast.go(after(seconds=1))  # the lease runs: nobody looks
    assert shop.attempt(purchase).looks == 0
    cast.go(SOON)
    assert cast.states(purchase) == ["delivered"]
    assert shop.carrier(purchase) == {"calls": 1, "deliveries": 1, "reversed": 0}
    assert (shop.attempt(purchase).asks, shop.attempt(purchase).looks) == (1, 1)


def test_done_but_the_answer_lost_by_a_carrier_that_ignores_keys(shop):
    shop.press("carrier", "late", "ignore_keys")
    purchase = shop.sell()
    walk(after(minutes=3))
    assert cast.states(purchase) == ["delivered"]
    assert shop.carrier(purchase)["deliveries"] == 1


@pytest.mark.parametrize("ignores", [(), ("ignore_keys",)])
def test_silent_is_asked_again_once_with_the_same_key(shop, ignores):
    """It never got there: a look-up says so, and only then is the same question put again."""
    shop.press("carrier", "silent", *ignores, times=1)
    purchase = shop.sell()
    key = shop.key(purchase)
    cast.go(SOON)
    assert cast.states(purchase) == ["delivered"]
    assert shop.key(purchase) == key
    assert shop.carrier(purchase) == {"calls": 2, "deliveries": 1, "reversed": 0}
    assert shop.attempt(purchase).asks == 2


def test_refused_is_refunded_at_once(shop):
    shop.press("carrier", "refuse", reason="number_barred")
    purchase = shop.sell()
    assert cast.states(purchase) == ["refunded"]
    assert shop.carrier(purchase) == {"calls": 1, "deliveries": 0, "reversed": 0}
    assert shop.gateway(purchase)["refunded"] == {"JPY": 990}
    assert refund_states(purchase) == [("done", 990)]
    only_period(purchase, "void")
    assert balances() == {}


def test_refused_and_the_answer_lost(shop):
    shop.press("carrier", "refuse", "late")
    purchase = shop.sell()
    assert cast.states(purchase) == ["applied"]
    cast.go(SOON)
    assert cast.states(purchase) == ["refunded"]
    assert shop.gateway(purchase)["refunds"] == 1


def test_a_refusal_nobody_knows_calls_the_operator_and_is_final(shop):
    shop.press("carrier", "refuse", reason="unknown_code_77")
    purchase = shop.sell()
    assert cast.states(purchase) == ["refunded"]
    assert incidents() == ["supplier_refuses_us"]


def test_twice_is_once(shop):
    shop.press("carrier", "twice")
    purchase = shop.sell()
    key = shop.key(purchase)
    assert shop.tell(key, "carrier.done", carrier="sand") == "woke"
    assert shop.tell(key, "carrier.done", SOON, "sand") == "seen"
    cast.go(SOON)
    assert cast.states(purchase) == ["delivered"]
    assert shop.carrier(purchase) == {"calls": 1, "deliveries": 1, "reversed": 0}


def test_slow_acts_after_the_time_out_and_is_found(shop):
    shop.press("carrier", "slow", times=1)
    purchase = shop.sell()
    walk(after(minutes=2))
    assert cast.states(purchase) == ["delivered"]
    assert shop.carrier(purchase)["deliveries"] == 1


@pytest.mark.parametrize("behaviour", ["busy", "poor"])
def test_passing_trouble_is_asked_again_until_it_goes_through(shop, behaviour):
    shop.press("carrier", behaviour, times=3)
    purchase = shop.sell()
    walk(after(minutes=5))
    assert cast.states(purchase) == ["delivered"]
    assert shop.carrier(purchase) == {"calls": 4, "deliveries": 1, "reversed": 0}
    # An empty wallet pages the operator, not the buyer.
    assert incidents() == (["supplier_refuses_us"] if behaviour == "poor" else [])


@pytest.mark.parametrize("behaviour", ["busy", "poor"])
def test_passing_trouble_that_stays_is_refunded_when_the_clock_ends(shop, behaviour):
    from tsuzuki.records.models import Refund

    shop.press("carrier", behaviour)
    purchase = shop.sell()
    walk(NOON + CLOCK - timedelta(minutes=1))
    assert cast.states(purchase) == ["applied"]
    walk(NOON + CLOCK, since=NOON + CLOCK - timedelta(minutes=1))
    assert cast.states(purchase) == ["refunded"]
    assert Refund.objects.get().begun_at <= NOON + CLOCK
    assert shop.carrier(purchase)["deliveries"] == 0
    shop.press("carrier", "accept")
    calls = shop.carrier(purchase)["calls"]
    walk(after(minutes=40), since=NOON + CLOCK)
    assert shop.carrier(purchase)["calls"] == calls  # nobody asks for what was refunded


def test_the_clock_during_a_running_lease_is_put_off_not_switched_off(shop):
    """Somebody asks at the very moment the clock ends: he is waited for, and the refund still comes by
    itself.
    """
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.order import expire, repair
    from tsuzuki.records.models import Attempt

    shop.press("carrier", "busy")
    purchase = shop.sell()
    walk(after(minutes=14))
    Attempt.objects.filter(order__purchase=purchase.id).update(look_at=after(minutes=14, seconds=59))
    repair._claim("somebody else", Clock.showing(after(minutes=14, seconds=59)), 10, None)
    expire.refund_overdue(NOON + CLOCK, 10, None)
    assert cast.states(purchase) == ["applied"]
    walk(after(minutes=30), since=NOON + CLOCK)
    assert cast.states(purchase) == ["refunded"]


def test_a_carrier_that_never_says_anything_calls_staff_and_is_not_refunded(shop):
    """It may have been delivered: the machine neither asks again nor refunds."""
    from tsuzuki.records.models import Order, OutboundMessage

    shop.press("carrier", "late")
    shop.press("carrier/looks", "silent")
    purchase = shop.sell()
    walk(after(minutes=20))
    assert cast.states(purchase) == ["applied"]
    assert Order.objects.get(purchase=purchase.id).needs_staff == "overdue"
    assert incidents() == ["overdue"]
    assert refund_states(purchase) == []
    assert shop.carrier(purchase)["calls"] == 1
    assert OutboundMessage.objects.filter(kind="activating").count() == 1
    shop.press("carrier/looks", "accept")
    walk(after(minutes=40), since=after(minutes=20))  # the truth comes in the end
    assert cast.states(purchase) == ["delivered"]
    assert (Order.objects.get(purchase=purchase.id).needs_staff, incidents(), incidents(closed=True)) == (
        "",
        [],
        ["overdue"],
    )


def test_looks_that_fail_come_less_and_less_often(shop):
    shop.press("carrier", "late")
    shop.press("carrier/looks", "busy", times=3)
    purchase = shop.sell()
    walk(after(minutes=3), timedelta(seconds=1))
    assert cast.states(purchase) == ["delivered"]
    assert shop.attempt(purchase).looks == 4


def test_taken_back_before_we_heard_of_it_is_refunded(shop):
    shop.press("carrier", "reverse", "late")
    purchase = shop.sell()
    cast.go(SOON)
    assert cast.states(purchase) == ["refunded"]
    assert shop.carrier(purchase) == {"calls": 1, "deliveries": 1, "reversed": 1}
    assert balances() == {}


def test_taken_back_after_delivery_undoes_all_of_it(shop):
    from tsuzuki.actions.money import recognise

    purchase = shop.sell()
    recognise.run(after(days=10))
    assert balances("revenue") == {"revenue:data-3gb": 290}  # 10 of 31 days of 900 yen
    assert balances("cost") == {"cost:data-3gb": -129}  # and of 400
    shop.takes_back(purchase, "carrier", after(days=10))
    cast.go(after(days=10))
    assert cast.states(purchase) == ["refunded"]
    assert balances() == {}
    only_period(purchase, "void")
    assert shop.gateway(purchase)["refunded"] == {"JPY": 990}
    assert incidents() == ["carrier_took_back"]
    cast.go(after(days=11))
    assert recognise.run(after(days=60)) == {}


@pytest.mark.parametrize("look", ["silent", "garbage", "busy"])
def test_taken_back_is_not_forgotten_when_the_first_look_fails(shop, look):
    purchase = shop.sell()
    shop.takes_back(purchase, "carrier", SOON)
    shop.press("carrier/looks", look, times=1)
    cast.go(SOON)
    walk(after(minutes=30), since=SOON)
    assert cast.states(purchase) == ["refunded"]


def test_an_event_of_taking_back_that_is_not_true_changes_nothing(shop):
    """The event wakes; the look-up says delivered, and delivered it stays."""
    shop.press("carrier", "twice")
    purchase = shop.sell()
    key = shop.key(purchase)
    shop.tell(key, "carrier.done", SOON, "sand")
    cast.go(SOON)
    attempt = shop.attempt(purchase)
    assert (cast.states(purchase), attempt.outcome, attempt.look_at) == (["delivered"], "done", None)


def test_a_carrier_that_did_it_after_the_clock_had_refunded_it_is_reported(shop):
    """It said busy until the clock ended, and did it after all."""
    shop.press("carrier", "busy")
    purchase = shop.sell()
    walk(after(minutes=15))
    assert cast.states(purchase) == ["refunded"]
    from tsuzuki.actions.engine.providers import carrier_of
    from tsuzuki.carriers.port import CarrierRequest, CarrierStatus

    attempt = shop.attempt(purchase)
    shop.press("carrier", "twice")
    shop.clock(after(minutes=20))
    carrier, ask = (
        carrier_of(purchase.orders.get().carrier),
        msgspec.convert(attempt.question, CarrierRequest),
    )
    answers = [carrier.act(ask) for _ in range(5)]
    # Of a worker that was thought dead.
    assert CarrierStatus.DONE in {answer.status for answer in answers}, answers
    shop.tell(attempt.key, "carrier.done", after(minutes=20), "sand")
    cast.go(after(minutes=20))
    assert cast.states(purchase) == ["refunded"]
    assert incidents() == ["delivered_after_refund"]


def test_a_carrier_nobody_can_reach_never_got_anything(shop, monkeypatch):
    from tsuzuki.actions.engine import providers

    shop.pays()
    purchase = cast.buy(cast.line())
    cast.go()  # the carrier is asked
    assert cast.states(purchase) == ["delivered"]
    second = cast.buy(cast.line(), now=SOON)
    monkeypatch.setenv("TSUZUKI_SANDBOX_URL", "http://127.0.0.1:9")
    providers._carrier.cache_clear()
    walk(after(minutes=20), since=SOON)
    assert cast.states(second) == ["refunded"]
    assert families() == {"clearing": -990, "tax": 90, "carrier": 400, "deferred_cost": -400, "unearned": 900}
