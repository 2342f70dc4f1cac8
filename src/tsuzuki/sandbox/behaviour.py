"""What the buttons set: how each side answers the next asks."""

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ANSWERS = ("late", "garbage", "error")  # acts, and the asker does not learn it
QUESTIONS = ("accept", "silent", "late", "garbage", "error", "busy")
# side -> (every behaviour, the one it starts with, what `random` draws from)
SIDES: dict[str, tuple[tuple[str, ...], str, tuple[str, ...]]] = {
    "carrier": (
        (
            "accept",
            "refuse",
            "silent",
            "late",
            "slow",
            "twice",
            "reverse",
            "garbage",
            "error",
            "busy",
            "poor",
            "ignore_keys",
            "random",
        ),
        "accept",
        ("accept", "refuse", "silent", "late", "twice", "garbage", "error", "busy"),
    ),
    "carrier/looks": ((*QUESTIONS, "random"), "accept", QUESTIONS),
    "gateway": (
        (
            "page",
            "accept",
            "refuse",
            "silent",
            "late",
            "twice",
            "reverse",
            "other_amount",
            "ready",
            "pending",
            "promised",
            "garbage",
            "error",
            "busy",
            "ignore_keys",
            "random",
        ),
        "page",
        ("accept", "refuse", "silent", "late", "twice", "garbage", "error", "busy"),
    ),
    "gateway/looks": ((*QUESTIONS, "random"), "accept", QUESTIONS),
    "gateway/charges": (
        (*QUESTIONS, "refuse", "needs_payer", "pending", "ignore_keys", "random"),
        "accept",
        (*QUESTIONS, "refuse", "needs_payer"),
    ),
    "gateway/captures": ((*QUESTIONS, "refuse", "random"), "accept", QUESTIONS),
    "gateway/closes": ((*QUESTIONS, "refuse", "random"), "accept", QUESTIONS),
    "gateway/refunds": (
        (*QUESTIONS, "refuse", "ask_details", "pending", "ignore_keys", "random"),
        "accept",
        (*QUESTIONS, "refuse", "ask_details"),
    ),
    "outbox": (("accept", "refuse", "busy", "late", "silent"), "accept", ("accept",)),
}
OUTCOMES = frozenset(
    {
        "page",
        "accept",
        "refuse",
        "silent",
        "slow",
        "other_amount",
        "ready",
        "pending",
        "promised",
        "busy",
        "poor",
        "ask_details",
        "needs_payer",
    }
)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Names drawn for one ask. `row` is the (side, only_for) whose `times` it uses up, if any."""

    names: frozenset[str]
    outcome: str
    reason: str | None = None
    row: tuple[str, str] | None = None

    def __contains__(self, name: str) -> bool:
        return name in self.names


class WrongButton(ValueError):
    """A form asked for a behaviour, a side or a count that is not there."""


def press(db: sqlite3.Connection, side: str, form: Mapping[str, Sequence[str]], only_for: str = "") -> None:
    """Set what `side` does from now on, as a form says; WrongButton leaves everything as it was."""
    names = form.get("behaviour", ())
    if list(names) == ["default"]:
        db.execute(
            "DELETE FROM behaviours WHERE side = ? AND (only_for = ? OR ? = '')", (side, only_for, only_for)
        )
        return
    known, _, _ = SIDES[side]
    among = form.get("among", ())
    if not names or any(name not in known for name in (*names, *among)) or "random" in among:
        raise WrongButton(f"behaviour must be of: {', '.join(known)}")
    times = _first(form, "times")
    if times and not (times.isascii() and times.isdigit() and int(times) > 0):
        raise WrongButton("times must be a whole number above 0")
    db.execute(
        "INSERT OR REPLACE INTO behaviours VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            side,
            only_for,
            int(bool(times)),
            json.dumps(list(names)),
            int(times) if times else None,
            _first(form, "seed"),
            json.dumps(list(among)),
            _first(form, "reason") or None,
        ),
    )


def peek(db: sqlite3.Connection, side: str, key: str, only_for: str = "") -> Behaviour:
    """What the next ask with this key meets; nothing is used up."""
    row = db.execute(
        "SELECT * FROM behaviours WHERE side = ? AND only_for IN (?, '') ORDER BY only_for DESC, "
        "timed DESC LIMIT 1",
        (side, only_for),
    ).fetchone()
    if row is None:
        return _behaviour(side, frozenset({SIDES[side][1]}), None, None)
    names = frozenset(json.loads(row["names"]))
    if "random" in names:
        before = db.execute("SELECT count(*) FROM calls WHERE side = ? AND key = ?", (side, key)).fetchone()[
            0
        ]
        drawn = _draw(row["seed"] or "", key, before, json.loads(row["among"]) or SIDES[side][2])
        names = (names - {"random"}) | {drawn}
    return _behaviour(side, names, row["reason"], (side, row["only_for"]) if row["timed"] else None)


def spend(db: sqlite3.Connection, chosen: Behaviour) -> None:
    """Count one ask off a behaviour that was set with `times`."""
    if chosen.row is None:
        return
    db.execute(
        "UPDATE behaviours SET times = times - 1 WHERE side = ? AND only_for = ? AND timed = 1", chosen.row
    )
    db.execute(
        "DELETE FROM behaviours WHERE side = ? AND only_for = ? AND timed = 1 AND times < 1", chosen.row
    )


def note(db: sqlite3.Connection, side: str, key: str, chosen: Behaviour, at: str, only_for: str = "") -> None:
    """Write down that an ask came, whatever becomes of it."""
    db.execute(
        "INSERT INTO calls (side, key, only_for, behaviour, at) VALUES (?, ?, ?, ?, ?)",
        (side, key, only_for, " ".join(sorted(chosen.names)), at),
    )


def _behaviour(
    side: str, names: frozenset[str], reason: str | None, row: tuple[str, str] | None
) -> Behaviour:
    outcome = next(iter(sorted(names & OUTCOMES)), None)
    if outcome is None:
        outcome = SIDES[side][1] if names <= {"ignore_keys"} else "accept"
    return Behaviour(names, outcome, reason, row)


def _draw(seed: str, key: str, before: int, among: Sequence[str]) -> str:
    digest = hashlib.sha256(f"{seed}:{key}:{before}".encode()).digest()
    return among[int.from_bytes(digest[:8], "big") % len(among)]


def _first(form: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(form.get(name, ())), "").strip()
