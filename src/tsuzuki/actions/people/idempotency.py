"""Idempotency keys: the same request under the same key gets the very bytes it got the first time."""

from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from tsuzuki.core.errors import Code, Refused
from tsuzuki.records import models

KEEP = timedelta(days=90)


def digest(asked: bytes) -> str:
    return sha256(asked).hexdigest()


def find(account: UUID, key: str, asked: str) -> tuple[int, bytes] | None:
    """What was answered before; None: nothing was.

    Refused(key_reused): the key stands for another request.
    """
    row = models.Answer.objects.filter(account=account, key=key).first()
    if row is None:
        return None
    if row.asked != asked:
        raise Refused(Code.KEY_REUSED)
    return row.status, bytes(row.body)


@transaction.atomic
def keep(account: UUID, key: str, asked: str, status: int, body: bytes, now: datetime) -> tuple[int, bytes]:
    """Keep an answer, and return the one that is kept:
    of several at once the first to come here is everybody's.
    """
    row = models.Answer(account_id=account, key=key, asked=asked, status=status, body=body, at=now)
    models.Answer.objects.bulk_create([row], ignore_conflicts=True)
    kept = find(account, key, asked)
    assert kept is not None
    return kept


@transaction.atomic(durable=True)
def forget(now: datetime) -> int:
    """Old ones. Their purchases stay, and with them the rule that one key makes one purchase."""
    return models.Answer.objects.filter(at__lt=now - KEEP).delete()[0]
