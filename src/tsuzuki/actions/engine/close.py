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
    for call, answer in heard:
        attempt = locked[call.attempt]
        answers.append(Answer(attempt, call, answer, attempts.judge(step, attempt, answer, me), looked))
    notes: list[AttemptUpdate] = []
    over = []
    for entry in answers:
        if entry.verdict is None:
            again = attempts.nothing_new(step, entry, now)
            notes.extend([again] if again else [])
            over.extend([] if again else [entry.attempt])
        elif entry.verdict in ENDS:
            notes.append(step.note(held, entry, now))
        else:
            notes.append(attempts.still_open(entry, now))
    attempts.write(notes, over, now, looked)
    _go_on(table, step.take_in(held, _grouped(answers), now), now)


def _grouped(answers: Sequence[Answer]) -> Answers:
    news = [answer for answer in answers if answer.verdict is not None]
    ended = [answer for answer in news if not answer.attempt.outcome]
    return Answers(
        heard=answers,
        done=[answer for answer in ended if answer.verdict is ProviderStatus.DONE],
        refused=[answer for answer in ended if answer.verdict is ProviderStatus.REFUSED],
        after_the_end=[answer for answer in news if answer.attempt.outcome],
        still_open=[answer for answer in ended if answer.verdict not in ENDS],
    )


def _go_on(table: Table, answers: Sequence[Answer], now: datetime) -> None:
    """The next step is written down with the answer to the one before; whoever comes next asks."""
    subjects = []
    for answer in answers:
        step = table[answer.asking.then]
        assert step.question is not None, f"{step.name} follows no other step"
        key = attempts.key_of(step.name, answer.asking.subject)
        subject = getattr(answer.attempt, step.link)
        question = step.question(answer, key)
        subjects.append(
            attempts.AttemptSubject(subject, step.name, step.link, answer.attempt.provider, question, key)
        )
    attempts.open_unheld(subjects, now)
    wake(*{answer.asking.purchase for answer in answers})
