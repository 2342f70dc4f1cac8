"""One sqlite file behind one connection and one lock: quick, and whole after SIGKILL."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock

SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS behaviours (
    side TEXT, only_for TEXT, timed INTEGER, names TEXT NOT NULL,
    times INTEGER, seed TEXT, among TEXT, reason TEXT,
    PRIMARY KEY (side, only_for, timed));
CREATE TABLE IF NOT EXISTS calls (
    n INTEGER PRIMARY KEY AUTOINCREMENT, side TEXT, key TEXT, only_for TEXT, behaviour TEXT, at TEXT);
CREATE INDEX IF NOT EXISTS calls_key ON calls (side, key);
CREATE TABLE IF NOT EXISTS carried (
    key TEXT PRIMARY KEY, msisdn TEXT, ask TEXT, result TEXT, id TEXT, reason TEXT);
CREATE TABLE IF NOT EXISTS deliveries (
    n INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT, msisdn TEXT, id TEXT, reversed INTEGER DEFAULT 0);
CREATE INDEX IF NOT EXISTS deliveries_key ON deliveries (key);
CREATE TABLE IF NOT EXISTS payments (
    n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE,
    key TEXT, minor INTEGER, currency TEXT, label TEXT, locale TEXT, return_url TEXT,
    live_until TEXT, standing TEXT, paid_minor INTEGER,
    paid_currency TEXT, refunded INTEGER DEFAULT 0, reason TEXT,
    method TEXT DEFAULT 'card', email TEXT DEFAULT '', received INTEGER DEFAULT 0, keep INTEGER DEFAULT 0);
CREATE INDEX IF NOT EXISTS payments_key ON payments (key);
CREATE TABLE IF NOT EXISTS saved (token TEXT PRIMARY KEY, payment TEXT UNIQUE, revoked INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS charges (
    n INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT, payment TEXT, minor INTEGER, currency TEXT);
CREATE TABLE IF NOT EXISTS refunds (
    n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT,
    refund_key TEXT, key TEXT, payment TEXT, minor INTEGER, currency TEXT, standing TEXT,
    reason TEXT);
CREATE INDEX IF NOT EXISTS refunds_key ON refunds (refund_key);
CREATE TABLE IF NOT EXISTS disputes (
    n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE,
    payment TEXT, key TEXT, minor INTEGER, currency TEXT, state TEXT);
CREATE INDEX IF NOT EXISTS disputes_payment ON disputes (payment);
CREATE TABLE IF NOT EXISTS events (
    n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT,
    side TEXT, type TEXT, key TEXT, body TEXT, signature TEXT, sent INTEGER DEFAULT 0,
    delivered INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS mail_pages (mail INTEGER PRIMARY KEY, html TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS mails (
    n INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT,
    sender TEXT, recipient TEXT, subject TEXT, message_id TEXT, language TEXT, text TEXT);
"""

NEWER = {
    "method": "TEXT DEFAULT 'card'",
    "email": "TEXT DEFAULT ''",
    "received": "INTEGER DEFAULT 0",
    "keep": "INTEGER DEFAULT 0",
}


class Storage:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = RLock()
        self._db = sqlite3.connect(folder / "sandbox.sqlite3", isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        # Not fsynced: what is written is the operating system's,
        # and so outlives this process though not a power cut.
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;" + SCHEMA)
        there = {row["name"] for row in self._db.execute("PRAGMA table_info(payments)")}
        for name, kind in NEWER.items():
            if name not in there:  # a file of an earlier version
                self._db.execute(f"ALTER TABLE payments ADD COLUMN {name} {kind}")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One writer at a time; rolled back if the block raises. Not to be nested."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        rows = self.rows(sql, *values)
        return rows[0] if rows else None

    def write(self, sql: str, *values: object) -> int | None:
        """The number of the row, where one was inserted."""
        with self._lock:
            return self._db.execute(sql, values).lastrowid

    def fact(self, name: str) -> str:
        row = self.row("SELECT value FROM facts WHERE name = ?", name)
        return str(row["value"]) if row else ""

    def set_fact(self, name: str, value: str) -> None:
        self.write(
            "INSERT INTO facts VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name, value
        )

    def now(self) -> datetime:
        """The moment set by POST /clock, else the real one; aware."""
        fixed = self.fact("clock")
        return datetime.fromisoformat(fixed) if fixed else datetime.now(UTC)

    def close(self) -> None:
        with self._lock:
            self._db.close()
