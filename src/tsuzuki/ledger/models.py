"""One table that is the ledger: both sides of an entry stand in one row, so a half entry cannot be written.
And balances brought forward from it, which save adding up an account's whole history.
"""

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from tsuzuki.core.ledger_event import LedgerEventKind


class _Row(models.Model):
    event = models.TextField()  # LedgerEvent.key: what makes posting it twice harmless
    position = models.SmallIntegerField()
    source = models.TextField()
    destination = models.TextField()
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()  # when it happened, UTC
    # The same event as a value (core.ledger_event). Null in rows that are older than these columns:
    # read them through Entry.
    kind = models.TextField(null=True)
    subject_type = models.TextField(null=True)
    subject_id = models.UUIDField(null=True)
    detail = models.TextField(null=True)

    class Meta:
        abstract = True


class Transfer(_Row):
    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "position"], name="ledger_event_once"),
            models.CheckConstraint(condition=models.Q(minor__gt=0), name="ledger_amount_positive"),
            models.CheckConstraint(
                condition=~models.Q(source=models.F("destination")), name="ledger_two_sides"
            ),
            models.CheckConstraint(  # of every new row; those of earlier versions stay as they were written
                condition=Q(
                    kind__isnull=False,
                    kind__in=list(LedgerEventKind),
                    subject_type__isnull=False,
                    subject_id__isnull=False,
                    detail__isnull=False,
                ),
                name="ledger_event_typed",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["source", "currency", "id"], include=["minor"], name="ledger_source"),
            models.Index(
                fields=["destination", "currency", "id"], include=["minor"], name="ledger_destination"
            ),
            # Rows come in the order of time: a few bytes find a month.
            BrinIndex("at", name="ledger_time", pages_per_range=32),
        ]


class Balance(models.Model):
    """A balance brought forward: what `minor` an account held after the entry whose id is `until`,
    and all before it.
    """

    account = models.TextField()
    currency = models.CharField(max_length=3)
    until = models.BigIntegerField()
    minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "currency", "until"], name="ledger_balance_once")
        ]


class Entry(_Row):
    """A view: each row with its event as a value, whether it was written as one or as text alone."""

    class Meta:
        managed = False
        db_table = "ledger_entry"
