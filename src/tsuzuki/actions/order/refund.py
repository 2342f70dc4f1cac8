"""Money goes back where it came from, in the amount and currency paid: credit to its lot, a voucher as a new
voucher, the rest through its gateway; what cannot go back by itself is owed.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Sum

from tsuzuki.actions.engine import attempts, steps
from tsuzuki.actions.engine.ask import Heard
from tsuzuki.actions.engine.attempts import Subject
from tsuzuki.actions.engine.clock import Clock
from tsuzuki.actions.engine.lane import Lane
from tsuzuki.actions.engine.providers import gateway, why_not_by_itself
from tsuzuki.actions.engine.reach import reachable
from tsuzuki.actions.engine.steps import Opened, Verdict
from tsuzuki.actions.messages import notices
from tsuzuki.actions.money import accounts, credit, unsettled, vouchers
from tsuzuki.actions.write import incidents
from tsuzuki.actions.write.ids import mint_beside
from tsuzuki.core import postings
from tsuzuki.core.ledger_event import LedgerEvent
from tsuzuki.core.money import Money
from tsuzuki.core.order import DisputeState, Outcome, State, Step, TenderState, allocate
from tsuzuki.core.states import NO_CLAIM, IncidentKind, RefundState
from tsuzuki.ledger import book
from tsuzuki.payments.port import DISPUTED
from tsuzuki.records import models, queries
from tsuzuki.records.available import available

from . import refund_sent
from .move import lock_orders, move


def lock_homes(delivered: Iterable[models.Order], back: Sequence[models.Order]) -> None:
    """Before the first of a group is moved, all balances it may change are locked: accounts, then lots of
    credit, each in id order. `delivered` earn a commission; what was paid for `back` goes home. Orders, lines
    and attempts are locked before.
    """
    accounts.lock(delivered, back)
    if back:
        credit.lock(back)


def begin(orders: Sequence[models.Order], why: str, now: datetime) -> None:
    """Orders already moved to REFUNDING: split what each was paid over its tenders and start every part.
    Orders and homes are locked. What is disputed does not go: whoever settles the disputes decides of it.
    """
    by_purchase: dict[UUID, list[models.Order]] = {}
    for order in orders:
        by_purchase.setdefault(order.purchase_id, []).append(order)
    for purchase, group in by_purchase.items():
        shares, money = shares_of(purchase), available([purchase])
        for order in group:
            for tender, minor in shares[order.id]:
                _start(purchase, order, tender, minor, why, now, disputed=money[tender.id].disputed)
    tell_begun(orders, now)
    for order in orders:
        settle(order, now)


def tell_begun(orders: Sequence[models.Order], now: datetime) -> None:
    """Of a refund that waits for a dispute nothing is told: it has not begun."""
    rows = models.Refund.objects.filter(order__in=[order.id for order in orders])
    going = rows.exclude(state__in=[RefundState.CONTESTED, RefundState.BY_DISPUTE, *NO_CLAIM])
    begun = set(going.values_list("order", flat=True))
    notices.tell([order for order in orders if order.id in begun], "refund_begun", now)


def shares_of(purchase: UUID) -> dict[UUID, list[tuple[models.Tender, int]]]:
    """By order, which tenders paid it and how much.

    Where money goes back, that was decided when it began; what is left of each tender pays the other orders
    in their order. Money paid too much has its own way back.
    """
    tenders = {
        row.id: row
        for row in models.Tender.objects.filter(purchase=purchase, state=TenderState.PAID).order_by(
            "position"
        )
    }
    orders = list(
        models.Order.objects.filter(purchase=purchase).order_by("position").values_list("id", "minor")
    )
    found: dict[UUID, list[tuple[models.Tender, int]]] = {id: [] for id, _ in orders}
    left = {tender.id: tender.minor for tender in tenders.values()}
    going = models.Refund.objects.filter(purchase=purchase, tender__in=tenders).exclude(state__in=NO_CLAIM)
    for id, order, minor in (
        going.values_list("tender", "order").annotate(Sum("minor")).order_by("tender__position", "order")
    ):
        left[id] -= minor
        if order is not None:
            found[order].append((tenders[id], minor))
    rest = [(id, minor) for id, minor in orders if not found[id]]
    for share in allocate(list(left.values()), [minor for _, minor in rest]):
        found[rest[share.order][0]].append((list(tenders.values())[share.tender], share.minor))
    return found


def late_money(purchase: models.Purchase, tender: models.Tender, minor: int, now: datetime) -> None:
    """Money for a purchase that no longer waits:
    back it goes, against its expired or cancelled orders first.
    """
    orders = lock_orders(list(models.Order.objects.filter(purchase=purchase).values_list("id", flat=True)))
    gone = sorted(
        (order for order in orders if order.state in (State.EXPIRED, State.CANCELLED)),
        key=lambda order: order.position,
    )
    shares = allocate([minor], [order.minor for order in gone])
    late = [gone[share.order] for share in shares]
    disputed = available([purchase.id])[tender.id].disputed
    move(late, Step.LATE_MONEY, Outcome.DONE, now)
    for share in shares:
        _start(purchase.id, gone[share.order], tender, share.minor, "late_money", now, disputed)
    tell_begun(late, now)
    for order in late:
        settle(order, now)
    if left := minor - sum(share.minor for share in shares):
        _start(purchase.id, None, tender, left, "paid_too_much", now, disputed)


def _start(
    purchase: UUID,
    order: models.Order | None,
    tender: models.Tender,
    minor: int,
    why: str,
    now: datetime,
    disputed: bool,
) -> None:
    amount = Money(minor, tender.currency)
    refund = models.Refund(
        id=mint_beside(now, tender.id),
        purchase_id=purchase,
        order=order,
        tender=tender,
        minor=minor,
        currency=tender.currency,
        state=RefundState.WAITING,
        due_at=now,
        why=why,
        begun_at=now,
    )
    moved = postings.refund_begun(purchase, refund.id, amount)
    if disputed:
        refund.state, refund.due_at = RefundState.CONTESTED, None
        unsettled.mark([purchase], now)
    elif home := _ours(refund, order, tender, amount, now):
        moved += postings.refund_done(refund.id, home)
        refund.state, refund.done_at, refund.due_at = RefundState.DONE, now, None
    # The second: taken over from an old system, which no gateway of ours can pay back.
    elif tender.method in ("voucher", "opening"):
        moved += postings.refund_owed(refund.id, amount)
        refund.state, refund.due_at = RefundState.OWED, None
    elif reason := why_not_by_itself(tender, now):
        moved += postings.refund_owed(refund.id, amount)
        refund.state, refund.due_at = RefundState.OWED, None
        incidents.report(IncidentKind.REFUND_OWED, refund.id, now, order=order, reason=reason)
    refund.save(force_insert=True)
    book.post({LedgerEvent.refund_begun(refund.id): moved}, now)


def _ours(
    refund: models.Refund, order: models.Order | None, tender: models.Tender, amount: Money, now: datetime
) -> list[tuple[str, Money]]:
    """Where money goes that nobody else need be asked for, done at once.

    Empty: a gateway is to be asked, or it is owed.
    """
    if tender.method == "credit":
        return credit.give_back(tender, amount, now)
    if tender.method == "account":
        return accounts.give_back(tender, amount)
    if tender.method == "voucher" and order is not None and order.purchase.email:
        _, codes = vouchers.make_batch(amount, 1, now)
        notices.tell_payer(order, "new_voucher", now, about=str(refund.id), secret=codes[0])
        return [(postings.clearing("voucher"), amount)]
    return []


def settle(order: models.Order, now: datetime) -> None:
    """Where all parts of an order's refund are over, so is the order. It is locked."""
    if order.state not in (State.REFUNDING, State.REFUND_OWED):
        return
    states = set(models.Refund.objects.filter(order=order).values_list("state", flat=True))
    if states & {RefundState.WAITING, RefundState.ASKED, RefundState.CONTESTED}:
        return
    if RefundState.OWED not in states:
        move([order], Step.REFUND, Outcome.DONE, now, needs_staff="")
        if RefundState.DONE in states:  # else the buyer has it by the dispute, and was told so
            notices.tell([order], "refunded", now)
    elif order.state == State.REFUNDING:
        move([order], Step.REFUND, Outcome.REFUSED, now)
        newest = models.Refund.objects.filter(order=order, state=RefundState.OWED).latest("id")
        # Once for each time it did not go.
        notices.tell([order], "refund_owed", now, about=str(newest.id) if newest.part else "")


