"""A way to pay is a gateway and a method: chosen by its code, held to its bounds, shown to the buyer, and
given back its own way.
"""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests import cast
from tests.actions.conftest import QUICK, after, incidents, refund_states
from tests.cast import NOON

ALL = "card,konbini,transfer,paypay"
MAIL = "mei@example.com"


def gateways(**settings) -> None:
    cast.gateways(settings)


@pytest.fixture
def methods(shop, monkeypatch):
    gateways(
        sandbox=QUICK | {"methods": ALL},
        byhand={"bank": "A Bank", "number": "1234567", "holder": "TSUZUKI"},
    )
    return shop


def bought(method: str, plan: str = "data-3gb", email: str = MAIL, **more):
    from tsuzuki.actions.order.acceptance import PaymentChoice

    purchase = cast.buy(cast.line(email=email), plan, PaymentChoice(method), email=email, **more)
    cast.go()
    return purchase


def tender(purchase):
    return purchase.tenders.order_by("position").last()


def test_a_method_goes_through_the_first_gateway_that_takes_it(methods, monkeypatch):
    assert [
        (tender(one).method, tender(one).gateway)
        for one in map(bought, ("card", "konbini", "cash", "transfer"))
    ] == [
        ("card", "sandbox"),
        ("konbini", "sandbox"),
        ("cash", "byhand"),
        ("transfer", "sandbox"),
    ]
    gateways(
        byhand={"bank": "A Bank", "number": "1234567", "holder": "TSUZUKI"},
        sandbox=QUICK | {"methods": ALL},
    )
    assert tender(bought("transfer")).gateway == "byhand"
    gateways(
        sandbox=QUICK | {"methods": ALL, "largest_minor": 500},
        byhand={"bank": "A Bank", "number": "1", "holder": "T"},
    )
    assert tender(bought("transfer")).gateway == "byhand"  # the first does not take so much


def test_a_gateway_named_means_its_first_method(methods):
    assert [(tender(one).method, tender(one).gateway) for one in map(bought, ("sandbox", "byhand"))] == [
        ("card", "sandbox"),
        ("cash", "byhand"),
    ]


@pytest.mark.parametrize("wish", ["barter", "sandbox.card", "", "\0"])
def test_what_nobody_offers_is_refused(methods, wish):
    from tsuzuki.core.errors import Refused

    with pytest.raises(Refused, match="method_unknown"):
        bought(wish)


def test_smallest_and_largest_amount(methods, monkeypatch):
    from tsuzuki.core.errors import Refused
    from tsuzuki.core.money import Money

    gateways(sandbox=QUICK | {"methods": ALL, "largest_minor": 5000})
    for minor in (199, 5001):
        with pytest.raises(Refused, match="method_amount") as refusal:
            bought("konbini", "credit-open", amount=Money(minor, "JPY"))
        assert (refusal.value.facts["least"], refusal.value.facts["most"]) == (
            Money(200, "JPY"),
            Money(5000, "JPY"),
        )
    for minor in (200, 5000):
        assert tender(bought("konbini", "credit-open", amount=Money(minor, "JPY"))).method == "konbini"


def test_a_method_that_needs_an_address(methods):
    from tsuzuki.actions.order.choose_again import choose_again
    from tsuzuki.core.errors import Refused
    from tsuzuki.records.models import Purchase

    with pytest.raises(Refused, match="email_needed"):
        bought("konbini", email="")
    assert not Purchase.objects.exists()
    purchase = bought("card", email="")
    with pytest.raises(Refused, match="email_needed"):
        choose_again(purchase.id, "konbini", NOON)
    assert tender(purchase).method == "card"


def test_the_gateway_is_told_the_method_the_payer_and_how_long(methods):
    for method, payer, until in (
        ("card", None, timedelta(hours=24, minutes=15)),
        ("konbini", {"email": MAIL}, timedelta(hours=24, minutes=15)),
        ("paypay", None, timedelta(minutes=30)),
    ):
        question = methods.attempt(bought(method), "pay").question
        assert (question["method"], question["payer"]) == (method, payer)
        assert question["live_until"] == (NOON + until).isoformat().replace("+00:00", "Z")


def test_a_code_that_would_outlive_the_order_is_not_offered(methods):
    from tsuzuki.actions.engine.providers import offered
    from tsuzuki.actions.order.choose_again import choose_again
    from tsuzuki.core.errors import Refused

    purchase = bought("card")
    late = purchase.pay_by - timedelta(minutes=59)
    assert "konbini" not in [one.code for one in offered("JPY", purchase.pay_by - late)]
    with pytest.raises(Refused, match="method_unknown"):
        choose_again(purchase.id, "konbini", late)
    assert choose_again(purchase.id, "konbini", purchase.pay_by - timedelta(hours=1)).method == "konbini"


def test_codes_are_kept_for_the_buyer_and_paid_for_hours_later(methods):
    methods.pays("page")
    purchase = bought("konbini")
    attempt = methods.attempt(purchase, "pay")
    assert (attempt.next["type"], [name for name, _ in attempt.next["codes"]]) == (
        "codes",
        ["払込票番号", "確認番号"],
    )
    assert attempt.look_at == NOON + timedelta(minutes=10)  # rarely: an event comes sooner
    methods.buyer(purchase, "accept")
    cast.go(after(minutes=10))
    assert cast.states(purchase) == ["delivered"]


