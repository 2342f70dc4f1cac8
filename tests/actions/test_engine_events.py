"""An event that arrives while an attempt is being answered is heard afterwards; a second success calls
people.
"""

from datetime import timedelta

import msgspec
import pytest

from tests import cast
from tests.actions.conftest import after, incidents
from tests.cast import NOON

LEASE_END = after(seconds=2)
EPSILON = timedelta(microseconds=1)
# From the claim on, whichever moment it is: also when the answer is late and the lease is over.
MOMENTS = [NOON, NOON + EPSILON, LEASE_END - EPSILON, LEASE_END, LEASE_END + EPSILON]


def while_it_is_written_down(monkeypatch, step: str, event) -> None:
    """The event comes between the provider's answer and our writing it down."""
    from tsuzuki.actions.order import repair

    close = repair.close

    def slow(table, name, *arguments):
        if name == step:
            monkeypatch.setattr(repair, "close", close)
            event()
        return close(table, name, *arguments)

    monkeypatch.setattr(repair, "close", slow)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_delivery_taken_back_before_it_was_written_down_is_refunded(shop, monkeypatch, moment):
    shop.pays()
    purchase = cast.buy(cast.line())
    while_it_is_written_down(monkeypatch, "provision", lambda: shop.takes_back(purchase, "carrier", moment))
    for at in (NOON, after(seconds=3), after(seconds=4)):
        cast.go(at)
    assert cast.states(purchase) == ["refunded"]
    assert shop.carrier(purchase)["reversed"] == 1


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_payment_taken_back_before_it_was_written_down_is_heard(shop, monkeypatch, moment):
    shop.pays()
    purchase = cast.buy(cast.line())
    while_it_is_written_down(monkeypatch, "pay", lambda: shop.takes_back(purchase, "gateway", moment))
    for at in (NOON, after(seconds=3), after(seconds=4)):
        cast.go(at)
    assert "money_reversed" in incidents()


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_refund_that_ends_while_its_first_answer_is_written_down(shop, monkeypatch, moment):
    """It was taken, to be looked at in a minute; the event says it is over, and names the payment only."""
    shop.press("carrier", "refuse")
    shop.press("gateway/refunds", "pending")
    shop.pays()
    purchase = cast.buy(cast.line())

    def ends() -> None:
        shop.clock(moment)
        assert shop.sandbox.post(f"gateway/refunds/{shop.key(purchase, 'refund')}", behaviour="accept")[
            0
        ] in (200, 303)
        assert shop.tell(shop.key(purchase, "pay"), "refund.done", moment) == "woke"

    while_it_is_written_down(monkeypatch, "refund", ends)
    for at in (NOON, after(seconds=3), after(seconds=4)):
        cast.go(at)
    assert cast.states(purchase) == ["refunded"]


def test_an_event_while_a_closed_attempt_is_looked_at_again_is_heard_too(shop, monkeypatch):
    """The look it asked for found nothing new; the delivery is taken back before that is written down."""
    shop.press("carrier", "twice")
    purchase = shop.sell()
    shop.tell(shop.key(purchase), "carrier.done", after(seconds=10), "sand")
    while_it_is_written_down(
        monkeypatch, "provision", lambda: shop.takes_back(purchase, "carrier", after(seconds=10))
    )
    for seconds in (10, 20, 30):
        cast.go(after(seconds=seconds))
    assert cast.states(purchase) == ["refunded"]


def done_there_and_told(shop, purchase, at) -> None:
    """The carrier did what an earlier question had asked for, after it had said that nothing happened."""
    from tsuzuki.actions.engine.providers import carrier_of
    from tsuzuki.carriers.port import CarrierRequest

    shop.press("carrier", "twice")  # done, with an event
    shop.clock(at)
    attempt = shop.attempt(purchase)
    carrier_of(purchase.orders.get().carrier).act(msgspec.convert(attempt.question, CarrierRequest))
    shop.press("carrier", "accept", "ignore_keys")
    shop.tell(attempt.key, "carrier.done", at, "sand")


def test_what_was_not_done_is_looked_up_after_an_event_and_not_asked_for_again(shop):
    shop.press("carrier", "busy")
    purchase = shop.sell()
    assert shop.attempt(purchase).standing == "passing"
    done_there_and_told(shop, purchase, after(seconds=1))
    for seconds in (1, 30):
        cast.go(after(seconds=seconds))
    assert shop.carrier(purchase)["deliveries"] == 1
    assert cast.states(purchase) == ["delivered"]


def test_nor_is_it_asked_for_again_where_the_event_was_quicker_than_the_no(shop, monkeypatch):
    shop.press("carrier", "busy")
    shop.pays()
    purchase = cast.buy(cast.line())
    while_it_is_written_down(monkeypatch, "provision", lambda: done_there_and_told(shop, purchase, NOON))
    for seconds in (0, 3, 30):
        cast.go(after(seconds=seconds))
    assert shop.carrier(purchase)["deliveries"] == 1
    assert cast.states(purchase) == ["delivered"]


