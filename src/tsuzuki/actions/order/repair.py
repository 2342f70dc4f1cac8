"""Repair: attempts past their lease, or due for another look-up, are looked up, and asked again only
after a certain «never received».
"""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import F

from tsuzuki.actions.engine import attempts, health
from tsuzuki.actions.engine.ask import ask_all
from tsuzuki.actions.engine.clock import Clock
from tsuzuki.actions.engine.close import close
from tsuzuki.actions.engine.lane import Lane, Side
from tsuzuki.actions.engine.provider_calls import (
    NOT_ASKED,
    NOTHING_HAPPENED,
    ProviderAnswer,
    ProviderCall,
    ProviderStatus,
)
from tsuzuki.actions.engine.providers import broken
from tsuzuki.actions.engine.step import AnsweredCall
from tsuzuki.actions.write import incidents
from tsuzuki.core.states import IncidentKind
from tsuzuki.records import models
from tsuzuki.records.failures import passes

from .steps import STEPS

log = structlog.get_logger()
PAUSES = (0.2, 1.0, 3.0)  # seconds before a busy database is tried again with an answer in hand
wait = time.sleep


def apply_answers(heard: Sequence[AnsweredCall], me: str, now: datetime, looked: bool) -> int:
    """Close a group by its steps.

    Returns how many could be closed: what fails is taken up again when its lease is over.
    """
    by_step: dict[str, list[AnsweredCall]] = defaultdict(list)
    for pair in heard:
        by_step[pair[0].step].append(pair)
    return sum(_all_of(partial(_tried, step, me, now, looked), group) for step, group in by_step.items())


def _all_of(
    closing: Callable[[Sequence[AnsweredCall]], Exception | None], group: Sequence[AnsweredCall]
) -> int:
    """A group that fails is taken one by one, so that one bad order holds up no other.

    Where the database was busy or gone, what was heard stays in hand and is tried again.
    """
    if closing(group) is None:
        return len(group)
    left, closed = list(group), 0
    for seconds in (0.0, *PAUSES):
        wait(seconds)
        failed = [(pair, why) for pair in left if (why := closing([pair]))]
        closed += len(left) - len(failed)
        left = [pair for pair, why in failed if passes(why)]
        if not left:
            break
    for call, answer in left:
        log.error(
            "answer not kept", attempt=str(call.attempt), verdict=answer.verdict, reference=answer.reference
        )
    return closed


def _tried(
    step: str, me: str, now: datetime, looked: bool, heard: Sequence[AnsweredCall]
) -> Exception | None:
    try:
        close(STEPS, step, heard, me, now, looked)
    except Exception as why:
        tell = log.warning if passes(why) else log.error
        tell(
            "cannot close",
            step=step,
            attempts=[str(call.attempt) for call, _ in heard[:3]],
            size=len(heard),
            exc_info=why,
        )
        connection.close_if_unusable_or_obsolete()
        return why
    return None


def repair(clock: Clock, limit: int = 500, only: UUID | None = None, lane: Lane | None = None) -> int:
    """Take over what is due and find out. Returns how many attempts were taken up."""
    me = attempts.holder()
    look, ask = _claim(me, clock, limit, only, lane)
    return carry_out(ask, me, clock, False, lane) + carry_out(look, me, clock, True, lane)


def carry_out(calls: Sequence[ProviderCall], me: str, clock: Clock, look: bool, lane: Lane | None) -> int:
    """Put the questions (or look them up) and write the answers down as they come.

    Returns how many could be.
    """
    closed = 0
    for group in ask_all(calls, look):
        closed += apply_answers(group, me, clock.now(), look)
        if lane:
            health.record_answer(
                str(lane), [_answered(answer) for _, answer in group if answer is not NOT_ASKED], clock.now()
            )
    return closed


def _answered(said: ProviderAnswer) -> bool:
    """Whatever it was. «Busy» and «unreachable» are none, but that our wallet is empty is."""
    return said.ours or said.verdict not in (ProviderStatus.UNSURE, ProviderStatus.PASSING)


@transaction.atomic(durable=True)
def _claim(
    me: str, clock: Clock, limit: int, only: UUID | None, lane: Lane | None = None
) -> tuple[list[ProviderCall], list[ProviderCall]]:
    """Become the holder of due attempts.

    What is to be asked again loses its «never» here, before it is asked.
    """
    now = clock.now()
    due = models.Attempt.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
    due = due.filter(look_at__lte=now, lease_until__lte=now)
    if only:
        due = due.filter(purchase=only)
    if lane and lane.side is Side.CARRIER:
        due = due.filter(order__carrier=lane.name)
    elif lane:
        theirs = [step.name for step in STEPS.values() if step.side is Side.GATEWAY]
        due = due.filter(provider=lane.name, step__in=theirs)
    rows = due.select_related("order__carrier", "tender", "refund__tender").order_by("look_at", "id")
    results = list(rows.prefetch_related("refund__tender__attempts", "tender__saved")[:limit])
    look: list[ProviderCall] = []
    ask: list[ProviderCall] = []
    leases: dict[tuple[float, bool], list[UUID]] = defaultdict(list)
    # Nothing happened at the provider that the carrier had before.
    moved: dict[str, list[UUID]] = defaultdict(list)
    for attempt in results:
        if why := broken(partial(call_for, attempt, clock)):
            incidents.report(IncidentKind.PROVIDER_BROKEN, attempt.provider, now, why=why)
            leases[60.0, False].append(attempt.id)
            continue
        call = call_for(attempt, clock)
        other = attempt.order is not None and attempt.order.carrier.provider != attempt.provider
        # What people do by hand is put on their list again: nobody can be asked whether it ever got there.
        repeat = not attempt.outcome and (
            attempt.standing in NOTHING_HAPPENED or (call.timing.by_staff and not other)
        )
        mine = clock.elapsed_at(now + timedelta(seconds=call.timing.lease)) - call.timing.longest
        (ask if repeat else look).append(replace(call, ask_before=mine))
        if repeat and call.provider != attempt.provider:
            moved[call.provider].append(attempt.id)
        leases[call.timing.lease, repeat].append(attempt.id)
    for (lease, repeat), ids in leases.items():
        until = now + timedelta(seconds=lease)
        taken = models.Attempt.objects.filter(id__in=ids)
        taken.update(holder=me, lease_until=until, look_at=until)
        if repeat:
            taken.update(standing="", asks=F("asks") + 1)
    for provider, ids in moved.items():
        models.Attempt.objects.filter(id__in=ids).update(provider=provider)
    return look, ask


def call_for(attempt: models.Attempt, clock: Clock) -> ProviderCall:
    return STEPS[attempt.step].asking(attempt, clock)
