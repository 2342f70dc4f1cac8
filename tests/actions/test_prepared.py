"""Statements are prepared once for a connection; another version's migration must not break those of the one
that still runs.
"""

from __future__ import annotations

import pytest

from tests import cast
from tests.cast import NOON

READ_BY_HAND = ("line", "carrier", "plan", "quote", "purchase", "order", "period", "lot", "refund", "attempt")


@pytest.fixture
def add_columns():
    from django.db import connection

    def change(what: str) -> None:
        with connection.cursor() as cursor:
            for table in READ_BY_HAND:
                cursor.execute(f"ALTER TABLE records_{table} {what}")

    yield lambda: change("ADD COLUMN next_version int")
    change("DROP COLUMN IF EXISTS next_version")


def test_a_column_that_comes_meanwhile_breaks_nothing(shop, add_columns):
    """Seen to fail when a statement of `records.queries` reads `*`."""
    from tsuzuki.actions.order.acceptance import PaymentChoice

    line = cast.line()
    cast.give_credit(line, 9000)

    def buy() -> list[str]:
        purchase = cast.buy(line, "data-3gb", PaymentChoice("credit"), now=NOON)
        cast.go()
        return cast.states(purchase)

    for _ in range(3):  # the third is prepared
        assert buy() == ["delivered"]
    add_columns()
    assert buy() == ["delivered"]


def test_no_statement_reads_whatever_columns_there_are(source):
    stars = [
        f"{file}: {line.strip()}"
        for file, text in source.items()
        for line in text.splitlines()
        if "SELECT *" in line or ".* FROM" in line
    ]
    assert [line for line in stars if "unnest(" not in line and "FROM (" not in line] == []


@pytest.fixture
def source() -> dict[str, str]:
    from pathlib import Path

    import tsuzuki

    root = Path(tsuzuki.__file__).parent
    apart = {"sandbox", "migrations"}  # SQLite, and what is written once
    return {
        str(path): path.read_text()
        for path in root.rglob("*.py")
        if not apart & set(path.relative_to(root).parts)
    }
