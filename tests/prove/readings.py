"""How pasted messages are read: of a corpus with the right reading beside each, what is right and sure, and
what is sure and wrong.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tsuzuki.guide.messages.message_reader import DEADLINES, Meaning, Reading, read

from .result import Part, Result

FILE = Path(__file__).parents[1] / "parts" / "readings.yaml"
NOW = datetime(2026, 11, 30, 3, tzinfo=UTC)
LEAST = 85  # percent of the messages with a deadline whose deadlines must all be read, and for sure


@dataclass
class Score:
    messages: int = 0
    dated: int = 0  # hold a deadline for the reader
    right: int = 0  # and every one of them is read, for sure
    wrong: list[str] = field(default_factory=list)  # read for sure, and not what it says

    @property
    def percent(self) -> int:
        return 100 * self.right // max(1, self.dated)


@cache
def corpus() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def expected(message: dict[str, Any]) -> Counter[tuple[str, Meaning]]:
    return Counter((str(day), Meaning(meaning)) for day, meaning in message["reads"])


def sure(reading: Reading) -> Counter[tuple[str, Meaning]]:
    return Counter((str(one.day), one.meaning) for one in reading.found if one.sure)


def score(messages: list[dict[str, Any]]) -> Score:
    found = Score(len(messages))
    for message in messages:
        right, has = expected(message), sure(read(message["text"], NOW))
        deadlines = Counter({key: count for key, count in right.items() if key[1] in DEADLINES})
        found.dated += bool(deadlines)
        found.right += bool(deadlines) and deadlines <= has
        found.wrong += [f"{day} {meaning}: {message['text'][:60]}" for day, meaning in has - right]
    return found


# What it read of each round at first sight, before a word of it was changed: messages, percent right and
# sure, sure and wrong.
FIRST_SIGHT = {1: (70, 68, 13), 2: (40, 76, 11), 3: (32, 70, 5)}


def run() -> Result:
    every = score(corpus())
    short = (
        []
        if every.percent >= LEAST
        else [f"only {every.percent} % of the messages with a deadline are read for sure"]
    )
    parts = [Part("all", _figures(every), [*every.wrong, *short])]
    for number, (messages, percent, wrong) in FIRST_SIGHT.items():
        now = score([one for one in corpus() if one.get("after") == number])
        at_first = {"at first sight right and sure": f"{percent} %", "at first sight sure and wrong": wrong}
        parts.append(
            Part(f"round {number} of {messages} written after the reader", {**_figures(now), **at_first})
        )
    return Result("readings", parts, sums=False)


def _figures(found: Score) -> dict[str, int | float | str]:
    return {
        "messages": found.messages,
        "with a deadline": found.dated,
        "right and sure": f"{found.percent} %",
        "sure and wrong": len(found.wrong),
    }


if __name__ == "__main__":
    for part in run().parts:
        print(part.name, dict(part.figures), *part.violations, sep="\n  ")
