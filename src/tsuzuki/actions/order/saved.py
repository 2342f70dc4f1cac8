"""Ways to pay that are kept with the payer's consent, charged later with nobody there, and taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from tsuzuki.actions.engine.providers import Way, gateway
from tsuzuki.actions.money import sealed_text
from tsuzuki.actions.write import audit
from tsuzuki.actions.write.ids import mint_beside
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.errors import Code, ProviderUnsure, Refused
from tsuzuki.core.order import TenderState
from tsuzuki.records import models


@dataclass(frozen=True, slots=True)
class Agreed:
    """The payer's yes to later charges; `actor` is who took it down."""

    customer: UUID
    actor: str


def agreement(agreed: Agreed, way: Way, now: datetime) -> dict[str, object]:
    """What it adds to the tender, with its audit entry.

    Refused(method_not_kept), Refused(customer_unknown).
    """
    if not way.method.can_keep:
        raise Refused(Code.METHOD_NOT_KEPT)
    if not models.Customer.objects.filter(id=agreed.customer).exists():
        raise Refused(Code.CUSTOMER_UNKNOWN)
    audit.write(Act.SAVING_AGREED, _customer(agreed.customer), agreed.actor, now, method=way.method.code)
    return {"keep_for_id": agreed.customer, "agreed_at": now}


def keep(told: Sequence[tuple[models.Tender, str]], now: datetime) -> None:
    """Tokens of payments that are in now; a second word about one of them changes nothing."""
    models.SavedMethod.objects.bulk_create(
        [
            models.SavedMethod(
                id=mint_beside(now, tender.id),
                paid_by=tender,
                customer_id=tender.keep_for_id,
                gateway=tender.gateway,
                method=tender.method,
                token=sealed_text.sealed(token),
                agreed_at=tender.agreed_at,
                made_at=now,
            )
            for tender, token in told
            if tender.keep_for_id and tender.agreed_at and tender.state == TenderState.PAID
        ],
        ignore_conflicts=True,
    )


def locked(id: UUID) -> models.SavedMethod:
    """Refused(saved_method_unknown), also for one that was taken back: it is charged no more."""
    row = models.SavedMethod.objects.select_for_update(no_key=True).filter(id=id, revoked_at=None).first()
    if row is None:
        raise Refused(Code.SAVED_METHOD_UNKNOWN)
    return row


def revoke(id: UUID, actor: str, now: datetime) -> bool:
    """Taken back: from now on nobody here charges it.

    True: its gateway confirmed, and its token is forgotten. False: to be asked again, by the same call.
    """
    row = _taken_back(id, actor, now)
    token = sealed_text.opened(row.token)
    if row.token is None:
        return True
    try:
        confirmed = token is not None and gateway(row.gateway).revoke(token)
    except (ProviderUnsure, Refused):
        return False
    if confirmed:
        models.SavedMethod.objects.filter(id=id).update(token=None)
    return confirmed


@transaction.atomic(durable=True)
def _taken_back(id: UUID, actor: str, now: datetime) -> models.SavedMethod:
    row = models.SavedMethod.objects.select_for_update(no_key=True).filter(id=id).first()
    if row is None:
        raise Refused(Code.SAVED_METHOD_UNKNOWN)
    if row.revoked_at is None:
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        audit.write(Act.SAVED_REVOKED, _customer(row.customer_id), actor, now, method=row.method)
    return row


def _customer(id: UUID) -> AuditSubject:
    return AuditSubject(SubjectKind.CUSTOMER, id)
