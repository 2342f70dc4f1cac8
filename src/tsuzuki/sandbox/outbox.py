"""The mail of the sandbox: an SMTP receiver just large enough for one honest sender, and what it kept."""

import socketserver
from email import message_from_bytes, policy
from typing import cast

from . import behaviour
from .behaviour import Behaviour
from .storage import Storage

LARGEST = 1 << 20  # bytes of one mail
PATIENCE = 30  # seconds a silent sender may keep a line


class Outbox(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: tuple[str, int], storage: Storage) -> None:
        self.storage = storage
        super().__init__(address, Line)


class Line(socketserver.StreamRequestHandler):
    """RFC 5321 §4.5.1's minimum, and AUTH that believes anyone."""

    timeout = PATIENCE
    sender = ""
    recipients: list[str]

    def handle(self) -> None:
        self.recipients = []
        try:
            self._say("220 sandbox ready")
            while line := self.rfile.readline(2048):
                words = line.decode("utf-8", "replace").strip()
                if not self._obey(words.split(" ", 1)[0].upper(), words):
                    return
        except OSError:
            return  # the sender left

    def _obey(self, verb: str, words: str) -> bool:
        """False: hang up."""
        if verb in ("EHLO", "HELO"):
            self._say(
                "250-sandbox\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN"
                if verb == "EHLO"
                else "250 sandbox"
            )
        elif verb == "AUTH":
            self._say("235 welcome" if len(words.split()) > 2 else "504 give the answer with the question")
        elif verb == "MAIL":
            self.sender, self.recipients = _address(words), []
            self._say("250 ok")
        elif verb == "RCPT":
            self._recipient(_address(words))
        elif verb == "DATA":
            return self._data()
        elif verb == "QUIT":
            self._say("221 bye")
            return False
        elif verb in ("RSET", "NOOP"):
            self.recipients = [] if verb == "RSET" else self.recipients
            self._say("250 ok")
        else:
            self._say("502 not known")
        return True

    def _recipient(self, address: str) -> None:
        chosen = self._chosen(address, spend=False)
        if chosen.outcome in ("refuse", "busy"):
            self._chosen(address, spend=True)
            self._say("550 5.1.1 no such mailbox" if chosen.outcome == "refuse" else "451 4.2.1 later please")
            return
        self.recipients.append(address)
        self._say("250 ok")

    def _data(self) -> bool:
        if not self.recipients:
            self._say("503 no recipient")
            return True
        self._say("354 go on")
        raw = bytearray()
        while (line := self.rfile.readline(4096)) != b".\r\n":
            if not line or len(raw) > LARGEST:
                return False
            raw += line[1:] if line.startswith(b".") else line
        chosen = self._chosen(self.recipients[0], spend=True)
        if chosen.outcome != "silent":
            self._keep(bytes(raw))
        if chosen.outcome == "silent" or "late" in chosen:
            return False
        self._say("250 kept")
        return True

    def _keep(self, raw: bytes) -> None:
        mail = message_from_bytes(raw, policy=policy.default)
        part, drawn = mail.get_body(("plain", "html")), mail.get_body(("html",))
        text = part.get_content() if part else ""
        storage = self._storage()
        for recipient in self.recipients:
            n = storage.write(
                "INSERT INTO mails (at, sender, recipient, subject, message_id, language, text) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                storage.now().isoformat(),
                self.sender,
                recipient,
                str(mail["Subject"] or ""),
                str(mail["Message-ID"] or ""),
                str(mail["Content-Language"] or ""),
                text.replace("\r\n", "\n"),
            )
            if drawn:
                storage.write("INSERT INTO mail_pages VALUES (?, ?)", n, drawn.get_content())

    def _chosen(self, address: str, spend: bool) -> Behaviour:
        with self._storage().transaction() as db:
            chosen = behaviour.peek(db, "outbox", address, address)
            if spend:
                behaviour.spend(db, chosen)
        return chosen

    def _storage(self) -> Storage:
        return cast(Outbox, self.server).storage

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


def mails(storage: Storage, recipient: str | None = None, limit: int = 200) -> list[dict[str, object]]:
    """Newest first."""
    rows = storage.rows(
        "SELECT * FROM mails LEFT JOIN mail_pages ON mail = n WHERE ? IS NULL OR recipient = ? "
        "ORDER BY n DESC LIMIT ?",
        recipient,
        recipient,
        limit,
    )
    return [
        {
            "n": r["n"],
            "at": r["at"],
            "to": r["recipient"],
            "from": r["sender"],
            "subject": r["subject"],
            "message_id": r["message_id"],
            "language": r["language"],
            "text": r["text"],
            "html": r["html"] or "",
        }
        for r in rows
    ]


def _address(words: str) -> str:
    return words.partition("<")[2].partition(">")[0]