@transaction.atomic(durable=True)
def open_due(clock: Clock, limit: int, only: UUID | None, lane: Lane | None = None) -> Opened:
    """Write down an attempt for each refund its gateway has not been asked for.

    None of a payment that is disputed, or of a purchase whose disputes are to be settled.
    """
    now = clock.now()
    due = models.Refund.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
    due = due.filter(state=RefundState.WAITING, due_at__lte=now)
    held = Q(state=DisputeState.OPEN, tender=OuterRef("tender")) | Q(due_at__isnull=False)
    due = due.exclude(Exists(models.Dispute.objects.filter(held, purchase=OuterRef("purchase"))))
    if only:
        due = due.filter(purchase=only)
    if lane:
        due = due.filter(tender__gateway=lane.name)
    found = list(due.select_related("tender__attempt").order_by("due_at", "id")[:limit])
    refunds = reachable(
        found, lambda refund: refund.tender.gateway, lambda refund: gateway(refund.tender.gateway), now
    )
    subjects = [_subject(refund) for refund in refunds]
    opened = attempts.open_attempts(subjects, clock)
    models.Refund.objects.filter(id__in=[refund.id for refund in refunds]).update(
        state=RefundState.ASKED, due_at=None
    )
    askings = [steps.refund(attempt, refund, clock) for attempt, refund in zip(opened, refunds, strict=True)]
    return Opened(askings, len(refunds))


