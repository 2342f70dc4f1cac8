"""Mail by SMTP. One message, one recipient: plain text, and beside it the same as HTML where there is any.

settings   host (localhost), port (587, or 465 with tls, or 25 on this machine), user, from (required),
           timeout (10 s), security: starttls | tls | none. On this machine the default is none, elsewhere
           starttls.
environ    TSUZUKI_SMTP_HOST, _PORT, _USER, _FROM, _SECURITY where the setting is absent;
           TSUZUKI_SMTP_PASSWORD (or _FILE)

The Message-ID comes from the key, so a reader's program and a relay can drop a double. Nothing taken:
PASSING. Taken or not, nobody knows (the line broke after the text left): ProviderUnsure.
"""

import re
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO

from tsuzuki.core import mailbox
from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.http.timed_connection import Limit
from tsuzuki.plugins import number, secret

from ..port import Channel, ChannelPlugin, Message, SendResult, SendStatus
from .mime import letter, quoted

IN_ALL = 2.0  # times the time-out: so long may a conversation take, however it drips
LONGEST = 1 << 16  # bytes they may say in it
HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Email:
    host: str
    port: int
    security: str
    sender: str  # as readers see it: «Shop <renew@example.jp>»; for a message that brings none of its own
    user: str
    password: str = field(repr=False)
    timeout: float

    def send(self, message: Message) -> SendResult:
        to = mailbox.address(message.recipient)
        if to is None:
            return SendResult(SendStatus.REFUSED, "recipient_malformed")
        seen = message.sender if mailbox.sender(message.sender) else self.sender
        text = re.sub(rb"(?m)^\.", b"..", letter(message, to, seen, datetime.now(UTC)))
        try:
            line = self._line()
        except (OSError, smtplib.SMTPException) as error:
            # Also a wrong password: ours to mend, and the message waits for it.
            return SendResult(SendStatus.PASSING, type(error).__name__)
        with _closing(line):
            return self._hand_over(line, mailbox.sender(seen) or "", to, text)

    def reach(self) -> SendResult:
        """Connect, sign in, and leave."""
        try:
            line = self._line()
            with _closing(line):
                code, _ = line.noop()
        except (OSError, smtplib.SMTPException) as error:
            return SendResult(SendStatus.PASSING, type(error).__name__)
        return SendResult(SendStatus.SENT) if 200 <= code < 300 else _refusal(code)

    def _line(self) -> smtplib.SMTP:
        # Given, or smtplib would ask the DNS who we are and may wait long for it.
        name = (mailbox.sender(self.sender) or "").rpartition("@")[2]
        if self.security == "tls":
            line: _Line = _TlsLine(
                self.host, self.port, name, timeout=self.timeout, context=ssl.create_default_context()
            )
        else:
            line = _Line(self.host, self.port, name, timeout=self.timeout)
        try:
            if self.security == "starttls":
                line.starttls(context=ssl.create_default_context())
            if self.user:
                line.login(self.user, self.password)
            line.ehlo_or_helo_if_needed()
        except BaseException:
            line.close()
            raise
        return line

    def _hand_over(self, line: smtplib.SMTP, by: str, to: str, text: bytes) -> SendResult:
        try:
            code, _ = line.mail(by)
            if 200 <= code < 300:
                code, _ = line.rcpt(quoted(to))
            if 200 <= code < 300:
                code, _ = line.docmd("DATA")
        except (OSError, smtplib.SMTPException) as error:
            return SendResult(SendStatus.PASSING, type(error).__name__)  # the text has not left
        if code != 354:
            return _refusal(code)
        try:
            line.send(text + b".\r\n")
            code, _ = line.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise ProviderUnsure(type(error).__name__) from None
        if 200 <= code < 300:
            return SendResult(SendStatus.SENT)
        if not 400 <= code < 600:
            raise ProviderUnsure(f"status {code}")
        return _refusal(code)


class _Line(smtplib.SMTP):
    """A conversation that ends, from their first word on.

    smtplib alone takes an answer of ever more lines, and each byte begins its time-out anew.
    """

    _limit: Limit | None = None

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:  # the line is new, or encrypted from here on
            self._lift()
            self._limit = Limit(self.sock, IN_ALL * self.timeout)
            self.file = _Heard(self.sock.makefile("rb"))
        return super().getreply()

    def close(self) -> None:
        self._lift()
        super().close()

    def _lift(self) -> None:
        if self._limit:
            self._limit.lift()


class _TlsLine(_Line, smtplib.SMTP_SSL):
    """Encrypted from the start."""


class _Heard:
    """What they say, as far as LONGEST."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._left = file, LONGEST

    def readline(self, most: int) -> bytes:
        line = self._file.readline(most)
        self._left -= len(line)
        if self._left < 0:
            raise OSError("an answer without an end")
        return line

    def close(self) -> None:
        self._file.close()


class _closing:
    """Says goodbye, and does not mind if nobody listens any more: what was answered stays answered."""

    def __init__(self, line: smtplib.SMTP) -> None:
        self._line = line

    def __enter__(self) -> None: ...

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        if failed:
            self._line.close()
            return
        try:
            self._line.quit()
        except (OSError, smtplib.SMTPException):
            self._line.close()


def _refusal(code: int) -> SendResult:
    """5xx: never. Anything else that is no yes: not now."""
    return SendResult(SendStatus.REFUSED if 500 <= code < 600 else SendStatus.PASSING, f"smtp_{code}")


def build(environ: Mapping[str, str], settings: Mapping[str, object]) -> Channel:
    def given(name: str, default: str) -> str:
        return str(settings.get(name) or environ.get(f"TSUZUKI_SMTP_{name.upper()}") or default)

    host, sender = given("host", "localhost"), given("from", "")
    security = given("security", "none" if host in HERE else "starttls")
    if mailbox.sender(sender) is None:
        raise LookupError("set the sender's address: «from», or TSUZUKI_SMTP_FROM")
    if security not in ("starttls", "tls", "none"):
        raise ValueError("security must be starttls, tls or none")
    user = given("user", "")
    if user and security == "none" and host not in HERE:
        raise ValueError("a password is not sent over an open line: set security to starttls or tls")
    port = given("port", "465" if security == "tls" else "25" if host in HERE else "587")
    return Email(
        host,
        int(port),
        security,
        sender,
        user,
        secret(environ, "TSUZUKI_SMTP_PASSWORD", "") if user else "",
        number(settings, "timeout", 10.0),
    )


PROVIDER = ChannelPlugin(build)
