"""The one yes: what a key stands for, what the tenders must bring, and that a refusal
leaves nothing behind.
"""

from datetime import timedelta

import pytest

from tests import cast
from tests.actions.conftest import after, balances
from tests.cast import NOON
from tsuzuki.core.principal import Principal


@pytest.fixture
def line(shop):
    return cast.line()


def yen(minor: int):
    from tsuzuki.core.money import Money

    return Money(minor, "JPY")


def pay(method: str = "sandbox", minor: int | None = None, secret: str = "", currency: str = "JPY"):
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.core.money import Money

    return PaymentChoice(method, None if minor is None else Money(minor, currency), secret)


def quoted(line, plan: str = "data-3gb", now=NOON, **more):
    from tsuzuki.actions.order.quote import LineRequest, quote

    return quote([LineRequest(line, plan, **more)], now)


def say_yes(quote, *pays, buyer: str = "mei", key: str = "k1", now=NOON, email: str = ""):
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer

    return accept(quote.id, pays or (pay(),), Buyer(Principal.system(buyer), key, email), now)


class Untouched:
    """What is in the tables that an accept writes; equal before and after: nothing was left behind."""

    def __init__(self) -> None:
        from procrastinate.contrib.django.models import ProcrastinateJob

        from tsuzuki.records import models

        tables = (
            models.Purchase,
            models.Order,
            models.Tender,
            models.Spending,
            models.OutboundMessage,
            models.Attempt,
            ProcrastinateJob,
        )
        self.counts = [table.objects.count() for table in tables]
        self.lots = sorted(models.Lot.objects.values_list("id", "remaining"))
        self.vouchers = sorted(models.Voucher.objects.values_list("id", "tender"))
        self.books = balances()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Untouched) and vars(self) == vars(other)


def refused(code: str, quote, *pays, **more) -> dict[str, object]:
    """Accepting is refused with a code; the facts are returned, and nothing has changed."""
    from tsuzuki.core.errors import Refused

    before = Untouched()
    with pytest.raises(Refused) as refusal:
        say_yes(quote, *pays, **more)
    assert refusal.value.code == code
    assert before == Untouched()
    return refusal.value.facts


def test_it_writes_what_was_quoted_and_wakes_a_worker(line):
    from procrastinate.contrib.django.models import ProcrastinateJob

    from tsuzuki.core import ids
    from tsuzuki.records.models import Order, Tender

    quote = quoted(line)
    purchase = say_yes(quote)
    order, tender = Order.objects.get(), Tender.objects.get()
    assert (purchase.minor, purchase.currency, purchase.pay_by, purchase.waiting) == (
        990,
        "JPY",
        after(hours=24, minutes=15),
        True,
    )
    assert (order.minor, order.tax_minor, order.tax_percent, order.cost_minor, order.state) == (
        990,
        90,
        10,
        400,
        "awaiting_payment",
    )
    assert (tender.method, tender.minor, tender.state, tender.due_at) == ("card", 990, "waiting", NOON)
    assert {ids.bucket_of(id) for id in (line, quote.id, purchase.id, order.id, tender.id)} == {
        ids.bucket_of(line)
    }
    assert ProcrastinateJob.objects.get(task_name="advance").args == {"purchase": str(purchase.id)}
    assert balances() == {}
    assert len(purchase.token) == 43


def test_the_same_key_and_wish_is_the_same_purchase(line):
    from tsuzuki.records.models import Purchase, Tender

    quote = quoted(line)
    first = say_yes(quote)
    # Also long after the quote has ended.
    assert say_yes(quote).id == say_yes(quote, now=after(days=2)).id == first.id
    assert (Purchase.objects.count(), Tender.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "wish", [{"pays": ("byhand",)}, {"email": "x@example.com"}, {"quote": True}, {"amount": 990}]
)
def test_the_same_key_with_another_wish_is_refused(line, wish):
    quote = quoted(line)
    say_yes(quote)
    other = quoted(line) if "quote" in wish else quote
    pays = (pay("byhand"),) if "pays" in wish else (pay(minor=wish.get("amount")),)
    refused("key_reused", other, *pays, email=wish.get("email", ""))


