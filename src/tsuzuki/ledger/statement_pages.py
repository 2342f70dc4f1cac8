"""Pages of a statement: newest first, each page beginning after the entry the previous one ended with."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tsuzuki.core.ledger_event import LedgerEvent
from tsuzuki.core.money import Money

from .book import event_of
from .models import Entry


@dataclass(frozen=True, slots=True)
class Numbered:
    id: int
    event: LedgerEvent | None  # None: no event of ours
    at: datetime
    other: str  # the account on the other side
    amount: Money  # positive: flowed in


@dataclass(frozen=True, slots=True)
class Written:
    event: LedgerEvent | None
    at: datetime
    source: str
    destination: str
    amount: Money


def written(subjects: Collection[UUID]) -> list[Written]:
    """All postings about these records, in the order they were written."""
    rows = Entry.objects.filter(subject_id__in=subjects).order_by("id")
    return [
        Written(event_of(row), row.at, row.source, row.destination, Money(row.minor, row.currency))
        for row in rows
    ]


def page(account: str, currency: str, before: int | None, limit: int) -> list[Numbered]:
    rows = Entry.objects.filter(currency=currency)
    if before is not None:
        rows = rows.filter(id__lt=before)
    # An index for each.
    out, in_ = (rows.filter(**{side: account}).order_by("-id")[:limit] for side in ("source", "destination"))
    result = []
    for row in out.union(in_, all=True).order_by("-id")[:limit]:
        inward = row.destination == account
        amount = Money(row.minor if inward else -row.minor, currency)
        result.append(
            Numbered(row.id, event_of(row), row.at, row.source if inward else row.destination, amount)
        )
    return result
