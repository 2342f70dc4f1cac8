"""The laws every gateway must hold to, as far as its abilities go; then what only the toy gateway can be made to do."""
import hashlib
import hmac
import json
import logging
import random
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.sandbox_process import SECRET, Sandbox
from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.core.money import Money
from tsuzuki.core.order import DisputeState
from tsuzuki.payments import registry
from tsuzuki.payments.port import (
    DISPUTED,
    Ask,
    Dispute,
    Gateway,
    Notice,
    Redirect,
    RefundStanding,
    RefundWay,
    Sight,
    Standing,
    Verdict,
)  # fmt: skip

RETURN_URL = "http://shop.example/s/kY3"


def fresh() -> str:
    return "t" + secrets.token_hex(10)


def ask(key: str | None = None, amount: Money | None = None) -> Ask:
    until = datetime.now(UTC) + timedelta(minutes=20)
    return Ask(key or fresh(), amount or Money(1980, "JPY"), "20 GB, 30 days", "zh-Hans", RETURN_URL, until)


@pytest.fixture(params=["sandbox", "byhand"])
def gateway(request: pytest.FixtureRequest, sandbox: Sandbox) -> Gateway:
    return registry.load(request.param, sandbox.environ, {"timeout": 10, "lease": 30})


@pytest.fixture
def toy(sandbox: Sandbox) -> Gateway:
    return registry.load("sandbox", sandbox.environ, {"timeout": 10, "lease": 30})


def paid(toy: Gateway, sandbox: Sandbox, one: Ask, how: str = "accept") -> Sight:
    """Begin and let the buyer press."""
    begun = toy.begin(one)
    assert begun.gateway_id
    assert sandbox.post(f"pay/{begun.gateway_id}", behaviour=how)[0] in (303, 200)
    return toy.look_up(one.key, begun.gateway_id)


def effects(sandbox: Sandbox, key: str) -> Any:
    return sandbox.json(f"gateway/effects?key={key}")["totals"]


class TestEveryGateway:
    def test_its_abilities_make_sense(self, gateway: Gateway) -> None:
        can = gateway.describe()
        assert 0 < can.timeout < can.lease
        assert can.currencies
        assert can.largest_minor > 0
        assert not (can.by_staff and can.finds_by_key)

    def test_law_1_begin_twice_is_one_thing_to_pay(self, gateway: Gateway) -> None:
        one = ask()
        first, again = gateway.begin(one), gateway.begin(one)
        assert first.standing is again.standing is Standing.OPEN
        assert first.gateway_id == again.gateway_id
        assert isinstance(first.next, Redirect) != gateway.describe().by_staff

    def test_law_3_a_look_changes_nothing_and_invents_nothing(self, gateway: Gateway) -> None:
        one = ask()
        begun = gateway.begin(one)
        first = gateway.look_up(one.key, begun.gateway_id)
        assert gateway.look_up(one.key, begun.gateway_id) == first
        assert first.standing in (Standing.OPEN, Standing.UNCLEAR)
        unknown = gateway.look_up(fresh(), None).standing
        assert unknown is (Standing.ABSENT if gateway.describe().finds_by_key else Standing.UNCLEAR)

    def test_law_5_close_ends_it_and_may_be_repeated(self, gateway: Gateway) -> None:
        one = ask()
        begun = gateway.begin(one)
        for _ in range(2):
            assert gateway.close(one.key, begun.gateway_id).standing is Standing.CLOSED
        assert gateway.look_up(one.key, begun.gateway_id).standing in (Standing.CLOSED, Standing.UNCLEAR)

    def test_law_6_what_is_not_signed_is_forged(self, gateway: Gateway) -> None:
        for header in ("", "t=1,v1=00", "v1=", "t=x,v1=y", "t=1,v1=é"):
            assert gateway.read_event({"Sandbox-Signature": header}, b"{}", datetime.now(UTC)) is Verdict.FORGED

    def test_proceed_does_nothing_unless_ready(self, gateway: Gateway) -> None:
        one = ask()
        begun = gateway.begin(one)
        assert begun.gateway_id
        assert gateway.proceed(one.key, begun.gateway_id).standing in (Standing.OPEN, Standing.UNCLEAR)

    def test_law_11_no_secret_in_reprs(self, gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG):
            shown = repr(gateway) + repr(vars(gateway)) + repr(gateway.begin(ask()))
        assert SECRET not in shown + caplog.text


