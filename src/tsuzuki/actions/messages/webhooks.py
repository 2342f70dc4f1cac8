"""What is told to programs: endpoints, an outbox row with every move of an order, and their sending."""

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from tsuzuki.actions.write import audit, incidents
from tsuzuki.actions.write.ids import mint_anywhere, mint_beside
from tsuzuki.channels import webhook
from tsuzuki.channels.port import SendResult, SendStatus
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.keyring import SecretMissing
from tsuzuki.core.order import State
from tsuzuki.core.states import DeliveryState, IncidentKind
from tsuzuki.http.addresses import is_webhook
from tsuzuki.records import models, queries

log = structlog.get_logger()
MOST_ENDPOINTS = 10
KEEP_TRYING = timedelta(days=3)
LEASE = timedelta(minutes=5)  # longer than a batch can take
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=6)
AT_ONCE, OF_ACCOUNT = 8, 2  # endpoints that are sent to together: of all, and of one account
TOGETHER = 10  # deliveries taken up for one endpoint
LONGEST_RUN = 60.0  # seconds after which a run takes up nothing more
FAILURES, SILENT = 3, IncidentKind.ENDPOINT_SILENT


def secret_of(endpoint: models.WebhookEndpoint) -> str:
    return settings.KEYRING.open(endpoint.secret)


@transaction.atomic
def add(account: UUID, url: str, actor: str, now: datetime) -> models.WebhookEndpoint:
    """Refused(webhook_url_refused) unless it is https to a public name.

    In sandbox mode anything may be tried.
    """
    if not is_webhook(url, settings.SANDBOX):
        raise Refused(Code.WEBHOOK_URL_REFUSED)
    models.Account.objects.select_for_update(no_key=True).get(id=account)
    if models.WebhookEndpoint.objects.filter(account=account, ended_at=None).count() >= MOST_ENDPOINTS:
        raise Refused(Code.WEBHOOKS_FULL, most=MOST_ENDPOINTS)
    endpoint = models.WebhookEndpoint.objects.create(
        id=mint_anywhere(now),
        account_id=account,
        url=url,
        secret=settings.KEYRING.seal(f"whsec_{secrets.token_hex(32)}"),
        made_at=now,
    )
    audit.write(Act.WEBHOOK_ADDED, AuditSubject(SubjectKind.ENDPOINT, endpoint.id), actor, now, url=url)
    return endpoint


@transaction.atomic
def end(endpoint: UUID, actor: str, now: datetime) -> None:
    """Nothing more is sent there; what was told stays readable."""
    models.WebhookEndpoint.objects.filter(id=endpoint, ended_at=None).update(ended_at=now)
    waiting = models.WebhookDelivery.objects.filter(endpoint=endpoint, state=DeliveryState.WAITING)
    waiting.update(state=DeliveryState.FAILED, answer="endpoint removed")
    audit.write(Act.WEBHOOK_REMOVED, AuditSubject(SubjectKind.ENDPOINT, endpoint), actor, now)


def enqueue(
    orders: Sequence[tuple[UUID, models.Order]], state: State, now: datetime, word: str = "", **facts: str
) -> None:
    """Write down, in the transaction of the move, what the programs that bought these orders are to hear.
    `word`: what it is about where the state stays as it was; `facts` are told with it.
    """
    endpoints: dict[UUID, list[models.WebhookEndpoint]] = {}
    for endpoint in models.WebhookEndpoint.objects.filter(
        account__in={account for account, _ in orders}, ended_at=None
    ):
        endpoints.setdefault(endpoint.account_id, []).append(endpoint)
    rows = []
    for account, order in orders:
        event = mint_beside(now, order.id)
        for endpoint in endpoints.get(account, ()):
            rows.append(_delivery(endpoint, order, event, state, now, word, facts))
    if rows:
        models.WebhookDelivery.objects.bulk_create(rows, batch_size=1000)


