"""Attempts: opening them before anybody is asked, judging an answer, writing it down."""

import socket
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from os import getpid
from threading import get_ident
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import Case, F, QuerySet, Value, When

from tsuzuki.actions.write import audit, incidents
from tsuzuki.actions.write.ids import key_for, mint_beside
from tsuzuki.actions.write.insert import insert
from tsuzuki.core.audit import AuditSubject, SubjectKind
from tsuzuki.core.order import Outcome
from tsuzuki.core.states import OTHER_AMOUNT
from tsuzuki.records import models, queries

from .clock import Clock
from .provider_calls import NOTHING_HAPPENED, ProviderAnswer, ProviderCall, ProviderStatus, Timing
from .step import Answer, AttemptUpdate, ProviderStep

LOOKS_ALONE = 8
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 30.0  # seconds between looks that found nothing out


def holder() -> str:
    """Who asks: unique among everything that runs now."""
    return f"{socket.gethostname()[:30]}:{getpid()}:{get_ident()}"


@dataclass(frozen=True, slots=True)
class AttemptSubject:
    """What an attempt is for: an order, a tender or a refund, at one step and one provider."""

    row: models.Order | models.Tender | models.Refund
    step: str
    link: str  # which of the attempt's links is set
    provider: str
    question: object  # a dataclass of the port, stored as it will be sent
    key: str
    timing: Timing | None = None  # None: nobody asks at once


def key_of(step: str, subject: UUID) -> str:
    return key_for(step, subject)


def open_attempts(subjects: Sequence[AttemptSubject], clock: Clock) -> list[models.Attempt]:
    """Write down that they will be asked, with one INSERT. Whoever opened them is the one who asks."""
    me, now = holder(), clock.now()
    opened = []
    for subject in subjects:
        assert subject.timing is not None, f"nobody asks {subject.step} at once"
        until = now + timedelta(seconds=subject.timing.lease)
        opened.append(_opened(subject, now, holder=me, lease_until=until, look_at=until))
    insert(opened)
    return opened


def open_unheld(subjects: Sequence[AttemptSubject], now: datetime) -> None:
    """The same for whoever comes next: due at once, and certainly not asked yet."""
    unasked = {"standing": ProviderStatus.NEVER, "asks": 0, "holder": "", "lease_until": now, "look_at": now}
    insert([_opened(subject, now, **unasked) for subject in subjects])


def _opened(subject: AttemptSubject, now: datetime, **held: Any) -> models.Attempt:
    return models.Attempt(
        id=mint_beside(now, subject.row.id),
        purchase_id=subject.row.purchase_id,
        key=subject.key,
        step=subject.step,
        provider=subject.provider,
        question=msgspec.to_builtins(subject.question),
        opened_at=now,
        **{subject.link: subject.row},
        **held,
    )


def lock(ids: Collection[UUID]) -> dict[UUID, models.Attempt]:
    return queries.read_by_id(models.Attempt, ids, "FOR NO KEY UPDATE")


def judge(
    step: ProviderStep[Any], attempt: models.Attempt, said: ProviderAnswer, me: str
) -> ProviderStatus | None:
    """What an answer may change now. None: nothing.

    A closed attempt only hears that its success was undone: a carrier took it back, or a refund did not
    arrive; that a carrier did it once more then; that its money is disputed; or that what we hold for refused
    was done after all. Someone who lost the lease may still bring a DONE, never a «no»: another may be asking
    at this moment.
    """
    if attempt.outcome == Outcome.DONE and said.reversed:
        return ProviderStatus.REFUSED
    if attempt.outcome == Outcome.DONE and said.verdict is ProviderStatus.DONE and said.disputes:
        return ProviderStatus.DONE
    if attempt.outcome == Outcome.DONE:
        again = attempt.standing == ProviderStatus.REFUSED and said.verdict is ProviderStatus.DONE
        came_back = step.may_come_back and said.verdict is ProviderStatus.REFUSED
        return said.verdict if attempt.holder == me and (again or came_back) else None
    if attempt.outcome == Outcome.REFUSED:
        return ProviderStatus.DONE if said.verdict is ProviderStatus.DONE and not said.reversed else None
    if said.reversed:  # done and taken back before we ever heard of it
        return ProviderStatus.REFUSED
    if attempt.holder != me and said.verdict is not ProviderStatus.DONE:
        return None
    return said.verdict


