"""One table. Both sides of an entry stand in one row, so a half entry cannot be written."""

from typing import ClassVar

from django.db import models


class Transfer(models.Model):
    event = models.TextField()  # what happened: the key that makes posting it twice harmless
    position = models.SmallIntegerField()
    source = models.TextField()
    destination = models.TextField()
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()  # when it happened, UTC

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "position"], name="ledger_event_once"),
            models.CheckConstraint(condition=models.Q(minor__gt=0), name="ledger_amount_positive"),
            models.CheckConstraint(condition=~models.Q(source=models.F("destination")), name="ledger_two_sides"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["source", "currency"], name="ledger_source"),
            models.Index(fields=["destination", "currency"], name="ledger_destination"),
        ]
