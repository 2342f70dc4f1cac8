"""What the toy gateway tells of money: paid, refunded, disputed."""

import json
from datetime import UTC, datetime

import pytest

from tests.parts.paying import ask, effects, fresh, paid
from tests.sandbox_process import Sandbox
from tsuzuki.core.money import Money
from tsuzuki.core.order import DisputeState
from tsuzuki.payments.port import (
    DISPUTED,
    DisputeSnapshot,
    GatewayEvent,
    PaymentGateway,
    PaymentStatus,
    RefundStatus,
)


class TestMoney:
    @pytest.mark.parametrize("amount", [Money(1980, "JPY"), Money(1980, "USD"), Money(1005, "KWD")], ids=str)
    def test_whole_minor_units_reach_the_gateway_and_come_back(
        self, sandbox: Sandbox, toy: PaymentGateway, amount: Money
    ) -> None:
        one = ask(amount=amount)
        assert paid(toy, sandbox, one).paid == amount
        assert effects(sandbox, one.key)["charged"] == {amount.currency: amount.minor}

    def test_law_4_paid_stays_paid_and_refunds_only_grow_up_to_it(
        self, sandbox: Sandbox, toy: PaymentGateway
    ) -> None:
        one = ask()
        snapshot = paid(toy, sandbox, one)
        assert snapshot.gateway_id
        grown = []
        for part in (1000, 980, 1):
            toy.refund(one.key, snapshot.gateway_id, fresh(), Money(part, "JPY"), None)
            now = toy.look_up(one.key, None)
            assert (now.status, now.paid) == (PaymentStatus.PAID, Money(1980, "JPY"))
            grown.append(effects(sandbox, one.key)["refunded"]["JPY"])
        assert grown == [1000, 1980, 1980]

    def test_law_5_closing_what_is_paid_says_paid(self, sandbox: Sandbox, toy: PaymentGateway) -> None:
        one = ask()
        snapshot = paid(toy, sandbox, one)
        assert toy.close(one.key, snapshot.gateway_id).status is PaymentStatus.PAID
        assert toy.close(one.key, None).status is PaymentStatus.PAID

    def test_closing_what_never_began_is_absent(self, toy: PaymentGateway) -> None:
        assert toy.close(fresh(), None).status is PaymentStatus.ABSENT

    def test_law_9_another_amount_is_told_as_it_is(self, sandbox: Sandbox, toy: PaymentGateway) -> None:
        assert paid(toy, sandbox, ask(), "other_amount").paid == Money(1981, "JPY")

    def test_a_declined_page_is_closed_and_says_why(self, sandbox: Sandbox, toy: PaymentGateway) -> None:
        snapshot = paid(toy, sandbox, ask(), "refuse")
        assert (snapshot.status, snapshot.reason, snapshot.paid) == (PaymentStatus.CLOSED, "declined", None)

    def test_money_that_comes_after_closing_is_seen(self, sandbox: Sandbox, toy: PaymentGateway) -> None:
        one = ask()
        begun = toy.begin(one)
        toy.close(one.key, begun.gateway_id)
        sandbox.post(f"pay/{begun.gateway_id}", behaviour="accept")
        assert toy.look_up(one.key, begun.gateway_id).status is PaymentStatus.CLOSED
        sandbox.post(f"pay/{begun.gateway_id}", behaviour="too_late")
        assert toy.look_up(one.key, begun.gateway_id).status is PaymentStatus.PAID

    def test_time_closes_what_nobody_paid(self, sandbox: Sandbox, toy: PaymentGateway) -> None:
        one = ask()
        begun = toy.begin(one)
        assert begun.due == one.live_until
        assert sandbox.post("clock", now=one.live_until.isoformat())[0] == 200
        snapshot = toy.look_up(one.key, begun.gateway_id)
        assert (snapshot.status, snapshot.reason) == (PaymentStatus.CLOSED, "expired")

    def test_a_chargeback_is_paid_and_a_dispute_that_is_lost(
        self, sandbox: Sandbox, toy: PaymentGateway
    ) -> None:
        one = ask()
        assert paid(toy, sandbox, one).disputes == ()
        assert sandbox.post("gateway/reverse", key=one.key)[0] == 200
        snapshot = toy.look_up(one.key, None)
        assert snapshot.status is PaymentStatus.PAID
        assert [(dispute.amount, dispute.state) for dispute in snapshot.disputes] == [
            (one.amount, DisputeState.LOST)
        ]
        assert sandbox.post("gateway/reverse", key=one.key)[0] == 404  # nothing is here any more

    @pytest.mark.parametrize("standing", ["pending", "promised", "ready"])
    def test_waiting_standings(self, sandbox: Sandbox, toy: PaymentGateway, standing: str) -> None:
        sandbox.press("gateway", standing, times=1)
        assert toy.begin(ask()).status is PaymentStatus(standing)

    @pytest.mark.parametrize(
        ("how", "standing"), [("accept", PaymentStatus.PAID), ("refuse", PaymentStatus.CLOSED)]
    )
    def test_a_gateway_that_decides_at_once(
        self, sandbox: Sandbox, toy: PaymentGateway, how: str, standing: PaymentStatus
    ) -> None:
        sandbox.press("gateway", how, times=1)
        assert toy.begin(ask()).status is standing

    def test_a_gateway_that_ignores_keys_shows_the_paid_one_first(
        self, sandbox: Sandbox, toy: PaymentGateway
    ) -> None:
        one = ask()
        sandbox.press("gateway", "ignore_keys")
        first, second = paid(toy, sandbox, one), toy.begin(one)
        assert second.gateway_id != first.gateway_id
        assert toy.look_up(one.key, None).gateway_id == first.gateway_id
        assert effects(sandbox, one.key)["payments"] == 2
        assert toy.close(one.key, None).status is PaymentStatus.PAID
        assert toy.look_up(one.key, second.gateway_id).status is PaymentStatus.CLOSED