class TestByHand:
    def test_cash_is_open_with_nowhere_to_send_the_buyer(self) -> None:
        hand = registry.load("byhand", {}, {})
        begun = hand.begin(ask())
        assert (begun.standing, begun.next, begun.refund_way) == (Standing.OPEN, None, RefundWay.BY_HAND)
        assert hand.describe().by_staff

    def test_a_refund_is_asked_of_people(self) -> None:
        hand = registry.load("byhand", {}, {})
        assert hand.refund("k", "k", "r", Money(1980, "JPY")).standing is RefundStanding.ASKED


class TestLossAndRecovery:
    """Law 2: whatever step the line broke at, recovery finds exactly one effect."""

    @pytest.mark.parametrize("how", ["late", "garbage", "error"])
    def test_begin(self, sandbox: Sandbox, toy: Gateway, how: str) -> None:
        one = ask()
        sandbox.press("gateway", how, times=1)
        with pytest.raises(ProviderUnsure):
            toy.begin(one)
        assert toy.look_up(one.key, None).standing is Standing.PAID
        assert toy.begin(one).standing is Standing.PAID
        assert (effects(sandbox, one.key)["payments"], effects(sandbox, one.key)["charged"]) == (1, {"JPY": 1980})

    def test_begin_that_left_an_open_page(self, sandbox: Sandbox, toy: Gateway) -> None:
        one = ask()
        sandbox.press("gateway", "late", "page", times=1)
        with pytest.raises(ProviderUnsure):
            toy.begin(one)
        found = toy.look_up(one.key, None)
        assert (found.standing, isinstance(found.next, Redirect)) == (Standing.OPEN, True)

    def test_begin_that_never_arrived(self, sandbox: Sandbox, toy: Gateway) -> None:
        one = ask()
        sandbox.press("gateway", "silent", times=1)
        with pytest.raises(ProviderUnsure):
            toy.begin(one)
        assert toy.look_up(one.key, None).standing is Standing.ABSENT

    @pytest.mark.parametrize("how", ["late", "garbage", "error", "silent"])
    def test_proceed(self, sandbox: Sandbox, toy: Gateway, how: str) -> None:
        one = ask()
        ready = paid(toy, sandbox, one, "ready")
        assert ready.standing is Standing.READY
        assert ready.gateway_id
        sandbox.press("gateway/captures", how, times=1)
        with pytest.raises(ProviderUnsure):
            toy.proceed(one.key, ready.gateway_id)
        assert toy.look_up(one.key, ready.gateway_id).standing is (Standing.READY if how == "silent" else Standing.PAID)
        assert toy.proceed(one.key, ready.gateway_id).standing is Standing.PAID
        assert effects(sandbox, one.key)["charges"] == 1

    @pytest.mark.parametrize("how", ["late", "garbage", "error", "silent"])
    def test_refund(self, sandbox: Sandbox, toy: Gateway, how: str) -> None:
        one, refund_key = ask(), fresh()
        sight = paid(toy, sandbox, one)
        assert sight.gateway_id
        sandbox.press("gateway/refunds", how, times=1)
        with pytest.raises(ProviderUnsure):
            toy.refund(one.key, sight.gateway_id, refund_key, one.amount)
        found = toy.look_up_refund(one.key, sight.gateway_id, refund_key).standing
        assert found is (RefundStanding.ABSENT if how == "silent" else RefundStanding.DONE)
        assert toy.refund(one.key, sight.gateway_id, refund_key, one.amount).standing is RefundStanding.DONE
        assert effects(sandbox, one.key)["refunded"] == {"JPY": 1980}

    @pytest.mark.parametrize("how", ["late", "silent", "error"])
    def test_close(self, sandbox: Sandbox, toy: Gateway, how: str) -> None:
        one = ask()
        begun = toy.begin(one)
        sandbox.press("gateway/closes", how, times=1)
        with pytest.raises(ProviderUnsure):
            toy.close(one.key, begun.gateway_id)
        assert toy.look_up(one.key, begun.gateway_id).standing is (Standing.OPEN if how == "silent" else Standing.CLOSED)

    @pytest.mark.parametrize("how", ["silent", "late", "garbage", "error", "busy"])
    def test_law_3_a_look_that_fails_is_unclear(self, sandbox: Sandbox, toy: Gateway, how: str) -> None:
        one = ask()
        begun = toy.begin(one)
        assert begun.gateway_id
        sandbox.press("gateway/looks", how)
        for key, id_ in ((one.key, begun.gateway_id), (one.key, None), (fresh(), None)):
            assert toy.look_up(key, id_).standing is Standing.UNCLEAR
        assert toy.look_up_refund(one.key, begun.gateway_id, fresh()).standing is RefundStanding.UNCLEAR

    def test_nobody_there(self, sandbox: Sandbox) -> None:
        nowhere = registry.load("sandbox", {**sandbox.environ, "TSUZUKI_SANDBOX_URL": "http://127.0.0.1:1"}, {"timeout": 0.3})
        with pytest.raises(ProviderUnsure):
            nowhere.begin(ask())
        assert nowhere.look_up("k", None).standing is nowhere.look_up("k", "id").standing is Standing.UNCLEAR
        assert nowhere.look_up_refund("k", "id", "r").standing is RefundStanding.UNCLEAR

    def test_our_own_time_out(self, sandbox: Sandbox, mute: str) -> None:
        waiting = registry.load("sandbox", {**sandbox.environ, "TSUZUKI_SANDBOX_URL": mute}, {"timeout": 0.3})
        with pytest.raises(ProviderUnsure, match="Timeout"):
            waiting.begin(ask())
        with pytest.raises(ProviderUnsure, match="Timeout"):
            waiting.refund("k", "id", "r", Money(1, "JPY"))
        assert waiting.look_up("k", "id").standing is Standing.UNCLEAR

    def test_a_wrong_credential_says_nothing_about_the_payment(self, sandbox: Sandbox) -> None:
        wrong = registry.load("sandbox", {**sandbox.environ, "TSUZUKI_SANDBOX_SECRET": "other"}, {"timeout": 0.3})
        assert wrong.look_up("k", None).standing is wrong.look_up("k", "id").standing is Standing.UNCLEAR


