"""Staff: who works in the office, each with an account of their own."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from tsuzuki.core.keyring import FIRST

from .person import User
from .sealed import SealedField


class Staff(models.Model):
    """`seed`: what the authenticator app knows too.

    `salt`: invitations, devices and half sign-ins hang on it.
    """

    user = models.OneToOneField(User, models.PROTECT, primary_key=True, related_name="staff")
    role = models.CharField(max_length=10)  # core.staff.Role
    salt = models.CharField(max_length=43)  # a new one ends every older invitation
    seed = SealedField()  # 20 bytes in hex
    invited_until = models.DateTimeField(null=True)  # the invitation can be used until then
    enrolled_at = models.DateTimeField(null=True)  # null: the next sign-in sets up the second factor
    last_step = models.BigIntegerField(default=0)  # no code is good twice
    recovery = models.JSONField(default=list)  # digests of recovery codes, each good once
    # By which of the installation's secrets.
    recovery_secret_id = models.CharField(max_length=8, db_default=FIRST)
    made_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(role__in=["owner", "manager", "clerk", "viewer"]), name="staff_role"
            ),
        ]
