"""A refund that cannot go back the way it was paid: the payer says where, on a page behind a signed link, or
staff for the payer.
"""

import re
from types import SimpleNamespace

import pytest

from tests import cast
from tests.actions.conftest import after, balances, incidents, refund_states
from tests.actions.test_methods import MAIL, bought, methods, paid_and_taken_back, tender

assert methods  # a fixture
FORM = {
    "bank": "みずほ銀行",
    "branch": "渋谷",
    "kind": "ordinary",
    "number": "１２３４-567",
    "holder": "ﾐﾝ ﾒｲ",
}
SECRETS = ("みずほ", "渋谷", "1234567", "ミン")


@pytest.fixture
def owed(methods):
    """Paid by a code at a convenience store, and could not be delivered."""
    return paid_and_taken_back(methods, "konbini")


def link(shop) -> str:
    """In the newest letter that has one."""
    from tsuzuki.actions.messages import notifications

    notifications.send_due(after(minutes=40))
    letter = next(one for one in shop.letters() if "/b/" in one["text"])
    return re.search(r"/\S*/b/\S+", letter["text"].replace("http://localhost", ""))[0]


@pytest.fixture
def page(owed, methods, monkeypatch):
    from django.test import Client

    monkeypatch.setattr("tsuzuki.web.refund.timezone", SimpleNamespace(now=lambda: after(minutes=30)))
    path = "/b/" + link(methods).split("/b/")[1]
    return Client(SERVER_NAME="localhost"), f"/en{path}"


def refunds(purchase):
    return purchase.refunds.order_by("id")


def test_the_payer_names_an_account_and_the_gateway_sends_it_there(owed, page, methods):
    from tsuzuki.actions.money import bank_details
    from tsuzuki.payments.port import BankDetails
    from tsuzuki.records.models import Attempt, AuditEntry

    client, path = page
    assert "Where shall we send JPY 990?" in client.get(path).content.decode()
    assert client.post(path, FORM).status_code == 302
    kept = refunds(owed).last()
    assert bank_details.opened(kept.bank_details) == BankDetails(
        "みずほ銀行", "渋谷", "ordinary", "1234567", "ミン メイ"
    )
    assert not any(secret in kept.bank_details.stored for secret in SECRETS)
    assert (cast.states(owed), refund_states(owed)) == (["refunding"], [("given_up", 990), ("waiting", 990)])
    assert incidents() == []
    cast.go(after(minutes=30))
    assert (cast.states(owed), refund_states(owed)) == (["refunded"], [("given_up", 990), ("done", 990)])
    assert methods.gateway(owed)["refunded"] == {"JPY": 990}
    assert [row.bank_details for row in refunds(owed)] == [None, None]
    written = str(list(Attempt.objects.values_list("question", "answers"))) + str(
        list(AuditEntry.objects.values())
    )
    assert not any(secret in written for secret in SECRETS)
    assert AuditEntry.objects.get(act="bank_details").actor == "buyer"
    assert balances().get("owed") is None
    assert "on its way" not in client.get(path).content.decode()


def test_an_account_the_bank_does_not_take_is_asked_for_again(owed, page, methods):
    client, path = page
    methods.press("gateway/refunds", "refuse", reason="account_unknown", times=1)
    client.post(path, FORM)
    cast.go(after(minutes=30))
    assert (cast.states(owed), refund_states(owed)) == (["refund_owed"], [("given_up", 990), ("owed", 990)])
    assert refunds(owed).last().bank_details is None
    again = "/en/b/" + link(methods).split("/b/")[1]
    assert again != path
    assert "This link is no longer valid. The newest letter" in says(page)
    assert "We are sending" not in says(page)
    assert client.post(path, FORM).status_code == 422  # that one is over
    assert client.post(again, FORM).status_code == 302
    cast.go(after(minutes=31))
    assert cast.states(owed) == ["refunded"]
    assert methods.gateway(owed)["refunded"] == {"JPY": 990}
    assert "Refunded JPY 990" in says(page), "whichever link they open"


def says(page) -> str:
    client, path = page
    return client.get(path).content.decode()


def test_a_page_whose_money_is_disputed_does_not_say_that_it_is_sent(owed, page, methods):
    from tsuzuki.records.models import Refund

    for state, words in (("contested", "waits: the payment is disputed"), ("by_dispute", "returned to you")):
        Refund.objects.filter(id=refunds(owed).last().id).update(state=state)
        assert words in says(page)
        assert "We are sending" not in says(page)
    Refund.objects.filter(id=refunds(owed).last().id).update(state="owed")  # as the books have it


