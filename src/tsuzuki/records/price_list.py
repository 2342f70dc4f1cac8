"""Every plan that is or was sold, with its past, current and announced prices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tsuzuki.core.money import Money
from tsuzuki.core.plan import Kind, PlanDefinition
from tsuzuki.core.tax import TaxRule

from . import models
from .queries import plan_value


@dataclass(frozen=True, slots=True)
class DatedPrice:
    """A price from a moment on; `until` is where the next one begins, None: no end is known."""

    since: datetime
    until: datetime | None
    amount: Money
    tax: TaxRule


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """Of one plan in one currency, the oldest first."""

    past: tuple[DatedPrice, ...]
    current: DatedPrice | None
    announced: tuple[DatedPrice, ...]


@dataclass(frozen=True, slots=True)
class ListedPlan:
    plan: PlanDefinition
    carrier: models.Carrier | None
    retired_at: datetime | None
    prices: tuple[PriceHistory, ...]


def price_list(now: datetime) -> list[ListedPlan]:
    """What is sold first, by kind and price; then what is sold no more."""
    rows: dict[UUID, dict[str, list[models.PlanPrice]]] = defaultdict(lambda: defaultdict(list))
    for price in models.PlanPrice.objects.order_by("since", "id"):
        rows[price.plan_id][price.currency].append(price)
    plans = models.Plan.objects.select_related("carrier").filter(id__in=rows)
    listeds = [
        ListedPlan(
            plan_value(plan),
            plan.carrier,
            plan.retired_at,
            tuple(_prices(held, now) for _, held in sorted(rows[plan.id].items())),
        )
        for plan in plans
    ]
    return sorted(
        listeds,
        key=lambda listed: (
            _gone(listed, now),
            list(Kind).index(listed.plan.kind),
            _first(listed).amount.minor,
            listed.plan.code,
        ),
    )


def _prices(rows: Sequence[models.PlanPrice], now: datetime) -> PriceHistory:
    ends = [row.since for row in rows[1:]] + [None]
    dated = [
        DatedPrice(row.since, until, Money(row.minor, row.currency), TaxRule(row.tax))
        for row, until in zip(rows, ends, strict=True)
    ]
    begun = [price for price in dated if price.since <= now]
    return PriceHistory(tuple(begun[:-1]), begun[-1] if begun else None, tuple(dated[len(begun) :]))


def _gone(one: ListedPlan, now: datetime) -> bool:
    return one.retired_at is not None and one.retired_at <= now


def _first(one: ListedPlan) -> DatedPrice:
    prices = one.prices[0]
    return prices.current or prices.announced[0]
