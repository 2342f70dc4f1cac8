"""Money goes back where it came from, in the amount and currency paid: credit to its lot, a voucher as a new voucher, the rest
through its gateway; what cannot go back by itself is owed."""
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from tsuzuki.actions import credit, incidents, notices, vouchers
from tsuzuki.actions.ids import mint_beside
from tsuzuki.core import postings
from tsuzuki.core.money import Money
from tsuzuki.core.order import Outcome, State, Step, TenderState, allocate
from tsuzuki.ledger import book
from tsuzuki.records import models

from . import attempts, steps
from .ask import Heard
from .attempts import Subject
from .move import lock_orders, move
from .steps import Asking, Verdict


def begin(orders: Sequence[models.Order], why: str, now: datetime) -> None:
    """Orders already moved to REFUNDING: split what each was paid over its tenders and start every part. Orders are locked."""
    for order in orders:
        tenders = list(
            models.Tender.objects.filter(purchase=order.purchase_id, state=TenderState.PAID)
            .exclude(refunds__in=models.Refund.objects.filter(order=None))  # money paid too much has its own way back
            .order_by("position")
        )
        prices = list(models.Order.objects.filter(purchase=order.purchase_id).order_by("position").values_list("minor", flat=True))
        shares = [share for share in allocate([tender.minor for tender in tenders], prices) if share.order == order.position]
        for share in shares:
            _start(order.purchase_id, order, tenders[share.tender], share.minor, why, now)
        notices.tell([order], "refund_begun", now)
        settle(order, now)


def late_money(purchase: models.Purchase, tender: models.Tender, now: datetime) -> None:
    """Money for a purchase that no longer waits: back it goes, against its expired or cancelled orders first."""
    orders = [order for order in lock_orders(list(models.Order.objects.filter(purchase=purchase).values_list("id", flat=True)))]
    gone = sorted((order for order in orders if order.state in (State.EXPIRED, State.CANCELLED)), key=lambda order: order.position)
    left = tender.minor
    for share in allocate([tender.minor], [order.minor for order in gone]):
        order = gone[share.order]
        move([order], Step.LATE_MONEY, Outcome.DONE, now)
        _start(purchase.id, order, tender, share.minor, "late_money", now)
        left -= share.minor
        notices.tell([order], "refund_begun", now)
        settle(order, now)
    if left:
        _start(purchase.id, None, tender, left, "paid_too_much", now)


def _start(purchase: UUID, order: models.Order | None, tender: models.Tender, minor: int, why: str, now: datetime) -> None:
    amount = Money(minor, tender.currency)
    refund = models.Refund(
        id=mint_beside(now, tender.id), purchase_id=purchase, order=order, tender=tender, minor=minor, currency=tender.currency,
        state="waiting", due_at=now, why=why, begun_at=now,
    )  # fmt: skip
    moved = postings.refund_begun(purchase, refund.id, amount)
    if tender.method == "credit":
        moved += postings.refund_done(refund.id, credit.give_back(tender, amount, now))
        refund.state, refund.done_at, refund.due_at = "done", now, None
    elif tender.method == "voucher":
        moved += postings.refund_done(refund.id, [(postings.clearing("voucher"), amount)])
        refund.state, refund.done_at, refund.due_at = "done", now, None
    refund.save(force_insert=True)
    book.post({f"refund {refund.id} begun": moved}, now)
    if tender.method == "voucher":
        _new_voucher(refund, order, tender, amount, now)


def _new_voucher(refund: models.Refund, order: models.Order | None, tender: models.Tender, amount: Money, now: datetime) -> None:
    """By mail where we know one; else the counter hands it out, and until then it is owed."""
    purchase = models.Purchase.objects.get(id=refund.purchase_id)
    if not purchase.email or order is None:
        book.post({f"refund {refund.id} owed": [*postings.paid("voucher", purchase.id, amount), *postings.refund_begun(purchase.id, refund.id, amount),
                                                *postings.refund_owed(refund.id, amount)]}, now)  # fmt: skip
        models.Refund.objects.filter(id=refund.id).update(state="owed", done_at=None)
        return
    _, codes = vouchers.make_batch(amount, 1, now)
    notices.tell([order], "new_voucher", now, {"voucher": codes[0]})


