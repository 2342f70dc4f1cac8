"""Collecting money: gateways are asked about the tenders that need one; when all money is in, the orders
are paid.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from tsuzuki.actions.engine import attempts, provider_calls
from tsuzuki.actions.engine.attempts import AttemptSubject
from tsuzuki.actions.engine.broken_providers import skip_broken_providers
from tsuzuki.actions.engine.clock import Clock
from tsuzuki.actions.engine.lane import Lane, Side
from tsuzuki.actions.engine.provider_calls import OpenedAttempts, ProviderAnswer, ProviderCall, ProviderStatus
from tsuzuki.actions.engine.providers import gateway, method_of, never_closed
from tsuzuki.actions.engine.step import Answer, AnsweredCall, Answers, AttemptUpdate, Opening, ProviderStep
from tsuzuki.actions.messages import notifications
from tsuzuki.actions.write import incidents
from tsuzuki.core import postings
from tsuzuki.core.ledger_event import LedgerEvent
from tsuzuki.core.money import Money
from tsuzuki.core.order import DisputeState, Outcome, Step, TenderState
from tsuzuki.core.states import OTHER_AMOUNT, IncidentKind
from tsuzuki.ledger import book
from tsuzuki.payments.port import DISPUTED, Payer, PaymentRequest
from tsuzuki.records import models
from tsuzuki.records.available import available
from tsuzuki.records.promise import promise_of

from . import disputes, other_amount, refund, refund_refused, saved
from .other_amount import is_other
from .transitions import lock_orders, lock_purchases, transition, with_carriers

DISPUTED_PAUSE = timedelta(days=1)


def all_paid(purchases: Sequence[models.Purchase], now: datetime) -> None:
    """Enough is in: the orders are paid and the clock of «deliver or refund» starts.

    Purchases are locked by the caller.
    """
    if not purchases:
        return
    ids = [purchase.id for purchase in purchases]
    orders = lock_orders(list(models.Order.objects.filter(purchase__in=ids).values_list("id", flat=True)))
    with_carriers(orders)
    models.Purchase.objects.filter(id__in=ids).update(waiting=False)
    for refund_by, group in clocks(orders, now).items():
        transition(group, Step.PAY, Outcome.DONE, now, due_at=now, refund_by=refund_by)
    incidents.settle(orders, now, "paid", incidents.PAYMENT)
    notifications.receipt(orders, now)


def clocks(orders: Sequence[models.Order], now: datetime) -> dict[datetime, list[models.Order]]:
    """By when orders paid now are to be delivered, or their refund begun."""
    by_carrier: dict[str, datetime] = {}
    result: dict[datetime, list[models.Order]] = {}
    for order in orders:
        if order.carrier_id not in by_carrier:
            carrier = order.carrier
            by_carrier[carrier.code] = promise_of(carrier, now)  # what the buyer read before paying
        result.setdefault(by_carrier[order.carrier_id], []).append(order)
    return result


@transaction.atomic(durable=True)
def open_due(clock: Clock, limit: int, only: UUID | None, lane: Lane | None = None) -> OpenedAttempts:
    """Write down an attempt for each tender whose gateway has not been asked.

    Never beside one that is still to be closed.
    """
    now = clock.now()
    closing = models.Tender.objects.filter(purchase=OuterRef("purchase"), state=TenderState.CLOSING)
    for name, method in never_closed():  # it ends by itself; if both are paid, one goes back
        closing = closing.exclude(gateway=name, method=method)
    due = models.Tender.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
    due = due.filter(state=TenderState.WAITING, due_at__lte=now)
    if only:
        due = due.filter(purchase=only)
    if lane:
        due = due.filter(gateway=lane.name)
    results = list(
        due.exclude(Exists(closing))
        .select_related("purchase")
        .prefetch_related("saved")
        .order_by("due_at", "id")[:limit]
    )
    tenders = skip_broken_providers(
        results, lambda tender: tender.gateway, lambda tender: gateway(tender.gateway), now
    )
    subjects = [
        AttemptSubject(
            tender,
            STEP.name,
            STEP.link,
            tender.gateway,
            _question(tender, now),
            attempts.key_of(STEP.name, tender.id),
            provider_calls.timing_of_gateway(tender.gateway),
        )
        for tender in tenders
    ]
    opened = attempts.open_attempts(subjects, clock)
    models.Tender.objects.filter(id__in=[tender.id for tender in tenders]).update(
        state=TenderState.OPEN, due_at=None
    )
    return OpenedAttempts(opened, len(tenders))


def _question(tender: models.Tender, now: datetime) -> PaymentRequest:
    purchase, method = tender.purchase, method_of(tender)
    until = min(purchase.pay_by, now + method.longest) if method and method.longest else purchase.pay_by
    return PaymentRequest(
        key=attempts.key_of(STEP.name, tender.id),
        amount=Money(tender.minor, tender.currency),
        method=tender.method,
        label=purchase.code,
        locale=purchase.language,
        return_url=f"{settings.PUBLIC_URL}/p/{purchase.token}",
        live_until=until,
        payer=Payer(purchase.email) if method and method.needs_email else None,
        keep=tender.keep_for_id is not None,
    )


@dataclass(frozen=True, slots=True)
class Locked:
    """What the gateways' answers may change, locked."""

    purchases: dict[UUID, models.Purchase]
    tenders: dict[UUID, models.Tender]
    orders: Collection[UUID]  # purchases whose disputes are settled: all of them is locked
    doubted: Sequence[models.Refund]


