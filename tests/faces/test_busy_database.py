# ruff: noqa: F811 (a test names the fixture it asks for)
"""One session that holds a row costs others a moment and a clear answer, never the whole site."""

import os

import psycopg
import pytest

from tests import cast
from tests.actions.conftest import running_sandbox, sandbox, shop  # noqa: F401 (fixtures)
from tests.faces.program import Program, program, wall  # noqa: F401 (fixtures)

NAMES = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


def limits() -> dict[str, str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting || unit FROM pg_settings WHERE name = ANY(%s)", [list(NAMES)])
        return dict(cursor.fetchall())


@pytest.fixture
def options(database):
    """What a session is opened with, put back afterwards."""
    from django.db import connection, connections

    kept = connections.settings["default"]["OPTIONS"]
    before = dict(kept)
    connection.close()
    yield kept
    kept.update(before)
    connection.close()


def test_every_session_has_its_limits(options):
    from django.conf import settings

    from tsuzuki.site.readiness import limit_sessions

    assert limits() == dict(zip(NAMES, ("0ms", "30000ms", "600000ms"), strict=True))
    for who, found in {
        settings.WORKERS: ("300000ms", "5000ms", "60000ms"),
        settings.PAGES: ("15000ms", "2000ms", "20000ms"),
    }.items():
        options["options"] = settings.COMMANDS
        limit_sessions(who)
        assert limits() == dict(zip(NAMES, found, strict=True))


def test_what_the_operator_wrote_into_the_address_of_the_database_wins(options):
    from tsuzuki.site.settings import PAGES, _database

    given = _database("postgresql:///x?options=-c%20lock_timeout%3D7s")["OPTIONS"]
    options["options"] = given["options"].replace(given["options"].partition(" -c lock_timeout=7s")[0], PAGES)
    assert limits()["lock_timeout"] == "7000ms"


def test_the_proof_of_the_books_takes_as_long_as_it_takes(options, monkeypatch):
    from django.conf import settings

    from tests.cast import NOON
    from tsuzuki.actions.money import check_books, verify
    from tsuzuki.site.readiness import limit_sessions

    limit_sessions(settings.WORKERS)
    seen = []
    monkeypatch.setattr(verify, "CHECKS", [lambda now: seen.append(limits()) or (), *verify.CHECKS])
    check_books.check(NOON)
    assert seen[0]["statement_timeout"] == "0ms"
    assert limits()["statement_timeout"] == "300000ms"


def test_a_held_account_is_a_problem_that_says_when_to_come_again(shop, wall):
    from django.db import connection
    from structlog.testing import capture_logs

    seller = program(balance=5000)
    quote = seller.quote(cast.line())["id"]
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
    with psycopg.connect(os.environ["DATABASE_URL"]) as other, capture_logs():
        other.execute("SELECT 1 FROM records_account FOR UPDATE")
        got = seller.buy(quote, "key")
    assert (got.status, got.code, got.headers["Retry-After"]) == (503, "busy", "5")
    assert seller.buy(quote, "key").status == 201


@pytest.mark.parametrize(("path", "words"), [("/en/", "very busy"), ("/office/sign-in/", "very busy")])
def test_a_page_that_meets_a_busy_database_says_so(database, monkeypatch, path, words):
    from django.db import OperationalError
    from django.test import Client

    from tsuzuki.records import queries

    def busy(*_):
        raise OperationalError("canceling statement due to lock timeout")

    monkeypatch.setattr(queries, "brand", busy)
    got = Client(
        SERVER_NAME="localhost", headers={"Accept-Language": "en"}, raise_request_exception=False
    ).get(path)
    assert got.status_code == 503
    assert words in got.content.decode()
