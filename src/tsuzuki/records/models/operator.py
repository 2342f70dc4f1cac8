"""The one operator this installation serves: its own words, as rows because the office changes them."""

from typing import ClassVar

from django.db import models


class Operator(models.Model):
    """One row. `brand`: core.brand.Brand. `secret_mark` tells the TSUZUKI_SECRET this database lives with from another; not what it is."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    brand = models.JSONField()
    changed_at = models.DateTimeField()
    secret_mark = models.CharField(max_length=16, default="", db_default="")

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="operator_only_one")]
