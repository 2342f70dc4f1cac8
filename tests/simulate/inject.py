"""What the house takes from outside, given by the simulation instead: the clock, randomness, the asking pool,
the holder's name, and the providers. Everything else is the real code on a real database.
"""

from __future__ import annotations

import random
import secrets
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from .house import House
from .scheduler import Scheduler


class Heard(Future[Any]):
    """Ordered in a set as it was made, so that answers that came together are always
    heard in the same order.
    """

    made = count()

    def __init__(self) -> None:
        super().__init__()
        self.number = next(Heard.made)

    def __hash__(self) -> int:
        return self.number


class InTurn:
    """A pool whose questions are put one after the other by whoever hands them in; a kill goes through."""

    def __init__(self, *given: object, **named: object) -> None: ...

    def __enter__(self) -> InTurn:
        return self

    def __exit__(self, *_: object) -> None: ...

    def submit(self, act: Callable[..., Any], *given: Any, **named: Any) -> Future[Any]:
        future = Heard()
        try:
            future.set_result(act(*given, **named))
        except Exception as error:
            future.set_exception(error)
        return future

    def map(self, act: Callable[..., Any], *given: Iterable[Any]) -> Iterator[Any]:
        return iter([act(*one) for one in zip(*given, strict=False)])

    def shutdown(self, *given: object, **named: object) -> None: ...


class Injected:
    """`house` is the one whose story is played; patches look it up at each use, so they are made once."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.house: House | None = None
        self.dice = random.Random(0)
        self.change = pytest.MonkeyPatch()
        self._modules()
        self._providers()
        self._ends()

    @property
    def at(self) -> House:
        assert self.house is not None
        return self.house

    def undo(self) -> None:
        self.change.undo()

    def _modules(self) -> None:
        clock = SimpleNamespace(
            monotonic=lambda: self.at.monotonic(),
            time=lambda: self.at.now.timestamp(),
            perf_counter=lambda: self.at.elapsed,
            sleep=lambda seconds: None,
        )
        from tsuzuki.http.deadline import elapsed

        entropy = SimpleNamespace(
            token_bytes=lambda size=32: self.dice.randbytes(size),
            randbelow=lambda limit: self.dice.randrange(limit),
            token_urlsafe=lambda size=32: self.dice.randbytes(size).hex()[:43],
            token_hex=lambda size=32: self.dice.randbytes(size).hex(),
        )
        for name, module in list(sys.modules.items()):
            if not name.startswith("tsuzuki.actions"):
                continue
            if getattr(module, "time", None) is time:
                self.change.setattr(module, "time", clock)
            if getattr(module, "elapsed", None) is elapsed:
                self.change.setattr(module, "elapsed", clock.monotonic)
            if getattr(module, "secrets", None) is secrets:
                self.change.setattr(module, "secrets", entropy)
            if getattr(module, "ThreadPoolExecutor", None) is ThreadPoolExecutor:
                self.change.setattr(module, "ThreadPoolExecutor", InTurn)

        # What a process remembers of silent providers.
        self.health = sys.modules.get("tsuzuki.actions.engine.health")
        if self.health is not None:
            # No place to park: it holds a lock of its own.
            self.change.setattr(self.health, "monotonic", lambda: self.at.elapsed)

        from tsuzuki.actions.engine import clock as of_a_run

        self.change.setattr(of_a_run, "database_now", lambda: self.at.now)

    def _providers(self) -> None:
        from tsuzuki.actions.engine import providers
        from tsuzuki.carriers import port as carriers
        from tsuzuki.carriers import registry as carrier_registry
        from tsuzuki.channels import port as channels
        from tsuzuki.channels import registry as channel_registry
        from tsuzuki.payments import port as payments
        from tsuzuki.payments import registry as gateway_registry

        self.change.setattr(providers, "monotonic", lambda: 0.0)  # rows that are read once in a story
        for name in ("gate", "gate2"):
            built = payments.GatewayPlugin(lambda environ, settings, name=name: self.at.gateways[name])  # type: ignore[misc]
            self.change.setitem(gateway_registry._registry._known, name, built)
        self.change.setitem(
            carrier_registry._registry._known,
            "toy",
            carriers.CarrierPlugin(lambda environ, settings: self.at.carrier),
        )
        self.change.setitem(
            channel_registry._registry._known,
            "email",
            channels.ChannelPlugin(lambda environ, settings: self.at.mail),
        )

    def _ends(self) -> None:
        from tsuzuki.actions.engine import attempts
        from tsuzuki.actions.messages import letters, notifications, webhooks
        from tsuzuki.channels.port import SendResult, SendStatus

        def holder() -> str:
            actor = self.scheduler.current()
            return f"{actor.name}.{actor.lives}" if actor else "director"

        def send(post: Any, now: Any, **more: Any) -> SendResult:
            self.at.question("program hears", "")
            self.at.programs[post.event] = self.at.programs.get(post.event, 0) + 1
            self.at.answered("program heard")
            return SendResult(SendStatus.SENT)

        self.change.setattr(attempts, "holder", holder)
        self.change.setattr(webhooks, "webhook", SimpleNamespace(**{**vars(webhooks.webhook), "send": send}))
        # What letters say is proved elsewhere; here it counts who gets which.
        words = SimpleNamespace(subject="", text="")
        self.change.setattr(
            notifications,
            "letters",
            SimpleNamespace(**{**vars(letters), "compose_for": lambda notice: (words, "")}),
        )

    def begin(self, house: House) -> None:
        from tsuzuki.actions.engine import providers

        self.house = house
        self.dice.seed(house.entropy)
        Heard.made = count()
        providers.forget()
        if self.health is not None:
            self.health.forget()
