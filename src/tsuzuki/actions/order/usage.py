"""Usage reports: booked to the lot that ends first; usage beyond every lot is booked as overrun and never
refused.

A batch reads each table once and writes it once, whatever its size. Only a period that begins is written by
itself: that happens once for each such plan sold.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.db import IntegrityError, connection, transaction

from tsuzuki.actions.order.periods import close_up, lock_to_begin
from tsuzuki.actions.order.transitions import LOCK
from tsuzuki.actions.write import audit, incidents
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.period import begin
from tsuzuki.core.plan import AllowanceKind
from tsuzuki.core.states import IncidentKind
from tsuzuki.core.typed import CONTROLS, visible
from tsuzuki.core.usage import begun_by, burn
from tsuzuki.records import models, queries

LARGEST = 10**15
OLDEST, NEWEST = timedelta(days=400), timedelta(days=1)  # a report outside these is a clock gone wrong
# An overrun beyond these means the network does not stop where the lots end: people look.
BOUND = {AllowanceKind.DATA: 10**9, AllowanceKind.VOICE: 600, AllowanceKind.SMS: 10}


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """One record of the network.

    `record` is theirs and unique; `amount` in bytes, seconds or messages; `at` aware.
    """

    record: str
    msisdn: str  # E.164
    good: AllowanceKind
    amount: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    booked: int
    seen: int  # came before, changed nothing
    unknown: tuple[str, ...]  # records whose number was on no line then
    overrun: int  # records that went beyond all lots


def check(record: UsageRecord, now: datetime) -> UsageRecord:
    if (
        record.at.tzinfo is None
        or not now - OLDEST < record.at < now + NEWEST
        or not record.record.isprintable()
        or not 0 < len(record.record) <= 64
        or CONTROLS.search(record.record)
        or not 0 < record.amount <= LARGEST
        or record.good is AllowanceKind.CREDIT
    ):
        raise Refused(Code.USAGE_MALFORMED, record=visible(record.record[:64]))
    return record


def report(records: Sequence[UsageRecord], now: datetime, actor: str = "") -> Report:
    """Book a batch, each record once however often it comes.

    `actor`: the person whose file it is; a network that reports by itself is in the records.
    """
    records = [check(record, now) for record in records]
    try:
        return _report(records, now, actor)
    except IntegrityError:
        # Another batch booked one of these on another line meanwhile: now it is seen.
        return _report(records, now, actor)


@transaction.atomic(durable=True)
def _report(records: Sequence[UsageRecord], now: datetime, actor: str) -> Report:
    moments = [record.at for record in records] or [now]
    first, last = min(moments), max(moments)
    spans = queries.spans_of({record.msisdn for record in records})
    lines = {span.line for each in spans.values() for span in each}
    lock_to_begin(lines, first)
    _lock(lines)
    # From here on nobody else changes what these lines hold, or books what they used.
    seen = _seen(records)
    periods = queries.periods_to_begin(lines, first)
    lots, left = queries.lots_to_burn(lines, first, last)
    burnt: dict[UUID, int] = {}
    booked: list[_Booked] = []
    unknown = []
    for record in records:
        if record.record in seen:
            continue
        seen.add(record.record)
        line = _line_then(spans.get(record.msisdn, ()), record.at)
        if line is None:
            unknown.append(record.record)
            continue
        if begun := begun_by(periods.get(line, ()), record.at):
            _begin(begun, record.at, now)
            periods |= {line: ()} | queries.periods_to_begin([line], first)
            moved, result = queries.lots_to_burn([line], first, last)
            lots, left = lots | moved, result | left
        now_left, overrun = burn(lots.get((line, record.good), ()), left, record.amount, record.at)
        left |= now_left
        burnt |= now_left
        booked.append(_Booked(record, line, overrun))
    _write_lots(burnt)
    _write_usage(booked, now)
    _call_people(booked, now)
    if actor and booked:
        audit.write(Act.USAGE_BOOKED, AuditSubject(SubjectKind.OPERATOR), actor, now, records=len(booked))
    repeated = len(records) - len(booked) - len(unknown)
    return Report(len(booked), repeated, tuple(unknown), sum(entry.overrun > 0 for entry in booked))


@dataclass(frozen=True, slots=True)
class _Booked:
    record: UsageRecord
    line: UUID
    overrun: int


def _line_then(spans: Sequence[queries.NumberSpan], at: datetime) -> UUID | None:
    """Whose the number was."""
    return next((s.line for s in spans if s.since <= at and (s.until is None or at < s.until)), None)


def _lock(lines: Collection[UUID]) -> None:
    """In id order."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT FROM records_line WHERE id = ANY(%s) ORDER BY id {LOCK}",
            [list(lines)],
        )


