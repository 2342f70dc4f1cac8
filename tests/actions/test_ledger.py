"""The ledger: append-only by trigger, an event once, balances and statements, and a verify that finds what is
wrong.
"""

from datetime import timedelta
from uuid import UUID

import pytest

from tests.cast import NOON
from tsuzuki.core.ledger_event import LedgerEvent

E, F, G = (LedgerEvent.order_delivered(UUID(int=number)) for number in (1, 2, 3))
COLUMNS = (
    "(event, kind, subject_type, subject_id, detail, position, source, destination, minor, currency, at)"
)


def event(key: str) -> str:
    """The columns of an event in SQL."""
    return f"'{key}', 'order_delivered', 'order', '{UUID(int=1)}', ''"


@pytest.fixture
def book(database):
    from tsuzuki.ledger import book

    return book


def posting(source: str = "a", destination: str = "b", minor: int = 100, currency: str = "JPY"):
    from tsuzuki.core.money import Money
    from tsuzuki.core.postings import Posting

    return Posting(source, destination, Money(minor, currency))


def run(sql: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_transfer SET minor = 1",
        f"UPDATE ledger_transfer SET at = at WHERE event = '{E.key}'",
        "DELETE FROM ledger_transfer",
        f"DELETE FROM ledger_transfer WHERE event = '{E.key}'",
        "TRUNCATE ledger_transfer",
        "TRUNCATE ledger_transfer CASCADE",
        f"INSERT INTO ledger_transfer {COLUMNS} "
        f"VALUES ({event(E.key)}, 0, 'a', 'b', 5, 'JPY', now()) ON CONFLICT (event, position) DO "
        "UPDATE SET minor = 5",
        "MERGE INTO ledger_transfer USING (SELECT 1) x ON true WHEN MATCHED THEN DELETE",
    ],
)
def test_nothing_is_changed_in_place(book, sql):
    from django.db import DatabaseError

    book.post({E: [posting()]}, NOON)
    with pytest.raises(DatabaseError, match="append-only"):
        run(sql)
    assert book.balances() == {"a": {"JPY": -100}, "b": {"JPY": 100}}


def test_nor_through_the_orm(book):
    from django.db import DatabaseError

    from tsuzuki.ledger.models import Transfer

    book.post({E: [posting()]}, NOON)
    row = Transfer.objects.get()
    row.minor = 5
    for change in (
        row.save,
        row.delete,
        lambda: Transfer.objects.update(minor=5),
        Transfer.objects.all().delete,
    ):
        with pytest.raises(DatabaseError, match="append-only"):
            change()
    assert Transfer.objects.get().minor == 100


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        (f"{event('x')}, 0, 'a', 'b', 0, 'JPY', now()", "ledger_amount_positive"),
        (f"{event('x')}, 0, 'a', 'b', -5, 'JPY', now()", "ledger_amount_positive"),
        (f"{event('x')}, 0, 'a', 'a', 5, 'JPY', now()", "ledger_two_sides"),
        (f"{event(E.key)}, 0, 'a', 'b', 5, 'JPY', now()", "ledger_event_once"),
        (f"{event('x')}, 0, 'a', 'b', NULL, 'JPY', now()", "not-null"),
        (f"{event('x')}, 0, NULL, 'b', 5, 'JPY', now()", "not-null"),
    ],
)
def test_a_row_that_is_no_entry_is_refused_by_the_table(book, values, constraint):
    from django.db import DatabaseError

    book.post({E: [posting()]}, NOON)
    with pytest.raises(DatabaseError, match=constraint):
        run(f"INSERT INTO ledger_transfer {COLUMNS} VALUES ({values})")


def test_an_event_twice_is_once(book):
    entries = [posting(), posting("b", "c", 40)]
    assert book.post({E: entries}, NOON) == 2
    assert book.post({E: entries}, NOON + timedelta(days=1)) == 0
    assert book.post({E: entries, F: [posting()]}, NOON) == 1
    assert book.balances() == {"a": {"JPY": -200}, "b": {"JPY": 160}, "c": {"JPY": 40}}


@pytest.mark.parametrize(
    "other",
    [
        [posting(minor=101)],
        [posting("a", "c")],
        [posting("b", "a")],
        [posting(currency="CNY")],
        [posting(), posting("b", "c", 1)],
        [posting("b", "c", 1), posting()],
    ],
)
def test_an_event_with_other_postings_is_a_bug_and_aborts(book, other):
    from django.db import transaction

    book.post({E: [posting()]}, NOON)

    def all_of_it() -> None:
        with transaction.atomic():
            book.post({G: [posting("x", "y")]}, NOON)
            book.post({E: other}, NOON)

    with pytest.raises(book.EventReused, match=E.key):
        all_of_it()
    assert book.balances() == {"a": {"JPY": -100}, "b": {"JPY": 100}}


def test_an_event_with_fewer_postings_is_a_bug_too(book):
    book.post({E: [posting(), posting("b", "c", 1)]}, NOON)
    with pytest.raises(book.EventReused):
        book.post({E: [posting()], F: [posting()]}, NOON)


def test_nothing_to_post(book):
    assert book.post({}, NOON) == book.post({E: []}, NOON) == 0
    assert book.postings_of(E) == []


