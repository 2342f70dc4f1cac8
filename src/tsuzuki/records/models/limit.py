"""Limit: how often one subject did one thing in the window that runs.

Held here because web processes share nothing else.
"""

from typing import ClassVar

from django.db import models


class Limit(models.Model):
    name = models.CharField(max_length=40)
    subject = models.CharField(max_length=64)  # keyed hash: who it is cannot be read back
    taken = models.IntegerField()
    until = models.DateTimeField()  # the window's end

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["name", "subject"], name="limit_one_window")]
        indexes: ClassVar = [models.Index(fields=["until"], name="limit_over")]
