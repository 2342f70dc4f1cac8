# ruff: noqa: F811 (a test names the fixture it asks for)
"""What programs are told: one message for every move, signed, sent until it is taken, sent again when asked
for.
"""

import hashlib
import hmac
import json
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests import cast
from tests.actions.conftest import running_sandbox, sandbox, shop  # noqa: F401 (fixtures)
from tests.faces.program import account_of, program, wall  # noqa: F401 (fixtures)


class Listener:
    """A real address; `status` is what it answers."""

    def __init__(self) -> None:
        self.status, self.heard = 200, []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.heard.append((self.path, dict(self.headers), body))
                self.send_response(listener.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?a=1"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()


@pytest.fixture
def listener():
    one = Listener()
    yield one
    one.server.shutdown()
    one.thread.join()
    one.server.server_close()


def send(at=cast.NOON) -> int:
    from tsuzuki.actions.messages.webhooks import send_due

    return send_due(at)


@pytest.fixture
def told(shop, wall, listener):
    """A program that listens and has bought and got a plan: (program, its secret for signatures)."""
    seller = program(balance=5000)
    made = seller.post("/webhook-endpoints", {"url": listener.url})
    assert made.status == 201
    seller.buy(seller.quote(cast.line())["id"], "key")
    cast.go()
    return seller, made.body["secret"]


def types(listener) -> list[str]:
    return [json.loads(body)["type"] for _, _, body in listener.heard]


def test_every_move_is_told_once_and_signed(told, listener):
    seller, secret = told
    assert send() == 3
    assert sorted(types(listener)) == ["order.applied", "order.delivered", "order.paid"]
    for path, headers, body in listener.heard:
        assert path == "/hook?a=1"
        moment, _, mac = headers["Tsuzuki-Signature"].partition(",v1=")
        assert moment == f"t={int(cast.NOON.timestamp())}"
        assert mac == hmac.new(secret.encode(), moment[2:].encode() + b"." + body, hashlib.sha256).hexdigest()
        said = json.loads(body)
        assert headers["Tsuzuki-Event"] == said["id"]
        assert said["data"]["price"] == {"amount_minor": 990, "currency": "JPY"}
        assert seller.get("/orders/" + said["data"]["order_id"]).status == 200
    assert send(cast.NOON + timedelta(days=1)) == 0
    deliveries = seller.get("/webhook-deliveries").body["items"]
    assert [(one["state"], one["answer"], one["tries"]) for one in deliveries] == [("sent", "200", 1)] * 3


@pytest.mark.parametrize("status", [500, 302, 404])
def test_what_is_not_taken_is_sent_again_ever_more_rarely_for_three_days(told, listener, status):
    seller, _ = told
    listener.status = status
    at, waits = cast.NOON, []
    while due := min(
        (one["next_try_at"] for one in seller.get("/webhook-deliveries?state=waiting").body["items"]),
        default=None,
    ):
        moment = datetime.fromisoformat(due)
        waits.append(moment - at)
        at = moment
        assert send(at) == 3
    assert waits[:4] == [timedelta(seconds=seconds) for seconds in (0, 15, 30, 60)]
    assert max(waits) == timedelta(hours=6)
    assert timedelta(days=2, hours=12) < at - cast.NOON <= timedelta(days=3)
    failed = seller.get("/webhook-deliveries?state=failed").body["items"]
    assert [one["answer"] for one in failed] == [str(status)] * 3
    assert {path for path, _, _ in listener.heard} == {"/hook?a=1"}  # a redirect is not followed
    events = [headers["Tsuzuki-Event"] for _, headers, _ in listener.heard]
    assert len(set(events)) == 3
    assert len(events) > 30


class Dribble(BaseHTTPRequestHandler):
    """A good answer, byte by byte, each in time."""

    def do_POST(self):
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"z" * 200 + b"\r\nContent-Length: 0\r\n\r\n":
            try:
                self.wfile.write(bytes([byte]))
            except OSError:
                self.server.hung_up.set()
                return
            self.server.hung_up.wait(0.02)

    def log_message(self, *_):
        pass


def test_who_answers_byte_by_byte_holds_nobody_up(monkeypatch):
    from tsuzuki.channels import webhook
    from tsuzuki.channels.port import SendStatus

    monkeypatch.setattr(webhook, "TIMEOUT", 0.3)
    with ThreadingHTTPServer(("127.0.0.1", 0), Dribble) as server:
        server.hung_up = threading.Event()
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        post = webhook.Post(f"http://127.0.0.1:{server.server_port}/", "s", "e", b"{}")
        said = webhook.send(post, cast.NOON, anywhere=True)
        server.shutdown()
        thread.join()
    assert (said.status, said.reason) == (SendStatus.PASSING, "TimeoutError")
    assert server.hung_up.is_set()


def silent(monkeypatch, url: str, asked: list[str], silence=lambda: None):
    """Whoever listens at this address says nothing; the time-out itself is not waited for."""
    from tsuzuki.channels import webhook
    from tsuzuki.channels.port import SendResult, SendStatus

    real = webhook.send

    def post(given, at, anywhere=False):
        if given.url != url:
            return real(given, at, anywhere)
        asked.append(given.event)
        silence()
        return SendResult(SendStatus.PASSING, "TimeoutError")

    monkeypatch.setattr(webhook, "send", post)


def test_an_endpoint_that_says_nothing_is_paused_told_of_and_resumed_by_itself(told, listener, monkeypatch):
    """One question a try, whatever waits behind it; then ever longer pauses, until it answers."""
    from tests.actions.conftest import incidents

    seller, _ = told
    asked: list[str] = []
    with monkeypatch.context() as patch:
        silent(patch, listener.url, asked)
        for _ in range(4):
            send()
    assert len(asked) == 3
    assert incidents() == ["endpoint_silent"]
    (endpoint,) = seller.get("/webhook-endpoints").body["items"]
    paused = datetime.fromisoformat(endpoint["paused_until"])
    assert paused == cast.NOON + timedelta(seconds=60)
    assert send(paused - timedelta(seconds=1)) == 0
    assert send(paused) == 3
    assert len(listener.heard) == 3
    assert (incidents(), incidents(closed=True)) == ([], ["endpoint_silent"])
    assert seller.get("/webhook-endpoints").body["items"][0]["paused_until"] is None


def test_a_replay_ends_a_pause(told, listener, monkeypatch):
    seller, _ = told
    with monkeypatch.context() as patch:
        silent(patch, listener.url, [])
        for _ in range(4):
            send()
    one = seller.get("/webhook-deliveries").body["items"][0]
    assert seller.post(f"/webhook-deliveries/{one['id']}/replay").status == 202
    assert send() == 1


def test_staff_have_messages_sent_again(told, listener, monkeypatch):
    from django.test import Client, override_settings
    from django.urls import reverse

    from tests.faces import desk
    from tsuzuki.core.staff import Role

    with monkeypatch.context() as patch:
        silent(patch, listener.url, [])
        for _ in range(4):
            send()
    assert send() == 0
    office = Client(SERVER_NAME="localhost", headers={"Accept-Language": "en"})
    with override_settings(PASSWORD_HASHERS=desk.FAST):
        desk.sign_in(office, desk.hire("owner", Role.OWNER, cast.NOON), cast.NOON)
    address = reverse("admin:records_account_change", args=[account_of().id])
    assert "Paused until" in desk.text(office.get(address))
    assert desk.post(office, address, "resume").status_code == 302
    assert send() == 3
    assert "resume" not in desk.forms_of(office.get(address).content.decode())


def test_two_hanging_endpoints_of_one_account_are_as_many_as_it_may_hold_up(told, listener, monkeypatch):
    """Ten endpoints of one program say nothing; what others are to be told is told meanwhile."""
    from tsuzuki.actions.messages import webhooks

    seller, _ = told
    hung = "http://127.0.0.1:1/hung"
    for number in range(9):
        seller.post("/webhook-endpoints", {"url": f"{hung}?{number}"})
    seller.buy(seller.quote(cast.line())["id"], "two")
    other = program("other", balance=5000)
    other.post("/webhook-endpoints", {"url": listener.url + "&other=1"})
    other.buy(other.quote(cast.line())["id"], "key")
    batches = webhooks._claim(cast.NOON, webhooks.AT_ONCE, 10)
    by_account = [batch.endpoint.account.name for batch in batches]
    assert sorted(by_account) == ["other", "shop", "shop"]
    assert webhooks._claim(cast.NOON, webhooks.AT_ONCE, 10) == []  # nor does another process take more


def test_a_delivery_is_replayed_with_the_same_bytes(told, listener):
    seller, _ = told
    listener.status = 500
    send()
    first = {headers["Tsuzuki-Event"]: body for _, headers, body in listener.heard}
    listener.status, listener.heard = 200, []
    one = seller.get("/webhook-deliveries").body["items"][0]
    said = seller.post(f"/webhook-deliveries/{one['id']}/replay")
    assert (said.status, said.body["state"], said.body["tries"]) == (202, "waiting", 0)
    assert send() == 1
    ((_, headers, body),) = listener.heard
    assert first[headers["Tsuzuki-Event"]] == body
    assert seller.post(f"/webhook-deliveries/{one['id']}/replay").status == 202  # also what was taken
    assert send() == 1
    assert len(listener.heard) == 2


def test_a_program_hears_why_its_refund_is_declined(told, listener):
    from tsuzuki.actions.work import reversals
    from tsuzuki.records.models import Incident

    seller, _ = told
    send()
    order = json.loads(listener.heard[0][2])["data"]["order_id"]
    seller.post(f"/orders/{order}/refund", {"reason": "wrong line"})
    reversals.decline(f"i{Incident.objects.get().id}", "used for a week", "staff mori", cast.NOON)
    listener.heard = []
    assert send() == 1
    said = json.loads(listener.heard[0][2])
    assert (said["type"], said["data"]["state"], said["data"]["reason"]) == (
        "order.refund_declined",
        "delivered",
        "used for a week",
    )


def test_a_removed_endpoint_hears_nothing_more(told, listener):
    seller, _ = told
    (endpoint,) = seller.get("/webhook-endpoints").body["items"]
    assert "secret" not in endpoint
    assert seller.ask("DELETE", f"/webhook-endpoints/{endpoint['id']}").status == 204
    assert seller.ask("DELETE", f"/webhook-endpoints/{endpoint['id']}").code == "not_found"
    assert send() == 0
    seller.buy(seller.quote(cast.line())["id"], "two")
    cast.go()
    assert send() == 0
    one = seller.get("/webhook-deliveries").body["items"][0]
    assert seller.post(f"/webhook-deliveries/{one['id']}/replay").code == "not_found"


def test_nobody_hears_of_anothers_orders(told, listener):
    other = program("other", balance=5000)
    send()
    listener.heard.clear()
    other.buy(other.quote(cast.line())["id"], "key")
    cast.go()
    assert send() == 0
    assert other.get("/webhook-deliveries").body["items"] == []


def test_two_endpoints_hear_of_the_same_event(told, listener):
    seller, _ = told
    seller.post("/webhook-endpoints", {"url": listener.url + "&b=2"})
    send()
    listener.heard.clear()
    shop_order = seller.buy(seller.quote(cast.line())["id"], "two").body["orders"][0]["id"]
    cast.go()
    assert send() == 6
    by_event = {}
    for path, headers, body in listener.heard:
        by_event.setdefault(headers["Tsuzuki-Event"], {})[path] = body
        assert json.loads(body)["data"]["order_id"] == shop_order
    assert [sorted(paths) for paths in by_event.values()] == [["/hook?a=1", "/hook?a=1&b=2"]] * 3
    assert all(len(set(bodies.values())) == 1 for bodies in by_event.values())


def test_at_most_ten_endpoints(shop, wall):
    seller = program()
    said = [seller.post("/webhook-endpoints", {"url": f"https://example.com/{n}"}).status for n in range(11)]
    assert said == [201] * 10 + [422]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest",
        "https://localhost/",
        "https://user:word@example.com/",
        "ftp://example.com/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://127.1/",
        "https:///x",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://[::ffff:10.0.0.1]/",
        "https://exa mple.com/",
        "https://пример.рф/",
        "https://example.com/#x",
        "https://[64:ff9b::a00:1]/",
        "https://0/",
        "//example.com/hook",
    ],
)
def test_addresses_of_the_house_are_refused(shop, wall, settings_of_real_life, url):
    assert program().post("/webhook-endpoints", {"url": url}).code == "webhook_url_refused"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "https://api.example.co.jp:8443/a?b=c",
        "https://1.1.1.1/",
        "https://[2606:4700::1]/x",
    ],
)
def test_public_addresses_are_taken(shop, wall, settings_of_real_life, url):
    assert program().post("/webhook-endpoints", {"url": url}).status == 201


