"""Bulk insert: many new rows of one table with one statement."""

from collections.abc import Sequence
from functools import cache

import msgspec
from django.db import connection
from django.db.models import Field, Model


def insert(*groups: Sequence[Model]) -> None:
    """Rows whose keys are ours, each group of one table. Foreign keys between the groups hold: they are
    looked at when all is written.

    They travel as one JSON text: psycopg's arrays, which bulk_create uses, quote each value in Python.
    """
    written = [rows for rows in groups if rows]
    if not written:
        return
    *before, last = (_statement(type(rows[0])) for rows in written)
    named = ", ".join(f"rows{place} AS ({statement})" for place, statement in enumerate(before))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {named} {last}" if named else last, [_json(rows) for rows in written])


@cache
def _fields(model: type[Model]) -> tuple["Field[object, object]", ...]:
    return tuple(field for field in model._meta.concrete_fields if field.column)


@cache
def _statement(model: type[Model]) -> str:
    table, columns = model._meta.db_table, ", ".join(f'"{field.column}"' for field in _fields(model))
    return (
        f"INSERT INTO {table} ({columns}) "  # noqa: S608 (names of our own tables)
        f"SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)"
    )


def _json(rows: Sequence[Model]) -> str:
    fields = [(field.column, field.attname) for field in _fields(type(rows[0]))]
    return msgspec.json.encode(
        [{column: getattr(row, name) for column, name in fields} for row in rows]
    ).decode()