def pause(times: int) -> timedelta:
    return timedelta(seconds=min(FIRST_PAUSE * 2 ** min(times, 16), LONGEST_PAUSE))


def wake_attempts(these: QuerySet[models.Attempt], now: datetime) -> int:
    """An event came, or a wish to close: they are to be looked at from now on.

    While one is held, `look_at` and `lease_until` are equal until somebody knocks, and different from then
    on, whichever moment it is. Something happened there: what was certainly not done is looked up before it
    is asked for again.
    """
    moment = Case(When(lease_until=now, then=Value(now - timedelta(microseconds=1))), default=Value(now))
    doubted = Case(
        When(outcome="", standing__in=NOTHING_HAPPENED, then=Value(ProviderStatus.UNSURE)),
        default=F("standing"),
    )
    return these.update(look_at=moment, standing=doubted)


def woken_while_leased(attempt: models.Attempt) -> bool:
    """Somebody knocked while its holder was busy: what he heard may be older than that."""
    return attempt.look_at is not None and attempt.look_at != attempt.lease_until


def look_next(
    attempt: models.Attempt, asking: ProviderCall, said: ProviderAnswer, now: datetime, looked: bool
) -> datetime | None:
    """When somebody should look at an open attempt again. None: people will answer."""
    verdict = said.verdict
    if woken_while_leased(attempt):
        return now
    if verdict is ProviderStatus.WAITING:
        return (
            None
            if asking.timing.by_staff
            else now + timedelta(seconds=max(asking.timing.look_every, said.look_after))
        )
    if verdict is ProviderStatus.NEVER:
        return now if attempt.asks < 3 else now + pause(attempt.asks)
    if verdict is ProviderStatus.PASSING:
        return now + pause(attempt.asks)
    if verdict is ProviderStatus.CANNOT_TELL:
        return None
    return now + pause(attempt.looks) if looked else max(attempt.lease_until, now)


_NOTE = """
UPDATE records_attempt a
SET standing = n.standing, outcome = n.outcome, look_at = n.look_at, looks = a.looks + n.looked,
  reference = coalesce(nullif(n.reference, ''), a.reference), next = coalesce(nullif(n.next, 'null'), a.next),
  reason = n.reason,
  lease_until = CASE WHEN n.standing = 'unsure' AND n.looked = 0 THEN a.lease_until
    ELSE least(a.lease_until, %(now)s) END,
  closed_at = CASE WHEN n.outcome <> '' THEN coalesce(a.closed_at, %(now)s) END,
  answers = CASE
    WHEN jsonb_array_length(a.answers) < 50 OR (n.standing, n.outcome) <> (a.standing, a.outcome)
    THEN a.answers || n.answer ELSE a.answers END
FROM jsonb_to_recordset(%(notes)s::jsonb) AS n(
  id uuid, standing text, outcome text, look_at timestamptz, looked int,
  reference text, next jsonb, reason text, answer jsonb)
WHERE a.id = n.id
"""


