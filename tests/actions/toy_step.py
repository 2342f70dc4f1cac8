"""A step that follows another, as whoever adds one writes it: this file, and a line in the table of steps.
Beside it a carrier whose orders take both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tsuzuki import decode
from tsuzuki.actions.engine import steps
from tsuzuki.actions.engine.providers import carrier_of
from tsuzuki.actions.order import apply
from tsuzuki.carriers.port import Abilities, Answer, Ask, Standing


@dataclass(frozen=True, slots=True)
class Activate:
    key: str
    reference: str  # what the carrier called the order


def _question(before, key: str) -> Activate:
    return Activate(key, before.said.reference)


def _asking(attempt, clock):
    provider = carrier_of(attempt.order.carrier)
    question = decode.convert(attempt.question, Activate)
    return steps.at_carrier(
        attempt,
        attempt.order.carrier,
        clock,
        ask=lambda: steps.carrier_said(provider.activate(question)),
        look=lambda: steps.carrier_said(provider.look_up(question.key)),
    )


STEP = replace(apply.STEP, name="activate", asking=_asking, opening=None, question=_question)


@dataclass
class Toy:
    """It has no wire: what it was asked and what it did is in its own lists."""

    asked: list[tuple[str, str]] = field(default_factory=list)  # step, reference it came with
    done: dict[str, str] = field(default_factory=dict)
    # what it says to one that activates, in place of doing it
    instead: Callable[[Activate], Answer | None] = lambda question: None

    def describe(self) -> Abilities:
        return Abilities(10.0, 25.0, honours_keys=False, looks_up=True, fulfilment=("provision", "activate"))

    def act(self, ask: Ask) -> Answer:
        return self._do("provision", ask.key, "")

    def activate(self, question: Activate) -> Answer:
        return self.instead(question) or self._do("activate", question.key, question.reference)

    def look_up(self, key: str) -> Answer:
        known = self.done.get(key)
        return Answer(Standing.DONE, known) if known else Answer(Standing.NEVER_RECEIVED)

    def _do(self, step: str, key: str, reference: str) -> Answer:
        self.asked.append((step, reference))
        self.done[key] = f"{step.upper()}-{len(self.done) + 1}"
        return Answer(Standing.DONE, self.done[key])
