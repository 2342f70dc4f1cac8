"""A line is closed: what waits for money ends, what was not delivered goes back, and nothing is delivered to
it unnoticed.
"""

from datetime import timedelta

import pytest

from tests import cast
from tests.actions.conftest import after, balances, incidents, refund_states
from tests.actions.test_road_hand import item_of, kinds
from tests.cast import NOON
from tsuzuki.core.principal import Principal

SOON, LATER = after(minutes=1), after(minutes=2)


def close(line, at=SOON) -> None:
    from tsuzuki.actions.order.close_line import close_line

    close_line(line, at, "staff kim")


def test_what_waits_for_money_is_cancelled_and_closed_at_the_gateway(shop):
    shop.pays("page")
    line = cast.line()
    purchase = cast.buy(line, email="a@example.com")
    cast.go()
    close(line)
    cast.go(SOON)
    assert cast.states(purchase) == ["cancelled"]
    assert shop.attempt(purchase, "pay").outcome == "refused"
    assert shop.gateway(purchase)["charges"] == 0
    shop.buyer(purchase, "accept")
    cast.go(LATER)
    assert shop.gateway(purchase)["charges"] == 0
    assert balances() == {}


def test_money_that_was_on_its_way_goes_back(shop):
    shop.pays("page")
    line = cast.line()
    purchase = cast.buy(line)
    cast.go()
    shop.buyer(purchase, "accept")
    close(line)
    cast.go(LATER)
    assert cast.states(purchase) == ["refunded"]
    assert shop.gateway(purchase)["refunded"] == {"JPY": 990}
    assert balances() == {}


def test_what_other_lines_share_stays_payable_for_them(shop):
    shop.pays("page")
    one, other = cast.lines(2)
    purchase = cast.buy([one, other])
    cast.go()
    close(one)
    cast.go(SOON)
    assert cast.states(purchase) == ["awaiting_payment", "awaiting_payment"]
    shop.buyer(purchase, "accept")
    cast.go(LATER)
    assert cast.states(purchase) == ["refunded", "delivered"]


def test_a_voucher_and_credit_are_free_again(shop):
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.core.money import Money

    line = cast.line()
    cast.give_credit(line, 500)
    shop.pays("page")
    purchase = cast.buy(
        line, "data-3gb", PaymentChoice("credit", Money(500, "JPY")), PaymentChoice("sandbox")
    )
    cast.go()
    close(line)
    cast.go(SOON)
    assert cast.states(purchase) == ["cancelled"]
    assert sum(balances("credit").values()) == 500


def test_paid_and_never_taken_up_is_refunded_at_once(shop):
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.records.models import OutboundMessage

    line = cast.line()
    cast.give_credit(line, 990)
    purchase = cast.buy(line, "data-3gb", PaymentChoice("credit"), email="a@example.com")
    close(line)
    assert cast.states(purchase) == ["refunded"]
    assert list(purchase.refunds.values_list("why", flat=True)) == ["line_closed"]
    assert OutboundMessage.objects.filter(kind="refunded", purchase=purchase.id).exists()


def test_untouched_on_the_work_list_is_withdrawn(shop):
    purchase = shop.sell(carrier="hand")
    close(purchase.orders.get().line_id, after(minutes=5))
    assert kinds() == []
    cast.go(after(minutes=6))
    assert cast.states(purchase) == ["refunded"]


def test_begun_by_hand_it_is_marked_and_done_means_refund_and_people(shop):
    """Nothing is ever delivered to a closed line in silence: its number may be another line's by now."""
    from tsuzuki.actions.money.verify import verify
    from tsuzuki.actions.work import work_items
    from tsuzuki.records.models import Period

    purchase = shop.sell(carrier="hand")
    item = item_of()
    work_items.take(item.id, "sato", after(minutes=4))
    close(purchase.orders.get().line_id, after(minutes=5))
    assert item_of().facts["line closed"] == "2026-11-22T03:05:00Z"
    assert cast.states(purchase) == ["applied"]
    work_items.finish(item.id, "PORTAL-1", "sato", after(minutes=6))
    cast.go(after(minutes=7))
    assert cast.states(purchase) == ["refunded"]
    assert refund_states(purchase) == [("done", 990)]
    assert not Period.objects.filter(state="confirmed").exists()
    assert incidents() == ["delivered_to_closed_line"]
    assert balances() == {}
    assert verify(after(minutes=7)).faults == ()


