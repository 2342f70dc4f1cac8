"""Metrics of the installation.

Asked every few seconds, so each is counted from an index that holds only what is under way, or from the last
hour of a table whose ids are ordered by time; nothing here grows with what was ever sold.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from tsuzuki.core import ids

from . import models

LATELY = timedelta(hours=1)
PATIENCE = 5000  # milliseconds for one question
ALIVE = 30  # seconds since a worker's last heartbeat


@dataclass(frozen=True, slots=True)
class Figures:
    orders: dict[str, int]  # by state, under way
    rested: dict[str, int]  # by state, made in the last hour and at rest
    undelivered: dict[str, int]  # money of orders paid and not yet delivered, minor units by currency
    attempts: dict[tuple[str, str, str], int]  # (provider, step, outcome or standing) of the last hour
    unsure: int
    oldest_unsure: datetime | None
    by_hand: int
    oldest_by_hand: datetime | None
    jobs: dict[str, int]
    workers: int
    notices: int
    oldest_notice: datetime | None
    incidents: int
    needs_staff: int
    verified: models.Verification | None


_ORDERS = """
SELECT 'awaiting_payment', count(*) FROM records_purchase p JOIN records_order o ON o.purchase_id = p.id
  WHERE p.waiting AND o.state = 'awaiting_payment'
UNION ALL SELECT 'paid', count(*) FROM records_order WHERE state = 'paid'
UNION ALL SELECT 'applied', count(*) FROM records_order WHERE state = 'applied'
UNION ALL (SELECT state, count(*) FROM records_order
  WHERE state IN ('refunding', 'refund_owed') GROUP BY state)
"""
_RESTED = "SELECT state, count(*) FROM records_order WHERE id >= %s AND rest_at IS NOT NULL GROUP BY state"
_UNDELIVERED = (
    "SELECT currency, sum(minor)::bigint FROM records_order WHERE state IN ('paid', 'applied') GROUP "
    "BY currency"
)
_ATTEMPTS = """
SELECT provider, step, coalesce(nullif(outcome, ''), nullif(standing, ''), 'open'), count(*)
FROM records_attempt WHERE id >= %s GROUP BY 1, 2, 3
"""
# Asked, and nobody knows what became of it; also where whoever asked is gone without a word.
_IS_UNSURE = "outcome = '' AND (standing IN ('unsure', 'cannot_tell') OR standing = '' AND lease_until < %s)"
_UNSURE = f"""
SELECT count(*), min(opened_at) FROM (
  SELECT opened_at FROM records_attempt WHERE look_at IS NOT NULL AND {_IS_UNSURE}
  UNION ALL SELECT opened_at FROM records_attempt WHERE look_at IS NULL AND {_IS_UNSURE}
) unsure
"""  # noqa: S608
_BY_HAND = """
SELECT count(*), min(opened_at) FROM records_attempt
WHERE outcome = '' AND look_at IS NULL AND standing = 'waiting' AND step <> 'pay'
"""
_JOBS = "SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status"
_WORKERS = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > %s"
_NOTICES = "SELECT count(*), min(due_at) FROM records_outboundmessage WHERE state = 'waiting'"
_STAFF = "SELECT count(*) FROM records_order WHERE needs_staff <> ''"


def figures(now: datetime) -> Figures:
    """OperationalError if the database does not answer each question in time."""
    since = first_id(now - LATELY)
    with transaction.atomic(), connection.cursor() as cursor:

        def ask(query: str, *values: UUID | datetime) -> list[tuple[Any, ...]]:
            cursor.execute(query, values)
            return list(cursor.fetchall())

        cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE}")
        unsure, by_hand, notices = ask(_UNSURE, now, now)[0], ask(_BY_HAND)[0], ask(_NOTICES)[0]
        return Figures(
            orders=dict(ask(_ORDERS)),
            rested=dict(ask(_RESTED, since)),
            undelivered=dict(ask(_UNDELIVERED)),
            attempts={
                (provider, step, answer): count for provider, step, answer, count in ask(_ATTEMPTS, since)
            },
            unsure=unsure[0],
            oldest_unsure=unsure[1],
            by_hand=by_hand[0],
            oldest_by_hand=by_hand[1],
            jobs=dict(ask(_JOBS)),
            workers=workers_alive(now),
            notices=notices[0],
            oldest_notice=notices[1],
            incidents=models.Incident.objects.filter(closed_at=None).count(),
            needs_staff=ask(_STAFF)[0][0],
            verified=models.Verification.objects.order_by("-at").first(),
        )


def workers_alive(now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_WORKERS, [now - timedelta(seconds=ALIVE)])
        return int(cursor.fetchone()[0])


def first_id(at: datetime) -> UUID:
    """No id of ours made at this instant or later is smaller."""
    return ids.make(at, 0, bytes(ids.ENTROPY))
