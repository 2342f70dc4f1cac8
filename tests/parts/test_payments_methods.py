"""Methods of the toy gateway: what the buyer does next, how long it lasts, how it goes back, a gateway that
finds nothing by our key.
"""

from datetime import UTC, datetime

import pytest

from tests.parts.paying import ask, effects, fresh, paid, signed
from tests.sandbox_process import Sandbox
from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.core.money import Money
from tsuzuki.payments import registry
from tsuzuki.payments.port import (
    BankDetails,
    ForeignEvent,
    GatewayEvent,
    PaymentGateway,
    PaymentStatus,
    Redirect,
    RefundStatus,
    ShowAccount,
    ShowCodes,
    Wait,
)

BANK = BankDetails("A Bank", "Main", "ordinary", "7654321", "ミン メイ")


@pytest.mark.parametrize(
    ("method", "standing", "shown"),
    [
        ("card", PaymentStatus.OPEN, Redirect),
        ("paypay", PaymentStatus.OPEN, Redirect),
        ("konbini", PaymentStatus.PROMISED, ShowCodes),
        ("transfer", PaymentStatus.PROMISED, ShowAccount),
    ],
)
def test_what_the_buyer_does_next(
    sandbox: Sandbox, toy: PaymentGateway, method: str, standing: PaymentStatus, shown: type
) -> None:
    one = ask(method=method, email="mei@example.com")
    begun = toy.begin(one)
    assert (begun.status, type(begun.next), begun.due) == (standing, shown, one.live_until)
    assert toy.look_up(one.key, begun.gateway_id) == begun
    sandbox.post(f"pay/{begun.gateway_id}", behaviour="accept")
    seen = toy.look_up(one.key, begun.gateway_id)
    assert (seen.status, seen.paid, seen.next) == (PaymentStatus.PAID, one.amount, None)


def test_codes_of_a_shop_and_who_takes_them(toy: PaymentGateway) -> None:
    shown = toy.begin(ask(method="konbini", email="mei@example.com")).next
    assert isinstance(shown, ShowCodes)
    assert shown.place
    assert [name for name, _ in shown.codes] == ["払込票番号", "確認番号"]
    assert all(code.isdigit() for _, code in shown.codes)


def test_a_code_that_needs_an_address_is_not_issued_without_one(toy: PaymentGateway) -> None:
    begun = toy.begin(ask(method="konbini"))
    assert (begun.status, begun.reason, begun.next) == (PaymentStatus.CLOSED, "email_missing", None)


def test_a_transfer_that_comes_in_part_and_then_whole(sandbox: Sandbox, toy: PaymentGateway) -> None:
    one = ask(method="transfer")
    part = paid(toy, sandbox, one, "part")
    assert (part.status, part.paid, part.remaining) == (PaymentStatus.PENDING, None, Money(990, "JPY"))
    assert isinstance(part.next, ShowAccount)
    whole = paid(toy, sandbox, one)
    assert (whole.status, whole.paid, whole.remaining) == (PaymentStatus.PAID, one.amount, None)


def test_a_payment_under_review_is_waited_for(sandbox: Sandbox, toy: PaymentGateway) -> None:
    assert paid(toy, sandbox, ask(), "pending").next == Wait()


@pytest.mark.parametrize("method", ["konbini", "transfer"])
def test_what_goes_back_by_bank_only_is_asked_for_until_there_is_an_account(
    sandbox: Sandbox, toy: PaymentGateway, method: str
) -> None:
    one = ask(method=method, email="mei@example.com")
    snapshot = paid(toy, sandbox, one)
    assert snapshot.gateway_id
    asked, told = fresh(), fresh()
    assert toy.refund(one.key, snapshot.gateway_id, asked, one.amount, None).status is RefundStatus.ASKED
    assert sandbox.post(f"gateway/refunds/{asked}", behaviour="refuse")[0] == 200
    assert toy.refund(one.key, snapshot.gateway_id, told, one.amount, BANK).status is RefundStatus.DONE
    assert effects(sandbox, one.key)["refunded"] == {"JPY": 1980}


def test_law_11_bank_details_are_in_no_repr_and_no_evidence(sandbox: Sandbox, toy: PaymentGateway) -> None:
    one = ask(method="transfer")
    snapshot = paid(toy, sandbox, one)
    assert snapshot.gateway_id
    told = toy.refund(one.key, snapshot.gateway_id, fresh(), one.amount, BANK)
    assert not any(secret in repr(BANK) + told.raw for secret in ("7654321", "A Bank", "ミン メイ"))


def test_an_unknown_method_in_the_settings_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="barter"):
        registry.load("sandbox", sandbox.environ, {"methods": "card,barter"})


def test_where_nothing_is_found_by_our_key_the_same_ask_finds_it(sandbox: Sandbox) -> None:
    forgetful = registry.load("sandbox", sandbox.environ, {"timeout": 10, "lease": 30, "begins_again": 3600})
    assert not forgetful.describe().finds_by_key
    one = ask()
    sandbox.press("gateway", "late", "page", times=1)
    with pytest.raises(ProviderUnsure):
        forgetful.begin(one)
    assert forgetful.look_up(one.key, None).status is PaymentStatus.UNCLEAR
    assert forgetful.begin(one).status is PaymentStatus.OPEN
    assert effects(sandbox, one.key)["payments"] == 1


def test_what_an_event_is_answered_by(sandbox: Sandbox) -> None:
    particular = registry.load("sandbox", sandbox.environ, {"reply": "SUCCESS", "prefix": "t"})
    for key, kind in (("t1", GatewayEvent), ("z1", ForeignEvent)):
        event = f'{{"id":"e{key}","type":"payment.paid","side":"gateway","key":"{key}"}}'.encode()
        told = particular.read_event({"Sandbox-Signature": signed(event)}, event, datetime.now(UTC))
        assert isinstance(told, kind)
        assert told.reply is not None
        assert (told.reply.status, told.reply.body) == (200, b"SUCCESS")
