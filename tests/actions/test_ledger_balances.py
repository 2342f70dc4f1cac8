# ruff: noqa: F811 (a test names the fixture it asks for)
"""Balances brought forward: always what all entries say, whoever writes meanwhile; and no question reads more
than it must.
"""

import json
import threading
from datetime import timedelta

import pytest

from tests.actions.test_ledger import E, F, G, book, event, posting, run  # noqa: F401 (book is a fixture: pytest finds it by its name)
from tests.cast import NOON


def bring_forward() -> int:
    from tsuzuki.actions.money import check_books

    return check_books.bring_forward()


def kept() -> list[tuple]:
    from tsuzuki.ledger.models import Balance

    return list(Balance.objects.order_by("id").values_list("account", "currency", "minor"))


def test_a_balance_is_what_was_brought_forward_and_what_came_after(book):
    book.post({E: [posting("unearned", "revenue:p", 100), posting("held:1", "unearned", 60)]}, NOON)
    assert bring_forward() == 2  # not held: an account of one record
    assert sorted(kept()) == [("revenue:p", "JPY", 100), ("unearned", "JPY", -40)]
    book.post({F: [posting("unearned", "revenue:p", 5), posting("unearned", "revenue:p", 7, "CNY")]}, NOON)
    assert (book.balance("unearned", "JPY").minor, book.balance("unearned", "CNY").minor) == (-45, -7)
    assert (book.balance("revenue:p", "JPY").minor, book.balance("held:1", "JPY").minor) == (105, -60)
    assert bring_forward() == 4
    assert bring_forward() == 0
    assert kept()[2:] == [
        ("revenue:p", "CNY", 7),
        ("revenue:p", "JPY", 105),
        ("unearned", "CNY", -7),
        ("unearned", "JPY", -45),
    ]
    assert book.balance("unearned", "JPY").minor == -45
    assert book.verify().faults == ()


def test_an_account_that_rests_keeps_its_balance(book):
    book.post({E: [posting("cash", "loss:refund", 9)]}, NOON)
    bring_forward()
    book.post({F: [posting("cash", "tax:10", 1)]}, NOON)
    assert bring_forward() == 2
    assert [row for row in kept() if row[0] == "loss:refund"] == [("loss:refund", "JPY", 9)]
    assert (book.balance("loss:refund", "JPY").minor, book.balance("cash", "JPY").minor) == (9, -10)
    assert book.verify().faults == ()


def test_thrown_away_they_are_summed_anew(book):
    from tsuzuki.ledger.models import Balance

    book.post({E: [posting("cash", "tax:10", 9)]}, NOON)
    bring_forward()
    book.post({F: [posting("cash", "tax:10", 1)]}, NOON)
    bring_forward()
    Balance.objects.filter(account="cash").delete()
    assert book.balance("cash", "JPY").minor == -10
    book.post({G: [posting("cash", "tax:10", 5)]}, NOON)
    bring_forward()
    assert kept()[-2:] == [("cash", "JPY", -15), ("tax:10", "JPY", 15)]
    assert book.verify().faults == ()


def test_none_is_ever_changed(book):
    from django.db import DatabaseError

    book.post({E: [posting("cash", "tax:10", 9)]}, NOON)
    bring_forward()
    with pytest.raises(DatabaseError, match="append-only"):
        run("UPDATE ledger_balance SET minor = 1")


@pytest.mark.parametrize("which", [0, 1])
def test_verify_finds_a_wrong_one(book, which):
    from tsuzuki.ledger.models import Balance

    for one in (E, F):
        book.post({one: [posting("cash", "tax:10", 9)]}, NOON)
        bring_forward()
    row = Balance.objects.filter(account="cash").order_by("id")[which]
    Balance.objects.filter(id=row.id).delete()
    Balance.objects.create(account="cash", currency="JPY", until=row.until, minor=row.minor - 1)
    assert book.verify().faults == ("a balance brought forward that is not what its entries say: cash",)


def test_an_entry_that_is_committed_late_is_not_lost(book):
    """Its id was drawn before others', and it appears after them: whoever brings balances forward does not
    pass it by.
    """
    from django.db import connection, transaction

    drawn, go_on = threading.Event(), threading.Event()

    def late() -> None:
        with transaction.atomic():
            book.post({E: [posting("cash", "tax:10", 9)]}, NOON)
            drawn.set()
            go_on.wait(30)
        connection.close()

    other = threading.Thread(target=late)
    other.start()
    assert drawn.wait(30)
    book.post({F: [posting("cash", "tax:10", 1)]}, NOON)
    assert bring_forward() == 0  # somebody still posts: not now
    assert kept() == []
    go_on.set()
    other.join(30)
    assert bring_forward() == 2
    assert book.balance("cash", "JPY").minor == -10
    assert book.verify().faults == ()


