"""The work list: work done by hand, refunds owed, and attempts and incidents the engine will not decide
alone.

Each item has one right answer.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from tsuzuki.actions.engine import attempts
from tsuzuki.actions.engine.clock import Clock
from tsuzuki.actions.engine.close import close
from tsuzuki.actions.engine.provider_calls import ProviderAnswer, ProviderStatus
from tsuzuki.actions.engine.step import AnsweredCall
from tsuzuki.actions.order import refund, refund_sent
from tsuzuki.actions.order.repair import call_for
from tsuzuki.actions.order.steps import STEPS
from tsuzuki.actions.order.transitions import lock_orders
from tsuzuki.actions.write import audit
from tsuzuki.core import postings
from tsuzuki.core.audit import Act, AuditDraft, AuditSubject, SubjectKind
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import Money
from tsuzuki.core.states import OTHER_AMOUNT, IncidentKind, RefundState
from tsuzuki.core.task import TaskId, TaskKind
from tsuzuki.core.typed import written
from tsuzuki.records import models
from tsuzuki.records.available import available
from tsuzuki.records.work_list import WorkList, listed


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One thing to do. `id` goes to `finish` or `refuse`; `facts` are for people."""

    id: str
    kind: str  # provision, pay, refund, owed, incident
    since: datetime
    due: datetime | None
    purchase: str  # spoken code
    facts: dict[str, object]


def waiting(
    which: Sequence[WorkList] = tuple(WorkList), term: str = "", carrier: str = ""
) -> Iterator[WorkItem]:
    """List by list, what is paid for before what is not, and the most urgent first within each."""
    shown: dict[WorkList, Callable[[Any], WorkItem]] = {WorkList.OWED: _owed, WorkList.INCIDENTS: _incident}
    for work_list in which:
        yield from map(shown.get(work_list, _attempt_item), listed(work_list, term, carrier))


def _attempt_item(attempt: models.Attempt) -> WorkItem:
    due = attempt.order.refund_by if attempt.order else attempt.purchase.pay_by if attempt.tender_id else None
    facts = {
        "provider": attempt.provider,
        "standing": attempt.standing,
        "taken by": attempt.taken_by,
        **_plain(attempt.question),
    }
    if attempt.order and attempt.order.line.closed_at:
        facts["line closed"] = f"{attempt.order.line.closed_at:%Y-%m-%dT%H:%M:%SZ}"
    return WorkItem(
        str(TaskId(TaskKind.ATTEMPT, str(attempt.id))),
        attempt.step,
        attempt.opened_at,
        due,
        attempt.purchase.code,
        facts,
    )


def _plain(question: dict[str, object]) -> dict[str, object]:
    return {
        name: value
        for name, value in question.items()
        if name in ("msisdn", "iccid", "plan", "starts_at", "ends_at", "amount", "key")
    }


def _owed(owed: models.Refund) -> WorkItem:
    facts: dict[str, object] = {
        "amount": str(Money(owed.minor, owed.currency)),
        "paid by": owed.tender.method,
        "why": owed.why,
    }
    return WorkItem(
        str(TaskId(TaskKind.REFUND, str(owed.id))), "owed", owed.begun_at, None, owed.purchase.code, facts
    )


def _incident(incident: models.Incident) -> WorkItem:
    code = incident.order.purchase.code if incident.order else ""
    facts = {"what": incident.kind, "about": incident.subject, **incident.facts}
    return WorkItem(
        str(TaskId(TaskKind.INCIDENT, str(incident.id))), "incident", incident.opened_at, None, code, facts
    )


@transaction.atomic
def take(id: str, actor: str, now: datetime) -> None:
    """Someone begins: from here on the clock no longer withdraws it, and nobody else answers it."""
    attempt = _attempt(id)
    if not models.Attempt.objects.filter(id=attempt.id, outcome="", taken_by="").update(taken_by=actor[:80]):
        _require_free(_attempt(id), actor)
        raise Refused(Code.WORK_DONE_ALREADY, id=id)
    audit.write(Act.TAKE, AuditSubject(SubjectKind.ATTEMPT, attempt.id), actor, now)


@transaction.atomic
def take_over(id: str, actor: str, now: datetime) -> None:
    """Whoever had begun goes home: somebody else carries on."""
    (attempt,) = attempts.lock([_attempt(id).id]).values()
    if attempt.outcome:
        raise Refused(Code.WORK_DONE_ALREADY, id=id)
    models.Attempt.objects.filter(id=attempt.id).update(taken_by=actor[:80])
    audit.write(
        Act.TAKE_OVER, AuditSubject(SubjectKind.ATTEMPT, attempt.id), actor, now, was=attempt.taken_by
    )


