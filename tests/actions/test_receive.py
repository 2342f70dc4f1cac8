"""What providers tell us, through the door they use: verified, stored once, answered; it wakes and is never
believed.
"""

import hashlib
import hmac
import json
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from tests import cast
from tests.actions.conftest import after, balances, incidents
from tests.cast import NOON

GATEWAY = "/api/v1/webhooks/sandbox"
CARRIER = "/api/v1/webhooks/carriers/sand"


class Door:
    """Django's test client at the webhooks; its clock is ours."""

    def __init__(self, shop, monkeypatch) -> None:
        from django.test import Client

        self.shop, self.client = shop, Client(SERVER_NAME="localhost")
        self._set = lambda at: monkeypatch.setattr(
            "tsuzuki.api.router.timezone", SimpleNamespace(now=lambda: at)
        )
        self.at(NOON)

    def at(self, now: datetime) -> None:
        self._set(now)

    def knock(self, body: bytes, headers: dict[str, str], path: str = GATEWAY):
        return self.client.post(path, body, content_type="application/json", headers=headers)

    def event(self, at: datetime = NOON, path: str = GATEWAY, secret: str = "", **fields: object):
        """An event signed as the sandbox signs, with what a test wants in it."""
        body = json.dumps(
            {"id": "evt_1", "type": "payment.paid", "side": "gateway", "key": "t", **fields}
        ).encode()
        return self.knock(body, {"Sandbox-Signature": self.signature(body, at, secret)}, path)

    def signature(self, body: bytes, at: datetime, secret: str = "") -> str:
        stamp = str(int(at.timestamp()))
        key = (secret or self.shop.sandbox.secret).encode()
        return f"t={stamp},v1=" + hmac.new(key, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


@pytest.fixture
def door(shop, monkeypatch):
    return Door(shop, monkeypatch)


def stored() -> list[tuple[str, str]]:
    from tsuzuki.records.models import Event

    return list(Event.objects.order_by("id").values_list("event", "verdict"))


@pytest.fixture
def waiting(shop):
    """A purchase whose buyer is on the gateway's page."""
    purchase = cast.buy(cast.line())
    cast.go()
    return purchase


def test_a_genuine_event_is_stored_and_wakes(shop, door, waiting):
    from procrastinate.contrib.django.models import ProcrastinateJob

    ProcrastinateJob.objects.all().delete()
    shop.buyer(waiting, "accept")
    answer = door.knock(*shop.signed(shop.key(waiting, "pay"), "payment.paid"))
    assert (answer.status_code, answer.json()) == (200, {"received": "woke"})
    assert [verdict for _, verdict in stored()] == ["woke"]
    assert ProcrastinateJob.objects.get(task_name="advance").args == {"purchase": str(waiting.id)}
    assert cast.states(waiting) == ["awaiting_payment"]  # the truth is fetched, and after the answer
    cast.go(after(seconds=1))
    assert cast.states(waiting) == ["delivered"]


def test_it_is_answered_while_the_gateway_is_down(shop, door, waiting):
    """No provider is asked inside the request."""
    shop.press("gateway/looks", "silent")
    shop.buyer(waiting, "accept")
    looks = shop.attempt(waiting, "pay").looks
    assert door.knock(*shop.signed(shop.key(waiting, "pay"), "payment.paid")).status_code == 200
    assert shop.attempt(waiting, "pay").looks == looks


def test_an_event_alone_moves_nothing(shop, door, waiting):
    """Signed and false: it says paid, the look-up says open."""
    answer = door.event(key=shop.key(waiting, "pay"), amount=990, currency="JPY")
    assert answer.json() == {"received": "woke"}
    cast.go(after(seconds=1))
    assert cast.states(waiting) == ["awaiting_payment"]
    assert balances() == {}


@pytest.mark.parametrize("secret", ["another-secret", "a-secret-of-the-tests "])
def test_a_bad_signature_is_refused_and_leaves_no_trace(shop, door, waiting, secret):
    before = shop.attempt(waiting, "pay").look_at
    answer = door.event(key=shop.key(waiting, "pay"), secret=secret)
    assert (answer.status_code, answer.json()["code"]) == (400, "event_forged")
    assert (stored(), incidents(), shop.attempt(waiting, "pay").look_at) == ([], [], before)


@pytest.mark.parametrize(
    "header",
    ["", "t=,v1=", "v1=00", "t=now,v1=00", "t=1_0,v1=00", "t=" + "9" * 400 + ",v1=00", "é", "t=1,v1=é"],
)
def test_no_signature_worth_the_name(door, header):
    assert door.knock(b"{}", {"Sandbox-Signature": header} if header else {}).status_code == 400
    assert stored() == []


def test_a_body_changed_on_the_way_is_refused(shop, door, waiting):
    body = b'{"id":"e","type":"payment.paid","side":"gateway","key":"k","amount":990,"currency":"JPY"}'
    head = {"Sandbox-Signature": door.signature(body, NOON)}
    assert door.knock(body.replace(b"990", b"999"), head).status_code == 400
    assert door.knock(body + b" ", head).status_code == 400
    assert door.knock(body, head).status_code == 200


@pytest.mark.parametrize("age", [timedelta(days=3 * 365), timedelta(minutes=6), timedelta(minutes=-6)])
def test_stale_or_from_the_future_is_refused(door, age):
    assert door.event(at=NOON - age).status_code == 400
    assert stored() == []


def test_doubled_is_seen(shop, door, waiting):
    shop.buyer(waiting, "accept", "twice")
    event = shop.signed(shop.key(waiting, "pay"), "payment.paid")
    assert [door.knock(*event).json()["received"] for _ in range(3)] == ["woke", "seen", "seen"]
    cast.go(after(seconds=1))
    assert door.knock(*event).json() == {"received": "seen"}
    cast.go(after(seconds=2))
    assert len(stored()) == 1
    assert cast.states(waiting) == ["delivered"]
    assert shop.gateway(waiting)["charges"] == shop.carrier(waiting)["deliveries"] == 1


def test_events_in_any_order_and_repeated_come_to_the_same(shop, door, waiting):
    """failed, ready, paid of one payment, shuffled: monotonic by look-up."""
    key = shop.key(waiting, "pay")
    shop.buyer(waiting, "accept")
    for number, kind in enumerate(
        ["payment.paid", "payment.closed", "payment.ready", "payment.paid", "payment.closed"]
    ):
        assert door.event(id=f"evt_{number}", type=kind, key=key).json() == {"received": "woke"}
        cast.go(after(seconds=number))
    assert cast.states(waiting) == ["delivered"]
    assert shop.gateway(waiting)["charges"] == 1


def test_an_unknown_order_is_answered_and_put_before_people(door):
    answer = door.event(key="t" + "0" * 26)
    assert (answer.status_code, answer.json()) == (200, {"received": "unknown"})
    assert incidents() == ["event_of_unknown_order"]
    assert door.event(key="t" + "0" * 26).json() == {"received": "seen"}
    assert incidents() == ["event_of_unknown_order"]


def test_a_key_far_too_long_is_unknown_and_no_crash(door):
    assert door.event(key="k" * 5000, id="e" * 5000).status_code == 200
    assert incidents() == ["event_of_unknown_order"]


@pytest.mark.parametrize("field", ["id", "key"])
def test_a_nul_in_an_event_is_no_crash(door, field):
    """PostgreSQL stores no NUL; a provider that gets a 500 knocks for ever."""
    assert door.event(**{field: "evt\0x"}).status_code in (200, 400)


@pytest.mark.parametrize(
    ("amount", "currency"), [(991, "JPY"), (1, "JPY"), (99000, "JPY"), (990, "USD"), (-990, "JPY")]
)
def test_another_amount_is_put_before_people_and_not_applied(shop, door, waiting, amount, currency):
    answer = door.event(key=shop.key(waiting, "pay"), amount=amount, currency=currency)
    assert answer.json() == {"received": "other_amount"}
    assert incidents() == ["event_claims_other_amount"]
    cast.go(after(seconds=1))
    assert cast.states(waiting) == ["awaiting_payment"]


def test_too_long_a_body_is_refused(door):
    body = json.dumps(
        {"id": "e", "type": "x", "side": "gateway", "key": "k", "pad": "x" * (64 * 1024)}
    ).encode()
    assert door.knock(body, {"Sandbox-Signature": door.signature(body, NOON)}).status_code == 400
    just = json.dumps({"id": "e", "type": "x", "side": "gateway", "key": "k", "pad": ""}).encode()
    just = just[:-2] + b"x" * (64 * 1024 - len(just)) + just[-2:]
    assert len(just) == 64 * 1024
    assert door.knock(just, {"Sandbox-Signature": door.signature(just, NOON)}).status_code == 200


def test_a_body_of_megabytes_is_refused_too(door):
    assert door.knock(b"x" * (2 << 20), {"Sandbox-Signature": "t=1,v1=0"}).status_code == 413


def test_of_another_installation_is_not_ours(shop, door):
    """Genuine, of the same account: answered, and nothing is done or stored."""
    answer = door.event(side="carrier")
    assert (answer.status_code, answer.json()) == (200, {"received": "not_ours"})
    assert (stored(), incidents()) == ([], [])


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'{"id": 1}', b"\xff\xfe", b'{"id":"e","type":"t","side":"gateway","key":null}'],
)
def test_signed_nonsense_is_refused(door, body):
    assert door.knock(body, {"Sandbox-Signature": door.signature(body, NOON)}).status_code == 400
    assert stored() == []


