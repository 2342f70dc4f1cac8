"""Refunds.

Money goes back the way it came, in the amount and currency paid: credit to its lot, a voucher as a new
voucher, the rest through its gateway; what cannot go back by itself is owed.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Sum

from tsuzuki.actions.engine import attempts, provider_calls
from tsuzuki.actions.engine.attempts import AttemptSubject
from tsuzuki.actions.engine.broken_providers import skip_broken_providers
from tsuzuki.actions.engine.clock import Clock
from tsuzuki.actions.engine.lane import Lane, Side
from tsuzuki.actions.engine.provider_calls import OpenedAttempts, ProviderCall, ProviderStatus
from tsuzuki.actions.engine.providers import gateway, why_not_by_itself
from tsuzuki.actions.engine.step import Answer, AnsweredCall, Answers, Opening, ProviderStep
from tsuzuki.actions.messages import notifications
from tsuzuki.actions.money import own_means, unsettled
from tsuzuki.actions.money.own_means import OWN_MEANS
from tsuzuki.actions.write import incidents
from tsuzuki.actions.write.ids import mint_beside
from tsuzuki.core import postings
from tsuzuki.core.ledger_event import LedgerEvent
from tsuzuki.core.means import Back, Home
from tsuzuki.core.money import Money
from tsuzuki.core.order import DisputeState, Outcome, State, Step, TenderState, allocate
from tsuzuki.core.states import NO_CLAIM, IncidentKind, RefundState
from tsuzuki.ledger import book
from tsuzuki.payments.port import DISPUTED
from tsuzuki.records import models
from tsuzuki.records.available import available

from . import refund_sent
from .refund_refused import refused
from .transitions import lock_orders, transition


def lock_refund_targets(delivered: Iterable[models.Order], back: Sequence[models.Order]) -> None:
    """Before the first of a group is moved, all balances it may change are locked: accounts, then lots of
    credit, each in id order. `delivered` earn a commission; what was paid for `back` goes home. Orders, lines
    and attempts are locked before.
    """
    own_means.lock(delivered, back)


def begin(orders: Sequence[models.Order], why: str, now: datetime) -> None:
    """Orders already moved to REFUNDING: split what each was paid over its tenders and start every part.
    Orders and homes are locked. What is disputed does not go: whoever settles the disputes decides of it.
    """
    by_purchase: dict[UUID, list[models.Order]] = {}
    for order in orders:
        by_purchase.setdefault(order.purchase_id, []).append(order)
    parts = []
    for purchase, group in by_purchase.items():
        shares, money = shares_of(purchase), available([purchase])
        parts += [
            _Part(order.purchase, order, tender, minor, money[tender.id].disputed)
            for order in group
            for tender, minor in shares[order.id]
        ]
    _start(parts, why, now)
    notify_begun(orders, now)
    for order in orders:
        settle(order, now)


def notify_begun(orders: Sequence[models.Order], now: datetime) -> None:
    """Of a refund that waits for a dispute nothing is told: it has not begun."""
    rows = models.Refund.objects.filter(order__in=[order.id for order in orders])
    going = rows.exclude(state__in=[RefundState.CONTESTED, RefundState.BY_DISPUTE, *NO_CLAIM])
    begun = set(going.values_list("order", flat=True))
    notifications.notify([order for order in orders if order.id in begun], "refund_begun", now)


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
    result: dict[UUID, list[tuple[models.Tender, int]]] = {id: [] for id, _ in orders}
    left = {tender.id: tender.minor for tender in tenders.values()}
    going = models.Refund.objects.filter(purchase=purchase, tender__in=tenders).exclude(state__in=NO_CLAIM)
    for id, order, minor in (
        going.values_list("tender", "order").annotate(Sum("minor")).order_by("tender__position", "order")
    ):
        left[id] -= minor
        if order is not None:
            result[order].append((tenders[id], minor))
    rest = [(id, minor) for id, minor in orders if not result[id]]
    for share in allocate(list(left.values()), [minor for _, minor in rest]):
        result[rest[share.order][0]].append((list(tenders.values())[share.tender], share.minor))
    return result


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
    transition(late, Step.LATE_MONEY, Outcome.DONE, now)
    parts = [_Part(purchase, gone[share.order], tender, share.minor, disputed) for share in shares]
    _start(parts, "late_money", now)
    notify_begun(late, now)
    for order in late:
        settle(order, now)
    if left := minor - sum(share.minor for share in shares):
        _start([_Part(purchase, None, tender, left, disputed)], "paid_too_much", now)


@dataclass(frozen=True, slots=True)
class _Part:
    """So much of one tender goes back for one order; without an order it was paid too much."""

    purchase: models.Purchase
    order: models.Order | None
    tender: models.Tender
    minor: int
    disputed: bool

    @property
    def amount(self) -> Money:
        return Money(self.minor, self.tender.currency)


def _start(parts: Sequence[_Part], why: str, now: datetime) -> None:
    homes = _homes(parts, now)
    refunds, owed, posted = [], [], {}
    for part, home in zip(parts, homes, strict=True):
        refund = models.Refund(
            id=mint_beside(now, part.tender.id),
            purchase=part.purchase,
            order=part.order,
            tender=part.tender,
            minor=part.minor,
            currency=part.tender.currency,
            state=RefundState.WAITING,
            due_at=now,
            why=why,
            begun_at=now,
        )
        moved = postings.refund_begun(part.purchase.id, refund.id, part.amount)
        if part.disputed:
            refund.state, refund.due_at = RefundState.CONTESTED, None
        elif home is not None and home.parts:
            moved += postings.refund_done(refund.id, home.parts)
            refund.state, refund.done_at, refund.due_at = RefundState.DONE, now, None
            _tell_secret(part, refund, home, now)
        elif home is not None:
            moved += postings.refund_owed(refund.id, part.amount)
            refund.state, refund.due_at = RefundState.OWED, None
        elif reason := why_not_by_itself(part.tender, now):
            moved += postings.refund_owed(refund.id, part.amount)
            refund.state, refund.due_at = RefundState.OWED, None
            owed.append((refund, reason))
        refunds.append(refund)
        posted[LedgerEvent.refund_begun(refund.id)] = moved
    if disputed := {part.purchase.id for part in parts if part.disputed}:
        unsettled.mark(disputed, now)
    models.Refund.objects.bulk_create(refunds)
    book.post(posted, now)
    for refund, reason in owed:
        refund_sent.tell_owed(refund, reason, now)


def _homes(parts: Sequence[_Part], now: datetime) -> list[Home | None]:
    """What our own books paid and nobody disputes is back there at once, or owed; None: its gateway is asked.

    Of a means that is not here any more, and of what was paid before the lines moved in, all is owed.
    """
    homes = [None if part.tender.gateway or part.disputed else Home() for part in parts]
    for method, means in OWN_MEANS.items():
        places = [
            place
            for place, home in enumerate(homes)
            if home is not None and parts[place].tender.method == method
        ]
        if places:
            results = means.refund([_back(parts[place]) for place in places], now)
            for place, home in zip(places, results, strict=True):
                homes[place] = home
    return homes


def _back(part: _Part) -> Back:
    has_address = part.order is not None and bool(part.purchase.email)
    return Back(part.tender.id, part.purchase.account_id, part.amount, has_address)


def _tell_secret(part: _Part, refund: models.Refund, home: Home, now: datetime) -> None:
    if home.secret and part.order is not None:
        notifications.notify_payer(part.order, home.message, now, about=str(refund.id), secret=home.secret)


def settle(order: models.Order, now: datetime) -> None:
    """Where all parts of an order's refund are over, so is the order. It is locked."""
    if order.state not in (State.REFUNDING, State.REFUND_OWED):
        return
    rows = list(models.Refund.objects.filter(order=order).order_by("id"))
    states = {row.state for row in rows}
    if RefundState.CONTESTED in states:
        return
    for row in rows:
        if row.state == RefundState.OWED:  # one letter for each, also while others are still on their way
            notifications.refund_owed(order, now, about=str(row.id))
    if states & {RefundState.WAITING, RefundState.ASKED}:
        return
    if RefundState.OWED not in states:
        transition([order], Step.REFUND, Outcome.DONE, now, needs_staff="")
        if RefundState.DONE in states:  # else the buyer has it by the dispute, and was told so
            notifications.notify([order], "refunded", now)
    elif order.state == State.REFUNDING:
        transition([order], Step.REFUND, Outcome.REFUSED, now)


