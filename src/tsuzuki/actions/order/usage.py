"""Usage reports burn lots: the earliest to end first,
what goes beyond every lot is booked as overrun and never refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from tsuzuki.actions.order.periods import close_up, lock_to_begin
from tsuzuki.actions.write import audit, incidents
from tsuzuki.core.audit import Act, Subject, SubjectKind
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.period import begin
from tsuzuki.core.plan import Good
from tsuzuki.core.states import HoldingState, IncidentKind
from tsuzuki.core.typed import CONTROLS, visible
from tsuzuki.records import models, queries

LARGEST = 10**15
OLDEST, NEWEST = timedelta(days=400), timedelta(days=1)  # a report outside these is a clock gone wrong
# An overrun beyond these means the network does not stop where the lots end: people look.
BOUND = {Good.DATA: 10**9, Good.VOICE: 600, Good.SMS: 10}


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the network.

    `record` is theirs and unique; `amount` in bytes, seconds or messages; `at` aware.
    """

    record: str
    msisdn: str  # E.164
    good: Good
    amount: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    booked: int
    seen: int  # came before, changed nothing
    unknown: tuple[str, ...]  # records whose number was on no line then
    overrun: int  # records that went beyond all lots


def check(record: Record, now: datetime) -> Record:
    if (
        record.at.tzinfo is None
        or not now - OLDEST < record.at < now + NEWEST
        or not record.record.isprintable()
        or not 0 < len(record.record) <= 64
        or CONTROLS.search(record.record)
        or not 0 < record.amount <= LARGEST
        or record.good is Good.CREDIT
    ):
        raise Refused(Code.USAGE_MALFORMED, record=visible(record.record[:64]))
    return record


@transaction.atomic(durable=True)
def report(records: Sequence[Record], now: datetime, actor: str = "") -> Report:
    """Book a batch, each record once however often it comes.

    Lines are locked in id order. `actor`: the person whose file it is; a network that reports by itself is in
    the records.
    """
    records = [check(record, now) for record in records]
    spans = models.Number.objects.filter(msisdn__in={record.msisdn for record in records}).select_related(
        "line__carrier"
    )
    by_number: dict[str, list[models.Number]] = {}
    for span in spans:
        by_number.setdefault(span.msisdn, []).append(span)
    lock_to_begin([span.line_id for span in spans], min((record.at for record in records), default=now))
    list(
        models.Line.objects.select_for_update(no_key=True)
        .filter(id__in=[span.line_id for span in spans])
        .order_by("id")
        .values_list("id")
    )
    # Under the lock.
    seen = set(
        models.Usage.objects.filter(record__in=[record.record for record in records]).values_list(
            "record", flat=True
        )
    )
    booked = overruns = 0
    unknown = []
    for record in records:
        if record.record in seen:
            continue
        seen.add(record.record)
        line = next(
            (
                s.line
                for s in by_number.get(record.msisdn, ())
                if s.since <= record.at and (s.until is None or record.at < s.until)
            ),
            None,
        )
        if line is None:
            unknown.append(record.record)
            continue
        booked += 1
        overruns += _book(record, line, now)
    if actor and booked:
        audit.write(Act.USAGE_BOOKED, Subject(SubjectKind.OPERATOR), actor, now, records=booked)
    return Report(booked, len(records) - booked - len(unknown), tuple(unknown), overruns)


def _book(record: Record, line: models.Line, now: datetime) -> bool:
    _first_use(line, record.at, now)
    left = record.amount
    for lot in (
        queries.lots_usable(line.id, record.good, record.at)
        .select_for_update(no_key=True)
        .exclude(remaining=0)
    ):
        if lot.remaining is None:  # unlimited
            left = 0
            break
        burnt = min(left, lot.remaining)
        models.Lot.objects.filter(id=lot.id).update(remaining=lot.remaining - burnt)
        left -= burnt
        if not left:
            break
    new = models.Usage.objects.bulk_create(
        [
            models.Usage(
                record=record.record,
                line=line,
                good=record.good,
                amount=record.amount,
                overrun=left,
                at=record.at,
                booked_at=now,
            )
        ]
    )
    assert new
    if left > BOUND[record.good]:
        incidents.report(IncidentKind.USAGE_OVERRUN, line.id, now, good=record.good.value, overrun=left)
    return bool(left)


def _first_use(line: models.Line, at: datetime, now: datetime) -> None:
    """A period that waits for the first use begins with it, unless another still runs: never earlier than the
    one before it ends. What waits behind it moves up.
    """
    waiting = (
        models.Period.objects.filter(  # a report may be older than the purchase: that use was not of it
            line=line,
            state=HoldingState.CONFIRMED,
            awaits__in=["first_use", "install"],
            starts_at__gt=at,
            order__rest_at__lte=at,
        )
        .order_by("starts_at")
        .first()
    )
    if (
        waiting is None
        or models.Period.objects.filter(
            line=line, state=HoldingState.CONFIRMED, starts_at__lte=at, ends_at__gt=at
        ).exists()
    ):
        return
    order = models.Order.objects.get(id=waiting.order_id)
    placement = begin(queries.items_of([order])[order.id].terms, at, line.carrier.zone)
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
