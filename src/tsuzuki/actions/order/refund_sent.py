"""What finally became of a refund at its gateway: it was sent, perhaps after it had seemed refused, or it
came back; and what that means for other refunds of the same money.
"""

from datetime import datetime

from django.db.models import QuerySet

from tsuzuki import decode
from tsuzuki.actions.engine.provider_calls import ProviderAnswer
from tsuzuki.actions.messages import notifications
from tsuzuki.actions.write import incidents
from tsuzuki.actions.write.ids import mint_beside
from tsuzuki.core import postings
from tsuzuki.core.ledger_event import LedgerEvent
from tsuzuki.core.money import Money
from tsuzuki.core.order import Outcome, State, Step
from tsuzuki.core.states import IncidentKind, RefundState
from tsuzuki.ledger import book
from tsuzuki.records import models
from tsuzuki.records.available import available

from .transitions import transition


def another(refund: models.Refund, minor: int, state: RefundState, now: datetime) -> models.Refund:
    """Beside or after a refund: for a part of its money, or all of it. Its posting is the caller's."""
    parts = models.Refund.objects.filter(tender=refund.tender_id, order=refund.order_id)
    return models.Refund.objects.create(
        id=mint_beside(now, refund.tender_id),
        purchase_id=refund.purchase_id,
        order_id=refund.order_id,
        tender_id=refund.tender_id,
        part=1 + max(parts.values_list("part", flat=True)),
        minor=minor,
        currency=refund.currency,
        state=state,
        why=refund.why,
        begun_at=refund.begun_at,
    )


# What may stand for the money of a refund that was refused.
INSTEAD = (RefundState.CONTESTED, RefundState.WAITING, RefundState.OWED, RefundState.BY_DISPUTE)


def done(
    refund: models.Refund,
    order: models.Order | None,
    attempt: models.Attempt,
    said: ProviderAnswer,
    now: datetime,
) -> None:
    """It went back by the gateway: also where it had seemed refused, and others stand for its money since."""
    sent = decode.convert(attempt.question["amount"], Money)
    if refund.state in (RefundState.ASKED, RefundState.OWED) and refund.minor == sent.minor:
        finish(refund, said.reference, postings.clearing(refund.tender.gateway), now)
        no_longer_owed(refund, now)
    else:
        _sent_after_all(refund, order, sent, said.reference, now)


def _sent_after_all(
    refund: models.Refund, order: models.Order | None, sent: Money, reference: str, now: datetime
) -> None:
    """The money has left the gateway.

    What stands for it and is not sent yet is stopped; the rest went out twice: people claim it back.
    """
    rows = list(_beside(refund).filter(state__in=INSTEAD))
    rows.sort(key=lambda row: (row.id != refund.id, INSTEAD.index(RefundState(row.state)), row.id))
    provider, left, moved = refund.tender.gateway, sent.minor, []
    for row in rows:
        if part := min(row.minor, left):
            moved += postings.refund_sent(account_of(row), provider, Money(part, row.currency))
            left -= part
            _stop(row, part, now)
    over = {"done_at": now, "due_at": None, "reference": reference[:120], "bank_details": None}
    if covered := sent.minor - left:
        row = another(refund, covered, RefundState.DONE, now) if refund.state == RefundState.DONE else refund
        book.post({LedgerEvent.refund_sent(row.id): moved}, now)
        models.Refund.objects.filter(id=row.id).update(state=RefundState.DONE, minor=covered, **over)
    if left:
        twice, amount = another(refund, left, RefundState.TWICE, now), Money(left, refund.currency)
        book.post(
            {
                LedgerEvent.refund_begun(twice.id): postings.refund_sent(
                    postings.REFUND_LOSS, provider, amount
                )
            },
            now,
        )
        models.Refund.objects.filter(id=twice.id).update(**over)
        incidents.report(IncidentKind.REFUNDED_TWICE, twice.id, now, order=order, amount=str(amount))


def _beside(refund: models.Refund) -> QuerySet[models.Refund]:
    """All refunds of the same money."""
    return models.Refund.objects.filter(tender=refund.tender_id, order=refund.order_id).order_by("id")


def account_of(row: models.Refund) -> str:
    """Where the money of a refund is."""
    places = {RefundState.OWED: postings.owed(row.id), RefundState.BY_DISPUTE: postings.REVERSAL_LOSS}
    return places.get(RefundState(row.state), postings.refund(row.id))


