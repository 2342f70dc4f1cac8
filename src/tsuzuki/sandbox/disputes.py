"""Money asked back from the toy gateway: opened, won and lost by button, any of it in any order."""

import secrets
import sqlite3

from .events import Events
from .storage import Storage

STATES = {"open": "open", "win": "won", "lose": "lost"}  # the button -> what it makes of a dispute
TOLD = {"open": "payment.disputed", "won": "payment.dispute_won", "lost": "payment.dispute_lost"}


class Disputes:
    def __init__(self, storage: Storage, events: Events) -> None:
        self._storage, self._events = storage, events

    def open(self, key: str, amount: int | None) -> str | None:
        """The newest payment of a key is disputed: `amount` of it, or all that is still here.

        The dispute's id; None: nothing is here.
        """
        with self._storage.transaction() as db:
            row = db.execute(
                "SELECT * FROM payments WHERE key = ? AND standing = 'paid' ORDER BY n DESC LIMIT 1", (key,)
            ).fetchone()
            minor = (amount or left(db, row)) if row else 0
            if minor <= 0:
                return None
            id_ = insert(db, row, minor, "open")
            event = record(self._events, db, row, minor, "open")
        self._events.send(event)
        return id_

    def decide(self, id_: str, button: str, amount: int | None) -> bool:
        """Won, lost, or open again; also after it was decided, and with another amount."""
        state = STATES[button]
        with self._storage.transaction() as db:
            row = db.execute("SELECT * FROM disputes WHERE id = ?", (id_,)).fetchone()
            if row is None:
                return False
            minor = amount or row["minor"]
            db.execute("UPDATE disputes SET state = ?, minor = ? WHERE id = ?", (state, minor, id_))
            paid = db.execute("SELECT * FROM payments WHERE id = ?", (row["payment"],)).fetchone()
            event = record(self._events, db, paid, minor, state)
        self._events.send(event)
        return True


def insert(db: sqlite3.Connection, paid: sqlite3.Row, minor: int, state: str) -> str:
    id_ = "dp_" + secrets.token_hex(8)
    db.execute(
        "INSERT INTO disputes (id, payment, key, minor, currency, state) VALUES (?, ?, ?, ?, ?, ?)",
        (id_, paid["id"], paid["key"], minor, paid["paid_currency"], state),
    )
    return id_


def record(
    events: Events, db: sqlite3.Connection, paid: sqlite3.Row, minor: int, state: str, type_: str = ""
) -> int:
    return events.record(
        db,
        "gateway",
        type_ or TOLD[state],
        paid["key"],
        payment=paid["id"],
        amount=minor,
        currency=paid["paid_currency"],
    )


def left(db: sqlite3.Connection, paid: sqlite3.Row) -> int:
    """What of a payment is still here."""
    return int((paid["paid_minor"] or 0) - paid["refunded"] - withheld(db, paid["id"]))


def withheld(db: sqlite3.Connection, payment: str, *states: str) -> int:
    """Minor units of a payment that are disputed or lost."""
    asked = states or ("open", "lost")
    rows = db.execute("SELECT state, minor FROM disputes WHERE payment = ?", (payment,)).fetchall()
    return sum(row["minor"] for row in rows if row["state"] in asked)
