"""Proving the books on a clock, and keeping what was found."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction

from tsuzuki.actions import incidents
from tsuzuki.actions.verify import Proof, verify
from tsuzuki.records import models

KEPT = 400  # results; one a night is more than a year


@contextmanager
def _as_long_as_it_takes() -> Iterator[None]:
    """A proof reads everything; a worker's limit for one statement is not meant for it."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        try:
            yield
        finally:
            cursor.execute("RESET statement_timeout")


def check(now: datetime) -> Proof:
    """Prove, and write down when and what; a fault calls people."""
    with _as_long_as_it_takes():
        proof = verify(now)
    with transaction.atomic(durable=True):
        models.Verification.objects.create(at=now, faults=len(proof.faults), totals=proof.totals, counts=proof.counts)
        old = models.Verification.objects.order_by("-at").values_list("id", flat=True)[KEPT:]
        models.Verification.objects.filter(id__in=list(old)).delete()
        if proof.faults:
            incidents.report("books_do_not_hold", f"{now:%F}", now, faults=list(proof.faults[:20]))
    return proof
