"""A way to pay that a customer agreed to be charged by later, with nobody there; until they take it back."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from .person import Customer
from .sealed import SealedField


class SavedMethod(models.Model):
    id = models.UUIDField(primary_key=True)
    # Which payment it came of; one payment leaves one.
    paid_by = models.OneToOneField("records.Tender", models.PROTECT, related_name="kept")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="saved_methods")
    gateway = models.CharField(max_length=40)
    method = models.CharField(max_length=40)
    token = SealedField(null=True)  # the gateway's; kept until it confirmed that nobody can charge it
    agreed_at = models.DateTimeField()
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(token__isnull=False) | Q(revoked_at__isnull=False), name="saved_method_token"
            )
        ]
