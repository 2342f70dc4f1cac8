"""A story is a list of whole numbers: each decision takes the next one.

A fresh one is drawn from a seed and written down as it goes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

LARGEST = 1 << 16
NOON = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)  # in Tokyo
MONTH_END = datetime(2026, 11, 30, 14, 58, 40, tzinfo=UTC)  # 80 seconds before it


class Story:
    """`numbers` are replayed; behind their end a replay answers 0, a fresh story draws."""

    def __init__(self, numbers: Sequence[int] = (), seed: int | None = None) -> None:
        self.numbers = list(numbers)
        self.read = 0
        self._dice = random.Random(seed) if seed is not None else None

    def choose(self, options: int) -> int:
        """0 is the simplest: go on, the first, nothing odd."""
        if self.read == len(self.numbers):
            self.numbers.append(self._dice.randrange(LARGEST) if self._dice else 0)
        self.read += 1
        return self.numbers[self.read - 1] % options


@dataclass(frozen=True)
class Theme:
    """What a story is about.

    Weights are whole numbers; the first of what a provider may do is what a good one does.
    """

    name: str
    plans: Mapping[str, int]
    means: Mapping[str, int]
    start: datetime = NOON
    carrier: str = "sand"
    lines: int = 2
    begins: Mapping[str, int] = field(default_factory=lambda: {"paid": 8, "open": 1, "lost": 1})
    acts: Mapping[str, int] = field(
        default_factory=lambda: {"done": 12, "waiting": 1, "lost": 1, "refuse": 1}
    )
    refunds: Mapping[str, int] = field(default_factory=lambda: {"done": 6, "pending": 2, "lost": 1})
    disputes: int = 0
    reversals: int = 0
    kills: int = 0
    held_up: int = 0
    takes_back: int = 1
    lines_a_quote: int = 1
    pauses: Sequence[int] = (1, 4, 9, 30, 70)
    between: Sequence[int] = (60, 1200, 90_000)  # seconds from one chapter to the next
    before: Sequence[str] = ()  # plans that one line may have bought before the story begins, in this order
    emphasis: Mapping[str, int] = field(default_factory=dict)  # operations more often than usual
    chapters: int = 3
    stay: int = 88
    stay_asking: int = 65
    at_once: int = 3


THEMES = (
    Theme("plain", {"thirty": 1}, {"gate": 1}, disputes=1, reversals=1, before=("thirty",)),
    Theme(
        "replaced",
        {"thirty": 3, "day": 2},
        {"gate": 1},
        reversals=1,
        takes_back=6,
        lines=1,
        between=(60, 300, 3600),
        before=("thirty", "day", "thirty", "thirty"),
        emphasis={"accept": 4, "tick": 6},
    ),
    Theme(
        "month end",
        {"month": 6, "thirty": 1},
        {"gate": 1},
        MONTH_END,
        acts={"done": 2, "waiting": 5},
        pauses=(1, 4, 9, 20),
        chapters=2,
        between=(30, 60),
    ),
    Theme(
        "credit",
        {"credit-3000": 2, "thirty": 2},
        {"gate": 2, "credit": 3},
        disputes=6,
        lines=1,
        between=(30, 60, 600),
        before=("credit-3000", "thirty"),
        emphasis={"accept": 40},
    ),
    Theme(
        "refund and dispute",
        {"thirty": 1},
        {"gate": 1},
        disputes=5,
        acts={"done": 2, "refuse": 3},
        refunds={"done": 2, "pending": 4, "refuse": 1, "lost": 1},
        emphasis={"pay_out": 4},
    ),
    Theme(
        "several means",
        {"thirty": 2, "data": 1},
        {"split": 4, "voucher and gate": 1},
        disputes=6,
        lines_a_quote=2,
        begins={"paid": 6, "open": 2, "lost": 1, "refuse": 1},
    ),
    Theme(
        "by hand",
        {"thirty": 2, "day": 1},
        {"gate": 2, "hand": 1},
        carrier="hand",
        emphasis={"done_by_hand": 6, "refused_by_hand": 2},
    ),
    Theme(
        "reseller",
        {"thirty": 1, "credit-3000": 1},
        {"account": 3, "gate": 1},
        reversals=2,
        takes_back=4,
        emphasis={"tell_programs": 3, "top_up": 2},
    ),
    Theme(
        "vouchers",
        {"thirty": 1},
        {"voucher": 2, "same voucher": 3, "voucher and gate": 1},
        acts={"done": 3, "refuse": 2},
        stay=60,
        emphasis={"accept": 80, "quote": 4},
    ),
    Theme(
        "taken back",
        {"thirty": 1},
        {"gate": 1},
        reversals=8,
        takes_back=3,
        disputes=1,
        stay=80,
        stay_asking=20,
        before=("thirty", "thirty"),
        emphasis={"advance": 6, "tick": 4},
    ),
    Theme(
        "slow and lost",
        {"thirty": 1, "beside": 1},
        {"gate": 1},
        pauses=(4, 9, 30, 70, 400),
        held_up=3,
        begins={"paid": 3, "lost": 3, "silent": 2, "open": 1},
        acts={"done": 3, "lost": 3, "silent": 2, "passing": 1, "waiting": 1},
    ),
    Theme(
        "killed",
        {"thirty": 2, "credit-3000": 1},
        {"gate": 6, "credit": 1, "split": 1},
        kills=2,
        reversals=1,
        emphasis={"advance": 12, "tick": 8, "accept": 40},
        acts={"done": 4, "lost": 1, "waiting": 1, "refuse": 1},
    ),
    Theme(
        "spent twice",
        {"thirty": 1},
        {"credit": 5, "account": 2, "same voucher": 2},
        lines=1,
        stay=60,
        before=("credit-3000",),
        emphasis={"accept": 80},
    ),
    Theme(
        "everything",
        {
            "thirty": 3,
            "day": 2,
            "month": 1,
            "data": 2,
            "beside": 1,
            "restart": 1,
            "added": 1,
            "credit-3000": 1,
        },
        {"gate": 4, "split": 1, "credit": 2, "voucher": 1, "account": 1},
        disputes=2,
        reversals=2,
        kills=1,
        lines_a_quote=2,
        before=("thirty", "day", "credit-3000", "thirty"),
    ),
)


def first_numbers(seed: int, pairs: int) -> list[int]:
    """Seeds go round the themes and, at another pace, round the pairs of operations that are to meet."""
    return [seed % len(THEMES), seed % pairs, seed % LARGEST]


def shrink(numbers: Sequence[int], fails: Callable[[Sequence[int]], bool], tries: int = 300) -> list[int]:
    """A shorter and simpler story that still fails: pieces left out, numbers made 0.

    The first two stay: they say what it is about.
    """
    best = list(numbers)

    def better(other: list[int]) -> bool:
        nonlocal best, tries
        while other and other[-1] == 0:
            other.pop()
        if tries <= 0 or other == best:
            return False
        tries -= 1
        if fails(other):
            best = other
            return True
        return False

    size = max(1, len(best) // 2)
    while size and tries > 0:
        at = 3
        while at < len(best) and tries > 0:
            if better(best[:at] + best[at + size :]) or better(
                best[:at] + [0] * min(size, len(best) - at) + best[at + size :]
            ):
                continue
            at += size
        size //= 2
    return best
