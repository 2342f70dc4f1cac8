"""The audit log: who did what to what. An act and its entry are one transaction."""

from datetime import datetime

from django.db import connection, transaction

from tsuzuki.core.audit import Act, AuditSubject
from tsuzuki.records import models


def write(act: Act, subject: AuditSubject, actor: str, now: datetime, **facts: object) -> None:
    """To be called in the transaction of the act: neither stands without the other."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(f"{act} and its audit entry must be one transaction")
    models.AuditEntry.objects.create(
        at=now,
        actor=actor[:80],
        act=act,
        facts=facts,
        subject=str(subject)[:80],
        subject_kind=subject.kind,
        subject_id=str(subject.id)[:80],
    )
