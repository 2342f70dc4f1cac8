"""Money on its way back: through the gateway, to the lot, as a new voucher, over the counter; once, and where
it came from.
"""

from datetime import timedelta

import pytest

from tests import cast
from tests.actions.conftest import after, balances, families, incidents, refund_states
from tests.cast import NOON

SOON = after(seconds=3)


def undeliverable(shop, *pays, email: str = "", holder: str = "holder@example.com"):
    """Bought, refused by the carrier; everything due at noon is done."""
    shop.pays()
    shop.press("carrier", "refuse")
    purchase = cast.buy(cast.line(email=holder), "data-3gb", *pays, email=email)
    cast.go()
    return purchase


def new_vouchers(purchase) -> dict[str, list[str]]:
    """Codes told, by who was told."""
    from django.conf import settings

    from tsuzuki.records.models import OutboundMessage

    told: dict[str, list[str]] = {}
    for notice in OutboundMessage.objects.filter(purchase=purchase, kind="new_voucher"):
        told.setdefault(notice.address, []).append(settings.KEYRING.open(notice.secret))
    return told


@pytest.mark.parametrize("lost", ["late", "error", "garbage"])
@pytest.mark.parametrize("ignores", [(), ("ignore_keys",)])
def test_refunded_but_the_answer_lost_is_looked_up(shop, lost, ignores):
    shop.press("gateway/refunds", lost, *ignores)
    purchase = undeliverable(shop)
    assert cast.states(purchase) == ["refunding"]
    cast.go(SOON)
    assert cast.states(purchase) == ["refunded"]
    effects = shop.gateway(purchase)
    assert (effects["refund_calls"], effects["refunds"], effects["refunded"]) == (1, 1, {"JPY": 990})
    assert balances() == {}


@pytest.mark.parametrize("nothing", ["silent", "busy"])
def test_a_refund_nobody_began_is_asked_again_with_the_same_key(shop, nothing):
    shop.press("gateway/refunds", nothing, times=1)
    purchase = undeliverable(shop)
    key = shop.key(purchase, "refund")
    cast.go(SOON)
    assert cast.states(purchase) == ["refunded"]
    assert (shop.key(purchase, "refund"), shop.gateway(purchase)["refund_calls"]) == (key, 2)


def test_a_pending_refund_is_watched(shop):
    shop.press("gateway/refunds", "pending")
    purchase = undeliverable(shop)
    cast.go(after(minutes=2))
    assert cast.states(purchase) == ["refunding"]
    assert families() == {"clearing": -990, "refund": 990}
    assert shop.sandbox.post(f"gateway/refunds/{shop.key(purchase, 'refund')}", behaviour="accept")[0] in (
        200,
        303,
    )
    cast.go(after(minutes=4))
    assert cast.states(purchase) == ["refunded"]
    assert balances() == {}


@pytest.mark.parametrize("cannot", ["refuse", "ask_details"])
def test_what_cannot_go_back_by_itself_is_owed_and_paid_out_by_staff(shop, cannot):
    from tsuzuki.actions.work import work_items
    from tsuzuki.core.errors import Refused
    from tsuzuki.records.models import AuditEntry, OutboundMessage

    shop.press("gateway/refunds", cannot)
    purchase = undeliverable(shop)
    assert cast.states(purchase) == ["refund_owed"]
    assert families() == {"clearing": -990, "owed": 990}
    assert incidents() == ["refund_owed"]
    assert OutboundMessage.objects.filter(kind="refund_owed").count() == 1
    item = next(item for item in work_items.waiting() if item.kind == "owed")
    assert (item.purchase, item.facts["amount"]) == (purchase.code, "JPY 990")
    with pytest.raises(Refused, match="reference_missing"):
        work_items.finish(item.id, "  ", "sato", SOON)
    work_items.finish(item.id, "receipt 77", "sato", SOON)
    assert cast.states(purchase) == ["refunded"]
    assert balances() == {"clearing:sandbox": -990, "cash": 990}
    assert incidents() == []
    assert AuditEntry.objects.get(act="finish").facts == {"reference": "receipt 77"}
    with pytest.raises(Refused, match="work_done_already"):
        work_items.finish(item.id, "receipt 78", "sato", SOON)
    assert balances("cash") == {"cash": 990}


