"""Disputes: money that is asked back from a gateway.

What a gateway tells of a dispute is written down and booked (`record`); then orders, refunds, credit and
commissions of the purchase are brought in line with all of its disputes (`settle`), each time from the
beginning: several may come, change and be decided in any order, and a decision may be taken back.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from tsuzuki.actions.messages import notifications
from tsuzuki.actions.money import accounts, credit
from tsuzuki.actions.write import incidents
from tsuzuki.actions.write.ids import mint_beside
from tsuzuki.core import postings
from tsuzuki.core.ledger_event import LedgerEvent
from tsuzuki.core.money import LARGEST_MINOR, Money
from tsuzuki.core.order import DisputeState, Outcome, State, Step, allocate
from tsuzuki.core.plan import Kind
from tsuzuki.core.states import NO_CLAIM, HoldingState, IncidentKind, RefundState
from tsuzuki.ledger import book
from tsuzuki.payments import port
from tsuzuki.records import models
from tsuzuki.records.available import Available, available

from . import refund, refund_parts, refund_refused
from .transitions import lock_orders, lock_purchases, transition

LETTER = {DisputeState.OPEN: "disputed", DisputeState.LOST: "reversed", DisputeState.WON: "dispute_won"}
MONEY = (IncidentKind.MONEY_DISPUTED, IncidentKind.MONEY_REVERSED)
GIVEN_BACK = (State.REFUNDING, State.REFUND_OWED, State.REFUNDED)


@dataclass(frozen=True, slots=True)
class DisputedShare:
    """What of the money that one tender paid for one order is disputed, and what of that is lost already."""

    total: int = 0
    lost: int = 0


def lock(purchases: Collection[UUID]) -> dict[UUID, list[models.Order]]:
    """Everything that settling changes, of purchases that are locked:
    orders, where money goes home to, refunds.
    """
    result: dict[UUID, list[models.Order]] = {purchase: [] for purchase in purchases}
    orders = lock_orders(list(models.Order.objects.filter(purchase__in=result).values_list("id", flat=True)))
    refund.lock_refund_targets([], orders)
    list(
        models.Refund.objects.select_for_update(no_key=True)
        .filter(purchase__in=result)
        .order_by("id")
        .values_list("id")
    )
    for order in sorted(orders, key=lambda order: order.position):
        result[order.purchase_id].append(order)
    return result


def record(
    tender: models.Tender, told: Sequence[port.DisputeSnapshot], now: datetime
) -> list[models.Dispute]:
    """What the gateway tells of a paid tender, written down and booked.

    Returns what is new, or otherwise than before. Of one it tells twice the last word counts.
    """
    known = {row.reference: row for row in models.Dispute.objects.filter(tender=tender)}
    by_id = {snapshot.id[:120]: snapshot for snapshot in told}
    return [
        row
        for id, snapshot in by_id.items()
        if (row := _heard(tender, known.get(id), snapshot, now)) is not None
    ]


def _heard(
    tender: models.Tender, row: models.Dispute | None, told: port.DisputeSnapshot, now: datetime
) -> models.Dispute | None:
    amount = told.amount
    if amount.currency != tender.currency or not 0 < amount.minor <= LARGEST_MINOR:
        incidents.report(
            IncidentKind.DISPUTE_UNREADABLE, tender.id, now, dispute=told.id[:60], amount=str(amount)[:60]
        )
    if not 0 < amount.minor <= LARGEST_MINOR:
        return None
    # Nobody can say here which part it is: nothing goes back until it is decided.
    if amount.currency != tender.currency:
        amount = Money(tender.minor, tender.currency)
    before = (DisputeState(row.state), Money(row.minor, row.currency)) if row else None
    if before == (told.state, amount):
        return None
    if row is None:
        row = models.Dispute(
            id=mint_beside(now, tender.id),
            purchase_id=tender.purchase_id,
            tender=tender,
            reference=told.id[:120],
            opened_at=now,
        )
    else:
        row.changes += 1
    row.minor, row.currency, row.state = amount.minor, amount.currency, told.state
    row.closed_at = None if told.state is DisputeState.OPEN else now
    row.save()
    moved = postings.dispute_moved(tender.gateway, row.id, before, (told.state, amount))
    book.post({LedgerEvent.dispute_changed(row.id, row.changes): moved}, now)
    return row


def report_dispute(
    changed: Sequence[models.Dispute],
    purchase: models.Purchase,
    orders: Sequence[models.Order],
    now: datetime,
) -> None:
    """The buyer by letter, in words that say no more than is decided; staff by an incident.

    Before the price is together, money that is disputed does not count towards it: the buyer is asked to pay
    another way.
    """
    for row in changed:
        facts = {"amount": str(Money(row.minor, row.currency)), "dispute": row.reference[:60]}
        raised = models.Incident.objects.filter(subject=str(row.id), kind__in=MONEY, closed_at=None)
        if row.state == DisputeState.WON:
            raised.update(closed_at=now, answer="won")
        else:
            kind = (
                IncidentKind.MONEY_DISPUTED if row.state == DisputeState.OPEN else IncidentKind.MONEY_REVERSED
            )
            raised.exclude(kind=kind).update(closed_at=now, answer=row.state)
            incidents.report(kind, row.id, now, order=orders[0], **facts)
        if purchase.waiting and row.state != DisputeState.WON:
            notifications.notify_payment(orders, "needs_you", now, about=str(row.tender_id))
        # Won before we heard of it: nobody was worried.
        elif not purchase.waiting and (row.state != DisputeState.WON or row.changes):
            notifications.notify_payment(
                orders, LETTER[DisputeState(row.state)], now, about=f"{row.id.hex} {row.changes}"
            )


@transaction.atomic(durable=True)
def settle_due(now: datetime, limit: int, only: UUID | None) -> int:
    """Purchases that were disputed, and of which something moved since."""
    rows = models.Purchase.objects.select_for_update(skip_locked=True, no_key=True)
    rows = rows.filter(Exists(models.Dispute.objects.filter(purchase=OuterRef("id"), due_at__lte=now)))
    purchases = lock_purchases(
        list((rows.filter(id=only) if only else rows).order_by("id").values_list("id", flat=True)[:limit])
    )
    settle(purchases, lock(purchases), now)
    return len(purchases)


def settle(
    purchases: dict[UUID, models.Purchase], orders: dict[UUID, list[models.Order]], now: datetime
) -> None:
    """`orders`: of `lock`.

    A purchase that still waits for money has nothing to settle: it counts what is here.
    """
    for id, purchase in purchases.items():
        if not purchase.waiting:
            _settle(id, orders[id], now)
    models.Dispute.objects.filter(purchase__in=purchases).update(due_at=None)


def _settle(purchase: UUID, orders: list[models.Order], now: datetime) -> None:
    money = available([purchase])
    if _of_the_price(purchase, money):
        waiting = [order for order in orders if order.state == State.PAID]
        transition(waiting, Step.APPLY, Outcome.REFUSED, now, refund_by=None)
        refund.begin(waiting, "money_disputed", now)
    gone = _gone(purchase, orders, money)
    refunds = list(models.Refund.objects.filter(purchase=purchase).exclude(state__in=NO_CLAIM).order_by("id"))
    doubtful = {row.tender_id for row in refund_refused.in_doubt(money)}
    for tender, about in money.items():
        if about.disputed:
            for id in (None, *(order.id for order in orders)):
                rows = [row for row in refunds if (row.tender_id, row.order_id) == (tender, id)]
                refund_parts.bring(rows, gone[tender, id].lost, about.open > 0 or tender in doubtful, now)
    for order in orders:
        if order.state in GIVEN_BACK:
            _refunded(order, now)
    lost = {order.id: sum(gone[tender, order.id].total for tender in money) for order in orders}
    _delivered([order for order in orders if order.state in (State.DELIVERED, State.REVERSED)], lost, now)
    for order in orders:
        if order.kind == Kind.CREDIT and order.state in (State.DELIVERED, State.REVERSED):
            _credit(order, [gone[tender, order.id] for tender in money], now)
    for tender, about in available([purchase]).items():
        # A dispute may ask for more than was paid.
        twice = min(about.back, about.back + about.withheld - about.paid, about.withheld)
        if about.paid and twice > 0 and about.disputed:
            amount = str(Money(twice, orders[0].currency))
            incidents.report_anew(IncidentKind.REFUNDED_AND_DISPUTED, tender, now, orders[0], amount)


def _of_the_price(purchase: UUID, money: dict[UUID, Available]) -> bool:
    """Whether any of the disputed money was to pay for something:
    what was paid too much goes back, or is gone, anyway.
    """
    surplus = dict.fromkeys(money, 0)
    rows = models.Refund.objects.filter(purchase=purchase, order=None).exclude(
        state__in=[*NO_CLAIM, RefundState.DONE]
    )
    for tender, minor in rows.values_list("tender", "minor"):
        surplus[tender] += minor
    return any(min(entry.withheld, entry.paid) > surplus[tender] for tender, entry in money.items())


def _gone(
    purchase: UUID, orders: list[models.Order], money: dict[UUID, Available]
) -> dict[tuple[UUID, UUID | None], DisputedShare]:
    """A dispute does not say what it is about: its amount is laid over what is not refunded yet of what its
    tender paid. First what was paid too much, then what is to be refunded anyway, then what was delivered;
    each in the order of the purchase.
    """
    result: dict[tuple[UUID, UUID | None], DisputedShare] = defaultdict(DisputedShare)
    shares = refund.shares_of(purchase)
    back: dict[tuple[UUID, UUID | None], int] = defaultdict(int)
    surplus: dict[UUID, int] = defaultdict(int)
    rows = models.Refund.objects.filter(purchase=purchase).exclude(state__in=NO_CLAIM)
    for row in rows:
        back[row.tender_id, row.order_id] += row.minor if row.state == RefundState.DONE else 0
        surplus[row.tender_id] += row.minor if row.order_id is None else 0
    ranked = sorted(orders, key=lambda order: (order.state not in GIVEN_BACK, order.position))
    for tender, about in money.items():
        claims: list[tuple[UUID | None, int]] = [(None, surplus[tender])]
        claims += [
            (order.id, minor) for order in ranked for paid, minor in shares[order.id] if paid.id == tender
        ]
        left = [minor - back[tender, id] for id, minor in claims]
        total, lost = [0] * len(left), [0] * len(left)
        for laid, amount in ((total, about.withheld), (lost, about.lost)):
            for share in allocate([amount], left):
                laid[share.order] += share.minor
        for (id, _), all_, decided in zip(claims, total, lost, strict=True):
            result[tender, id] = DisputedShare(all_, decided)
    return result


def _refunded(order: models.Order, now: datetime) -> None:
    states = set(models.Refund.objects.filter(order=order).values_list("state", flat=True))
    if order.state != State.REFUNDED:
        refund.settle(order, now)
    elif states & {RefundState.WAITING, RefundState.CONTESTED}:  # a lost dispute was won after all
        transition([order], Step.REOPEN, Outcome.DONE, now)
    if RefundState.WAITING in states:
        refund.notify_begun([order], now)


def _delivered(orders: list[models.Order], lost: dict[UUID, int], now: datetime) -> None:
    """What was delivered stays; without any of its money it is reversed."""
    unpaid = [order for order in orders if lost[order.id] >= order.minor]
    transition([order for order in unpaid if order.state == State.DELIVERED], Step.REVERSE, Outcome.DONE, now)
    transition(
        [order for order in orders if order.state == State.REVERSED and order not in unpaid],
        Step.REINSTATE,
        Outcome.DONE,
        now,
    )
    accounts.cap_commission([(order, lost[order.id]) for order in orders], now)


def _credit(order: models.Order, gone: list[DisputedShare], now: datetime) -> None:
    total, lost = sum(share.total for share in gone), sum(share.lost for share in gone)
    for lot in models.Lot.objects.filter(order=order, good="credit", state=HoldingState.CONFIRMED):
        spent = Money(credit.freeze(lot, total - lost, lost, now), lot.currency)
        incidents.report_anew(
            IncidentKind.DISPUTED_CREDIT_SPENT, lot.id, now, order, str(spent) if spent else ""
        )
