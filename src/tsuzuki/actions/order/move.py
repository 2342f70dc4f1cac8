"""Moving orders along the table of core.order; every change of state goes through here."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from tsuzuki.core.order import AT_REST, Outcome, State, Step, after
from tsuzuki.records import models

log = structlog.get_logger()


def lock_orders(ids: Collection[UUID]) -> list[models.Order]:
    """Orders with purchase, line, plan and carrier, locked in id order."""
    rows = models.Order.objects.select_for_update(of=("self",), no_key=True).filter(id__in=ids)
    return list(rows.select_related("purchase", "line", "plan", "carrier").order_by("id"))


def lock_lines(orders: Sequence[models.Order]) -> None:
    """Their lines, in id order: periods and lots of a line are only changed under this lock."""
    lines = {order.line_id for order in orders}
    list(models.Line.objects.select_for_update(no_key=True).filter(id__in=lines).order_by("id").values_list("id"))


def lock_purchases(ids: Collection[UUID]) -> dict[UUID, models.Purchase]:
    rows = models.Purchase.objects.select_for_update(no_key=True).filter(id__in=ids).order_by("id")
    return {purchase.id: purchase for purchase in rows}


def move(orders: Sequence[models.Order], step: Step, outcome: Outcome, now: datetime, **changes: Any) -> None:
    """One UPDATE per state they come from. `changes` are set on all of them too."""
    groups: dict[State, list[models.Order]] = defaultdict(list)
    for order in orders:
        groups[after(State(order.state), step, outcome)].append(order)
    for state, group in groups.items():
        fields = {"state": state, "rest_at": now if state in AT_REST else None, **changes}
        models.Order.objects.filter(id__in=[order.id for order in group]).update(**fields)
        transaction.on_commit(partial(_say, [order.id for order in group], step, outcome, state))
        for order in group:
            for name, value in fields.items():
                setattr(order, name, value)


def _say(ids: Sequence[UUID], step: Step, outcome: Outcome, state: State) -> None:
    for id in ids:
        log.info("order moved", order=str(id), step=step.value, outcome=outcome.value, state=state.value)
