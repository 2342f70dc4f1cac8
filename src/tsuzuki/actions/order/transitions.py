"""Transitions of orders, by the table in core.order; every change of state goes through here."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction

from tsuzuki.actions.order import partners
from tsuzuki.core.order import AT_REST, Outcome, State, Step, after
from tsuzuki.records import models, queries

log = structlog.get_logger()


LOCK = "FOR NO KEY UPDATE"


def lock_orders(ids: Collection[UUID]) -> list[models.Order]:
    """Orders with purchase and line, locked in id order."""
    orders = queries.read(models.Order, ids, LOCK)
    with_purchases(orders)
    _give_lines(orders, queries.read_by_id(models.Line, {order.line_id for order in orders}))
    return orders


def lock_orders_and_lines(ids: Collection[UUID]) -> list[models.Order]:
    """The same, and their lines: periods and lots of a line are only changed under its lock."""
    orders = queries.read(models.Order, ids, LOCK)
    with_purchases(orders)
    lock_lines(orders)
    return orders


def lock_lines(orders: Sequence[models.Order]) -> None:
    """The lines of locked orders, in id order."""
    _give_lines(orders, queries.read_by_id(models.Line, {order.line_id for order in orders}, LOCK))


def _give_lines(orders: Sequence[models.Order], lines: Mapping[UUID, models.Line]) -> None:
    for order in orders:
        order.line = lines[order.line_id]


def with_purchases(orders: Sequence[models.Order]) -> None:
    purchases = queries.read_by_id(models.Purchase, {order.purchase_id for order in orders})
    for order in orders:
        order.purchase = purchases[order.purchase_id]


def with_carriers(orders: Sequence[models.Order]) -> None:
    carriers = queries.read_by_id(models.Carrier, {order.carrier_id for order in orders})
    for order in orders:
        order.carrier = carriers[order.carrier_id]


def lock_purchases(ids: Collection[UUID]) -> dict[UUID, models.Purchase]:
    return queries.read_by_id(models.Purchase, ids, LOCK)


def transition(
    orders: Sequence[models.Order], step: Step, outcome: Outcome, now: datetime, **changes: Any
) -> None:
    """One UPDATE per state they come from. `changes` are set on all of them too."""
    for fields, group in transition_in_memory(orders, step, outcome, now, **changes):
        words = ", ".join(f"{name} = %s" for name in fields)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE records_order SET {words} WHERE id = ANY(%s)",  # noqa: S608 (names of our own columns)
                [*fields.values(), [order.id for order in group]],
            )


def transition_in_memory(
    orders: Sequence[models.Order], step: Step, outcome: Outcome, now: datetime, **changes: Any
) -> list[tuple[dict[str, Any], list[models.Order]]]:
    """The move as it will be, on the values alone: for orders that are written for the first time.

    What changes, for whom.
    """
    groups: dict[State, list[models.Order]] = defaultdict(list)
    for order in orders:
        groups[after(State(order.state), step, outcome)].append(order)
    moves = []
    for state, group in groups.items():
        fields = {"state": state.value, "rest_at": now if state in AT_REST else None, **changes}
        for order in group:
            for name, value in fields.items():
                setattr(order, name, value)
        moves.append((fields, group))
        partners.on_transition(group, step, state, now)
        transaction.on_commit(partial(_say, [order.id for order in group], step, outcome, state))
    return moves


def _say(ids: Sequence[UUID], step: Step, outcome: Outcome, state: State) -> None:
    for id in ids:
        log.info("order moved", order=str(id), step=step.value, outcome=outcome.value, state=state.value)