def finish(id: str, reference: str, actor: str, now: datetime) -> None:
    """It was done, with the reference the other side gave.

    Refused(work_done_already) if it is not waiting any more.
    """
    reference = written(reference)
    if not reference:
        raise Refused(Code.REFERENCE_MISSING)
    entry = AuditDraft(Act.FINISH, actor, {"reference": reference[:120]})
    kind = TaskId.read(id).kind
    if kind is TaskKind.INCIDENT:
        _close_incident(id, reference, entry, now)
    elif kind is TaskKind.REFUND:
        _pay_out(id, reference, entry, now)
    else:
        _answer(
            id,
            ProviderAnswer(ProviderStatus.DONE, reference=reference[:120], raw=f"by {actor}", entry=entry),
            actor,
            now,
        )


def refuse(id: str, why: str, actor: str, now: datetime) -> None:
    """It cannot be done, and certainly was not: the refund begins."""
    why = written(why)
    if not why:
        raise Refused(Code.REFERENCE_MISSING)
    entry = AuditDraft(Act.REFUSE, actor, {"why": why[:200]})
    answer = ProviderAnswer(
        ProviderStatus.REFUSED, reason="staff", owed=True, raw=f"by {actor}: {why}"[:2000], entry=entry
    )
    _answer(id, answer, actor, now)


def _attempt(id: str) -> models.Attempt:
    task = TaskId.read(id)
    rows = models.Attempt.objects.select_related("order__carrier", "tender", "refund__tender")
    attempt = rows.filter(id=task.row).first() if task.kind is TaskKind.ATTEMPT else None
    if attempt is None:
        raise Refused(Code.WORK_UNKNOWN, id=id[:60])
    return attempt


def _require_free(attempt: models.Attempt, actor: str) -> None:
    """Two people on one task would do it twice in the upstream's portal."""
    if not attempt.outcome and attempt.taken_by not in ("", actor[:80]):
        raise Refused(Code.WORK_TAKEN, who=attempt.taken_by.removeprefix("staff "))


def _answer(id: str, said: ProviderAnswer, actor: str, now: datetime) -> None:
    """A person's word goes the same way as a provider's answer.

    Two people at once: the second finds it done.
    """
    attempt = _attempt(id)
    if attempt.outcome or attempt.lease_until > now:
        raise Refused(Code.WORK_DONE_ALREADY, id=id)
    _require_free(attempt, actor)
    if attempt.standing == OTHER_AMOUNT and said.verdict is ProviderStatus.DONE:
        # It was paid, but not this: it can only be refused, and the money sent back there.
        raise Refused(Code.WORK_UNKNOWN, id=id)
    if (
        attempt.tender is not None
        and attempt.standing == OTHER_AMOUNT
        and available([attempt.purchase_id])[attempt.tender.id].open
    ):
        raise Refused(Code.MONEY_DISPUTED, amount=str(Money(attempt.tender.minor, attempt.tender.currency)))
    heard: list[AnsweredCall] = [(call_for(attempt, Clock.showing(now)), said)]
    close(STEPS, attempt.step, heard, attempt.holder, now, False)
    heard_us = models.Attempt.objects.filter(id=attempt.id, closed_at=now, standing=said.verdict)
    if not heard_us.exists():
        raise Refused(Code.WORK_DONE_ALREADY, id=id)


@transaction.atomic(durable=True)
def _pay_out(id: str, reference: str, entry: AuditDraft, now: datetime) -> None:
    """A refund that was owed was paid at the counter or to the buyer's account."""
    result = models.Refund.objects.filter(id=TaskId.read(id).row).first()
    if result is None:
        raise Refused(Code.WORK_UNKNOWN, id=id[:60])
    orders = lock_orders([result.order_id] if result.order_id else [])
    owed = models.Refund.objects.select_for_update(no_key=True).get(id=result.id)
    if owed.state != RefundState.OWED:
        raise Refused(Code.WORK_DONE_ALREADY, id=id)
    money = available([owed.purchase_id])[owed.tender_id]
    if money.open or money.left < 0:
        raise Refused(Code.MONEY_DISPUTED, amount=str(Money(owed.minor, owed.currency)))
    refund_sent.finish(owed, reference, postings.CASH, now)
    for order in orders:
        refund.settle(order, now)
    told = models.Incident.objects.filter(kind=IncidentKind.REFUND_OWED, subject=str(owed.id), closed_at=None)
    told.update(closed_at=now, answer=reference)
    _record(entry, AuditSubject(SubjectKind.REFUND, owed.id), now)


@transaction.atomic
def _close_incident(id: str, answer: str, entry: AuditDraft, now: datetime) -> None:
    row = TaskId.read(id).row
    if not models.Incident.objects.filter(id=row).exists():
        raise Refused(Code.WORK_UNKNOWN, id=id[:60])
    if not models.Incident.objects.filter(id=row, closed_at=None).update(closed_at=now, answer=answer[:2000]):
        raise Refused(Code.WORK_DONE_ALREADY, id=id)
    _record(entry, AuditSubject(SubjectKind.INCIDENT, row), now)


def _record(entry: AuditDraft, subject: AuditSubject, now: datetime) -> None:
    audit.write(entry.act, subject, entry.actor, now, **entry.facts)
