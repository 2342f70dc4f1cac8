"""Events of the toy gateway: signed, repeated, shuffled, forged."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from tests.parts.paying import ask, fresh, paid, signed
from tests.sandbox_process import Sandbox
from tsuzuki.payments import registry
from tsuzuki.payments.port import ForeignEvent, GatewayEvent, PaymentGateway, PaymentStatus, UnverifiedEvent


class TestEvents:
    def test_law_7_shuffled_doubled_dropped_events_end_the_same_after_one_look(
        self, sandbox: Sandbox, toy: PaymentGateway
    ) -> None:
        one = ask()
        snapshot = paid(toy, sandbox, one, "twice")
        assert snapshot.gateway_id
        toy.refund(one.key, snapshot.gateway_id, fresh(), one.amount, None)
        events = sandbox.json(f"events.json?key={one.key}") * 2
        random.Random(7).shuffle(events)
        for event in events:
            notice = toy.read_event(
                {"Sandbox-Signature": event["signature"]}, event["body"].encode(), datetime.now(UTC)
            )
            assert isinstance(notice, GatewayEvent)
            assert (notice.key, notice.gateway_id, notice.event_id) == (
                one.key,
                snapshot.gateway_id,
                event["id"],
            )
            seen = toy.look_up(one.key, notice.gateway_id)
            assert (seen.status, seen.paid) == (PaymentStatus.PAID, one.amount)

    def test_only_a_paid_event_claims_an_amount(self, sandbox: Sandbox, toy: PaymentGateway) -> None:
        one = ask()
        paid(toy, sandbox, one)
        event = sandbox.json(f"events.json?key={one.key}")[0]
        notice = toy.read_event(
            {"SANDBOX-SIGNATURE": event["signature"]}, event["body"].encode(), datetime.now(UTC)
        )
        assert isinstance(notice, GatewayEvent)
        assert notice.claimed == one.amount

    def test_law_6_changed_stale_or_another_secret_is_forged(
        self, sandbox: Sandbox, toy: PaymentGateway
    ) -> None:
        one = ask()
        paid(toy, sandbox, one)
        event, now = sandbox.json(f"events.json?key={one.key}")[0], datetime.now(UTC)
        heads, raw = {"Sandbox-Signature": event["signature"]}, event["body"].encode()
        other = registry.load("sandbox", {**sandbox.environ, "TSUZUKI_SANDBOX_SECRET": "other"}, {})
        assert isinstance(toy.read_event(heads, raw, now), GatewayEvent)
        assert other.read_event(heads, raw, now) == UnverifiedEvent()
        assert toy.read_event(heads, raw[:-1] + b" ", now) == UnverifiedEvent()
        for off in (-400, 400):
            assert toy.read_event(heads, raw, now + timedelta(seconds=off)) == UnverifiedEvent()

    def test_law_6_genuine_but_not_ours(self, sandbox: Sandbox, toy: PaymentGateway) -> None:
        theirs = registry.load("sandbox", sandbox.environ, {"prefix": "zz"})
        one = ask()
        paid(toy, sandbox, one)
        event = sandbox.json(f"events.json?key={one.key}")[0]
        heads, raw = {"Sandbox-Signature": event["signature"]}, event["body"].encode()
        assert theirs.read_event(heads, raw, datetime.now(UTC)) == ForeignEvent()

    def test_an_event_of_the_carrier_is_not_the_gateways(self, sandbox: Sandbox, toy: PaymentGateway) -> None:
        event = b'{"id":"e1","type":"carrier.reversed","side":"carrier","key":"k"}'
        assert (
            toy.read_event({"Sandbox-Signature": signed(event)}, event, datetime.now(UTC)) == ForeignEvent()
        )

    @pytest.mark.parametrize(
        "raw", [b"", b"[]", b"\xff", b'{"id":1}', b'{"id":"e","type":"payment.paid","side":"gateway"}']
    )
    def test_signed_nonsense_is_forged(self, toy: PaymentGateway, raw: bytes) -> None:
        assert toy.read_event({"Sandbox-Signature": signed(raw)}, raw, datetime.now(UTC)) == UnverifiedEvent()