def settle(order: models.Order, now: datetime) -> None:
    """Where all parts of an order's refund are over, so is the order. It is locked and REFUNDING (or REFUND_OWED)."""
    states = set(models.Refund.objects.filter(order=order).values_list("state", flat=True))
    if states & {"waiting", "asked"}:
        return
    if "owed" not in states:
        move([order], Step.REFUND, Outcome.DONE, now, needs_staff="")
        notices.tell([order], "refunded", now)
    elif order.state == State.REFUNDING:
        move([order], Step.REFUND, Outcome.REFUSED, now)
        notices.tell([order], "refund_owed", now)


@transaction.atomic(durable=True)
def open_due(now: datetime, limit: int, only: UUID | None) -> list[Asking]:
    """Write down an attempt for each refund its gateway has not been asked for."""
    due = models.Refund.objects.select_for_update(of=("self",), skip_locked=True).filter(state="waiting", due_at__lte=now)
    if only:
        due = due.filter(purchase=only)
    refunds = list(due.select_related("tender__attempt").order_by("due_at", "id")[:limit])
    subjects = [
        Subject(refund.id, "refund", refund.tender.method, {"amount": Money(refund.minor, refund.currency)}, steps.timing_of_gateway(refund.tender.method))
        for refund in refunds
    ]
    opened = attempts.open_attempts(subjects, now)
    models.Refund.objects.filter(id__in=[refund.id for refund in refunds]).update(state="asked", due_at=None)
    return [steps.refund(attempt, refund.tender.attempt) for attempt, refund in zip(opened, refunds, strict=True)]


@transaction.atomic(durable=True)
def close(heard: Sequence[Heard], me: str, now: datetime, looked: bool) -> None:
    """Take the gateways' answers into the books, one transaction for the group."""
    rows = models.Refund.objects.select_related("attempt", "tender").filter(attempt__in=[asking.attempt for asking, _ in heard])
    refunds = {refund.attempt.id: refund for refund in rows}
    orders = {order.id: order for order in lock_orders([refund.order_id for refund in refunds.values() if refund.order_id])}
    locked = attempts.lock([asking.attempt for asking, _ in heard])
    notes, over = [], []
    for asking, said in heard:
        attempt, refund = locked[asking.attempt], refunds[asking.attempt]
        verdict = attempts.judge(attempt, said, me)
        if verdict is None or attempt.outcome:
            over.append(attempt)
            continue
        order = orders.get(refund.order_id) if refund.order_id else None
        if verdict is Verdict.DONE:
            notes.append(attempts.closed(attempt, said, "done"))
            finish(refund, said.reference, postings.clearing(refund.tender.method), now)
        elif verdict is Verdict.REFUSED:
            notes.append(attempts.closed(attempt, said, "refused"))
            _owe(refund, said.reason, now)
        else:
            notes.append(attempts.still_open(attempt, said, asking, now, looked))
            if verdict is Verdict.CANNOT_TELL:
                incidents.report("refund_unsure", refund.id, now, order=order)
            continue
        if order is not None:
            settle(order, now)
    attempts.write(notes, over, now, looked)


def finish(refund: models.Refund, reference: str, to: str, now: datetime) -> None:
    """The money is back: at the gateway it came from, or out of the till for one that was owed."""
    amount = Money(refund.minor, refund.currency)
    moved = postings.owed_paid_out(refund.id, amount) if refund.state == "owed" else postings.refund_done(refund.id, [(to, amount)])
    book.post({f"refund {refund.id} done": moved}, now)
    models.Refund.objects.filter(id=refund.id).update(state="done", done_at=now, reference=reference[:120])


def _owe(refund: models.Refund, reason: str, now: datetime) -> None:
    """It cannot go back by itself (cash, convenience store, a closed card): the buyer is asked, or the counter pays."""
    book.post({f"refund {refund.id} owed": postings.refund_owed(refund.id, Money(refund.minor, refund.currency))}, now)
    models.Refund.objects.filter(id=refund.id).update(state="owed")
    incidents.report("refund_owed", refund.id, now, order=refund.order, reason=reason)
