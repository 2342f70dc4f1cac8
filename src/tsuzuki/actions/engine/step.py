"""A step of the road for which a provider is asked, as one object: all that the engine need know of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar
from uuid import UUID

from tsuzuki.core.states import IncidentKind
from tsuzuki.records import models

from .clock import Clock
from .lane import Lane, Side
from .provider_calls import OpenedAttempts, ProviderAnswer, ProviderCall, ProviderStatus

AnsweredCall = tuple[ProviderCall, ProviderAnswer]
Held = TypeVar("Held")  # the rows that a step locks before it takes answers in


@dataclass(frozen=True, slots=True)
class AttemptUpdate:
    """An answer as it goes into the attempt. `outcome` empty: it stays open."""

    attempt: models.Attempt
    said: ProviderAnswer
    standing: str
    outcome: str
    look_at: datetime | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider said of an attempt, which is locked and as it was before, and what that changes now."""

    attempt: models.Attempt
    asking: ProviderCall
    said: ProviderAnswer
    verdict: ProviderStatus | None  # None: nothing
    looked: bool


@dataclass(frozen=True, slots=True)
class Answers:
    """A group of answers, as they were heard, and by what they change."""

    heard: Sequence[Answer]
    done: Sequence[Answer]
    refused: Sequence[Answer]
    after_the_end: Sequence[Answer]  # of attempts that were closed: done after all, or undone
    still_open: Sequence[Answer]


@dataclass(frozen=True, slots=True)
class Opening:
    """How a step is begun. `due` is SQL that finds a row if there is anything to begin."""

    due: str
    lanes: frozenset[Side]
    open_due: Callable[[Clock, int, UUID | None, Lane | None], OpenedAttempts]


@dataclass(frozen=True, slots=True)
class ProviderStep(Generic[Held]):
    """`name` also makes the provider's key, by its second letter: steps of one subject differ in it."""

    name: str
    link: Literal["order", "tender", "refund"]  # the subject: which of the attempt's links is set
    side: Side
    asking: Callable[[models.Attempt, Clock], ProviderCall]
    # The subjects of answers and their attempts, locked. Then each answer that ends an attempt is written as
    # `note` says, and `take_in` does what all of them mean; it returns those whose order goes on with another
    # step.
    lock: Callable[[Sequence[AnsweredCall]], tuple[dict[UUID, models.Attempt], Held]]
    note: Callable[[Held, Answer, datetime], AttemptUpdate]
    take_in: Callable[[Held, Answers, datetime], Sequence[Answer]]
    second_success: IncidentKind
    may_come_back: bool = False  # a success may be refused later
    opening: Opening | None = None  # None: it follows another step
    # Where it follows another: what is asked, from the answer to that one and under its own key.
    question: Callable[[Answer, str], object] | None = None