@pytest.mark.parametrize(
    "path", ["/api/v1/webhooks/nobody", "/api/v1/webhooks/carriers/nobody", "/api/v1/webhooks/carriers/hand"]
)
def test_an_unknown_provider_is_not_found(door, path):
    answer = door.event(path=path)
    assert (answer.status_code, answer.json()["code"]) == (404, "provider_unknown")


def test_a_provider_of_people_takes_no_events(door):
    assert door.event(path="/api/v1/webhooks/byhand").status_code == 400


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_only_post(door, method):
    assert getattr(door.client, method)(GATEWAY).status_code == 405
    assert getattr(door.client, method)(CARRIER).status_code == 405


def test_a_carrier_event_makes_us_look(shop, door):
    shop.press("carrier", "twice", "late")
    purchase = shop.sell()
    assert cast.states(purchase) == ["applied"]
    body, headers = shop.signed(shop.key(purchase), "carrier.done")
    door.at(after(seconds=1))
    assert door.knock(body, headers, CARRIER).json() == {"received": "woke"}
    assert door.knock(body, headers).json() == {"received": "not_ours"}  # at the gateway's door
    cast.go(after(seconds=1))
    assert cast.states(purchase) == ["applied"]  # the lease of who asked still runs
    cast.go(after(seconds=2))
    assert cast.states(purchase) == ["delivered"]
    assert shop.carrier(purchase) == {"calls": 1, "deliveries": 1, "reversed": 0}


