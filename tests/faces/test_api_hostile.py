# ruff: noqa: F811 (a test names the fixture it asks for)
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
    assert [start["start"] for start in starts] == ["after_current"]
    assert {start[name] for start in starts for name in ("starts_at", "new_end")} == {None}
    quote = seller.quote(line)
    assert dates(quote["items"][0]) == NONE
    unpaid = seller.buy(quote["id"], "key-1", {"method": "sandbox"}).body["orders"][0]["id"]
    assert dates(seller.get(f"/orders/{unpaid}").body) == NONE
    assert dates(seller.post(f"/orders/{unpaid}/cancel").body) == NONE
    whole = ours.quote(line)["items"][0]
    assert dates(whole) == {
        "old_end": "2026-12-22T15:00:00Z",
        "starts_at": "2026-12-22T15:00:00Z",
        "new_end": "2027-01-21T15:00:00Z",
    }


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
    asked = {
        "items": [{"line_id": str(line), "kind": "plan", "plan_id": plan}],
        "payment_methods": ["credit"],
    }
    assert seller.post("/quotes", asked).code == "method_unknown"
    assert balances("credit:") == before
    assert ours.buy(ours.quote(line)["id"], "key-3", {"method": "credit"}).status == 201


def test_what_is_not_set_up_pays_nothing(shop, wall):
    """Cash is a way to pay this program knows, but this shop does not take."""
    seller = program(balance=5000)
    quote = seller.quote(cast.line())
    assert "konbini" not in quote["payment_methods"]
    assert seller.buy(quote["id"], "key-1", {"method": "konbini"}).code == "method_unknown"
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


def test_wrong_keys_are_counted_by_address_and_a_right_one_still_opens(shop, wall, monkeypatch):
    from tsuzuki.api import router

    monkeypatch.setattr(router, "WRONG_KEYS", 3)
    seller = program()
    said = [Program(f"tsk_{n:064x}").get("/account") for n in range(4)]
    assert [one.code for one in said] == ["unauthorized"] * 3 + ["rate_limited"]
    assert {one.raw for one in said[:3]} == {said[0].raw}
    assert int(said[3].headers["Retry-After"]) > 0
    assert Program().get("/account").code == "unauthorized"  # without any key nothing is looked up
    assert seller.get("/account").status == 200


def test_vouchers_cannot_be_guessed_by_a_program(shop, wall, monkeypatch):
    from tsuzuki.api import sales
    from tsuzuki.records.models import Limit

    monkeypatch.setattr(sales, "GUESSES", 3)
    seller, other, line = program(), program("other"), cast.line()
    good = cast.voucher(990).secret

    def redeem(who: Program, code: str, n: int):
        return who.buy(who.quote(line)["id"], f"key-{n}", {"method": "voucher", "voucher_code": code})

    said = [redeem(seller, f"{n:016}", n).code for n in range(4)]
    assert {*said[:3]} <= {"voucher_unknown", "voucher_malformed"}
    assert said[3] == "rate_limited"
    assert redeem(seller, good, 10).code == "rate_limited"  # or the guesses would go on
    assert redeem(other, good, 10).code == "rate_limited"  # another account, from the same address
    assert seller.get("/account").status == 200
    Limit.objects.all().delete()
    assert redeem(other, good, 11).status == 201


def test_a_field_given_twice_is_refused_wherever_it_stands(shop, wall):
    seller, line = program(balance=5000), cast.line()
    plan, quote = seller.plan(line, "data-3gb")["id"], seller.quote(line)["id"]
    item = f'{{"line_id":"{line}","kind":"plan","plan_id":"{plan}"'
    for raw in (
        f'{{"items":[{item}}}],"items":[{item}}}]}}',
        f'{{"items":[{item},"kind":"plan"}}]}}',
        f'{{"items":[{item},"\\u006bind":"plan"}}]}}',
    ):
        said = seller.ask("POST", "/quotes", raw=raw.encode())
        assert (said.status, said.code) == (400, "malformed")
        assert said.body["where"] in ("items", "kind")
    emails = '"email":"a@example.com","email":"b@example.com"'
    twice = f'{{"quote_id":"{quote}","tenders":[{{"method":"account"}}],{emails}}}'
    assert seller.ask("POST", "/purchases", raw=twice.encode(), Idempotency_Key="k").code == "malformed"
    assert seller.ask("POST", "/quotes", raw=f'{{"items":[{item}}}]}}'.encode()).status == 201


def test_a_receipt_goes_only_where_letters_can_go(shop, wall):
    from tsuzuki.records.models import Purchase

    seller, line = program(balance=50_000), cast.line()
    bad = (
        "a@b.co\n",
        '"a@b"@example.com',
        "user@[127.0.0.1]",
        "a@localhost",
        "a\0@b.co",
        "梅@example.com",
        "a..b@b.co",
    )
    for n, email in enumerate(bad):
        said = seller.buy(seller.quote(line)["id"], f"bad-{n}", email=email)
        assert (said.status, said.code) == (422, "email_malformed"), email
    assert not Purchase.objects.exists()
    assert seller.buy(seller.quote(line)["id"], "good", email='"docomo..user."@docomo.ne.jp').status == 201
    assert Purchase.objects.get().email == "docomo..user.@docomo.ne.jp"
    assert seller.buy(seller.quote(line)["id"], "abroad", email="a@faß.de").status == 201
    assert Purchase.objects.get(key="abroad").email == "a@xn--fa-hia.de"


def test_problems_are_kept_by_nobody(shop, wall):
    seller = program()
    for said in (
        seller.get("/nothing"),
        Program().get("/account"),
        seller.ask("PUT", "/quotes"),
        seller.post("/quotes", []),
    ):
        assert said.status >= 400
        assert said.headers["Cache-Control"] == "no-store"


def test_a_program_leaves_only_so_many_orders_unpaid_on_a_line(shop, wall, monkeypatch):
    from tsuzuki.actions.order import unpaid

    monkeypatch.setattr(unpaid, "BY_HOLDER", 2)
    seller, line = program(balance=50_000), cast.line()
    quotes = [seller.quote(line)["id"] for _ in range(4)]
    said = [seller.buy(quote, f"key-{n}", {"method": "sandbox"}) for n, quote in enumerate(quotes[:3])]
    assert [one.status for one in said] == [201, 201, 422]
    assert said[2].code == "too_many_unpaid"
    # The same again is not one more.
    assert seller.buy(quotes[1], "key-1", {"method": "sandbox"}).raw == said[1].raw
    assert seller.buy(quotes[3], "key-3").status == 201  # paid at once
    assert seller.buy(seller.quote(cast.line())["id"], "key-4", {"method": "sandbox"}).status == 201


def test_a_program_that_pays_nothing_writes_to_a_mailbox_only_so_often(shop, wall, monkeypatch):
    """Ordered and given up again and again, each time with a letter to somebody who asked for none."""
    from tsuzuki.api import sales

    monkeypatch.setattr(sales, "LETTERS", 2, raising=False)
    seller, line = program(balance=50_000), cast.line()

    def bought(key: str, email: str, *tenders: dict):
        return seller.buy(seller.quote(line)["id"], key, *(tenders or ({"method": "sandbox"},)), email=email)

    said = [bought(f"key-{n}", f"mei+{n}@example.com") for n in range(2)]
    for one in said:
        assert seller.post(f"/orders/{one.body['orders'][0]['id']}/cancel").status == 200
    assert bought("key-2", "MEI@example.com").code == "rate_limited"
    assert bought("key-3", "rin@example.com").status == 201
    assert bought("key-4", "mei@example.com", {"method": "account"}).status == 201, "who pays may be told so"
