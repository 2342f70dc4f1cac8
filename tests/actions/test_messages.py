"""One table of messages to people: about a purchase, a line or neither, to an address of any channel; a
secret in one stays shut.
"""

from __future__ import annotations

import pytest

from tests import cast
from tests.actions.test_road_refund import undeliverable
from tests.cast import NOON


@pytest.fixture
def sent(shop, monkeypatch):
    """What each channel was given."""
    from tsuzuki.actions.messages import notifications
    from tsuzuki.channels.port import SendResult, SendStatus

    given: dict[str, list] = {}

    class Stub:
        def __init__(self, name: str) -> None:
            self.name = name

        def send(self, message):
            given.setdefault(self.name, []).append(message)
            return SendResult(SendStatus.SENT)

    monkeypatch.setattr(notifications, "channel", Stub)
    return given


def tell(channel: str, address: str, line=None, about: str = "") -> None:
    from tsuzuki.actions.messages.notifications import Recipient, notify_person

    notify_person(Recipient(channel, address, "ja"), "activating", NOON, line, about)


def test_about_a_line_or_about_nothing_to_any_channel(sent):
    from tsuzuki.actions.lines import links
    from tsuzuki.actions.messages import notifications
    from tsuzuki.records.models import Line, OutboundMessage

    line = Line.objects.get(id=cast.line())
    push = "https://push.example/" + "x" * 900
    tell("sms", "+819012345678", line)
    tell("push", push)
    tell("email", "mei@example.com", line)
    assert notifications.send_due(NOON) == 3
    (sms,), (pushed,), (mail,) = sent["sms"], sent["push"], sent["email"]
    assert (sms.recipient, pushed.recipient, mail.recipient) == ("+819012345678", push, "mei@example.com")
    assert (sms.html, len(sms.text) < len(mail.text), bool(mail.html)) == ("", True, True)
    (link,) = [word for word in mail.text.split() if "/r/" in word]
    assert links.read(link.rpartition("/r/")[2], NOON).line == line
    assert "/r/" not in pushed.text
    assert set(OutboundMessage.objects.values_list("state", flat=True)) == {"sent"}


def test_the_same_is_told_to_the_same_address_once(sent):
    from tsuzuki.records.models import Line, OutboundMessage

    line, other = (Line.objects.get(id=id) for id in cast.lines(2))
    for about_line in (None, line, other):
        for channel, address in (
            ("sms", "+819012345678"),
            ("sms", "+819012345679"),
            ("email", "mei@example.com"),
        ):
            for about in ("", "", "code 2"):
                tell(channel, address, about_line, about)
    assert OutboundMessage.objects.count() == 18


def test_what_is_about_two_things_is_refused(sent):
    from django.db import IntegrityError, transaction

    from tsuzuki.records.models import Order, OutboundMessage, Purchase

    shop_line = cast.line(email="a@example.com")
    cast.buy(shop_line, "data-3gb", cast.voucher(990))
    message = OutboundMessage.objects.first()
    for wrong in ({"line": shop_line}, {"purchase": None}):
        with pytest.raises(IntegrityError, match="message_about_one_thing"), transaction.atomic():
            OutboundMessage.objects.filter(id=message.id).update(**wrong)
    assert (Order.objects.get() == message.order, Purchase.objects.get() == message.purchase) == (True, True)


def test_a_secret_is_sealed_until_it_is_sent_and_then_gone(sent, shop):
    from django.db import connection

    from tsuzuki.actions.messages import notifications

    undeliverable(shop, cast.voucher(990), email="payer@example.com", holder="")

    def stored() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT m::text, secret FROM records_outboundmessage m WHERE kind = 'new_voucher'")
            ((row, secret),) = cursor.fetchall()
        return row if secret else ""

    before = stored()
    notifications.send_due(NOON)
    (mail,) = [one for one in sent["email"] if "new voucher" in one.subject]
    (code,) = [
        line.rpartition(": ")[2].replace(" ", "")
        for line in mail.text.splitlines()
        if line.startswith("Voucher code: ")
    ]
    assert (len(code), bool(before), code in before, stored()) == (16, True, False, "")


def test_a_secret_that_cannot_be_read_waits_and_loses_nothing(sent, shop):
    from django.test import override_settings
    from structlog.testing import capture_logs

    from tsuzuki.actions.messages import notifications
    from tsuzuki.core.keyring import Keyring
    from tsuzuki.records.models import OutboundMessage

    undeliverable(shop, cast.voucher(990), email="payer@example.com", holder="")
    with override_settings(KEYRING=Keyring("2", {"2": "another"})), capture_logs() as said:
        notifications.send_due(NOON)
    assert [entry["event"] for entry in said] == ["message broke"]
    assert OutboundMessage.objects.get(kind="new_voucher").state == "waiting"
    notifications.send_due(NOON + notifications.LEASE * 9)
    assert OutboundMessage.objects.get(kind="new_voucher").state == "sent"
