"""Collecting money: gateways are asked for the tenders that need one; when all are in, the orders are paid."""
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from tsuzuki.actions import incidents, notices
from tsuzuki.actions.ids import mint_beside
from tsuzuki.actions.providers import require_gateway
from tsuzuki.core import hours, postings
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import Money
from tsuzuki.core.order import Outcome, State, Step, TenderState
from tsuzuki.ledger import book
from tsuzuki.payments.port import Ask
from tsuzuki.records import models

from . import attempts, refund, steps
from .ask import Heard
from .attempts import Subject
from .move import lock_orders, lock_purchases, move
from .steps import Asking, Verdict


def all_paid(purchases: Sequence[models.Purchase], now: datetime) -> None:
    """Every tender is in: the orders are paid and the clock of «deliver or refund» starts. Purchases are locked by the caller."""
    ids = [order for order in models.Order.objects.filter(purchase__in=[p.id for p in purchases]).values_list("id", flat=True)]
    orders = lock_orders(ids)
    models.Purchase.objects.filter(id__in=[purchase.id for purchase in purchases]).update(waiting=False)
    clocks: dict[datetime, list[models.Order]] = {}
    for order in orders:
        carrier = order.carrier
        clocks.setdefault(hours.due(now, carrier.refund_after_seconds, carrier.hours, carrier.zone), []).append(order)
    for refund_by, group in clocks.items():
        move(group, Step.PAY, Outcome.DONE, now, due_at=now, refund_by=refund_by)
    notices.tell(orders, "receipt", now)


@transaction.atomic(durable=True)
def open_due(now: datetime, limit: int, only: UUID | None) -> list[Asking]:
    """Write down an attempt for each tender whose gateway has not been asked."""
    due = models.Tender.objects.select_for_update(of=("self",), skip_locked=True).filter(state=TenderState.WAITING, due_at__lte=now)
    if only:
        due = due.filter(purchase=only)
    tenders = list(due.select_related("purchase").order_by("due_at", "id")[:limit])
    subjects = [Subject(tender.id, "pay", tender.method, _question(tender), steps.timing_of_gateway(tender.method)) for tender in tenders]
    opened = attempts.open_attempts(subjects, now)
    models.Tender.objects.filter(id__in=[tender.id for tender in tenders]).update(state=TenderState.OPEN, due_at=None)
    return [steps.pay(attempt, tender) for attempt, tender in zip(opened, tenders, strict=True)]


def _question(tender: models.Tender) -> Ask:
    purchase = tender.purchase
    return Ask(
        key=attempts.key_of("pay", tender.id), amount=Money(tender.minor, tender.currency), label=purchase.code, locale=purchase.language,
        return_url=f"{settings.PUBLIC_URL}/p/{purchase.token}", live_until=purchase.pay_by,
    )  # fmt: skip


@transaction.atomic(durable=True)
def close(heard: Sequence[Heard], me: str, now: datetime, looked: bool) -> None:
    """Take the gateways' answers into the books, one transaction for the group."""
    asked = models.Tender.objects.select_related("attempt").filter(attempt__in=[asking.attempt for asking, _ in heard])
    purchases = lock_purchases(set(asked.values_list("purchase", flat=True)))
    tenders = {tender.attempt.id: tender for tender in asked.all()}  # read under the lock
    locked = attempts.lock([asking.attempt for asking, _ in heard])
    notes, over = [], []
    for asking, said in heard:
        attempt, tender = locked[asking.attempt], tenders[asking.attempt]
        verdict = attempts.judge(attempt, said, me)
        if verdict is None:
            over.append(attempt)
            continue
        if verdict is Verdict.DONE and said.paid is not None and said.paid != Money(tender.minor, tender.currency):
            _other_amount(tender, attempt, said.paid, now)
            notes.append(attempts.Note(attempt, said, "other_amount", "", None))
        elif verdict is Verdict.DONE:
            notes.append(attempts.closed(attempt, said, "done"))
            _paid(tender, purchases[tender.purchase_id], now)
        elif verdict is Verdict.REFUSED and attempt.outcome == "done":
            notes.append(attempts.closed(attempt, said, "done"))
            _reversed(tender, now)
        elif verdict is Verdict.REFUSED:
            notes.append(attempts.closed(attempt, said, "refused"))
            _refused(tender, said.reason, now)
        else:
            notes.append(attempts.still_open(attempt, said, asking, now, looked))
            _watch(tender, verdict, said.ours, now)
    attempts.write(notes, over, now, looked)


