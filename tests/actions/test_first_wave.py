"""A database filled by the first version of this program (commit 6b0db1a) is carried to today's tables, and its books hold.

`tests/data/first_wave.json.gz` holds the migrations it stood at and each table's columns and rows as COPY wrote them: orders in
every state, credit, vouchers, refunds done and owed, a charge-back, a carrier's reversal, a reseller, staff, letters and audit.
"""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests import conftest
from tests.cast import NOON

FIRST = json.loads(gzip.decompress((Path(__file__).parents[1] / "data" / "first_wave.json.gz").read_bytes()))


@pytest.fixture
def first_wave(template: str) -> Iterator[dict[str, str]]:
    """The state of each order, as it was before the migrations."""
    from django.core.management import call_command
    from django.db import connection, connections, transaction

    name = f"first_{uuid.uuid4().hex[:12]}"
    conftest._admin(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    conftest.use(name)
    for app, migration in FIRST["migrations"].items():
        call_command("migrate", app, migration.split("_")[0], verbosity=0)
    with transaction.atomic(), connection.cursor() as cursor:
        for table, (columns, rows) in FIRST["tables"].items():
            if table == "records_operator":  # a migration makes that row
                cursor.execute(f"DELETE FROM {table}")
            named = ", ".join(f'"{column}"' for column in columns)
            with cursor.copy(f"COPY {table} ({named}) FROM STDIN") as copy:
                copy.write(rows.encode())
            if "id" in columns:
                cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
                (sequence,) = cursor.fetchone()
                if sequence:
                    cursor.execute(f"SELECT setval(%s, (SELECT max(id) FROM {table}))", [sequence])
    with connection.cursor() as cursor:
        cursor.execute("SELECT id::text, state FROM records_order")
        before = dict(cursor.fetchall())
    call_command("migrate", verbosity=0)
    yield before
    connections.close_all()
    conftest._admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def test_a_database_of_the_first_version_is_carried_over_whole(first_wave):
    from tsuzuki.actions.verify import verify
    from tsuzuki.records.models import Order

    assert {str(id): state for id, state in Order.objects.values_list("id", "state")} == first_wave
    assert {"delivered", "awaiting_payment", "cancelled", "refunded", "refund_owed", "reversed"} <= set(first_wave.values())
    assert verify(NOON + timedelta(days=3)).faults == ()
