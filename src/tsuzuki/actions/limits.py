"""Limits against probing and flooding, shared by all processes: so many in a window that begins with the first."""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import connection, transaction

from tsuzuki.records import models

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

    Outside any transaction, so that what is refused afterwards is counted all the same. `subject` (an address, a number, a key's id) is
    stored as a keyed hash only.
    """
    digest = hmac.new(settings.SECRET_KEY.encode(), f"limit:{name}:{subject}".encode(), sha256).hexdigest()
    ends = now + timedelta(seconds=per_seconds)
    taken: int
    until: datetime
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"name": name, "subject": digest, "allowed": allowed, "now": now, "until": ends})
        taken, until = cursor.fetchone()
    if taken <= allowed:
        return None
    return max(1, -((now - until) // timedelta(seconds=1)))


@transaction.atomic(durable=True)
def forget(now: datetime) -> int:
    """Windows that are over say nothing any more."""
    return models.Limit.objects.filter(until__lte=now).delete()[0]