def write(
    notes: Sequence[AttemptUpdate], over: Sequence[models.Attempt], now: datetime, looked: bool
) -> None:
    """All answers of a group with one UPDATE; the evidence is kept with each.

    What is `over` and heard nothing new rests again, unless an event came meanwhile. What a person answered
    is in the audit log if it closed its attempt.
    """
    if over:
        quiet = [attempt.id for attempt in over if attempt.outcome and not woken_while_leased(attempt)]
        models.Attempt.objects.filter(id__in=quiet).update(look_at=None)
        models.Attempt.objects.filter(id__in=[attempt.id for attempt in over if attempt.outcome]).update(
            lease_until=now
        )
    if not notes:
        return
    rows = [
        {
            "id": note.attempt.id,
            "standing": note.standing,
            "outcome": note.outcome,
            "look_at": note.look_at,
            "looked": int(looked),
            "reference": note.said.reference[:120],
            "next": note.said.next,
            "reason": note.said.reason[:60],
            "answer": {
                "at": now.isoformat(),
                "standing": note.standing,
                "looked": looked,
                "raw": note.said.raw[:2000],
            },
        }
        for note in notes
    ]
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, {"now": now, "notes": msgspec.json.encode(rows).decode()})
    for note in notes:
        entry = note.said.entry
        if entry and note.outcome and not note.attempt.outcome:
            subject = AuditSubject(SubjectKind.ATTEMPT, note.attempt.id)
            audit.write(entry.act, subject, entry.actor, now, **entry.facts)


def at_rest(
    attempt: models.Attempt, said: ProviderAnswer, standing: str, outcome: str, now: datetime
) -> AttemptUpdate:
    """Nobody looks at it any more, unless an event came while it was being answered: that is heard now."""
    return AttemptUpdate(attempt, said, standing, outcome, now if woken_while_leased(attempt) else None)


def closed(attempt: models.Attempt, said: ProviderAnswer, outcome: Outcome, now: datetime) -> AttemptUpdate:
    return at_rest(attempt, said, said.verdict, outcome, now)


def as_said(held: object, one: Answer, now: datetime) -> AttemptUpdate:
    """The outcome is what was heard last, also of an attempt that was closed."""
    return closed(one.attempt, one.said, Outcome(str(one.verdict)), now)


def nothing_new(step: ProviderStep[Any], one: Answer, now: datetime) -> AttemptUpdate | None:
    """An answer that changes nothing.

    A closed attempt whose look failed must be looked at until it is known (None: it was heard), but where
    people answered no look will ever tell more. A second success is told to people, for no machine can say
    which of the two is to be undone.
    """
    attempt, answer = one.attempt, one.said
    if attempt.outcome and answer.verdict is ProviderStatus.UNSURE and not one.asking.timing.by_staff:
        look_at = now if woken_while_leased(attempt) else now + pause(attempt.looks)
        return AttemptUpdate(attempt, answer, attempt.standing, attempt.outcome, look_at)
    report_second_success(step, one, now)
    return None


def report_second_success(step: ProviderStep[Any], one: Answer, now: datetime) -> None:
    if succeeded_twice(one.attempt, one.said, one.looked):
        facts = {"first": one.attempt.reference, "second": one.said.reference[:120]}
        incidents.report(step.second_success, one.asking.subject, now, order=one.attempt.order, **facts)


def succeeded_twice(attempt: models.Attempt, said: ProviderAnswer, looked: bool) -> bool:
    """Known by the provider's own numbers.

    Where it gives none, a look may tell of the same success again, an ask cannot.
    """
    if attempt.outcome != Outcome.DONE or said.verdict is not ProviderStatus.DONE or said.reversed:
        return False
    return said.reference[:120] != attempt.reference if said.reference and attempt.reference else not looked


def lasts_too_long(attempt: models.Attempt, looked: bool) -> bool:
    """So many looks, and again nothing was found out: people should know."""
    return looked and attempt.standing == ProviderStatus.UNSURE and attempt.looks >= LOOKS_ALONE


def still_open(one: Answer, now: datetime) -> AttemptUpdate:
    attempt, answer = one.attempt, one.said
    # It may be older than the event.
    standing: str = (
        ProviderStatus.UNSURE
        if woken_while_leased(attempt) and answer.verdict in NOTHING_HAPPENED
        else answer.verdict
    )
    if attempt.standing == OTHER_AMOUNT:  # it is still there, until we hear that it is not
        standing = OTHER_AMOUNT
    return AttemptUpdate(
        attempt, answer, standing, "", look_next(attempt, one.asking, answer, now, one.looked)
    )
