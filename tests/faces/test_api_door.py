# ruff: noqa: F811 (a test names the fixture it asks for)
"""The door: keys, scopes, limits; bad bodies and bad addresses; whose things are whose.

Every operation is walked.
"""

import json
from datetime import timedelta

import pytest

from tests import cast
from tests.actions.conftest import running_sandbox, sandbox, shop  # noqa: F401 (fixtures)
from tests.faces.program import Program, account_of, program, wall  # noqa: F401 (fixtures)

UNKNOWN = "01890000-0000-7000-8000-000000000000"


def routes():
    from tsuzuki.api.routes import ROUTES

    return ROUTES


def body_for(route) -> object:
    return {"/orders/{id}/refund": {"reason": "wrong plan"}}.get(route.path, {})


def at(route, id: str = UNKNOWN) -> str:
    path = route.path.replace("{id}", id).replace("{provider}", "sandbox").replace("{carrier}", "sand")
    return path + (
        f"?line_id={UNKNOWN}" if path == "/plans" else "?msisdn=09011112222" if path == "/lines" else ""
    )


def test_every_operation_asks_for_a_key(shop, wall):
    """Guests, and whoever brings something that is no key of ours, learn nothing: one answer, whatever they
    ask about.
    """
    keyed = [route for route in routes() if route.scope]
    assert len(keyed) >= 17
    for secret in ("", "x", "tsk_" + "0" * 64, "tsk_" + "0" * 10_000):
        for route in keyed:
            said = Program(secret).ask(route.method, at(route), body_for(route))
            assert (said.status, said.code) == (401, "unauthorized"), (route.name, secret[:8])


def test_only_providers_come_in_without_a_key(shop, wall):
    assert {route.path for route in routes() if route.scope is None} == {
        "/webhooks/{provider}",
        "/webhooks/carriers/{carrier}",
    }
    for path in ("/webhooks/sandbox", "/webhooks/carriers/sand"):
        assert Program().post(path).code == "event_forged"
    for path in ("/webhooks/nobody", "/webhooks/carriers/nobody", "/webhooks/carriers/hand"):
        assert Program().post(path).code == "provider_unknown"


def test_every_operation_needs_its_scope(shop, wall):
    from tsuzuki.actions.people.keys import SCOPES

    for number, route in enumerate(route for route in routes() if route.scope):
        others = [scope for scope in SCOPES if scope != route.scope]
        said = program(f"op {number}", "operator", *others).ask(route.method, at(route), body_for(route))
        assert (said.status, said.code, said.body["scope"]) == (403, "forbidden", route.scope), route.name


def test_what_is_anothers_is_as_unknown_as_what_never_was(shop, wall):
    """Each operation on an id: of another account, of nobody, and no id at all give the same bytes; the owner
    gets in.
    """
    owner, other = program("owner", balance=5000), program("other", balance=5000)
    bought = owner.buy(owner.quote(cast.line())["id"], "key").body
    endpoint = owner.post("/webhook-endpoints", {"url": "https://example.com/hook"}).body
    cast.go()
    delivery = owner.get("/webhook-deliveries").body["items"]
    mine = {
        "/purchases/{id}": bought["id"],
        "/orders/{id}": bought["orders"][0]["id"],
        "/orders/{id}/cancel": bought["orders"][0]["id"],
        "/orders/{id}/refund": bought["orders"][0]["id"],
        "/webhook-deliveries/{id}/replay": delivery[0]["id"],
        "/webhook-endpoints/{id}": endpoint["id"],
    }
    walked = [route for route in routes() if "{id}" in route.path and route.path != "/lines/{id}"]
    assert {route.path for route in walked} == set(mine)
    for route in walked:
        said = [
            other.ask(route.method, at(route, id), body_for(route))
            for id in (mine[route.path], UNKNOWN, "no-id")
        ]
        assert {(one.status, one.code, one.raw) for one in said} == {(404, "not_found", said[0].raw)}, (
            route.name
        )
    for route in sorted(walked, key=lambda route: route.method == "DELETE"):
        got = owner.ask(route.method, at(route, mine[route.path]), body_for(route))
        assert got.status in (200, 202, 204) or got.code == "order_not_cancellable", (route.name, got.raw)


