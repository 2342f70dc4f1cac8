"""Notices: written with the move they tell of, sent by their own runner."""
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from tsuzuki.actions import letters
from tsuzuki.actions.ids import mint_beside
from tsuzuki.actions.providers import channel
from tsuzuki.channels.port import Message, Standing
from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.records import models

LEASE = timedelta(minutes=2)
MOST_TRIES = 12


def tell(orders: Iterable[models.Order], kind: str, now: datetime, facts: dict[str, Any] | None = None) -> None:
    """Write one notice of a kind for each order to the line's holder, and to the payer if that is someone else.

    Orders come with `purchase` and `line` loaded. The same kind is told to the same person once per order.
    """
    rows = []
    for order in orders:
        people = {order.line.email: order.line.language} if order.line.email else {}
        if order.purchase.email:
            people[order.purchase.email] = order.purchase.language
        rows += [
            models.Notice(
                id=mint_beside(now, order.id), purchase_id=order.purchase_id, order=order, kind=kind, channel="email", recipient=recipient,
                language=language, facts=facts or {}, due_at=now, made_at=now,
            )
            for recipient, language in people.items()
        ]  # fmt: skip
    models.Notice.objects.bulk_create(rows, ignore_conflicts=True)


def send_due(now: datetime, limit: int = 200) -> int:
    """Send what is due; returns how many were taken up. A notice whose sending is unsure goes again under the same Message-ID."""
    claimed = _claim(now, limit)
    for notice in claimed:
        words = letters.compose_for(notice)
        message = Message(str(notice.id), notice.recipient, notice.language, words.subject, words.text)
        try:
            answer = channel(notice.channel).send(message).standing
        except ProviderUnsure:
            answer = Standing.PASSING
        _close(notice, answer, now)
    return len(claimed)


@transaction.atomic(durable=True)
def _claim(now: datetime, limit: int) -> list[models.Notice]:
    rows = models.Notice.objects.select_for_update(skip_locked=True, of=("self",)).filter(state="waiting", due_at__lte=now)
    claimed = list(rows.select_related("purchase", "order__line", "order__plan", "order__purchase").order_by("due_at")[:limit])
    models.Notice.objects.filter(id__in=[notice.id for notice in claimed]).update(due_at=now + LEASE, tries=F("tries") + 1)
    return claimed


@transaction.atomic(durable=True)
def _close(notice: models.Notice, standing: Standing, now: datetime) -> None:
    waiting = models.Notice.objects.filter(id=notice.id, state="waiting")
    if standing is Standing.SENT:
        facts = {name: value for name, value in notice.facts.items() if name != "voucher"}  # a secret is kept no longer than needed
        waiting.update(state="sent", sent_at=now, facts=facts)
    elif standing is Standing.REFUSED or notice.tries + 1 >= MOST_TRIES:
        waiting.update(state="refused")
    else:
        waiting.update(due_at=now + LEASE * 2 ** min(notice.tries, 8))
