"""The road of an order, the gateway's side: how money comes, and how it comes too late, twice, wrong or is
taken back.
"""

from datetime import timedelta

import pytest

from tests import cast
from tests.actions.conftest import after, balances, families, incidents, refund_states
from tests.cast import NOON

SOON = after(seconds=3)
OVER = timedelta(hours=24, minutes=16)  # past pay_by


def tender_states(purchase) -> list[tuple[str, str]]:
    from tsuzuki.records.models import Tender

    return list(
        Tender.objects.filter(purchase=purchase.id).order_by("position").values_list("method", "state")
    )


def waiting_on_a_page(shop, *pays):
    """A purchase whose buyer is on the gateway's page."""
    shop.pays("page")
    purchase = cast.buy(cast.line(email="a@example.com"), "data-3gb", *pays)
    cast.go()
    return purchase


def test_page_then_the_buyer_pays(shop):
    purchase = waiting_on_a_page(shop)
    attempt = shop.attempt(purchase, "pay")
    assert cast.states(purchase) == ["awaiting_payment"]
    assert attempt.next["url"] == f"{shop.sandbox.url}/pay/{attempt.reference}"
    shop.buyer(purchase, "accept")
    cast.go(after(seconds=10))  # nobody told us, and it is not time to look
    assert cast.states(purchase) == ["awaiting_payment"]
    cast.go(after(seconds=60))
    assert cast.states(purchase) == ["delivered"]
    assert shop.gateway(purchase)["charges"] == 1


@pytest.mark.parametrize("waits", ["pending", "promised"])
def test_pending_and_promised_are_not_paid(shop, waits):
    """A code at the konbini counter, a transfer on its way: no carrier is asked."""
    from tsuzuki.records.models import Attempt

    shop.pays(waits)
    purchase = cast.buy(cast.line())
    cast.go()
    cast.go(after(minutes=10))
    assert cast.states(purchase) == ["awaiting_payment"]
    assert not Attempt.objects.filter(step="provision").exists()
    assert balances() == {}


def test_an_approval_is_followed_through_by_the_clock(shop):
    """The buyer approved and closed the browser: the next look captures."""
    purchase = waiting_on_a_page(shop)
    shop.buyer(purchase, "ready")
    cast.go(after(seconds=60))
    assert cast.states(purchase) == ["delivered"]
    assert shop.gateway(purchase)["charges"] == 1


@pytest.mark.parametrize("lost", ["late", "error", "garbage", "silent"])
def test_a_capture_whose_answer_is_lost_charges_once(shop, lost):
    shop.pays("ready")
    shop.press("gateway/captures", lost, times=1)
    purchase = cast.buy(cast.line())
    for seconds in (0, 3, 70, 140):
        cast.go(after(seconds=seconds))
    assert cast.states(purchase) == ["delivered"]
    assert shop.gateway(purchase)["charges"] == 1


@pytest.mark.parametrize("lost", ["late", "error", "garbage"])
@pytest.mark.parametrize("ignores", [(), ("ignore_keys",)])
def test_paid_but_the_answer_lost_is_looked_up(shop, lost, ignores):
    shop.pays(lost, *ignores)
    purchase = cast.buy(cast.line())
    cast.go()
    assert cast.states(purchase) == ["awaiting_payment"]
    cast.go(SOON)
    assert cast.states(purchase) == ["delivered"]
    effects = shop.gateway(purchase)
    assert (effects["calls"], effects["charges"], effects["charged"]) == (1, 1, {"JPY": 990})


@pytest.mark.parametrize("nothing", ["silent", "busy"])
def test_a_gateway_that_did_nothing_is_asked_again_with_the_same_key(shop, nothing):
    shop.pays("accept")
    shop.press("gateway", nothing, times=1)
    purchase = cast.buy(cast.line())
    cast.go()
    assert cast.states(purchase) == ["awaiting_payment"]
    cast.go(SOON)
    assert cast.states(purchase) == ["delivered"]
    assert (shop.gateway(purchase)["calls"], shop.gateway(purchase)["charges"]) == (2, 1)