def lock(heard: Sequence[AnsweredCall]) -> tuple[dict[UUID, models.Attempt], Locked]:
    purchases = lock_purchases({call.purchase for call, _ in heard})
    rows = models.Tender.objects.select_for_update(no_key=True)
    tenders = {row.id: row for row in rows.filter(id__in={call.subject for call, _ in heard}).order_by("id")}
    locked = attempts.lock([call.attempt for call, _ in heard])
    doubted = _doubted(locked, heard)
    disputed = {call.purchase for call, answer in heard if answer.disputes}
    orders = disputes.lock(disputed | {entry.purchase_id for entry in doubted})
    return locked, Locked(purchases, tenders, orders.keys(), doubted)


def note(held: Locked, one: Answer, now: datetime) -> AttemptUpdate:
    """With another amount than was asked for it is open as long as there is something to send back."""
    tender, answer = held.tenders[one.asking.subject], one.said
    if one.verdict is not ProviderStatus.DONE:
        return attempts.as_said(held, one, now)
    if one.attempt.outcome != Outcome.DONE and answer.paid is not None and is_other(tender, answer):
        outcome = "" if other_amount.to_send_back(tender, answer.paid) else one.attempt.outcome
        return _watched(attempts.at_rest(one.attempt, answer, OTHER_AMOUNT, outcome, now), now)
    return _watched(attempts.as_said(held, one, now), now)


def take_in(held: Locked, answers: Answers, now: datetime) -> Sequence[Answer]:
    """Take the gateways' answers into the books."""
    paid = _decide(held, answers, now)
    _take_in(paid, now)
    kept = [
        (held.tenders[answer.asking.subject], answer.said.saved)
        for answer in answers.heard
        if answer.said.saved
    ]
    saved.keep(kept, now)
    told = [
        (held.tenders[answer.asking.subject], answer.said) for answer in answers.heard if answer.said.disputes
    ]
    here = [
        (tender, answer)
        for tender, answer in told
        if tender.state == TenderState.PAID or is_other(tender, answer)
    ]
    purchases = held.purchases
    changed = [row for tender, answer in here for row in disputes.record(tender, answer.disputes, now)]
    back = {row.tender_id for row in changed if purchases[row.purchase_id].waiting}
    _carry_on(
        [*paid, *(tender for tender, _ in told if tender.id in back and tender not in paid)],
        paid,
        purchases,
        now,
    )
    orders = disputes.lock(held.orders)  # they may have been paid just now
    for order in orders:
        disputes.report_dispute(
            [row for row in changed if row.purchase_id == order], purchases[order], orders[order], now
        )
    _owe(held.doubted, now)
    disputes.settle({order: purchases[order] for order in orders}, orders, now)
    return ()


