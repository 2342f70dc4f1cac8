"""Workers that move the balances of several accounts at once lock them in one order, so that no two wait for
each other.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from tests import cast
from tests.faces.program import program
from tsuzuki.core.principal import Principal

AT_MOST = 120  # seconds after which a test that hangs has failed


def two_resellers() -> tuple[str, str]:
    """By name, in the order in which accounts are locked."""
    from tsuzuki.records.models import Account

    program("one", balance=5000)
    program("two", balance=5000)
    first, second = (
        Account.objects.filter(name__in=("one", "two")).order_by("id").values_list("name", flat=True)
    )
    return first, second


def bought(name: str, line, at, pays) -> None:
    from tests.faces.program import account_of
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer
    from tsuzuki.actions.order.quote import LineRequest, quote

    account = account_of(name).id
    row = quote([LineRequest(line, "data-3gb")], at, account=account)
    accept(row.id, pays, Buyer(Principal.account(account), str(row.id)), at)


def waiting_for_a_lock() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        # Else a transaction sees the same activity for ever.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
            "wait_event_type = 'Lock' "
            "AND backend_type = 'client backend'"  # a vacuum may wait too
        )
        return cursor.fetchone()[0]


def beside(work) -> None:
    from django.db import connection

    try:
        work()
    finally:
        connection.close()


def while_the_first_is_locked(first: str, second: str, work) -> None:
    from tsuzuki.records.models import Account

    rows = Account.objects.select_for_update(no_key=True)
    while_locked(
        rows.filter(name=first),
        Account.objects.select_for_update(no_key=True, nowait=True).filter(name=second),
        work,
    )


def while_locked(first, second, work) -> None:
    """The work waits for the first row, and has not taken the second one: an OperationalError if it has."""
    from django.db import transaction

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first.get()
            done = pool.submit(beside, work)
            while not waiting_for_a_lock():
                assert not done.done(), "it came through without the lock"
            second.get()
        done.result()


def everything_is_back(state: str) -> None:
    from tsuzuki.records.models import Account, Order

    assert set(Order.objects.values_list("state", flat=True)) == {state}
    assert set(Account.objects.values_list("balance_minor", flat=True)) == {5000}


@pytest.mark.parametrize("step", ["apply", "overdue", "refused"])
def test_whoever_waits_for_the_first_account_does_not_hold_the_second(shop, step):
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.lines.line_records import mark_closed
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.actions.order.advance import advance
    from tsuzuki.records.models import Order

    first, second = two_resellers()
    lines, now = cast.lines(2), cast.NOON
    bought(
        second, lines[1], now - timedelta(seconds=1), [PaymentChoice("account")]
    )  # its order is due before
    bought(first, lines[0], now, [PaymentChoice("account")])
    if step == "apply":
        for line in lines:
            mark_closed(line, now)
    elif step == "overdue":
        now += timedelta(hours=1)
        Order.objects.update(due_at=now + timedelta(hours=1))  # nobody took them up
    else:
        shop.press("carrier", "refuse")
    while_the_first_is_locked(first, second, lambda: advance(Clock.showing(now)))
    cast.go(now)
    everything_is_back("refunded")


def test_purchases_that_expire_together(shop):
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.actions.order.expire import expire_due
    from tsuzuki.core.money import Money
    from tsuzuki.records.models import Purchase

    first, second = two_resellers()
    for name, at in ((second, cast.NOON - timedelta(seconds=1)), (first, cast.NOON)):
        bought(name, cast.line(), at, [PaymentChoice("account", Money(500, "JPY")), PaymentChoice("sandbox")])
    while_the_first_is_locked(first, second, lambda: expire_due(cast.NOON + timedelta(days=30), 10, None))
    assert not Purchase.objects.filter(waiting=True).exists()
    everything_is_back("expired")


def test_a_purchase_that_expires_locks_its_voucher_before_its_credit(shop):
    """Who types the digits again, and pays the rest by the same credit, has locked the voucher first."""
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.actions.order.expire import expire_due
    from tsuzuki.core.money import Money
    from tsuzuki.records.models import Lot, Voucher

    line = cast.line()
    cast.give_credit(line, 3000)
    part = replace(cast.voucher(500), amount=Money(500, "JPY"))
    cast.buy(line, "data-3gb", part, PaymentChoice("credit", Money(100, "JPY")), PaymentChoice("sandbox"))
    while_locked(
        Voucher.objects.select_for_update(no_key=True).filter(batch__minor=500),
        Lot.objects.select_for_update(no_key=True, nowait=True).filter(line=line, good="credit"),
        lambda: expire_due(cast.NOON + timedelta(days=30), 10, None),
    )
    assert Lot.objects.get(line=line, good="credit").remaining == 3000
    assert Voucher.objects.get(batch__minor=500).tender is None


def test_two_vouchers_named_the_other_way_round(shop):
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.core.money import Money
    from tsuzuki.records.models import Voucher

    pays = [replace(cast.voucher(yen), amount=Money(yen, "JPY")) for yen in (400, 590)]
    rows = Voucher.objects.order_by("id")
    if rows[0].batch.minor == 400:
        pays.reverse()  # the one with the later id is named first
    row = quote([LineRequest(cast.line(), "data-3gb")], cast.NOON)
    first, second = (list(rows)[place].id for place in (0, 1))
    while_locked(
        Voucher.objects.select_for_update().filter(id=first),
        Voucher.objects.select_for_update(nowait=True).filter(id=second),
        lambda: accept(row.id, pays, Buyer(Principal.system("buyer"), "key"), cast.NOON),
    )
    assert not Voucher.objects.filter(tender=None).exists()


def test_a_no_and_a_yes_to_one_refund_at_the_same_moment(shop):
    from django.db import transaction

    from tsuzuki.actions.order.take_back import ask_back
    from tsuzuki.actions.work.reversals import approve, decline
    from tsuzuki.core.errors import Code, Refused
    from tsuzuki.records.models import Incident, Order, OutboundMessage

    cast.buy(cast.line(), "data-3gb", cast.voucher(990), email="mei@example.com")
    cast.go(cast.NOON)
    order = Order.objects.get()
    ask_back(order.id, "wrong line", "clerk", cast.NOON)
    task = f"i{Incident.objects.get(kind='refund_asked').id}"
    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            Order.objects.select_for_update().get()
            no = pool.submit(beside, lambda: decline(task, "used for a week", "mori", cast.NOON))
            while waiting_for_a_lock() < 1:
                assert not no.done()
            yes = pool.submit(beside, lambda: approve(task, "sato", cast.NOON))
            while waiting_for_a_lock() < 2:
                assert not yes.done()
        no.result()
        with pytest.raises(Refused) as refused:
            yes.result()
    assert refused.value.code is Code.WORK_DONE_ALREADY
    assert Order.objects.get().state == "delivered"
    assert OutboundMessage.objects.filter(kind="refund_declined").count() == 1


@pytest.mark.usefixtures("shop")
def test_a_pilot_locks_lines_in_id_order():
    """As a batch of orders does; where they lie on the disk says nothing."""
    from functools import partial

    from tsuzuki.actions.lines import pilot
    from tsuzuki.records import queries
    from tsuzuki.records.models import Line

    lines = sorted(cast.lines(2))
    numbers = list(queries.numbers_of(lines).values())
    Line.objects.filter(id=lines[0]).update(email="rewritten@example.com")  # now it lies behind the other
    rows = Line.objects.select_for_update(no_key=True)
    second = Line.objects.select_for_update(no_key=True, nowait=True).filter(id=lines[1])
    while_locked(rows.filter(id=lines[0]), second, partial(pilot.hold_back, numbers, "test", cast.NOON))
    assert pilot.held_back() == 2


@pytest.mark.parametrize("way", ["take back", "approve", "first use"])
def test_orders_whose_dates_will_move_are_locked_before_their_line(shop, way):
    """Whoever holds one of them waits for the line next: nobody may hold the line and wait for it."""
    from tests.actions.test_road_line import plan_like
    from tsuzuki.actions.order import usage
    from tsuzuki.actions.order.take_back import ask_back, take_back
    from tsuzuki.actions.work import reversals
    from tsuzuki.core.plan import AllowanceKind
    from tsuzuki.records import queries
    from tsuzuki.records.models import Incident, Line, Order

    plan_like("first-use", start="first_use")
    shop.pays()
    line = cast.line()
    for plan in ("first-use", "data-3gb"):
        cast.buy(line, plan)
        cast.go()
    first, behind = Order.objects.filter(line=line).order_by("period__starts_at")
    at = cast.NOON + timedelta(days=1)
    if way == "approve":
        ask_back(first.id, "wrong line", "staff kim", at)
        item = f"i{Incident.objects.get().id}"
    record = usage.UsageRecord("r-1", queries.numbers_of([line])[line], AllowanceKind.DATA, 5, at)
    work = {
        "take back": lambda: take_back(first.id, "wrong line", "staff kim", at),
        "approve": lambda: reversals.approve(item, "staff mori", at),
        "first use": lambda: usage.report([record], at),
    }[way]
    while_locked(
        Order.objects.select_for_update(no_key=True).filter(id=behind.id),
        Line.objects.select_for_update(no_key=True, nowait=True).filter(id=line),
        work,
    )
    assert Order.objects.get(id=behind.id).period.starts_at == at + timedelta(
        days=30 if way == "first use" else 0
    )
    cast.go(at)


def test_whoever_takes_a_plan_back_never_waits_for_an_order_with_its_line_in_hand(shop, monkeypatch):
    """Another plan is applied behind it in the moment between the locks of the orders and the lock of the
    line.
    """
    from django.db import transaction

    from tsuzuki.actions.order import periods
    from tsuzuki.actions.order.take_back import take_back
    from tsuzuki.records.models import Line, Order

    shop.pays()
    line = cast.line()
    first = cast.buy(line, "data-3gb")
    cast.go()
    second = cast.buy(line, "data-3gb")
    at_the_line, go_on, lock_lines = threading.Event(), threading.Event(), periods.lock_lines

    def held_up(orders):
        at_the_line.set()
        assert go_on.wait(AT_MOST)
        lock_lines(orders)

    monkeypatch.setattr(periods, "lock_lines", held_up)
    with ThreadPoolExecutor(1) as pool:
        order = first.orders.get()
        done = pool.submit(beside, lambda: take_back(order.id, "wrong line", "staff mori", cast.NOON))
        assert at_the_line.wait(AT_MOST)
        monkeypatch.setattr(periods, "lock_lines", lock_lines)
        cast.go()
        assert cast.states(second) == ["delivered"]
        with transaction.atomic():
            Order.objects.select_for_update(no_key=True).get(purchase=second)
            go_on.set()
            while not waiting_for_a_lock():
                assert not done.done(), "it came through without the lock"
            Line.objects.select_for_update(nowait=True).get(id=line)
        done.result()
    cast.go()
    assert (cast.states(first), cast.states(second)) == (["refunded"], ["delivered"])
    assert second.orders.get().period.starts_at == cast.NOON


def test_whoever_takes_a_plan_back_locks_the_order_of_what_it_had_cut_before_the_line(shop):
    from tests.actions.conftest import after
    from tsuzuki.actions.order.take_back import take_back
    from tsuzuki.core.period import Choice
    from tsuzuki.records.models import Line, Order

    shop.pays()
    line = cast.line()
    cut = cast.buy(line, "data-3gb")
    cast.go()
    cutting = cast.buy(line, "data-20gb", choice=Choice.NOW, now=after(hours=1))
    cast.go(after(hours=1))
    order = cutting.orders.get().id
    while_locked(
        Order.objects.select_for_update(no_key=True).filter(purchase=cut),
        Line.objects.select_for_update(nowait=True).filter(id=line),
        lambda: take_back(order, "wrong plan", "staff mori", after(hours=2)),
    )
    assert cut.orders.get().period.was_until is None
