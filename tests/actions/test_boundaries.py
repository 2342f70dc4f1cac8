"""Rules whose one-line break no other test noticed: who lost the lease, the moment an end is exactly now,
what is not begun yet.
"""

from __future__ import annotations

import hashlib
import hmac
import socket
import threading
from datetime import timedelta

import pytest

from tests import cast
from tests.actions.conftest import after, incidents
from tests.cast import NOON
from tsuzuki.core.principal import Principal


@pytest.mark.parametrize(("said", "state"), [("refuse", "applied"), ("accept", "delivered")])
def test_who_lost_the_lease_may_bring_a_yes_and_never_a_no(shop, monkeypatch, said, state):
    """Another worker takes the attempt over while the carrier is still answering the first.

    Seen to fail when `judge` (actions/engine/attempts.py:86) lets whoever lost the lease bring any answer,
    and when it lets them bring none.
    """
    from django.db import connection

    from tsuzuki.carriers.sandbox import SandboxCarrier
    from tsuzuki.records.models import Attempt, Refund

    real = SandboxCarrier.act

    def act(carrier, ask):
        answer = real(carrier, ask)
        Attempt.objects.filter(key=ask.key).update(
            holder="another worker", lease_until=after(hours=1), look_at=after(hours=1)
        )
        if threading.current_thread() is not threading.main_thread():
            connection.close()
        return answer

    monkeypatch.setattr(SandboxCarrier, "act", act)
    shop.press("carrier", said)
    purchase = shop.sell()
    assert cast.states(purchase) == [state]
    assert not Refund.objects.exists()


def test_a_purchase_ends_at_the_very_moment_it_had_to_be_paid_by(shop):
    """Seen to fail when `expire_due` (actions/order/expire.py:33) ends only what is past `pay_by` (`lt` for
    `lte`).
    """
    purchase = cast.buy(cast.line())
    cast.go(purchase.pay_by - timedelta(microseconds=1))
    assert cast.states(purchase) == ["awaiting_payment"]
    cast.go(purchase.pay_by)
    assert cast.states(purchase) == ["expired"]


def test_whoever_never_paid_is_not_told_of_to_the_holder(shop):
    """Seen to fail when `_end` (actions/order/expire.py:77) tells the holder too (without `holder=False`)."""
    from tsuzuki.records.models import OutboundMessage

    purchase = cast.buy(cast.line(email="holder@example.com"), email="stranger@example.com")
    cast.go(purchase.pay_by)
    assert cast.states(purchase) == ["expired"]
    assert set(OutboundMessage.objects.values_list("address", flat=True)) == {"stranger@example.com"}


def test_credit_that_has_not_begun_is_no_money_yet(shop):
    """Seen to fail when `holdings` (records/holdings.py:52) counts lots of credit whatever they start."""
    from tsuzuki.core.money import Money
    from tsuzuki.records.holdings import holdings
    from tsuzuki.records.models import Lot

    line = cast.line()
    cast.give_credit(line, 3000)
    Lot.objects.filter(line=line).update(starts_at=after(days=1))
    assert holdings(line, NOON).credit == []
    assert holdings(line, after(days=1)).credit == [Money(3000, "JPY")]


def test_a_repeated_event_mends_a_look_that_failed(shop):
    """The first event's look found the gateway out of order; the same event once more makes us look at once.

    Seen to fail when `_take` (actions/engine/receive.py:84) knocks only for an event it sees the first time.
    """
    purchase = cast.buy(cast.line())
    cast.go()
    key = shop.key(purchase, "pay")
    shop.buyer(purchase, "accept")
    shop.press("gateway/looks", "silent", times=1)
    assert shop.tell(key, "payment.paid") == "woke"
    cast.go()
    assert cast.states(purchase) == ["awaiting_payment"], "the look failed"
    assert shop.tell(key, "payment.paid", after(seconds=1)) == "seen"
    cast.go(after(seconds=1))
    assert cast.states(purchase) == ["delivered"]


def test_each_hex_digit_of_a_signature_counts():
    """Seen to fail when `signed` (http/signature.py:19) compares the first 8 hex digits only."""
    from tsuzuki.http.signature import signed

    raw, moment = b'{"id": "evt_1"}', str(int(NOON.timestamp()))
    mac = hmac.new(b"secret", moment.encode() + b"." + raw, hashlib.sha256).hexdigest()

    def holds(text: str) -> bool:
        return signed("secret", {"Sandbox-Signature": f"t={moment},v1={text}"}, raw, NOON)

    assert holds(mac)
    for position, digit in enumerate(mac):
        other = "0" if digit != "0" else "1"
        assert not holds(mac[:position] + other + mac[position + 1 :]), position


