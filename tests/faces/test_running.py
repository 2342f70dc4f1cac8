"""What whoever keeps it alive asks: through the real web server, and about a shop with work under way."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
import urllib3

from tests import cast
from tests.browser.server import serving
from tests.cast import NOON

TOKEN = "a-token-for-prometheus"


@pytest.fixture
def http():
    with urllib3.PoolManager(retries=False, timeout=20) as pool:
        yield pool


def ask(path: str, environ: dict[str, str] | None = None) -> tuple[int, str]:
    """The door itself, without a server before it."""
    from tsuzuki.site.watch import watched

    said: list[str] = []
    given = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "REMOTE_ADDR": "127.0.0.1", **(environ or {})}
    body = b"".join(watched(lambda *_: [b"pages"])(given, lambda status, _headers: said.append(status)))
    return int(said[0].split()[0]) if said else 0, body.decode()


@pytest.fixture
def unread(monkeypatch):
    """What a process keeps of its first look is forgotten."""
    from tsuzuki.site import watch

    watch._token.cache_clear()
    watch._complete.clear()
    yield
    watch._token.cache_clear()
    watch._complete.clear()


def sample(text: str, name: str) -> int:
    lines = [line for line in text.splitlines() if line.startswith(name + " ")]
    assert len(lines) == 1, f"{name} is there {len(lines)} times"
    return int(float(lines[0].rpartition(" ")[2]))


def test_the_real_server_says_that_it_lives_and_serves(database, http):
    with serving(environ={"TSUZUKI_METRICS_TOKEN": TOKEN}) as web:
        # Whatever name it is asked by: a load balancer knows only an address.
        alive = http.request("GET", web.url + "/healthz", headers={"Host": "10.0.0.7"})
        assert (alive.status, alive.data) == (200, b"alive\n")
        ready = http.request("GET", web.url + "/readyz", headers={"Host": "10.0.0.7"})
        assert (ready.status, ready.data) == (200, b"ready\n")
        assert http.request("POST", web.url + "/healthz").status == 405
        assert http.request("GET", web.url + "/metrics").status == 403
        seen = http.request("GET", web.url + "/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert seen.status == 200
        assert sample(seen.data.decode(), "tsuzuki_attempts_unsure") == 0
        assert http.request("GET", web.url + "/healthz/").status == 404  # everything else is the pages'
        assert web.errors() == []


def test_no_token_reaches_its_log_however_the_address_is_mistyped(database, http):
    token, id = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_abcde", "019e2a1c-2ec4-7012-a885-a444dbf85607"
    with serving() as web:
        for path in (
            f"/p/{token}",
            f"/P/{token}",
            f"/en//p//{token}",
            f"/{token}",
            f"/en/r/{token}/x",
            f"/en/x/{id}",
        ):
            assert http.request("GET", web.url + path, redirect=False).status in (404, 410)
    kept = "\n".join(web.said)
    assert ("Not Found: /P/…" in kept, f"Not Found: /en/x/{id}" in kept, token in kept) == (True, True, False)


def test_it_lives_without_a_database_and_says_that_it_cannot_serve(template, unread, monkeypatch):
    from django.db import connections

    from tests.conftest import use

    before = os.environ["DATABASE_URL"]
    use("no_such_database")
    try:
        assert ask("/healthz") == (200, "alive\n")
        status, why = ask("/readyz")
        assert (status, why) == (503, "the database does not answer: OperationalError\n")
        monkeypatch.setenv("TSUZUKI_METRICS_LOCAL", "1")
        assert ask("/metrics")[0] == 503
    finally:
        connections.close_all()
        use(before.rpartition("/")[2].partition("?")[0])


def test_a_database_that_is_behind_is_not_ready(database, unread):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'records' AND name > '0001'")
    status, why = ask("/readyz")
    assert status == 503
    assert "tsuzuki migrate" in why


def test_a_database_in_another_zone_is_not_ready(database, unread):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET timezone = 'Asia/Tokyo'")
    assert ask("/readyz") == (503, "the database session runs in Asia/Tokyo, not UTC\n")


@pytest.mark.parametrize(
    "environ",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"HTTP_X_FORWARDED_FOR": "192.0.2.7"},
        {"HTTP_FORWARDED": "for=192.0.2.7"},
        {"REMOTE_ADDR": ""},
    ],
    ids=["from-elsewhere", "through-a-proxy", "through-another", "from-nowhere"],
)
def test_without_a_token_figures_are_for_nobody_unless_for_this_machine_alone(
    database, unread, monkeypatch, environ
):
    assert ask("/metrics")[0] == 403  # it may be a proxy that says nothing of itself
    monkeypatch.setenv("TSUZUKI_METRICS_LOCAL", "1")
    assert ask("/metrics")[0] == 200
    assert ask("/metrics", environ)[0] == 403


@pytest.mark.parametrize(
    "given", ["", "Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, f"bearer {TOKEN} "]
)
def test_with_a_token_nobody_sees_them_without_it(database, unread, monkeypatch, given):
    monkeypatch.setenv("TSUZUKI_METRICS_TOKEN", TOKEN)
    monkeypatch.setenv("TSUZUKI_METRICS_LOCAL", "1")
    assert ask("/metrics")[0] == 403
    assert ask("/metrics", {"HTTP_AUTHORIZATION": given})[0] == 403
    assert ask("/metrics", {"HTTP_AUTHORIZATION": f"Bearer {TOKEN}"})[0] == 200


def test_other_addresses_are_the_pages(database):
    assert ask("/metrics/x") == (0, "pages")


class TestFigures:
    @pytest.fixture
    def seen(self, database, monkeypatch):
        """What Prometheus reads at a moment."""
        from tsuzuki.actions.engine import providers
        from tsuzuki.site.watch import exposition

        cast.operator()
        yield lambda at=NOON: exposition(at).decode()
        providers.forget()

    def test_an_empty_shop_has_no_work(self, seen):
        text = seen()
        for name in (
            "attempts_unsure",
            "attempts_unsure_oldest_seconds",
            "attempts_by_hand",
            "notices_waiting",
            "incidents_open",
        ):
            assert sample(text, f"tsuzuki_{name}") == 0
        assert sample(text, 'tsuzuki_orders{state="paid"}') == 0
        assert "tsuzuki_verify_faults" not in text  # never proved is not the same as no faults

    def test_orders_are_counted_where_they_stand(self, seen):
        """By hand twice: one waits for money, one is paid by voucher and waits for its carrier, one is
        delivered, one is being refunded.
        """
        from tsuzuki.actions.work import work_items

        cast.buy(cast.line("hand"), "data-3gb", pay("byhand"))
        applied = cast.buy(cast.line("hand"), "data-3gb", cast.voucher(990))
        delivered = cast.buy(cast.line("hand"), "data-3gb", cast.voucher(990))
        refused = cast.buy(cast.line("hand"), "data-3gb", cast.voucher(990), email="payer@example.com")
        cast.go()
        work_items.finish(item_of(delivered), "REF-1", "staff", NOON)
        work_items.refuse(item_of(refused), "not possible", "staff", NOON)
        cast.go()
        assert cast.states(applied) == ["applied"]
        text = seen(NOON + timedelta(minutes=7))
        assert sample(text, 'tsuzuki_orders{state="awaiting_payment"}') == 1
        assert sample(text, 'tsuzuki_orders{state="applied"}') == 1
        assert sample(text, 'tsuzuki_orders_rested_hour{state="delivered"}') == 1
        assert sample(text, 'tsuzuki_undelivered_minor{currency="JPY"}') == 990
        assert sample(text, 'tsuzuki_attempts_hour{outcome="done",provider="byhand",step="provision"}') == 1
        assert (
            sample(text, 'tsuzuki_attempts_hour{outcome="refused",provider="byhand",step="provision"}') == 1
        )
        # The carrier; cash that nobody paid keeps nobody busy.
        assert sample(text, "tsuzuki_attempts_by_hand") == 1
        assert sample(text, "tsuzuki_attempts_by_hand_oldest_seconds") == 420
        assert sample(text, "tsuzuki_notices_waiting") >= 1
        later = seen(NOON + timedelta(hours=2))
        assert "orders_rested_hour{" not in later  # the hour has passed
        assert sample(later, 'tsuzuki_orders{state="applied"}') == 1  # work under way never drops out

    def test_what_nobody_knows_has_an_age(self, seen):
        """An attempt whose asker vanished, and one a look-up could not settle."""
        from tsuzuki.records.models import Attempt

        for standing, look_at, minutes in (("", NOON, 30), ("cannot_tell", None, 90), ("waiting", None, 300)):
            purchase = cast.buy(cast.line("hand"), "data-3gb", pay("byhand"))
            cast.go(only=purchase.id)
            since = NOON - timedelta(minutes=minutes)
            found = Attempt.objects.filter(purchase=purchase)
            assert found.update(opened_at=since, lease_until=since, standing=standing, look_at=look_at) == 1
        text = seen()
        assert sample(text, "tsuzuki_attempts_unsure") == 2
        assert sample(text, "tsuzuki_attempts_unsure_oldest_seconds") == 5400
        assert sample(text, "tsuzuki_attempts_by_hand") == 0  # what waits is a payment nobody made yet

    def test_the_last_proof_of_the_books_is_told(self, seen):
        from tsuzuki.actions.money.check_books import check
        from tsuzuki.records.models import Lot

        line = cast.line("hand")
        cast.give_credit(line, 3000)
        assert check(NOON).faults == ()
        text = seen()
        assert sample(text, "tsuzuki_verify_faults") == 0
        assert sample(text, "tsuzuki_verify_timestamp_seconds") == int(NOON.timestamp())
        assert sample(text, 'tsuzuki_ledger_minor{currency="JPY",family="credit"}') == 3000
        assert sample(text, 'tsuzuki_ledger_minor{currency="JPY",family="held"}') == 0
        Lot.objects.filter(line=line).update(remaining=1)
        assert check(NOON + timedelta(days=1)).faults != ()
        worse = seen(NOON + timedelta(days=1))
        assert sample(worse, "tsuzuki_verify_faults") == 1
        assert sample(worse, "tsuzuki_incidents_open") == 1

    def test_every_question_has_an_index(self, seen):
        """Where no question can be answered but by reading a whole table of sales, the plan says so even
        without a choice.
        """
        from django.db import connection

        from tsuzuki.records import figures

        asked = {
            figures._ORDERS: [],
            figures._RESTED: [figures.first_id(NOON)],
            figures._UNDELIVERED: [],
            figures._UNSURE: [NOON, NOON],
            figures._ATTEMPTS: [figures.first_id(NOON)],
            figures._BY_HAND: [],
            figures._NOTICES: [],
            figures._STAFF: [],
        }
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")
            for question, values in asked.items():
                cursor.execute("EXPLAIN " + question, values)
                plan = "\n".join(row[0] for row in cursor.fetchall())
                assert "Index" in plan
                assert "Seq Scan" not in plan, question


def pay(method: str):
    from tsuzuki.actions.order.acceptance import PaymentChoice

    return PaymentChoice(method)


def item_of(purchase) -> str:
    from tsuzuki.actions.work.work_items import waiting

    return next(item.id for item in waiting() if item.purchase == purchase.code)
