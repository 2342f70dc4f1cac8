"""The toy gateway: payments, the buyer's presses, captures and closings. Refunds have their own file."""

import secrets
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from tsuzuki import decode
from tsuzuki.core.money import DIGITS, LARGEST_MINOR

from . import behaviour, disputes
from .behaviour import Behaviour
from .events import Events
from .reply import Reply, as_it_arrives, not_acted, not_found, told
from .storage import Storage

METHODS = ("card", "konbini", "transfer", "paypay")
PROMISES = ("konbini", "transfer")  # a code or an account at once, and no page
UNFINISHED = ("open", "promised", "ready", "pending")


class PaymentAsk(msgspec.Struct):
    amount: int
    currency: str
    label: str
    locale: str
    return_url: str
    live_until: datetime
    method: str = "card"
    email: str = ""
    keep: bool = False
    saved: str | None = None  # charged with nobody there

    def sound(self) -> bool:
        known = self.currency in DIGITS and self.method in METHODS
        return 0 < self.amount <= LARGEST_MINOR and known and self.live_until.tzinfo is not None


class Gateway:
    """`public` is the address buyers reach us at, without a slash at its end."""

    def __init__(self, storage: Storage, events: Events) -> None:
        self._storage, self._events = storage, events

    def create(self, key: str, raw: bytes, public: str) -> Reply:
        try:
            ask = decode.from_json(raw, PaymentAsk)
        except msgspec.MsgspecError:
            return told({"error": "malformed"}, 400)
        if not ask.sound():
            return told({"error": "malformed"}, 400)
        with self._storage.transaction() as db:
            chosen = behaviour.peek(db, "gateway" if ask.saved is None else "gateway/charges", key)
            behaviour.note(db, "gateway", key, chosen, self._storage.now().isoformat())
            kept = db.execute("SELECT * FROM payments WHERE key = ? ORDER BY n LIMIT 1", (key,)).fetchone()
            if kept is not None and "ignore_keys" not in chosen:
                same = (kept["minor"], kept["currency"], kept["return_url"]) == (
                    ask.amount,
                    ask.currency,
                    ask.return_url,
                )
                return told(self.view(kept, public)) if same else told({"error": "key_reused"}, 409)
            behaviour.spend(db, chosen)
            if (spoilt := not_acted(chosen)) is not None:
                return spoilt
            id_, events = self._insert(db, key, ask, chosen)
            made = told(self.view(_payment(db, id_), public), 201)
            # Taken back before the answer leaves,
            # so that whoever looks right after it sees what will be true.
            events = events * (2 if "twice" in chosen else 1) + (
                self._undo(db, key) if "reverse" in chosen else []
            )
        return as_it_arrives(replace(made, after=lambda: self._send(events)), chosen)

    def find(self, key: str, public: str) -> Reply:
        chosen = self._looked(key)
        rows = self._storage.rows("SELECT * FROM payments WHERE key = ? ORDER BY n", key)
        return not_acted(chosen) or as_it_arrives(
            told({"payments": [self.view(row, public) for row in rows]}), chosen
        )

    def read(self, id_: str, public: str) -> Reply:
        row = self._storage.row("SELECT * FROM payments WHERE id = ?", id_)
        chosen = self._looked(str(row["key"]) if row else "")
        return not_acted(chosen) or as_it_arrives(
            told(self.view(row, public)) if row else not_found(), chosen
        )

    def close(self, id_: str, public: str) -> Reply:
        def shut(db: sqlite3.Connection, row: sqlite3.Row, chosen: Behaviour) -> list[int]:
            if self.standing(row) not in ("open", "promised", "ready") or chosen.outcome == "refuse":
                return []
            db.execute("UPDATE payments SET standing = 'closed', reason = 'closed' WHERE id = ?", (id_,))
            return [self._event(db, _payment(db, id_), "payment.closed")]

        return self._change("gateway/closes", id_, public, shut)

    def capture(self, id_: str, public: str) -> Reply:
        def take(db: sqlite3.Connection, row: sqlite3.Row, chosen: Behaviour) -> list[int]:
            if self.standing(row) != "ready":
                return []
            if chosen.outcome == "refuse":
                db.execute(
                    "UPDATE payments SET standing = 'closed', reason = 'declined' WHERE id = ?", (id_,)
                )
                return [self._event(db, _payment(db, id_), "payment.closed")]
            return self._pay(db, row, row["minor"])

        return self._change("gateway/captures", id_, public, take)

    def press(self, id_: str, names: frozenset[str]) -> sqlite3.Row | None:
        """The buyer's press on the page of one payment, then the payment as it is;
        None if there is no such payment.
        """
        with self._storage.transaction() as db:
            row = _payment(db, id_)
            if row is None:
                return None
            events = self._pressed(db, row, names)
            events = events * (2 if "twice" in names else 1) + (
                self._undo(db, row["key"]) if "reverse" in names else []
            )
            row = _payment(db, id_)
        self._send(events)
        return row

    def reverse(self, key: str) -> bool:
        """The gateway takes paid money back (a chargeback) and says so by an event.

        False if nothing of this key is paid.
        """
        with self._storage.transaction() as db:
            events = self._undo(db, key)
        self._send(events)
        return bool(events)

    def standing(self, row: sqlite3.Row) -> str:
        """What is true now: an unfinished payment past its time is closed without
        anyone having to close it.
        """
        if row["standing"] in UNFINISHED and datetime.fromisoformat(row["live_until"]) <= self._storage.now():
            return "closed"
        return str(row["standing"])

    def view(self, row: sqlite3.Row, public: str) -> dict[str, object]:
        standing = self.standing(row)
        return {
            "id": row["id"],
            "key": row["key"],
            "standing": standing,
            "amount": row["minor"],
            "currency": row["currency"],
            "paid": row["paid_minor"],
            "paid_currency": row["paid_currency"],
            "refunded": row["refunded"],
            "disputes": self._disputes(row["id"]),
            "reason": row["reason"] or ("expired" if standing == "closed" else None),
            "live_until": row["live_until"],
            "page": f"{public}/pay/{row['id']}" if standing == "open" else None,
            "received": row["received"],
            "saved": self._saved(row["id"]) if row["keep"] else None,
            **(_shown(row) if standing in ("promised", "pending") else {}),
        }

    def _insert(
        self, db: sqlite3.Connection, key: str, ask: PaymentAsk, chosen: Behaviour
    ) -> tuple[str, list[int]]:
        id_ = "pay_" + secrets.token_urlsafe(12)
        paying = chosen.outcome in ("accept", "other_amount")
        if ask.method == "konbini" and not ask.email:
            chosen = replace(chosen, outcome="refuse", reason="email_missing")
            paying = False
        if ask.saved is not None and not _is_saved(db, ask.saved):
            chosen = replace(chosen, outcome="refuse", reason="not_saved")
            paying = False
        waiting = "promised" if ask.method in PROMISES else "open"
        standing = {"page": waiting, "needs_payer": waiting, "refuse": "closed"}.get(
            chosen.outcome, waiting if paying else chosen.outcome
        )
        db.execute(
            "INSERT INTO payments (id, key, minor, currency, label, locale, return_url, live_until, "
            "standing, reason, method, email, keep) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                id_,
                key,
                ask.amount,
                ask.currency,
                ask.label,
                ask.locale,
                ask.return_url,
                ask.live_until.isoformat(),
                standing,
                (chosen.reason or "declined") if standing == "closed" else None,
                ask.method,
                ask.email,
                ask.keep,
            ),
        )
        row = _payment(db, id_)
        if paying:
            return id_, self._pay(db, row, ask.amount + 1 if chosen.outcome == "other_amount" else ask.amount)
        return id_, [] if chosen.outcome in ("page", "needs_payer") else [
            self._event(db, row, f"payment.{standing}")
        ]

    def _pressed(self, db: sqlite3.Connection, row: sqlite3.Row, names: frozenset[str]) -> list[int]:
        standing = self.standing(row)
        too_late = "too_late" in names and standing == "closed"
        if (standing not in UNFINISHED and not too_late) or "silent" in names:
            return []
        if "refuse" in names:
            db.execute(
                "UPDATE payments SET standing = 'closed', reason = 'declined' WHERE id = ?", (row["id"],)
            )
            return [self._event(db, _payment(db, row["id"]), "payment.closed")]
        if "part" in names:
            db.execute(
                "UPDATE payments SET standing = 'pending', received = minor / 2 WHERE id = ?", (row["id"],)
            )
            return [self._event(db, _payment(db, row["id"]), "payment.pending")]
        for waiting in ("ready", "pending"):
            if waiting in names:
                db.execute("UPDATE payments SET standing = ? WHERE id = ?", (waiting, row["id"]))
                return [self._event(db, _payment(db, row["id"]), f"payment.{waiting}")]
        return self._pay(db, row, row["minor"] + 1 if "other_amount" in names else row["minor"])

    def _pay(self, db: sqlite3.Connection, row: sqlite3.Row, minor: int) -> list[int]:
        db.execute(
            "INSERT INTO charges (key, payment, minor, currency) VALUES (?, ?, ?, ?)",
            (row["key"], row["id"], minor, row["currency"]),
        )
        db.execute(
            "UPDATE payments SET standing = 'paid', reason = NULL, paid_minor = ?, paid_currency "
            "= ? WHERE id = ?",
            (minor, row["currency"], row["id"]),
        )
        if row["keep"]:
            token = "sav_" + secrets.token_urlsafe(12)
            db.execute("INSERT OR IGNORE INTO saved (token, payment) VALUES (?, ?)", (token, row["id"]))
        return [self._event(db, _payment(db, row["id"]), "payment.paid")]

    def revoke(self, token: str) -> Reply:
        """Idempotent; nothing can be charged to it from now on."""
        with self._storage.transaction() as db:
            done = db.execute("UPDATE saved SET revoked = 1 WHERE token = ?", (token,)).rowcount
        return told({"revoked": True}) if done else not_found()

    def _event(self, db: sqlite3.Connection, row: sqlite3.Row, type_: str) -> int:
        amount = row["minor"] if row["paid_minor"] is None else row["paid_minor"]
        return self._events.record(
            db, "gateway", type_, row["key"], payment=row["id"], amount=amount, currency=row["currency"]
        )

    def _change(
        self,
        side: str,
        id_: str,
        public: str,
        act: Callable[[sqlite3.Connection, sqlite3.Row, Behaviour], list[int]],
    ) -> Reply:
        with self._storage.transaction() as db:
            row = _payment(db, id_)
            if row is None:
                return not_found()
            chosen = behaviour.peek(db, side, row["key"])
            behaviour.spend(db, chosen)
            behaviour.note(db, side, row["key"], chosen, self._storage.now().isoformat())
            if (spoilt := not_acted(chosen)) is not None:
                return spoilt
            events = act(db, row, chosen)
            reply = told(self.view(_payment(db, id_), public))
        return as_it_arrives(replace(reply, after=lambda: self._send(events)), chosen)

    def _looked(self, key: str) -> Behaviour:
        with self._storage.transaction() as db:
            chosen = behaviour.peek(db, "gateway/looks", key)
            behaviour.spend(db, chosen)
            behaviour.note(db, "gateway/looks", key, chosen, self._storage.now().isoformat())
        return chosen

    def _undo(self, db: sqlite3.Connection, key: str) -> list[int]:
        """What is still here of the payments of a key is lost without a word before:
        a dispute, decided as it is told.
        """
        events = []
        for row in db.execute(
            "SELECT * FROM payments WHERE key = ? AND standing = 'paid' ORDER BY n", (key,)
        ).fetchall():
            if (minor := disputes.left(db, row)) > 0:
                disputes.insert(db, row, minor, "lost")
                events.append(disputes.record(self._events, db, row, minor, "lost", "payment.reversed"))
        return events

    def _saved(self, payment: str) -> str | None:
        row = self._storage.row("SELECT token FROM saved WHERE payment = ?", payment)
        return str(row["token"]) if row else None

    def _disputes(self, payment: str) -> list[dict[str, object]]:
        rows = self._storage.rows("SELECT * FROM disputes WHERE payment = ? ORDER BY n", payment)
        return [
            {"id": r["id"], "amount": r["minor"], "currency": r["currency"], "state": r["state"]}
            for r in rows
        ]

    def _send(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._events.send(number)

    def recent(self, limit: int = 30) -> list[Mapping[str, object]]:
        rows = self._storage.rows("SELECT * FROM payments ORDER BY n DESC LIMIT ?", limit)
        return [
            {
                "payment": r["id"],
                "method": r["method"],
                "key": r["key"],
                "amount": f"{r['currency']} {r['minor']} (minor units)",
                "standing": self.standing(r),
                "refunded": r["refunded"],
                "reason": r["reason"] or "",
                "disputes": ", ".join(
                    f"{d['id']} {d['amount']} {d['state']}" for d in self._disputes(r["id"])
                ),
            }
            for r in rows
        ]


def _is_saved(db: sqlite3.Connection, token: str) -> bool:
    return db.execute("SELECT 1 FROM saved WHERE token = ? AND revoked = 0", (token,)).fetchone() is not None


def _shown(row: sqlite3.Row) -> dict[str, object]:
    """What a buyer needs who pays elsewhere.

    The figures hang on the payment, so that a repeat shows the same.
    """
    digits = str(int.from_bytes(row["id"].encode()[-8:], "big"))
    if row["method"] == "konbini":
        return {"place": "Sakura", "codes": [["払込票番号", digits[:13]], ["確認番号", digits[-4:]]]}
    if row["method"] == "transfer":
        account = {
            "bank": "Sakura",
            "branch": "001",
            "kind": "ordinary",
            "number": digits[:7],
            "holder": "Sakura SIM",
        }
        return {"account": account | {"reference": row["label"]}}
    return {}


def _payment(db: sqlite3.Connection, id_: str) -> sqlite3.Row:
    """The row, or None typed away: callers that take ids from outside check it."""
    row: sqlite3.Row = db.execute("SELECT * FROM payments WHERE id = ?", (id_,)).fetchone()
    return row