@pytest.mark.parametrize(
    "addresses",
    [("93.184.216.34", "10.0.0.7"), ("10.0.0.7", "93.184.216.34"), ("2606:4700::1111", "fd00::1")],
)
def test_a_name_with_one_address_inside_the_house_is_not_called(monkeypatch, addresses):
    """Seen to fail when one public address among others is enough (channels/webhook/__init__.py:57, `any` for
    `all`).
    """
    from tsuzuki.channels import webhook

    kinds = {True: socket.AF_INET6, False: socket.AF_INET}
    rows = [(kinds[":" in one], socket.SOCK_STREAM, 6, "", (one, 443)) for one in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)
    answer = webhook.send(webhook.Post("https://partner.example/hook", "s", "e", b"{}"), NOON)
    assert answer.reason == "address is not public"


def test_a_replay_asked_for_while_the_first_is_under_way_is_not_overwritten(shop, monkeypatch):
    """Seen to fail when a slow sender writes its answer down whatever is due
    (actions/messages/webhooks.py:219, without `due_at`).
    """
    from django.db import connection

    from tsuzuki.actions.messages import webhooks
    from tsuzuki.actions.money import accounts
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.channels import webhook
    from tsuzuki.channels.port import SendResult, SendStatus
    from tsuzuki.core.money import Money
    from tsuzuki.records.models import WebhookDelivery

    account = accounts.make("Counter", "reseller", "test", NOON)
    accounts.top_up(account.id, Money(5000, "JPY"), "bank 1", "test", NOON)
    webhooks.add(account.id, "https://partner.example/hook", "test", NOON)
    accept(
        quote([LineRequest(cast.line(), "data-3gb")], NOON).id,
        (PaymentChoice("account"),),
        Buyer(Principal.account(account.id), "key", ""),
        NOON,
    )
    first = WebhookDelivery.objects.order_by("id").first()

    def send(post, at, anywhere=False):
        if post.event == str(first.event):
            webhooks.replay(first, "test", after(seconds=1))
            connection.close()  # this thread's own
        return SendResult(SendStatus.SENT, "200")

    monkeypatch.setattr(webhook, "send", send)
    webhooks.send_due(NOON)
    assert WebhookDelivery.objects.get(id=first.id).state == "waiting"
    monkeypatch.setattr(webhook, "send", lambda post, at, anywhere=False: SendResult(SendStatus.SENT, "200"))
    webhooks.send_due(after(seconds=1))
    assert WebhookDelivery.objects.get(id=first.id).state == "sent"


@pytest.mark.parametrize(
    ("late", "moves"), [(timedelta(minutes=5), False), (timedelta(minutes=5, seconds=1), True)], ids=str
)
def test_a_delivery_more_than_five_minutes_late_starts_late(shop, late, moves):
    """Seen to fail when five minutes are five hours (core/period.py:40, `LATE`), and when they are four."""
    from tests.actions.test_road_line import plan_like
    from tests.actions.test_road_periods import done_by_hand, span

    plan_like("thirty-days")
    shop.pays()
    purchase = cast.buy(cast.line("hand"), "thirty-days")
    cast.go()
    done_by_hand(NOON + late)
    starts = NOON + late if moves else NOON
    assert span(purchase) == (starts, starts + timedelta(days=30))


def test_an_event_is_heard_only_of_the_gateway_that_was_asked(shop, monkeypatch):
    """Another gateway, with a signature that is right by its own secret, names a key of ours.

    Seen to fail when `_take` (actions/engine/receive.py:70) finds the attempt by its key alone.
    """
    from tsuzuki.actions.engine import receive
    from tsuzuki.records.models import Attempt, Event

    purchase = cast.buy(cast.line())
    cast.go()
    key = shop.key(purchase, "pay")
    shop.buyer(purchase, "accept")
    before = Attempt.objects.get(key=key).look_at
    gateway = receive.gateway
    monkeypatch.setattr(receive, "gateway", lambda name: gateway("sandbox"))
    body, headers = shop.signed(key, "payment.paid")
    assert receive.receive_payment("another", headers, body, NOON).received is receive.EventOutcome.UNKNOWN
    assert Attempt.objects.get(key=key).look_at == before
    assert Event.objects.get(provider="another").verdict == "unknown"
    assert incidents() == ["event_of_unknown_order"]
    assert shop.tell(key, "payment.paid") == "woke", "the one that was asked is heard"


def test_a_sale_while_the_books_are_proved_is_no_fault(shop, monkeypatch):
    from django.db import connection

    from tsuzuki.actions.money import verify as module

    def sell() -> None:
        shop.sell(email="meanwhile@example.com")
        connection.close()

    def sells_first(now):
        if not sold:
            sold.append(threading.Thread(target=sell))
            sold[0].start()
            sold[0].join()
        return ()

    sold: list[threading.Thread] = []
    shop.sell()
    monkeypatch.setattr(module, "CHECKS", [sells_first, *module.CHECKS])
    assert module.verify(NOON).faults == ()
    assert module.verify(NOON).counts["orders delivered"] == 2