def test_each_part_goes_back_the_way_it_came(shop):
    """Credit to its lot, the rest through the gateway."""
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.core.money import Money
    from tsuzuki.records import queries

    line = cast.line()
    cast.give_credit(line, 400)
    shop.pays()
    shop.press("carrier", "refuse")
    purchase = cast.buy(
        line, "data-3gb", PaymentChoice("credit", Money(400, "JPY")), PaymentChoice("sandbox")
    )
    cast.go()
    assert cast.states(purchase) == ["refunded"]
    assert sorted(refund_states(purchase)) == [("done", 400), ("done", 590)]
    assert queries.credit_of(line, "JPY", NOON).minor == 400
    assert shop.gateway(purchase, 1)["refunded"] == {"JPY": 590}


@pytest.mark.parametrize(
    ("left", "then"), [(timedelta(days=2), timedelta(days=30)), (timedelta(days=90), timedelta(days=90))]
)
def test_credit_goes_back_to_its_own_lot_with_at_least_thirty_days(shop, left, then):
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.records.models import Lot

    line = cast.line()
    cast.give_credit(line, 1000, now=NOON + left - timedelta(days=180))
    shop.press("carrier", "refuse")
    purchase = cast.buy(line, "data-3gb", PaymentChoice("credit"))
    cast.go()
    assert cast.states(purchase) == ["refunded"]
    lot = Lot.objects.get(good="credit")
    assert (lot.remaining, lot.ends_at) == (1000, NOON + then)
    assert balances() == {"clearing:voucher": -1000, f"credit:{lot.id}": 1000}