def _paid(tender: models.Tender, purchase: models.Purchase, now: datetime) -> None:
    amount = Money(tender.minor, tender.currency)
    book.post({f"tender {tender.id} paid": postings.paid(tender.method, purchase.id, amount)}, now)
    models.Tender.objects.filter(id=tender.id).update(state=TenderState.PAID, paid_at=now, due_at=None)
    if not purchase.waiting:
        refund.late_money(purchase, tender, now)
        return
    tenders = list(models.Tender.objects.filter(purchase=purchase))
    if sum(other.minor for other in tenders if other.state == TenderState.PAID) >= purchase.minor:
        close_open(tenders, now)  # another method was chosen meanwhile: its money, if it comes, goes back
        all_paid([purchase], now)
        purchase.waiting = False


def _refused(tender: models.Tender, reason: str, now: datetime) -> None:
    """No money will come of it. The orders go on waiting; another method can be chosen until `pay_by`."""
    closing = tender.state == TenderState.CLOSING
    models.Tender.objects.filter(id=tender.id).update(state=TenderState.CLOSED if closing else TenderState.REFUSED, reason=reason[:60], due_at=None)
    if not closing:
        notices.tell(_orders_of(tender), "needs_you", now)


def _other_amount(tender: models.Tender, attempt: models.Attempt, paid: Money, now: datetime) -> None:
    """Never applied: people find out what was paid."""
    orders = _orders_of(tender)
    incidents.call_staff(orders, "other_amount", now)
    incidents.report("other_amount", tender.id, now, order=orders[0], asked=str(Money(tender.minor, tender.currency)), paid=str(paid))


def _reversed(tender: models.Tender, now: datetime) -> None:
    """The gateway took the money back. What was delivered stays delivered and is our loss; what is under way goes to people."""
    orders = lock_orders([order.id for order in _orders_of(tender)])
    amount = Money(tender.minor, tender.currency)
    delivered = [order for order in orders if order.state == State.DELIVERED]
    if len(delivered) == len(orders):
        book.post({f"tender {tender.id} reversed": postings.money_reversed(tender.method, amount)}, now)
        move(orders, Step.REVERSE, Outcome.DONE, now)
        notices.tell(orders, "reversed", now)
    incidents.call_staff(orders, "money_reversed", now)


def _watch(tender: models.Tender, verdict: Verdict, ours: bool, now: datetime) -> None:
    if verdict is Verdict.CANNOT_TELL:
        incidents.call_staff(_orders_of(tender), "payment_unsure", now)
    if ours:
        incidents.report("supplier_refuses_us", tender.method, now)


def _orders_of(tender: models.Tender) -> list[models.Order]:
    return list(models.Order.objects.select_related("purchase", "line").filter(purchase=tender.purchase_id).order_by("position"))


@transaction.atomic(durable=True)
def choose_again(purchase_id: UUID, method: str, now: datetime) -> models.Tender:
    """Another method for what is not paid yet: the old attempts are closed at their gateways, a new tender waits its turn."""
    purchase = lock_purchases([purchase_id]).get(purchase_id)
    if purchase is None:
        raise Refused(Code.ORDER_UNKNOWN, id=str(purchase_id))
    if not purchase.waiting or now >= purchase.pay_by:
        raise Refused(Code.PURCHASE_NOT_WAITING)
    tenders = list(models.Tender.objects.select_for_update().filter(purchase=purchase).order_by("position"))
    due = purchase.minor - sum(tender.minor for tender in tenders if tender.state == TenderState.PAID)
    require_gateway(method, Money(due, purchase.currency))
    close_open(tenders, now)
    return models.Tender.objects.create(
        id=mint_beside(now, purchase.id), purchase=purchase, position=len(tenders), method=method, minor=due,
        currency=purchase.currency, due_at=now,
    )  # fmt: skip


def close_open(tenders: Sequence[models.Tender], now: datetime) -> None:
    """What was never asked is simply closed; what was asked is to be closed at its gateway, which may answer «paid»."""
    waiting = [tender.id for tender in tenders if tender.state == TenderState.WAITING]
    asked = [tender.id for tender in tenders if tender.state == TenderState.OPEN]
    models.Tender.objects.filter(id__in=waiting).update(state=TenderState.CLOSED, due_at=None)
    models.Tender.objects.filter(id__in=asked).update(state=TenderState.CLOSING)
    by_people = models.Attempt.objects.filter(tender__in=asked, outcome="")
    by_people.filter(lease_until__gt=now).update(look_at=F("lease_until"))
    by_people.filter(lease_until__lte=now).update(look_at=now)
