"""Balances brought forward: reading one adds up only what came after the last stored balance, not the
account's history.
"""

from django.db import connection

from tsuzuki.core.postings import OF_ONE_RECORD

from .book import BALANCE

_LOCK = "SET LOCAL lock_timeout = '500ms'; LOCK TABLE ledger_transfer IN SHARE MODE"
_LAST = "SELECT coalesce(max(id), 0) FROM ledger_transfer"


def last_settled() -> int:
    """The id of the last entry before which none can appear any more.

    An id is drawn before its entry is committed, so all who write are waited for and held up: the caller
    commits at once. OperationalError where they take too long; another night will do.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        cursor.execute(_LAST)
        return int(cursor.fetchone()[0])


_BRING_FORWARD = f"""
WITH moved AS (
  SELECT DISTINCT side.account, t.currency FROM ledger_transfer t
  CROSS JOIN LATERAL (VALUES (t.source), (t.destination)) side (account)
  WHERE t.id > (SELECT coalesce(max(until), 0) FROM ledger_balance) AND t.id <= %(until)s
    AND split_part(side.account, ':', 1) <> ALL(%(of_one_record)s)
)
INSERT INTO ledger_balance (account, currency, until, minor)
SELECT account, currency, %(until)s,
  ({BALANCE.format(account="moved.account", currency="moved.currency", until="%(until)s")}) FROM moved
ON CONFLICT DO NOTHING
"""  # noqa: S608 (only BALANCE of book.py is put in, with names written here; values go as parameters)


def bring_forward(until: int) -> int:
    """Write down what each account that moved since the last time held after the entry `until`, of
    `last_settled`. Returns how many.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BRING_FORWARD, {"until": until, "of_one_record": list(OF_ONE_RECORD)})
        return int(cursor.rowcount)