def test_another_buyers_key_is_another_key(line):
    first = say_yes(quoted(line))
    assert say_yes(quoted(line), buyer="sato").id != first.id
    assert say_yes(quoted(line), key="k2").id != first.id


def test_a_quote_is_used_once(line):
    quote = quoted(line)
    say_yes(quote)
    refused("quote_used", quote, key="k2")


def test_a_quote_ends(line):
    quote = quoted(line)
    facts = refused("quote_expired", quote, now=after(minutes=15))
    assert facts == {"at": after(minutes=15).isoformat()}
    assert say_yes(quote, now=after(minutes=15) - timedelta(microseconds=1))


def test_an_unknown_quote(line):
    from types import SimpleNamespace

    from tsuzuki.actions.write.ids import mint_anywhere

    refused("quote_unknown", SimpleNamespace(id=mint_anywhere(NOON)))


@pytest.mark.parametrize(
    ("code", "pays"),
    [
        ("tenders_do_not_cover", [("sandbox", 989)]),
        ("tenders_do_not_cover", [("sandbox", 991)]),
        ("tenders_do_not_cover", [("sandbox", 991), ("byhand", None)]),
        ("tenders_do_not_cover", [("sandbox", 990), ("byhand", None)]),
        ("tenders_do_not_cover", [("sandbox", None), ("byhand", None)]),
        ("tenders_do_not_cover", [("sandbox", 500), ("byhand", 489)]),
        ("amount_not_positive", [("sandbox", 0), ("byhand", None)]),
        ("amount_not_positive", [("sandbox", -10), ("byhand", 1000)]),
        ("amount_too_large", [("sandbox", 10**13), ("byhand", None)]),
        ("method_unknown", [("cheque", None)]),
        ("method_unknown", [("", None)]),
        ("credit_short", [("credit", None)]),
        ("voucher_malformed", [("voucher", None)]),
    ],
)
def test_tenders_that_will_not_do(line, code, pays):
    refused(code, quoted(line), *(pay(method, minor) for method, minor in pays))


def test_no_tender_at_all(line):
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer
    from tsuzuki.core.errors import Refused

    with pytest.raises(Refused, match="tenders_do_not_cover"):
        accept(quoted(line).id, (), Buyer(Principal.system("mei"), "k1"), NOON)


def test_too_much_is_not_said_to_be_missing(line):
    assert "-" not in str(refused("tenders_do_not_cover", quoted(line), pay(minor=1000)).get("missing", ""))
    assert refused("tenders_do_not_cover", quoted(line), pay(minor=900))["missing"] == "JPY 90"


def test_a_tender_in_another_currency(line):
    assert refused("currency_mismatch", quoted(line), pay(minor=990, currency="USD")) == {
        "expected": "JPY",
        "got": "USD",
    }


def test_cash_beyond_what_the_till_takes(line):
    quote = quoted(line, "credit-open", amount=yen(30_000))
    assert say_yes(quote, pay("byhand"))  # at most 1,000,000 there


def test_several_lines_are_several_orders_of_one_purchase(shop):
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.records.models import Order

    first, second, third = cast.lines(3)
    shop.pays()
    purchase = say_yes(
        quote(
            [
                LineRequest(first, "data-3gb"),
                LineRequest(second, "data-20gb"),
                LineRequest(third, "credit-3000"),
            ],
            NOON,
        )
    )
    rows = (
        Order.objects.filter(purchase=purchase)
        .order_by("position")
        .values_list("position", "line", "kind", "minor")
    )
    assert list(rows) == [(0, first, "plan", 990), (1, second, "plan", 2700), (2, third, "credit", 3000)]
    assert purchase.minor == 6690
    cast.go()
    assert cast.states(purchase) == ["delivered"] * 3
    assert shop.gateway(purchase)["charged"] == {"JPY": 6690}


