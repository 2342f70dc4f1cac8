"""A refund that its gateway will not send: another waits for the end of a dispute, or it is owed."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from tsuzuki.core import postings
from tsuzuki.core.ledger_event import LedgerEvent
from tsuzuki.core.money import Money
from tsuzuki.core.states import RefundState
from tsuzuki.ledger import book
from tsuzuki.payments.port import DISPUTED
from tsuzuki.records import models, queries
from tsuzuki.records.available import available

from . import refund_sent


def refused(refund: models.Refund, reason: str, is_disputed: bool, now: datetime) -> None:
    """Its gateway will not send it:
    for a dispute, or because one that is lost took of its money meanwhile, or for good.
    """
    if reason == DISPUTED or is_disputed or available([refund.purchase_id])[refund.tender_id].left < 0:
        _replace(refund, now)
    else:
        owe(refund, reason, now)


def _replace(refund: models.Refund, now: datetime) -> models.Refund:
    """Refused because its money is disputed: one attempt has one key for ever, so another refund waits for
    the end of the dispute, and goes where this one was to go.
    """
    amount = Money(refund.minor, refund.currency)
    following = refund_sent.another(refund, refund.minor, RefundState.CONTESTED, now)
    book.post(
        {LedgerEvent.refund_begun(following.id): postings.refund_given_up(refund.id, following.id, amount)},
        now,
    )
    models.Refund.objects.filter(id=following.id).update(bank_details=refund.bank_details)
    models.Refund.objects.filter(id=refund.id).update(state=RefundState.GIVEN_UP, bank_details=None)
    return following


# A refusal at the very moment of the last decision may be older than it: two of them are not.
_IN_DOUBT = """
SELECT {columns} FROM records_refund r
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE state = 'open') AS open, max(closed_at) AS last
  FROM records_dispute WHERE tender_id = r.tender_id
) d
WHERE r.tender_id = ANY(%(tenders)s) AND r.state = 'contested' AND d.open = 0 AND 2 <= (
  SELECT sum(CASE WHEN d.last IS NULL OR a.closed_at > d.last THEN 2 WHEN a.closed_at = d.last THEN 1 END)
  FROM records_refund g JOIN records_attempt a ON a.refund_id = g.id
  WHERE g.tender_id = r.tender_id AND g.order_id IS NOT DISTINCT FROM r.order_id AND g.state = 'given_up'
    AND a.outcome = 'refused' AND a.reason = %(reason)s)
ORDER BY r.id
"""


def in_doubt(tenders: Collection[UUID]) -> list[models.Refund]:
    """Refunds of these tenders that wait though we know of no open dispute: their gateway refused them for
    one, and its payment is looked at.
    """
    return list(
        models.Refund.objects.raw(
            _IN_DOUBT.format(columns=queries.columns(models.Refund, "r")),
            {"tenders": list(tenders), "reason": DISPUTED},
        )
    )


def owe(refund: models.Refund, reason: str, now: datetime) -> None:
    """It cannot go back by itself (cash, convenience store, a closed card):
    the buyer is asked, or the counter pays.
    """
    book.post(
        {
            LedgerEvent.refund_owed(refund.id): postings.refund_owed(
                refund.id, Money(refund.minor, refund.currency)
            )
        },
        now,
    )
    models.Refund.objects.filter(id=refund.id).update(state=RefundState.OWED, bank_details=None)
    refund_sent.tell_owed(refund, reason, now)
