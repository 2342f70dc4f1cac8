"""Events in the ledger's columns: read back as they were posted, and the same from rows that hold their text
alone.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings

from tests.actions.test_first_wave import first_wave  # noqa: F401 (a fixture)
from tests.actions.test_ledger import E, book, event, posting, run  # noqa: F401 (a fixture)
from tests.cast import NOON
from tests.core.test_ledger_event import events
from tsuzuki.core.ledger_event import LedgerEvent, LedgerEventKind

# ruff: noqa: F811 (a test names the fixture it asks for)
PLAIN = "(event, position, source, destination, minor, currency, at)"  # all that earlier versions wrote


def read(about: LedgerEvent) -> list:
    from tsuzuki.ledger import statement_pages

    return [one.event for one in statement_pages.written([about.subject_id])]


def forget_columns() -> None:
    """The row as an earlier version would have written it."""
    from django.db import connection

    run("ALTER TABLE ledger_transfer DISABLE TRIGGER ledger_only_insert_rows")
    run("ALTER TABLE ledger_transfer DROP CONSTRAINT ledger_event_typed")
    run("UPDATE ledger_transfer SET kind = NULL, subject_type = NULL, subject_id = NULL, detail = NULL")
    run("ALTER TABLE ledger_transfer ENABLE TRIGGER ledger_only_insert_rows")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_transfer WHERE kind IS NULL")
        assert cursor.fetchone()[0] == 1


def test_an_event_is_read_as_it_was_posted_whichever_way_its_row_was_written(book):
    from django.db import transaction

    @settings(max_examples=60)
    @given(events)
    def whatever_the_event(one):
        with transaction.atomic():
            assert book.post({one: [posting()]}, NOON) == 1
            assert read(one) == [one]
            assert book.verify().faults == ()
            forget_columns()
            assert read(one) == [one]
            assert [entry.event for entry in book.statement("a", "JPY")] == [one]
            assert book.post({one: [posting()]}, NOON) == 0
            with pytest.raises(book.EventReused):
                book.post({one: [posting(minor=1)]}, NOON)
            transaction.set_rollback(True)

    whatever_the_event()


def test_every_entry_of_the_first_version_is_an_event_and_is_posted_once(first_wave):
    from tsuzuki.core.ledger_event import SubjectType
    from tsuzuki.ledger import book
    from tsuzuki.ledger.models import Entry, Transfer

    assert not Transfer.objects.exclude(kind=None).exists()
    rows = list(Entry.objects.order_by("id"))
    seen = {book.event_of(row) for row in rows}
    assert None not in seen
    assert {one.key for one in seen} == {row.event for row in rows}
    assert {(row.event, row.subject_type) for row in rows} == {(one.key, one.subject_type) for one in seen}
    assert {one.kind for one in seen} >= {LedgerEventKind.TENDER_REVERSED, LedgerEventKind.REVENUE_RECOGNISED}
    assert {one.subject_type for one in seen} >= {SubjectType.ORDER, SubjectType.ACCOUNT, SubjectType.REFUND}
    assert book.post({one: book.postings_of(one) for one in seen}, NOON + timedelta(days=9)) == 0
    assert Transfer.objects.count() == len(rows)


def test_a_row_without_its_event_as_a_value_is_refused(book):
    from django.db import DatabaseError

    with pytest.raises(DatabaseError, match="ledger_event_typed"):
        run(f"INSERT INTO ledger_transfer {PLAIN} VALUES ('x', 0, 'a', 'b', 1, 'JPY', now())")


def test_verify_finds_an_event_whose_columns_and_text_disagree(book):
    from tests.actions.test_ledger import COLUMNS

    run(
        f"INSERT INTO ledger_transfer {COLUMNS} VALUES "
        f"({event(E.key.replace('delivered', 'undone'))}, 0, 'a', 'b', 5, 'JPY', now())"
    )
    (fault,) = book.verify().faults
    assert "columns" in fault


def test_verify_finds_an_event_that_nobody_knows(book):
    from tsuzuki.ledger import statement_pages

    book.post({E: [posting()]}, NOON)
    run("ALTER TABLE ledger_transfer DROP CONSTRAINT ledger_event_typed")
    run(f"INSERT INTO ledger_transfer {PLAIN} VALUES ('x y', 0, 'a', 'b', 1, 'JPY', now())")
    assert book.verify().faults == ("an event that is none of ours: x y",)
    assert [one.event for one in statement_pages.page("a", "JPY", None, 9)] == [None, E]


def test_all_changes_of_a_commission_are_found_by_their_order(book):
    changes = [LedgerEvent.order_commission(E.subject_id, number) for number in range(1, 7)]
    for one in changes:
        book.post({one: [posting()]}, NOON)
    assert read(E) == changes
