"""One order: look, cancel, refund. What is another account's is as unknown as what never was."""

from tsuzuki.actions.order.expire import cancel
from tsuzuki.actions.order.take_back import ask_back, take_back
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.order import State
from tsuzuki.core.states import NO_CLAIM, NOBODY_KNOWS
from tsuzuki.records import models, queries

from . import bodies as b
from .lines import hidden, id_of, plan_name
from .router import Call, Reply

ENDED = (State.CANCELLED, State.EXPIRED)
UNPAID = (State.AWAITING_PAYMENT, *ENDED)


def get_order(call: Call) -> Reply:
    return Reply(_shown(_order(call), call))


def cancel_order(call: Call) -> Reply:
    """The whole purchase it belongs to, as long as it waits for money. Once more is harmless."""
    order = _order(call)
    if order.state not in ENDED:
        cancel(order.purchase_id, _actor(call), call.now)
    return Reply(_shown(_order(call), call))


def refund_order(call: Call) -> Reply:
    """The operator's own program takes a delivered order back.

    A reseller's asks for it, and people decide (202).
    """
    order = _order(call)
    operator = call.who.kind == "operator"
    (take_back if operator else ask_back)(order.id, call.body.reason, _actor(call), call.now)
    return Reply(_shown(_order(call), call), 200 if operator else 202)


def _actor(call: Call) -> str:
    return f"api {call.who.name}"


def _order(call: Call) -> models.Order:
    rows = models.Order.objects.filter(id=id_of(call.path["id"]))
    if call.who.kind != "operator":
        rows = rows.filter(purchase__account=call.who)
    order = (
        rows.select_related("plan", "period").prefetch_related("attempts", "lots", "refunds__tender").first()
    )
    if order is None:
        raise Refused(Code.NOT_FOUND)
    return order


def _shown(order: models.Order, call: Call) -> b.OrderShown:
    """Its dates are part of what was sold.

    Of a line that somebody else sells for they are told once they are paid.
    """
    seen = order.line_id not in hidden([order.line_id], call)
    paid = seen or order.state not in UNPAID
    item = queries.items_of([order])[order.id]
    span = getattr(order, "period", None) or next(iter(order.lots.all()), None)
    attempt = queries.attempt_of(order)
    unsure = attempt is not None and not attempt.outcome and attempt.standing in NOBODY_KNOWS
    return b.OrderShown(
        id=order.id,
        purchase_id=order.purchase_id,
        line_id=order.line_id,
        kind=order.kind,  # type: ignore[arg-type]  # a column of these words
        plan=plan_name(order.plan),
        state=order.state,  # type: ignore[arg-type]  # a column of these words
        being_mended=unsure or bool(order.needs_staff),
        price=_amount(order.minor, order),
        tax=b.TaxLine(percent=order.tax_percent, amount=_amount(order.tax_minor, order)),
        old_end=item.old_end if seen else None,
        starts_at=(span.starts_at if span else item.starts_at) if paid else None,
        new_end=(span.ends_at if span else item.new_end) if paid else None,
        zone=item.zone,
        made_at=order.made_at,
        refunds=[
            b.RefundShown(
                amount=_amount(refund.minor, order), method=refund.tender.method, state=refund.state
            )
            for refund in order.refunds.all()
            if refund.state not in NO_CLAIM
        ],
    )


def _amount(minor: int, order: models.Order) -> b.Amount:
    return b.Amount(amount_minor=minor, currency=order.currency)
