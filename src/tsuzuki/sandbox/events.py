"""Signed events and the thread that delivers them, at least once, a few times if need be."""

import hashlib
import hmac
import json
import queue
import secrets
import sqlite3
import threading
import time
from collections.abc import Mapping

import urllib3

from .storage import Storage

PAUSES = (0.2, 0.5, 1.0, 2.0)  # seconds before each further try


class Events:
    """`record` inside a transaction, `send` after its commit."""

    def __init__(self, storage: Storage, secret: str) -> None:
        self._storage, self._secret = storage, secret.encode()
        self._due: queue.PriorityQueue[tuple[float, int, int]] = queue.PriorityQueue()
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=5))
        self._started = False

    def record(self, db: sqlite3.Connection, side: str, type_: str, key: str, **fields: object) -> int:
        """Returns the number to give to `send`."""
        body = {"id": "evt_" + secrets.token_hex(12), "type": type_, "side": side, "key": key, **fields}
        text = json.dumps(body, separators=(",", ":"))
        inserted = db.execute(
            "INSERT INTO events (id, side, type, key, body, signature) VALUES (?, ?, ?, ?, ?, ?)",
            (
                body["id"],
                side,
                type_,
                key,
                text,
                self.signature(text.encode(), int(self._storage.now().timestamp())),
            ),
        )
        return int(inserted.lastrowid or 0)

    def signature(self, body: bytes, at: int) -> str:
        return f"t={at},v1=" + hmac.new(self._secret, b"%d." % at + body, hashlib.sha256).hexdigest()

    def send(self, n: int) -> None:
        if not self._started:
            self._started = True
            threading.Thread(target=self._run, name="events", daemon=True).start()
        self._due.put((time.monotonic(), n, 0))

    def _run(self) -> None:
        while True:
            at, n, tries = self._due.get()
            pause = at - time.monotonic()
            if pause > 0:  # only retries wait, and what is due sooner overtakes them at the next turn
                self._due.put((at, n, tries))
                time.sleep(min(pause, 0.02))
            elif not self._deliver(n) and tries < len(PAUSES):
                self._due.put((time.monotonic() + PAUSES[tries], n, tries + 1))

    def _deliver(self, n: int) -> bool:
        event = self._storage.row("SELECT * FROM events WHERE n = ?", n)
        if event is None:
            return True
        url = self._storage.fact("carrier_webhook" if event["side"] == "carrier" else "webhook")
        if not url:
            return True
        headers: Mapping[str, str] = {
            "Content-Type": "application/json",
            "Sandbox-Signature": event["signature"],
        }
        self._storage.write("UPDATE events SET sent = sent + 1 WHERE n = ?", n)
        try:
            answer = self._pool.request(
                "POST", url, body=event["body"].encode(), headers=headers, redirect=False
            )
        except urllib3.exceptions.HTTPError:
            return False
        wanted = self._storage.fact("reply") if event["side"] == "gateway" else ""
        heard = 200 <= answer.status < 300 and (not wanted or answer.data == wanted.encode())
        if heard:
            self._storage.write("UPDATE events SET delivered = delivered + 1 WHERE n = ?", n)
        return heard