def test_refused_then_another_method_is_chosen(shop):
    from tsuzuki.actions.order.choose_again import choose_again
    from tsuzuki.records.models import OutboundMessage

    shop.pays("refuse", reason="card_declined")
    purchase = cast.buy(cast.line(email="a@example.com"))
    cast.go()
    assert cast.states(purchase) == ["awaiting_payment"]
    assert tender_states(purchase) == [("card", "refused")]
    assert shop.attempt(purchase, "pay").reason == "card_declined"
    assert OutboundMessage.objects.filter(kind="needs_you").count() == 1
    shop.pays("accept")
    tender = choose_again(purchase.id, "sandbox", SOON)
    assert tender.minor == 990
    cast.go(SOON)
    assert cast.states(purchase) == ["delivered"]
    assert tender_states(purchase) == [("card", "refused"), ("card", "paid")]
    assert balances("clearing") == {"clearing:sandbox": -990}


def test_nothing_can_be_chosen_again_once_it_is_paid_or_over(shop):
    from tsuzuki.actions.order.choose_again import choose_again
    from tsuzuki.actions.write.ids import mint_anywhere
    from tsuzuki.core.errors import Refused

    purchase = shop.sell()
    with pytest.raises(Refused, match="purchase_not_waiting"):
        choose_again(purchase.id, "sandbox", SOON)
    with pytest.raises(Refused, match="order_unknown"):
        choose_again(mint_anywhere(NOON), "sandbox", SOON)
    other = waiting_on_a_page(shop)
    with pytest.raises(Refused, match="purchase_not_waiting"):
        choose_again(other.id, "sandbox", NOON + OVER)
    with pytest.raises(Refused, match="method_unknown"):
        choose_again(other.id, "credit", SOON)
    assert tender_states(other) == [("card", "open")]


def test_the_old_method_is_closed_before_the_new_one_is_paid(shop):
    from tsuzuki.actions.order.choose_again import choose_again

    purchase = waiting_on_a_page(shop)
    choose_again(purchase.id, "sandbox", SOON)
    cast.go(SOON)
    assert tender_states(purchase) == [("card", "closed"), ("card", "open")]
    shop.buyer(purchase, "accept", position=0)  # closed there too: it takes no money
    shop.buyer(purchase, "accept", position=1)
    cast.go(after(seconds=65))
    assert cast.states(purchase) == ["delivered"]
    assert shop.gateway(purchase, 0)["charges"] == 0


def test_the_old_method_paid_just_before_it_was_closed_is_the_payment(shop):
    from tsuzuki.actions.order.choose_again import choose_again

    purchase = waiting_on_a_page(shop)
    shop.buyer(purchase, "accept", position=0)
    choose_again(purchase.id, "sandbox", SOON)
    for seconds in (3, 6, 9):
        cast.go(after(seconds=seconds))
    assert cast.states(purchase) == ["delivered"]
    assert tender_states(purchase) == [("card", "paid"), ("card", "closed")]


def test_both_methods_paid_the_second_is_refunded(shop):
    from tsuzuki.actions.order.choose_again import choose_again

    purchase = waiting_on_a_page(shop)
    choose_again(purchase.id, "sandbox", SOON)
    cast.go(SOON)
    shop.buyer(purchase, "accept", position=1)
    cast.go(after(seconds=65))
    assert cast.states(purchase) == ["delivered"]
    shop.buyer(purchase, "too_late", position=0)  # at the convenience store, with the slip of the first try
    assert shop.tell(shop.key(purchase, "pay", 0), "payment.paid", after(seconds=70)) == "woke"
    cast.go(after(seconds=70))
    assert cast.states(purchase) == ["delivered"]
    assert refund_states(purchase) == [("done", 990)]
    assert (shop.gateway(purchase, 0)["refunded"], shop.gateway(purchase, 1)["refunded"]) == (
        {"JPY": 990},
        {},
    )
    assert balances("held") == balances("refund") == {}


def test_part_of_the_old_and_all_of_the_new_method_the_surplus_is_refunded(shop):
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.actions.order.choose_again import choose_again
    from tsuzuki.core.money import Money

    purchase = waiting_on_a_page(shop, PaymentChoice("sandbox", Money(500, "JPY")), PaymentChoice("sandbox"))
    shop.buyer(purchase, "accept", position=0)
    assert choose_again(purchase.id, "sandbox", after(seconds=1)).minor == 990
    for seconds in (2, 5):
        cast.go(after(seconds=seconds))
    assert cast.states(purchase) == ["awaiting_payment"]
    shop.buyer(purchase, "accept", position=2)
    cast.go(after(seconds=90))
    assert cast.states(purchase) == ["delivered"]
    assert sum(minor for _, minor in refund_states(purchase)) == 500
    assert balances("held") == {}


