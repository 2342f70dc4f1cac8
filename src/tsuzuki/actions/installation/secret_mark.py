"""Are the secrets of this process those this database was filled with?

Vouchers, links, API keys and second factors know no other.
"""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from tsuzuki.actions.write import audit
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.records import models


def marks() -> dict[str, str]:
    """Of the secrets of this process, by id."""
    return {secret: settings.KEYRING.mark(secret) for secret in settings.KEYRING.secrets}


def others() -> list[str]:
    """Ids under which this process has another secret than the database.

    A database that was never told is content with any.
    """
    known = dict(models.InstallationSecret.objects.values_list("id", "mark"))
    return [id for id, mark in marks().items() if known.get(id, mark) != mark]


def missing() -> list[str]:
    """Ids the database knows and this process does not."""
    return sorted(
        set(models.InstallationSecret.objects.values_list("id", flat=True)) - set(settings.KEYRING.secrets)
    )


@transaction.atomic
def keep(actor: str, now: datetime, replace: bool = False) -> bool:
    """From now on these are the database's secrets, and the current one is its current one.

    Without `replace` a secret that is another than the one it knows stays unknown. Whether anything changed.
    """
    current, changed = settings.KEYRING.current, []
    known = {
        row.id: row for row in models.InstallationSecret.objects.select_for_update(no_key=True).order_by("id")
    }
    is_told_first = not known
    for id, mark in marks().items():
        row = known.setdefault(id, models.InstallationSecret(id=id, mark=mark))
        if is_told_first and id != current:  # it was current until now, for all we know
            row.current_since = row.current_until = now
        if row._state.adding or (replace and row.mark != mark):
            row.mark = mark
            row.save()
            changed.append(id)
    for row in known.values():
        is_current = row.current_since is not None and row.current_until is None
        if row.id == current and not is_current:
            row.current_since, row.current_until = now, None
        elif row.id != current and is_current:
            row.current_until = now
        else:
            continue
        row.save(update_fields=["current_since", "current_until"])
        changed.append(row.id)
    if changed:
        audit.write(
            Act.SECRET_ACCEPTED,
            AuditSubject(SubjectKind.OPERATOR),
            actor,
            now,
            ids=sorted(set(changed)),
            current=current,
        )
    return bool(changed)
