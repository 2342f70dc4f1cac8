"""Closing: the answers of one group become the truth, whichever step they are of."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from . import attempts
from .provider_calls import ProviderStatus
from .queue import wake
from .step import Answer, AnsweredCall, Answers, AttemptUpdate, ProviderStep

Table = Mapping[str, ProviderStep[Any]]
ENDS = (ProviderStatus.DONE, ProviderStatus.REFUSED)


@transaction.atomic(durable=True)
def close(
    table: Table, name: str, heard: Sequence[AnsweredCall], me: str, now: datetime, looked: bool
) -> None:
    """Take the answers to one step into its subjects, the books and letters, in one transaction."""
    step = table[name]
    locked, held = step.lock(heard)
    answers = []
    for asking, said in heard:
        attempt = locked[asking.attempt]
        answers.append(Answer(attempt, asking, said, attempts.judge(step, attempt, said, me), looked))
    notes: list[AttemptUpdate] = []
    over = []
    for one in answers:
        if one.verdict is None:
            again = attempts.nothing_new(step, one, now)
            notes.extend([again] if again else [])
            over.extend([] if again else [one.attempt])
        elif one.verdict in ENDS:
            notes.append(step.note(held, one, now))
        else:
            notes.append(attempts.still_open(one, now))
    attempts.write(notes, over, now, looked)
    _go_on(table, step.take_in(held, _grouped(answers), now), now)


def _grouped(answers: Sequence[Answer]) -> Answers:
    news = [one for one in answers if one.verdict is not None]
    ended = [one for one in news if not one.attempt.outcome]
    return Answers(
        heard=answers,
        done=[one for one in ended if one.verdict is ProviderStatus.DONE],
        refused=[one for one in ended if one.verdict is ProviderStatus.REFUSED],
        after_the_end=[one for one in news if one.attempt.outcome],
        still_open=[one for one in ended if one.verdict not in ENDS],
    )


def _go_on(table: Table, answers: Sequence[Answer], now: datetime) -> None:
    """The next step is written down with the answer to the one before; whoever comes next asks."""
    subjects = []
    for one in answers:
        step = table[one.asking.then]
        assert step.question is not None, f"{step.name} follows no other step"
        key = attempts.key_of(step.name, one.asking.subject)
        subject = getattr(one.attempt, step.link)
        question = step.question(one, key)
        subjects.append(
            attempts.AttemptSubject(subject, step.name, step.link, one.attempt.provider, question, key)
        )
    attempts.open_unheld(subjects, now)
    wake(*{one.asking.purchase for one in answers})
