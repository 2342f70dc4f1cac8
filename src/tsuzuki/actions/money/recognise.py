"""The recognition run: over the days of each order's span unearned becomes revenue,
and the deferred cost the cost of sales.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from django.db import transaction

from tsuzuki.actions.money.cutover import cut_over
from tsuzuki.actions.write.ids import mint
from tsuzuki.core import postings
from tsuzuki.core.ledger_event import LedgerEvent
from tsuzuki.core.money import Money
from tsuzuki.core.order import State
from tsuzuki.core.postings import Posting
from tsuzuki.ledger import book
from tsuzuki.records import models

DAY = 86_400


def reached(minor: int, order: models.Order, now: datetime) -> int:
    """What an instant makes of an amount: whole days passed of the days the order's span has, rounded down;
    all at the end.
    """
    assert order.earn_from is not None
    assert order.earn_until is not None
    if now >= order.earn_until:
        return minor
    days = max(1, -(-int((order.earn_until - order.earn_from).total_seconds()) // DAY))
    passed = max(0, int((now - order.earn_from).total_seconds()) // DAY)
    return minor * min(passed, days) // days


def next_part(order: models.Order, now: datetime) -> datetime | None:
    """When the next whole day of its span has passed; None once all is earned."""
    assert order.earn_from is not None
    assert order.earn_until is not None
    if now >= order.earn_until:
        return None
    passed = max(0, int((now - order.earn_from).total_seconds()) // DAY)
    return min(order.earn_from + timedelta(seconds=(passed + 1) * DAY), order.earn_until)


def run(now: datetime, batch: int = 1000) -> dict[str, int]:
    """Bring every delivered order's revenue up to `now`; returns minor units earned by currency.

    Twice is once.
    """
    cut_over(now)
    moved: dict[str, int] = defaultdict(int)
    last = None
    while True:
        seen, sums = _batch(now, batch, last)
        for currency, minor in sums.items():
            moved[currency] += minor
        if seen is None:
            return dict(moved)
        last = seen


@transaction.atomic(durable=True)
def _batch(now: datetime, size: int, after: object) -> tuple[object | None, dict[str, int]]:
    """One posting per plan and currency for a batch of orders,
    with the orders' own progress in the same transaction.
    """
    rows = models.Order.objects.select_for_update(of=("self",), no_key=True).filter(
        state__in=[State.DELIVERED, State.REVERSED], earn_next__lte=now
    )
    orders = list((rows.filter(id__gt=after) if after else rows).select_related("plan").order_by("id")[:size])
    if not orders:
        return None, {}
    earned: dict[tuple[str, str], int] = defaultdict(int)
    costs: dict[tuple[str, str], int] = defaultdict(int)
    for order in orders:
        of = order.plan.code, order.currency
        target = reached(order.earn_minor, order, now)
        earned[of] += target - order.earned_minor
        if order.expensed_minor is not None:
            cost = reached(order.cost_minor, order, now)
            costs[of] += cost - order.expensed_minor
            order.expensed_minor = cost
        order.earned_minor, order.earn_next = target, next_part(order, now)
    models.Order.objects.bulk_update(orders, ["earned_minor", "expensed_minor", "earn_next"], batch_size=500)
    moves: list[Posting] = []
    totals: dict[str, int] = defaultdict(int)
    for plan, currency in sorted(earned):
        minor = earned[plan, currency]
        moves += postings.recognised(plan, Money(minor, currency), Money(costs[plan, currency], currency))
        totals[currency] += minor
    if moves:
        book.post({LedgerEvent.revenue_recognised(now.astimezone(UTC).date(), mint(now, 0)): moves}, now)
    return orders[-1].id, dict(totals)
