"""What is told to programs: endpoints, an outbox row with every move of an order, and their sending."""

import hmac
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from tsuzuki.actions.ids import mint_anywhere, mint_beside
from tsuzuki.channels import webhook
from tsuzuki.channels.port import Answer, Standing
from tsuzuki.core.addresses import is_webhook
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.order import State
from tsuzuki.records import models

log = structlog.get_logger()
MOST_ENDPOINTS = 10
KEEP_TRYING = timedelta(days=3)
LEASE = timedelta(minutes=5)  # longer than a batch can take
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=6)
AT_ONCE, BATCH = 8, 40


def secret_of(endpoint: UUID) -> str:
    """Derived, so that no table holds it."""
    return "whsec_" + hmac.new(settings.SECRET_KEY.encode(), f"webhook:{endpoint}".encode(), sha256).hexdigest()


@transaction.atomic
def add(account: UUID, url: str, actor: str, now: datetime) -> models.WebhookEndpoint:
    """Refused(webhook_url_refused) unless it is https to a public name; in sandbox mode anything may be tried."""
    if not is_webhook(url, settings.SANDBOX):
        raise Refused(Code.WEBHOOK_URL_REFUSED)
    models.Account.objects.select_for_update(no_key=True).get(id=account)
    if models.WebhookEndpoint.objects.filter(account=account, ended_at=None).count() >= MOST_ENDPOINTS:
        raise Refused(Code.WEBHOOKS_FULL, most=MOST_ENDPOINTS)
    endpoint = models.WebhookEndpoint.objects.create(id=mint_anywhere(now), account_id=account, url=url, made_at=now)
    models.AuditEntry.objects.create(at=now, actor=actor[:80], act="webhook_added", subject=f"endpoint {endpoint.id}", facts={"url": url})
    return endpoint


@transaction.atomic
def end(endpoint: UUID, actor: str, now: datetime) -> None:
    """Nothing more is sent there; what was told stays readable."""
    models.WebhookEndpoint.objects.filter(id=endpoint, ended_at=None).update(ended_at=now)
    models.WebhookDelivery.objects.filter(endpoint=endpoint, state="waiting").update(state="failed", answer="endpoint removed")
    models.AuditEntry.objects.create(at=now, actor=actor[:80], act="webhook_removed", subject=f"endpoint {endpoint}")


def tell(orders: Sequence[tuple[UUID, models.Order]], state: State, now: datetime, word: str = "", **facts: str) -> None:
    """Write down, in the transaction of the move, what the programs that bought these orders are to hear. `word`: what it is about where
    the state stays as it was; `facts` are told with it."""
    endpoints: dict[UUID, list[models.WebhookEndpoint]] = {}
    for endpoint in models.WebhookEndpoint.objects.filter(account__in={account for account, _ in orders}, ended_at=None):
        endpoints.setdefault(endpoint.account_id, []).append(endpoint)
    rows = []
    for account, order in orders:
        event = mint_beside(now, order.id)
        for endpoint in endpoints.get(account, ()):
            rows.append(_delivery(endpoint, order, event, state, now, word, facts))
    if rows:
        models.WebhookDelivery.objects.bulk_create(rows, batch_size=1000)


def _delivery(
    endpoint: models.WebhookEndpoint, order: models.Order, event: UUID, state: State, now: datetime, word: str, facts: Mapping[str, str]
) -> models.WebhookDelivery:  # fmt: skip
    kind = f"order.{word or state.value}"
    body = {
        "id": str(event), "type": kind, "made_at": now.isoformat(),
        "data": {
            "order_id": str(order.id), "purchase_id": str(order.purchase_id), "line_id": str(order.line_id), "kind": order.kind,
            "state": state.value, "price": {"amount_minor": order.minor, "currency": order.currency}, **facts,
        },
    }  # fmt: skip
    return models.WebhookDelivery(
        id=mint_beside(now, order.id), endpoint=endpoint, order=order, event=event, kind=kind, body=json.dumps(body, separators=(",", ":")),
        due_at=now, give_up_at=now + KEEP_TRYING, made_at=now,
    )  # fmt: skip


@transaction.atomic
def replay(delivery: models.WebhookDelivery, now: datetime) -> None:
    """Once more, whatever became of it before: the same bytes under the same event id, with three new days."""
    models.WebhookDelivery.objects.filter(id=delivery.id).update(
        state="waiting", due_at=now, give_up_at=now + KEEP_TRYING, tries=0, sent_at=None
    )


def send_due(now: datetime, limit: int = BATCH) -> int:
    """Send what is due; returns how many were taken up. Nobody is asked inside a transaction, and a slow one holds up only its thread."""
    claimed = _claim(now, limit)
    if not claimed:
        return 0
    with ThreadPoolExecutor(min(AT_ONCE, len(claimed))) as pool:
        answers = list(pool.map(lambda delivery: _send(delivery, now), claimed))
    for delivery, answer in zip(claimed, answers, strict=True):
        _close(delivery, answer, now)
    return len(claimed)


@transaction.atomic(durable=True)
def _claim(now: datetime, limit: int) -> list[models.WebhookDelivery]:
    rows = models.WebhookDelivery.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    rows = rows.filter(state="waiting", due_at__lte=now)
    claimed = list(rows.select_related("endpoint").order_by("due_at")[:limit])
    models.WebhookDelivery.objects.filter(id__in=[row.id for row in claimed]).update(due_at=now + LEASE, tries=F("tries") + 1)
    return claimed


def _send(delivery: models.WebhookDelivery, now: datetime) -> Answer:
    endpoint = delivery.endpoint
    try:
        post = webhook.Post(endpoint.url, secret_of(endpoint.id), str(delivery.event), delivery.body.encode())
        return webhook.send(post, now, anywhere=settings.SANDBOX)
    except Exception:
        log.exception("webhook broke", delivery=str(delivery.id))
        return Answer(Standing.PASSING, "broke")


@transaction.atomic(durable=True)
def _close(delivery: models.WebhookDelivery, answer: Answer, now: datetime) -> None:
    waiting = models.WebhookDelivery.objects.filter(id=delivery.id, state="waiting", due_at=now + LEASE)  # not what was replayed meanwhile
    said = (answer.reason or "")[:80]
    again = now + min(FIRST_PAUSE * 2 ** min(delivery.tries, 12), LONGEST_PAUSE)
    if answer.standing is Standing.SENT:
        waiting.update(state="sent", sent_at=now, answer=said)
    elif again > delivery.give_up_at:
        waiting.update(state="failed", answer=said)
    else:
        waiting.update(due_at=again, answer=said)
