"""An account about itself: balance, statement; where it wants to be told of its orders, and what was told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from tsuzuki.actions.messages import webhooks
from tsuzuki.core import postings
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.ledger_event import LedgerEventKind, SubjectType
from tsuzuki.core.money import Money
from tsuzuki.core.states import DeliveryState
from tsuzuki.ledger import statement_pages as ledger
from tsuzuki.records import models

from . import account_bodies as own
from . import bodies as b
from . import pagination
from .lines import amount, id_of
from .router import Call, Reply

# What moves the balance of an account; whatever else may come one day is "other".
_WHAT = {
    LedgerEventKind.TENDER_PAID: "purchase",
    LedgerEventKind.TENDER_RELEASED: "purchase",
    LedgerEventKind.REFUND_BEGUN: "refund",
    LedgerEventKind.REFUND_DONE: "refund",
    LedgerEventKind.ORDER_COMMISSION: "commission",
    LedgerEventKind.ACCOUNT_TOPPED_UP: "top_up",
}


def get_account(call: Call) -> Reply:
    row = call.who
    balance, limit = Money(row.balance_minor, row.currency), Money(row.limit_minor, row.currency)
    return Reply(
        own.AccountShown(
            id=row.id,
            name=row.name,
            kind=row.kind,  # type: ignore[arg-type]  # a column of these words
            balance=amount(balance),
            credit_limit=amount(limit),
            available=amount(balance + limit),
        )
    )


def list_statement(call: Call) -> Reply:
    query: b.Page = call.query
    last = pagination.read(query.cursor)
    if last and not (last.isdecimal() and len(last) < 19):
        raise Refused(Code.MALFORMED, where="cursor")
    account = postings.account(call.who.id)
    rows, following = pagination.cut(
        ledger.page(account, call.who.currency, int(last) if last else None, query.limit + 1), query.limit
    )
    return Reply(own.Statement(items=_entries(rows), next=following))


def _entries(rows: Sequence[ledger.Numbered]) -> list[own.Entry]:
    def about(subject: SubjectType) -> list[UUID]:
        return [row.event.subject_id for row in rows if row.event and row.event.subject_type is subject]

    purchases = dict(
        models.Tender.objects.filter(id__in=about(SubjectType.TENDER)).values_list("id", "purchase_id")
    )
    orders: dict[UUID, UUID | None] = dict(
        models.Refund.objects.filter(id__in=about(SubjectType.REFUND)).values_list("id", "order_id")
    )
    orders |= {order: order for order in about(SubjectType.ORDER)}
    return [_entry(row, purchases, orders) for row in rows]


def _entry(
    row: ledger.Numbered, purchases: Mapping[UUID, UUID], orders: Mapping[UUID, UUID | None]
) -> own.Entry:
    event = row.event
    return own.Entry(
        id=str(row.id),
        at=row.at,
        what=_WHAT.get(event.kind, "other") if event else "other",  # type: ignore[arg-type]  # words of that Literal
        amount=amount(row.amount),
        purchase_id=purchases.get(event.subject_id) if event else None,
        order_id=orders.get(event.subject_id) if event else None,
        reference=event.detail if event and event.kind is LedgerEventKind.ACCOUNT_TOPPED_UP else None,
    )


def list_endpoints(call: Call) -> Reply:
    rows = models.WebhookEndpoint.objects.filter(account=call.who, ended_at=None).order_by("id")
    shown = [
        own.EndpointShown(
            id=row.id, url=row.url, made_at=row.made_at, paused_until=_paused_until(row, call.now)
        )
        for row in rows
    ]
    return Reply(own.Endpoints(items=shown, next=None))


def _paused_until(row: models.WebhookEndpoint, now: datetime) -> datetime | None:
    return row.paused_until if row.paused_until and row.paused_until > now else None


def add_endpoint(call: Call) -> Reply:
    row = webhooks.add(call.who.id, call.body.url, f"api {call.who.name}", call.now)
    return Reply(
        own.EndpointMade(id=row.id, url=row.url, made_at=row.made_at, secret=webhooks.secret_of(row)), 201
    )


def remove_endpoint(call: Call) -> Reply:
    row = models.WebhookEndpoint.objects.filter(
        id=id_of(call.path["id"]), account=call.who, ended_at=None
    ).first()
    if row is None:
        raise Refused(Code.NOT_FOUND)
    webhooks.end(row.id, f"api {call.who.name}", call.now)
    return Reply(None, 204)


def list_deliveries(call: Call) -> Reply:
    query: own.DeliverySearch = call.query
    rows = models.WebhookDelivery.objects.filter(endpoint__account=call.who)
    if query.state is not None:
        rows = rows.filter(state=query.state)
    if last := pagination.read(query.cursor):
        try:
            rows = rows.filter(id__lt=UUID(last))
        except ValueError:
            raise Refused(Code.MALFORMED, where="cursor") from None
    here, following = pagination.cut(list(rows.order_by("-id")[: query.limit + 1]), query.limit)
    return Reply(own.Deliveries(items=[_delivery(row) for row in here], next=following))


def replay_delivery(call: Call) -> Reply:
    """Send it once more, whatever became of it."""
    rows = models.WebhookDelivery.objects.filter(
        id=id_of(call.path["id"]), endpoint__account=call.who, endpoint__ended_at=None
    )
    row = rows.first()
    if row is None:
        raise Refused(Code.NOT_FOUND)
    webhooks.replay(row, f"api {call.who.name}", call.now)
    return Reply(_delivery(rows.get()), 202)


def _delivery(row: models.WebhookDelivery) -> own.DeliveryShown:
    return own.DeliveryShown(
        id=row.id,
        endpoint_id=row.endpoint_id,
        event_id=row.event,
        type=row.kind,
        order_id=row.order_id,
        state=row.state,  # type: ignore[arg-type]  # a column of these words
        tries=row.tries,
        answer=row.answer,
        made_at=row.made_at,
        next_try_at=row.due_at if row.state == DeliveryState.WAITING else None,
        sent_at=row.sent_at,
    )
