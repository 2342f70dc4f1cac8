"""Spending and giving back line credit: each lot is an account, spent by a conditional update in the posting's transaction."""
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from tsuzuki.core import postings
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import Money
from tsuzuki.ledger import book
from tsuzuki.records import models

LEAST_AFTER_REFUND = timedelta(days=30)  # what comes back can be used for at least this long


def spend(lines: Collection[UUID], tender: models.Tender, amount: Money, now: datetime) -> list[tuple[UUID, Money]]:
    """Take an amount from the credit lots of some lines, the earliest to end first. Returns what each lot gave."""
    lots = models.Lot.objects.select_for_update().filter(
        line__in=lines, good="credit", currency=amount.currency, state="confirmed", remaining__gt=0, starts_at__lte=now, ends_at__gt=now
    )
    left, parts = amount.minor, []
    for lot in sorted(lots.order_by("id"), key=lambda lot: (lot.ends_at, lot.id)):  # locked in id order, used by date
        take = min(left, lot.remaining or 0)
        if not take:
            break
        if not models.Lot.objects.filter(id=lot.id, remaining__gte=take).update(remaining=F("remaining") - take):
            raise Refused(Code.CREDIT_SHORT, missing=str(amount))
        parts.append((lot.id, Money(take, amount.currency)))
        left -= take
    if left:
        raise Refused(Code.CREDIT_SHORT, missing=str(Money(left, amount.currency)))
    models.Spending.objects.bulk_create(models.Spending(tender=tender, lot_id=lot, minor=part.minor) for lot, part in parts)
    return parts


def give_back(tender: models.Tender, amount: Money, now: datetime) -> list[tuple[str, Money]]:
    """Return an amount to the lots it came from, the longest-lived first; (account, part) for the postings."""
    spendings = models.Spending.objects.select_for_update().filter(tender=tender, returned__lt=F("minor")).order_by("id")
    left, parts = amount.minor, []
    for spending in sorted(spendings.select_related("lot"), key=lambda spending: spending.lot.ends_at, reverse=True):
        part = min(left, spending.minor - spending.returned)
        if part:
            models.Spending.objects.filter(id=spending.id).update(returned=F("returned") + part)
            ends_at = max(spending.lot.ends_at, now + LEAST_AFTER_REFUND)
            models.Lot.objects.filter(id=spending.lot_id).update(remaining=F("remaining") + part, ends_at=ends_at)
            parts.append((postings.credit(spending.lot_id), Money(part, amount.currency)))
            left -= part
    assert not left, f"tender {tender.id} never spent what is to come back"
    return parts


@transaction.atomic(durable=True)
def expire(now: datetime, limit: int = 1000) -> int:
    """Close credit lots whose date has passed with something left. Returns how many."""
    lots = list(
        models.Lot.objects.select_for_update(skip_locked=True)
        .filter(good="credit", state="confirmed", ends_at__lte=now, remaining__gt=0)
        .order_by("id")[:limit]
    )
    book.post({f"lot {lot.id} expired {lot.ends_at:%F}": postings.credit_expired(lot.id, Money(lot.remaining or 0, lot.currency)) for lot in lots}, now)
    models.Lot.objects.filter(id__in=[lot.id for lot in lots]).update(remaining=0)
    return len(lots)