@pytest.fixture
def settings_of_real_life(monkeypatch):
    from django.conf import settings

    monkeypatch.setattr(settings, "SANDBOX", False)


def test_a_name_that_leads_into_the_house_is_not_called(told, listener, settings_of_real_life):
    """Registered as public, and by the time something is sent it stands for a private address."""
    seller, _ = told
    assert send() == 3
    assert listener.heard == []
    assert {one["answer"] for one in seller.get("/webhook-deliveries").body["items"]} == {
        "address is not public"
    }


def test_a_certificate_nobody_vouches_for_is_not_trusted(listener, tmp_path):
    """Not even with a secret signature would we want to tell it to whoever stands in between."""
    import ssl

    from tests.browser.certificate import make
    from tsuzuki.channels import webhook

    certificate = make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    listener.server.socket = context.wrap_socket(listener.server.socket, server_side=True)
    url = listener.url.replace("http://127.0.0.1", "https://localhost")
    said = webhook.send(webhook.Post(url, "secret", "event", b"{}"), cast.NOON, anywhere=True)
    assert (said.status, said.reason) == ("passing", "SSLCertVerificationError")
    assert listener.heard == []


def test_an_address_nobody_listens_at_is_tried_again(shop, wall, listener):
    seller = program(balance=5000)
    seller.post("/webhook-endpoints", {"url": "http://127.0.0.1:1/"})
    seller.buy(seller.quote(cast.line())["id"], "key")
    assert send() == 1
    (one,) = seller.get("/webhook-deliveries").body["items"]
    assert (one["state"], one["tries"], one["answer"]) == ("waiting", 1, "NewConnectionError")
    cast.go()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("0.0.0.0", False),
        ("255.255.255.255", False),
        ("::", False),
        ("fc00::1", False),
        ("fe80::1%eth0", False),
        ("::ffff:8.8.8.8", False),
        ("::ffff:127.0.0.1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
        ("192.168.1.1", False),
        ("198.18.0.1", False),
        ("ff02::1", False),
        ("x", False),
        ("", False),
    ],
)
def test_what_is_public(address, public):
    from tsuzuki.http.addresses import is_public

    assert is_public(address) is public