def test_a_transfer_in_part_is_shown_and_waited_for(methods):
    methods.pays("page")
    purchase = bought("transfer")
    methods.buyer(purchase, "part")
    cast.go(after(minutes=10))
    attempt = methods.attempt(purchase, "pay")
    assert (attempt.next["type"], attempt.next["remaining"], attempt.standing) == ("account", 495, "waiting")
    assert cast.states(purchase) == ["awaiting_payment"]
    methods.buyer(purchase, "accept")
    cast.go(after(minutes=20))
    assert cast.states(purchase) == ["delivered"]


@pytest.mark.parametrize("method", ["konbini", "transfer", "cash"])
def test_what_no_gateway_gives_back_by_itself_is_owed_and_nobody_is_asked(methods, method):
    purchase = paid_and_taken_back(methods, method)
    assert (cast.states(purchase), refund_states(purchase)) == (["refund_owed"], [("owed", 990)])
    assert methods.gateway(purchase)["refund_calls"] == 0
    assert "refund_owed" in incidents()


def paid_and_taken_back(shop, method: str, at=NOON):
    shop.press("carrier", "refuse", times=1)
    shop.pays("page")
    purchase = bought(method)
    if method == "cash":
        from tsuzuki.actions.work import work_items

        item = next(item for item in work_items.waiting() if item.kind == "pay")
        work_items.finish(item.id, "TILL-1", "sato", after(seconds=6))
        cast.go(after(seconds=6))
    else:
        shop.buyer(purchase, "accept")
        cast.go(after(minutes=10))
    return purchase


def test_too_late_for_the_gateway_people_pay_it_out(methods):
    from tsuzuki.records.models import Tender

    methods.press("carrier", "silent", times=1)
    methods.pays("page")
    purchase = bought("paypay")
    methods.buyer(purchase, "accept")
    cast.go(after(minutes=1))
    Tender.objects.update(paid_at=NOON - timedelta(days=181))
    methods.press("carrier", "refuse", times=1)
    cast.go(after(minutes=20))
    cast.go(after(minutes=40))
    assert refund_states(purchase) == [("owed", 990)]
    assert methods.gateway(purchase)["refund_calls"] == 0


@pytest.mark.parametrize(("span", "found"), [(1, True), (3, False)])
def test_an_id_that_was_lost_is_found_by_the_same_ask_for_as_long_as_it_is_safe(
    shop, monkeypatch, span, found
):
    gateways(sandbox=QUICK | {"begins_again": 120})
    shop.press("gateway", "late", "page", times=1)
    purchase = bought("card")
    assert shop.attempt(purchase, "pay").reference == ""
    cast.go(after(minutes=span))
    assert bool(shop.attempt(purchase, "pay").reference) == found
    assert shop.gateway(purchase)["payments"] == 1
    assert incidents() == ([] if found else ["payment_unsure"])


def test_an_id_that_was_lost_is_found_to_close_it(shop, monkeypatch):
    from tsuzuki.actions.order.expire import cancel

    gateways(sandbox=QUICK | {"begins_again": 120})
    shop.press("gateway", "late", "page", times=1)
    purchase = bought("card")
    cancel(purchase.id, "web", after(seconds=10))
    cast.go(after(seconds=10))
    assert (shop.attempt(purchase, "pay").outcome, tender(purchase).state) == ("refused", "closed")
    assert shop.gateway(purchase)["payments"] == 1


def test_an_event_is_answered_as_the_gateway_wants_it(shop, monkeypatch):
    from django.test import Client

    gateways(sandbox=QUICK | {"reply": "SUCCESS"})
    shop.pays("page")
    purchase = bought("card")
    shop.buyer(purchase, "accept")
    body, headers = shop.signed(shop.key(purchase, "pay"), "payment.paid")
    monkeypatch.setattr("tsuzuki.api.router.timezone", SimpleNamespace(now=lambda: NOON))
    for _ in range(2):
        said = Client(SERVER_NAME="localhost").post(
            "/api/v1/webhooks/sandbox", body, content_type="application/json", headers=headers
        )
        assert (said.status_code, said.content, said["Content-Type"]) == (
            200,
            b"SUCCESS",
            "text/plain; charset=utf-8",
        )


@pytest.mark.parametrize("gone", ["before", "while it waits"])
def test_money_that_came_through_a_gateway_that_was_taken_out_is_owed(methods, monkeypatch, gone):
    """As long as it is set up, it is waited for: a wrong setting is no reason to ask the buyer."""
    from tsuzuki.actions.order.take_back import take_back
    from tsuzuki.actions.work import work_items

    methods.pays()
    purchase = bought("card")
    monkeypatch.delenv("TSUZUKI_SANDBOX_URL")
    if gone == "before":
        gateways(byhand={})
    else:
        gateways(sandbox={}, byhand={})
    take_back(purchase.orders.get().id, "asked", "sato", after(days=3))
    cast.go(after(days=3))
    if gone != "before":
        assert refund_states(purchase) == [("waiting", 990)]
        gateways(byhand={})
        cast.go(after(days=4))
    assert (cast.states(purchase), refund_states(purchase)) == (["refund_owed"], [("owed", 990)])
    item = next(item for item in work_items.waiting() if item.kind == "owed")
    work_items.finish(item.id, "TILL-1", "sato", after(days=5))
    assert cast.states(purchase) == ["refunded"]
