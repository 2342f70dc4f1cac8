"""Refunds of one tender and one order, adjusted to the tender's disputes."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from tsuzuki.core import postings
from tsuzuki.core.ledger_event import LedgerEvent
from tsuzuki.core.money import Money
from tsuzuki.core.states import IncidentKind, RefundState
from tsuzuki.ledger import book
from tsuzuki.records import models

from . import refund_sent

NOT_SENT = (RefundState.CONTESTED, RefundState.OWED, RefundState.WAITING)


def bring(rows: Sequence[models.Refund], lost: int, is_open: bool, now: datetime) -> None:
    """The buyer has `lost` by disputes: so much of these refunds is over.

    While one is open no gateway is asked for the rest; what is owed stays owed, and `work` does not pay it
    out. What a gateway was asked for already is judged when it answers. Rows are locked.
    """
    by_dispute = [row for row in rows if row.state == RefundState.BY_DISPUTE]
    not_sent = sorted(
        (row for row in rows if row.state in NOT_SENT), key=lambda row: NOT_SENT.index(RefundState(row.state))
    )
    over = sum(row.minor for row in by_dispute)
    kept = list(not_sent)
    if over < lost:
        kept = list(_end(not_sent, lost - over, now))
    elif over > lost:
        kept += _reopen(by_dispute, over - lost, now)
    ids = [row.id for row in kept if row.state != RefundState.OWED]
    changes = (
        {"state": RefundState.CONTESTED, "due_at": None}
        if is_open
        else {"state": RefundState.WAITING, "due_at": now}
    )
    models.Refund.objects.filter(id__in=ids).exclude(state=changes["state"]).update(**changes)


def _end(rows: Sequence[models.Refund], minor: int, now: datetime) -> Iterator[models.Refund]:
    """So much of them is over. What remains is yielded."""
    for row in rows:
        part = min(row.minor, minor)
        minor -= part
        if part < row.minor:
            yield row
        if part:
            amount = Money(part, row.currency)
            moved = postings.refund_by_dispute(refund_sent.account_of(row), amount)
            if part == row.minor:
                book.post({LedgerEvent.refund_done(row.id): moved}, now)
                models.Refund.objects.filter(id=row.id).update(
                    state=RefundState.BY_DISPUTE, done_at=now, due_at=None, bank_details=None
                )
                owed = models.Incident.objects.filter(
                    kind=IncidentKind.REFUND_OWED, subject=str(row.id), closed_at=None
                )
                owed.update(closed_at=now, answer="returned by the dispute")
            else:
                over = refund_sent.another(row, part, RefundState.BY_DISPUTE, now)
                models.Refund.objects.filter(id=over.id).update(done_at=now)
                book.post({LedgerEvent.refund_begun(over.id): moved}, now)
                _reduce(row, part)


def _reopen(rows: Sequence[models.Refund], minor: int, now: datetime) -> Iterator[models.Refund]:
    """So much of them was returned by a dispute that was won later: it is to be refunded after all, by
    refunds of their own.
    """
    for row in reversed(rows):
        part = min(row.minor, minor)
        minor -= part
        if part:
            again = refund_sent.another(row, part, RefundState.CONTESTED, now)
            moved = postings.refund_after_all(again.id, Money(part, row.currency))
            book.post({LedgerEvent.refund_begun(again.id): moved}, now)
            if part == row.minor:
                models.Refund.objects.filter(id=row.id).update(state=RefundState.GIVEN_UP)
            else:
                _reduce(row, part)
            yield again


def _reduce(row: models.Refund, part: int) -> None:
    row.minor -= part
    models.Refund.objects.filter(id=row.id).update(minor=row.minor)
