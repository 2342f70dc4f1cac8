"""People: staff, who sign in to the office, and customers, who hold lines.

A person who is both is two rows.
"""

import secrets
from typing import ClassVar
from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from tsuzuki.core import ids


def new_id() -> UUID:
    """For rows that a library makes; actions mint their own by the moment they are given."""
    return ids.make(timezone.now(), secrets.randbelow(ids.BUCKETS), secrets.token_bytes(ids.ENTROPY))


class User(AbstractUser):
    """Django's own, for staff."""

    id = models.UUIDField(primary_key=True, default=new_id)
    language = models.CharField(max_length=16, default="en")
    zone = models.CharField(max_length=40, default="Asia/Tokyo")


class Customer(models.Model):
    """Anybody may say that a phone number is theirs; one customer alone has shown it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    phone = models.CharField(max_length=16, blank=True)  # E.164
    phone_verified_at = models.DateTimeField(null=True)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=16, default="en")
    zone = models.CharField(max_length=40, default="Asia/Tokyo")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["phone"],
                condition=Q(phone_verified_at__isnull=False),
                name="customer_phone_verified_once",
            ),
            models.CheckConstraint(
                condition=Q(phone="") | Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"), name="customer_phone_e164"
            ),
            models.CheckConstraint(
                condition=Q(phone_verified_at=None) | ~Q(phone=""), name="customer_verified_has_phone"
            ),
        ]
