"""Paths to toys, and answers to the wire: at once, late, or never."""

from __future__ import annotations

import hmac
import select
import socket
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from urllib.parse import parse_qs, unquote, urlsplit

from . import behaviour, pages
from .carrier import Carrier
from .disputes import STATES, Disputes
from .events import Events
from .gateway import Gateway
from .outbox import mails
from .refunds import Refunds
from .reply import Reply, not_found, page, sent_on, told
from .storage import Storage

LARGEST = 1 << 20  # bytes of one body
Form = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Question:
    method: str
    path: tuple[str, ...]
    query: Form
    body: bytes = field(repr=False)
    public: str  # where whoever asked reaches us
    trusted: bool  # brought the secret

    def form(self) -> Form:
        return parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    def asked(self, name: str) -> str | None:
        return next(iter(self.query.get(name, ())), None)


class House:
    """Everything that runs in this process, and which part answers what."""

    def __init__(self, storage: Storage, secret: str) -> None:
        self.storage, self.secret = storage, secret
        self.events = Events(storage, secret)
        self.carrier = Carrier(storage, self.events)
        self.gateway = Gateway(storage, self.events)
        self.refunds = Refunds(storage, self.events)
        self.disputes = Disputes(storage, self.events)

    def answer(self, question: Question) -> Reply:
        match question.method, question.path:
            case _, ("carrier", "asks", _) | ("gateway", "payments" | "saved", *_):
                return self._wire(question) if question.trusted else told({"error": "unauthorized"}, 401)
            case "GET", _:
                return self._shown(question)
            case "POST", path:
                try:
                    return self._pressed(path, question)
                except ValueError as wrong:  # of behaviour.press and of a malformed clock
                    return told({"error": str(wrong)}, 400)
        return told({"error": "method_not_allowed"}, 405)

    def _wire(self, question: Question) -> Reply:
        match question.method, question.path:
            case "PUT", ("carrier", "asks", key):
                return self.carrier.ask(key, question.body)
            case "GET", ("carrier", "asks", key):
                return self.carrier.look(key)
            case "PUT", ("gateway", "payments", key):
                return self.gateway.create(key, question.body, question.public)
            case "GET", ("gateway", "payments"):
                return self.gateway.find(question.asked("key") or "", question.public)
            case "GET", ("gateway", "payments", id_):
                return self.gateway.read(id_, question.public)
            case "POST", ("gateway", "payments", id_, "close"):
                return self.gateway.close(id_, question.public)
            case "POST", ("gateway", "payments", id_, "capture"):
                return self.gateway.capture(id_, question.public)
            case "DELETE", ("gateway", "saved", token):
                return self.gateway.revoke(token)
            case "PUT", ("gateway", "payments", id_, "refunds", refund_key):
                return self.refunds.ask(id_, refund_key, question.body)
            case "GET", ("gateway", "payments", id_, "refunds", refund_key):
                return self.refunds.read(id_, refund_key)
        return not_found()

    def _shown(self, question: Question) -> Reply:
        match question.path:
            case ():
                return page(pages.index(self._counts(), self._set_now()))
            case ("health",):
                return told({"ok": True})
            case ("carrier",):
                return page(
                    pages.side("carrier", "Opens plans and add-ons.", self.carrier.recent(), self._set_now())
                )
            case ("gateway",):
                return page(
                    pages.side(
                        "gateway", "Takes and gives back money.", self.gateway.recent(), self._set_now()
                    )
                )
            case ("carrier", "effects"):
                return told(self.carrier.effects(question.asked("key"), question.asked("msisdn")))
            case ("gateway", "effects"):
                return told(self.refunds.effects(question.asked("key")))
            case ("events.json",):
                key = question.asked("key")
                rows = self.storage.rows(
                    "SELECT * FROM events WHERE ? IS NULL OR key = ? ORDER BY n DESC LIMIT 500", key, key
                )
                return told([dict(row) for row in rows])
            case ("outbox.json",):
                return told(mails(self.storage, question.asked("to")))
            case ("outbox",):
                return page(pages.outbox(mails(self.storage), self._set_now()))
            case ("outbox", n) if n.isascii() and n.isdigit():
                results = [mail for mail in mails(self.storage, limit=10**6) if mail["n"] == int(n)]
                return page(pages.mail(results[0])) if results else not_found()
            case ("pay", id_):
                return self._buyer(id_, question)
        return not_found()

    def _buyer(self, id_: str, question: Question) -> Reply:
        row = self.storage.row("SELECT * FROM payments WHERE id = ?", id_)
        if row is None:
            return not_found()
        language = pages.language_of(question.asked("lang") or "", row["locale"])
        return page(pages.buyer(row, self.gateway.standing(row), language))

    def _pressed(self, path: tuple[str, ...], question: Question) -> Reply:
        form = question.form()
        match path:
            case ("pay", id_):
                return self._buyer_pressed(id_, frozenset(form.get("behaviour", ())))
            case ("carrier" | "gateway" as name, "reverse"):
                toy = self.carrier if name == "carrier" else self.gateway
                return told({"ok": True}) if toy.reverse(_one(form, "key")) else not_found()
            case ("gateway", "refunds", refund_key):
                return (
                    told({"ok": True})
                    if self.refunds.settle(refund_key, _one(form, "behaviour"))
                    else not_found()
                )
            case ("gateway", "dispute"):
                opened = self.disputes.open(_one(form, "key"), _minor(form))
                return told({"id": opened}) if opened else not_found()
            case ("gateway", "disputes", *named):
                return self._dispute_pressed(next(iter(named), _one(form, "id")), form)
            case ("gateway", "reply"):
                self.storage.set_fact("reply", _one(form, "body"))
                return told({"ok": True})
            case ("webhook",):
                url = _one(form, "url")
                self.aim(url, _one(form, "carrier_url") or url)
                return told({"ok": True})
            case ("clock",):
                self._set_clock(_one(form, "now"))
                return told({"ok": True})
        side = "/".join(path)
        if side not in behaviour.SIDES:
            return not_found()
        with self.storage.transaction() as db:
            behaviour.press(db, side, form, _one(form, "msisdn") or _one(form, "recipient"))
        return sent_on("/" + path[0])

    def aim(self, url: str, carrier_url: str) -> None:
        """Where events go from now on; empty: nowhere."""
        if any(text and not pages.web_address(text) for text in (url, carrier_url)):
            raise ValueError("a webhook must be an http or https address")
        self.storage.set_fact("webhook", url)
        self.storage.set_fact("carrier_webhook", carrier_url)

    def _buyer_pressed(self, id_: str, names: frozenset[str]) -> Reply:
        known = set(
            "accept refuse silent late twice reverse other_amount ready pending part too_late".split()
        )
        if not names or not names <= known:
            raise behaviour.WrongButton(f"behaviour must be of: {', '.join(sorted(known))}")
        row = self.gateway.press(id_, names)
        if row is None:
            return not_found()
        if "late" in names:
            return Reply(dropped=True)
        return sent_on(row["return_url"] if pages.web_address(row["return_url"]) else f"/pay/{id_}")

    def _dispute_pressed(self, id_: str, form: Form) -> Reply:
        button = _one(form, "behaviour")
        if button not in STATES:
            raise behaviour.WrongButton(f"behaviour must be of: {', '.join(STATES)}")
        return told({"ok": True}) if self.disputes.decide(id_, button, _minor(form)) else not_found()

    def _set_clock(self, text: str) -> None:
        if text and datetime.fromisoformat(text).tzinfo is None:
            raise ValueError("now must carry its zone")
        self.storage.set_fact("clock", text)

    def _set_now(self) -> list[sqlite3.Row]:
        return self.storage.rows("SELECT * FROM behaviours ORDER BY side, only_for, timed DESC")

    def _counts(self) -> dict[str, object]:
        tables = {
            "asks of the carrier": "calls WHERE side = 'carrier'",
            "deliveries": "deliveries",
            "payments": "payments",
            "charges": "charges",
            "refunds paid": "refunds WHERE standing = 'done'",
            "events": "events",
            "mails": "mails",
        }
        counted = {
            name: self.storage.row(f"SELECT count(*) AS n FROM {rest}")  # noqa: S608 - constants above
            for name, rest in tables.items()
        }
        return {name: row["n"] for name, row in counted.items() if row}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], house: House, hang: float, public: str | None) -> None:
        self.house, self.hang, self.public = house, hang, public
        self.stopping = threading.Event()
        super().__init__(address, Handler)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version, sys_version = "sandbox", ""

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            return  # the asker left; what was done is written down

    def _answer(self) -> None:
        house, server = cast(Server, self.server).house, cast(Server, self.server)
        length = self.headers.get("Content-Length") or "0"
        if not (length.isascii() and length.isdigit()) or int(length) > LARGEST:
            self.close_connection = True
            self._write(told({"error": "too_large"}, 413))
            return
        split = urlsplit(self.path)
        public = server.public or f"http://{self.headers.get('Host') or 'localhost'}"
        bearer = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        reply = house.answer(
            Question(
                self.command,
                tuple(unquote(part) for part in split.path.split("/") if part),
                parse_qs(split.query),
                self.rfile.read(int(length)),
                public.rstrip("/"),
                hmac.compare_digest(bearer.encode(), house.secret.encode()),
            )
        )
        try:
            if reply.dropped:
                self._hold(reply, server.hang)
            else:
                self._write(reply)
        finally:  # events go out even to someone who did not wait for the answer
            if reply.after:
                reply.after()

    do_GET = do_POST = do_PUT = do_DELETE = _answer

    def _hold(self, reply: Reply, seconds: float) -> None:
        """Keep the line until `seconds` have passed or the asker hangs up, then drop it without a word."""
        self.close_connection = True
        if reply.held_then:
            cast(Server, self.server).stopping.wait(seconds)
            reply.held_then()
        else:
            select.select([self.connection], [], [], seconds)
        self.connection.shutdown(socket.SHUT_RDWR)

    def _write(self, reply: Reply) -> None:
        # One write, one packet: the asker on the other side of the loop never waits for the second half.
        heads = {"Content-Type": reply.content_type, "Content-Length": str(len(reply.body)), **reply.headers}
        lines = "".join(
            f"{name}: {value}\r\n" for name, value in heads.items() if "\r" not in value and "\n" not in value
        )
        self.wfile.write(
            f"HTTP/1.1 {reply.status} {self.responses.get(reply.status, ('',))[0]}\r\n{lines}\r\n".encode()
            + reply.body
        )

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: numbers and keys of asks have no business in a log."""


def _minor(form: Form) -> int | None:
    text = _one(form, "amount")
    if text and not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValueError("amount must be whole minor units above 0")
    return int(text) if text else None


def _one(form: Form, name: str) -> str:
    return next(iter(form.get(name, ())), "").strip()
