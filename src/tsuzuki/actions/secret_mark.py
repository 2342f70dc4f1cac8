"""Is TSUZUKI_SECRET the one this database was filled with? Vouchers, links, API keys and second factors in it know no other."""

import hmac
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db import transaction

from tsuzuki.actions import audit
from tsuzuki.core.audit import Act, Subject, SubjectKind
from tsuzuki.records import models


def mark() -> str:
    """Tells two secrets apart and gives neither away."""
    return hmac.new(settings.SECRET_KEY.encode(), b"tsuzuki backup", sha256).hexdigest()[:16]


def is_another() -> bool:
    """True for another secret than the database's; a database that was never told is content with any."""
    known = models.Operator.objects.filter(id=1).values_list("secret_mark", flat=True).first()
    return bool(known) and known != mark()


@transaction.atomic
def keep(actor: str, now: datetime, replace: bool = False) -> bool:
    """From now on this is the database's secret. Without `replace` only where none is known."""
    rows = models.Operator.objects.filter(id=1)
    changed = (rows if replace else rows.filter(secret_mark="")).update(secret_mark=mark())
    if changed:
        audit.write(Act.SECRET_ACCEPTED, Subject(SubjectKind.OPERATOR), actor, now)
    return bool(changed)