def _delivery(
    endpoint: models.WebhookEndpoint,
    order: models.Order,
    event: UUID,
    state: State,
    now: datetime,
    word: str,
    facts: Mapping[str, str],
) -> models.WebhookDelivery:
    kind = f"order.{word or state.value}"
    body = {
        "id": str(event),
        "type": kind,
        "made_at": now.isoformat(),
        "data": {
            "order_id": str(order.id),
            "purchase_id": str(order.purchase_id),
            "line_id": str(order.line_id),
            "kind": order.kind,
            "state": state.value,
            "price": {"amount_minor": order.minor, "currency": order.currency},
            **facts,
        },
    }
    return models.WebhookDelivery(
        id=mint_beside(now, order.id),
        endpoint=endpoint,
        order=order,
        event=event,
        kind=kind,
        body=json.dumps(body, separators=(",", ":")),
        due_at=now,
        give_up_at=now + KEEP_TRYING,
        made_at=now,
    )


@transaction.atomic
def replay(delivery: models.WebhookDelivery, actor: str, now: datetime) -> None:
    """Once more, whatever became of it before, and of its endpoint: the same bytes under the same event id,
    with three new days.
    """
    models.WebhookDelivery.objects.filter(id=delivery.id).update(
        state=DeliveryState.WAITING, due_at=now, give_up_at=now + KEEP_TRYING, tries=0, sent_at=None
    )
    models.WebhookEndpoint.objects.filter(id=delivery.endpoint_id).update(paused_until=None)
    subject = AuditSubject(SubjectKind.ENDPOINT, delivery.endpoint_id)
    audit.write(Act.WEBHOOK_REPLAYED, subject, actor, now, event=str(delivery.event))


@transaction.atomic
def resume(account: UUID, actor: str, now: datetime) -> int:
    """Its people say that their program listens again: what waits is sent at once.

    How many endpoints were paused.
    """
    paused = models.WebhookEndpoint.objects.filter(account=account, ended_at=None, paused_until__gt=now)
    endpoints = list(paused.values_list("id", flat=True))
    models.WebhookEndpoint.objects.filter(id__in=endpoints).update(paused_until=None)
    models.WebhookDelivery.objects.filter(endpoint__in=endpoints, state=DeliveryState.WAITING).update(
        due_at=now
    )
    audit.write(Act.WEBHOOKS_RESUMED, AuditSubject(SubjectKind.ACCOUNT, account), actor, now)
    return len(endpoints)


@dataclass(frozen=True, slots=True)
class Batch:
    """What is sent to one endpoint, one after the other."""

    endpoint: models.WebhookEndpoint
    deliveries: list[models.WebhookDelivery]


def send_due(now: datetime, limit: int = TOGETHER) -> int:
    """Send what is due; returns how many were taken up.

    Nobody is asked inside a transaction. An endpoint gets one batch at a time and an account two, so that who
    answers slowly holds up only himself.
    """
    taken, until = 0, time.monotonic() + LONGEST_RUN
    with ThreadPoolExecutor(AT_ONCE) as pool:
        pending: dict[Future[list[SendResult]], Batch] = {}
        while True:
            room = AT_ONCE - len(pending) if time.monotonic() < until else 0
            for batch in _claim(now, room, limit):
                pending[pool.submit(_send_all, batch, now)] = batch
                taken += len(batch.deliveries)
            if not pending:
                return taken
            for sent in wait(pending, return_when=FIRST_COMPLETED).done:
                _close(pending.pop(sent), sent.result(), now)


_DUE = """
WITH due AS (
  SELECT e.id, e.account_id, min(d.due_at) AS since
  FROM records_webhookendpoint e JOIN records_webhookdelivery d ON d.endpoint_id = e.id
  WHERE d.state = 'waiting' AND d.due_at <= %(now)s AND (e.paused_until IS NULL OR e.paused_until <= %(now)s)
    AND (e.held_until IS NULL OR e.held_until <= %(now)s) GROUP BY e.id
), ranked AS (
  SELECT id, since, row_number() OVER (PARTITION BY account_id ORDER BY since, id)
    + (SELECT count(*) FROM records_webhookendpoint h
      WHERE h.account_id = due.account_id AND h.held_until > %(now)s) AS place FROM due
)
SELECT {columns} FROM records_webhookendpoint e JOIN ranked r ON r.id = e.id
WHERE r.place <= %(of_account)s AND (e.held_until IS NULL OR e.held_until <= %(now)s)
ORDER BY r.since, e.id LIMIT %(room)s FOR NO KEY UPDATE OF e SKIP LOCKED
"""