def _decide(held: Locked, answers: Answers, now: datetime) -> list[models.Tender]:
    """What each answer means to its tender alone. Those that are paid now."""
    paid = []
    for answer in answers.heard:
        tender, attempt, reply = held.tenders[answer.asking.subject], answer.attempt, answer.said
        if attempt.outcome == Outcome.DONE:
            # More came later, to the same account.
            if reply.paid is not None and is_other(tender, reply):
                other_amount.report_other_amount(tender, reply.paid, now)
            if answer.verdict is ProviderStatus.DONE:
                attempts.report_second_success(STEP, answer, now)
        elif answer.verdict is ProviderStatus.DONE and reply.paid is not None and is_other(tender, reply):
            if not attempt.outcome or other_amount.to_send_back(tender, reply.paid):
                waits = not attempt.outcome or held.purchases[tender.purchase_id].waiting
                other_amount.hold(tender, _orders_of(tender) if waits else (), reply.paid, now)
        elif answer.verdict is ProviderStatus.DONE:
            if attempt.standing == OTHER_AMOUNT:
                other_amount.paid_as_asked(tender, now)
            paid.append(tender)
        elif answer.verdict is ProviderStatus.REFUSED:
            if attempt.standing == OTHER_AMOUNT:
                other_amount.sent_back(tender, _orders_of(tender), now)
            _refused(tender, held.purchases[tender.purchase_id], reply.reason, now)
        elif answer.verdict is not None:
            _watch(tender, answer, now)
    return paid


def _doubted(locked: dict[UUID, models.Attempt], heard: Sequence[AnsweredCall]) -> list[models.Refund]:
    """Refunds refused as disputed, though their gateway says now that nothing of the payment is disputed."""
    paid = [
        (call.subject, answer)
        for call, answer in heard
        if locked[call.attempt].outcome and answer.verdict is ProviderStatus.DONE
    ]
    calm = [tender for tender, answer in paid if not _is_open(answer)]
    return refund_refused.in_doubt(calm) if calm else []


def _is_open(said: ProviderAnswer) -> bool:
    return any(dispute.state is DisputeState.OPEN for dispute in said.disputes)


def _owe(doubted: Sequence[models.Refund], now: datetime) -> None:
    """Nobody can say why: people pay out what the disputes told just now do not account for."""
    known = {entry.id for entry in doubted}
    for row in refund_refused.in_doubt({entry.tender_id for entry in doubted}):
        if row.id in known:
            refund_refused.owe(row, DISPUTED, now)
            if row.order_id:
                refund.settle(lock_orders([row.order_id])[0], now)


def _watched(note: AttemptUpdate, now: datetime) -> AttemptUpdate:
    """A dispute that is open is looked at now and then, should the event that ends it be lost."""
    return replace(note, look_at=note.look_at or now + DISPUTED_PAUSE) if _is_open(note.said) else note


def _take_in(paid: Sequence[models.Tender], now: datetime) -> None:
    """The money of these tenders is in."""
    moved = {
        LedgerEvent.tender_paid(t.id): postings.paid(t.gateway, t.purchase_id, Money(t.minor, t.currency))
        for t in paid
    }
    book.post(moved, now)
    models.Tender.objects.filter(id__in=[tender.id for tender in paid]).update(
        state=TenderState.PAID, paid_at=now, due_at=None
    )
    for tender in paid:
        tender.state = TenderState.PAID


