"""Roaming prices, as tables by the day they begin: a table that was in force is never changed, the next
one follows it.
"""

from typing import ClassVar

from django.db import models

from .catalogue import Carrier, Plan


class RoamingTable(models.Model):
    """Every row there is, from the midnight in Japan that begins `since` until the next table's."""

    since = models.DateField(unique=True)
    put_at = models.DateTimeField()
    put_by = models.CharField(max_length=80)


class RoamingRate(models.Model):
    """core.roaming.Rate: of a plan, or of every plan on a carrier's lines."""

    table = models.ForeignKey(RoamingTable, models.CASCADE, related_name="rates")
    plan = models.ForeignKey(Plan, models.PROTECT, null=True)
    carrier = models.ForeignKey(Carrier, models.PROTECT, null=True)
    place = models.CharField(max_length=2)
    service = models.CharField(max_length=16)
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    unit = models.IntegerField()
    tax = models.CharField(max_length=20)
    zone = models.CharField(max_length=40, blank=True)
    mb = models.IntegerField(null=True)
    then_kbps = models.IntegerField(null=True)
    note = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(plan=None, carrier__isnull=False)
                | models.Q(plan__isnull=False, carrier=None),
                name="roaming_plan_or_carrier",
            ),
            models.CheckConstraint(
                condition=models.Q(minor__gte=0, unit__gt=0), name="roaming_price_and_unit"
            ),
            models.UniqueConstraint(
                fields=["table", "plan", "carrier", "place", "service"],
                name="roaming_row_once",
                nulls_distinct=False,
            ),
        ]
