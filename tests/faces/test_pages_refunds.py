# ruff: noqa: F811 (a test names the fixture it asks for)
"""What the buyer and staff read of money that goes back, or is asked back from the gateway."""

from __future__ import annotations

from html import unescape

import pytest

from tests import cast
from tests.actions.conftest import after, running_sandbox, sandbox, shop  # noqa: F401 (fixtures)
from tests.faces import desk
from tsuzuki.core.staff import Role


def page(purchase, language: str = "en") -> str:
    from django.test import Client

    said = Client(SERVER_NAME="localhost", headers={"Accept-Language": language}).get(
        f"/{language}/p/{purchase.token}"
    )
    assert said.status_code == 200
    return unescape(said.content.decode())


def office(role: Role = Role.CLERK):
    from django.test import Client, override_settings
    from django.utils import timezone

    now = timezone.now()
    client = Client(SERVER_NAME="localhost", headers={"Accept-Language": "en"}, raise_request_exception=False)
    with override_settings(PASSWORD_HASHERS=desk.FAST):
        desk.sign_in(client, desk.hire("sato", role, now), now)
    return client


def test_taken_back_by_the_operator_was_active(shop):
    from tsuzuki.actions.order.take_back import take_back

    purchase = shop.sell()
    take_back(purchase.orders.get().id, "why", "owner", after(hours=1))
    cast.go(after(hours=1))
    shown = page(purchase)
    assert "The order was taken back" in shown
    assert "could not be activated" not in shown
    assert "Refunded" in shown


def test_taken_back_by_the_carrier_was_active(shop):
    purchase = shop.sell()
    shop.takes_back(purchase, "carrier", after(hours=1))
    cast.go(after(hours=1))
    shown = page(purchase)
    assert "The carrier took the activation back" in shown
    assert "could not be activated" not in shown


def test_money_that_came_too_late_was_never_for_an_activation(shop):
    from tsuzuki.actions.order.expire import cancel

    shop.pays("page")
    purchase = cast.buy(cast.line())
    cast.go()
    shop.buyer(purchase, "pending")
    cancel(purchase.id, "web", after(seconds=5))
    cast.go(after(seconds=5))
    reference = shop.attempt(purchase, "pay").reference
    assert shop.sandbox.post(f"pay/{reference}", behaviour="accept")[0] == 303
    for minutes in (2, 3):
        cast.go(after(minutes=minutes))
    assert cast.states(purchase) == ["refunded"]
    shown = page(purchase)
    assert "The payment came after the order had ended" in shown
    assert "could not be activated" not in shown


def test_what_the_carrier_refused_could_not_be_activated(shop):
    shop.press("carrier", "refuse")
    assert "It could not be activated" in page(shop.sell())


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Refunded", "JPY 990", "Total after refund", "JPY 990 (incl. 10% tax JPY 90)"]),
        ("ja", ["返金後の金額"]),
        ("zh-Hans", ["退款后的金额"]),
    ],
)
def test_the_receipt_of_what_was_refunded_in_part(shop, language, words):
    from tsuzuki.records.models import Number

    lines = cast.lines(2)
    shop.pays()
    shop.press("carrier", "refuse", msisdn=Number.objects.get(line=lines[1]).msisdn)
    purchase = cast.buy(lines)
    cast.go()
    assert cast.states(purchase) == ["delivered", "refunded"]
    shown = page(purchase, language)
    assert [word for word in words if word not in shown] == []


def test_a_receipt_of_what_was_not_refunded_says_nothing_of_it(shop):
    assert "Price after that" not in page(shop.sell())


@pytest.mark.parametrize(
    ("button", "headline"),
    [
        ("open", "Payment disputed"),
        ("lose", "Payment taken back"),
        ("win", "Active until"),
    ],
)
def test_the_buyer_reads_what_is_decided_and_no_more(shop, button, headline):
    purchase = shop.sell()
    dispute = shop.disputes(purchase, after(hours=1))
    shop.decides(purchase, dispute, button, after(hours=1))
    cast.go(after(hours=1))
    assert headline in page(purchase)
    from tsuzuki.cli import purchases
    from tsuzuki.records import queries

    assert headline in "\n".join(purchases.words(queries.full_purchases().get(id=purchase.id))), (
        "`tsuzuki order` says the same"
    )


@pytest.mark.parametrize(
    ("button", "words"),
    [
        ("open", ["Payment disputed", "Refund of JPY 990 waits: the payment is disputed"]),
        ("lose", ["JPY 990 returned to you by the bank or payment company"]),
        ("win", ["Refunded JPY 990"]),
    ],
)
def test_a_refund_waits_for_the_end_of_a_dispute(shop, button, words):
    purchase = shop.sell(carrier="hand")
    dispute = shop.disputes(purchase, after(seconds=5))
    shop.decides(purchase, dispute, button, after(seconds=5))
    cast.go(after(seconds=5))
    from tsuzuki.actions.work import work_items

    work_items.refuse(
        next(one.id for one in work_items.waiting() if one.kind == "provision"),
        "no stock",
        "sato",
        after(minutes=1),
    )
    cast.go(after(minutes=1))
    shown = page(purchase)
    assert [word for word in words if word not in shown] == []


def test_staff_see_the_dispute_and_cannot_pay_out_what_it_covers(shop):
    shop.press("carrier", "refuse")
    shop.press("gateway/refunds", "refuse")
    purchase = shop.sell()
    dispute = shop.disputes(purchase, after(hours=1))
    cast.go(after(hours=1))
    clerk = office()
    seen = desk.text(clerk.get(f"/office/purchases/{purchase.id}/"))
    assert [word for word in ("Disputes", dispute, "Not decided yet", "disputed:") if word not in seen] == []
    from tsuzuki.records.models import Refund

    task = f"/office/work/r{Refund.objects.get().id}/"
    refused = desk.post(clerk, task, "done", reference="TILL-9")
    assert refused.status_code == 422
    assert "is not paid out: the buyer disputes this payment" in desk.text(refused)
    assert Refund.objects.get().state == "owed"


def test_staff_see_frozen_credit_on_the_line(shop):
    from datetime import timedelta

    from django.utils import timezone

    from tsuzuki.core.money import Money
    from tsuzuki.records.models import Lot

    shop.pays()
    line = cast.line()
    purchase = cast.buy(line, "credit-open", amount=Money(3000, "JPY"))
    cast.go()
    shop.disputes(purchase, after(hours=1))
    cast.go(after(hours=1))
    Lot.objects.update(ends_at=timezone.now() + timedelta(days=30))  # the page goes by the real clock
    seen = desk.text(office().get(f"/office/lines/{line}/"))
    assert "Frozen credit" in seen
    assert "JPY 3,000" in seen
