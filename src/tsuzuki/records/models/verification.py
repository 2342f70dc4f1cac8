"""When the ledger was last verified, and the result: verifying takes minutes, the result is asked for
every few seconds.
"""

from typing import ClassVar

from django.db import models


class Verification(models.Model):
    at = models.DateTimeField()
    faults = models.IntegerField()
    totals = models.JSONField()  # {family of accounts: {currency: minor}}
    counts = models.JSONField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["at"], name="verification_newest")]