class TestMoney:
    @pytest.mark.parametrize("amount", [Money(1980, "JPY"), Money(1980, "USD"), Money(1005, "KWD")], ids=str)
    def test_whole_minor_units_reach_the_gateway_and_come_back(self, sandbox: Sandbox, toy: Gateway, amount: Money) -> None:
        one = ask(amount=amount)
        assert paid(toy, sandbox, one).paid == amount
        assert effects(sandbox, one.key)["charged"] == {amount.currency: amount.minor}

    def test_law_4_paid_stays_paid_and_refunds_only_grow_up_to_it(self, sandbox: Sandbox, toy: Gateway) -> None:
        one = ask()
        sight = paid(toy, sandbox, one)
        assert sight.gateway_id
        grown = []
        for part in (1000, 980, 1):
            toy.refund(one.key, sight.gateway_id, fresh(), Money(part, "JPY"))
            now = toy.look_up(one.key, None)
            assert (now.standing, now.paid) == (Standing.PAID, Money(1980, "JPY"))
            grown.append(now.refunded)
        assert grown == [Money(1000, "JPY"), Money(1980, "JPY"), Money(1980, "JPY")]

    def test_law_5_closing_what_is_paid_says_paid(self, sandbox: Sandbox, toy: Gateway) -> None:
        one = ask()
        sight = paid(toy, sandbox, one)
        assert toy.close(one.key, sight.gateway_id).standing is Standing.PAID
        assert toy.close(one.key, None).standing is Standing.PAID

    def test_closing_what_never_began_is_absent(self, toy: Gateway) -> None:
        assert toy.close(fresh(), None).standing is Standing.ABSENT

    def test_law_9_another_amount_is_told_as_it_is(self, sandbox: Sandbox, toy: Gateway) -> None:
        assert paid(toy, sandbox, ask(), "other_amount").paid == Money(1981, "JPY")

    def test_a_declined_page_is_closed_and_says_why(self, sandbox: Sandbox, toy: Gateway) -> None:
        sight = paid(toy, sandbox, ask(), "refuse")
        assert (sight.standing, sight.reason, sight.paid) == (Standing.CLOSED, "declined", None)

    def test_money_that_comes_after_closing_is_seen(self, sandbox: Sandbox, toy: Gateway) -> None:
        one = ask()
        begun = toy.begin(one)
        toy.close(one.key, begun.gateway_id)
        sandbox.post(f"pay/{begun.gateway_id}", behaviour="accept")
        assert toy.look_up(one.key, begun.gateway_id).standing is Standing.CLOSED
        sandbox.post(f"pay/{begun.gateway_id}", behaviour="too_late")
        assert toy.look_up(one.key, begun.gateway_id).standing is Standing.PAID

    def test_time_closes_what_nobody_paid(self, sandbox: Sandbox, toy: Gateway) -> None:
        one = ask()
        begun = toy.begin(one)
        assert begun.due == one.live_until
        assert sandbox.post("clock", now=one.live_until.isoformat())[0] == 200
        sight = toy.look_up(one.key, begun.gateway_id)
        assert (sight.standing, sight.reason) == (Standing.CLOSED, "expired")

    def test_a_chargeback_is_paid_and_a_dispute_that_is_lost(self, sandbox: Sandbox, toy: Gateway) -> None:
        one = ask()
        assert paid(toy, sandbox, one).disputes == ()
        assert sandbox.post("gateway/reverse", key=one.key)[0] == 200
        sight = toy.look_up(one.key, None)
        assert sight.standing is Standing.PAID
        assert [(dispute.amount, dispute.state) for dispute in sight.disputes] == [(one.amount, DisputeState.LOST)]
        assert sandbox.post("gateway/reverse", key=one.key)[0] == 404  # nothing is here any more

    @pytest.mark.parametrize("standing", ["pending", "promised", "ready"])
    def test_waiting_standings(self, sandbox: Sandbox, toy: Gateway, standing: str) -> None:
        sandbox.press("gateway", standing, times=1)
        assert toy.begin(ask()).standing is Standing(standing)

    @pytest.mark.parametrize(("how", "standing"), [("accept", Standing.PAID), ("refuse", Standing.CLOSED)])
    def test_a_gateway_that_decides_at_once(self, sandbox: Sandbox, toy: Gateway, how: str, standing: Standing) -> None:
        sandbox.press("gateway", how, times=1)
        assert toy.begin(ask()).standing is standing

    def test_a_gateway_that_ignores_keys_shows_the_paid_one_first(self, sandbox: Sandbox, toy: Gateway) -> None:
        one = ask()
        sandbox.press("gateway", "ignore_keys")
        first, second = paid(toy, sandbox, one), toy.begin(one)
        assert second.gateway_id != first.gateway_id
        assert toy.look_up(one.key, None).gateway_id == first.gateway_id
        assert effects(sandbox, one.key)["payments"] == 2
        assert toy.close(one.key, None).standing is Standing.PAID
        assert toy.look_up(one.key, second.gateway_id).standing is Standing.CLOSED