def test_orders_paid_together_from_several_lots_give_each_its_own_back(shop):
    """In one go, by as many statements as for one: the longest-lived lot first."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.actions.order.expire import refund_overdue
    from tsuzuki.records.models import Lot, Order

    def left(ids) -> dict:
        return dict(Lot.objects.filter(line__in=ids, good="credit").values_list("id", "remaining"))

    def refunded(lines: int) -> int:
        ids = cast.lines(lines)
        for number, id in enumerate(ids):
            cast.give_credit(id, 1000, now=after(days=-number))
        before = left(ids)
        purchase = cast.buy(ids, "data-3gb", PaymentChoice("credit"))
        assert sum(left(ids).values()) == 10 * lines
        Order.objects.filter(purchase=purchase).update(due_at=after(days=1))
        with CaptureQueriesContext(connection) as queries:
            refund_overdue(after(hours=2), 10, None)
        assert refund_states(purchase) == [("done", 990)] * lines
        assert left(ids) == before
        return sum("records_lot" in one["sql"] or "records_spending" in one["sql"] for one in queries)

    assert refunded(1) == refunded(3) > 0


def test_credit_whose_lot_ended_meanwhile_lives_again(shop):
    """By hand it took a week; the lot ended on the second day."""
    from tsuzuki.actions.money import credit
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.actions.work import work_items
    from tsuzuki.records.models import Lot

    line = cast.line("hand")
    cast.give_credit(line, 1000, now=after(days=-178))
    purchase = cast.buy(line, "data-3gb", PaymentChoice("credit"))
    cast.go()
    item = next(item for item in work_items.waiting() if item.kind == "provision")
    work_items.take(item.id, "sato", NOON)
    assert credit.expire(after(days=3)) == 1
    assert balances("expired") == {"expired:credit": 10}
    work_items.refuse(item.id, "the portal says no", "sato", after(days=7))
    assert cast.states(purchase) == ["refunded"]
    lot = Lot.objects.get(good="credit")
    assert (lot.remaining, lot.ends_at) == (990, after(days=37))
    assert credit.expire(after(days=37)) == 1
    assert credit.expire(after(days=38)) == 0
    assert balances("expired") == {"expired:credit": 1000}


def test_a_voucher_comes_back_as_a_new_voucher_that_works(shop):
    from tsuzuki.actions.messages import notifications
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.records.models import OutboundMessage

    slip = cast.voucher(990)
    purchase = undeliverable(shop, slip, email="payer@example.com")
    assert cast.states(purchase) == ["refunded"]
    ((code,),) = new_vouchers(purchase).values()
    assert code != slip.secret
    notifications.send_due(NOON)
    assert OutboundMessage.objects.get(kind="new_voucher").secret is None  # kept no longer than needed
    mail = next(mail for mail in shop.letters() if code in mail["text"].replace(" ", ""))
    assert mail["language"] in ("en", None, "")
    shop.press("carrier", "accept")
    again = cast.buy(cast.line(), "data-3gb", PaymentChoice("voucher", secret=code), now=after(days=179))
    cast.go(after(days=179))
    assert cast.states(again) == ["delivered"]


def test_the_new_voucher_is_told_to_the_payer_alone(shop):
    purchase = undeliverable(shop, cast.voucher(990), email="payer@example.com", holder="holder@example.com")
    assert list(new_vouchers(purchase)) == ["payer@example.com"]


def test_two_vouchers_come_back_whole(shop):
    """Two parts, told to the payer: what the codes are worth is what was paid."""
    from dataclasses import replace

    from tsuzuki.actions.money.vouchers import digests
    from tsuzuki.core.money import Money
    from tsuzuki.records.models import Voucher

    pays = [replace(cast.voucher(yen), amount=Money(yen, "JPY")) for yen in (500, 490)]
    purchase = undeliverable(shop, *pays, email="payer@example.com")
    assert cast.states(purchase) == ["refunded"]
    codes = new_vouchers(purchase)["payer@example.com"]
    assert sum(Voucher.objects.get(digest__in=digests(code).values()).batch.minor for code in codes) == 990


def test_money_that_comes_when_the_credit_of_its_voucher_would_be_over_goes_back(shop):
    """The voucher was good at the yes; a code is paid for a day later."""
    from dataclasses import replace

    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.core.money import Money
    from tsuzuki.core.voucher import VALID_FOR
    from tsuzuki.records.models import Lot

    slip = replace(cast.voucher(1000), amount=Money(1000, "JPY"))
    at = cast.NOON + VALID_FOR - timedelta(minutes=1)
    shop.clock(at)
    shop.pays("page")
    purchase = cast.buy(
        cast.line(),
        "credit-open",
        slip,
        PaymentChoice("sandbox"),
        now=at,
        amount=Money(3000, "JPY"),
        email="mei@example.com",
    )
    cast.go(at)
    shop.buyer(purchase, "accept", position=1)
    cast.go(at + timedelta(hours=23))
    assert (cast.states(purchase), Lot.objects.exists()) == (["refunded"], False)
    assert shop.gateway(purchase, 1)["refunded"] == {"JPY": 2000}
    assert len(new_vouchers(purchase)["mei@example.com"]) == 1


def test_a_voucher_without_an_address_is_owed_at_the_counter(shop):
    from tsuzuki.actions.work import work_items

    purchase = undeliverable(shop, cast.voucher(990))
    assert cast.states(purchase) == ["refund_owed"]
    assert new_vouchers(purchase) == {}
    item = next(item for item in work_items.waiting() if item.kind == "owed")
    work_items.finish(item.id, "R1", "sato", SOON)
    assert cast.states(purchase) == ["refunded"]
    assert balances() == {"clearing:voucher": -990, "cash": 990}


def test_a_new_voucher_whose_mail_is_refused_is_put_before_people(shop):
    from tsuzuki.actions.messages import notifications

    shop.press("outbox", "refuse")
    undeliverable(shop, cast.voucher(990), email="payer@example.com", holder="")
    notifications.send_due(NOON)
    assert incidents() != []


def test_several_orders_share_their_tenders_to_the_yen(shop):
    """Tenders 1000 and 980 over prices 990 and 990: the refunds of both orders are exactly the tenders."""
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.core.money import Money
    from tsuzuki.records.models import Refund

    shop.pays()
    shop.press("carrier", "refuse")
    purchase = cast.buy(
        cast.lines(2), "data-3gb", PaymentChoice("sandbox", Money(1000, "JPY")), PaymentChoice("sandbox")
    )
    cast.go()
    assert cast.states(purchase) == ["refunded", "refunded"]
    rows = Refund.objects.order_by("order__position", "tender__position").values_list(
        "order__position", "tender__position", "minor"
    )
    assert list(rows) == [(0, 0, 990), (1, 0, 10), (1, 1, 980)]
    assert [shop.gateway(purchase, place)["refunded"] for place in (0, 1)] == [{"JPY": 1000}, {"JPY": 980}]
    assert balances() == {}
