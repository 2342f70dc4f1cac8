"""Pausing providers that do not answer: after a few failures in a row a process stops asking them for a
while, then tries a little, until they answer.

Kept by each process for itself: it needs no agreement, and what a process has not met it finds out with a
handful of questions.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from tsuzuki.actions.write import incidents
from tsuzuki.core.states import IncidentKind
from tsuzuki.records import models

FAILURES = 5
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 60.0
SILENT = IncidentKind.PROVIDER_SILENT
monotonic = time.monotonic


@dataclass
class _Streak:
    failures: int = 0  # in a row
    pauses: int = 0
    until: float = 0.0  # monotonic
    told: bool | None = None  # whether an incident of it is open; None: this process does not know


_streaks: dict[str, _Streak] = {}
_lock = Lock()


def pause_left(name: str) -> float:
    """Seconds for which it is not to be asked; zero: now."""
    with _lock:
        streak = _streaks.get(name)
        return max(0.0, streak.until - monotonic()) if streak else 0.0


def on_trial(name: str) -> bool:
    """It did not answer last time: ask little, and see."""
    with _lock:
        streak = _streaks.get(name)
        return streak is not None and streak.failures >= FAILURES


def record_answer(name: str, answers: Iterable[bool], now: datetime) -> None:
    """How a group of questions went, in their order: whether it answered, whatever it answered."""
    with _lock:
        streak = _streaks.setdefault(name, _Streak())
        for answered in answers:
            streak.failures = 0 if answered else streak.failures + 1
        if streak.failures >= FAILURES and streak.until <= monotonic():
            streak.until = monotonic() + min(FIRST_PAUSE * 2 ** min(streak.pauses, 16), LONGEST_PAUSE)
            streak.pauses += 1
        elif not streak.failures:
            streak.until, streak.pauses = 0.0, 0
    silent = streak.pauses > 0
    if streak.told is silent or (streak.failures and not silent):
        return
    if silent:
        incidents.report(SILENT, name, now)
    else:
        models.Incident.objects.filter(kind=SILENT, subject=name, closed_at=None).update(
            closed_at=now, answer="it answers again"
        )
    streak.told = silent


def forget() -> None:
    """Tests, and settings that changed."""
    with _lock:
        _streaks.clear()