@transaction.atomic(durable=True)
def _claim(now: datetime, room: int, limit: int) -> list[Batch]:
    if room <= 0:
        return []
    endpoints = list(
        models.WebhookEndpoint.objects.raw(
            _DUE.format(columns=queries.columns(models.WebhookEndpoint, "e")),
            {"now": now, "of_account": OF_ACCOUNT, "room": room},
        )
    )
    models.WebhookEndpoint.objects.filter(id__in=[endpoint.id for endpoint in endpoints]).update(
        held_until=now + LEASE
    )
    batches = []
    for endpoint in endpoints:
        rows = models.WebhookDelivery.objects.filter(
            endpoint=endpoint, state=DeliveryState.WAITING, due_at__lte=now
        )
        batches.append(Batch(endpoint, list(rows.order_by("due_at", "id")[:limit])))
    ids = [delivery.id for batch in batches for delivery in batch.deliveries]
    models.WebhookDelivery.objects.filter(id__in=ids).update(due_at=now + LEASE, tries=F("tries") + 1)
    return batches


def _send_all(batch: Batch, now: datetime) -> list[SendResult]:
    """Until nobody answers: what comes behind would only wait as long."""
    answers: list[SendResult] = []
    for delivery in batch.deliveries:
        answers.append(_send(batch.endpoint, delivery, now))
        if _is_silence(answers[-1]):
            break
    return answers


def _is_silence(answer: SendResult) -> bool:
    text = answer.reason or ""
    return answer.status is not SendStatus.SENT and not text.isdecimal() and text != webhook.NOT_PUBLIC


def _send(endpoint: models.WebhookEndpoint, delivery: models.WebhookDelivery, now: datetime) -> SendResult:
    try:
        post = webhook.Post(endpoint.url, secret_of(endpoint), str(delivery.event), delivery.body.encode())
        return webhook.send(post, now, anywhere=settings.SANDBOX)
    except SecretMissing:
        return SendResult(SendStatus.PASSING, "its secret cannot be read")
    except Exception:
        log.exception("webhook broke", delivery=str(delivery.id))
        return SendResult(SendStatus.PASSING, "broke")


@transaction.atomic(durable=True)
def _close(batch: Batch, answers: Sequence[SendResult], now: datetime) -> None:
    endpoint = models.WebhookEndpoint.objects.select_for_update(no_key=True).get(id=batch.endpoint.id)
    for delivery, answer in zip(batch.deliveries, answers, strict=False):
        _close_one(delivery, answer, now)
    untried = [delivery.id for delivery in batch.deliveries[len(answers) :]]
    still = models.WebhookDelivery.objects.filter(
        id__in=untried, state=DeliveryState.WAITING, due_at=now + LEASE
    )
    still.update(due_at=now, tries=F("tries") - 1)
    over = models.WebhookDelivery.objects.filter(
        endpoint=endpoint, state=DeliveryState.WAITING, give_up_at__lt=now
    )
    over.update(state=DeliveryState.FAILED)
    endpoint.held_until = None
    if any(answer.status is SendStatus.SENT for answer in answers):
        endpoint.failures, endpoint.paused_until = 0, None
        told = models.Incident.objects.filter(kind=SILENT, subject=str(endpoint.id), closed_at=None)
        told.update(closed_at=now, answer="it answers again")
    else:
        endpoint.failures += 1
        if endpoint.failures >= FAILURES:
            endpoint.paused_until = now + _pause(endpoint.failures - 1)
            incidents.report(
                SILENT,
                endpoint.id,
                now,
                account=endpoint.account.name,
                url=endpoint.url,
                answer=answers[-1].reason,
            )
    endpoint.save(update_fields=["held_until", "failures", "paused_until"])


def _close_one(delivery: models.WebhookDelivery, answer: SendResult, now: datetime) -> None:
    # Not what was replayed meanwhile.
    waiting = models.WebhookDelivery.objects.filter(
        id=delivery.id, state=DeliveryState.WAITING, due_at=now + LEASE
    )
    text = (answer.reason or "")[:80]
    again = now + _pause(delivery.tries)
    if answer.status is SendStatus.SENT:
        waiting.update(state=DeliveryState.SENT, sent_at=now, answer=text)
    elif again > delivery.give_up_at:
        waiting.update(state=DeliveryState.FAILED, answer=text)
    else:
        waiting.update(due_at=again, answer=text)


def _pause(times: int) -> timedelta:
    return min(FIRST_PAUSE * (1 << min(times, 12)), LONGEST_PAUSE)
