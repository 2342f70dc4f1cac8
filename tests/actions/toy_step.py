"""A step that follows another, as whoever adds one writes it: this file, and a line in the table of steps.
Beside it a carrier whose orders take both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tsuzuki import decode
from tsuzuki.actions.engine import provider_calls
from tsuzuki.actions.engine.providers import carrier_of
from tsuzuki.actions.order import apply
from tsuzuki.carriers.port import CarrierAnswer, CarrierCapabilities, CarrierRequest, CarrierStatus


@dataclass(frozen=True, slots=True)
class Activate:
    key: str
    reference: str  # what the carrier called the order


def _question(before, key: str) -> Activate:
    return Activate(key, before.said.reference)


def _asking(attempt, clock):
    provider = carrier_of(attempt.order.carrier)
    question = decode.convert(attempt.question, Activate)
    return provider_calls.at_carrier(
        attempt,
        attempt.order.carrier,
        clock,
        ask=lambda: provider_calls.carrier_said(provider.activate(question)),
        look=lambda: provider_calls.carrier_said(provider.look_up(question.key)),
    )


STEP = replace(apply.STEP, name="activate", asking=_asking, opening=None, question=_question)


@dataclass
class Toy:
    """It has no wire: what it was asked and what it did is in its own lists."""

    asked: list[tuple[str, str]] = field(default_factory=list)  # step, reference it came with
    done: dict[str, str] = field(default_factory=dict)
    # what it says to one that activates, in place of doing it
    instead: Callable[[Activate], CarrierAnswer | None] = lambda question: None

    def describe(self) -> CarrierCapabilities:
        return CarrierCapabilities(
            10.0, 25.0, honours_keys=False, looks_up=True, fulfilment=("provision", "activate")
        )

    def act(self, ask: CarrierRequest) -> CarrierAnswer:
        return self._do("provision", ask.key, "")

    def activate(self, question: Activate) -> CarrierAnswer:
        return self.instead(question) or self._do("activate", question.key, question.reference)

    def look_up(self, key: str) -> CarrierAnswer:
        known = self.done.get(key)
        return (
            CarrierAnswer(CarrierStatus.DONE, known) if known else CarrierAnswer(CarrierStatus.NEVER_RECEIVED)
        )

    def _do(self, step: str, key: str, reference: str) -> CarrierAnswer:
        self.asked.append((step, reference))
        self.done[key] = f"{step.upper()}-{len(self.done) + 1}"
        return CarrierAnswer(CarrierStatus.DONE, self.done[key])
