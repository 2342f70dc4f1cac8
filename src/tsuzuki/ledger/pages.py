"""A statement in pages: the newest first, each page after the entry the one before ended with."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from tsuzuki.core.money import Money

from .models import Transfer


@dataclass(frozen=True, slots=True)
class Numbered:
    id: int
    event: str
    at: datetime
    other: str  # the account on the other side
    amount: Money  # positive: flowed in


@dataclass(frozen=True, slots=True)
class Written:
    event: str
    at: datetime
    source: str
    destination: str
    amount: Money


def written(events: Collection[str]) -> list[Written]:
    """The postings of these events, in the order they were written."""
    rows = Transfer.objects.filter(event__in=events).order_by("id")
    return [Written(row.event, row.at, row.source, row.destination, Money(row.minor, row.currency)) for row in rows]


def page(account: str, currency: str, before: int | None, limit: int) -> list[Numbered]:
    rows = Transfer.objects.filter(Q(source=account) | Q(destination=account), currency=currency)
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = []
    for row in rows.order_by("-id")[:limit]:
        inward = row.destination == account
        amount = Money(row.minor if inward else -row.minor, currency)
        found.append(Numbered(row.id, row.event, row.at, row.source if inward else row.destination, amount))
    return found
