"""Lines, their numbers and SIMs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from tsuzuki.actions.write import audit
from tsuzuki.actions.write.ids import mint_anywhere
from tsuzuki.core import mailbox
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.errors import Code, Refused
from tsuzuki.records import models


@dataclass(frozen=True, slots=True)
class NewLine:
    """Identifiers already read by core.identifiers: E.164, digits of the ICCID and EID."""

    carrier: str
    msisdn: str
    iccid: str
    sim: str  # physical or esim
    technology: str = "4g"
    eid: str = ""
    language: str = "en"
    email: str = ""


@transaction.atomic
def add_lines(lines: Sequence[NewLine], now: datetime) -> list[UUID]:
    """Write lines with their number and SIM, all or none; ids in the order given.

    A number or SIM in use is an IntegrityError.
    """
    ids = [mint_anywhere(now) for _ in lines]
    pairs = list(zip(ids, lines, strict=True))
    models.Line.objects.bulk_create(
        (
            models.Line(
                id=id,
                carrier_id=line.carrier,
                technology=line.technology,
                language=line.language,
                email=line.email,
                opened_at=now,
            )
            for id, line in pairs
        ),
        batch_size=2000,
    )
    models.Number.objects.bulk_create(
        (models.Number(line_id=id, msisdn=line.msisdn, since=now) for id, line in pairs), batch_size=2000
    )
    models.Sim.objects.bulk_create(
        (
            models.Sim(line_id=id, kind=line.sim, iccid=line.iccid, eid=line.eid, since=now)
            for id, line in pairs
        ),
        batch_size=2000,
    )
    return ids


def add_line(line: NewLine, actor: str, now: datetime) -> UUID:
    """One line, written by a person.

    Refused(line_there_already) where its number or SIM is on a line; Refused(email_malformed).
    """
    line = replace(line, email=mailbox.read(line.email))
    try:
        with transaction.atomic(durable=True):
            (id,) = add_lines([line], now)
            _record(Act.LINE_ADDED, id, actor, now)
    except IntegrityError:
        raise Refused(Code.LINE_THERE_ALREADY) from None
    return id


@transaction.atomic
def mark_closed(line: UUID, now: datetime, actor: str = "") -> None:
    """The number is gone: it and the SIMs end here; what was sold stays in the books.

    `order.close_line` settles what is under way.

    The lock waits for every yes that has looked at the line, and every later one finds it closed. `actor`:
    for the audit log.
    """
    models.Line.objects.select_for_update().filter(id=line).first()
    if models.Line.objects.filter(id=line, closed_at=None).update(closed_at=now):
        _record(Act.LINE_CLOSED, line, actor, now)
    models.Number.objects.filter(line=line, until=None).update(until=now)
    models.Sim.objects.filter(line=line, until=None).update(until=now)


def note_import(lines: int, actor: str, now: datetime, **facts: object) -> None:
    """In the transaction that wrote them."""
    if lines:
        audit.write(Act.LINES_IMPORTED, AuditSubject(SubjectKind.LINES), actor, now, lines=lines, **facts)


@transaction.atomic
def suspend_line(line: UUID, since: datetime | None, actor: str = "", now: datetime | None = None) -> None:
    """The carrier cut the line off (None: it serves again).

    It can still be renewed. `actor`: for the audit log.
    """
    models.Line.objects.filter(id=line).update(suspended_at=since)
    _record(Act.LINE_SUSPENDED if since else Act.LINE_RESUMED, line, actor, now or since)


@transaction.atomic
def write_to(emails: Mapping[UUID, str], actor: str = "", now: datetime | None = None) -> None:
    """Where letters about each line go. Refused(email_malformed) for all of them if for one."""
    lines = models.Line.objects.in_bulk(list(emails))
    for id, line in lines.items():
        line.email = mailbox.read(emails[id])
    models.Line.objects.bulk_update(lines.values(), ["email"], batch_size=500)
    for id in lines:
        _record(Act.LINE_LETTERS, id, actor, now)


def _record(act: Act, line: UUID, actor: str, at: datetime | None) -> None:
    if actor and at:
        audit.write(act, AuditSubject(SubjectKind.LINE, line), actor, at)