def test_twice_is_once(owed, page, methods):
    client, path = page
    assert [client.post(path, FORM).status_code for _ in range(2)] == [302, 422]
    cast.go(after(minutes=30))
    assert methods.gateway(owed)["refunded"] == {"JPY": 990}


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("bank", ""),
        ("bank", "x" * 61),
        ("branch", " "),
        ("kind", "gold"),
        ("kind", ""),
        ("number", "123"),
        ("number", "12345678"),
        ("number", "12a4567"),
        ("holder", ""),
        ("holder", "民美"),
        ("holder", "みん めい"),
        ("bank", "a\0"),
    ],
)
def test_what_no_bank_takes_is_said_beside_its_field_and_nothing_is_lost(owed, page, field, typed):
    client, path = page
    if typed == "a\0":  # what a database cannot keep is dropped, not refused
        assert client.post(path, FORM | {field: typed}).status_code == 302
        return
    answer = client.post(path, FORM | {field: typed})
    said = answer.content.decode()
    assert (answer.status_code, said.count("Please check this against your bank book")) == (422, 1)
    kept = {name: value for name, value in FORM.items() if name not in (field, "kind")}
    assert all(f'value="{value}"' in said for value in kept.values())
    assert refund_states(owed) == [("owed", 990)]


def test_only_the_payers_letter_has_the_link(methods):
    from tsuzuki.records.models import Line, OutboundMessage

    purchase = paid_and_taken_back(methods, "konbini")
    Line.objects.update(email="somebody-else@example.com")
    from tsuzuki.actions.messages import letters

    told = OutboundMessage.objects.filter(kind="refund_owed").get()
    assert "/b/" in letters.compose_for(told).words.text
    told.address = "somebody-else@example.com"
    assert "/b/" not in letters.compose_for(told).words.text
    assert purchase.email == MAIL


@pytest.mark.parametrize("token", ["x", "AAAA:BBBB:CCCC", "%00", "é"])
def test_a_link_that_is_none_of_ours(owed, token):
    from django.test import Client

    assert Client(SERVER_NAME="localhost").get(f"/en/b/{token}").status_code == 410


def test_staff_write_it_down_and_where_no_gateway_can_they_pay_it_out(methods):
    from tsuzuki.actions.money import bank_details
    from tsuzuki.actions.order import refund_details
    from tsuzuki.actions.work import work_items

    purchase = paid_and_taken_back(methods, "cash")
    refund = refunds(purchase).get()
    refund_details.give(refund.id, refund_details.read(**FORM), "staff sato", after(minutes=30))
    cast.go(after(minutes=31))
    refund.refresh_from_db()
    assert (refund.state, bank_details.opened(refund.bank_details).number) == ("owed", "1234567")
    assert methods.gateway(purchase)["refund_calls"] == 0
    item = next(item for item in work_items.waiting() if item.kind == "owed")
    work_items.finish(item.id, "BANK-1", "sato", after(minutes=40))
    refund.refresh_from_db()
    assert (cast.states(purchase), refund.state, refund.bank_details) == (["refunded"], "done", None)


def test_disputed_money_is_not_sent(owed, page, methods):
    client, path = page
    methods.disputes(owed, after(minutes=25))
    cast.go(after(minutes=25))
    answer = client.post(path, FORM)
    assert answer.status_code == 422
    cast.go(after(minutes=31))
    assert methods.gateway(owed)["refunded"] == {}
    assert tender(owed).state == "paid"


def test_what_was_sealed_with_another_key_is_asked_for_again(owed, page, methods, monkeypatch):
    from django.conf import settings

    from tsuzuki.core.keyring import Keyring

    client, path = page
    client.post(path, FORM)
    assert "We are sending" in says(page)
    monkeypatch.setattr(settings, "KEYRING", Keyring("2", {"2": "another " * 8}))
    cast.go(after(minutes=30))
    assert refund_states(owed) == [("given_up", 990), ("owed", 990)]


