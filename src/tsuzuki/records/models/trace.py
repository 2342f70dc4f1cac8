"""What people did, and what people must look at."""

from typing import ClassVar

from django.db import models

from .sale import Order


class AuditEntry(models.Model):
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    act = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    facts = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject", "at"], name="audit_of_subject")]


class Incident(models.Model):
    """Something the engine will not decide alone. `kind` is a stable word; `subject` makes the same one open once."""

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=120)
    order = models.ForeignKey(Order, models.PROTECT, null=True)
    facts = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "subject"], condition=models.Q(closed_at=None), name="incident_open_once")
        ]
