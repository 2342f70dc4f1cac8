# ruff: noqa: F811 (a test names the fixture it asks for)
"""The road through the API: line, plans, quote, purchase, order; one key makes one purchase, and the price is
the quote's.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests import cast
from tests.actions.conftest import balances, families, running_sandbox, sandbox, shop  # noqa: F401 (fixtures)
from tests.faces.program import Program, program, wall  # noqa: F401 (fixtures)
from tsuzuki.core.principal import Principal

UNKNOWN = "01890000-0000-7000-8000-000000000000"


def number_of(line) -> str:
    from tsuzuki.records.models import Number

    return Number.objects.get(line=line, until=None).msisdn


def test_from_number_to_delivered(shop, wall):
    line, seller = cast.line(), program(balance=5000)
    found = seller.line(number_of(line))
    assert (found["id"], found["state"], found["plan"], found["zone"]) == (
        str(line),
        "ended",
        None,
        "Asia/Tokyo",
    )
    quote = seller.quote(line)
    assert quote["total"] == {"amount_minor": 990, "currency": "JPY"}
    assert quote["tax"] == [{"percent": 10, "amount": {"amount_minor": 90, "currency": "JPY"}}]
    (item,) = quote["items"]
    assert (item["old_end"], item["starts_at"], item["new_end"]) == (
        None,
        "2026-11-22T03:00:00Z",
        "2026-12-22T15:00:00Z",
    )
    bought = seller.buy(quote["id"], "key-1")
    assert bought.status == 201
    assert bought.body["next_action"] is None
    assert [order["state"] for order in bought.body["orders"]] == ["paid"]
    assert bought.headers["Location"].endswith(bought.body["id"])
    cast.go()
    order = seller.get("/orders/" + bought.body["orders"][0]["id"]).body
    assert (order["state"], order["new_end"], order["being_mended"]) == (
        "delivered",
        "2026-12-22T15:00:00Z",
        False,
    )
    now = seller.get(f"/lines/{line}").body
    assert (now["state"], now["plan"]["code"], now["periods"][0]["ends_at"]) == (
        "active",
        "data-3gb",
        "2026-12-22T15:00:00Z",
    )
    assert [(lot["good"], lot["remaining"]) for lot in now["lots"]] == [("data", 3 * 10**9)]
    assert {deadline["what"] for deadline in now["deadlines"]} == {"plan_ends", "allowance_ends"}
    assert seller.get("/account").body["balance"] == {"amount_minor": 4010, "currency": "JPY"}


def test_the_same_key_and_body_get_the_same_bytes_however_far_the_order_is(shop, wall):
    seller = program(balance=5000)
    quote = seller.quote(cast.line())
    first = seller.buy(quote["id"], "key-1")
    cast.go()
    wall.at += timedelta(days=2)  # the quote is long over
    again = seller.buy(quote["id"], "key-1")
    assert (again.status, again.raw) == (first.status, first.raw)
    assert seller.get("/purchases/" + first.body["id"]).body["orders"][0]["state"] == "delivered"


def test_the_same_key_with_another_wish_is_refused(shop, wall):
    seller, line = program(balance=5000), cast.line()
    one, other = seller.quote(line), seller.quote(line)
    assert seller.buy(one["id"], "key-1").status == 201
    assert (said := seller.buy(other["id"], "key-1")).code == "key_reused"
    assert said.status == 409
    assert seller.buy(one["id"], "key-1", {"method": "account", "amount_minor": 990}).code == "key_reused"
    assert seller.buy(one["id"], "key-1", language="ja").code == "key_reused"
    assert seller.buy(one["id"], "key-2").code == "quote_used"
    assert balances("account:") == {f"account:{account()}": 4010}


def account() -> str:
    from tests.faces.program import account_of

    return str(account_of().id)


def test_two_accounts_may_use_the_same_key(shop, wall):
    one, other = program("one", balance=990), program("other", balance=990)
    assert one.buy(one.quote(cast.line())["id"], "same").status == 201
    assert other.buy(other.quote(cast.line())["id"], "same").status == 201


def test_a_refusal_is_not_kept_under_the_key(shop, wall):
    from tests.faces.program import account_of
    from tsuzuki.actions.money import accounts
    from tsuzuki.core.money import Money

    seller = program(balance=100)
    quote = seller.quote(cast.line())
    short = seller.buy(quote["id"], "key-1")
    assert (short.status, short.code, short.body["missing"]) == (422, "balance_short", "JPY 890")
    assert "890" in short.body["detail"]
    accounts.top_up(account_of().id, Money(890, "JPY"), "second", "test", cast.NOON)
    assert seller.buy(quote["id"], "key-1").status == 201


def test_64_at_once_with_one_key_make_one_purchase(shop, wall):
    from django.db import connection

    from tsuzuki.records.models import Order, Purchase

    seller = program(balance=99_000)
    quote = seller.quote(cast.line())

    def one(_):
        try:
            return seller.buy(quote["id"], "key-1")
        finally:
            connection.close()

    with ThreadPoolExecutor(64) as pool:
        said = list(pool.map(one, range(64)))
    assert {(one.status, one.raw) for one in said} == {(201, said[0].raw)}
    assert (Purchase.objects.count(), Order.objects.count()) == (1, 1)
    cast.go()
    assert families()["account"] == 98_010


def test_64_purchases_at_once_never_spend_more_than_balance_and_limit(shop, wall):
    from django.db import connection

    from tests.faces.program import account_of

    seller = program(balance=5000, limit=2000)  # seven plans of 990 fit
    quotes = [seller.quote(line)["id"] for line in cast.lines(64)]

    def one(quote):
        try:
            return seller.buy(quote, quote)
        finally:
            connection.close()

    with ThreadPoolExecutor(64) as pool:
        said = list(pool.map(one, quotes))
    assert [one.status for one in said].count(201) == 7
    assert {one.code for one in said if one.status != 201} == {"balance_short"}
    assert account_of().balance_minor == 5000 - 7 * 990
    assert balances("account:") == {f"account:{account()}": 5000 - 7 * 990}


def test_the_caller_cannot_say_a_price(shop, wall):
    seller, line = program(balance=5000), cast.line()
    plan = seller.plan(line, "data-3gb")
    item = {"line_id": str(line), "kind": "plan", "plan_id": plan["id"]}
    for body in (
        {"items": [{**item, "price": 1}]},
        {"items": [item], "total": {"amount_minor": 1, "currency": "JPY"}},
        {"items": [{**item, "amount_minor": 0}]},
        {"items": [{**item, "amount_minor": -990}]},
        {"items": [{**item, "amount_minor": 990.5}]},
        {"items": [{**item, "amount_minor": "990"}]},
        {"items": [{**item, "amount_minor": 10**30}]},
    ):
        assert seller.post("/quotes", body).code == "malformed", body
    assert seller.post("/quotes", {"items": [{**item, "amount_minor": 1}]}).code == "tenders_do_not_cover"
    quote = seller.quote(line)
    tender = {"method": "account"}
    assert (
        seller.post(
            "/purchases", {"quote_id": quote["id"], "tenders": [tender], "total": 1}, Idempotency_Key="a"
        ).code
        == "malformed"
    )
    assert seller.buy(quote["id"], "a", {**tender, "amount_minor": 1}).code == "tenders_do_not_cover"
    assert seller.buy(quote["id"], "a", {**tender, "amount_minor": 991}).code == "tenders_do_not_cover"
    assert families() == {"account": 5000, "clearing": -5000}


def test_a_purchase_needs_a_key(shop, wall):
    seller = program(balance=5000)
    body = {"quote_id": seller.quote(cast.line())["id"], "tenders": [{"method": "account"}]}
    assert seller.post("/purchases", body).code == "idempotency_key_missing"
    assert seller.post("/purchases", {}).code == "idempotency_key_missing"
    for key in ("x" * 81, "with blank", "キー".encode().decode("latin-1")):
        assert seller.post("/purchases", body, Idempotency_Key=key).code == "malformed"


def test_a_quote_of_another_is_as_unknown_as_none(shop, wall):
    one, other = program("one", balance=5000), program("other", balance=5000)
    quote = one.quote(cast.line())
    from tsuzuki.actions.order.quote import LineRequest
    from tsuzuki.actions.order.quote import quote as open_quote

    unowned = str(open_quote([LineRequest(cast.line(), "data-3gb")], cast.NOON).id)
    said = [other.buy(id, "key-1") for id in (quote["id"], UNKNOWN, unowned)]
    assert {(one.status, one.code) for one in said} == {(404, "quote_unknown")}
    assert len({one.raw for one in said}) == 1
    assert one.buy(quote["id"], "key-1").status == 201


def test_a_quote_refuses_what_cannot_be_paid_so_before_it_is_made(shop, wall):
    from tsuzuki.records.models import Quote

    seller, line = program(), cast.line()
    plan = seller.plan(line, "data-3gb")
    body = {
        "items": [{"line_id": str(line), "kind": "plan", "plan_id": plan["id"]}],
        "payment_methods": ["sandbox", "barter"],
    }
    assert seller.post("/quotes", body).code == "method_unknown"
    assert Quote.objects.count() == 0
    assert seller.post("/quotes", {**body, "payment_methods": ["card"]}).body["payment_methods"] == ["card"]
    assert seller.quote(line)["payment_methods"] == ["account", "voucher", "card", "cash"]


def test_a_recharge_by_amount(shop, wall):
    seller, line = program(balance=5000), cast.line()
    asked = {"items": [{"line_id": str(line), "kind": "credit", "amount_minor": 1500}]}
    quote = seller.post("/quotes", asked).body
    assert quote["total"]["amount_minor"] == 1500
    assert quote["items"][0]["plan"]["code"] == "credit-open"
    assert seller.buy(quote["id"], "key-1").status == 201
    cast.go()
    assert seller.get(f"/lines/{line}").body["credit"] == [{"amount_minor": 1500, "currency": "JPY"}]
    asked["items"][0]["amount_minor"] = 30_001
    assert seller.post("/quotes", asked).code == "amount_too_large"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"line_id": UNKNOWN}, "number_unknown"),
        ({"plan_id": UNKNOWN}, "plan_unknown"),
        ({"kind": "addon"}, "plan_unknown"),
        ({"plan_id": None}, "malformed"),
        ({"start": "yesterday"}, "malformed"),
        ({"line_id": "1"}, "malformed"),
    ],
)
def test_wishes_that_cannot_be(shop, wall, wish, code):
    seller, line = program(), cast.line()
    item = {"line_id": str(line), "kind": "plan", "plan_id": seller.plan(line, "data-3gb")["id"], **wish}
    assert seller.post("/quotes", {"items": [item]}).code == code


def test_a_gateway_names_the_next_step_at_once(shop, wall):
    shop.pays("page")
    seller = program()
    bought = seller.buy(seller.quote(cast.line())["id"], "key-1", {"method": "sandbox"})
    action = bought.body["next_action"]
    assert (bought.status, action["type"]) == (201, "redirect")
    assert action["url"].startswith(shop.sandbox.url)
    order = bought.body["orders"][0]["id"]
    cancelled = seller.post(f"/orders/{order}/cancel")
    assert (cancelled.status, cancelled.body["state"]) == (200, "cancelled")
    assert seller.post(f"/orders/{order}/cancel").body["state"] == "cancelled"
    cast.go()


def test_what_is_paid_is_not_cancelled(shop, wall):
    seller = program(balance=5000)
    bought = seller.buy(seller.quote(cast.line())["id"], "key-1").body
    said = seller.post(f"/orders/{bought['orders'][0]['id']}/cancel")
    assert (said.status, said.code) == (409, "order_not_cancellable")
    cast.go()


def test_what_the_carrier_refuses_comes_back_to_the_balance(shop, wall):
    shop.press("carrier", "refuse")
    seller = program(balance=5000)
    bought = seller.buy(seller.quote(cast.line())["id"], "key-1").body
    cast.go()
    order = seller.get("/orders/" + bought["orders"][0]["id"]).body
    assert order["state"] == "refunded"
    assert order["refunds"] == [
        {"amount": {"amount_minor": 990, "currency": "JPY"}, "method": "account", "state": "done"}
    ]
    assert seller.get("/account").body["balance"]["amount_minor"] == 5000


def test_a_voucher_and_the_balance_together(shop, wall):
    seller = program(balance=5000)
    voucher = {"method": "voucher", "amount_minor": 500, "voucher_code": cast.voucher(500).secret}
    bought = seller.buy(seller.quote(cast.line())["id"], "key-1", voucher, {"method": "account"})
    assert bought.status == 201
    cast.go()
    assert seller.get("/account").body["balance"]["amount_minor"] == 5000 - 490
    again = seller.buy(seller.quote(cast.line())["id"], "key-2", voucher, {"method": "account"})
    assert again.code == "voucher_used"


def test_the_balance_pays_nothing_for_a_person(shop):
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.core.errors import Refused

    with pytest.raises(Refused, match="method_unknown"):
        cast.buy(cast.line(), "data-3gb", PaymentChoice("account"))


def test_details_are_in_the_language_asked_for(shop, wall):
    guest = Program(language="zh-CN,en;q=0.5")
    said = guest.get("/account")
    assert said.code == "unauthorized"
    assert "密钥" in said.body["detail"]
    assert said.headers["Content-Language"] == "zh-Hans"
    assert said.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_person_cannot_buy_by_an_accounts_quote(shop, wall):
    from uuid import UUID

    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.core.errors import Refused

    quote = program(balance=5000).quote(cast.line())
    with pytest.raises(Refused, match="quote_unknown"):
        accept(UUID(quote["id"]), [PaymentChoice("sandbox")], Buyer(Principal.visitor(), "key"), cast.NOON)


def test_one_key_for_two_quotes_at_once_buys_one_of_them(shop, wall):
    from django.db import connection

    from tsuzuki.records.models import Purchase

    seller, line = program(balance=99_000), cast.line()
    quotes = [seller.quote(line)["id"] for _ in range(2)] * 16

    def one(quote):
        try:
            return seller.buy(quote, "key-1")
        finally:
            connection.close()

    with ThreadPoolExecutor(32) as pool:
        said = list(pool.map(one, quotes))
    assert sorted((one.status for one in said), key=str) == [201] * 16 + [409] * 16
    assert {one.code for one in said if one.status == 409} == {"key_reused"}
    assert Purchase.objects.count() == 1
    cast.go()


@pytest.mark.parametrize(
    ("plan", "code", "untold"),
    [
        ("short", "start_would_shorten", "start_not_offered"),
        ("capped", "validity_cap_reached", "validity_cap_reached"),
    ],
)
def test_a_refusal_tells_the_dates_of_a_strangers_plan_to_nobody(shop, wall, plan, code, untold):
    """Another reseller sold what runs: the operator may know until when, this one may not, nor find out by
    trying plans of any length.
    """
    from tests.actions.test_road_line import plan_like

    plan_like("short", count=3)
    plan_like("long", count=300)
    plan_like("over", count=300, stacking="replace")
    plan_like("capped", count=30, stacking="add", cap_days=40)
    line = cast.line()
    other = program("other", balance=5000)
    other.buy(other.quote(line)["id"], "key-1")
    cast.go()
    for who, told in ((program("shop"), False), (program("hq", "operator"), True), (other, True)):
        row = next(one for one in plan_ids() if one[0] == plan)
        asked = {"items": [{"line_id": str(line), "kind": "plan", "plan_id": row[1], "start": "now"}]}
        said = who.post("/quotes", asked)
        assert (said.status, said.code) == (422, code if told else untold)
        if not told and plan == "short":
            for longer in ("long", "over"):
                asked["items"][0]["plan_id"] = dict(plan_ids())[longer]
                assert who.post("/quotes", asked).code == "start_not_offered"
        assert ("2026-12" in said.raw.decode() or "2027-01" in said.raw.decode()) is told
        assert ("December" in said.body["detail"] or " Dec " in said.body["detail"]) is (
            told and plan == "capped"
        )


def plan_ids() -> list[tuple[str, str]]:
    from tsuzuki.records.models import Plan

    return [(code, str(id)) for code, id in Plan.objects.values_list("code", "id")]


def test_a_month_that_ends_soon_is_said_before_the_yes_also_where_dates_are_not(shop, wall):
    from tests.actions.test_road_line import plan_like

    plan_like("month-end", validity="month_end", count=1)
    line, other, seller = cast.line(), program("other", balance=5000), program()
    other.buy(other.quote(line)["id"], "key-1")
    cast.go()
    (item,) = seller.quote(line, "month-end")["items"]
    assert (item["new_end"], item["ends_if_started_now"]) == (None, "2026-11-30T15:00:00Z")
