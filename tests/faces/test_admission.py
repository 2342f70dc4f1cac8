"""What reaches a view at all: asked of the real web server over a plain socket, as a careless or hostile sender does."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import pytest

from tests.browser.server import serving

PATIENCE = 60  # seconds; nothing that works waits so long
TOKEN = "a" * 32
FORM = f"csrfmiddlewaretoken={TOKEN}&number=09012345678".encode()


@pytest.fixture(scope="module")
def web(template):
    from tests.conftest import use

    use(template)
    with serving() as web:
        yield web
    assert web.errors() == []


@contextmanager
def line(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as one:
        yield one


def head(method: str, path: str, *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", f"Cookie: csrftoken={TOKEN}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def answer(one: socket.socket) -> tuple[int, bytes]:
    """The status and all that came until the server hung up."""
    said = b""
    while piece := one.recv(65536):
        said += piece
    return int(said.split(b" ", 2)[1]), said


def post(port: int, path: str, body: bytes, *headers: str, length: int | None = None) -> tuple[int, bytes]:
    typed = "Content-Type: " + ("application/json" if path.startswith("/api/") else "application/x-www-form-urlencoded")
    with line(port) as one:
        one.sendall(head("POST", path, typed, f"Content-Length: {len(body) if length is None else length}", *headers) + body)
        if length is not None:  # the rest will never come
            one.shutdown(socket.SHUT_WR)
        return answer(one)


def test_a_whole_form_reaches_its_page(web):
    status, said = post(web.port, "/en/", FORM)
    assert (status, b"/en/elsewhere?" in said) == (302, True), said


@pytest.mark.parametrize("language", ["en", "ja", "zh-Hans"])
def test_a_form_cut_short_reaches_no_page(web, language):
    """All but the last octets are there, and they are a valid form by themselves."""
    status, said = post(web.port, f"/{language}/", FORM, length=len(FORM) + 1)
    words = {"en": "Please start again", "ja": "最初からやり直して", "zh-Hans": "请重新开始"}[language]
    assert status == 400
    assert words in said.decode()
    assert f'lang="{language}"' in said.decode()


def test_an_event_cut_short_is_a_problem_with_a_name(web):
    status, said = post(web.port, "/api/v1/webhooks/sandbox", b"{}   ", length=1000)
    assert (status, b'"body_incomplete"' in said, b"no-store" in said) == (400, True, True)


@pytest.mark.parametrize(("path", "code"), [("/en/", b"<p>"), ("/api/v1/quotes", b'"length_required"')])
def test_a_body_without_a_length_is_refused(web, path, code):
    with line(web.port) as one:
        one.sendall(head("POST", path, "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n\r\n")
        status, said = answer(one)
    assert (status, code in said) == (411, True)


def test_a_body_too_long_is_refused_before_it_is_read(web):
    """Nothing of it is ever sent: who waits for it would wait for ever."""
    from tsuzuki.site.admission import LARGEST

    for path in ("/en/", "/api/v1/quotes", "/office/"):
        with line(web.port) as one:
            one.sendall(head("POST", path, f"Content-Length: {LARGEST + 1}"))
            assert answer(one)[0] == 413, path


def test_senders_of_slow_bodies_never_have_every_thread(web):
    """Each holds a thread of the server for as long as it likes. What only reads is answered, and who comes after is told to wait."""
    with serving() as fresh:
        lines = []
        try:
            for _ in range(24):
                one = socket.create_connection(("127.0.0.1", fresh.port), timeout=PATIENCE)
                lines.append(one)
                one.sendall(head("POST", "/api/v1/webhooks/sandbox", "Content-Length: 1000") + b"{")
            for path in ("/healthz", "/en/", "/en/guide", "/readyz"):
                with line(fresh.port) as one:
                    one.sendall(head("GET", path))
                    assert answer(one)[0] == 200, path
        finally:
            for one in lines:
                one.close()


class TestCrowded:
    """Inside one process: who is refused when, counted without a clock."""

    def ask(self, application, method: str, path: str, **environ: str) -> tuple[str, dict[str, str], bytes]:
        said: list = []
        given = {"REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.input": BytesIO(), **environ}
        body = b"".join(application(given, lambda status, headers: said.extend([status, dict(headers)])))
        return said[0], said[1], body

    def full(self, threads: int, path: str = "/en/", method: str = "POST"):
        """An application asked again from inside every thread it may have for such work."""
        from tsuzuki.site.admission import crowded

        depth, seen = [0], []

        def inside(environ, start):
            depth[0] += 1
            if depth[0] <= threads:
                seen.append(self.ask(application, method, path))
            start("200 OK", [])
            return [b"served"]

        application = crowded(inside, threads)
        self.ask(application, method, path)
        return application, seen

    @pytest.mark.parametrize(("threads", "heavy"), [(1, 1), (2, 1), (4, 3), (8, 6), (16, 12)])
    def test_some_threads_are_never_given_to_work_that_waits(self, template, threads, heavy):
        _, seen = self.full(threads)
        assert [status for status, _, _ in seen].count("503 Service Unavailable") == 1
        assert len(seen) == heavy  # the last of them was refused

    @pytest.mark.parametrize(
        ("method", "path"), [("POST", "/en/"), ("GET", "/api/v1/lines"), ("GET", "/office/"), ("GET", "/ja/p/x"), ("GET", "/p/x")]
    )
    def test_who_is_refused_is_told_when_to_come_again(self, template, method, path):
        _, seen = self.full(4, path, method)
        status, headers, body = seen[0]
        assert (status, headers["Retry-After"], headers["Cache-Control"]) == ("503 Service Unavailable", "5", "no-store")
        assert int(headers["Content-Length"]) == len(body)
        words = '"code":"busy"' if path.startswith("/api/") else "混み合っています" if path.startswith("/ja/") else "very busy"
        assert words in body.decode()

    def test_pages_that_only_read_are_served_all_the_same(self, template):
        from tsuzuki.site.admission import crowded

        seen = []

        def inside(environ, start):
            if environ["REQUEST_METHOD"] == "POST":
                for path in ("/", "/en/", "/en/guide", "/ja/r/token", "/fees.json"):
                    seen.append(self.ask(application, "GET", path)[0])
                    seen.append(self.ask(application, "GET", path, CONTENT_LENGTH="5")[0])  # but not who sends a body with it
            start("200 OK", [])
            return []

        application = crowded(inside, 1)
        self.ask(application, "POST", "/en/")
        assert seen == ["200 OK", "503 Service Unavailable"] * 5

    def test_what_broke_gives_its_thread_back(self, template):
        from tsuzuki.site.admission import crowded

        def broken(environ, start):
            raise ZeroDivisionError

        application = crowded(broken, 1)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                self.ask(application, "POST", "/en/")

    def test_unknown_threads_refuse_nobody(self, template):
        from tsuzuki.site.admission import crowded

        def inside(environ, start):
            start("200 OK", [])
            return []

        assert crowded(inside, 0) is inside
