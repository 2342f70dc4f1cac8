"""Whatever step the line broke at, recovery finds exactly one effect: the toy gateway, whose answers are lost
by button.
"""

import pytest

from tests.parts.paying import ask, effects, fresh, paid
from tests.sandbox_process import Sandbox
from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.core.money import Money
from tsuzuki.payments import registry
from tsuzuki.payments.port import PaymentGateway, PaymentStatus, Redirect, RefundStatus


class TestLossAndRecovery:
    """Law 2: whatever step the line broke at, recovery finds exactly one effect."""

    @pytest.mark.parametrize("how", ["late", "garbage", "error"])
    def test_begin(self, sandbox: Sandbox, toy: PaymentGateway, how: str) -> None:
        one = ask()
        sandbox.press("gateway", how, times=1)
        with pytest.raises(ProviderUnsure):
            toy.begin(one)
        assert toy.look_up(one.key, None).status is PaymentStatus.PAID
        assert toy.begin(one).status is PaymentStatus.PAID
        assert (effects(sandbox, one.key)["payments"], effects(sandbox, one.key)["charged"]) == (
            1,
            {"JPY": 1980},
        )

    def test_begin_that_left_an_open_page(self, sandbox: Sandbox, toy: PaymentGateway) -> None:
        one = ask()
        sandbox.press("gateway", "late", "page", times=1)
        with pytest.raises(ProviderUnsure):
            toy.begin(one)
        found = toy.look_up(one.key, None)
        assert (found.status, isinstance(found.next, Redirect)) == (PaymentStatus.OPEN, True)

    def test_begin_that_never_arrived(self, sandbox: Sandbox, toy: PaymentGateway) -> None:
        one = ask()
        sandbox.press("gateway", "silent", times=1)
        with pytest.raises(ProviderUnsure):
            toy.begin(one)
        assert toy.look_up(one.key, None).status is PaymentStatus.ABSENT

    @pytest.mark.parametrize("how", ["late", "garbage", "error", "silent"])
    def test_proceed(self, sandbox: Sandbox, toy: PaymentGateway, how: str) -> None:
        one = ask()
        ready = paid(toy, sandbox, one, "ready")
        assert ready.status is PaymentStatus.READY
        assert ready.gateway_id
        sandbox.press("gateway/captures", how, times=1)
        with pytest.raises(ProviderUnsure):
            toy.proceed(one.key, ready.gateway_id)
        assert toy.look_up(one.key, ready.gateway_id).status is (
            PaymentStatus.READY if how == "silent" else PaymentStatus.PAID
        )
        assert toy.proceed(one.key, ready.gateway_id).status is PaymentStatus.PAID
        assert effects(sandbox, one.key)["charges"] == 1

    @pytest.mark.parametrize("how", ["late", "garbage", "error", "silent"])
    def test_refund(self, sandbox: Sandbox, toy: PaymentGateway, how: str) -> None:
        one, refund_key = ask(), fresh()
        snapshot = paid(toy, sandbox, one)
        assert snapshot.gateway_id
        sandbox.press("gateway/refunds", how, times=1)
        with pytest.raises(ProviderUnsure):
            toy.refund(one.key, snapshot.gateway_id, refund_key, one.amount, None)
        found = toy.look_up_refund(one.key, snapshot.gateway_id, refund_key).status
        assert found is (RefundStatus.ABSENT if how == "silent" else RefundStatus.DONE)
        assert (
            toy.refund(one.key, snapshot.gateway_id, refund_key, one.amount, None).status is RefundStatus.DONE
        )
        assert effects(sandbox, one.key)["refunded"] == {"JPY": 1980}

    @pytest.mark.parametrize("how", ["late", "silent", "error"])
    def test_close(self, sandbox: Sandbox, toy: PaymentGateway, how: str) -> None:
        one = ask()
        begun = toy.begin(one)
        sandbox.press("gateway/closes", how, times=1)
        with pytest.raises(ProviderUnsure):
            toy.close(one.key, begun.gateway_id)
        assert toy.look_up(one.key, begun.gateway_id).status is (
            PaymentStatus.OPEN if how == "silent" else PaymentStatus.CLOSED
        )

    @pytest.mark.parametrize("how", ["silent", "late", "garbage", "error", "busy"])
    def test_law_3_a_look_that_fails_is_unclear(
        self, sandbox: Sandbox, toy: PaymentGateway, how: str
    ) -> None:
        one = ask()
        begun = toy.begin(one)
        assert begun.gateway_id
        sandbox.press("gateway/looks", how)
        for key, id_ in ((one.key, begun.gateway_id), (one.key, None), (fresh(), None)):
            assert toy.look_up(key, id_).status is PaymentStatus.UNCLEAR
        assert toy.look_up_refund(one.key, begun.gateway_id, fresh()).status is RefundStatus.UNCLEAR

    def test_nobody_there(self, sandbox: Sandbox) -> None:
        nowhere = registry.load(
            "sandbox", {**sandbox.environ, "TSUZUKI_SANDBOX_URL": "http://127.0.0.1:1"}, {"timeout": 0.3}
        )
        with pytest.raises(ProviderUnsure):
            nowhere.begin(ask())
        assert nowhere.look_up("k", None).status is nowhere.look_up("k", "id").status is PaymentStatus.UNCLEAR
        assert nowhere.look_up_refund("k", "id", "r").status is RefundStatus.UNCLEAR

    def test_our_own_time_out(self, sandbox: Sandbox, mute: str) -> None:
        waiting = registry.load("sandbox", {**sandbox.environ, "TSUZUKI_SANDBOX_URL": mute}, {"timeout": 0.3})
        with pytest.raises(ProviderUnsure, match="Timeout"):
            waiting.begin(ask())
        with pytest.raises(ProviderUnsure, match="Timeout"):
            waiting.refund("k", "id", "r", Money(1, "JPY"), None)
        assert waiting.look_up("k", "id").status is PaymentStatus.UNCLEAR

    def test_a_wrong_credential_says_nothing_about_the_payment(self, sandbox: Sandbox) -> None:
        wrong = registry.load(
            "sandbox", {**sandbox.environ, "TSUZUKI_SANDBOX_SECRET": "other"}, {"timeout": 0.3}
        )
        assert wrong.look_up("k", None).status is wrong.look_up("k", "id").status is PaymentStatus.UNCLEAR
