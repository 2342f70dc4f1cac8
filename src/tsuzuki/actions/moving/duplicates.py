"""Numbers and SIMs of all rows of one file, in a temporary table: half a million rows are compared without
holding them in memory.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from django.db import connection

from tsuzuki.actions.lines.line_cells import BadCode, BadRow, shown

_START = """
CREATE TEMPORARY TABLE moving_seen (
  field text NOT NULL, value text NOT NULL, whole bigint NOT NULL, bad boolean NOT NULL, row_ int NOT NULL
)
"""
# Every row of a value that rows say different things of, and the repeats where they all say the same.
_DOUBLED = """
CREATE TEMPORARY TABLE moving_doubled AS
SELECT row_, field, value, first, second FROM (
  SELECT row_, field, value, min(row_) OVER same AS first,
    nth_value(row_, 2) OVER (
      same ORDER BY row_ ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS second,
    count(*) OVER same AS many,
    min(whole) OVER same <> max(whole) OVER same OR bool_or(bad) OVER same AS differ
  FROM moving_seen WINDOW same AS (PARTITION BY field, value)
) found WHERE many > 1 AND (differ OR row_ <> first)
"""


class Seen:
    def __enter__(self) -> Seen:
        self._run("DROP TABLE IF EXISTS moving_seen, moving_doubled", _START)
        return self

    def __exit__(self, *_: object) -> None:
        if not connection.needs_rollback:
            self._run("DROP TABLE IF EXISTS moving_seen, moving_doubled")

    def add(self, rows: Iterable[tuple[int, dict[str, str], dict[str, str], bool]]) -> None:
        """(row, its cells, what was read of it, whether it is bad)."""
        results = [
            (field, read[field], zlib.crc32(repr(cells).encode()), bad, row)
            for row, cells, read, bad in rows
            for field in ("number", "iccid")
            if read.get(field)
        ]
        if results:
            columns = [list(column) for column in zip(*results, strict=True)]
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO moving_seen SELECT * FROM unnest(%s::text[], %s::text[], "
                    "%s::bigint[], %s::bool[], %s::int[])",
                    columns,
                )

    def close(self) -> int:
        """All rows were added: how many are doubled."""
        self._run("ANALYZE moving_seen", _DOUBLED, "CREATE INDEX ON moving_doubled (row_)")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(DISTINCT row_) FROM moving_doubled")
            return int(cursor.fetchone()[0])

    def doubled(self, first: int, last: int) -> list[BadRow]:
        """What is doubled among the rows of a span."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT row_, field, value, first, second FROM moving_doubled WHERE row_ BETWEEN "
                "%s AND %s ORDER BY row_, field",
                [first, last],
            )
            return [
                BadRow(
                    row,
                    field,
                    shown(field, value),
                    BadCode.DOUBLED,
                    {"other": second if row == entry else entry},
                )
                for row, field, value, entry, second in cursor.fetchall()
            ]

    def _run(self, *statements: str) -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