def test_closed_by_a_clock_that_is_ahead_of_the_one_that_hears_the_answer(shop, monkeypatch):
    """By less than a second between any two machines, for a run counts whole ones."""
    from tests.actions.test_engine_events import while_it_is_written_down

    shop.pays()
    purchase = cast.buy(cast.line())
    line = purchase.orders.get().line_id
    while_it_is_written_down(monkeypatch, "provision", lambda: close(line, after(seconds=0.9)))
    cast.go()
    assert cast.states(purchase) == ["refunded"]
    assert incidents() == ["delivered_to_closed_line"]


def test_begun_by_hand_and_not_done_is_an_ordinary_refund(shop):
    from tsuzuki.actions.work import work_items

    purchase = shop.sell(carrier="hand")
    item = item_of()
    work_items.take(item.id, "sato", after(minutes=4))
    close(purchase.orders.get().line_id, after(minutes=5))
    work_items.refuse(item.id, "line closed", "sato", after(minutes=6))
    cast.go(after(minutes=7))
    assert cast.states(purchase) == ["refunded"]
    assert incidents() == []


def test_an_answer_nobody_knows_yet_is_waited_for(shop):
    shop.press("carrier", "late", times=1)
    purchase = shop.sell()
    line = purchase.orders.get().line_id
    close(line, after(seconds=1))
    assert cast.states(purchase) == ["applied"]
    cast.go(after(seconds=3))
    assert cast.states(purchase) == ["refunded"]
    assert incidents() == ["delivered_to_closed_line"]


def test_no_yes_is_taken_for_a_closed_line(shop):
    from tsuzuki.actions.order.accept import accept, accept_many
    from tsuzuki.actions.order.acceptance import Acceptance, Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote, quote_many
    from tsuzuki.core.errors import Refused
    from tsuzuki.records.models import Purchase

    one, other = cast.lines(2)
    row = quote([LineRequest(one, "data-3gb")], NOON)
    pair = quote_many([[LineRequest(one, "data-3gb")], [LineRequest(other, "data-3gb")]], NOON)
    close(one)
    with pytest.raises(Refused, match="line_closed"):
        accept(row.id, [PaymentChoice("sandbox")], Buyer(Principal.system("test"), "key-1"), LATER)
    refused, taken = accept_many(
        [
            Acceptance(quote.id, [PaymentChoice("sandbox")], Buyer(Principal.system("test"), str(quote.id)))
            for quote in pair
        ],
        LATER,
    )
    assert str(refused) == "line_closed"
    assert Purchase.objects.get().id == taken.id


def test_a_yes_and_the_closing_wait_for_each_other(shop):
    """Whoever comes second sees what the first did: a yes that holds the line lets it close only afterwards,
    and is settled then.
    """
    from concurrent.futures import ThreadPoolExecutor

    from django.db import transaction

    from tests.actions.test_lock_order import beside, waiting_for_a_lock
    from tsuzuki.actions.order.accept import accept_many
    from tsuzuki.actions.order.acceptance import Acceptance, Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.records.models import Purchase

    line = cast.line()
    row = quote([LineRequest(line, "data-3gb")], NOON)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            accept_many.__wrapped__(
                [Acceptance(row.id, [PaymentChoice("sandbox")], Buyer(Principal.system("test"), "key-1"))],
                SOON,
            )
            closing = pool.submit(beside, lambda: close(line))
            while not waiting_for_a_lock():
                assert not closing.done(), "it was closed under a yes"
        closing.result()
    assert cast.states(Purchase.objects.get()) == ["cancelled"]


def test_plans_that_have_not_begun_are_asked_back_where_the_operator_wants(shop):
    from tsuzuki.actions.order.close_line import close_line
    from tsuzuki.actions.work import reversals
    from tsuzuki.records.models import Incident

    running = shop.sell()
    line = running.orders.get().line_id
    waiting = cast.buy(line, now=SOON)
    cast.go(SOON)
    close_line(line, LATER, "staff kim", "The line was closed.")
    asked = Incident.objects.get(kind="refund_asked")
    assert (asked.order.purchase_id, asked.facts["reason"]) == (waiting.id, "The line was closed.")
    reversals.approve(f"i{asked.id}", "staff mori", LATER)
    cast.go(LATER)
    assert (cast.states(running), cast.states(waiting)) == (["delivered"], ["refunded"])


def test_closing_again_settles_what_a_crash_left(shop, monkeypatch):
    from tsuzuki.actions.lines.line_records import mark_closed

    shop.pays("page")
    line = cast.line()
    purchase = cast.buy(line)
    cast.go()
    mark_closed(line, SOON)
    close(line, LATER)
    assert cast.states(purchase) == ["cancelled"]
    cast.go(LATER + timedelta(minutes=1))