class TestRefunds:
    @pytest.mark.parametrize(
        ("how", "standing"),
        [("accept", RefundStanding.DONE), ("refuse", RefundStanding.REFUSED), ("ask_details", RefundStanding.ASKED),
         ("pending", RefundStanding.PENDING)],
    )  # fmt: skip
    def test_how_a_refund_may_stand(self, sandbox: Sandbox, toy: Gateway, how: str, standing: RefundStanding) -> None:
        one, refund_key = ask(), fresh()
        sight = paid(toy, sandbox, one)
        assert sight.gateway_id
        sandbox.press("gateway/refunds", how, times=1)
        told = toy.refund(one.key, sight.gateway_id, refund_key, one.amount)
        assert told.standing is standing
        assert toy.look_up_refund(one.key, sight.gateway_id, refund_key) == told
        assert bool(told.reason) is (standing is RefundStanding.REFUSED)

    @pytest.mark.parametrize(("how", "standing"), [("accept", RefundStanding.DONE), ("refuse", RefundStanding.REFUSED)])
    def test_details_given_settle_it(self, sandbox: Sandbox, toy: Gateway, how: str, standing: RefundStanding) -> None:
        one, refund_key = ask(), fresh()
        sight = paid(toy, sandbox, one)
        assert sight.gateway_id
        sandbox.press("gateway/refunds", "ask_details", times=1)
        toy.refund(one.key, sight.gateway_id, refund_key, one.amount)
        assert sandbox.post(f"gateway/refunds/{refund_key}", behaviour=how)[0] == 200
        assert toy.look_up_refund(one.key, sight.gateway_id, refund_key).standing is standing

    def test_what_was_not_paid_is_not_refunded(self, sandbox: Sandbox, toy: Gateway) -> None:
        one = ask()
        begun = toy.begin(one)
        assert begun.gateway_id
        assert toy.refund(one.key, begun.gateway_id, fresh(), one.amount).standing is RefundStanding.REFUSED
        assert effects(sandbox, one.key)["refunds"] == 0


