"""A purchase as commands show it."""

from typing import Any

from tsuzuki.core.order import TenderState
from tsuzuki.core.plan import Kind
from tsuzuki.core.quote import QuoteContent
from tsuzuki.core.states import NOBODY_KNOWS, RefundState
from tsuzuki.records import models, queries
from tsuzuki.ui import formats, states

from .output import LANGUAGE, moment, money


def quote_facts(row: models.Quote) -> dict[str, Any]:
    content = queries.quote_value(row)
    return {
        "id": str(row.id),
        "items": [
            {
                "line_id": str(item.line),
                "kind": item.kind,
                "plan": item.plan,
                "choice": item.choice,
                "price_lines": [
                    {"what": line.what, "amount": line.amount, "names": line.names}
                    for line in item.price_lines
                ],
                "old_end": item.old_end,
                "starts_at": item.starts_at,
                "new_end": item.new_end,
                "zone": item.zone,
            }
            for item in content.items
        ],
        "total": content.total,
        "tax": [{"percent": line.percent, "amount": line.tax} for line in content.tax],
        "valid_until": content.valid_until,
        "pay_by": content.pay_by,
    }


def quote_words(content: QuoteContent) -> list[str]:
    words = []
    for item in content.items:
        words += [
            f"  {formats.name(line.names, LANGUAGE)}: {formats.money(line.amount, LANGUAGE)}"
            for line in item.price_lines
        ]
        before = moment(item.old_end, item.zone, closing=True) if item.old_end else "nothing running"
        words.append(f"    now until: {before}")
        words.append(f"    starts:    {moment(item.starts_at, item.zone)}")
        words.append(f"    new end:   {moment(item.new_end, item.zone, closing=True)}")
        if item.kind is Kind.CREDIT:
            words.append(
                "               by voucher at the latest a day before six months have passed "
                "since it was made"
            )
    words.append(f"  Total: {formats.money(content.total, LANGUAGE)}")
    words += [
        f"    of which tax {line.percent} %: {formats.money(line.tax, LANGUAGE)}" for line in content.tax
    ]
    return words


def facts(purchase: models.Purchase) -> dict[str, Any]:
    """Everything about a purchase, for programs. Expects queries.full_purchases()."""
    content = queries.quote_value(purchase.quote)
    return {
        "id": str(purchase.id),
        "code": purchase.code,
        "token": purchase.token,
        "total": {"minor": purchase.minor, "currency": purchase.currency},
        "pay_by": purchase.pay_by,
        "waiting_for_money": purchase.waiting,
        "orders": [_order(order, content) for order in purchase.orders.all()],
        "tenders": [_tender(tender) for tender in purchase.tenders.all()],
    }


def _order(order: models.Order, content: QuoteContent) -> dict[str, Any]:
    item = content.items[order.position]
    starts, ends = _span(order, content)
    return {
        "id": str(order.id),
        "line_id": str(order.line_id),
        "plan": order.plan.code,
        "kind": order.kind,
        "state": order.state,
        "needs_staff": order.needs_staff,
        "old_end": item.old_end,
        "starts_at": starts,
        "new_end": ends,
        "zone": item.zone,
        "refunds": [
            {"id": str(refund.id), "minor": refund.minor, "currency": refund.currency, "state": refund.state}
            for refund in order.refunds.all()
            if refund.state != RefundState.GIVEN_UP
        ],
        "unsure": is_unsure(order),
    }


def _span(order: models.Order, content: QuoteContent) -> tuple[Any, Any]:
    """As delivered where there is a period or lot, else as quoted."""
    item, period = content.items[order.position], getattr(order, "period", None)
    lots = list(order.lots.all())
    if period is not None:
        return period.starts_at, period.ends_at
    return (lots[0].starts_at, lots[0].ends_at) if lots else (item.starts_at, item.new_end)


def is_unsure(order: models.Order) -> bool:
    attempt = queries.attempt_of(order)
    return attempt is not None and not attempt.outcome and attempt.standing in NOBODY_KNOWS


def _tender(tender: models.Tender) -> dict[str, Any]:
    attempt = queries.attempt_of(tender)
    return {
        "id": str(tender.id),
        "method": tender.method,
        "minor": tender.minor,
        "currency": tender.currency,
        "state": tender.state,
        "reason": tender.reason,
        "gateway": tender.gateway,
        "pay_at": (attempt.next or {}).get("url", "")
        if attempt is not None and tender.state == TenderState.OPEN
        else "",
        "disputes": [
            {"reference": dispute.reference, "minor": dispute.minor, "state": dispute.state}
            for dispute in tender.disputes.all()
        ],
    }


def words(purchase: models.Purchase) -> list[str]:
    """The same for people."""
    content = queries.quote_value(purchase.quote)
    lines = [f"Purchase {purchase.code}  {money(purchase.minor, purchase.currency)}   id {purchase.id}"]
    for tender in purchase.tenders.all():
        shown = _tender(tender)
        lines.append(
            f"  paid by {tender.method}: {money(tender.minor, tender.currency)}, {tender.state} "
            f"{tender.reason}".rstrip()
        )
        lines += [
            f"    dispute {dispute.reference}: {money(dispute.minor, dispute.currency)}, {dispute.state}"
            for dispute in tender.disputes.all()
        ]
        if shown["pay_at"]:
            lines.append(f"    pay at {shown['pay_at']}")
    for order in purchase.orders.all():
        starts, ends = _span(order, content)
        zone = content.items[order.position].zone
        says = states.state(
            queries.state_to_tell(order, purchase),
            starts=moment(starts, zone),
            ends=moment(ends, zone, closing=True),
            unsure=is_unsure(order),
            started=order.rest_at is not None and starts <= order.rest_at,
            language=LANGUAGE,
        )
        lines.append(
            f"  {formats.name(content.items[order.position].names, LANGUAGE)}: {says}   order {order.id}"
        )
        if order.needs_staff:
            lines.append(f"    staff were called: {order.needs_staff}")
    return lines
