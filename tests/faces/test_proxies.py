"""The documented proxies with the real web server behind them: slow senders cost visitors nothing and are cut
off.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests import debian
from tests.browser import certificate
from tests.browser.conftest import leave_out
from tests.browser.server import free_port, serving
from tests.faces import proxies
from tests.faces.plain import (
    FORM,
    answer,
    connected,
    drip,
    first,
    get,
    head,
    is_dropped,
    is_open,
    lines,
    post,
)
from tests.prove import stage

# seconds a proxy of these tests waits for a slow sender where nothing is to be cut: longer than any test
HELD = 300
SOON = 2
SLOW = head("POST", "/api/v1/webhooks/sandbox", "Content-Length: 100000") + b"{"


@pytest.fixture(scope="module")
def installed():
    try:
        proxies.ensure()
    except debian.NotHere as why:
        leave_out(str(why), os.environ)


@pytest.fixture(scope="module")
def web(installed, template):
    with stage.database(template), serving(environ={"TSUZUKI_PROXIES": "1"}) as web:
        yield web
    assert web.errors() == []


@pytest.fixture(params=proxies.NAMES)
def name(request) -> str:
    return request.param


def running(web, name: str, folder: Path, seconds: int):
    return proxies.before(web.port, name, proxies.patient(proxies.shipped(name), seconds), folder)


def someone(n: int) -> str:
    return f"{proxies.ADDRESS}: 198.51.100.{n % 250}"


def served(port: int) -> None:
    """A visitor reads, posts a form, and is answered by the program."""
    for path, words in (("/en/", b'<html lang="en"'), ("/readyz", b"ready")):
        status, said = get(port, path, someone(249))
        assert (status, words in said) == (200, True), said
    status, said = post(port, "/en/", FORM, someone(249))
    assert (status, b"/en/elsewhere?" in said) == (302, True), said


def test_what_a_visitor_gets(web, name, tmp_path):
    with running(web, name, tmp_path, HELD) as port:
        served(port)
        assert b"strict-transport-security: max-age=63072000" in get(port, "/en/")[1].lower()
        assert get(port, "/metrics")[0] == 404


def test_no_address_that_opens_something_stands_in_the_log_of_nginx(web, tmp_path):
    secret = "sAZ4qHC7Ec-2FQNZnYPbDaQ:1xYGQq:uuRMnvSE-IawQEgJl-ucek0"
    with running(web, "nginx", tmp_path, HELD) as port:
        for path in (
            f"/r/{secret}",
            f"/ja/p/{secret}",
            f"//Q//{secret}?a=1",
            f"/office/join/{secret}/",
            "/en/find?number=09012345678",
        ):
            get(port, path, f"Referer: http://localhost/p/{secret}")
        get(port, "/en/guide/pay-with")
    kept = (tmp_path / "tsuzuki.log").read_text()
    assert (secret in kept, "09012345678" in kept) == (False, False)
    assert ('"GET /ja/p/..." 404' in kept, '"GET /en/guide/pay-with" 200' in kept) == (True, True)


@pytest.mark.parametrize("count", [24, 200])
def test_slow_bodies_are_held_by_the_proxy_and_others_are_served(web, name, tmp_path, count):
    """They drip, too: another octet of each between the requests of a visitor."""
    with running(web, name, tmp_path, HELD) as port:
        with lines(port, count) as slow:
            for n, one in enumerate(slow):
                one.sendall(SLOW.replace(b"\r\n\r\n", f"\r\n{someone(n)}\r\n\r\n".encode(), 1))
            for _ in range(3):
                served(port)
                for one in slow:
                    one.sendall(b" ")
            assert [is_open(one) for one in slow] == [True] * count
        served(port)


@pytest.mark.parametrize(
    "sent", [b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", SLOW], ids=["header", "body"]
)
def test_whoever_falls_silent_is_cut_off(web, name, tmp_path, sent):
    with running(web, name, tmp_path, SOON) as port, connected(port) as one:
        one.sendall(sent)
        assert is_dropped(one)


def test_headers_that_drip_are_cut_off(web, name, tmp_path):
    with running(web, name, tmp_path, SOON) as port, connected(port) as one:
        one.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        assert drip(one)


def test_a_connection_nobody_uses_is_closed(web, name, tmp_path):
    with running(web, name, tmp_path, SOON) as port, connected(port) as one:
        one.sendall(head("GET", "/healthz", keep=True))
        assert one.recv(65536).startswith(b"HTTP/1.1 200")
        assert is_dropped(one)


def test_a_body_that_drips_is_cut_off_by_caddy(web, tmp_path):
    with running(web, "caddy", tmp_path, SOON) as port, connected(port) as one:
        one.sendall(SLOW)
        assert drip(one)


@pytest.mark.parametrize(
    ("address", "refused"),
    [("198.51.100.7", 8), ("2001:db8:1:2::%x", 8), ("2001:db8:1:%x::1", 0), ("198.51.100.%d", 0)],
    ids=["one", "one-64", "many-64s", "many"],
)
def test_nginx_holds_only_so_many_of_one_visitor(web, tmp_path, address, refused):
    """40 requests under way: 32 is the most."""
    with running(web, "nginx", tmp_path, HELD) as port, lines(port, 40) as slow:
        for n, one in enumerate(slow):
            seen = address % (n + 1) if "%" in address else address
            one.sendall(SLOW.replace(b"\r\n\r\n", f"\r\n{proxies.ADDRESS}: {seen}\r\n\r\n".encode(), 1))
        answered = first(slow, refused)
        assert [one.recv(65536)[:12] for one in answered] == [b"HTTP/1.1 429"] * refused
        served(port)
        assert [is_open(one) for one in slow if one not in answered] == [True] * (40 - refused)


def test_a_form_cut_short_never_reaches_the_program(web, name, tmp_path):
    """The program counts every number that is typed."""
    from tsuzuki.records.models import Limit

    with running(web, name, tmp_path, HELD) as port:
        Limit.objects.all().delete()
        with connected(port) as one:
            typed = "Content-Type: application/x-www-form-urlencoded"
            one.sendall(head("POST", "/en/", typed, f"Content-Length: {len(FORM) + 1}", someone(1)) + FORM)
            one.shutdown(1)
            assert is_dropped(one)
        assert Limit.objects.filter(name="number").count() == 0
        assert post(port, "/en/", FORM, someone(1))[0] == 302
        assert Limit.objects.filter(name="number").count() == 1


def test_nobody_says_who_he_is_by_another_spelling(web, name, tmp_path):
    """The web server takes each of these for X-Forwarded-For, and the last one for the truth."""
    from tsuzuki.records.models import Limit

    spelt = ("X-Forwarded-For", "X_Forwarded_For", "X-Forwarded_For", "X_Forwarded-For", "x_forwarded_for")
    with running(web, name, tmp_path, HELD) as port:
        Limit.objects.all().delete()
        for n, header in enumerate(spelt):
            assert post(port, "/en/", FORM, f"{header}: 203.0.113.{n}", someone(1))[0] == 302
        assert [row.taken for row in Limit.objects.filter(name="number")] == [len(spelt)]


@pytest.mark.parametrize("more", [0, 1])
def test_how_long_a_body_may_be_is_the_programs_own_word(web, name, tmp_path, more):
    """What a proxy lets through is more: Caddy may hand on as whole what it cut there."""
    from tsuzuki.site.admission import HEARD_OUT, LARGEST

    assert LARGEST < 3 << 20 <= HEARD_OUT
    with running(web, name, tmp_path, HELD) as port, connected(port) as one:
        length = LARGEST + more
        one.sendall(
            head("POST", "/ja/", "Content-Type: text/plain", f"Content-Length: {length}", someone(1))
            + b"x" * length
        )
        status, said = answer(one)
        assert (status, b'<html lang="ja"' in said) == (413 if more else 403, True)


def test_what_we_ship_listens_on_this_machine_only():
    commands = {}
    for file in proxies.DEPLOY.rglob("*"):
        text = file.read_text() if file.is_file() else ""
        assert "0.0.0.0" not in text, file
        if "granian" in text:
            commands[file.name] = re.findall(r'--host[ ",]+([^ ",]+)', text)
    assert commands == {"tsuzuki-web.service": ["127.0.0.1"], "Dockerfile": ["127.0.0.1"]}


def test_nginx_takes_the_file_as_it_is_shipped(installed, tmp_path):
    """With TLS and a certificate; nothing is served."""
    made = certificate.make(tmp_path)
    # Not every machine that tests has IPv6.
    text = re.sub(r"\n *listen \[::\].*", "", proxies.shipped("nginx"))
    for theirs, ours in (
        ("/etc/letsencrypt/live/renew.example.jp/fullchain.pem", str(made.chain)),
        ("/etc/letsencrypt/live/renew.example.jp/privkey.pem", str(made.key)),
        ("listen 80", f"listen 127.0.0.1:{free_port()}"),
        ("listen 443", f"listen 127.0.0.1:{free_port()}"),
    ):
        assert theirs in text
        text = text.replace(theirs, ours)
    config = tmp_path / "nginx.conf"
    config.write_text(proxies.AROUND.format(folder=tmp_path, user="", ours=text, address=proxies.ADDRESS))
    said = subprocess.run(
        ["nginx", "-t", "-e", str(tmp_path / "log"), "-c", str(config)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr


def test_caddy_takes_the_file_as_it_is_shipped(installed, tmp_path):
    config = tmp_path / "Caddyfile"
    config.write_text(proxies.for_this_caddy(proxies.shipped("caddy")))
    command = ["caddy", "adapt", "--config", str(config), "--adapter", "caddyfile"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
