"""What reaches a view at all: asked of the real web server over a plain socket, as a careless or hostile
sender does.
"""

from __future__ import annotations

from io import BytesIO

import pytest

from tests.browser.server import serving
from tests.faces.plain import FORM, FORM_TYPE, TOKEN, answer, first, get, head, line, lines, post
from tests.prove import stage


@pytest.fixture(scope="module")
def web(template):
    with stage.database(template), serving() as web:
        yield web
    assert web.errors() == []


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


# Codecs that are none for text, that refuse everything, that take the square of a text's length (half a
# minute for a megabyte), that read otherwise; and the ways to name them.
CODECS = [
    "; charset=undefined",
    "; charset=punycode",
    "; charset=idna",
    "; charset=utf-16",
    "; charset=nothing",
]
NAMED = [
    "; charset=hex",
    '; Charset = "hex"',
    ";charset*=x'y'hex",
    "; charset=utf-8; charset=hex",
    "; cha;charset=q;rset=hex",
]
ASKED = [
    "/en/search?q=%E5%AF%86",
    "/en/guide/cost?gb=3",
    "/office/sign-in/?next=/office/",
    "/en/r/x?" + "&" * 1100,
]


@pytest.mark.parametrize("said", CODECS + NAMED)
def test_a_request_cannot_say_by_which_codec_it_is_read(web, said):
    """Pages are in UTF-8, and so is what is typed into them."""
    for path in ASKED:
        assert get(web.port, path, f"Content-Type: text/plain{said}")[0] == get(web.port, path)[0], path
    multipart = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("csrfmiddlewaretoken", TOKEN), ("number", "密"))
    )
    for kind, body in (
        ("application/x-www-form-urlencoded", f"csrfmiddlewaretoken={TOKEN}&number=%E5%AF%86"),
        ("multipart/form-data; boundary=x", multipart + "--x--\r\n"),
    ):
        raw = body.encode()
        with line(web.port) as one:
            one.sendall(
                head("POST", "/en/", f"Content-Type: {kind}{said}", f"Content-Length: {len(raw)}") + raw
            )
            status, page = answer(one)
        assert (status, "“密” does not look like a phone number" in page.decode()) == (422, True), kind


def test_a_body_too_long_is_refused_before_it_is_read(web):
    """Nothing of it is ever sent: who waits for it would wait for ever."""
    from tsuzuki.site.admission import HEARD_OUT

    for path in ("/en/", "/api/v1/quotes", "/office/"):
        with line(web.port) as one:
            one.sendall(head("POST", path, f"Content-Length: {HEARD_OUT + 1}"))
            assert answer(one)[0] == 413, path


def test_senders_of_slow_bodies_never_have_every_thread(template):
    """Each holds a thread of the server for as long as it likes.

    What only reads is answered, and who comes after is told to wait.
    """
    with stage.database(template), serving() as fresh, lines(fresh.port, 24) as slow:
        for one in slow:
            one.sendall(head("POST", "/en/", FORM_TYPE, f"Content-Length: {len(FORM)}") + FORM[:-1])
        refused = first(slow, 21)  # of four threads three are given to such work
        assert [one.recv(65536)[:12] for one in refused] == [b"HTTP/1.1 503"] * 21
        for path in ("/healthz", "/en/", "/en/guide", "/readyz"):
            assert get(fresh.port, path)[0] == 200, path
        assert post(fresh.port, "/en/", FORM)[0] == 503
        for one in slow:
            if one not in refused:
                one.sendall(FORM[-1:])
                assert answer(one)[0] == 302  # they were heard
        assert post(fresh.port, "/en/", FORM)[0] == 302


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
        ("method", "path"),
        [
            ("POST", "/en/"),
            ("GET", "/api/v1/lines"),
            ("GET", "/office/"),
            ("GET", "/ja/p/x"),
            ("GET", "/p/x"),
        ],
    )
    def test_who_is_refused_is_told_when_to_come_again(self, template, method, path):
        _, seen = self.full(4, path, method)
        status, headers, body = seen[0]
        assert (status, headers["Retry-After"], headers["Cache-Control"]) == (
            "503 Service Unavailable",
            "5",
            "no-store",
        )
        assert int(headers["Content-Length"]) == len(body)
        words = (
            '"code":"busy"'
            if path.startswith("/api/")
            else "混み合っています"
            if path.startswith("/ja/")
            else "very busy"
        )
        assert words in body.decode()

    def test_pages_that_only_read_are_served_all_the_same(self, template):
        from tsuzuki.site.admission import crowded

        seen = []

        def inside(environ, start):
            if environ["REQUEST_METHOD"] == "POST":
                for path in ("/", "/en/", "/en/guide", "/ja/r/token", "/fees.json"):
                    seen.append(self.ask(application, "GET", path)[0])
                    # But not who sends a body with it.
                    seen.append(self.ask(application, "GET", path, CONTENT_LENGTH="5")[0])
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


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"SERVER_PROTOCOL": "HTTP/1.1"}, 200),  # no length means no body
        ({"SERVER_PROTOCOL": "HTTP/2"}, 411),  # or one of which nobody knows where it ends
        ({"SERVER_PROTOCOL": "HTTP/2", "CONTENT_LENGTH": "5"}, 200),
        ({"SERVER_PROTOCOL": "HTTP/2", "CONTENT_LENGTH": "6"}, 400),
        ({"SERVER_PROTOCOL": "HTTP/2", "REQUEST_METHOD": "GET"}, 200),
        ({"CONTENT_LENGTH": "-1"}, 400),
        ({"CONTENT_LENGTH": "５"}, 400),
        ({"CONTENT_LENGTH": "0"}, 200),
    ],
)
def test_what_a_length_says(template, environ, status):
    from tsuzuki.site.admission import whole

    said = []

    def inside(given, start):
        start("200 OK", [])
        return [given["wsgi.input"].read()]

    given = {"REQUEST_METHOD": "POST", "PATH_INFO": "/en/", "wsgi.input": BytesIO(b"12345"), **environ}
    body = b"".join(whole(inside)(given, lambda told, _headers: said.append(told)))
    assert int(said[0].split()[0]) == status
    if status == 200:
        assert body == b"12345"[: int(environ.get("CONTENT_LENGTH", 0))]
