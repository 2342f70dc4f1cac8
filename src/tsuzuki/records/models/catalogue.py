"""What is sold and who delivers it. Words operators write are {language: text}."""

from typing import ClassVar

from django.db import models


class Carrier(models.Model):
    code = models.SlugField(primary_key=True)
    names = models.JSONField()
    network = models.CharField(max_length=40)  # whose masts: docomo, softbank, au, ...
    zone = models.CharField(max_length=40, default="Asia/Tokyo")  # validity is computed here
    provider = models.CharField(max_length=40)  # name in the registry of carriers
    settings = models.JSONField(default=dict)  # the provider's, free of secrets
    refund_after_seconds = models.IntegerField(default=900)  # deliver or begin the refund within
    # {} is always; {"mon": [["09:00","18:00"]], ..., "holidays": "JP"} in `zone`.
    hours = models.JSONField(default=dict)


class Gateway(models.Model):
    """Where money is taken. `code` is what tenders, attempts, the ledger and the address of its events name;
    it and `provider` never change.
    """

    code = models.SlugField(primary_key=True, max_length=40)
    names = models.JSONField()
    provider = models.CharField(max_length=40)  # name in the registry of payments
    settings = models.JSONField(default=dict)  # the provider's, free of secrets
    active = models.BooleanField(default=True)  # off: takes no new payment; what was begun goes on
    methods = models.JSONField(default=list)  # the codes it offers here; empty: all it knows
    position = models.SmallIntegerField(default=0)  # among the gateways: whose methods are offered first


class Plan(models.Model):
    id = models.UUIDField(primary_key=True)
    code = models.SlugField(unique=True)
    names = models.JSONField()
    kind = models.CharField(max_length=16)
    carrier = models.ForeignKey(Carrier, models.PROTECT, null=True)  # null: lines of any carrier may buy it
    technology = models.CharField(max_length=4, default="4g")
    terms = models.JSONField()  # core.plan.Terms
    allowances = models.JSONField()  # [core.plan.Allowance]
    retired_at = models.DateTimeField(null=True)


class PlanPrice(models.Model):
    """A price holds from its moment until the next one's; what was sold keeps the price of its quote."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="prices")
    since = models.DateTimeField()
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    cost_minor = models.BigIntegerField(default=0)
    tax = models.CharField(max_length=20)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "currency", "since"], name="price_one_per_moment"),
            models.CheckConstraint(condition=models.Q(minor__gt=0, cost_minor__gte=0), name="price_positive"),
        ]
