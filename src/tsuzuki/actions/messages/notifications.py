"""Messages to people: written with the move they tell of, sent by their own runner."""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from tsuzuki.actions.engine.providers import channel
from tsuzuki.actions.messages import letters
from tsuzuki.actions.write import incidents
from tsuzuki.actions.write.ids import mint_anywhere, mint_beside
from tsuzuki.channels.port import Message, SendStatus
from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.core.states import IncidentKind, MessageState
from tsuzuki.records import models, queries

log = structlog.get_logger()
LEASE = timedelta(minutes=5)
LONGEST_RUN = 120.0  # seconds
MOST_TRIES = 12
EMAIL = "email"  # the channel of a letter


def notify(
    orders: Iterable[models.Order],
    kind: str,
    now: datetime,
    about: str = "",
    holder: bool = True,
    facts: dict[str, Any] | None = None,
) -> None:
    """Write one message of a kind for each order to the line's holder, and to the payer if that is someone
    else; without `holder` to the payer alone.

    Orders come with `purchase` and `line` loaded. The same kind is told to the same person once per order.
    """
    rows = []
    for order in orders:
        people = {order.line.email: order.line.language} if holder and order.line.email else {}
        if order.purchase.email:
            people[order.purchase.email] = order.purchase.language
        rows += [
            _letter(order, kind, address, language, now, about, facts) for address, language in people.items()
        ]
    models.OutboundMessage.objects.bulk_create(rows, ignore_conflicts=True)


def receipt(orders: Iterable[models.Order], now: datetime) -> None:
    """One for each purchase, all of whose orders are given, to who paid it.

    Of a payer without an address nobody knows who it was: the line's holder, if the purchase is of no other.
    """
    bought: dict[UUID, list[models.Order]] = defaultdict(list)
    for order in orders:
        bought[order.purchase_id].append(order)
    rows = []
    for group in bought.values():
        first = min(group, key=lambda order: order.position)
        shared = len({order.line_id for order in group}) > 1
        for address, language in _who_pays(first, shared):
            rows.append(_letter(first, "receipt", address, language, now, "", {"orders": len(group)}))
    models.OutboundMessage.objects.bulk_create(rows, ignore_conflicts=True)


def refund_owed(order: models.Order, now: datetime, about: str) -> None:
    """It is the payer's money: whoever else holds the line is not asked where it shall go."""
    rows = [
        _letter(order, "refund_owed", address, language, now, about, None)
        for address, language in _who_pays(order, queries.is_shared(order))
    ]
    models.OutboundMessage.objects.bulk_create(rows, ignore_conflicts=True)


def _who_pays(order: models.Order, shared: bool) -> list[tuple[str, str]]:
    """Address and language; none where nobody can be told."""
    if order.purchase.email:
        return [(order.purchase.email, order.purchase.language)]
    return [(order.line.email, order.line.language)] if order.line.email and not shared else []


def notify_payment(orders: Sequence[models.Order], kind: str, now: datetime, about: str) -> None:
    """What is about a payment and not about one line: one letter to each person, however many of the orders
    of a purchase are theirs.
    """
    theirs: dict[tuple[UUID, str], list[models.Order]] = defaultdict(list)
    languages: dict[tuple[UUID, str], str] = {}
    for order in orders:
        people = {order.line.email: order.line.language, order.purchase.email: order.purchase.language}
        for address in people.keys() - {""}:
            theirs[order.purchase_id, address].append(order)
            languages[order.purchase_id, address] = people[address]
    rows = [
        _letter(group[0], kind, address, languages[purchase, address], now, about, {"orders": len(group)})
        for (purchase, address), group in theirs.items()
    ]
    models.OutboundMessage.objects.bulk_create(rows, ignore_conflicts=True)


