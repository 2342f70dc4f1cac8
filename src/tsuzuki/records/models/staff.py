"""Staff: who works in the office, each with an account of their own."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from .person import User


class Staff(models.Model):
    """The second factor's secret is derived from `salt` and the installation's secret: nothing to steal from this table."""

    user = models.OneToOneField(User, models.PROTECT, primary_key=True, related_name="staff")
    role = models.CharField(max_length=10)  # core.staff.Role
    salt = models.CharField(max_length=43)  # a new one ends every older secret and invitation
    invited_until = models.DateTimeField(null=True)  # the invitation can be used until then
    enrolled_at = models.DateTimeField(null=True)  # null: the next sign-in sets up the second factor
    last_step = models.BigIntegerField(default=0)  # no code is good twice
    recovery = models.JSONField(default=list)  # digests of recovery codes, each good once
    made_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(role__in=["owner", "manager", "clerk", "viewer"]), name="staff_role"),
        ]