def test_one_of_several_is_refused_and_only_that_one_is_refunded(shop):
    from tsuzuki.records.models import Number

    lines = cast.lines(3)
    barred = Number.objects.get(line=lines[1]).msisdn
    shop.pays()
    shop.press("carrier", "refuse", msisdn=barred)
    purchase = cast.buy(lines)
    cast.go()
    assert cast.states(purchase) == ["delivered", "refunded", "delivered"]
    assert shop.gateway(purchase)["refunded"] == {"JPY": 990}
    assert balances("held") == {}


def test_credit_pays_and_comes_back_short_by_what_was_spent(line):
    from tsuzuki.records import queries

    cast.give_credit(line, 3000)
    purchase = say_yes(quoted(line), pay("credit"))
    assert cast.states(purchase) == ["paid"]
    assert queries.credit_of(line, "JPY", NOON) == yen(2010)


def test_credit_that_ends_first_is_spent_first(line):
    from tsuzuki.records.models import Lot, Spending

    cast.give_credit(line, 600, now=after(days=-10))
    cast.give_credit(line, 600, now=after(days=-20))
    say_yes(quoted(line), pay("credit"))
    older, newer = Lot.objects.filter(good="credit").order_by("ends_at")
    assert (older.remaining, newer.remaining) == (0, 210)
    assert dict(Spending.objects.values_list("lot", "minor")) == {older.id: 600, newer.id: 390}


def test_credit_too_short_leaves_nothing_behind(line):
    cast.give_credit(line, 989)
    assert refused("credit_short", quoted(line), pay("credit")) == {"missing": "JPY 1"}


@pytest.mark.parametrize(
    ("bought", "code"), [(timedelta(days=-180), "credit_short"), (timedelta(days=-179), None)]
)
def test_credit_past_its_date_is_no_money(line, bought, code):
    cast.give_credit(line, 990, now=NOON + bought)
    if code:
        refused(code, quoted(line), pay("credit"))
    else:
        assert cast.states(say_yes(quoted(line), pay("credit"))) == ["paid"]


def test_credit_of_another_line_is_not_ours(line):
    cast.give_credit(cast.line(), 3000)
    refused("credit_short", quoted(line), pay("credit"))


def test_credit_buys_no_credit(line):
    cast.give_credit(line, 5000)
    refused("method_unknown", quoted(line, "credit-3000"), pay("credit"))
    refused("method_unknown", quoted(line, "credit-3000"), pay("credit", 100), pay())


def test_two_credit_tenders_take_what_each_says_or_are_refused(line):
    from tsuzuki.core.errors import Refused

    cast.give_credit(line, 3000)
    try:
        purchase = say_yes(quoted(line), pay("credit", 100), pay("credit"))
    except Refused:
        assert sum(balances("credit").values()) == 3000
    else:
        assert cast.states(purchase) == ["paid"]
        assert sum(balances("credit").values()) == 2010


def test_credit_and_gateway_together(shop, line):
    from tsuzuki.records.models import Tender

    shop.pays()
    cast.give_credit(line, 500)
    purchase = say_yes(quoted(line), pay("credit", 400), pay())
    assert list(
        Tender.objects.filter(purchase=purchase).order_by("position").values_list("method", "minor", "state")
    ) == [
        ("credit", 400, "paid"),
        ("card", 590, "waiting"),
    ]
    assert balances(f"held:{purchase.id}") == {f"held:{purchase.id}": 400}
    cast.go()
    assert cast.states(purchase) == ["delivered"]
    assert shop.gateway(purchase, 1)["charged"] == {"JPY": 590}
    assert balances("unearned") == {"unearned": 900}


def test_a_voucher_pays_at_once(line):
    slip = cast.voucher(990)
    purchase = say_yes(quoted(line), slip)
    assert cast.states(purchase) == ["paid"]
    assert balances() == {"clearing:voucher": -990, f"held:{purchase.id}": 990}
    assert slip.secret not in repr(slip)
    assert slip.secret not in str(purchase.asked)


