"""Another method for what is not paid yet, or a saved way to pay, in the place of what was begun."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from tsuzuki.actions.engine.providers import Way, way_to_pay
from tsuzuki.actions.engine.queue import wake
from tsuzuki.actions.write.ids import mint_beside
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import Money
from tsuzuki.records import models
from tsuzuki.records.available import missing

from . import saved, unpaid
from .collect import close_open
from .transitions import lock_purchases


@transaction.atomic(durable=True)
def choose_again(
    purchase_id: UUID,
    method: str,
    now: datetime,
    most_unpaid: int | None = None,
    agreed: saved.Agreed | None = None,
) -> models.Tender:
    """Another method for what is not paid yet: the old attempts are closed at their gateways, a new tender
    waits its turn. At most so many orders of a line may wait for this method's money. `agreed`: the payer
    agreed that it is kept.
    """
    bought = models.Purchase.objects.filter(id=purchase_id).first()
    if bought is None:
        raise Refused(Code.ORDER_UNKNOWN, id=str(purchase_id))
    way = way_again(bought, method, now)
    if most_unpaid is not None:
        lines = set(models.Order.objects.filter(purchase=purchase_id).values_list("line", flat=True))
        unpaid.lock(lines, bought.buyer, [way.method.code])
        unpaid.require_few(lines, bought.buyer, way.method.code, most_unpaid)
    purchase = lock_purchases([purchase_id])[purchase_id]
    if not purchase.waiting or now >= purchase.pay_by:
        raise Refused(Code.PURCHASE_NOT_WAITING)
    tenders = list(
        models.Tender.objects.select_for_update(no_key=True).filter(purchase=purchase).order_by("id")
    )
    way = way_again(purchase, method, now)  # what is missing may have changed meanwhile
    more = saved.agreement(agreed, way, now) if agreed else {}
    return _instead(purchase, tenders, way, now, **more)


@transaction.atomic(durable=True)
def charge_saved(purchase_id: UUID, saved_id: UUID, now: datetime) -> models.Tender:
    """What is not paid yet is charged to a saved way to pay, with nobody there, as `choose_again` does it."""
    purchase = lock_purchases([purchase_id]).get(purchase_id)
    if purchase is None:
        raise Refused(Code.ORDER_UNKNOWN, id=str(purchase_id))
    tenders = list(
        models.Tender.objects.select_for_update(no_key=True).filter(purchase=purchase).order_by("id")
    )
    kept = saved.locked(saved_id)
    way = way_again(purchase, kept.method, now, kept.gateway)
    return _instead(purchase, tenders, way, now, saved=kept)


def _instead(
    purchase: models.Purchase, tenders: Sequence[models.Tender], way: Way, now: datetime, **more: object
) -> models.Tender:
    close_open(tenders, now)
    tender = models.Tender.objects.create(
        id=mint_beside(now, purchase.id),
        purchase=purchase,
        position=len(tenders),
        method=way.method.code,
        gateway=way.gateway,
        minor=missing(purchase),
        currency=purchase.currency,
        due_at=now,
        **more,
    )
    wake(purchase.id)
    return tender


def way_again(purchase: models.Purchase, method: str, now: datetime, only: str = "") -> Way:
    """The way to pay what is still missing.

    Refused if the purchase does not wait for money, or this is no way to pay it.
    """
    if not purchase.waiting or now >= purchase.pay_by:
        raise Refused(Code.PURCHASE_NOT_WAITING)
    way = way_to_pay(method, Money(missing(purchase), purchase.currency), purchase.pay_by - now, only)
    if way.method.needs_email and not purchase.email:
        raise Refused(Code.EMAIL_NEEDED)
    return way
