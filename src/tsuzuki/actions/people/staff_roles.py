"""What may change of somebody on the staff: language, role, and that the account ends."""

from datetime import datetime

from django.db import transaction

from tsuzuki.actions.write import audit
from tsuzuki.core.audit import Act
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.staff import Role
from tsuzuki.records import models

from .staff import locked, new_salt, new_seed, subject_of


@transaction.atomic
def set_language(name: str, language: str) -> None:
    """Which language the office speaks with them."""
    models.User.objects.filter(username=name).update(language=language)


@transaction.atomic
def set_role(name: str, role: Role, actor: str, now: datetime) -> None:
    staff = locked(name)
    if staff.role == Role.OWNER and role is not Role.OWNER:
        _keep_an_owner(staff)
    audit.write(Act.STAFF_ROLE, subject_of(staff), actor, now, was=staff.role, role=role.value)
    models.Staff.objects.filter(user=staff.user).update(role=role)


@transaction.atomic
def deactivate(name: str, actor: str, now: datetime) -> None:
    """From now on they do not come in, open sessions included; what they did stays under their name."""
    staff = locked(name)
    _keep_an_owner(staff)
    staff.user.set_unusable_password()  # a session is bound to the password's hash
    staff.user.is_active = False
    staff.user.save(update_fields=["password", "is_active"])
    models.Staff.objects.filter(user=staff.user).update(
        left_at=now, invited_until=None, salt=new_salt(), seed=new_seed()
    )
    audit.write(Act.STAFF_LEFT, subject_of(staff), actor, now)


def _keep_an_owner(staff: models.Staff) -> None:
    if staff.role != Role.OWNER:
        return
    others = models.Staff.objects.select_for_update(no_key=True).filter(
        role=Role.OWNER, left_at=None, enrolled_at__isnull=False
    )
    if not others.exclude(user=staff.user).exists():
        raise Refused(Code.LAST_OWNER)
