"""What the operator says of itself: name, look, contacts, shops, legal texts."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from django.db import transaction

from tsuzuki import decode
from tsuzuki.actions.write import audit
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.brand import Brand, check
from tsuzuki.core.errors import Code, Refused
from tsuzuki.records import models


def save_brand(content: Mapping[str, object], actor: str, now: datetime) -> Brand:
    """Replaces the whole.

    `content` has the shape of core.brand.Brand. Refused where something is missing, unknown or unsafe.
    """
    try:
        brand = check(decode.convert(content, Brand))
    except msgspec.ValidationError as why:
        raise Refused(Code.BRAND_INCOMPLETE, what=str(why)) from None
    with transaction.atomic(durable=True):
        row = {"brand": msgspec.to_builtins(brand), "changed_at": now}
        models.Operator.objects.update_or_create(id=1, defaults=row)
        audit.write(Act.BRAND, AuditSubject(SubjectKind.OPERATOR), actor, now)
    return brand