def test_another_amount_is_never_applied_and_staff_is_told(shop):
    from tsuzuki.records.models import Attempt, Order

    shop.pays("other_amount")
    purchase = cast.buy(cast.line())
    cast.go()
    cast.go(after(minutes=30))
    assert cast.states(purchase) == ["awaiting_payment"]
    assert Order.objects.get(purchase=purchase.id).needs_staff == "payment_other_amount"
    assert incidents() == ["other_amount", "payment_other_amount"]
    assert families() == {"clearing": -991, "unclaimed": 991}
    assert not Attempt.objects.filter(step="provision").exists()


def test_paid_and_taken_back_before_we_heard_of_it_is_not_paid(shop):
    shop.pays("reverse", "late")
    purchase = cast.buy(cast.line())
    cast.go()
    cast.go(SOON)
    assert cast.states(purchase) == ["awaiting_payment"]
    assert incidents() == ["money_reversed"]
    for hours in (25, 26):
        cast.go(after(hours=hours))
    assert balances() == {}
    assert shop.gateway(purchase)["refunds"] == 0


def test_taken_back_after_delivery_is_our_loss(shop):
    from tsuzuki.records.models import Period

    purchase = shop.sell()
    shop.takes_back(purchase, "gateway", after(days=3))
    cast.go(after(days=3))
    assert cast.states(purchase) == ["reversed"]
    assert balances() == {
        "loss:reversal": -990,
        "tax:10": 90,
        "carrier:sand": 400,
        "deferred_cost": -400,
        "unearned": 900,
    }
    assert Period.objects.get().state == "confirmed"  # what was delivered stays delivered
    assert incidents() == ["money_reversed"]
    cast.go(after(days=4))
    assert refund_states(purchase) == []


@pytest.mark.parametrize("look", ["silent", "garbage", "busy"])
def test_taken_back_is_not_forgotten_when_the_first_look_fails(shop, look):
    purchase = shop.sell()
    shop.takes_back(purchase, "gateway", SOON)
    shop.press("gateway/looks", look, times=1)
    for minutes in (1, 2, 10, 30):
        cast.go(after(minutes=minutes))
    assert cast.states(purchase) == ["reversed"]


def test_taken_back_while_the_carrier_works_is_not_forgotten_on_delivery(shop):
    from tsuzuki.actions.work import work_items

    purchase = shop.sell(carrier="hand")
    shop.takes_back(purchase, "gateway", SOON)
    cast.go(SOON)
    assert incidents() == ["money_reversed"]
    item = next(item for item in work_items.waiting() if item.kind == "provision")
    work_items.finish(item.id, "R1", "sato", after(minutes=5))
    cast.go(after(minutes=5))
    assert "money_reversed" in incidents() or cast.states(purchase) == ["reversed"]


def test_taken_back_while_the_order_waits_its_turn_is_not_paid_out_again(shop):
    line = cast.line("hand")
    shop.pays()
    cast.buy(line)
    cast.go()
    second = cast.buy(line, now=after(seconds=1))
    cast.go(after(seconds=1))
    assert cast.states(second) == ["paid"]
    shop.takes_back(second, "gateway", SOON)
    for span in (SOON, after(hours=1), after(hours=2)):
        cast.go(span)
    assert shop.gateway(second)["refunds"] == 0
    assert cast.states(second) != ["delivered"]


def test_expired_and_then_paid_goes_back(shop):
    purchase = waiting_on_a_page(shop)
    key = shop.key(purchase, "pay")
    shop.clock(NOON + OVER)  # at the gateway it is closed by its own time
    cast.go(NOON + OVER)
    cast.go(NOON + OVER + timedelta(minutes=2))
    assert cast.states(purchase) == ["expired"]
    assert tender_states(purchase) == [("card", "closed")]
    shop.clock(NOON + OVER)
    shop.buyer(purchase, "too_late")
    assert shop.tell(key, "payment.paid", NOON + OVER + timedelta(minutes=3)) == "woke"
    cast.go(NOON + OVER + timedelta(minutes=3))
    assert cast.states(purchase) == ["refunded"]
    assert shop.gateway(purchase)["refunded"] == {"JPY": 990}
    assert balances() == {}


