"""Limits against probing and flooding, shared by all processes:
so many in a window that begins with the first.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from tsuzuki.http.addresses import site_of
from tsuzuki.records import models

SITE = 8  # times what one address may, a /48 of IPv6 may: 65,536 subscribers' networks
# Losing a second of counts in a crash is harmless: the commit need not wait for the disk.
_TAKE = """
WITH quick AS (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO records_limit AS l (name, subject, taken, until)
SELECT %(name)s, %(subject)s, 1, %(until)s FROM quick
ON CONFLICT (name, subject) DO UPDATE SET
  taken = CASE WHEN l.until <= %(now)s THEN 1 ELSE least(l.taken, %(allowed)s) + 1 END,
  until = CASE WHEN l.until <= %(now)s THEN excluded.until ELSE l.until END
RETURNING taken, until
"""


@transaction.atomic(durable=True)
def take(name: str, subject: str, allowed: int, per_seconds: int, now: datetime) -> int | None:
    """Count one; None: go ahead, a number: refused, and how many seconds to wait (at least 1).

    Outside any transaction, so that what is refused afterwards is counted all the same. `subject` (an
    address, a number, a key's id) is stored as a keyed hash only.
    """
    ends = now + timedelta(seconds=per_seconds)
    taken: int
    until: datetime
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE,
            {"name": name, "subject": _digest(name, subject), "allowed": allowed, "now": now, "until": ends},
        )
        taken, until = cursor.fetchone()
    if taken <= allowed:
        return None
    return max(1, -((now - until) // timedelta(seconds=1)))


def take_from(name: str, address: str, allowed: int, per_seconds: int, now: datetime) -> int | None:
    """`take` by a visitor's address, as `whom_to_count` gives it.

    Of IPv6 also, and SITE times as much, by the /48 around it.
    """
    wait = take(name, address, allowed, per_seconds, now)
    if wait is None and (site := site_of(address)):
        return take(name, site, allowed * SITE, per_seconds, now)
    return wait


def wait_for(name: str, subject: str, allowed: int, now: datetime) -> int | None:
    """What `take` would say, without counting one."""
    row = models.Limit.objects.filter(
        name=name, subject=_digest(name, subject), taken__gte=allowed, until__gt=now
    ).first()
    return None if row is None else max(1, -((now - row.until) // timedelta(seconds=1)))


@transaction.atomic(durable=True)
def forget(now: datetime) -> int:
    """Windows that are over say nothing any more."""
    return models.Limit.objects.filter(until__lte=now).delete()[0]


def _digest(name: str, subject: str) -> str:
    # By the current secret alone: a rotation begins windows anew.
    return settings.KEYRING.digest(f"limit:{name}:{subject}").hex()