def test_a_gateway_event_at_the_carriers_door_is_refused(door):
    assert door.event(path=CARRIER).status_code == 400


def test_an_event_during_a_lease_is_looked_at_right_after_it(shop, door):
    """The asker's answer is lost, the event comes while he still holds the lease: not before its end, and not
    a minute later.
    """
    shop.pays("late")
    purchase = cast.buy(cast.line())
    cast.go()
    key = shop.key(purchase, "pay")
    door.at(after(seconds=1))
    assert door.knock(*shop.signed(key, "payment.paid")).json() == {"received": "woke"}
    cast.go(after(seconds=1))
    assert shop.attempt(purchase, "pay").looks == 0
    cast.go(after(seconds=2))
    assert cast.states(purchase) == ["delivered"]
    assert shop.gateway(purchase)["calls"] == 1


def test_an_event_while_the_asker_is_on_his_way_is_not_lost_to_his_older_answer(shop, door, waiting):
    """He read «open», the buyer paid, the event came, and only then is his answer written down."""
    from tsuzuki.actions.engine.ask import ask_all
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.order import repair

    at = after(seconds=60)
    look, _ = repair._claim("he", Clock.showing(at), 10, None)
    heard = [one for group in ask_all(look, look=True) for one in group]
    shop.buyer(waiting, "accept")
    assert door.knock(*shop.signed(shop.key(waiting, "pay"), "payment.paid")).json() == {"received": "woke"}
    repair.apply_answers(heard, "he", at, True)
    cast.go(after(seconds=63))
    assert cast.states(waiting) == ["delivered"]


def test_letters_the_database_has_no_room_for_keep_no_attempt_open(template):
    from tsuzuki.actions.engine.provider_calls import ProviderAnswer, ProviderStatus

    said = ProviderAnswer(ProviderStatus.UNSURE, reference="a\0b", reason="支付\0", raw='{"x":"\0\ud800"}')
    assert (said.reference, said.reason, said.raw) == ("ab", "支付", '{"x":"?"}')


def test_nor_do_they_in_the_number_of_a_dispute(shop, waiting):
    """All answers of a round are written down together: one that cannot be would hold up the others."""
    from tsuzuki.actions.engine.provider_calls import ProviderAnswer, ProviderStatus
    from tsuzuki.actions.order import disputes
    from tsuzuki.core.money import Money
    from tsuzuki.core.order import DisputeState
    from tsuzuki.payments.port import DisputeSnapshot
    from tsuzuki.records.models import Tender

    said = ProviderAnswer(
        ProviderStatus.DONE, disputes=(DisputeSnapshot("dp_\0\ud800", Money(990, "JPY"), DisputeState.OPEN),)
    )
    shop.buyer(waiting, "accept")
    cast.go()
    found = disputes.record(Tender.objects.get(purchase=waiting.id), said.disputes, NOON)
    assert [one.reference for one in found] == ["dp_?"]