def _carry_on(
    about: Sequence[models.Tender],
    paid: Sequence[models.Tender],
    purchases: dict[UUID, models.Purchase],
    now: datetime,
) -> None:
    """`paid` is in now; of the rest of `about` a dispute changed before the price was together.

    Purchases that now have enough go on; what comes beside or after goes back.
    """
    if not about:
        return
    siblings: dict[UUID, list[models.Tender]] = {}
    rows = models.Tender.objects.select_for_update(of=("self",), no_key=True).filter(
        purchase__in={tender.purchase_id for tender in about}
    )
    for tender in rows.order_by("id"):
        siblings.setdefault(tender.purchase_id, []).append(tender)
    money = available(siblings)
    enough, too_much = [], []
    for key, all_of_it in siblings.items():
        # Two of one purchase may come in one group.
        purchase, came = purchases[key], [tender for tender in paid if tender.purchase_id == key]
        over, parts = (
            sum(tender.minor for tender in came),
            [(tender, tender.minor) for tender in reversed(came)],
        )
        if purchase.waiting:
            held = [tender for tender in all_of_it if tender.state == TenderState.PAID]
            if sum(money[tender.id].brought for tender in held) < purchase.minor:
                continue
            over = sum(tender.minor for tender in held) - purchase.minor
            newest = [*reversed(came), *(tender for tender in held if tender not in came)]
            parts = [
                (tender, money[tender.id].withheld) for tender in held
            ]  # what is disputed is not the price
            parts += [(tender, money[tender.id].brought) for tender in newest]
            purchase.waiting = False
            enough.append(purchase)
        for tender, most in parts:
            if (part := min(most, over)) > 0:
                too_much.append((purchase, tender, part))
                over -= part
    close_open([tender for purchase in enough for tender in siblings[purchase.id]], now)
    all_paid(enough, now)
    # Known now, though it is not enough yet, or too late.
    for key in siblings.keys() - {purchase.id for purchase in enough}:
        incidents.settle(_orders_of(siblings[key][0]), now, "paid", [IncidentKind.PAYMENT_UNSURE])
    for purchase, tender, minor in too_much:
        refund.late_money(purchase, tender, minor, now)


def _refused(tender: models.Tender, purchase: models.Purchase, reason: str, now: datetime) -> None:
    """No money will come of it. The orders go on waiting; another method can be chosen until `pay_by`."""
    over = tender.state in (TenderState.CLOSING, TenderState.CLOSED)
    closing = over or not purchase.waiting or now >= purchase.pay_by
    state = TenderState.CLOSED if closing else TenderState.REFUSED
    models.Tender.objects.filter(id=tender.id).update(state=state, reason=reason[:60], due_at=None)
    incidents.settle(_orders_of(tender), now, "not_paid", [IncidentKind.PAYMENT_UNSURE])
    if not closing:
        notifications.notify_payment(_orders_of(tender), "needs_you", now, about=str(tender.id))


def _watch(tender: models.Tender, one: Answer, now: datetime) -> None:
    if one.verdict is ProviderStatus.CANNOT_TELL or (
        one.verdict is ProviderStatus.UNSURE and attempts.lasts_too_long(one.attempt, one.looked)
    ):
        incidents.call_staff(_orders_of(tender), IncidentKind.PAYMENT_UNSURE, now)
    if one.said.ours:
        incidents.report(IncidentKind.SUPPLIER_REFUSES_US, tender.gateway, now)


def _orders_of(tender: models.Tender) -> list[models.Order]:
    return list(
        models.Order.objects.select_related("purchase", "line")
        .filter(purchase=tender.purchase_id)
        .order_by("position")
    )


def close_open(tenders: Sequence[models.Tender], now: datetime) -> None:
    """What was never asked is simply closed.

    What was asked is to be closed at its gateway, which may answer «paid».
    """
    ids = [tender.id for tender in tenders if tender.state in (TenderState.WAITING, TenderState.OPEN)]
    if not ids:
        return
    models.Tender.objects.filter(id__in=ids, state=TenderState.WAITING).update(
        state=TenderState.CLOSED, due_at=None
    )
    models.Tender.objects.filter(id__in=ids, state=TenderState.OPEN).update(state=TenderState.CLOSING)
    attempts.wake_attempts(
        models.Attempt.objects.filter(tender__in=ids, tender__state=TenderState.CLOSING, outcome=""), now
    )


def _asking(attempt: models.Attempt, clock: Clock) -> ProviderCall:
    assert attempt.tender is not None
    return provider_calls.pay(attempt, attempt.tender, clock)


STEP = ProviderStep(
    name="pay",
    link="tender",
    side=Side.GATEWAY,
    opening=Opening(
        "SELECT 1 FROM records_tender WHERE state = 'waiting' AND due_at <= %(now)s",
        frozenset({Side.GATEWAY}),
        open_due,
    ),
    asking=_asking,
    lock=lock,
    note=note,
    take_in=take_in,
    second_success=IncidentKind.PAID_TWICE,
)