def notify_payer(
    order: models.Order,
    kind: str,
    now: datetime,
    about: str,
    facts: dict[str, Any] | None = None,
    secret: str = "",
) -> None:
    """What is the payer's alone; `secret`: a voucher's digits. An IntegrityError if it was written before."""
    message = _letter(order, kind, order.purchase.email, order.purchase.language, now, about, facts)
    message.secret = settings.KEYRING.seal(secret) if secret else None
    message.save(force_insert=True)


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address as its channel wants it, and the language that is read there."""

    channel: str
    address: str
    language: str


def notify_person(
    to: Recipient,
    kind: str,
    now: datetime,
    line: models.Line | None = None,
    about: str = "",
    facts: dict[str, Any] | None = None,
) -> None:
    """About a line, or about nothing that was bought.

    The same is told to the same address once; `about` tells two apart.
    """
    id = mint_beside(now, line.id) if line else mint_anywhere(now)
    message = models.OutboundMessage(
        id=id,
        line=line,
        kind=kind,
        about=about,
        channel=to.channel,
        address=to.address,
        language=to.language,
        due_at=now,
        made_at=now,
        facts=facts or {},
    )
    models.OutboundMessage.objects.bulk_create([message], ignore_conflicts=True)


def _letter(
    order: models.Order,
    kind: str,
    address: str,
    language: str,
    now: datetime,
    about: str,
    facts: dict[str, Any] | None,
) -> models.OutboundMessage:
    return models.OutboundMessage(
        id=mint_beside(now, order.id),
        purchase_id=order.purchase_id,
        order=order,
        kind=kind,
        about=about,
        channel=EMAIL,
        address=address,
        language=language,
        due_at=now,
        made_at=now,
        facts=facts or {},
    )


def send_due(now: datetime, limit: int = 20) -> int:
    """Send what is due; returns how many were taken up, few enough for the lease.

    One whose sending is unsure goes again under the same Message-ID; one that breaks holds up no other.
    """
    claimed, until = _claim(now, limit), time.monotonic() + LONGEST_RUN
    for place, message in enumerate(claimed):
        # A mail server that takes its time: what is left waits for the next run, well within the lease.
        if time.monotonic() > until:
            models.OutboundMessage.objects.filter(id__in=[message.id for message in claimed[place:]]).update(
                due_at=now, tries=F("tries") - 1
            )
            return place
        _close(message, _send(message), now)
    return len(claimed)


def _send(message: models.OutboundMessage) -> SendStatus:
    try:
        words, html = letters.compose_for(message)
        key, sender = str(message.id), queries.brand().mail_from
        if message.channel != EMAIL:  # as short as a telephone shows it
            text = Message(key, message.address, message.language, words.subject, words.short)
        else:
            text = Message(key, message.address, message.language, words.subject, words.text, html, sender)
        return channel(message.channel).send(text).status
    except ProviderUnsure:
        return SendStatus.PASSING
    except Exception:
        log.exception("message broke", message=str(message.id))
        return SendStatus.PASSING


@transaction.atomic(durable=True)
def _claim(now: datetime, limit: int) -> list[models.OutboundMessage]:
    rows = models.OutboundMessage.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    rows = rows.filter(state=MessageState.WAITING, due_at__lte=now)
    claimed = list(
        rows.select_related("purchase", "line", "order__line", "order__plan", "order__purchase").order_by(
            "due_at"
        )[:limit]
    )
    models.OutboundMessage.objects.filter(id__in=[message.id for message in claimed]).update(
        due_at=now + LEASE, tries=F("tries") + 1
    )
    return claimed


@transaction.atomic(durable=True)
def _close(message: models.OutboundMessage, standing: SendStatus, now: datetime) -> None:
    waiting = models.OutboundMessage.objects.filter(id=message.id, state=MessageState.WAITING)
    if standing is SendStatus.SENT:
        waiting.update(state=MessageState.SENT, sent_at=now, secret=None)  # kept no longer than needed
    elif standing is SendStatus.REFUSED or message.tries + 1 >= MOST_TRIES:
        waiting.update(state=MessageState.REFUSED)
        if message.secret is not None:
            incidents.report(IncidentKind.VOUCHER_NOT_DELIVERED, message.id, now, order=message.order)
    else:
        waiting.update(due_at=now + LEASE * 2 ** min(message.tries, 8))
