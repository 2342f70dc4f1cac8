"""Bringing balances forward and proving the books on a clock, and keeping what was found."""

from datetime import datetime

from django.db import OperationalError, connection, transaction

from tsuzuki.actions.money.verify import Proof, verify
from tsuzuki.actions.write import incidents
from tsuzuki.core.states import IncidentKind
from tsuzuki.ledger import forward
from tsuzuki.records import models

KEPT = 400  # results; one a night is more than a year


def check(now: datetime) -> Proof:
    """Prove, and write down when and what; a fault calls people."""
    proof = verify(now)
    with transaction.atomic(durable=True):
        models.Verification.objects.create(
            at=now, faults=len(proof.faults), totals=proof.totals, counts=proof.counts
        )
        old = models.Verification.objects.order_by("-at").values_list("id", flat=True)[KEPT:]
        models.Verification.objects.filter(id__in=list(old)).delete()
        if proof.faults:
            incidents.report(IncidentKind.BOOKS_DO_NOT_HOLD, f"{now:%F}", now, faults=list(proof.faults[:20]))
    return proof


def bring_forward() -> int:
    """Two transactions: the first holds up whoever posts, for a moment.

    Returns how many balances were written.
    """
    try:
        with transaction.atomic(durable=True):
            until = forward.last_settled()
    except OperationalError:  # somebody posts for longer than that: balances read a day more
        return 0
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # the first time it reads everything
        return forward.bring_forward(until)
