"""The audit log, and incidents that people must look at."""

from typing import ClassVar

from django.db import models

from .sale import Order


class AuditEntry(models.Model):
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    act = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)  # as people read it and search for it
    # core.audit.Subject. Empty:
    # written by an older version of this program while the database was already this one's.
    subject_kind = models.CharField(max_length=20, default="", db_default="")
    subject_id = models.CharField(max_length=80, default="", db_default="")
    facts = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject", "at"], name="audit_of_subject"),
            models.Index(fields=["subject_kind", "subject_id", "at"], name="audit_of_subject_id"),
        ]


class Incident(models.Model):
    """Something the engine will not decide alone.

    `kind` is a stable word; `subject` makes the same one open once.
    """

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=120)
    order = models.ForeignKey(Order, models.PROTECT, null=True)
    facts = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=models.Q(closed_at=None), name="incident_open_once"
            )
        ]