@pytest.mark.parametrize("end", ["win", "lose"])
@pytest.mark.parametrize("asked", [False, True])
def test_an_account_that_was_named_is_kept_through_a_dispute_and_no_longer(owed, methods, asked, end):
    from tsuzuki.actions.order.refund_details import give, read

    give(refunds(owed).get().id, read(**FORM), "buyer", after(minutes=20))
    if asked:
        methods.press("gateway/refunds", "pending", times=1)
        cast.go(after(minutes=20))
    dispute = methods.disputes(owed, after(minutes=21))
    cast.go(after(minutes=21))
    if asked:
        button = f"gateway/refunds/{methods.key(owed, 'refund')}"
        assert methods.sandbox.post(button, behaviour="accept")[0] == 200  # refused: it is disputed
        cast.go(after(minutes=25))
    methods.decides(owed, dispute, end, after(hours=2))
    cast.go(after(hours=2))
    assert (cast.states(owed), "refund_owed" in incidents()) == (["refunded"], False)
    assert methods.gateway(owed)["refunded"] == ({"JPY": 990} if end == "win" else {})
    assert not any(row.bank_details for row in refunds(owed))


# Several parts


def in_two_parts(shop, *methods: str):
    """Paid 300 and 690 and not delivered."""
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.core.money import Money

    shop.press("carrier", "refuse", times=1)
    shop.pays("page")
    pays = [
        PaymentChoice(method, amount)
        for method, amount in zip(methods, (Money(300, "JPY"), None), strict=True)
    ]
    purchase = cast.buy(cast.line(), "data-3gb", *pays, email=MAIL)
    cast.go()
    for position in range(2):
        shop.buyer(purchase, "accept", position=position)
    cast.go(after(minutes=10))
    return purchase


def asked_where(shop, at) -> list[str]:
    """How much each letter asks about that has a link to say the account, newest first."""
    from tsuzuki.actions.messages import notifications

    notifications.send_due(at)
    return [
        re.search("refund of JPY ([0-9]+)", one["text"])[1] for one in shop.letters() if "/b/" in one["text"]
    ]


def given(refund, at) -> None:
    from tsuzuki.actions.order.refund_details import give, read

    give(refund.id, read(**FORM), "sato", at)
    cast.go(at)


def test_a_part_that_is_owed_waits_for_no_other_part(methods):
    methods.press("gateway/refunds", "pending", times=1)
    purchase = in_two_parts(methods, "konbini", "card")
    assert sorted(refund_states(purchase)) == [("asked", 690), ("owed", 300)]
    assert asked_where(methods, after(minutes=11)) == ["300"]
    given(refunds(purchase).get(state="owed"), after(minutes=12))
    assert sorted(refund_states(purchase)) == [("asked", 690), ("done", 300), ("given_up", 300)]
    key = methods.key(purchase, "refund")
    assert methods.sandbox.post(f"gateway/refunds/{key}", behaviour="accept")[0] == 200
    cast.go(after(hours=1))
    assert (cast.states(purchase), incidents()) == (["refunded"], [])


def test_each_part_that_is_owed_is_asked_about_and_again_where_it_did_not_go(methods):
    purchase = in_two_parts(methods, "konbini", "konbini")
    first, second = purchase.refunds.order_by("minor")
    assert sorted(asked_where(methods, after(minutes=11))) == ["300", "690"]
    methods.press("gateway/refunds", "refuse", reason="account_unknown", times=1)
    given(first, after(minutes=12))
    assert sorted(asked_where(methods, after(minutes=13))) == ["300", "300", "690"]
    given(second, after(minutes=14))
    given(refunds(purchase).get(state="owed"), after(minutes=15))
    assert (cast.states(purchase), incidents()) == (["refunded"], [])
    assert sum(methods.gateway(purchase, position)["refunded"]["JPY"] for position in range(2)) == 990


def test_what_was_paid_too_much_and_cannot_go_back_by_itself_is_asked_about_too(methods):
    """A code that was given up is paid at the shop after the order was paid by card."""
    from tsuzuki.actions.order.choose_again import choose_again

    methods.pays("page")
    purchase = bought("konbini")
    choose_again(purchase.id, "card", after(minutes=1))
    cast.go(after(minutes=1))
    methods.buyer(purchase, "accept", position=1)
    cast.go(after(minutes=2))
    methods.buyer(purchase, "too_late", position=0)
    methods.tell(methods.key(purchase, "pay", 0), "payment.paid", after(minutes=3))
    cast.go(after(minutes=3))
    assert (cast.states(purchase), refund_states(purchase)) == (["delivered"], [("owed", 990)])
    assert asked_where(methods, after(minutes=4)) == ["990"]
    given(refunds(purchase).get(), after(minutes=5))
    assert (methods.gateway(purchase)["refunded"], incidents()) == ({"JPY": 990}, [])
