# ruff: noqa: F811 (a test names the fixture it asks for)
"""Nobody waits for somebody else's provider: lanes of a worker, pages, and providers that do not answer.

Nothing is timed here: one provider hangs until the test lets it go, and the others must be done before that.
"""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from tests import cast
from tests.actions.conftest import incidents, running_sandbox, sandbox, shop  # noqa: F401 (fixtures)
from tests.cast import NOON
from tests.faces.program import program, wall  # noqa: F401 (fixtures)

AT_MOST = 120  # seconds after which a test that hangs has failed


class Hang:
    """Whoever comes in waits until he is let go."""

    def __init__(self) -> None:
        self.entered, self.free = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.entered.set()
        assert self.free.wait(AT_MOST)


@pytest.fixture
def hang():
    found = Hang()
    yield found
    found.free.set()


@pytest.fixture
def lanes(shop, wall, hang):
    """The lanes of one worker process."""
    from tsuzuki.worker.lanes import Lanes

    running = Lanes()
    running.start()
    yield running
    hang.free.set()
    running.stop(AT_MOST)


@pytest.fixture
def impatient(monkeypatch, hang):
    """A page waits no longer than until the gateway is being asked."""
    from concurrent.futures import ThreadPoolExecutor

    from django.conf import settings

    from tsuzuki.actions.order import advance

    class Begun(ThreadPoolExecutor):
        def submit(self, *work):
            begun = super().submit(*work)
            assert hang.entered.wait(AT_MOST)
            return begun

    with Begun(2) as pages:
        monkeypatch.setattr(settings, "PAGE_WAIT", 0.0)
        monkeypatch.setattr(advance, "_for_pages", pages)
        yield
        hang.free.set()


def second_carrier() -> None:
    from tests.actions.conftest import QUICK
    from tsuzuki.actions.catalogue.plans import NewCarrier, save_carriers

    save_carriers([NewCarrier("slow", {"en": "Slow"}, "docomo", "sandbox", settings={**QUICK, "at_once": 3})])


def hanging_carrier(monkeypatch, hang: Hang, line) -> None:
    """The carrier takes the question about this line and says nothing."""
    from tsuzuki.carriers.sandbox import SandboxCarrier
    from tsuzuki.records.models import Number

    real, number = SandboxCarrier.act, Number.objects.get(line=line).msisdn

    def act(self, ask):
        if ask.msisdn == number:
            hang()
        return real(self, ask)

    monkeypatch.setattr(SandboxCarrier, "act", act)


def told(monkeypatch, step: str = "provision") -> threading.Event:
    """Set when an answer of this step has been written down."""
    from tsuzuki.actions.order import repair

    close, done = repair.close, threading.Event()

    def closing(table, name, *arguments):
        close(table, name, *arguments)
        if name == step:
            done.set()

    monkeypatch.setattr(repair, "close", closing)
    return done


def test_a_carrier_that_hangs_holds_up_no_other(lanes, monkeypatch, hang):
    second_carrier()
    slow, good = cast.line("slow"), cast.line()
    hanging_carrier(monkeypatch, hang, slow)
    delivered = told(monkeypatch)
    stuck = cast.buy(slow, "day", cast.voucher(330))
    lanes.wake()
    assert hang.entered.wait(AT_MOST)
    free = cast.buy(good, "day", cast.voucher(330))
    lanes.wake()
    assert delivered.wait(AT_MOST)
    assert (cast.states(stuck), cast.states(free)) == (["applied"], ["delivered"])
    delivered.clear()
    hang.free.set()
    assert delivered.wait(AT_MOST)
    assert cast.states(stuck) == ["delivered"]


def test_a_gateway_that_hangs_holds_up_no_carrier_and_no_recharge_from_our_own_books(
    lanes, monkeypatch, hang
):
    from tsuzuki.actions.order import deliver
    from tsuzuki.payments.sandbox import SandboxGateway

    monkeypatch.setattr(SandboxGateway, "begin", lambda self, ask: hang())
    asked = cast.buy(cast.line(), "day")
    lanes.wake()
    assert hang.entered.wait(AT_MOST)
    confirm, kinds, both = deliver.confirm, set(), threading.Event()

    def confirmed(orders, now):
        confirm(orders, now)
        kinds.update(order.kind for order in orders)
        if kinds == {"plan", "credit"}:
            both.set()

    monkeypatch.setattr(deliver, "confirm", confirmed)
    cast.buy(cast.line(), "day", cast.voucher(330))
    cast.buy(cast.line(), "credit-3000", cast.voucher(3000))
    lanes.wake()
    assert both.wait(AT_MOST)
    assert cast.states(asked) == ["awaiting_payment"]
    monkeypatch.setattr(SandboxGateway, "begin", lambda self, ask: None)  # what comes of it is no matter
    from structlog.testing import capture_logs

    with capture_logs():
        hang.free.set()
        lanes.stop(AT_MOST)


