# ruff: noqa: F811
"""A reseller's program that means harm: what it must not learn of a line, spend, or break."""

from __future__ import annotations

from tests import cast
from tests.actions.conftest import balances, running_sandbox, sandbox, shop  # noqa: F401 (fixtures)
from tests.faces.program import Program, program, wall  # noqa: F401 (fixtures)

NONE = {"old_end": None, "starts_at": None, "new_end": None}


def sold_by_another():
    """A line on which a plan runs that somebody else sold."""
    line = cast.line()
    cast.buy(line, "data-3gb", cast.voucher(990))
    cast.go()
    return line


def dates(shown: dict) -> dict:
    return {name: shown[name] for name in NONE}


def test_a_reseller_learns_no_date_of_what_somebody_else_sold(shop, wall):
    seller, ours, line = program(balance=5000), program("ours", "operator"), sold_by_another()
    starts = seller.plan(line, "data-3gb")["starts"]
    assert [start["start"] for start in starts] == ["now", "after_current"]
    assert {start[name] for start in starts for name in ("starts_at", "new_end")} == {None}
    quote = seller.quote(line)
    assert dates(quote["items"][0]) == NONE
    unpaid = seller.buy(quote["id"], "key-1", {"method": "sandbox"}).body["orders"][0]["id"]
    assert dates(seller.get(f"/orders/{unpaid}").body) == NONE
    assert dates(seller.post(f"/orders/{unpaid}/cancel").body) == NONE
    whole = ours.quote(line)["items"][0]
    assert dates(whole) == {"old_end": "2026-12-22T15:00:00Z", "starts_at": "2026-12-22T15:00:00Z", "new_end": "2027-01-21T15:00:00Z"}


def test_what_it_sold_itself_it_may_know(shop, wall):
    seller, line = program(balance=5000), sold_by_another()
    order = seller.buy(seller.quote(line)["id"], "key-1").body["orders"][0]["id"]
    cast.go()
    assert dates(seller.get(f"/orders/{order}").body) == {
        "old_end": None, "starts_at": "2026-12-22T15:00:00Z", "new_end": "2027-01-21T15:00:00Z",
    }  # fmt: skip
    own = cast.line()
    assert seller.buy(seller.quote(own)["id"], "key-2").status == 201
    cast.go()
    assert seller.quote(own)["items"][0]["old_end"] == "2026-12-22T15:00:00Z"


def test_a_reseller_neither_spends_nor_counts_the_balance_of_a_line(shop, wall):
    seller, ours, line = program(), program("ours", "operator"), cast.line()
    cast.give_credit(line, 3000)
    before = balances("credit:")
    quote = seller.quote(line)
    assert "credit" not in quote["payment_methods"]
    said = seller.buy(quote["id"], "key-1", {"method": "credit"})
    short = seller.buy(seller.quote(line, "data-20gb")["id"], "key-2", {"method": "credit"})
    assert (said.code, short.code) == ("method_unknown", "method_unknown")
    plan = seller.plan(line, "data-3gb")["id"]
    asked = {"items": [{"line_id": str(line), "kind": "plan", "plan_id": plan}], "payment_methods": ["credit"]}
    assert seller.post("/quotes", asked).code == "method_unknown"
    assert balances("credit:") == before
    assert ours.buy(ours.quote(line)["id"], "key-3", {"method": "credit"}).status == 201


def test_what_is_not_set_up_pays_nothing(shop, wall):
    """Cash is a way to pay this program knows, but this shop does not take."""
    seller = program(balance=5000)
    quote = seller.quote(cast.line())
    assert "byhand" not in quote["payment_methods"]
    assert seller.buy(quote["id"], "key-1", {"method": "byhand"}).code == "method_unknown"
    assert seller.buy(quote["id"], "key-1", {"method": "account"}).status == 201


def test_a_thousand_questions_are_refused_and_call_nobody(shop, wall):
    said = program().get("/lines?" + "&".join(f"a{n}=1" for n in range(1100)))
    assert (said.status, said.code) == (400, "malformed")


def test_pages_for_readers_let_nothing_in(shop, wall):
    for path in ("/docs", "/problems/unauthorized"):
        policy = Program().get(path).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
