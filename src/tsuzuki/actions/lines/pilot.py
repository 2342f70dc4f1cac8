"""The pilot: which lines that moved in may already renew here.

Everyone else is told «not yet» and goes on as before.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db import transaction

from tsuzuki.actions.write import audit
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.identifiers import msisdn
from tsuzuki.records import models

BATCH = 2000


def understand(typed: Iterable[str]) -> tuple[list[str], list[tuple[str, Refused]]]:
    """Numbers as people write them: (E.164, each once; what cannot be one of our lines, and why)."""
    result: dict[str, str] = {}
    wrong: list[tuple[str, Refused]] = []
    for text in typed:
        try:
            result.setdefault(msisdn(text), text)
        except Refused as why:
            wrong.append((text, Refused(why.code)))
    ours = set(models.Number.objects.filter(until=None, msisdn__in=result).values_list("msisdn", flat=True))
    strange = [(text, Refused(Code.NUMBER_UNKNOWN)) for number, text in result.items() if number not in ours]
    return list(result), wrong + strange


def let_in(numbers: Iterable[str], actor: str, now: datetime) -> tuple[int, list[str]]:
    """These may renew here from now on; (how many lines, numbers on no line). E.164."""
    return _switch(numbers, False, actor, now)


def hold_back(numbers: Iterable[str], actor: str, now: datetime) -> tuple[int, list[str]]:
    return _switch(numbers, True, actor, now)


def open_to_all(actor: str, now: datetime) -> int:
    """The pilot is over: nobody is held back any more."""
    return _everybody(False, actor, now)


def hold_all_back(actor: str, now: datetime) -> int:
    """Before a pilot begins: nobody renews here but those who are let in."""
    return _everybody(True, actor, now)


def held_back() -> int:
    return models.Line.objects.filter(held_back=True, closed_at=None).count()


def _switch(numbers: Iterable[str], held: bool, actor: str, now: datetime) -> tuple[int, list[str]]:
    count, unknown, rest = 0, [], iter(numbers)
    while batch := list(islice(rest, BATCH)):
        with transaction.atomic(durable=True):
            result = dict(
                models.Number.objects.filter(until=None, msisdn__in=batch).values_list("msisdn", "line")
            )
            unknown += [number for number in batch if number not in result]
            lines = models.Line.objects.select_for_update(no_key=True).filter(id__in=result.values())
            count += _set(list(lines.order_by("id").values_list("id", flat=True)), held, actor, now)
    return count, unknown


def _everybody(held: bool, actor: str, now: datetime) -> int:
    """Batch by batch: a statement over ten million lines would hold every one of them."""
    count = 0
    while True:
        with transaction.atomic(durable=True):
            lines = models.Line.objects.select_for_update(no_key=True).filter(
                held_back=not held, closed_at=None
            )
            ids = list(lines.order_by("id").values_list("id", flat=True)[:BATCH])
            count += _set(ids, held, actor, now)
        if len(ids) < BATCH:
            return count


def _set(lines: Sequence[UUID], held: bool, actor: str, now: datetime) -> int:
    changed = models.Line.objects.filter(id__in=lines, held_back=not held).update(held_back=held)
    if changed:
        act = Act.LINES_HELD_BACK if held else Act.LINES_LET_IN
        audit.write(act, AuditSubject(SubjectKind.PILOT), actor, now, lines=changed)
    return int(changed)