@pytest.mark.parametrize("silent", ["letters", "webhooks"])
def test_a_mail_server_or_a_program_that_hangs_holds_up_no_order(shop, wall, monkeypatch, hang, silent):
    from tsuzuki.worker import lanes as module

    other = {"letters": "notifications", "webhooks": "webhooks"}[silent]
    monkeypatch.setattr(module, other, SimpleNamespace(send_due=lambda now: hang() or 0))
    running = module.Lanes()
    running.start()
    try:
        running.wake()
        assert hang.entered.wait(AT_MOST)
        delivered = told(monkeypatch)
        purchase = cast.buy(cast.line(), "day", cast.voucher(330))
        running.wake()
        assert delivered.wait(AT_MOST)
        assert cast.states(purchase) == ["delivered"]
    finally:
        hang.free.set()
        running.stop(AT_MOST)


def test_orders_never_wait_for_letters_and_programs(shop, monkeypatch):
    """Advancing sends nothing: letters and webhooks are written with the move and leave
    by their own lanes.
    """
    from tsuzuki.actions.messages import notifications, webhooks
    from tsuzuki.records.models import OutboundMessage

    monkeypatch.setattr(notifications, "_send", lambda notice: pytest.fail("sent inline"))
    monkeypatch.setattr(webhooks, "_send", lambda *given: pytest.fail("sent inline"))
    shop.sell()
    assert set(OutboundMessage.objects.values_list("state", flat=True)) == {"waiting"}


def test_what_a_gateway_has_paid_goes_on_without_another_wake_up(shop, wall, monkeypatch):
    from tsuzuki.worker import lanes as module

    monkeypatch.setattr(module, "EVERY", None)  # nobody looks by himself
    shop.pays()
    delivered = told(monkeypatch)
    running = module.Lanes()
    running.start()
    try:
        purchase = cast.buy(cast.line(), "day")
        running.wake()
        assert delivered.wait(AT_MOST)
        assert cast.states(purchase) == ["delivered"]
    finally:
        running.stop(AT_MOST)


def test_a_page_does_not_wait_for_a_gateway_that_hangs(shop, wall, monkeypatch, hang, impatient):
    from tsuzuki.payments.sandbox import SandboxGateway

    real = SandboxGateway.begin
    monkeypatch.setattr(SandboxGateway, "begin", lambda self, ask: hang() or real(self, ask))
    seller = program("own", "operator")
    answered = told(monkeypatch, "pay")
    quote = seller.quote(cast.line(), "day")["id"]
    bought = seller.buy(quote, "key", {"method": "sandbox"})
    assert (bought.status, bought.body["next_action"]) == (201, {"type": "wait", "url": None})
    hang.free.set()
    assert answered.wait(AT_MOST)
    shown = seller.get(f"/purchases/{bought.body['id']}").body["next_action"]
    assert shown["type"] == "redirect"


def test_a_buyer_reads_that_the_gateway_is_being_asked_and_then_finds_the_button(
    shop, wall, monkeypatch, hang, impatient
):
    from django.test import Client

    from tsuzuki.payments.sandbox import SandboxGateway

    real = SandboxGateway.begin
    monkeypatch.setattr(SandboxGateway, "begin", lambda self, ask: hang() or real(self, ask))
    answered = told(monkeypatch, "pay")
    buyer = Client(SERVER_NAME="localhost", headers={"Accept-Language": "en"})
    check = buyer.post(f"/en/r/{cast.link(cast.line())}", {"plan": "day", "method": "sandbox"})["Location"]
    order = buyer.post(check, {"email": ""})["Location"]
    assert order.startswith("/en/p/")
    shown = buyer.get(order)
    assert "We are asking the payment service" in shown.content.decode()
    assert shown.headers["Refresh"] == "3"
    hang.free.set()
    assert answered.wait(AT_MOST)
    assert "Pay JPY 330" in buyer.get(order).content.decode()


