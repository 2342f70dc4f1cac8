"""The one operator this installation serves: its own words, as rows because the office changes them; and
which secrets it lives with.
"""

from typing import ClassVar

from django.db import models


class Operator(models.Model):
    """One row. `brand`: core.brand.Brand."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    brand = models.JSONField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="operator_only_one")]


class InstallationSecret(models.Model):
    """One of the secrets this database was filled with; not what it is.

    `mark` tells it from another secret under the same id.
    """

    id = models.CharField(max_length=8, primary_key=True)
    mark = models.CharField(max_length=16)
    current_since = models.DateTimeField(null=True)
    current_until = models.DateTimeField(null=True)  # links it signed were given out until then