class TestDisputes:
    def test_several_of_a_part_each_decided_by_itself(self, sandbox: Sandbox, toy: Gateway) -> None:
        one = ask()
        paid(toy, sandbox, one)
        first, second = (json.loads(sandbox.post("gateway/dispute", key=one.key, **more)[1])["id"] for more in ({"amount": 500}, {}))
        assert sandbox.post(f"gateway/disputes/{second}", behaviour="win")[0] == 200
        seen = {one.id: (one.amount, one.state) for one in toy.look_up(one.key, None).disputes}
        assert seen == {first: (Money(500, "JPY"), DisputeState.OPEN), second: (Money(1480, "JPY"), DisputeState.WON)}

    @pytest.mark.parametrize("decided", ["win", "lose", "open"])
    @pytest.mark.parametrize("before", ["win", "lose"])
    def test_a_decision_may_change_with_its_amount(self, sandbox: Sandbox, toy: Gateway, before: str, decided: str) -> None:
        one = ask()
        paid(toy, sandbox, one)
        id = json.loads(sandbox.post("gateway/dispute", key=one.key)[1])["id"]
        sandbox.post(f"gateway/disputes/{id}", behaviour=before)
        sandbox.post(f"gateway/disputes/{id}", behaviour=decided, amount=700)
        state = {"win": DisputeState.WON, "lose": DisputeState.LOST, "open": DisputeState.OPEN}[decided]
        assert toy.look_up(one.key, None).disputes == (Dispute(id, Money(700, "JPY"), state),)
        assert toy.close(one.key, None).disputes == (Dispute(id, Money(700, "JPY"), state),)

    @pytest.mark.parametrize(("button", "part", "standing"), [
        ("open", 1, RefundStanding.REFUSED), ("lose", 1980, RefundStanding.REFUSED), ("lose", 1480, RefundStanding.DONE),
        ("win", 1980, RefundStanding.DONE),
    ])  # fmt: skip
    def test_what_is_disputed_is_not_refunded(self, sandbox: Sandbox, toy: Gateway, button: str, part: int, standing: object) -> None:
        one = ask()
        sight = paid(toy, sandbox, one)
        assert sight.gateway_id
        id = json.loads(sandbox.post("gateway/dispute", key=one.key, amount=500)[1])["id"]
        sandbox.post(f"gateway/disputes/{id}", behaviour=button)
        told = toy.refund(one.key, sight.gateway_id, fresh(), Money(part, "JPY"))
        assert (told.standing, told.reason) == (standing, DISPUTED if standing is RefundStanding.REFUSED else None)

    def test_a_refund_under_way_is_refused_once_its_money_is_disputed(self, sandbox: Sandbox, toy: Gateway) -> None:
        one, refund_key = ask(), fresh()
        sight = paid(toy, sandbox, one)
        assert sight.gateway_id
        sandbox.press("gateway/refunds", "pending", times=1)
        toy.refund(one.key, sight.gateway_id, refund_key, one.amount)
        sandbox.post("gateway/dispute", key=one.key)
        assert sandbox.post(f"gateway/refunds/{refund_key}", behaviour="accept")[0] == 200
        told = toy.look_up_refund(one.key, sight.gateway_id, refund_key)
        assert (told.standing, told.reason) == (RefundStanding.REFUSED, DISPUTED)
        assert effects(sandbox, one.key)["refunded"] == {}
        assert effects(sandbox, one.key)["withheld"] == {"JPY": 1980}

    def test_an_event_tells_of_it(self, sandbox: Sandbox, toy: Gateway) -> None:
        one = ask()
        paid(toy, sandbox, one)
        sandbox.post("gateway/dispute", key=one.key, amount=500)
        event = sandbox.json(f"events.json?key={one.key}")[0]
        notice = toy.read_event({"Sandbox-Signature": event["signature"]}, event["body"].encode(), datetime.now(UTC))
        assert isinstance(notice, Notice)
        assert (event["type"], notice.key, notice.claimed) == ("payment.disputed", one.key, None)


