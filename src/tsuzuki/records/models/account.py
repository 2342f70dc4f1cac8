"""Programs that buy: the operator's own, and resellers with a prepaid balance.

Their keys, commissions and kept answers.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from tsuzuki.core.keyring import FIRST

from .catalogue import Plan


class Account(models.Model):
    """`balance_minor` is the ledger's `account:ID`,
    kept here so that one conditional UPDATE decides who may spend.
    """

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=80, unique=True)
    # operator: its own program, sees all; reseller: sees what is its own.
    kind = models.CharField(max_length=10)
    currency = models.CharField(max_length=3, default="JPY")
    balance_minor = models.BigIntegerField(default=0)
    limit_minor = models.BigIntegerField(default=0)  # how far below zero it may go
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=["operator", "reseller"]), name="account_kind"),
            models.CheckConstraint(condition=Q(limit_minor__gte=0), name="account_limit"),
        ]


class Commission(models.Model):
    """What a reseller earns of one plan; without a plan, of every plan that has no line of its own."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="commissions")
    plan = models.ForeignKey(Plan, models.PROTECT, null=True)
    basis_points = models.IntegerField(default=0)  # hundredths of a percent of the price
    fixed_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "plan"], nulls_distinct=False, name="commission_one_per_plan"
            ),
            models.CheckConstraint(
                condition=Q(basis_points__gte=0, basis_points__lte=10_000, fixed_minor__gte=0),
                name="commission_sane",
            ),
        ]


class ApiKey(models.Model):
    """A secret nobody can read back.

    After a rotation the one before goes on for a while, so that no program stops.
    """

    id = models.UUIDField(primary_key=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)  # shown, to tell keys apart
    digest = models.CharField(max_length=64, unique=True)  # HMAC-SHA-256 of the secret
    secret_id = models.CharField(max_length=8, db_default=FIRST)  # by which of the installation's secrets
    old_digest = models.CharField(max_length=64, unique=True, null=True)
    old_secret_id = models.CharField(max_length=8, db_default=FIRST)
    old_until = models.DateTimeField(null=True)
    scopes = models.JSONField()
    per_minute = models.IntegerField(default=600)
    made_at = models.DateTimeField()
    rotated_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class Answer(models.Model):
    """What a request under an Idempotency-Key was answered: the same request again gets these very bytes."""

    account = models.ForeignKey(Account, models.PROTECT)
    key = models.CharField(max_length=80)
    # SHA-256 of what was asked, so that the same key with another wish is refused.
    asked = models.CharField(max_length=64)
    status = models.SmallIntegerField()
    body = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "key"], name="answer_once")]
        indexes: ClassVar = [models.Index(F("at"), name="answer_age")]
