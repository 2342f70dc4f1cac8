"""Writing many new rows of one table with one statement and one value."""

from collections.abc import Sequence

import msgspec
from django.db import connection
from django.db.models import Model


def insert(rows: Sequence[Model]) -> None:
    """Rows whose keys are ours.

    They travel as one JSON text: psycopg's arrays, which bulk_create uses, quote each value in Python.
    """
    if not rows:
        return
    meta = type(rows[0])._meta
    fields = [field for field in meta.concrete_fields if field.column]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    values = msgspec.json.encode(
        [{field.column: getattr(row, field.attname) for field in fields} for row in rows]
    ).decode()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {meta.db_table} ({columns}) "  # noqa: S608 (names of our own tables)
            f"SELECT {columns} FROM jsonb_populate_recordset(NULL::{meta.db_table}, %s::jsonb)",
            [values],
        )
