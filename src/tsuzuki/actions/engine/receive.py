"""Events from providers: verify, store as received, wake.

The truth is fetched by look-up, never believed.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from tsuzuki.actions.engine import attempts
from tsuzuki.actions.engine.providers import carrier_of, gateway
from tsuzuki.actions.engine.queue import wake
from tsuzuki.actions.people import limits
from tsuzuki.actions.write import incidents
from tsuzuki.carriers.port import EventAdapter
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import Money
from tsuzuki.core.states import IncidentKind
from tsuzuki.payments.port import EventReply, ForeignEvent, UnverifiedEvent
from tsuzuki.records import models

LONGEST_BODY = 64 * 1024
LOOKS, PER = 20, 600  # at a gateway because the buyer is back, for one purchase in so many seconds


class EventOutcome(StrEnum):
    WOKE = "woke"
    SEEN = "seen"  # the same event came before
    NOT_OURS = "not_ours"
    UNKNOWN = "unknown"  # genuine, but of no attempt of ours: people are told
    OTHER_AMOUNT = "other_amount"  # not applied: people are told; the attempt is looked up all the same


class ReceivedEvent(NamedTuple):
    received: EventOutcome
    reply: EventReply | None  # what the gateway wants to hear; None: any success


def receive_payment(provider: str, headers: Mapping[str, str], raw: bytes, now: datetime) -> ReceivedEvent:
    """An event of a gateway.

    Refused(event_forged): wrong signature, too old or not readable; nothing is stored then.
    """
    port = gateway(provider)
    told = (
        port.read_event(headers, raw[:LONGEST_BODY], now) if len(raw) <= LONGEST_BODY else UnverifiedEvent()
    )
    if isinstance(told, UnverifiedEvent):
        raise Refused(Code.EVENT_FORGED)
    if isinstance(told, ForeignEvent):
        return ReceivedEvent(EventOutcome.NOT_OURS, told.reply)
    return ReceivedEvent(_take(provider, told.event_id, told.key, told.claimed, raw, now), told.reply)


def receive_from_carrier(code: str, headers: Mapping[str, str], raw: bytes, now: datetime) -> EventOutcome:
    """The same for a carrier, by its code."""
    carrier = models.Carrier.objects.filter(code=code).first()
    port = carrier and carrier_of(carrier)
    if carrier is None or not isinstance(port, EventAdapter):
        raise Refused(Code.PROVIDER_UNKNOWN, name=code[:40])
    event = port.read_event(headers, raw, now) if len(raw) <= LONGEST_BODY else None
    if event is None:
        raise Refused(Code.EVENT_FORGED)
    return _take(carrier.provider, event.id, event.key, None, raw, now)


def buyer_came_back(purchase: UUID, now: datetime) -> bool:
    """The buyer is back from the gateway's page, or looks again: that says nothing, but it is a good moment
    to look. True: look now.
    """
    open_ = models.Attempt.objects.filter(
        tender__purchase=purchase, outcome="", lease_until__lte=now, look_at__isnull=False
    )
    looks = list(open_.values_list("look_at", flat=True))
    if any(look_at <= now for look_at in looks if look_at):  # an event was quicker than the browser
        return True
    if not looks or limits.take("look", str(purchase), LOOKS, PER, now) is not None:
        return False
    return open_.update(look_at=now) > 0


@transaction.atomic(durable=True)
def _take(
    provider: str, event: str, key: str | None, claimed: Money | None, raw: bytes, now: datetime
) -> EventOutcome:
    if "\0" in event + (key or ""):  # PostgreSQL has no such letter, nor has any id of ours
        raise Refused(Code.EVENT_FORGED)
    attempt = models.Attempt.objects.select_related("tender").filter(key=key or "", provider=provider).first()
    verdict = EventOutcome.WOKE if attempt else EventOutcome.UNKNOWN
    tender = attempt.tender if attempt else None
    if tender is not None and claimed is not None and claimed != Money(tender.minor, tender.currency):
        verdict = EventOutcome.OTHER_AMOUNT
    row = models.Event(
        provider=provider,
        event=event[:120],
        key=(key or "")[:27],
        body=raw.decode("utf-8", "replace").replace("\0", ""),
        received_at=now,
        verdict=verdict,
    )
    first = _first(row)
    if attempt is not None:  # also when it came before: the look it asked for may have failed
        _wake(attempt, now)
        wake(attempt.purchase_id)
    if not first:
        return EventOutcome.SEEN
    if attempt is None:
        incidents.report(IncidentKind.EVENT_OF_UNKNOWN_ORDER, f"{provider} {key or event}"[:120], now)
        return verdict
    if verdict is EventOutcome.OTHER_AMOUNT and tender is not None:
        asked = str(Money(tender.minor, tender.currency))
        incidents.report(
            IncidentKind.EVENT_CLAIMS_OTHER_AMOUNT, tender.id, now, asked=asked, claimed=str(claimed)
        )
    return verdict


def _wake(attempt: models.Attempt, now: datetime) -> None:
    """Many a gateway speaks of a refund only as of the payment: its refunds are looked at too, and one that
    was sent may have bounced.
    """
    refunds = models.Attempt.objects.filter(refund__tender=attempt.tender_id)
    ids = [attempt.id, *(refunds.values_list("id", flat=True) if attempt.tender_id else ())]
    attempts.lock(ids)
    attempts.wake_attempts(models.Attempt.objects.filter(id__in=ids), now)


def _first(row: models.Event) -> bool:
    """Whether this event was new; a doubled one meets the unique key."""
    before = models.Event.objects.filter(provider=row.provider, event=row.event)
    if before.exists():
        return False
    models.Event.objects.bulk_create([row], ignore_conflicts=True)
    return before.filter(received_at=row.received_at).exists()
