"""The operator's own prices abroad: a whole table from a day on.

What held is never changed, what has not begun can be taken back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from tsuzuki.actions.write import audit
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.roaming import PLACES, Changes, Cost, Rate, changes, cost, held, overlaps, sample
from tsuzuki.records import models
from tsuzuki.records.roaming import TariffSubject, day_of, payers, rates_on

_LOCK = 0x726F_616D  # one at a time


@transaction.atomic
def save_table(since: date, rates: Sequence[Rate], actor: str, now: datetime) -> None:
    """Refused: a day that has begun, unless nothing ever held;
    a day on which another table begins; rows that cannot both hold.
    """
    _alone()
    check_day(since, now)
    if not rates or overlaps(rates):
        raise Refused(Code.ROWS_REFUSED, count=len(overlaps(rates)))
    plans = models.Plan.objects.in_bulk({rate.plan for rate in rates if rate.plan}, field_name="code")
    table = models.RoamingTable.objects.create(since=since, put_at=now, put_by=actor[:80])
    models.RoamingRate.objects.bulk_create(
        models.RoamingRate(
            table=table,
            plan=plans[rate.plan] if rate.plan else None,
            carrier_id=rate.carrier or None,
            place=rate.place,
            service=rate.service.value,
            minor=rate.price.minor,
            currency=rate.price.currency,
            unit=rate.unit,
            tax=rate.tax.value,
            zone=rate.zone,
            mb=rate.mb,
            then_kbps=rate.then_kbps,
            note=dict(rate.note),
        )
        for rate in rates
    )
    audit.write(Act.ROAMING_TABLE, _subject(since), actor, now, rows=len(rates))


def check_day(since: date, now: datetime) -> None:
    """May a table begin on this day?"""
    held = models.RoamingTable.objects.filter(since__lte=day_of(now)).exists()
    if since < day_of(now) or (held and since == day_of(now)):
        raise Refused(Code.PRICE_DATE_PAST)
    if models.RoamingTable.objects.filter(since=since).exists():
        raise Refused(Code.PRICE_DATE_TAKEN)


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample trip of one payer in one place; None: it had, or will have, no prices there."""

    subject: TariffSubject
    place: str
    before: Cost | None
    after: Cost | None


@dataclass(frozen=True, slots=True)
class Preview:
    changes: Changes
    samples: tuple[Sample, ...]


def preview(since: date, rates: Sequence[Rate]) -> Preview:
    """What a table would change of the one that would hold on its first day. Writes nothing."""
    before = rates_on(since)
    samples = []
    for place in PLACES:
        for payer in payers(rate for rate in (*before, *rates) if rate.place == place):
            costs = [
                cost(rows, sample(place, since))
                if (rows := held(which, place, payer.plan, payer.carrier))
                else None
                for which in (before, rates)
            ]
            samples.append(Sample(payer, place, *costs))
    return Preview(changes(before, rates), tuple(samples))


@transaction.atomic
def drop_table(since: date, actor: str, now: datetime) -> None:
    """Refused(still_used) for one that holds or held."""
    _alone()
    row = models.RoamingTable.objects.filter(since=since).first()
    if row is None or since <= day_of(now):
        raise Refused(Code.STILL_USED, what=since.isoformat())
    row.delete()
    audit.write(Act.ROAMING_TABLE_DROPPED, _subject(since), actor, now)


def _alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _subject(since: date) -> AuditSubject:
    return AuditSubject(SubjectKind.ROAMING_TABLE, since)