def test_a_page_never_asks_a_carrier(shop, wall, monkeypatch):
    """Paid at once; the program is answered, and a worker is told to go on."""
    from tsuzuki.carriers.sandbox import SandboxCarrier

    monkeypatch.setattr(SandboxCarrier, "act", lambda self, ask: pytest.fail("asked by a page"))
    shop.pays()
    seller = program("own", "operator")
    quote = seller.quote(cast.line(), "day")["id"]
    bought = seller.buy(quote, "key", {"method": "sandbox"})
    assert [order["state"] for order in bought.body["orders"]] == ["paid"]
    monkeypatch.undo()


@pytest.fixture
def monotonic(monkeypatch):
    """The process's own clock, moved by hand."""
    from tsuzuki.actions.engine import health

    clock = SimpleNamespace(at=1000.0)
    monkeypatch.setattr(health, "monotonic", lambda: clock.at)
    return clock


def test_a_carrier_that_does_not_answer_is_paused_told_of_and_tried_again(shop, monotonic):
    from tsuzuki.actions.engine import health
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.engine.lane import Lane, Side
    from tsuzuki.actions.order.advance import advance_lane
    from tsuzuki.cli.doctor.selling import providers as reachable
    from tsuzuki.records.models import Attempt, Order

    sand = Lane(Side.CARRIER, "sand")
    shop.press("carrier", "silent")
    for line in cast.lines(health.FAILURES + 4):
        cast.buy(line, "day", cast.voucher(330))
    advance_lane(sand, Clock.showing(NOON))
    asked = Attempt.objects.count()
    assert asked == health.FAILURES + 4  # taken up together; from here on nobody is
    assert incidents() == ["provider_silent"]
    assert "sand does not answer since" in " ".join(finding.said for finding in reachable(NOON))
    late = [cast.buy(line, "day", cast.voucher(330)) for line in cast.lines(3)]
    for _ in range(3):
        assert advance_lane(sand, Clock.showing(NOON)) == 0
    assert Attempt.objects.count() == asked
    monotonic.at += health.FIRST_PAUSE
    advance_lane(sand, Clock.showing(NOON), rounds=1)
    assert Attempt.objects.count() == asked + 1  # one question tries
    monotonic.at += health.FIRST_PAUSE
    assert health.pause_left(str(sand)) == health.FIRST_PAUSE  # the pause has doubled
    monotonic.at += health.FIRST_PAUSE
    shop.press("carrier", "accept")
    advance_lane(sand, Clock.showing(NOON))
    assert incidents() == []
    assert incidents(closed=True) == ["provider_silent"]
    assert Order.objects.filter(purchase__in=[one.id for one in late], state="delivered").count() == 2


def test_busy_counts_as_no_answer_and_an_empty_wallet_as_one(shop, monotonic):
    from tsuzuki.actions.engine import health
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.engine.lane import Lane, Side
    from tsuzuki.actions.order.advance import advance_lane

    for behaviour, open_ in (
        ("poor", ["supplier_refuses_us"]),
        ("busy", ["provider_silent", "supplier_refuses_us"]),
    ):
        shop.press("carrier", behaviour)
        for line in cast.lines(health.FAILURES):
            cast.buy(line, "day", cast.voucher(330))
        advance_lane(Lane(Side.CARRIER, "sand"), Clock.showing(NOON), rounds=1)
        assert incidents() == open_


def test_who_is_at_work_is_not_looked_for(shop):
    from tsuzuki.actions.engine.lane import CLOCK, Lane, Side, lanes_due

    cast.buy(cast.line(), "day", cast.voucher(330))
    cast.buy(cast.line("hand"), "only-hand", cast.voucher(700))
    cast.buy(cast.line(), "day")
    cast.buy(cast.line(), "credit-3000", cast.voucher(3000))
    sand, hand, gateway = (
        Lane(Side.CARRIER, "sand"),
        Lane(Side.CARRIER, "hand"),
        Lane(Side.GATEWAY, "sandbox"),
    )
    assert lanes_due(NOON) == {sand, hand, gateway, CLOCK}
    assert lanes_due(NOON, [sand, gateway, CLOCK]) == {hand}