def test_lists_hold_only_what_is_ones_own(shop, wall):
    owner, other = program("owner", balance=5000), program("other")
    owner.post("/webhook-endpoints", {"url": "https://example.com/hook"})
    owner.buy(owner.quote(cast.line())["id"], "key")
    for path in ("/statement", "/webhook-endpoints", "/webhook-deliveries"):
        assert owner.get(path).body["items"], path
        assert other.get(path).body["items"] == [], path


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "",
        "/",
        "/lines/",
        "/lines/a/b",
        "/problems",
        "/problems/none",
        "/orders//cancel",
        "/..%2f",
        "/orders/%0A/cancel",
        "%0A",
    ],
)
def test_unknown_paths(shop, wall, path):
    assert (program().get(path).status, program("b").get(path).code) == (404, "not_found")


def test_wrong_methods_name_the_right_ones(shop, wall):
    seller = program()
    for method, path, allowed in (
        ("PUT", "/quotes", "POST"),
        ("DELETE", "/lines", "GET, HEAD"),
        ("PATCH", "/webhook-endpoints", "GET, POST, HEAD"),
        ("OPTIONS", "/account", "GET, HEAD"),
        ("TRACE", "/account", "GET, HEAD"),
        ("POST", "/docs", "GET, HEAD"),
        ("GET", "/webhooks/sandbox", "POST"),
        ("DELETE", "/problems/malformed", "GET, HEAD"),
    ):
        said = seller.ask(method, path)
        assert (said.status, said.code, said.headers["Allow"]) == (405, "method_not_allowed", allowed)


def test_head_is_get_without_the_body(shop, wall):
    said = program().ask("HEAD", "/account")
    assert (said.status, said.raw) == (200, b"")


BAD = {
    "empty": b" ",
    "no JSON": b"{",
    "not UTF-8": b'{"items": "\xff\xfe"}',
    "half a surrogate": b'{"url": "https://\\ud800.example"}',
    "an array": b"[]",
    "deep": b"[" * 200_000,
    "deep inside": b'{"items":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "deep unknown": b'{"x":' + b'{"x":' * 100_000 + b"1" + b"}" * 100_001,
    "a huge number": b'{"items": 1e400}',
    "not a number": b'{"items": NaN}',
    "twice": b'{"quote_id": 1, "quote_id": 2}',
    "null": b"null",
}


@pytest.mark.parametrize("raw", BAD.values(), ids=list(BAD))
def test_bad_bodies(shop, wall, raw):
    seller = program("op", "operator")
    for route in routes():
        if route.takes and route.scope:
            said = seller.ask(route.method, at(route), raw=raw, Idempotency_Key="k")
            assert (said.status, said.code) == (400, "malformed"), route.name


def test_bodies_too_large(shop, wall):
    seller = program("op", "operator")
    raw = json.dumps({"records": "x" * 10_000_000}).encode()
    for route in routes():
        if route.takes or route.signed:
            said = seller.ask(route.method, at(route), raw=raw)
            assert (said.status, said.code, said.body["most"]) == (413, "too_large", 1 << 20), route.name


@pytest.mark.parametrize(
    "type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "multipart/form-data; boundary=x",
    ],
)
def test_other_content_types(shop, wall, type):
    for route in routes():
        if route.takes and route.scope:
            said = program(f"{route.name} {type}", "operator").ask(
                route.method, at(route), raw=b"{}", type=type
            )
            assert (said.status, said.code) == (415, "media_type_unsupported"), route.name


def test_a_charset_is_no_other_type(shop, wall):
    assert program().ask("POST", "/quotes", {}, type="application/json; charset=utf-8").code == "malformed"


@pytest.mark.parametrize(
    "query",
    [
        "?limit=0",
        "?limit=101",
        "?limit=x",
        "?limit=1&limit=2",
        "?page=2",
        "?cursor=null",
        "?limit=NULL",
        "?cursor=%00",
        "?cursor=***",
        "?cursor=AA",
        "?cursor=eA",
    ],
)
def test_bad_questions(shop, wall, query):
    seller = program()
    assert seller.get("/statement" + query).code == "malformed"
    assert seller.get("/webhook-deliveries" + query).code == "malformed"
    assert seller.get("/plans" + query + f"&line_id={cast.line()}").code == "malformed"


@pytest.mark.parametrize(
    "query", ["", "?msisdn=", "?iccid=&msisdn=", "?msisdn=0901&iccid=89", "?msisdn=%00123", "?imsi=44010"]
)
def test_a_search_needs_exactly_one_thing(shop, wall, query):
    assert program().get("/lines" + query).code == "malformed"


def test_nul_letters_never_reach_the_database(shop, wall):
    seller = program("op", "operator")
    assert seller.post("/webhook-endpoints", {"url": "https://example.com/\0"}).code == "malformed"
    record = {
        "record": "a\0b",
        "msisdn": "+819000000000",
        "good": "data",
        "amount": 1,
        "at": "2026-11-22T00:00:00Z",
    }
    assert seller.post("/usage", {"records": [record]}).code == "malformed"
    assert seller.post(f"/orders/{UNKNOWN}/refund", {"reason": "\0"}).code == "malformed"
    assert seller.get("/lines/%00").code == "not_found"


def test_a_key_is_shown_once_and_kept_nowhere(shop, wall):
    from django.db import connection

    secret = program().secret
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_jsonb(k)::text FROM records_apikey k UNION ALL SELECT to_jsonb(a)::text "
            "FROM records_auditentry a"
        )
        rows = [row[0] for row in cursor.fetchall()]
    assert any(secret[:12] in row for row in rows)
    assert not any(secret[12:] in row for row in rows)