class TestEvents:
    def test_law_7_shuffled_doubled_dropped_events_end_the_same_after_one_look(self, sandbox: Sandbox, toy: Gateway) -> None:
        one = ask()
        sight = paid(toy, sandbox, one, "twice")
        assert sight.gateway_id
        toy.refund(one.key, sight.gateway_id, fresh(), one.amount)
        events = sandbox.json(f"events.json?key={one.key}") * 2
        random.Random(7).shuffle(events)
        for event in events:
            notice = toy.read_event({"Sandbox-Signature": event["signature"]}, event["body"].encode(), datetime.now(UTC))
            assert isinstance(notice, Notice)
            assert (notice.key, notice.gateway_id, notice.event_id) == (one.key, sight.gateway_id, event["id"])
            seen = toy.look_up(one.key, notice.gateway_id)
            assert (seen.standing, seen.refunded) == (Standing.PAID, one.amount)

    def test_only_a_paid_event_claims_an_amount(self, sandbox: Sandbox, toy: Gateway) -> None:
        one = ask()
        paid(toy, sandbox, one)
        event = sandbox.json(f"events.json?key={one.key}")[0]
        notice = toy.read_event({"SANDBOX-SIGNATURE": event["signature"]}, event["body"].encode(), datetime.now(UTC))
        assert isinstance(notice, Notice)
        assert notice.claimed == one.amount

    def test_law_6_changed_stale_or_another_secret_is_forged(self, sandbox: Sandbox, toy: Gateway) -> None:
        one = ask()
        paid(toy, sandbox, one)
        event, now = sandbox.json(f"events.json?key={one.key}")[0], datetime.now(UTC)
        heads, raw = {"Sandbox-Signature": event["signature"]}, event["body"].encode()
        other = registry.load("sandbox", {**sandbox.environ, "TSUZUKI_SANDBOX_SECRET": "other"}, {})
        assert isinstance(toy.read_event(heads, raw, now), Notice)
        assert other.read_event(heads, raw, now) is Verdict.FORGED
        assert toy.read_event(heads, raw[:-1] + b" ", now) is Verdict.FORGED
        for off in (-400, 400):
            assert toy.read_event(heads, raw, now + timedelta(seconds=off)) is Verdict.FORGED

    def test_law_6_genuine_but_not_ours(self, sandbox: Sandbox, toy: Gateway) -> None:
        theirs = registry.load("sandbox", sandbox.environ, {"prefix": "zz"})
        one = ask()
        paid(toy, sandbox, one)
        event = sandbox.json(f"events.json?key={one.key}")[0]
        heads, raw = {"Sandbox-Signature": event["signature"]}, event["body"].encode()
        assert theirs.read_event(heads, raw, datetime.now(UTC)) is Verdict.NOT_OURS

    def test_an_event_of_the_carrier_is_not_the_gateways(self, sandbox: Sandbox, toy: Gateway) -> None:
        event = b'{"id":"e1","type":"carrier.reversed","side":"carrier","key":"k"}'
        assert toy.read_event({"Sandbox-Signature": signed(event)}, event, datetime.now(UTC)) is Verdict.NOT_OURS

    @pytest.mark.parametrize("raw", [b"", b"[]", b"\xff", b'{"id":1}', b'{"id":"e","type":"payment.paid","side":"gateway"}'])
    def test_signed_nonsense_is_forged(self, toy: Gateway, raw: bytes) -> None:
        assert toy.read_event({"Sandbox-Signature": signed(raw)}, raw, datetime.now(UTC)) is Verdict.FORGED


def signed(raw: bytes) -> str:
    """A signature made here, from the scheme's description and not from the code under test."""
    at = int(datetime.now(UTC).timestamp())
    return f"t={at},v1={hmac.new(SECRET.encode(), f'{at}.'.encode() + raw, hashlib.sha256).hexdigest()}"
