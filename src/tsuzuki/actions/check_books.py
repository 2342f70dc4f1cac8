"""Proving the books on a clock, and keeping what was found."""

from datetime import datetime

from django.db import transaction

from tsuzuki.actions import incidents
from tsuzuki.actions.verify import Proof, verify
from tsuzuki.core.states import IncidentKind
from tsuzuki.records import models

KEPT = 400  # results; one a night is more than a year


def check(now: datetime) -> Proof:
    """Prove, and write down when and what; a fault calls people."""
    proof = verify(now)
    with transaction.atomic(durable=True):
        models.Verification.objects.create(at=now, faults=len(proof.faults), totals=proof.totals, counts=proof.counts)
        old = models.Verification.objects.order_by("-at").values_list("id", flat=True)[KEPT:]
        models.Verification.objects.filter(id__in=list(old)).delete()
        if proof.faults:
            incidents.report(IncidentKind.BOOKS_DO_NOT_HOLD, f"{now:%F}", now, faults=list(proof.faults[:20]))
    return proof
