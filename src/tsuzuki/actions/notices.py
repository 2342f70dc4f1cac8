"""Notices: written with the move they tell of, sent by their own runner."""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F

from tsuzuki.actions import incidents, letters
from tsuzuki.actions.ids import mint_beside
from tsuzuki.actions.providers import channel
from tsuzuki.channels.port import Message, Standing
from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.core.states import IncidentKind, LetterState
from tsuzuki.records import models, queries

log = structlog.get_logger()
LEASE = timedelta(minutes=5)
LONGEST_RUN = 120.0  # seconds
MOST_TRIES = 12


def tell(
    orders: Iterable[models.Order], kind: str, now: datetime, about: str = "", holder: bool = True, facts: dict[str, Any] | None = None
) -> None:
    """Write one notice of a kind for each order to the line's holder, and to the payer if that is someone else; without `holder` to the
    payer alone.

    Orders come with `purchase` and `line` loaded. The same kind is told to the same person once per order.
    """
    rows = []
    for order in orders:
        people = {order.line.email: order.line.language} if holder and order.line.email else {}
        if order.purchase.email:
            people[order.purchase.email] = order.purchase.language
        rows += [_notice(order, kind, recipient, language, now, about, facts) for recipient, language in people.items()]
    models.Notice.objects.bulk_create(rows, ignore_conflicts=True)


def tell_of_payment(orders: Sequence[models.Order], kind: str, now: datetime, about: str) -> None:
    """What is about a payment and not about one line: one letter to each person, however many of the orders of a purchase are theirs."""
    theirs: dict[tuple[UUID, str], list[models.Order]] = defaultdict(list)
    languages: dict[tuple[UUID, str], str] = {}
    for order in orders:
        people = {order.line.email: order.line.language, order.purchase.email: order.purchase.language}
        for recipient in people.keys() - {""}:
            theirs[order.purchase_id, recipient].append(order)
            languages[order.purchase_id, recipient] = people[recipient]
    rows = [
        _notice(group[0], kind, recipient, languages[purchase, recipient], now, about, {"orders": len(group)})
        for (purchase, recipient), group in theirs.items()
    ]
    models.Notice.objects.bulk_create(rows, ignore_conflicts=True)


def tell_payer(order: models.Order, kind: str, now: datetime, facts: dict[str, Any], about: str) -> None:
    """What is the payer's alone: a voucher's digits. An IntegrityError if it was written before."""
    _notice(order, kind, order.purchase.email, order.purchase.language, now, about, facts).save(force_insert=True)


def _notice(
    order: models.Order, kind: str, recipient: str, language: str, now: datetime, about: str, facts: dict[str, Any] | None
) -> models.Notice:
    return models.Notice(
        id=mint_beside(now, order.id), purchase_id=order.purchase_id, order=order, kind=kind, about=about, channel="email",
        recipient=recipient, language=language, due_at=now, made_at=now, facts=facts or {},
    )  # fmt: skip


def send_due(now: datetime, limit: int = 20) -> int:
    """Send what is due; returns how many were taken up, few enough for the lease. One whose sending is unsure goes again under the
    same Message-ID; one that breaks holds up no other."""
    claimed, until = _claim(now, limit), time.monotonic() + LONGEST_RUN
    for place, notice in enumerate(claimed):
        if time.monotonic() > until:  # a mail server that takes its time: what is left waits for the next run, well within the lease
            models.Notice.objects.filter(id__in=[one.id for one in claimed[place:]]).update(due_at=now, tries=F("tries") - 1)
            return place
        _close(notice, _send(notice), now)
    return len(claimed)


def _send(notice: models.Notice) -> Standing:
    try:
        words, html = letters.compose_for(notice)
        message = Message(str(notice.id), notice.recipient, notice.language, words.subject, words.text, html, queries.brand().mail_from)
        return channel(notice.channel).send(message).standing
    except ProviderUnsure:
        return Standing.PASSING
    except Exception:
        log.exception("notice broke", notice=str(notice.id))
        return Standing.PASSING


@transaction.atomic(durable=True)
def _claim(now: datetime, limit: int) -> list[models.Notice]:
    rows = models.Notice.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    rows = rows.filter(state=LetterState.WAITING, due_at__lte=now)
    claimed = list(rows.select_related("purchase", "order__line", "order__plan", "order__purchase").order_by("due_at")[:limit])
    models.Notice.objects.filter(id__in=[notice.id for notice in claimed]).update(due_at=now + LEASE, tries=F("tries") + 1)
    return claimed


@transaction.atomic(durable=True)
def _close(notice: models.Notice, standing: Standing, now: datetime) -> None:
    waiting = models.Notice.objects.filter(id=notice.id, state=LetterState.WAITING)
    if standing is Standing.SENT:
        facts = {name: value for name, value in notice.facts.items() if name != "voucher"}  # a secret is kept no longer than needed
        waiting.update(state=LetterState.SENT, sent_at=now, facts=facts)
    elif standing is Standing.REFUSED or notice.tries + 1 >= MOST_TRIES:
        waiting.update(state=LetterState.REFUSED)
        if "voucher" in notice.facts:
            incidents.report(IncidentKind.VOUCHER_NOT_DELIVERED, notice.id, now, order=notice.order)
    else:
        waiting.update(due_at=now + LEASE * 2 ** min(notice.tries, 8))