@transaction.atomic(durable=True)
def open_due(clock: Clock, limit: int, only: UUID | None, lane: Lane | None = None) -> OpenedAttempts:
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
    results = list(
        due.select_related("tender").prefetch_related("tender__attempts").order_by("due_at", "id")[:limit]
    )
    refunds = skip_broken_providers(
        results, lambda refund: refund.tender.gateway, lambda refund: gateway(refund.tender.gateway), now
    )
    subjects = [_subject(refund) for refund in refunds]
    opened = attempts.open_attempts(subjects, clock)
    models.Refund.objects.filter(id__in=[refund.id for refund in refunds]).update(
        state=RefundState.ASKED, due_at=None
    )
    return OpenedAttempts(opened, len(refunds))


def _subject(refund: models.Refund) -> AttemptSubject:
    question = {"amount": Money(refund.minor, refund.currency)}
    return AttemptSubject(
        refund,
        STEP.name,
        STEP.link,
        refund.tender.gateway,
        question,
        attempts.key_of(STEP.name, refund.id),
        provider_calls.timing_of_gateway(refund.tender.gateway),
    )


@dataclass(frozen=True, slots=True)
class Locked:
    """What the gateways' answers may change, locked."""

    orders: dict[UUID, models.Order]
    refunds: dict[UUID, models.Refund]
    paid_by: dict[UUID, models.Attempt]  # that took the money of those refused as disputed
    disputed: Collection[UUID]  # tenders