def test_an_event_nobody_has_looked_at_keeps_the_clock_from_refunding(shop):
    """It did it after all, and said so in the moment the clock would have given it up."""
    from tsuzuki.actions.order import advance

    shop.press("carrier", "busy")
    purchase = shop.sell()
    late = after(minutes=15)
    done_there_and_told(shop, purchase, late)
    assert advance.refund_overdue(late, 10, None) == 1
    assert incidents() == ["overdue"]
    cast.go(late)
    assert cast.states(purchase) == ["delivered"]
    assert incidents() == []


def test_an_event_after_the_clock_has_refunded_is_put_before_people(shop):
    shop.press("carrier", "busy")
    purchase = shop.sell()
    late = after(minutes=15)
    cast.go(late)
    assert cast.states(purchase) == ["refunded"]
    done_there_and_told(shop, purchase, late)
    cast.go(late)
    assert incidents() == ["delivered_after_refund"]


def test_what_was_taken_back_and_is_done_again_is_put_before_people(shop, monkeypatch):
    """It is refunded; that the line has it nevertheless nobody else would see."""
    from tsuzuki.carriers.port import CarrierAnswer, CarrierStatus
    from tsuzuki.carriers.sandbox import SandboxCarrier
    from tsuzuki.records.models import Incident

    shop.press("carrier", "twice")
    purchase = shop.sell()
    shop.takes_back(purchase, "carrier", after(minutes=1))
    cast.go(after(minutes=1))
    assert cast.states(purchase) == ["refunded"]
    Incident.objects.update(closed_at=after(minutes=1))
    reference = shop.attempt(purchase).reference
    monkeypatch.setattr(
        SandboxCarrier, "look_up", lambda self, key: CarrierAnswer(CarrierStatus.DONE, reference=reference)
    )
    for minutes in (2, 3):
        shop.tell(shop.key(purchase), "carrier.done", after(minutes=minutes), "sand")
        cast.go(after(minutes=minutes))
    assert incidents() == ["delivered_after_refund"]


def asked_by_two(shop, monkeypatch, step: str, side: str) -> object:
    """Someone paused between his look at the clock and the first byte: another found it never received, and
    asks too.
    """
    from tsuzuki.actions.order import repair

    shop.press(side, "accept", "ignore_keys")
    close, kept = repair.close, []

    def paused(table, name, heard, me, now, looked):
        if name == step:  # his lease is taken over before he brings his answer
            kept.append((table, name, heard, "he", now, looked))
        else:
            close(table, name, heard, me, now, looked)

    monkeypatch.setattr(repair, "close", paused)
    purchase = cast.buy(cast.line())
    cast.go()
    monkeypatch.setattr(repair, "close", close)
    from tsuzuki.records.models import Attempt

    Attempt.objects.filter(step=step).update(standing="never", look_at=LEASE_END)
    cast.go(after(seconds=3))
    close(*kept[0])
    close(*kept[0])
    return purchase


def test_a_second_delivery_is_put_before_people_once(shop, monkeypatch):
    shop.pays()
    purchase = asked_by_two(shop, monkeypatch, "provision", "carrier")
    assert shop.carrier(purchase)["deliveries"] == 2
    assert incidents() == ["delivered_twice"]
    assert cast.states(purchase) == ["delivered"]


def test_a_second_payment_is_put_before_people_once(shop, monkeypatch):
    purchase = asked_by_two(shop, monkeypatch, "pay", "gateway")
    assert shop.gateway(purchase)["charges"] == 2
    assert incidents() == ["paid_twice"]
    assert cast.states(purchase) == ["delivered"]


@pytest.mark.parametrize(
    ("first", "second", "looked", "twice"),
    [
        ("a", "b", True, True),
        ("a", "b", False, True),
        ("a", "a", False, False),
        ("", "", False, True),
        ("", "", True, False),
        ("a", "", True, False),
    ],
)
def test_what_counts_as_a_second_success(template, first, second, looked, twice):
    from tsuzuki.actions.engine.attempts import succeeded_twice
    from tsuzuki.actions.engine.provider_calls import ProviderAnswer, ProviderStatus
    from tsuzuki.records.models import Attempt

    attempt = Attempt(outcome="done", reference=first)
    assert succeeded_twice(attempt, ProviderAnswer(ProviderStatus.DONE, reference=second), looked) is twice
    assert not succeeded_twice(
        Attempt(outcome="refused", reference=first),
        ProviderAnswer(ProviderStatus.DONE, reference=second),
        looked,
    )
