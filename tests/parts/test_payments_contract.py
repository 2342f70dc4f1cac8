"""The laws every gateway must hold to, as far as its abilities go."""

import logging
from datetime import UTC, datetime

import pytest

from tests.parts.paying import ask, fresh
from tests.sandbox_process import SECRET, Sandbox
from tsuzuki.payments import registry
from tsuzuki.payments.port import PaymentGateway, PaymentStatus, Redirect, UnverifiedEvent


@pytest.fixture(params=[name for name in ("sandbox", "byhand") if name in registry.names()])
def gateway(request: pytest.FixtureRequest, sandbox: Sandbox) -> PaymentGateway:
    return registry.load(request.param, sandbox.environ, {"timeout": 10, "lease": 30})


class TestEveryGateway:
    def test_its_abilities_make_sense(self, gateway: PaymentGateway) -> None:
        can = gateway.describe()
        assert 0 < can.timeout < can.lease
        assert can.methods
        for one in can.methods:
            assert one.currencies
            assert 0 < one.smallest < one.largest
            assert can.method(one.code) == one
        assert can.finds_by_key or can.by_staff or all(one.begin_again for one in can.methods)
        assert not (can.by_staff and can.finds_by_key)

    def test_law_1_begin_twice_is_one_thing_to_pay(self, gateway: PaymentGateway) -> None:
        one = ask(method=gateway.describe().methods[0].code)
        first, again = gateway.begin(one), gateway.begin(one)
        assert first.status is again.status is PaymentStatus.OPEN
        assert first.gateway_id == again.gateway_id
        assert isinstance(first.next, Redirect) != gateway.describe().by_staff

    def test_law_3_a_look_changes_nothing_and_invents_nothing(self, gateway: PaymentGateway) -> None:
        one = ask(method=gateway.describe().methods[0].code)
        begun = gateway.begin(one)
        first = gateway.look_up(one.key, begun.gateway_id)
        assert gateway.look_up(one.key, begun.gateway_id) == first
        assert first.status in (PaymentStatus.OPEN, PaymentStatus.UNCLEAR)
        unknown = gateway.look_up(fresh(), None).status
        assert unknown is (PaymentStatus.ABSENT if gateway.describe().finds_by_key else PaymentStatus.UNCLEAR)

    def test_law_5_close_ends_it_and_may_be_repeated(self, gateway: PaymentGateway) -> None:
        one = ask(method=gateway.describe().methods[0].code)
        begun = gateway.begin(one)
        for _ in range(2):
            assert gateway.close(one.key, begun.gateway_id).status is PaymentStatus.CLOSED
        assert gateway.look_up(one.key, begun.gateway_id).status in (
            PaymentStatus.CLOSED,
            PaymentStatus.UNCLEAR,
        )

    def test_law_6_what_is_not_signed_is_forged(self, gateway: PaymentGateway) -> None:
        for header in ("", "t=1,v1=00", "v1=", "t=x,v1=y", "t=1,v1=é"):
            assert (
                gateway.read_event({"Sandbox-Signature": header}, b"{}", datetime.now(UTC))
                == UnverifiedEvent()
            )

    def test_proceed_does_nothing_unless_ready(self, gateway: PaymentGateway) -> None:
        one = ask(method=gateway.describe().methods[0].code)
        begun = gateway.begin(one)
        assert begun.gateway_id
        assert gateway.proceed(one.key, begun.gateway_id).status in (
            PaymentStatus.OPEN,
            PaymentStatus.UNCLEAR,
        )

    def test_law_11_no_secret_in_reprs(
        self, gateway: PaymentGateway, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            shown = repr(gateway) + repr(vars(gateway)) + repr(gateway.begin(ask()))
        assert SECRET not in shown + caplog.text
