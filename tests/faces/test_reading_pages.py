"""Pages a thread is kept for, however many others wait: they only read, so no row that somebody holds holds
them up.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from io import BytesIO

import pytest

from tests import cast

WRITES = re.compile(
    r"\s*(INSERT|UPDATE|DELETE|LOCK)\b|.*\b(INSERT INTO|FOR ((NO )?KEY )?(UPDATE|SHARE))\b",
    re.IGNORECASE | re.DOTALL,
)
FILLED = {
    "brand": "docomo",
    "network": "docomo",
    "carrier": "docomo-line",
    "place": "jp",
    "method": "credit-card",
    "card": "1",
    "part": "dates",
    "happened": "ended",
    "job": "check-expiry",
    "channel": "web",
}
ASKED = "?q=docomo&prefix=090&number=09012345678&brand=docomo&network=docomo"


def is_kept(path: str) -> bool:
    """Whether it is served while the only thread for work that waits is taken."""
    from tsuzuki.site.admission import crowded

    said: list[str] = []

    def ask(method: str) -> None:
        application(
            {"REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.input": BytesIO()},
            lambda status, headers: said.append(status),
        )

    def inside(environ, start):
        if environ["REQUEST_METHOD"] == "POST":
            ask("GET")
        start("200 OK", [])
        return []

    application = crowded(inside, 1)
    ask("POST")
    return said[0] == "200 OK"


@contextmanager
def writes():
    from django.db import connection

    found: list[str] = []

    def note(execute, sql, params, many, context):
        if WRITES.match(str(sql)):
            found.append(str(sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


@pytest.fixture
def paths(client, line) -> list[str]:
    from tsuzuki.web.urls import urlpatterns

    FILLED["token"] = cast.link(line, "n")
    routes = [str(one.pattern).replace("<language:language>", "en") for one in urlpatterns]
    return ["/" + re.sub(r"<\w+:(\w+)>", lambda found: FILLED[found[1]], route) for route in routes]


def test_what_a_thread_is_kept_for_writes_nothing(client, paths):
    served = []
    for path in paths:
        with writes() as found:
            status = client.get(path + ASKED).status_code
        assert status < 500, path
        if is_kept(path):
            served.append(status)
            assert found == [], path
    assert served.count(200) > 40


def test_a_search_is_counted_and_may_be_told_to_wait(client):
    for path in ("/search", "/ja/search", "/zh-Hans/search"):
        with writes() as found:
            assert client.get(path, {"q": "docomo"}).status_code == 200
        assert (len(found), is_kept(path)) == (1, False)