def test_balance_by_account_and_currency(book):
    from tsuzuki.core.money import Money

    book.post({E: [posting(), posting("b", "c", 30), posting("a", "b", 7, "CNY")]}, NOON)
    assert [book.balance(account, "JPY") for account in "abcd"] == [
        Money(minor, "JPY") for minor in (-100, 70, 30, 0)
    ]
    assert book.balance("b", "CNY") == Money(7, "CNY")
    assert book.currencies() == ["CNY", "JPY"]


def test_balances_leave_out_what_is_zero_and_take_a_prefix_literally(book):
    pairs = [("a_b", "x"), ("axb", "y"), ("a%b", "z"), ("x", "q"), ("n", "n2"), ("n2", "n")]
    book.post({E: [posting(*pair) for pair in pairs]}, NOON)
    assert set(book.balances("a_")) == {"a_b"}
    assert set(book.balances("a%")) == {"a%b"}
    assert set(book.balances()) == {"a_b", "axb", "a%b", "q", "y", "z"}


def test_a_statement_tells_what_moved_an_account_oldest_first(book):
    book.post({F: [posting()]}, NOON)
    book.post(
        {G: [posting("b", "c", 30), posting("c", "b", 5), posting("a", "b", 7, "CNY")]},
        NOON + timedelta(days=1),
    )
    entries = [
        (entry.event, entry.other, entry.amount.minor, entry.at) for entry in book.statement("b", "JPY")
    ]
    assert entries == [
        (F, "a", 100, NOON),
        (G, "c", -30, NOON + timedelta(days=1)),
        (G, "c", 5, NOON + timedelta(days=1)),
    ]
    assert sum(amount for _, _, amount, _ in entries) == book.balance("b", "JPY").minor


def test_what_moved_some_families_in_a_span_of_time(book):
    book.post(
        {
            E: [
                posting("held:1", "refund:1", 5),
                posting("held:2", "refund:2", 6),
                posting("held:1", "unearned", 7),
            ]
        },
        NOON,
    )
    book.post(
        {F: [posting("refund:1", "held:1", 3), posting("held:1", "refund:1", 2, "CNY")]},
        NOON + timedelta(days=1),
    )
    from tsuzuki.core.money import Money

    day = [("refund:1", Money(5, "JPY")), ("refund:2", Money(6, "JPY"))]
    assert book.moved(["refund"], NOON, NOON + timedelta(days=1)) == day
    next_day = [("refund:1", Money(2, "CNY")), ("refund:1", Money(-3, "JPY"))]
    assert book.moved(["refund"], NOON + timedelta(seconds=1), NOON + timedelta(days=2)) == next_day
    assert book.moved(["unearned"], NOON, NOON + timedelta(days=2)) == [("unearned", Money(7, "JPY"))]
    assert book.moved(["held", "unearned"], NOON - timedelta(days=1), NOON) == []


def test_verify_of_sound_books(book):
    book.post({E: [posting(), posting("b", "c", 30)]}, NOON)
    assert book.verify() == book.LedgerReport(2, 3, ())


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE ledger_transfer DISABLE TRIGGER ledger_only_insert_rows",
        "ALTER TABLE ledger_transfer DISABLE TRIGGER ALL",
        "DROP TRIGGER ledger_only_insert_table ON ledger_transfer",
    ],
)
def test_verify_finds_a_guard_that_is_off(book, sql):
    assert book.verify().faults == ()
    run(sql)
    assert len(book.verify().faults) == 1
    assert "triggers" in book.verify().faults[0]


def test_verify_finds_a_trigger_that_only_fires_for_replicas(book):
    """Enabled in name: it would never fire in a session of ours."""
    run("ALTER TABLE ledger_transfer ENABLE REPLICA TRIGGER ledger_only_insert_rows")
    assert book.verify().faults != ()


def test_verify_finds_an_entry_that_was_taken_out(book):
    book.post({E: [posting(), posting("b", "c", 30)]}, NOON)
    run("ALTER TABLE ledger_transfer DISABLE TRIGGER ALL")
    run(f"DELETE FROM ledger_transfer WHERE event = '{E.key}' AND position = 0")
    run("ALTER TABLE ledger_transfer ENABLE TRIGGER ALL")
    assert book.verify().faults == (f"an event whose positions have a gap: {E.key}",)


def test_verify_of_records_finds_an_amount_that_was_changed(shop):
    from tsuzuki.actions.money.verify import verify
    from tsuzuki.records.models import Lot, Order, Tender

    shop.sell()
    shop.sell("credit-3000")
    assert verify(NOON).faults == ()
    for table, found, change in (
        (Tender, {"minor": 990}, {"minor": 991}),
        (Order, {"minor": 990}, {"state": "refunded"}),
        (Order, {"minor": 990}, {"earned_minor": 1}),
        (Lot, {"good": "credit"}, {"remaining": 2999}),
        (Lot, {"good": "data"}, {"state": "void"}),
    ):
        id = table.objects.get(**found).id
        before = table.objects.filter(id=id).values(*change).get()
        table.objects.filter(id=id).update(**change)
        assert verify(NOON).faults != (), change
        table.objects.filter(id=id).update(**before)
    assert verify(NOON).faults == ()
