"""Money goes back where it came from, in the amount and currency paid: credit to its lot, a voucher as a new voucher, the rest
through its gateway; what cannot go back by itself is owed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from tsuzuki.actions import accounts, credit, incidents, notices, vouchers
from tsuzuki.actions.ids import mint_beside
from tsuzuki.actions.providers import gateway
from tsuzuki.core import postings
from tsuzuki.core.money import Money
from tsuzuki.core.order import Outcome, State, Step, TenderState, allocate
from tsuzuki.ledger import book
from tsuzuki.records import models

from . import attempts, steps
from .ask import Heard
from .attempts import Subject
from .clock import Clock
from .move import lock_orders, move
from .reach import reachable
from .steps import Opened, Said, Verdict


def lock_homes(delivered: Iterable[models.Order], back: Sequence[models.Order]) -> None:
    """Before the first of a group is moved, all balances it may change are locked: accounts, then lots of credit, each in id order.
    `delivered` earn a commission; what was paid for `back` goes home. Orders, lines and attempts are locked before."""
    accounts.lock(delivered, back)
    if back:
        credit.lock(back)


def begin(orders: Sequence[models.Order], why: str, now: datetime) -> None:
    """Orders already moved to REFUNDING: split what each was paid over its tenders and start every part. Orders and homes are locked."""
    by_purchase: dict[UUID, list[models.Order]] = {}
    for order in orders:
        by_purchase.setdefault(order.purchase_id, []).append(order)
    for purchase, group in by_purchase.items():
        tenders, brought = _brought(purchase)
        prices = list(models.Order.objects.filter(purchase=purchase).order_by("position").values_list("minor", flat=True))
        shares = allocate(brought, prices)
        for order in group:
            for share in shares:
                if share.order == order.position:
                    _start(purchase, order, tenders[share.tender], share.minor, why, now)
    notices.tell(orders, "refund_begun", now)
    for order in orders:
        settle(order, now)


def _brought(purchase: UUID) -> tuple[list[models.Tender], list[int]]:
    """The tenders that paid, with what each brought of the price: money paid too much has its own way back."""
    rows = models.Tender.objects.filter(purchase=purchase, state__in=[TenderState.PAID, TenderState.REVERSED])
    tenders = list(rows.order_by("position"))
    back = models.Refund.objects.filter(purchase=purchase, order=None).values_list("tender", "minor")
    return tenders, [tender.minor - sum(minor for id, minor in back if id == tender.id) for tender in tenders]


def late_money(purchase: models.Purchase, tender: models.Tender, minor: int, now: datetime) -> None:
    """Money for a purchase that no longer waits: back it goes, against its expired or cancelled orders first."""
    orders = lock_orders(list(models.Order.objects.filter(purchase=purchase).values_list("id", flat=True)))
    gone = sorted((order for order in orders if order.state in (State.EXPIRED, State.CANCELLED)), key=lambda order: order.position)
    shares = allocate([minor], [order.minor for order in gone])
    late = [gone[share.order] for share in shares]
    move(late, Step.LATE_MONEY, Outcome.DONE, now)
    for share in shares:
        _start(purchase.id, gone[share.order], tender, share.minor, "late_money", now)
    notices.tell(late, "refund_begun", now)
    for order in late:
        settle(order, now)
    if left := minor - sum(share.minor for share in shares):
        _start(purchase.id, None, tender, left, "paid_too_much", now)


def _start(purchase: UUID, order: models.Order | None, tender: models.Tender, minor: int, why: str, now: datetime) -> None:
    amount = Money(minor, tender.currency)
    refund = models.Refund(
        id=mint_beside(now, tender.id), purchase_id=purchase, order=order, tender=tender, minor=minor, currency=tender.currency,
        state="waiting", due_at=now, why=why, begun_at=now,
    )  # fmt: skip
    moved = postings.refund_begun(purchase, refund.id, amount)
    if home := _ours(refund, order, tender, amount, now):
        moved += postings.refund_done(refund.id, home)
        refund.state, refund.done_at, refund.due_at = "done", now, None
    elif tender.method in ("voucher", "opening"):  # the second: taken over from an old system, which no gateway of ours can pay back
        moved += postings.refund_owed(refund.id, amount)
        refund.state, refund.due_at = "owed", None
    refund.save(force_insert=True)
    book.post({f"refund {refund.id} begun": moved}, now)


def _ours(
    refund: models.Refund, order: models.Order | None, tender: models.Tender, amount: Money, now: datetime
) -> list[tuple[str, Money]]:
    """Where money goes that nobody else need be asked for, done at once. Empty: a gateway is to be asked, or it is owed."""
    if tender.state == TenderState.REVERSED:
        return [(postings.REVERSAL_LOSS, amount)]  # the buyer has it back already
    if tender.method == "credit":
        return credit.give_back(tender, amount, now)
    if tender.method == "account":
        return accounts.give_back(tender, amount)
    if tender.method == "voucher" and order is not None and order.purchase.email:
        _, codes = vouchers.make_batch(amount, 1, now)
        notices.tell_payer(order, "new_voucher", now, {"voucher": codes[0]}, about=str(refund.id))
        return [(postings.clearing("voucher"), amount)]
    return []


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
def open_due(clock: Clock, limit: int, only: UUID | None) -> Opened:
    """Write down an attempt for each refund its gateway has not been asked for."""
    now = clock.now()
    due = models.Refund.objects.select_for_update(of=("self",), skip_locked=True).filter(state="waiting", due_at__lte=now)
    if only:
        due = due.filter(purchase=only)
    found = list(due.select_related("tender__attempt").order_by("due_at", "id")[:limit])
    refunds = reachable(found, lambda refund: refund.tender.method, lambda refund: gateway(refund.tender.method), now)
    subjects = [_subject(refund) for refund in refunds]
    opened = attempts.open_attempts(subjects, clock)
    models.Refund.objects.filter(id__in=[refund.id for refund in refunds]).update(state="asked", due_at=None)
    askings = [steps.refund(attempt, refund.tender.attempt, clock) for attempt, refund in zip(opened, refunds, strict=True)]
    return Opened(askings, len(refunds))


def _subject(refund: models.Refund) -> Subject:
    question = {"amount": Money(refund.minor, refund.currency)}
    return Subject(refund.id, refund.purchase_id, "refund", refund.tender.method, question, steps.timing_of_gateway(refund.tender.method))


@transaction.atomic(durable=True)
def close(heard: Sequence[Heard], me: str, now: datetime, looked: bool) -> None:
    """Take the gateways' answers into the books, one transaction for the group."""
    ids = [asking.attempt for asking, _ in heard]
    orders = {
        o.id: o
        for o in lock_orders(list(models.Refund.objects.filter(attempt__in=ids, order__isnull=False).values_list("order", flat=True)))
    }
    rows = models.Refund.objects.select_for_update(of=("self",)).select_related("attempt", "tender").filter(attempt__in=ids).order_by("id")
    refunds = {refund.attempt.id: refund for refund in rows}
    locked = attempts.lock(ids)
    notes, over = [], []
    for asking, said in heard:
        attempt, refund = locked[asking.attempt], refunds[asking.attempt]
        verdict = attempts.judge(attempt, said, me)
        order = orders.get(refund.order_id) if refund.order_id else None
        if verdict is None or (attempt.outcome and verdict is not Verdict.DONE):
            again = attempts.not_found_out(attempt, said, now)
            notes.extend([again] if again else [])
            over.extend([] if again else [attempt])
            continue
        if verdict is Verdict.DONE:
            notes.append(attempts.closed(attempt, said, "done"))
            _done(refund, order, said, now)
        elif verdict is Verdict.REFUSED:
            notes.append(attempts.closed(attempt, said, "refused"))
            _owe(refund, said.reason, now)
        else:
            notes.append(attempts.still_open(attempt, said, asking, now, looked))
            if verdict is Verdict.CANNOT_TELL or (verdict is Verdict.UNSURE and attempts.lasts_too_long(attempt, looked)):
                incidents.report("refund_unsure", refund.id, now, order=order)
            continue
        if order is not None:
            settle(order, now)
    attempts.write(notes, over, now, looked)