def test_a_voucher_as_it_is_printed_and_typed(line):
    secret = cast.voucher(990).secret
    typed = " ".join(secret[i : i + 4] for i in range(0, 16, 4))
    assert cast.states(say_yes(quoted(line), pay("voucher", secret=typed))) == ["paid"]


@pytest.mark.parametrize("digits", ["", "1234", "1234567890123456", "abcdabcdabcdabcd", "9" * 40])
def test_a_malformed_voucher(line, digits):
    facts = refused("voucher_malformed", quoted(line), pay("voucher", secret=digits))
    assert not digits or digits not in str(facts)


def test_an_unknown_voucher(line):
    from tsuzuki.core.identifiers import voucher_from

    refused("voucher_unknown", quoted(line), pay("voucher", secret=voucher_from("123456789012345")))


def test_a_used_voucher(line):
    slip = cast.voucher(990)
    say_yes(quoted(line), slip)
    refused("voucher_used", quoted(line), slip, key="k2")


def test_the_same_voucher_twice_in_one_purchase(line):
    slip = cast.voucher(495)
    refused("voucher_used", quoted(line), pay("voucher", 495, slip.secret), pay("voucher", 495, slip.secret))


def test_an_expired_voucher(line):
    refused("voucher_expired", quoted(line), cast.voucher(990, now=after(days=-180)))
    assert say_yes(quoted(line), cast.voucher(990, now=after(days=-179)))


def test_a_disabled_voucher(line):
    from tsuzuki.records.models import Voucher

    slip = cast.voucher(990)
    Voucher.objects.update(disabled_at=NOON)
    refused("voucher_expired", quoted(line), slip)


@pytest.mark.parametrize("worth", [989, 1000])
def test_a_voucher_of_another_amount(line, worth):
    refused("tenders_do_not_cover", quoted(line), cast.voucher(worth))


def test_a_voucher_in_another_currency(line):
    from tsuzuki.actions.money.vouchers import make_batch
    from tsuzuki.core.money import Money

    refused(
        "currency_mismatch", quoted(line), pay("voucher", secret=make_batch(Money(990, "CNY"), 1, NOON)[1][0])
    )


def test_credit_reserved_before_a_bad_voucher_is_released_by_the_refusal(line):
    cast.give_credit(line, 500)
    refused("voucher_unknown", quoted(line), pay("credit", 500), pay("voucher", secret="0000000000000000"))


@pytest.mark.parametrize(
    ("kind", "id", "of_account"),
    [("account", "", False), ("account", "another", True), ("visitor", "", True), ("somebody", "", False)],
)
def test_a_purchase_is_an_accounts_where_it_names_one_and_nowhere_else(line, kind, id, of_account):
    from django.db import IntegrityError, transaction

    from tsuzuki.actions.money import accounts
    from tsuzuki.records.models import Purchase

    account = accounts.make("shop", "reseller", "test", NOON)
    purchase = say_yes(quoted(line))
    with pytest.raises(IntegrityError, match="purchase_buyer"), transaction.atomic():
        Purchase.objects.filter(id=purchase.id).update(
            buyer_kind=kind, buyer_id=id, account=account if of_account else None
        )
    Purchase.objects.filter(id=purchase.id).update(
        buyer_kind="account", buyer_id=str(account.id), account=account
    )


@pytest.mark.parametrize("days", [0, 100, 179])
def test_credit_bought_with_a_voucher_ends_within_six_months_of_the_voucher(line, days):
    """The voucher is money already: what it becomes does not begin another six months."""
    from tsuzuki.core.voucher import credit_until
    from tsuzuki.records.models import Lot

    made = NOON - timedelta(days=days, hours=1)
    purchase = cast.buy(line, "credit-open", cast.voucher(3000, made), amount=yen(3000))
    cast.go()
    lot = Lot.objects.get(order__purchase=purchase.id)
    assert lot.ends_at == credit_until(made) < NOON + timedelta(days=180)
    assert (lot.good, lot.remaining, lot.starts_at) == ("credit", 3000, NOON)
