"""Customers: made with what they say of themselves;
a phone number is theirs alone once they have shown that it is.
"""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from tsuzuki.actions.write import audit
from tsuzuki.actions.write.ids import mint_anywhere
from tsuzuki.core import mailbox
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.identifiers import msisdn
from tsuzuki.records import models


@transaction.atomic
def make(
    actor: str, now: datetime, phone: str = "", email: str = "", language: str = "en"
) -> models.Customer:
    """The number is only said; several may say the same.

    Refused(number_malformed), Refused(email_malformed).
    """
    row = models.Customer.objects.create(
        id=mint_anywhere(now),
        phone=msisdn(phone) if phone else "",
        email=mailbox.read(email),
        language=language,
        made_at=now,
    )
    audit.write(Act.CUSTOMER_MADE, _subject(row.id), actor, now)
    return row


@transaction.atomic
def verify_phone(customer: UUID, phone: str, actor: str, now: datetime) -> models.Customer:
    """They have just shown that this number is theirs.

    Refused(phone_taken) while it is another customer's.
    """
    row = _locked(customer)
    row.phone, row.phone_verified_at = msisdn(phone), now
    try:
        with transaction.atomic():
            row.save(update_fields=["phone", "phone_verified_at"])
    except IntegrityError:  # verified before, or at this very moment by somebody who was waited for here
        raise Refused(Code.PHONE_TAKEN) from None
    audit.write(Act.PHONE_VERIFIED, _subject(row.id), actor, now)
    return row


@transaction.atomic
def release_phone(customer: UUID, actor: str, now: datetime) -> None:
    """The number is theirs no more, so that whoever has it now can verify it."""
    row = _locked(customer)
    row.phone, row.phone_verified_at = "", None
    row.save(update_fields=["phone", "phone_verified_at"])
    audit.write(Act.PHONE_RELEASED, _subject(row.id), actor, now)


def _locked(customer: UUID) -> models.Customer:
    row = models.Customer.objects.select_for_update(no_key=True).filter(id=customer).first()
    if row is None:
        raise Refused(Code.CUSTOMER_UNKNOWN)
    return row


def _subject(customer: UUID) -> AuditSubject:
    return AuditSubject(SubjectKind.CUSTOMER, customer)