def _done(refund: models.Refund, order: models.Order | None, said: Said, now: datetime) -> None:
    """It went back by the gateway: also where it had seemed owed, unless the till was quicker."""
    if refund.state == "done":
        incidents.report("refunded_twice", refund.id, now, order=order)
        return
    finish(refund, said.reference, postings.clearing(refund.tender.method), now)
    models.Incident.objects.filter(kind="refund_owed", subject=str(refund.id), closed_at=None).update(closed_at=now, answer="refunded")


def finish(refund: models.Refund, reference: str, to: str, now: datetime) -> None:
    """The money is back, through the account `to`: the gateway's it came from, or the till's for one that was owed."""
    amount = Money(refund.minor, refund.currency)
    moved = postings.owed_paid(refund.id, to, amount) if refund.state == "owed" else postings.refund_done(refund.id, [(to, amount)])
    book.post({f"refund {refund.id} done": moved}, now)
    models.Refund.objects.filter(id=refund.id).update(state="done", done_at=now, reference=reference[:120])


def _owe(refund: models.Refund, reason: str, now: datetime) -> None:
    """It cannot go back by itself (cash, convenience store, a closed card): the buyer is asked, or the counter pays."""
    book.post({f"refund {refund.id} owed": postings.refund_owed(refund.id, Money(refund.minor, refund.currency))}, now)
    models.Refund.objects.filter(id=refund.id).update(state="owed")
    incidents.report("refund_owed", refund.id, now, order=refund.order, reason=reason)
