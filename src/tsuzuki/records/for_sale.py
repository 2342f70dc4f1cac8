"""What a price is made of, read with one statement whatever the number of lines: lines, their carriers and
running periods, plans and the prices in force.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from tsuzuki import decode
from tsuzuki.core.money import Money
from tsuzuki.core.period import BasePeriod
from tsuzuki.core.plan import Allowance, Kind, PlanDefinition, Price, Terms
from tsuzuki.core.tax import TaxRule


@dataclass(frozen=True, slots=True)
class SoldCarrier:
    """Of a carrier's row, what selling needs; `provider` and `settings` build its port."""

    code: str
    zone: str
    provider: str
    settings: Any  # as they are in the row: an older version may have written something else than a mapping


@dataclass(frozen=True, slots=True)
class SoldLine:
    id: UUID
    carrier_id: str
    technology: str
    closed_at: datetime | None
    held_back: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan, whenever it was or will be retired; `price` None: none in force in this currency."""

    plan: PlanDefinition
    retired_at: datetime | None
    price: Price | None


@dataclass(frozen=True, slots=True)
class ForSale:
    lines: Mapping[UUID, SoldLine]
    carriers: Mapping[str, SoldCarrier]
    offers: Mapping[str, Offer]  # by the plan's code
    chains: Mapping[UUID, list[BasePeriod]]  # confirmed base periods that end after the moment, in order


@dataclass(frozen=True, slots=True)
class _Period:
    line_id: UUID
    starts_at: datetime
    ends_at: datetime
    anchor_day: int | None


@dataclass(frozen=True, slots=True)
class _Plan:
    id: UUID
    code: str
    kind: Kind
    names: dict[str, str]
    carrier_id: str | None
    technology: str
    terms: Terms
    allowances: tuple[Allowance, ...]
    retired_at: datetime | None
    minor: int | None
    cost_minor: int | None
    tax: TaxRule | None


@dataclass(frozen=True, slots=True)
class _Read:
    lines: list[SoldLine]
    carriers: list[SoldCarrier]
    plans: list[_Plan]
    periods: list[_Period]


_READ = """
WITH lines AS (
  SELECT id, carrier_id, technology, closed_at, held_back FROM records_line WHERE id = ANY(%(lines)s::uuid[])
), carriers AS (
  SELECT code, zone, provider, settings FROM records_carrier WHERE code IN (SELECT carrier_id FROM lines)
), plans AS (
  SELECT p.id, p.code, p.kind, p.names, p.carrier_id, p.technology, p.terms, p.allowances, p.retired_at,
    price.minor, price.cost_minor, price.tax
  FROM records_plan p LEFT JOIN LATERAL (
    SELECT minor, cost_minor, tax FROM records_planprice
    WHERE plan_id = p.id AND currency = %(currency)s AND since <= %(now)s ORDER BY since DESC LIMIT 1
  ) price ON true
  WHERE p.code = ANY(%(plans)s)
), periods AS (
  SELECT line_id, starts_at, ends_at, anchor_day FROM records_period
  WHERE line_id = ANY(%(lines)s::uuid[]) AND state = 'confirmed' AND ends_at > %(now)s AND starts_at < ends_at
  ORDER BY starts_at
)
SELECT json_build_object(
  'lines', (SELECT coalesce(json_agg(l), '[]') FROM lines l),
  'carriers', (SELECT coalesce(json_agg(c), '[]') FROM carriers c),
  'plans', (SELECT coalesce(json_agg(p), '[]') FROM plans p),
  'periods', (SELECT coalesce(json_agg(p), '[]') FROM periods p)
)::text
"""


def for_sale(lines: Collection[UUID], plans: Collection[str], currency: str, now: datetime) -> ForSale:
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"lines": list(lines), "plans": list(plans), "currency": currency, "now": now})
        read = decode.from_json(cursor.fetchone()[0], _Read)
    chains: dict[UUID, list[BasePeriod]] = {line: [] for line in lines}
    for period in read.periods:
        chains[period.line_id].append(BasePeriod(period.starts_at, period.ends_at, period.anchor_day))
    return ForSale(
        {line.id: line for line in read.lines},
        {carrier.code: carrier for carrier in read.carriers},
        {plan.code: _offer(plan, currency) for plan in read.plans},
        chains,
    )


def _offer(row: _Plan, currency: str) -> Offer:
    plan = PlanDefinition(
        str(row.id), row.code, row.kind, row.names, row.carrier_id, row.technology, row.terms, row.allowances
    )
    price = None
    if row.minor is not None and row.cost_minor is not None and row.tax is not None:
        price = Price(Money(row.minor, currency), Money(row.cost_minor, currency), row.tax)
    return Offer(plan, row.retired_at, price)