def test_a_rotated_key_overlaps_and_a_revoked_one_ends(shop, wall):
    from tsuzuki.actions.people import keys
    from tsuzuki.core.errors import Refused

    old = program()
    _, secret = keys.rotate(old.secret[:12], "test", cast.NOON, timedelta(hours=2))
    new = Program(secret)
    assert (old.get("/account").status, new.get("/account").status) == (200, 200)
    wall.at += timedelta(hours=2)
    assert (old.get("/account").status, new.get("/account").status) == (401, 200)
    keys.revoke(secret[:12], "test", wall.at)
    assert new.get("/account").code == "unauthorized"
    with pytest.raises(Refused, match="key_unknown"):
        keys.rotate(secret[:12], "test", wall.at)


def test_a_key_expires_and_dies_with_its_account(shop, wall):
    from tsuzuki.actions.money import accounts
    from tsuzuki.actions.people import keys

    program("shop")
    _, secret = keys.make(
        account_of(), "short", ["account:read"], "test", cast.NOON, cast.NOON + timedelta(hours=1)
    )
    short = Program(secret)
    assert short.get("/account").status == 200
    wall.at += timedelta(hours=1)
    assert short.get("/account").code == "unauthorized"
    _, secret = keys.make(account_of(), "long", ["account:read"], "test", cast.NOON)
    accounts.close(account_of().id, "test", wall.at)
    assert Program(secret).get("/account").code == "unauthorized"


def test_a_reseller_cannot_have_the_networks_scope(shop, wall):
    from tsuzuki.core.errors import Refused

    for scope in ("usage:write", "everything"):
        with pytest.raises(Refused, match="scope_unknown"):
            program(scope, "reseller", scope)


def test_a_key_is_limited(shop, wall):
    from tsuzuki.records.models import ApiKey

    seller, other = program(), program("other")
    ApiKey.objects.filter(prefix=seller.secret[:12]).update(per_minute=3)
    assert [seller.get("/account").status for _ in range(4)] == [200, 200, 200, 429]
    wall.at += timedelta(seconds=45)
    said = seller.get("/nothing-but-known?x")
    assert said.status == 404  # what is nowhere costs nothing
    said = seller.get("/account")
    assert (said.code, said.headers["Retry-After"], said.body["seconds"]) == ("rate_limited", "15", 15)
    assert other.get("/account").status == 200
    wall.at += timedelta(seconds=15)
    assert seller.get("/account").status == 200


def test_numbers_tried_in_bulk_are_stopped(shop, wall, monkeypatch):
    from tsuzuki.api import lines

    monkeypatch.setattr(lines, "MISSES", 5)
    seller = program()
    said = [seller.get(f"/lines?msisdn=0901111000{n}").code for n in range(6)]
    assert said == ["number_unknown"] * 5 + ["rate_limited"]


def test_a_bug_of_ours_is_a_problem_without_a_trace(shop, wall, monkeypatch):
    from structlog.testing import capture_logs

    from tsuzuki.actions.money import accounts

    seller = program(balance=5000)
    quote = seller.quote(cast.line())["id"]

    def broken(*_):
        raise ZeroDivisionError("secret words")

    with monkeypatch.context() as patch, capture_logs() as said:
        patch.setattr(accounts, "reserve", broken)
        got = seller.buy(quote, "key")
    assert (got.status, got.code) == (500, "internal_error")
    assert b"secret" not in got.raw
    assert [entry["event"] for entry in said] == ["api broke"]
    assert seller.buy(quote, "key").status == 201


def test_problem_pages(shop, wall):
    from tsuzuki.core.errors import Code

    for code in Code:
        page = Program(language="ja").get(f"/problems/{code.value}")
        assert (page.status, page.headers["Content-Language"]) == (200, "ja")
        assert code.value in page.raw.decode()
    assert "キー" in Program(language="ja").get("/problems/unauthorized").raw.decode()
