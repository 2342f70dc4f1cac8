"""Plays one story: chapters in which operations overlap, each followed by a rest at which everything must
hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tsuzuki.core.errors import Refused

from .house import House
from .operations import AFTER, OPERATIONS, buy_before, overlaps
from .rest import come_to_rest, violations
from .scheduler import BLOCKED, IDLE, PARKED, WORKERS, Actor
from .stage import Stage
from .story import Story
from .world import happen

A_CHAPTER = 7  # operations begun
SWEEPS, A_LEASE = 3, 61


@dataclass
class Played:
    """What one story came to."""

    theme: str
    found: list[str]
    steps: int
    digest: bytes
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def kinds(self) -> set[str]:
        return {one.split(":")[0] for one in self.found}


def play(stage: Stage, story: Story, trace: Callable[[str], None] | None = None) -> Played:
    house = stage.house(story)
    played = Played(house.theme.name, house.found, 0, b"")
    stage.scheduler.trace = trace
    stage.scheduler.on_broken = partial(_broke, house)
    if trace:
        trace(f"theme: {house.theme.name}; aims at {' during '.join(reversed(overlaps(house.aim)))}")
    stage.scheduler.story = None
    buy_before(house)
    stage.scheduler.begin(story, house.theme.stay, house.theme.stay_asking, house.theme.kills)
    for chapter in range(house.theme.chapters):
        if chapter:
            house.pass_time(house.pick(house.theme.between))
        _Chapter(house, played, chapter).run()
        stage.scheduler.story = None
        come_to_rest(house, last=chapter == house.theme.chapters - 1)
        house.found += [f"logged: {one}" for one in stage.heard]
        house.found += [f"deadlock: {one}" for one in stage.scheduler.deadlocks]
        house.found += violations(house)
        if trace:
            trace(f"== at rest, {house.now:%d %b %H:%M:%S}: {house.found or 'all holds'}")
        if house.found:
            break
        stage.scheduler.story = story
    stage.scheduler.story = None
    played.steps, played.digest = stage.scheduler.steps, stage.scheduler.digest.digest()
    return played


def _broke(house: House, operation: str, error: BaseException) -> None:
    import psycopg

    if not isinstance(error, Refused) and not isinstance(
        error.__cause__ or error, psycopg.errors.QueryCanceled
    ):
        text = str(error).splitlines()[0] if str(error) else ""
        house.found.append(f"{operation} broke: {type(error).__name__} {text}")


class _Chapter:
    def __init__(self, house: House, played: Played, number: int) -> None:
        self.house, self.played, self.scheduler = house, played, house.scheduler
        self.left = A_CHAPTER
        self.last = "" if number else "quote"
        self.sweeping = False  # workers alone carry all on, and may be killed at it
        self.aimed = number == 1  # in the second chapter there is something to meet

    def run(self) -> None:
        while True:
            parked, out = self.scheduler.in_state(PARKED), self.scheduler.in_state(BLOCKED)
            if not parked and not out and not self.left:
                if self.sweeping or not self.house.theme.kills:
                    return
                self.sweeping, self.left = True, SWEEPS
            if self.aimed and not parked and not out:
                self._aim()
                continue
            self._one(parked, out)

    def _one(self, parked: list[Actor], out: list[Actor]) -> None:
        story = self.house.story
        for actor in parked:
            actor.held = max(0, actor.held - 1)
        idle, ready = self.scheduler.in_state(IDLE), [actor for actor in parked if not actor.held]
        may_begin = bool(self.left and idle and len(parked) + len(out) < self.house.theme.at_once)
        what = story.choose(100)
        if ready and (what < 50 or (what < 78 and not may_begin)):
            actor = self.house.pick(ready)
            self.scheduler.resume(actor)
            # It stands for a while: others overtake it.
            if actor.state == PARKED and story.choose(100) >= (60 if actor.asking else 85):
                actor.held = 2 + story.choose(30)
            if actor.state == PARKED and actor.at.endswith("answered"):
                self._overtake(actor)
        elif may_begin and what < 78:
            if self.sweeping:
                self.house.pass_time(A_LEASE)  # what those who were killed had begun is taken up
            name = self._which()
            if name in WORKERS and story.choose(10) >= 10 - self.house.theme.held_up:
                self._begin_held_up(idle[0], name)
            else:
                self._begin(idle[0], name)
        elif parked and what >= 100 - self.house.theme.kills:
            self.scheduler.kill(self.house.pick(parked))
        else:
            self.last = happen(self.house)

    def _begin_held_up(self, actor: Actor, name: str) -> None:
        """Its machine stands still where it looks at the clock first, for longer than a lease; and again
        before its question leaves, while a worker does all it may.
        """
        before = self.scheduler.stay, self.scheduler.stay_asking
        self.scheduler.stay = self.scheduler.stay_asking = 0
        self._begin(actor, name)
        while actor.state == PARKED and actor.at != "clock":
            self.scheduler.resume(actor)
        self.house.pass_time(A_LEASE + 9)
        while actor.state == PARKED and not actor.asking:
            self.scheduler.resume(actor)
        self.scheduler.stay, self.scheduler.stay_asking = before
        if actor.state == PARKED and (idle := self.scheduler.in_state(IDLE)):
            self._begin(idle[0], "tick", 0)
            while idle[0].state == PARKED:
                self.scheduler.resume(idle[0])

    def _overtake(self, actor: Actor) -> None:
        """What an answer says is taken back while it is still on its way, and we are told before we have
        heard it: seldom, or often where the theme says so.
        """
        house = self.house
        grant = house.carrier.grants.get(actor.asked_key)
        if grant and grant.status == "done" and house.story.choose(10) >= 10 - house.theme.reversals:
            house.carrier.reverse(grant)
            self._hear("carrier_event", actor)
        for gateway in house.gateways.values():
            charge = gateway.charges.get(actor.asked_key)
            paid = charge and charge.status == "paid" and not charge.disputes
            if charge and paid and house.story.choose(10) >= 10 - house.theme.disputes:
                gateway.dispute(charge)
                self._hear("payment_event", actor)

    def _hear(self, event: str, answered: Actor) -> None:
        """From the first statement to the last, unless somebody is in its way; and the answer after it,
        before it is too late for one.
        """
        if idle := self.scheduler.in_state(IDLE):
            self._begin(idle[0], event, 0)
            while idle[0].state == PARKED:
                self.scheduler.resume(idle[0])
            self.scheduler.resume(answered)

    def _which(self) -> str:
        if self.sweeping:
            return "tick"
        if not self.house.yeses:  # first something is bought
            return "accept" if self.last == "quote" else "quote"
        weights = {name: weight for name, (_, weight) in OPERATIONS.items()}
        for more in (
            self.house.theme.emphasis,
            {name: 20 * weight for name, weight in AFTER.get(self.last, {}).items()},
        ):
            for name, weight in more.items():
                weights[name] += weight
        weights["take_back"] += self.house.theme.takes_back
        if any(toy.told for toy in self.house.gateways.values()):
            weights["payment_event"] += 8
        if self.house.carrier.told:
            weights["carrier_event"] += 8
        if self.house.account is None:
            weights["top_up"] = 0
        return self.house.weigh(weights)

    def _begin(self, actor: Actor, name: str, left: int = 1) -> None:
        for other in (*self.scheduler.in_state(PARKED), *self.scheduler.in_state(BLOCKED)):
            self.played.pairs[other.operation, name] += 1
        self.left, self.last = self.left - left, name
        if self.scheduler.trace:
            self.scheduler.trace(f"-- {name} begins")
        self.scheduler.start(actor, name, partial(OPERATIONS[name][0], self.house))

    def _aim(self) -> None:
        """The pair this story wants to see meet: the first is stopped at one of its places, and the second
        begins.
        """
        self.aimed = False
        first, second = overlaps(self.house.aim)
        one, other = self.scheduler.in_state(IDLE)[:2]
        stay, self.scheduler.stay = self.scheduler.stay, 0
        self._begin(one, first, 0)
        for _ in range(self.house.story.choose(12)):
            if one.state == PARKED:
                self.scheduler.resume(one)
        if one.state == IDLE:  # it was over before: once more, and stopped at its first place
            self._begin(one, first, 0)
        self.scheduler.stay = stay
        if one.state in (PARKED, BLOCKED):
            self._begin(other, second, 0)
