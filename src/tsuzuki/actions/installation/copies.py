"""Whole copies of the database that leave it: who took one is written down before it is there."""

from datetime import datetime

from django.db import transaction

from tsuzuki.actions.write import audit
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind


@transaction.atomic
def note_export(folder: str, actor: str, now: datetime) -> None:
    audit.write(Act.EXPORTED, AuditSubject(SubjectKind.OPERATOR), actor, now, folder=folder)


@transaction.atomic
def note_backup(file: str, actor: str, now: datetime) -> None:
    audit.write(Act.BACKED_UP, AuditSubject(SubjectKind.OPERATOR), actor, now, file=file)