class TestRefunds:
    @pytest.mark.parametrize(
        ("how", "standing"),
        [
            ("accept", RefundStatus.DONE),
            ("refuse", RefundStatus.REFUSED),
            ("ask_details", RefundStatus.ASKED),
            ("pending", RefundStatus.PENDING),
        ],
    )
    def test_how_a_refund_may_stand(
        self, sandbox: Sandbox, toy: PaymentGateway, how: str, standing: RefundStatus
    ) -> None:
        one, refund_key = ask(), fresh()
        snapshot = paid(toy, sandbox, one)
        assert snapshot.gateway_id
        sandbox.press("gateway/refunds", how, times=1)
        told = toy.refund(one.key, snapshot.gateway_id, refund_key, one.amount, None)
        assert told.status is standing
        assert toy.look_up_refund(one.key, snapshot.gateway_id, refund_key) == told
        assert bool(told.reason) is (standing is RefundStatus.REFUSED)

    @pytest.mark.parametrize(
        ("how", "standing"), [("accept", RefundStatus.DONE), ("refuse", RefundStatus.REFUSED)]
    )
    def test_details_given_settle_it(
        self, sandbox: Sandbox, toy: PaymentGateway, how: str, standing: RefundStatus
    ) -> None:
        one, refund_key = ask(), fresh()
        snapshot = paid(toy, sandbox, one)
        assert snapshot.gateway_id
        sandbox.press("gateway/refunds", "ask_details", times=1)
        toy.refund(one.key, snapshot.gateway_id, refund_key, one.amount, None)
        assert sandbox.post(f"gateway/refunds/{refund_key}", behaviour=how)[0] == 200
        assert toy.look_up_refund(one.key, snapshot.gateway_id, refund_key).status is standing

    def test_what_was_not_paid_is_not_refunded(self, sandbox: Sandbox, toy: PaymentGateway) -> None:
        one = ask()
        begun = toy.begin(one)
        assert begun.gateway_id
        assert toy.refund(one.key, begun.gateway_id, fresh(), one.amount, None).status is RefundStatus.REFUSED
        assert effects(sandbox, one.key)["refunds"] == 0