MANY = """
INSERT INTO ledger_transfer
  (event, kind, subject_type, subject_id, detail, position, source, destination, minor, currency, at)
SELECT 'order ' || id || ' delivered', 'order_delivered', 'order', id, '', position,
  CASE position WHEN 2 THEN 'deferred_cost' ELSE 'held:' || id END,
  CASE position WHEN 0 THEN 'tax:10' WHEN 1 THEN 'unearned' ELSE 'carrier:c' || n % 5 END,
  10, 'JPY', timestamptz '2024-01-01 00:00Z' + n * interval '10 minutes'
FROM (SELECT n, md5(n::text)::uuid AS id FROM generate_series(1, 50000) n) orders,
  generate_series(0, 2) position;
INSERT INTO ledger_transfer
  (event, kind, subject_type, subject_id, detail, position, source, destination, minor, currency, at)
SELECT 'order ' || id || ' commission', 'order_commission', 'order', id, '', 0,
  'commission:p', 'account:' || md5((n % 3)::text)::uuid,
  1, 'JPY', timestamptz '2025-01-01 00:00Z' + n * interval '10 minutes'
FROM (SELECT n, md5(n::text)::uuid AS id FROM generate_series(1, 50000) n) orders;
"""


@pytest.fixture
def many(book):
    """200,000 entries of 50,000 orders; balances brought forward, and a day more since."""
    from django.db import connection

    run(MANY)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE ledger_transfer")
    assert bring_forward() == 12
    book.post({event_of_day(n): [posting("unearned", "revenue:p", 1)] for n in range(20)}, NOON)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE ledger_transfer, ledger_balance")
    return book


def event_of_day(number: int):
    from uuid import UUID

    from tsuzuki.core.ledger_event import LedgerEvent

    return LedgerEvent.revenue_recognised(NOON.date(), UUID(int=number + 1))


def read(ask) -> tuple[set[str], int]:
    """What a question scans the ledger by, and the most entries one such scan looked at."""
    from django.db import connection

    scans, most = set(), 0

    def explained(execute, sql, params, many, context):
        """A question's plan with its counts, and then the question itself."""
        nonlocal most
        if sql.split()[0].lstrip("(") in ("SELECT", "INSERT", "WITH"):
            plan = (
                context["connection"]
                .connection.execute("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + sql, params)
                .fetchone()[0]
            )
            for node in _nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]):
                if node["Node Type"] == "Bitmap Index Scan":
                    scans.add(node["Index Name"])
                elif node.get("Relation Name") == "ledger_transfer" and node["Node Type"] != "ModifyTable":
                    scans.add(node.get("Index Name", node["Node Type"]))
                    rows = (
                        node["Actual Rows"]
                        + node.get("Rows Removed by Filter", 0)
                        + node.get("Rows Removed by Index Recheck", 0)
                    )
                    most = max(most, int(rows * node["Actual Loops"]))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        ask()
    return scans, most


def _nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def test_no_question_reads_more_than_it_must(many):
    """What each asks the ledger, by which indexes and how many entries it looks at; none scans the table."""
    from tsuzuki.core.money import Money
    from tsuzuki.ledger import statement_pages
    from tsuzuki.ledger.models import Transfer

    one = next(iter(many.statement("carrier:c1", "JPY"))).event
    reseller = Transfer.objects.filter(source="commission:p").values_list("destination", flat=True)[0]
    month = NOON - timedelta(days=500), NOON - timedelta(days=470)
    seen = {
        "a balance": (lambda: many.balance("unearned", "JPY"), 20),
        "what one record holds": (lambda: many.balance_of_each_currency(f"held:{one.subject_id}"), 2),
        "an event's postings": (lambda: many.postings_of(one), 3),
        "the first page of a statement": (lambda: statement_pages.page(reseller, "JPY", None, 101), 500),
        "a later page": (lambda: statement_pages.page(reseller, "JPY", 190_000, 101), 500),
        "what was posted of records": (lambda: statement_pages.written([one.subject_id]), 4),
        "a month": (lambda: many.moved(["commission"], *month), 8_000),
        "a posting": (lambda: many.post({event_of_day(99): [posting("unearned", "revenue:p", 1)]}, NOON), 1),
        "bringing forward": (bring_forward, 30),
    }
    for name, (ask, most) in seen.items():
        scans, rows = read(ask)
        assert scans, name
        assert "Seq Scan" not in scans, name
        assert rows <= most, (name, scans)
    assert many.balance("unearned", "JPY") == Money(500_000 - 21, "JPY")
