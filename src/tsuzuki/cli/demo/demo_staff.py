"""Two people who work in the demo's office. Their second factor is a key to put into an authenticator app."""

from django.utils import timezone

from tsuzuki.actions.people import staff
from tsuzuki.actions.people.totp import base32
from tsuzuki.core.staff import Role
from tsuzuki.records import models

PASSWORD = "practice makes perfect"  # noqa: S105 (of a demo on this machine)
PEOPLE = {"owner": Role.OWNER, "clerk": Role.CLERK}


def ensure() -> dict[str, dict[str, str]]:
    """Name: password and key; made unless an earlier start did."""
    logins = {}
    for name, role in PEOPLE.items():
        member = models.Staff.objects.select_related("user").filter(user__username=name).first()
        if member is None:
            member = staff.make(name, role, PASSWORD, "demo", timezone.now())
        logins[name] = {
            "role": role.value,
            "password": PASSWORD,
            "totp_secret": base32(staff.secret_of(member)),
        }
    return logins
