"""What has happened to an order and what is next, step by step."""

from dataclasses import dataclass
from datetime import datetime

from tsuzuki.core.money import Money
from tsuzuki.core.order import Outcome, State, TenderState
from tsuzuki.core.quote import QuoteItem
from tsuzuki.core.states import NO_CLAIM, RefundState
from tsuzuki.records import models, queries
from tsuzuki.ui import formats
from tsuzuki.ui.languages import N_, translator

# Why the money of an order goes back, where it is not that the carrier could not do it.
_WHY = {
    "staff_took_back": N_("The order was taken back"),
    "carrier_took_back": N_("The carrier took the activation back"),
    "late_money": N_("The payment came after the order had ended"),
    "money_disputed": N_("The payment was disputed"),
}


@dataclass(frozen=True, slots=True)
class Step:
    look: str  # done, now, failed or nothing
    text: str
    note: str = ""


def paid_tenders(purchase: models.Purchase) -> list[models.Tender]:
    """What paid the price, once it is whole: a part of it is no payment yet,
    and what was released never was one.
    """
    return (
        []
        if purchase.waiting
        else [
            tender for tender in purchase.tenders.all() if tender.paid_at and tender.state == TenderState.PAID
        ]
    )


def taken_back_after(order: models.Order) -> bool:
    """It was delivered and is still theirs; only its money is gone or disputed."""
    attempt = queries.attempt_of(order)
    return order.state == State.REVERSED and attempt is not None and attempt.outcome == Outcome.DONE


def steps_of(
    order: models.Order,
    item: QuoteItem,
    purchase: models.Purchase,
    span: tuple[datetime, datetime],
    now: datetime,
    language: str,
) -> tuple[Step, ...]:
    """The road so far, each stone with its time; the last one says what is promised if it takes long."""
    say, zone = translator(language), item.zone
    paid_at = max((tender.paid_at for tender in paid_tenders(purchase) if tender.paid_at), default=None)
    if paid_at is None:
        return (Step("now", say(N_("Waiting for payment"))),) if purchase.waiting else ()
    amount = formats.money(Money(order.minor, order.currency), language)
    steps = [
        Step(
            "done",
            say(N_("Paid %(amount)s")) % {"amount": amount},
            formats.short(paid_at, zone, language, now),
        )
    ]
    attempt = queries.attempt_of(order)
    if order.state == State.DELIVERED or taken_back_after(order):
        if attempt is not None and attempt.closed_at:
            steps.append(
                Step(
                    "done",
                    say(N_("The carrier accepted")),
                    formats.short(attempt.closed_at, zone, language, now),
                )
            )
        steps.append(Step("done", say(N_("Added: %(plan)s")) % {"plan": formats.name(item.names, language)}))
    elif order.state in (State.PAID, State.APPLIED):
        clock = (
            say(N_("If it is not active by %(time)s, we begin your refund."))
            % {"time": formats.moment(order.refund_by, zone, language)}
            if order.refund_by
            else ""
        )
        steps.append(Step("now", say(N_("Asking the carrier to activate it")), clock))
    elif order.state in (State.REFUNDING, State.REFUND_OWED, State.REFUNDED):
        refunds = [refund for refund in order.refunds.all() if refund.state not in NO_CLAIM]
        steps.append(
            Step("failed", say(_WHY.get(refunds[0].why if refunds else "", N_("It could not be activated"))))
        )
        steps += [_refund_step(refund, zone, now, language) for refund in refunds]
    return tuple(steps)


def _refund_step(refund: models.Refund, zone: str, now: datetime, language: str) -> Step:
    say, amount = translator(language), formats.money(Money(refund.minor, refund.currency), language)
    if refund.state == RefundState.BY_DISPUTE and refund.done_at:
        returned = say(N_("%(amount)s returned to you by the bank or payment company")) % {"amount": amount}
        return Step("done", returned, formats.short(refund.done_at, zone, language, now))
    if refund.state == RefundState.CONTESTED:
        return Step(
            "now", say(N_("Refund of %(amount)s waits: the payment is disputed")) % {"amount": amount}
        )
    if refund.done_at:
        return Step(
            "done",
            say(N_("Refunded %(amount)s")) % {"amount": amount},
            formats.short(refund.done_at, zone, language, now),
        )
    began = formats.short(refund.begun_at, zone, language, now)
    return Step("now", say(N_("Refund of %(amount)s begun")) % {"amount": amount}, began)
