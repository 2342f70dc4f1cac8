"""One secret follows another: what can be sealed anew is,
and an older one is dropped when nothing hangs on it any more.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Left

from tsuzuki.actions.installation import secret_mark
from tsuzuki.actions.lines import links
from tsuzuki.actions.write import audit
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.keyring import SecretMissing
from tsuzuki.records import models
from tsuzuki.records.models.sealed import SealedField

BATCH = 500


@dataclass(frozen=True, slots=True)
class Needs:
    """What is worth nothing without a secret."""

    sealed: int  # `reseal` brings this to zero
    vouchers: int  # that can still pay
    api_keys: int  # an API key changes over when it is next used
    staff: int  # people whose recovery codes were made with it
    links_until: datetime | None  # the last link it signed ends then

    def __bool__(self) -> bool:
        return any((self.sealed, self.vouchers, self.api_keys, self.staff, self.links_until))


def needs(id: str, now: datetime) -> Needs:
    vouchers = models.Voucher.objects.filter(secret_id=id, disabled_at=None, batch__expires_at__gt=now)
    keys = models.ApiKey.objects.filter(
        Q(secret_id=id) | Q(old_secret_id=id, old_until__gt=now), revoked_at=None
    )
    row = models.InstallationSecret.objects.filter(id=id).first()
    until = row.current_until + max(links.VALID.values()) if row and row.current_until else None
    return Needs(
        sealed=sum(_made_with(rows, name, id).count() for rows, name in _columns()),
        vouchers=vouchers.filter(Q(tender=None) | Q(tender__purchase__waiting=True)).count(),
        api_keys=keys.filter(Q(expires_at=None) | Q(expires_at__gt=now)).count(),
        staff=models.Staff.objects.filter(recovery_secret_id=id, left_at=None).exclude(recovery=[]).count(),
        links_until=until if until and until > now else None,
    )


@dataclass(frozen=True, slots=True)
class Resealed:
    done: int
    unreadable: int  # sealed by a secret that is not here, or is another than it was: left as they are


def reseal(actor: str, now: datetime) -> Resealed:
    """Seal anew, by the current secret, whatever another one sealed.

    What is broken off goes on the next time.
    """
    secret_mark.keep(actor, now)
    done = unreadable = 0
    for rows, name in _columns():
        last: object = None
        while some := _reseal_some(rows, name, last, actor, now):
            done, unreadable, last = done + some.done, unreadable + some.unreadable, some.last
    return Resealed(done, unreadable)


@dataclass(frozen=True, slots=True)
class _Some:
    done: int
    unreadable: int
    last: object  # the primary key that was seen last


@transaction.atomic(durable=True)
def _reseal_some(rows: QuerySet[Any], name: str, after: object, actor: str, now: datetime) -> _Some | None:
    ring, done = settings.KEYRING, 0
    waiting = _made_with(rows, name, ring.current, others=True)
    some = list(
        (waiting.filter(pk__gt=after) if after else waiting)
        .select_for_update(no_key=True)
        .order_by("pk")[:BATCH]
    )
    for row in some:
        with suppress(SecretMissing):
            rows.filter(pk=row.pk).update(**{name: ring.seal(ring.open(getattr(row, name)))})
            done += 1
    if done:
        audit.write(
            Act.RESEALED,
            AuditSubject(SubjectKind.OPERATOR),
            actor,
            now,
            count=done,
            column=rows.model._meta.db_table,
        )
    return _Some(done, len(some) - done, some[-1].pk) if some else None


@transaction.atomic
def drop(id: str, actor: str, now: datetime, force: bool = False) -> None:
    """The database knows it no more.

    Refused(secret_needed) while something hangs on it, unless forced: then that is worth nothing.
    """
    if id == settings.KEYRING.current:
        raise Refused(Code.SECRET_CURRENT, id=id)
    row = models.InstallationSecret.objects.select_for_update(no_key=True).filter(id=id).first()
    if row is None:
        raise Refused(Code.SECRET_UNKNOWN, id=id[:8])
    result = needs(id, now)
    if result and not force:
        until = f"{result.links_until:%F}" if result.links_until else "–"
        raise Refused(
            Code.SECRET_NEEDED,
            id=id,
            sealed=result.sealed,
            vouchers=result.vouchers,
            keys=result.api_keys,
            staff=result.staff,
            links=until,
        )
    row.delete()
    audit.write(
        Act.SECRET_DROPPED, AuditSubject(SubjectKind.OPERATOR), actor, now, id=id, needed=bool(result)
    )


def _columns() -> Iterator[tuple[QuerySet[Any], str]]:
    """Every sealed column there is."""
    for model in apps.get_app_config("records").get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedField):
                yield model._default_manager.all(), field.name


def _made_with(rows: QuerySet[Any], name: str, id: str, others: bool = False) -> QuerySet[Any]:
    """Rows whose value this secret sealed; `others`: whose value another one did."""
    marked: QuerySet[Any] = rows.filter(**{f"{name}__isnull": False}).annotate(
        made_with=Left(name, len(id) + 1)
    )
    return marked.exclude(made_with=f"{id}:") if others else marked.filter(made_with=f"{id}:")