class TestDisputes:
    def test_several_of_a_part_each_decided_by_itself(self, sandbox: Sandbox, toy: PaymentGateway) -> None:
        one = ask()
        paid(toy, sandbox, one)
        first, second = (
            json.loads(sandbox.post("gateway/dispute", key=one.key, **more)[1])["id"]
            for more in ({"amount": 500}, {})
        )
        assert sandbox.post(f"gateway/disputes/{second}", behaviour="win")[0] == 200
        seen = {one.id: (one.amount, one.state) for one in toy.look_up(one.key, None).disputes}
        assert seen == {
            first: (Money(500, "JPY"), DisputeState.OPEN),
            second: (Money(1480, "JPY"), DisputeState.WON),
        }

    @pytest.mark.parametrize("decided", ["win", "lose", "open"])
    @pytest.mark.parametrize("before", ["win", "lose"])
    def test_a_decision_may_change_with_its_amount(
        self, sandbox: Sandbox, toy: PaymentGateway, before: str, decided: str
    ) -> None:
        one = ask()
        paid(toy, sandbox, one)
        id = json.loads(sandbox.post("gateway/dispute", key=one.key)[1])["id"]
        sandbox.post(f"gateway/disputes/{id}", behaviour=before)
        sandbox.post(f"gateway/disputes/{id}", behaviour=decided, amount=700)
        state = {"win": DisputeState.WON, "lose": DisputeState.LOST, "open": DisputeState.OPEN}[decided]
        assert toy.look_up(one.key, None).disputes == (DisputeSnapshot(id, Money(700, "JPY"), state),)
        assert toy.close(one.key, None).disputes == (DisputeSnapshot(id, Money(700, "JPY"), state),)

    @pytest.mark.parametrize(
        ("button", "part", "standing"),
        [
            ("open", 1, RefundStatus.REFUSED),
            ("lose", 1980, RefundStatus.REFUSED),
            ("lose", 1480, RefundStatus.DONE),
            ("win", 1980, RefundStatus.DONE),
        ],
    )
    def test_what_is_disputed_is_not_refunded(
        self, sandbox: Sandbox, toy: PaymentGateway, button: str, part: int, standing: object
    ) -> None:
        one = ask()
        snapshot = paid(toy, sandbox, one)
        assert snapshot.gateway_id
        id = json.loads(sandbox.post("gateway/dispute", key=one.key, amount=500)[1])["id"]
        sandbox.post(f"gateway/disputes/{id}", behaviour=button)
        told = toy.refund(one.key, snapshot.gateway_id, fresh(), Money(part, "JPY"), None)
        assert (told.status, told.reason) == (
            standing,
            DISPUTED if standing is RefundStatus.REFUSED else None,
        )

    def test_a_refund_under_way_is_refused_once_its_money_is_disputed(
        self, sandbox: Sandbox, toy: PaymentGateway
    ) -> None:
        one, refund_key = ask(), fresh()
        snapshot = paid(toy, sandbox, one)
        assert snapshot.gateway_id
        sandbox.press("gateway/refunds", "pending", times=1)
        toy.refund(one.key, snapshot.gateway_id, refund_key, one.amount, None)
        sandbox.post("gateway/dispute", key=one.key)
        assert sandbox.post(f"gateway/refunds/{refund_key}", behaviour="accept")[0] == 200
        told = toy.look_up_refund(one.key, snapshot.gateway_id, refund_key)
        assert (told.status, told.reason) == (RefundStatus.REFUSED, DISPUTED)
        assert effects(sandbox, one.key)["refunded"] == {}
        assert effects(sandbox, one.key)["withheld"] == {"JPY": 1980}

    def test_an_event_tells_of_it(self, sandbox: Sandbox, toy: PaymentGateway) -> None:
        one = ask()
        paid(toy, sandbox, one)
        sandbox.post("gateway/dispute", key=one.key, amount=500)
        event = sandbox.json(f"events.json?key={one.key}")[0]
        notice = toy.read_event(
            {"Sandbox-Signature": event["signature"]}, event["body"].encode(), datetime.now(UTC)
        )
        assert isinstance(notice, GatewayEvent)
        assert (event["type"], notice.key, notice.claimed) == ("payment.disputed", one.key, None)
