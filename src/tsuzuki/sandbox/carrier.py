"""The toy carrier: opens plans and add-ons, or does what the buttons say."""

import json
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from tsuzuki import decode

from . import behaviour
from .behaviour import Behaviour
from .events import Events
from .reply import Reply, as_it_arrives, not_acted, not_found, told
from .storage import Storage


class Allowed(msgspec.Struct):
    good: str
    amount: int | None


class CarrierAsk(msgspec.Struct):
    verb: str
    msisdn: str
    iccid: str | None
    plan: str
    allowances: list[Allowed]
    starts_at: str
    ends_at: str
    reference: str


class Carrier:
    def __init__(self, storage: Storage, events: Events) -> None:
        self._storage, self._events = storage, events

    def ask(self, key: str, raw: bytes) -> Reply:
        try:
            ask = decode.from_json(raw, CarrierAsk)
        except msgspec.MsgspecError:
            return told({"error": "malformed"}, 400)
        with self._storage.transaction() as db:
            chosen = behaviour.peek(db, "carrier", key, ask.msisdn)
            kept = db.execute("SELECT * FROM carried WHERE key = ?", (key,)).fetchone()
            behaviour.note(db, "carrier", key, chosen, self._storage.now().isoformat(), ask.msisdn)
            if kept is not None and "ignore_keys" not in chosen:
                return _view(kept)
            behaviour.spend(db, chosen)
            if (spoilt := not_acted(chosen)) is not None:
                return spoilt
            if chosen.outcome == "poor":
                return told({"key": key, "result": "refused", "id": None, "reason": "wallet_empty"}, 402)
            if chosen.outcome == "slow":
                return Reply(dropped=True, held_then=lambda: self._act_later(key, ask))
            reply = self._act(db, key, ask, chosen)
        return as_it_arrives(reply, chosen)

    def look(self, key: str) -> Reply:
        with self._storage.transaction() as db:
            chosen = behaviour.peek(db, "carrier/looks", key)
            behaviour.spend(db, chosen)
            behaviour.note(db, "carrier/looks", key, chosen, self._storage.now().isoformat())
            kept = db.execute("SELECT * FROM carried WHERE key = ?", (key,)).fetchone()
        reply = replace(_view(kept), status=200) if kept is not None else not_found()
        return not_acted(chosen) or as_it_arrives(reply, chosen)

    def reverse(self, key: str) -> bool:
        """Undo an earlier success and say so by an event; False if there is none."""
        with self._storage.transaction() as db:
            numbers = self._undo(db, key)
        self._send(numbers)
        return bool(numbers)

    def effects(self, key: str | None, msisdn: str | None) -> dict[str, object]:
        """Counts of what really happened, in total and by key."""
        counted = {"calls": 0, "deliveries": 0, "reversed": 0}
        keys: dict[str, dict[str, object]] = {}
        totals = dict(counted)
        for column, sql in (
            (
                "calls",
                "SELECT key, count(*) AS n FROM calls WHERE side = 'carrier' AND (? IS NULL OR only_for = ?)",
            ),
            ("deliveries", "SELECT key, count(*) AS n FROM deliveries WHERE (? IS NULL OR msisdn = ?)"),
            ("reversed", "SELECT key, sum(reversed) AS n FROM deliveries WHERE (? IS NULL OR msisdn = ?)"),
        ):
            for row in self._storage.rows(
                sql + " AND (? IS NULL OR key = ?) GROUP BY key", msisdn, msisdn, key, key
            ):
                keys.setdefault(row["key"], {**counted, "result": None})[column] = row["n"]
                totals[column] += row["n"]
        for row in self._storage.rows("SELECT key, result FROM carried WHERE ? IS NULL OR key = ?", key, key):
            if row["key"] in keys:
                keys[row["key"]]["result"] = row["result"]
        return {"totals": totals, "keys": keys}

    def _act(self, db: sqlite3.Connection, key: str, ask: CarrierAsk, chosen: Behaviour) -> Reply:
        done = chosen.outcome != "refuse"
        id_ = "C" + secrets.token_hex(8).upper() if done else None
        reason = None if done else chosen.reason or "line_not_eligible"
        result = "done" if done else "refused"
        text = msgspec.json.encode(ask).decode()
        db.execute(
            "INSERT OR REPLACE INTO carried VALUES (?, ?, ?, ?, ?, ?)",
            (key, ask.msisdn, text, result, id_, reason),
        )
        if done:
            db.execute("INSERT INTO deliveries (key, msisdn, id) VALUES (?, ?, ?)", (key, ask.msisdn, id_))
        numbers = (
            [self._events.record(db, "carrier", "carrier.done", key)] * 2
            if done and "twice" in chosen
            else []
        )
        # Undone before the answer leaves, so that whoever looks right after it sees what will be true.
        numbers += self._undo(db, key) if done and "reverse" in chosen else []
        return replace(
            _view({"key": key, "result": result, "id": id_, "reason": reason}),
            after=lambda: self._send(numbers),
        )

    def _act_later(self, key: str, ask: CarrierAsk) -> None:
        with self._storage.transaction() as db:
            if db.execute("SELECT 1 FROM carried WHERE key = ?", (key,)).fetchone() is None:
                self._act(db, key, ask, Behaviour(frozenset({"slow"}), "accept"))

    def _undo(self, db: sqlite3.Connection, key: str) -> list[int]:
        undone = db.execute(
            "UPDATE carried SET result = 'reversed', reason = 'reversed' WHERE key = ? AND result = 'done'",
            (key,),
        )
        db.execute("UPDATE deliveries SET reversed = 1 WHERE key = ?", (key,))
        return [self._events.record(db, "carrier", "carrier.reversed", key)] if undone.rowcount else []

    def _send(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._events.send(number)

    def recent(self, limit: int = 30) -> list[dict[str, object]]:
        rows = self._storage.rows(
            "SELECT c.n, c.at, c.key, c.only_for AS msisdn, c.behaviour, k.ask, k.result, "
            "k.reason FROM calls c "
            "LEFT JOIN carried k ON k.key = c.key WHERE c.side = 'carrier' ORDER BY c.n DESC LIMIT ?",
            limit,
        )
        return [
            {
                "at": r["at"],
                "key": r["key"],
                "number": r["msisdn"],
                "behaviour": r["behaviour"],
                "result": r["result"] or "nothing done",
                "reason": r["reason"],
                "plan": json.loads(r["ask"])["plan"] if r["ask"] else "",
            }
            for r in rows
        ]


def _view(row: sqlite3.Row | dict[str, str | None]) -> Reply:
    status = 200 if row["result"] == "done" else 422
    return told(
        {"key": row["key"], "result": row["result"], "id": row["id"], "reason": row["reason"]}, status
    )
