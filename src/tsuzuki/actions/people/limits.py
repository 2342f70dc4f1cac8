"""Limits against probing and flooding, shared by all processes:
so many in a window that begins with the first.
"""

import threading
from dataclasses import dataclass, field
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


SHARE = 10  # a process takes one in so many of what is left of a limit at once
KEPT = timedelta(seconds=5)  # and gives back what it has not used by then
_OPEN = """
WITH quick AS (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO records_limit AS l (name, subject, taken, until)
SELECT %(name)s, %(subject)s, 0, %(until)s FROM quick
ON CONFLICT (name, subject) DO UPDATE SET
  taken = CASE
    WHEN l.until <= %(now)s THEN 0
    WHEN l.until = %(window)s::timestamptz THEN greatest(l.taken - %(back)s, 0)
    ELSE l.taken END,
  until = CASE WHEN l.until <= %(now)s THEN excluded.until ELSE l.until END
RETURNING id, taken, until
"""


@dataclass(slots=True)
class _Block:
    """So many of one window that this process may let through without asking the database."""

    left: int = 0
    allowed: int = 0  # by the limit they were taken from
    window: datetime | None = None  # ends then
    until: datetime | None = None  # they are given back then
    lock: threading.Lock = field(default_factory=threading.Lock)


_blocks: dict[tuple[str, str], _Block] = {}  # for good: subjects are what we name ourselves, such as keys


def take_leased(name: str, subject: str, allowed: int, per_seconds: int, now: datetime) -> int | None:
    """`take` for a busy subject, which the database is asked about once for many.

    Never more than `allowed` go through. Some fewer may: what other processes hold and have no use for. Not
    for guesses, where each one counts.
    """
    block = _blocks.setdefault((name, subject), _Block())
    with block.lock:
        if not block.left or block.until is None or now >= block.until or block.allowed != allowed:
            back, block.left = block.left, 0
            ends = now + timedelta(seconds=per_seconds)
            granted, window = _lease(name, subject, allowed, ends, back, block.window, now)
            if not granted:
                return max(1, -((now - window) // timedelta(seconds=1)))
            block.left, block.allowed = granted, allowed
            block.window, block.until = window, min(now + KEPT, window)
        block.left -= 1
        return None


@transaction.atomic(durable=True)
def _lease(
    name: str,
    subject: str,
    allowed: int,
    ends: datetime,
    back: int,
    window: datetime | None,
    now: datetime,
) -> tuple[int, datetime]:
    """Give back what was not used of a window, and take anew: how many, and when their window ends."""
    facts: dict[str, str | int | datetime | None] = {
        "name": name,
        "subject": _digest(name, subject),
        "now": now,
        "until": ends,
        "back": back,
        "window": window,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, facts)
        id, taken, until = cursor.fetchone()
        granted: int = max(0, -((taken - allowed) // SHARE))
        if granted:
            cursor.execute("UPDATE records_limit SET taken = taken + %s WHERE id = %s", [granted, id])
    return granted, until


def take_from(name: str, address: str, allowed: int, per_seconds: int, now: datetime) -> int | None:
    """`take` by a visitor's address, as `client_ip` gives it.

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
