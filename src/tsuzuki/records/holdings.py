"""What a line holds at an instant: periods, lots, credit and the dates that matter.

Computed on reading, never by a clean-up job.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from tsuzuki import decode
from tsuzuki.core.money import Money
from tsuzuki.core.states import LineState


@dataclass(frozen=True, slots=True)
class CarrierHeld:
    code: str
    names: dict[str, str]
    network: str
    zone: str


@dataclass(frozen=True, slots=True)
class SimHeld:
    kind: str
    iccid: str


@dataclass(frozen=True, slots=True)
class PlanHeld:
    id: UUID
    code: str
    names: dict[str, str]


@dataclass(frozen=True, slots=True)
class PeriodHeld:
    plan: PlanHeld
    starts_at: datetime
    ends_at: datetime
    awaits: str
    bought: bool  # by the account that asks


@dataclass(frozen=True, slots=True)
class LotHeld:
    good: str
    currency: str
    granted: int | None
    remaining: int | None
    frozen: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class _Read:
    """As the statement says it."""

    id: UUID
    technology: str
    closed_at: datetime | None
    suspended_at: datetime | None
    carrier: CarrierHeld
    number: str | None
    sim: SimHeld | None
    periods: list[PeriodHeld]
    lots: list[LotHeld]


@dataclass(frozen=True, slots=True)
class Holdings:
    """Of a closed line, number and SIM are the last it had."""

    line: UUID
    technology: str
    carrier: CarrierHeld
    state: LineState
    number: str | None
    sim: SimHeld | None
    running: PeriodHeld | None
    periods: Sequence[PeriodHeld]  # confirmed, not yet over, in order
    lots: Sequence[LotHeld]  # confirmed, not yet over and not used up, the earliest to end first
    credit: Sequence[Money]
    frozen: Sequence[Money] = ()  # credit that cannot be spent: the payment that bought it is disputed

    def deadlines(self) -> list[tuple[str, datetime]]:
        """(what, when), the nearest first."""
        results = [("plan_ends", self.periods[-1].ends_at)] if self.periods else []
        for what, credit in (("allowance_ends", False), ("credit_expires", True)):
            ends = [
                lot.ends_at for lot in self.lots if (lot.good == "credit") is credit and lot.remaining != 0
            ]
            results += [(what, min(ends))] if ends else []
        return sorted(results, key=lambda deadline: deadline[1])


# All of it in one statement, as one text: on the way to a program models would cost more than the database.
_HELD = """
SELECT json_build_object(
  'id', l.id, 'technology', l.technology, 'closed_at', l.closed_at, 'suspended_at', l.suspended_at,
  'carrier', json_build_object('code', c.code, 'names', c.names, 'network', c.network, 'zone', c.zone),
  'number', (
    SELECT n.msisdn FROM records_number n
    WHERE n.line_id = l.id AND (n.until IS NULL OR n.until = l.closed_at) ORDER BY n.id LIMIT 1),
  'sim', (
    SELECT json_build_object('kind', s.kind, 'iccid', s.iccid) FROM records_sim s
    WHERE s.line_id = l.id AND (s.until IS NULL OR s.until = l.closed_at) ORDER BY s.id LIMIT 1),
  'periods', (
    SELECT coalesce(json_agg(json_build_object(
      'starts_at', p.starts_at, 'ends_at', p.ends_at, 'awaits', p.awaits, 'bought', {period_bought},
      'plan', json_build_object('id', a.id, 'code', a.code, 'names', a.names)) ORDER BY p.starts_at), '[]')
    FROM records_period p JOIN records_order o ON o.id = p.order_id JOIN records_plan a ON a.id = o.plan_id
    WHERE p.line_id = l.id AND p.state = 'confirmed' AND p.ends_at > %(at)s),
  'lots', (
    SELECT coalesce(json_agg(json_build_object(
      'good', t.good, 'currency', t.currency, 'granted', t.granted, 'remaining', t.remaining,
      'frozen', t.frozen, 'starts_at', t.starts_at, 'ends_at', t.ends_at) ORDER BY t.ends_at, t.id), '[]')
    FROM records_lot t
    WHERE t.line_id = l.id AND t.state = 'confirmed' AND t.ends_at > %(at)s
      AND (t.remaining IS NULL OR t.remaining <> 0 OR t.frozen <> 0) AND {lot_bought})
)::text
FROM records_line l JOIN records_carrier c ON c.code = l.carrier_id WHERE l.id = %(line)s
"""
_BOUGHT = """(
  SELECT u.account_id = %(by)s FROM records_order b JOIN records_purchase u ON u.id = b.purchase_id
  WHERE b.id = {}) IS TRUE"""
_BY_ANYBODY = _HELD.format(period_bought="true", lot_bought="true")
_BY_ACCOUNT = _HELD.format(
    period_bought=_BOUGHT.format("p.order_id"), lot_bought=_BOUGHT.format("t.order_id")
)


def holdings(line: UUID, at: datetime, bought_by: UUID | None = None) -> Holdings | None:
    """None: there is no such line.

    `bought_by`: only what this account bought for it; the state is the line's own all the same.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _BY_ANYBODY if bought_by is None else _BY_ACCOUNT, {"line": line, "at": at, "by": bought_by}
        )
        row = cursor.fetchone()
    if row is None:
        return None
    read = decode.from_json(row[0], _Read)
    shown = [period for period in read.periods if period.bought]
    credit = [lot for lot in read.lots if lot.good == "credit" and lot.starts_at <= at]
    return Holdings(
        read.id,
        read.technology,
        read.carrier,
        _state(read, at),
        read.number,
        read.sim,
        next((period for period in shown if period.starts_at <= at), None),
        shown,
        read.lots,
        _sums((lot.currency, lot.remaining or 0) for lot in credit),
        [money for money in _sums((lot.currency, lot.frozen) for lot in credit) if money.minor],
    )


def _sums(parts: Iterable[tuple[str, int]]) -> list[Money]:
    sums: dict[str, int] = {}
    for currency, minor in parts:
        sums[currency] = sums.get(currency, 0) + minor
    return [Money(minor, currency) for currency, minor in sorted(sums.items())]


def _state(line: _Read, at: datetime) -> LineState:
    if line.closed_at is not None and line.closed_at <= at:
        return LineState.CLOSED
    if line.suspended_at is not None and line.suspended_at <= at:
        return LineState.SUSPENDED
    if any(period.starts_at <= at for period in line.periods):
        return LineState.ACTIVE
    return LineState.WAITING if line.periods else LineState.ENDED