def _stop(row: models.Refund, part: int, now: datetime) -> None:
    """So much of it need not be sent any more."""
    if part == row.minor:
        models.Refund.objects.filter(id=row.id).update(
            state=RefundState.GIVEN_UP, due_at=None, bank_details=None
        )
        no_longer_owed(row, now)
    else:
        models.Refund.objects.filter(id=row.id).update(minor=row.minor - part)


def came_back(
    refund: models.Refund,
    order: models.Order | None,
    attempt: models.Attempt,
    said: ProviderAnswer,
    now: datetime,
) -> None:
    """It was sent, and did not arrive: the gateway has the money again,
    and the same way would fail once more.
    """
    if (
        refund.state != RefundState.DONE
        or refund.minor != decode.convert(attempt.question["amount"], Money).minor
    ):
        # Others were sent or stopped for it: people decide.
        incidents.report(IncidentKind.REFUND_UNSURE, refund.id, now, order=order)
        return
    disputed = available([refund.purchase_id])[refund.tender_id].disputed
    following = another(refund, refund.minor, RefundState.CONTESTED if disputed else RefundState.OWED, now)
    moved = postings.refund_came_back(
        refund.tender.gateway, account_of(following), Money(refund.minor, refund.currency)
    )
    book.post({LedgerEvent.refund_begun(following.id): moved}, now)
    models.Refund.objects.filter(id=refund.id).update(state=RefundState.GIVEN_UP)
    if not disputed:
        tell_owed(following, said.reason, now)
    if order is not None and order.state == State.REFUNDED:
        transition([order], Step.REOPEN, Outcome.DONE, now)


def tell_owed(refund: models.Refund, reason: str, now: datetime) -> None:
    """To people. The payer is asked as its order is settled; of what was paid too much, which has no order,
    right here.
    """
    incidents.report(IncidentKind.REFUND_OWED, refund.id, now, order=refund.order, reason=reason)
    if refund.order_id is None:
        orders = models.Order.objects.select_related("purchase", "line").filter(purchase=refund.purchase_id)
        first = orders.order_by("position")[:1]
        notifications.notify(first, "refund_owed", now, about=str(refund.id), holder=False)


def no_longer_owed(refund: models.Refund, now: datetime) -> None:
    raised = models.Incident.objects.filter(
        kind=IncidentKind.REFUND_OWED, subject=str(refund.id), closed_at=None
    )
    raised.update(closed_at=now, answer="refunded")


def was_sent_already(refund: models.Refund, now: datetime) -> bool:
    """Refused, and another was sent for the same money meanwhile: it did not go out twice after all.

    True: nothing is left of this one.
    """
    for twice in _beside(refund).filter(state=RefundState.TWICE):
        if not (part := min(refund.minor, twice.minor)):
            break
        moved = postings.refund_not_twice(refund.id, Money(part, refund.currency))
        book.post({LedgerEvent.refund_sent(refund.id, twice.id): moved}, now)
        counts = twice if part == twice.minor else another(twice, part, RefundState.DONE, now)
        models.Refund.objects.filter(id=counts.id).update(
            state=RefundState.DONE, done_at=twice.done_at, reference=twice.reference
        )
        if counts is twice:
            raised = models.Incident.objects.filter(
                kind=IncidentKind.REFUNDED_TWICE, subject=str(twice.id), closed_at=None
            )
            raised.update(closed_at=now, answer="the other one was refused")
        else:
            models.Refund.objects.filter(id=twice.id).update(minor=twice.minor - part)
        _stop(refund, part, now)
        refund.minor -= part
    return not refund.minor


def finish(refund: models.Refund, reference: str, to: str, now: datetime) -> None:
    """The money is back, through the account `to`: the gateway's it came from,
    or the till's for one that was owed.
    """
    amount = Money(refund.minor, refund.currency)
    owed = refund.state == RefundState.OWED
    moved = (
        postings.owed_paid(refund.id, to, amount) if owed else postings.refund_done(refund.id, [(to, amount)])
    )
    book.post({LedgerEvent.refund_done(refund.id): moved}, now)
    models.Refund.objects.filter(id=refund.id).update(
        state=RefundState.DONE, done_at=now, reference=reference[:120], bank_details=None
    )
