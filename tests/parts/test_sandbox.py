"""The sandbox itself: its buttons, pages, events, and that it keeps what it was told."""

import hashlib
import hmac
import json
import os
import queue
import re
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox_process import SECRET, Sandbox, start

ASK = {
    "verb": "add_plan",
    "msisdn": "+819012345678",
    "iccid": None,
    "plan": "p30",
    "allowances": [{"good": "data", "amount": None}],
    "starts_at": "2026-05-01T00:00:00Z",
    "ends_at": "2026-06-01T00:00:00Z",
    "reference": "R-7K3QF",
}
PAYMENT = {
    "amount": 1980,
    "currency": "JPY",
    "label": "20 GB <b>",
    "locale": "zh-Hans",
    "return_url": "http://shop.example/back",
    "live_until": "2099-01-01T00:00:00Z",
}


def fresh() -> str:
    return "s" + secrets.token_hex(10)


def wire(
    sandbox: Sandbox, method: str, path: str, value: object = None, secret: str = SECRET
) -> tuple[int, Any]:
    body = None if value is None else json.dumps(value).encode()
    heads = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    answer = sandbox.http.request(method, f"{sandbox.url}/{path}", body=body, headers=heads)
    return answer.status, json.loads(answer.data)


def ask(sandbox: Sandbox, key: str, **other: object) -> tuple[int, Any]:
    return wire(sandbox, "PUT", f"carrier/asks/{key}", ASK | other)


def pay(sandbox: Sandbox, key: str, **other: object) -> Any:
    status, told = wire(sandbox, "PUT", f"gateway/payments/{key}", PAYMENT | other)
    assert status in (200, 201)
    return told


def soon(check: Callable[[], bool]) -> None:
    """What another process does by itself comes true; how quickly is not ours to say."""
    until = time.monotonic() + 20
    while not check():
        assert time.monotonic() < until, "it never came true"