def lock(heard: Sequence[AnsweredCall]) -> tuple[dict[UUID, models.Attempt], Locked]:
    subjects = {call.subject for call, _ in heard}
    contested = [call.subject for call, answer in heard if answer.reason == DISPUTED]
    paid_by = attempts.lock(
        models.Attempt.objects.filter(tender__refunds__in=contested).values_list("id", flat=True)
    )
    with_order = models.Refund.objects.filter(id__in=subjects, order__isnull=False)
    orders = {order.id: order for order in lock_orders(list(with_order.values_list("order", flat=True)))}
    of_theirs = models.Refund.objects.filter(tender__refunds__in=subjects).values("id")
    list(
        models.Refund.objects.select_for_update(no_key=True)
        .filter(id__in=of_theirs)
        .order_by("id")
        .values_list("id")
    )
    rows = models.Refund.objects.select_related("tender").filter(id__in=subjects).order_by("id")
    refunds = {refund.id: refund for refund in rows}
    locked = attempts.lock([call.attempt for call, _ in heard])
    tenders = {refund.tender_id for refund in refunds.values()}
    disputed = set(
        models.Dispute.objects.filter(tender__in=tenders, state=DisputeState.OPEN).values_list(
            "tender", flat=True
        )
    )
    return locked, Locked(orders, refunds, paid_by, disputed)


def take_in(held: Locked, answers: Answers, now: datetime) -> Sequence[Answer]:
    """Take the gateways' answers into the books."""
    for answer in answers.heard:
        refund = held.refunds[answer.asking.subject]
        order = held.orders.get(refund.order_id) if refund.order_id else None
        if answer.verdict in (ProviderStatus.DONE, ProviderStatus.REFUSED):
            _decide(held, refund, order, answer, now)
            if order is not None and order.state in (State.REFUNDING, State.REFUND_OWED):
                settle(order, now)
        elif answer.verdict is ProviderStatus.CANNOT_TELL or (
            answer.verdict is ProviderStatus.UNSURE and attempts.lasts_too_long(answer.attempt, answer.looked)
        ):
            incidents.report(IncidentKind.REFUND_UNSURE, refund.id, now, order=order)
    unsettled.mark({refund.purchase_id for refund in held.refunds.values()}, now)
    calm = [id for id, paid in held.paid_by.items() if paid.tender_id not in held.disputed]
    models.Attempt.objects.filter(id__in=calm).update(look_at=now)
    return ()


def _decide(
    held: Locked, refund: models.Refund, order: models.Order | None, one: Answer, now: datetime
) -> None:
    if one.verdict is ProviderStatus.DONE:
        refund_sent.done(refund, order, one.attempt, one.said, now)
    elif one.attempt.outcome == Outcome.DONE:
        refund_sent.came_back(refund, order, one.attempt, one.said, now)
    elif not refund_sent.was_sent_already(refund, now) and refund.state == RefundState.ASKED:
        refused(refund, one.said.reason, refund.tender_id in held.disputed, now)


def _asking(attempt: models.Attempt, clock: Clock) -> ProviderCall:
    assert attempt.refund is not None
    return provider_calls.refund(attempt, attempt.refund, clock)


STEP = ProviderStep(
    name="refund",
    link="refund",
    side=Side.GATEWAY,
    opening=Opening(
        "SELECT 1 FROM records_refund WHERE state = 'waiting' AND due_at <= %(now)s",
        frozenset({Side.GATEWAY}),
        open_due,
    ),
    asking=_asking,
    lock=lock,
    note=attempts.as_said,
    take_in=take_in,
    second_success=IncidentKind.REFUNDED_TWICE,
    may_come_back=True,
)
