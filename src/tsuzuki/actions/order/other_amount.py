"""Another amount than was asked for: never applied, whenever it comes; people find out what was paid, and
send it back.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from tsuzuki.actions.engine.provider_calls import ProviderAnswer
from tsuzuki.actions.write import incidents
from tsuzuki.actions.write.ids import mint_beside
from tsuzuki.core import postings
from tsuzuki.core.ledger_event import LedgerEvent, LedgerEventKind
from tsuzuki.core.money import Money
from tsuzuki.core.states import IncidentKind
from tsuzuki.ledger import book
from tsuzuki.records import models
from tsuzuki.records.available import available


def is_other(tender: models.Tender, said: ProviderAnswer) -> bool:
    return said.paid is not None and said.paid != Money(tender.minor, tender.currency)


def to_send_back(tender: models.Tender, paid: Money) -> int:
    """Of all that was paid, less what people sent back before: that is not asked of them again."""
    entries = book.statement(postings.unclaimed(tender.id), paid.currency)
    kind = LedgerEventKind.TENDER_SENT_BACK
    back = -sum(entry.amount.minor for entry in entries if entry.event and entry.event.kind is kind)
    return max(0, paid.minor - back)


def hold(tender: models.Tender, orders: Sequence[models.Order], paid: Money, now: datetime) -> None:
    """`orders` wait for the money."""
    _unclaimed(tender, {paid.currency: to_send_back(tender, paid)}, now)
    incidents.call_staff(orders, IncidentKind.PAYMENT_OTHER_AMOUNT, now)
    report_other_amount(tender, paid, now)


def report_other_amount(tender: models.Tender, paid: Money, now: datetime) -> None:
    """What was told of another amount before is closed: people send back what is there now."""
    _told(tender).exclude(facts__paid=str(paid)).update(closed_at=now, answer=f"now {paid}")
    incidents.report(
        IncidentKind.OTHER_AMOUNT,
        tender.id,
        now,
        asked=str(Money(tender.minor, tender.currency)),
        paid=str(paid),
    )


def _unclaimed(tender: models.Tender, paid: dict[str, int], now: datetime) -> None:
    """What its gateway holds beside what was asked for is so much now: it may have said otherwise before."""
    held = {
        money.currency: money.minor for money in book.balance_of_each_currency(postings.unclaimed(tender.id))
    }
    changes = [
        Money(paid.get(currency, 0) - held.get(currency, 0), currency) for currency in {**held, **paid}
    ]
    moved = [
        posting
        for change in changes
        for posting in postings.paid_otherwise(tender.gateway, tender.id, change)
    ]
    book.post({LedgerEvent.tender_unclaimed(tender.id, mint_beside(now, tender.id)): moved}, now)


def paid_as_asked(tender: models.Tender, now: datetime) -> None:
    """It was another amount, and is what was asked for after all: paid in parts, or told wrongly.

    There is nothing to send back.
    """
    _unclaimed(tender, {}, now)
    _told(tender).update(closed_at=now, answer="paid as asked")


def _told(tender: models.Tender) -> QuerySet[models.Incident]:
    return models.Incident.objects.filter(
        kind=IncidentKind.OTHER_AMOUNT, subject=str(tender.id), closed_at=None
    )


def sent_back(tender: models.Tender, orders: Sequence[models.Order], now: datetime) -> None:
    lost = available([tender.purchase_id])[tender.id].lost
    for amount in book.balance_of_each_currency(postings.unclaimed(tender.id)):
        by_dispute = Money(
            min(lost, amount.minor) if amount.currency == tender.currency else 0, amount.currency
        )
        moved = postings.sent_back(tender.gateway, tender.id, amount, by_dispute)
        book.post({LedgerEvent.tender_sent_back(tender.id, mint_beside(now, tender.id)): moved}, now)
    _told(tender).update(closed_at=now, answer="sent back")
    incidents.settle(orders, now, "sent_back", [IncidentKind.PAYMENT_OTHER_AMOUNT])