def test_cancelled_and_then_paid_goes_back(shop):
    from tsuzuki.actions.order.expire import cancel
    from tsuzuki.core.errors import Refused
    from tsuzuki.records.models import AuditEntry

    purchase = waiting_on_a_page(shop)
    shop.buyer(purchase, "accept")  # pays, and presses «cancel» in the other window
    cancel(purchase.id, "buyer", SOON)
    assert cast.states(purchase) == ["cancelled"]
    cast.go(SOON)
    assert cast.states(purchase) == ["refunded"]
    assert shop.gateway(purchase)["refunded"] == {"JPY": 990}
    assert AuditEntry.objects.filter(act="cancel").count() == 1
    with pytest.raises(Refused, match="order_not_cancellable"):
        cancel(purchase.id, "buyer", SOON)


def test_cancelled_before_anyone_was_asked_asks_nobody(shop):
    from tsuzuki.actions.order.expire import cancel
    from tsuzuki.records.models import Attempt

    purchase = cast.buy(cast.line())
    cancel(purchase.id, "buyer", NOON)
    cast.go(SOON)
    assert cast.states(purchase) == ["cancelled"]
    assert not Attempt.objects.exists()
    assert tender_states(purchase) == [("card", "closed")]


def test_expire_releases_credit_and_voucher(shop):
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.core.money import Money
    from tsuzuki.records import queries
    from tsuzuki.records.models import Voucher

    shop.pays("page")
    line = cast.line()
    cast.give_credit(line, 300)
    slip = cast.voucher(200)
    voucher = PaymentChoice("voucher", Money(200, "JPY"), slip.secret)
    purchase = cast.buy(
        line, "data-3gb", PaymentChoice("credit", Money(300, "JPY")), voucher, PaymentChoice("sandbox")
    )
    cast.go()
    assert queries.credit_of(line, "JPY", NOON).minor == 0
    shop.clock(NOON + OVER)
    cast.go(NOON + OVER)
    assert cast.states(purchase) == ["expired"]
    assert tender_states(purchase) == [("credit", "closed"), ("voucher", "closed"), ("card", "closed")]
    assert queries.credit_of(line, "JPY", NOON + OVER).minor == 300
    assert balances("held") == {}
    again = cast.buy(
        line,
        "data-3gb",
        PaymentChoice("credit", Money(300, "JPY")),
        voucher,
        PaymentChoice("sandbox"),
        now=NOON + OVER,
    )
    assert Voucher.objects.get(tender__purchase=again.id).last_digits == slip.secret[-4:]


def test_a_purchase_paid_in_part_gives_the_part_back_when_it_expires(shop):
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.core.money import Money

    purchase = waiting_on_a_page(shop, PaymentChoice("sandbox", Money(500, "JPY")), PaymentChoice("sandbox"))
    shop.buyer(purchase, "accept", position=1)
    cast.go(after(seconds=60))
    assert cast.states(purchase) == ["awaiting_payment"]
    shop.clock(NOON + OVER)
    cast.go(NOON + OVER)
    cast.go(NOON + OVER + timedelta(minutes=5))
    assert cast.states(purchase) == ["refunded"]
    assert refund_states(purchase) == [("done", 490)]
    assert balances() == {}


def test_a_voucher_is_disabled_also_while_it_waits_for_other_money(shop):
    """Whoever holds a lost sheet cannot keep it good by beginning to pay with it."""
    from tsuzuki.actions.money import vouchers
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.actions.order.expire import cancel
    from tsuzuki.core.errors import Refused
    from tsuzuki.core.money import Money

    half = Money(500, "JPY")
    batch, (code,) = vouchers.make_batch(half, 1, NOON)
    shop.pays("page")
    purchase = cast.buy(
        cast.line(), "data-3gb", PaymentChoice("voucher", half, code), PaymentChoice("sandbox")
    )
    assert vouchers.disable(batch.id, "", "sato", NOON) == 1
    cancel(purchase.id, "buyer", after(minutes=1))
    with pytest.raises(Refused, match="voucher_expired"):
        cast.buy(cast.line(), "credit-open", PaymentChoice("voucher", secret=code), amount=half)