def _seen(records: Sequence[UsageRecord]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT record FROM records_usage WHERE record = ANY(%s)", [[record.record for record in records]]
        )
        return {record for (record,) in cursor.fetchall()}


_LEFT = """
UPDATE records_lot l SET remaining = t.remaining
FROM jsonb_to_recordset(%s::jsonb) AS t(id uuid, remaining bigint) WHERE l.id = t.id
"""


def _write_lots(left: Mapping[UUID, int]) -> None:
    if not left:
        return
    rows = [{"id": id, "remaining": remaining} for id, remaining in left.items()]
    with connection.cursor() as cursor:
        cursor.execute(_LEFT, [msgspec.json.encode(rows).decode()])


_USED = """
INSERT INTO records_usage (record, line_id, good, amount, overrun, at, booked_at)
SELECT record, line_id, good, amount, overrun, at, %s
FROM jsonb_to_recordset(%s::jsonb)
  AS t(record text, line_id uuid, good text, amount bigint, overrun bigint, at timestamptz)
"""


def _write_usage(booked: Sequence[_Booked], now: datetime) -> None:
    """In the order of their names: two batches that share some wait for each other, never both at once."""
    if not booked:
        return
    rows = [
        {
            "record": entry.record.record,
            "line_id": entry.line,
            "good": entry.record.good,
            "amount": entry.record.amount,
            "overrun": entry.overrun,
            "at": entry.record.at,
        }
        for entry in sorted(booked, key=lambda entry: entry.record.record)
    ]
    with connection.cursor() as cursor:
        cursor.execute(_USED, [now, msgspec.json.encode(rows).decode()])


def _call_people(booked: Sequence[_Booked], now: datetime) -> None:
    """The first of a line says enough."""
    beyond: dict[object, dict[str, object]] = {}
    for entry in booked:
        if entry.overrun > BOUND[entry.record.good]:
            beyond.setdefault(entry.line, {"good": entry.record.good.value, "overrun": entry.overrun})
    incidents.report_many(IncidentKind.USAGE_OVERRUN, beyond, now)


def _begin(id: UUID, at: datetime, now: datetime) -> None:
    """A period begins with its first use; what waits behind it moves up."""
    waiting = models.Period.objects.select_related("line__carrier").get(id=id)
    order = models.Order.objects.get(id=waiting.order_id)
    placement = begin(queries.items_of([order])[order.id].terms, at, waiting.line.carrier.zone)
    models.Period.objects.filter(id=waiting.id).update(
        starts_at=placement.starts_at, ends_at=placement.ends_at, anchor_day=placement.anchor_day, awaits=""
    )
    models.Lot.objects.filter(order=waiting.order_id).update(
        starts_at=placement.lots_start, ends_at=placement.lots_end
    )
    next_part = min(placement.starts_at + timedelta(days=1), placement.ends_at)
    models.Order.objects.filter(id=waiting.order_id).update(
        earn_from=placement.starts_at, earn_until=placement.ends_at, earn_next=next_part
    )
    close_up(order, waiting, False, now)
