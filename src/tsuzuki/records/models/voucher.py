"""Vouchers: made in batches, stored as keyed hashes, redeemed once."""

from typing import ClassVar

from django.db import models

from tsuzuki.core.keyring import FIRST

from .sale import Tender


class VoucherBatch(models.Model):
    id = models.UUIDField(primary_key=True)
    names = models.JSONField(default=dict)
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    count = models.IntegerField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()


class Voucher(models.Model):
    batch = models.ForeignKey(VoucherBatch, models.PROTECT, related_name="vouchers")
    digest = models.CharField(max_length=64, unique=True)  # HMAC-SHA-256 of the 16 digits
    secret_id = models.CharField(max_length=8, db_default=FIRST)  # by which of the installation's secrets
    last_digits = models.CharField(max_length=4)
    tender = models.OneToOneField(Tender, models.PROTECT, null=True)  # set once, by the one who redeems it
    disabled_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["batch"], name="voucher_of_batch")]