def _subject(refund: models.Refund) -> Subject:
    question = {"amount": Money(refund.minor, refund.currency)}
    return Subject(
        refund.id,
        refund.purchase_id,
        "refund",
        refund.tender.gateway,
        question,
        steps.timing_of_gateway(refund.tender.gateway),
    )


@transaction.atomic(durable=True)
def close(heard: Sequence[Heard], me: str, now: datetime, looked: bool) -> None:
    """Take the gateways' answers into the books, one transaction for the group."""
    ids = [asking.attempt for asking, _ in heard]
    contested = [asking.attempt for asking, said in heard if said.reason == DISPUTED]
    paid_by = attempts.lock(
        models.Attempt.objects.filter(tender__refunds__attempt__in=contested).values_list("id", flat=True)
    )
    ours = models.Refund.objects.filter(attempt__in=ids, order__isnull=False)
    orders = {order.id: order for order in lock_orders(list(ours.values_list("order", flat=True)))}
    of_theirs = models.Refund.objects.filter(tender__refunds__attempt__in=ids).values("id")
    list(
        models.Refund.objects.select_for_update(no_key=True)
        .filter(id__in=of_theirs)
        .order_by("id")
        .values_list("id")
    )
    rows = models.Refund.objects.select_related("attempt", "tender").filter(attempt__in=ids).order_by("id")
    refunds = {refund.attempt.id: refund for refund in rows}
    locked = attempts.lock(ids)
    tenders = {refund.tender_id for refund in refunds.values()}
    disputed = set(
        models.Dispute.objects.filter(tender__in=tenders, state=DisputeState.OPEN).values_list(
            "tender", flat=True
        )
    )
    notes, over = [], []
    for asking, said in heard:
        attempt, refund = locked[asking.attempt], refunds[asking.attempt]
        verdict = attempts.judge(attempt, said, me)
        order = orders.get(refund.order_id) if refund.order_id else None
        if verdict is None or (attempt.outcome == Outcome.REFUSED and verdict is not Verdict.DONE):
            again = attempts.nothing_new(attempt, said, asking, looked, now)
            notes.extend([again] if again else [])
            over.extend([] if again else [attempt])
            continue
        if verdict is Verdict.DONE:
            notes.append(attempts.closed(attempt, said, Outcome.DONE, now))
            refund_sent.done(refund, order, said, now)
        elif verdict is Verdict.REFUSED:
            notes.append(attempts.closed(attempt, said, Outcome.REFUSED, now))
            if attempt.outcome == Outcome.DONE:
                refund_sent.came_back(refund, order, said, now)
            elif not refund_sent.was_sent_already(refund, now) and refund.state == RefundState.ASKED:
                _refused(refund, said.reason, refund.tender_id in disputed, now)
        else:
            notes.append(attempts.still_open(attempt, said, asking, now, looked))
            if verdict is Verdict.CANNOT_TELL or (
                verdict is Verdict.UNSURE and attempts.lasts_too_long(attempt, looked)
            ):
                incidents.report(IncidentKind.REFUND_UNSURE, refund.id, now, order=order)
            continue
        if order is not None and order.state in (State.REFUNDING, State.REFUND_OWED):
            settle(order, now)
    attempts.write(notes, over, now, looked)
    unsettled.mark({refund.purchase_id for refund in refunds.values()}, now)
    models.Attempt.objects.filter(
        id__in=[id for id, one in paid_by.items() if one.tender_id not in disputed]
    ).update(look_at=now)


def _refused(refund: models.Refund, reason: str, is_disputed: bool, now: datetime) -> None:
    """Its gateway will not send it:
    for a dispute, or because one that is lost took of its money meanwhile, or for good.
    """
    if reason == DISPUTED or is_disputed or available([refund.purchase_id])[refund.tender_id].left < 0:
        _replace(refund, now)
    else:
        owe(refund, reason, now)


def _replace(refund: models.Refund, now: datetime) -> models.Refund:
    """Refused because its money is disputed: one attempt has one key for ever, so another refund waits for
    the end of the dispute.
    """
    amount = Money(refund.minor, refund.currency)
    following = refund_sent.another(refund, refund.minor, RefundState.CONTESTED, now)
    book.post(
        {LedgerEvent.refund_begun(following.id): postings.refund_given_up(refund.id, following.id, amount)},
        now,
    )
    models.Refund.objects.filter(id=refund.id).update(state=RefundState.GIVEN_UP)
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
    incidents.report(IncidentKind.REFUND_OWED, refund.id, now, order=refund.order, reason=reason)
