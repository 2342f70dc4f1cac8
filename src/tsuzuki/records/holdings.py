"""What a line holds at an instant: periods, lots, credit, the dates that matter. Computed, never swept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tsuzuki.core.money import Money
from tsuzuki.core.states import HoldingState, LineState

from . import models
from .queries import CURRENT_OR_LAST


@dataclass(frozen=True, slots=True)
class Holdings:
    """Of a closed line, number and SIM are the last it had."""

    state: LineState
    number: str | None
    sim: models.Sim | None
    running: models.Period | None
    periods: Sequence[models.Period]  # confirmed, not yet over, in order
    lots: Sequence[models.Lot]  # confirmed, not yet over and not used up, the earliest to end first
    credit: Sequence[Money]
    frozen: Sequence[Money] = ()  # credit that cannot be spent: the payment that bought it is disputed

    def deadlines(self) -> list[tuple[str, datetime]]:
        """(what, when), the nearest first."""
        found = [("plan_ends", self.periods[-1].ends_at)] if self.periods else []
        for what, credit in (("allowance_ends", False), ("credit_expires", True)):
            ends = [
                lot.ends_at for lot in self.lots if (lot.good == "credit") is credit and lot.remaining != 0
            ]
            found += [(what, min(ends))] if ends else []
        return sorted(found, key=lambda deadline: deadline[1])


def holdings(line: models.Line, at: datetime, bought_by: UUID | None = None) -> Holdings:
    """`bought_by`: only what this account bought for the line; the state is the line's own all the same."""
    every = list(
        models.Period.objects.filter(line=line, state=HoldingState.CONFIRMED, ends_at__gt=at)
        .select_related("order__plan", "order__purchase")
        .order_by("starts_at")
    )
    lots = models.Lot.objects.filter(line=line, state=HoldingState.CONFIRMED, ends_at__gt=at).exclude(
        remaining=0, frozen=0
    )
    lots = lots.order_by("ends_at", "id")
    if bought_by is not None:
        lots = lots.filter(order__purchase__account=bought_by)
    shown = [period for period in every if bought_by is None or period.order.purchase.account_id == bought_by]
    found = list(lots)
    sums: dict[str, int] = {}
    frozen: dict[str, int] = {}
    for lot in found:
        if lot.good == "credit" and lot.starts_at <= at:
            sums[lot.currency] = sums.get(lot.currency, 0) + (lot.remaining or 0)
            frozen[lot.currency] = frozen.get(lot.currency, 0) + lot.frozen
    number = models.Number.objects.filter(CURRENT_OR_LAST, line=line).values_list("msisdn", flat=True).first()
    return Holdings(
        _state(line, every, at),
        number,
        models.Sim.objects.filter(CURRENT_OR_LAST, line=line).first(),
        next((period for period in shown if period.starts_at <= at), None),
        shown,
        found,
        [Money(minor, currency) for currency, minor in sorted(sums.items())],
        [Money(minor, currency) for currency, minor in sorted(frozen.items()) if minor],
    )


def _state(line: models.Line, periods: Sequence[models.Period], at: datetime) -> LineState:
    if line.closed_at is not None and line.closed_at <= at:
        return LineState.CLOSED
    if line.suspended_at is not None and line.suspended_at <= at:
        return LineState.SUSPENDED
    if any(period.starts_at <= at for period in periods):
        return LineState.ACTIVE
    return LineState.WAITING if periods else LineState.ENDED