class TestStart:
    def test_it_refuses_to_start_outside_sandbox_mode(self, tmp_path: Path) -> None:
        environ = {name: value for name, value in os.environ.items() if name != "TSUZUKI_SANDBOX"}
        for given in (environ, environ | {"TSUZUKI_SANDBOX": "0"}):
            ended = subprocess.run(
                [sys.executable, "-m", "tsuzuki.sandbox", "--data", str(tmp_path / "d")],
                env=given,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert ended.returncode == 2
            assert ended.stderr.count("\n") == 1
            assert "TSUZUKI_SANDBOX=1" in ended.stderr
            assert ended.stdout == ""
        assert not (tmp_path / "d").exists()

    def test_a_secret_of_its_own_is_kept_and_for_its_owner_only(self, tmp_path: Path) -> None:
        kept = []
        for _ in range(2):
            with start(tmp_path, secret=""):
                file = tmp_path / "sandbox" / "secret"
                kept.append(file.read_text())
                assert file.stat().st_mode & 0o077 == 0
        assert kept[0] == kept[1]
        assert len(kept[0]) > 20

    def test_it_survives_sigkill_with_all_it_was_told(self, tmp_path: Path) -> None:
        first = start(tmp_path)
        first.press("carrier", "refuse", reason="number_barred")
        first.press("gateway", "ignore_keys", "accept", times=7)
        ask(first, "k1")
        pay(first, "t1")
        before = [first.json("carrier/effects"), first.json("gateway/effects"), first.json("events.json")]
        first.kill()
        with start(tmp_path) as second:
            assert [
                second.json("carrier/effects"),
                second.json("gateway/effects"),
                second.json("events.json"),
            ] == before
            assert ask(second, "k2")[1]["reason"] == "number_barred"
            assert pay(second, "t1")["standing"] == "paid"
            assert second.json("gateway/effects")["totals"]["charges"] == 2

    def test_killed_amid_many_asks_it_knows_every_one_it_answered(self, tmp_path: Path) -> None:
        first = start(tmp_path)
        answered: list[str] = []

        def keep_asking(n: int) -> None:
            for i in range(100_000):
                try:
                    told = ask(first, f"k{n}x{i}")[1]
                except Exception:
                    return
                answered.append(told["key"])

        with ThreadPoolExecutor(4) as pool:
            for n in range(4):
                pool.submit(keep_asking, n)
            soon(lambda: len(answered) > 200)
            first.process.kill()
        first.kill()
        with start(tmp_path) as second:
            keys = second.json("carrier/effects")["keys"]
            assert {key for key in answered if keys.get(key, {}).get("deliveries") != 1} == set()


class TestButtons:
    def test_times_counts_asks_and_then_what_was_set_before_holds(self, sandbox: Sandbox) -> None:
        sandbox.press("carrier", "refuse")
        sandbox.press("carrier", "accept", times=2)
        assert [ask(sandbox, fresh())[1]["result"] for _ in range(4)] == [
            "done",
            "done",
            "refused",
            "refused",
        ]
        sandbox.press("carrier", "default")
        assert ask(sandbox, fresh())[1]["result"] == "done"

    def test_a_repeated_key_uses_up_nothing(self, sandbox: Sandbox) -> None:
        key = fresh()
        ask(sandbox, key)
        sandbox.press("carrier", "refuse", times=1)
        assert ask(sandbox, key)[1]["result"] == "done"
        assert ask(sandbox, fresh())[1]["result"] == "refused"

    def test_one_number_may_be_treated_on_its_own(self, sandbox: Sandbox) -> None:
        sandbox.press("carrier", "refuse", msisdn="+819000000001")
        assert ask(sandbox, fresh(), msisdn="+819000000001")[1]["result"] == "refused"
        assert ask(sandbox, fresh())[1]["result"] == "done"

    @pytest.mark.parametrize(
        "form",
        [
            {"behaviour": "nonsense"},
            {},
            {"behaviour": "accept", "times": "0"},
            {"behaviour": "accept", "times": "-1"},
            {"behaviour": "accept", "times": "x"},
            {"behaviour": "random", "among": "random"},
            {"behaviour": "random", "among": "nonsense"},
        ],
    )
    @pytest.mark.parametrize("side", ["carrier", "gateway", "gateway/refunds"])
    def test_a_wrong_button_is_refused_and_changes_nothing(
        self, sandbox: Sandbox, side: str, form: dict[str, str]
    ) -> None:
        assert sandbox.post(side, **form)[0] == 400
        assert ask(sandbox, fresh())[1]["result"] == "done"

    def test_calls_are_counted_even_where_keys_are_honoured(self, sandbox: Sandbox) -> None:
        key = fresh()
        for _ in range(3):
            ask(sandbox, key)
        assert sandbox.json(f"carrier/effects?key={key}")["totals"] == {
            "calls": 3,
            "deliveries": 1,
            "reversed": 0,
        }

    def test_effects_by_number(self, sandbox: Sandbox) -> None:
        number = "+8190" + str(secrets.randbelow(10**8)).zfill(8)
        ask(sandbox, fresh(), msisdn=number)
        ask(sandbox, fresh(), msisdn=number)
        assert sandbox.json(f"carrier/effects?msisdn=%2B{number[1:]}")["totals"]["deliveries"] == 2

    def test_random_draws_the_same_from_the_same_seed(self, tmp_path: Path) -> None:
        drawn: list[list[int]] = []
        for seed in ("1", "1", "2"):
            with start(tmp_path / str(len(drawn))) as one:
                one.press("carrier", "random", seed=seed, among=["accept", "refuse", "busy", "poor"])
                drawn.append([ask(one, f"k{i}")[0] for i in range(60)])
        assert drawn[0] == drawn[1] != drawn[2]
        assert set(drawn[0]) == {200, 422, 503, 402}

    def test_random_draws_anew_when_the_same_key_is_asked_again(self, sandbox: Sandbox) -> None:
        sandbox.press("carrier", "random", seed="1", among=["accept", "busy"])
        for _ in range(30):
            key = fresh()
            soon(lambda key=key: ask(sandbox, key)[0] == 200)  # type: ignore[misc]  # mypy cannot infer a default's type here

    def test_the_wire_needs_the_secret(self, sandbox: Sandbox) -> None:
        for path in ("carrier/asks/k", "gateway/payments/k"):
            for method in ("PUT", "GET"):
                assert wire(sandbox, method, path, ASK, secret="wrong")[0] == 401

    @pytest.mark.parametrize(
        "change",
        [
            {"amount": 0},
            {"amount": "1"},
            {"currency": "YEN"},
            {"live_until": "2026-01-01T00:00:00"},
            {"label": None},
        ],
    )
    def test_a_malformed_payment_is_refused(self, sandbox: Sandbox, change: dict[str, object]) -> None:
        assert wire(sandbox, "PUT", f"gateway/payments/{fresh()}", PAYMENT | change)[0] == 400

    def test_the_same_key_for_another_amount_is_refused(self, sandbox: Sandbox) -> None:
        key = fresh()
        pay(sandbox, key)
        assert wire(sandbox, "PUT", f"gateway/payments/{key}", PAYMENT | {"amount": 1981})[0] == 409

    def test_many_at_once_with_one_key_are_one_effect(self, sandbox: Sandbox) -> None:
        key = fresh()
        with ThreadPoolExecutor(16) as pool:
            told = list(pool.map(lambda _: ask(sandbox, key)[1], range(64)))
        assert len({one["id"] for one in told}) == 1
        assert sandbox.json(f"carrier/effects?key={key}")["totals"]["deliveries"] == 1


class TestPages:
    @pytest.mark.parametrize("path", ["", "carrier", "gateway", "outbox"])
    def test_pages_are_whole_escaped_and_fetch_nothing(self, sandbox: Sandbox, path: str) -> None:
        ask(sandbox, fresh(), plan="<script>")
        pay(sandbox, fresh())
        status, body = sandbox.get(path)
        html = body.decode()
        assert status == 200
        assert '<html lang="en">' in html
        assert "<script" not in html
        assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", html)

    def test_every_behaviour_has_its_button(self, sandbox: Sandbox) -> None:
        for side in ("carrier", "gateway"):
            page = sandbox.get(side)[1].decode()
            for name in ("accept", "refuse", "silent", "late", "twice", "reverse", "ignore_keys"):
                assert f'value="{name}"' in page

    @pytest.mark.parametrize(
        ("language", "tag", "word"), [("en", "en", "Pay"), ("ja", "ja", "支払う"), ("zh", "zh-Hans", "付款")]
    )
    def test_the_buyers_page_in_three_languages(
        self, sandbox: Sandbox, language: str, tag: str, word: str
    ) -> None:
        made = pay(sandbox, fresh(), locale="ja")
        page = sandbox.get(f"pay/{made['id']}?lang={language}")[1].decode()
        assert f'<html lang="{tag}">' in page
        assert f"{word} JPY 1980</button>" in page
        assert "20 GB &lt;b&gt;" in page
        texts = Words.of(page)
        assert bool(re.search("[\u3040-\u30ff]", texts)) is (language == "ja")

    def test_the_page_speaks_the_payments_language_unless_told(self, sandbox: Sandbox) -> None:
        assert '<html lang="zh-Hans">' in sandbox.get(f"pay/{pay(sandbox, fresh())['id']}")[1].decode()

    def test_pressing_pay_sends_the_buyer_back(self, sandbox: Sandbox) -> None:
        made = pay(sandbox, fresh())
        heads = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = sandbox.http.request(
            "POST", made["page"], body="behaviour=accept", headers=heads, redirect=False
        )
        assert (answer.status, answer.headers["Location"]) == (303, "http://shop.example/back")
        assert "已付款" in sandbox.get(f"pay/{made['id']}")[1].decode()

    def test_a_return_address_that_is_no_web_address_is_never_followed(self, sandbox: Sandbox) -> None:
        made = pay(sandbox, fresh(), return_url="javascript:alert(1)")
        assert "javascript" not in sandbox.get(f"pay/{made['id']}")[1].decode()
        answer = sandbox.http.request(
            "POST", made["page"], fields={"behaviour": "accept"}, encode_multipart=False, redirect=False
        )
        assert answer.headers["Location"] == f"/pay/{made['id']}"

    def test_paying_twice_charges_once(self, sandbox: Sandbox) -> None:
        key = fresh()
        made = pay(sandbox, key)
        for _ in range(3):
            sandbox.post(f"pay/{made['id']}", behaviour="accept")
        assert sandbox.json(f"gateway/effects?key={key}")["totals"]["charges"] == 1

    def test_what_is_not_there_is_not_found(self, sandbox: Sandbox) -> None:
        for path in ("nothing", "pay/none", "outbox/999999", "carrier/asks"):
            assert sandbox.get(path)[0] == 404
        for path in ("nothing", "pay/none", "carrier/nothing"):
            assert sandbox.post(path, behaviour="accept")[0] == 404
        assert sandbox.json("health") == {"ok": True}


class TestEvents:
    def test_signed_events_arrive_and_again_until_taken(self, sandbox: Sandbox) -> None:
        with receiver(failing=2) as (url, came), aimed(sandbox, url):
            key = fresh()
            made = pay(sandbox, key)
            sandbox.post(f"pay/{made['id']}", behaviour="accept")
            got = [came.get(timeout=20) for _ in range(3)]
        assert len({body for _, body in got}) == 1
        signature, body = got[0]
        at, _, mac = signature.removeprefix("t=").partition(",v1=")
        assert hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest() == mac
        assert abs(int(at) - time.time()) < 300
        told = json.loads(body)
        assert {name: told[name] for name in ("type", "side", "key", "payment", "amount", "currency")} == {
            "type": "payment.paid",
            "side": "gateway",
            "key": key,
            "payment": made["id"],
            "amount": 1980,
            "currency": "JPY",
        }

    def test_twice_is_the_same_event_twice(self, sandbox: Sandbox) -> None:
        with receiver() as (url, came), aimed(sandbox, url):
            sandbox.press("gateway", "twice")
            pay(sandbox, fresh())
            sandbox.press("carrier", "twice")
            ask(sandbox, fresh())
            ids = [json.loads(came.get(timeout=20)[1])["id"] for _ in range(4)]
        assert len(set(ids)) == 2

    def test_a_reversal_pressed_later_is_told(self, sandbox: Sandbox) -> None:
        key = fresh()
        assert sandbox.post("carrier/reverse", key=key)[0] == 404
        ask(sandbox, key)
        with receiver() as (url, came), aimed(sandbox, url):
            assert sandbox.post("carrier/reverse", key=key)[0] == 200
            told = json.loads(came.get(timeout=20)[1])
        assert (told["type"], told["key"]) == ("carrier.reversed", key)
        assert wire(sandbox, "GET", f"carrier/asks/{key}")[1]["result"] == "reversed"

    def test_the_carriers_events_may_go_elsewhere(self, sandbox: Sandbox) -> None:
        with receiver() as (gateway, _), receiver() as (carrier, came):
            sandbox.post("webhook", url=gateway, carrier_url=carrier)
            sandbox.press("carrier", "reverse")
            ask(sandbox, fresh())
            assert json.loads(came.get(timeout=20)[1])["side"] == "carrier"
            sandbox.post("webhook", url="")

    def test_a_webhook_must_be_a_web_address(self, sandbox: Sandbox) -> None:
        assert sandbox.post("webhook", url="file:///etc/passwd")[0] == 400


class Words(HTMLParser):
    """The text of a page without its style and without links into other languages."""

    def __init__(self) -> None:
        super().__init__()
        self.texts, self.hidden = list[str](), False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden = tag == "style" or (tag == "a" and "hreflang" in dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        self.hidden = False

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.texts.append(data)

    @classmethod
    def of(cls, html: str) -> str:
        words = cls()
        words.feed(html)
        return " ".join(words.texts)


@contextmanager
def aimed(sandbox: Sandbox, url: str) -> Iterator[None]:
    assert sandbox.post("webhook", url=url)[0] == 200
    try:
        yield
    finally:
        sandbox.post("webhook", url="")


@contextmanager
def receiver(failing: int = 0) -> Iterator[tuple[str, queue.Queue[tuple[str, bytes]]]]:
    """A webhook of ours: refuses the first `failing` deliveries, and hands over every one it saw."""
    came: queue.Queue[tuple[str, bytes]] = queue.Queue()
    left = [failing]

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.put(
                (self.headers["Sandbox-Signature"], self.rfile.read(int(self.headers["Content-Length"])))
            )
            left[0] -= 1
            self.send_response(503 if left[0] >= 0 else 204)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/hook", came
        finally:
            server.shutdown()
            thread.join()
