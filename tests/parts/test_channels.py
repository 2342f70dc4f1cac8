"""Mail, against the sandbox's receiver and against a few lines of a server that misbehaves on cue."""

import secrets
import select
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from typing import Any

import pytest

from tests.sandbox_process import Sandbox
from tsuzuki.channels import registry
from tsuzuki.channels.port import Channel, Message, ReachCheck, SendResult, SendStatus
from tsuzuki.core.errors import ProviderUnsure

TEXT = "您的线路已续期至 2026年6月1日。\n.\n..两个点\nFrom 这里\n"


def message(**other: str) -> Message:
    plain = {
        "key": "m" + secrets.token_hex(8),
        "recipient": f"mei-{secrets.token_hex(4)}@example.com",
        "language": "zh-Hans",
        "subject": "已续期：090-••••-4417",
        "text": TEXT,
    }
    return Message(**(plain | other))


@pytest.fixture
def email(sandbox: Sandbox) -> Channel:
    return mail_by(sandbox.smtp_port)


def mail_by(port: int, **settings: object) -> Channel:
    plain = {"host": "127.0.0.1", "port": port, "from": "Sakura SIM 桜 <renew@sakura.example>", "timeout": 10}
    return registry.load("email", {}, plain | settings)


def kept(sandbox: Sandbox, to: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sandbox.json(f"outbox.json?to={to}")
    return found


class TestLetter:
    def test_it_arrives_whole_in_its_own_language(self, sandbox: Sandbox, email: Channel) -> None:
        one = message()
        assert email.send(one) == SendResult(SendStatus.SENT)
        (mail,) = kept(sandbox, one.recipient)
        assert (mail["subject"], mail["text"], mail["language"]) == (one.subject, one.text, "zh-Hans")
        assert (mail["from"], mail["message_id"]) == ("renew@sakura.example", f"<{one.key}@sakura.example>")

    def test_a_message_may_bring_its_own_sender_and_a_bad_one_is_not_used(
        self, sandbox: Sandbox, email: Channel
    ) -> None:
        own, bad = message(sender="Umi SIM 海 <hello@umi.example>"), message(sender="nobody at all")
        assert [email.send(one) for one in (own, bad)] == [SendResult(SendStatus.SENT)] * 2
        seen = [
            (mail["from"], mail["message_id"].rpartition("@")[2])
            for one in (own, bad)
            for mail in kept(sandbox, one.recipient)
        ]
        assert seen == [("hello@umi.example", "umi.example>"), ("renew@sakura.example", "sakura.example>")]

    def test_its_html_travels_beside_the_text_and_never_instead_of_it(
        self, sandbox: Sandbox, email: Channel
    ) -> None:
        drawn = '<!doctype html><html lang="zh-Hans"><body><p>您的线路已续期。</p></body></html>'
        one = message(html=drawn)
        assert email.send(one) == SendResult(SendStatus.SENT)
        (mail,) = kept(sandbox, one.recipient)
        assert (mail["text"], mail["html"].strip(), mail["language"]) == (one.text, drawn, "zh-Hans")
        page = sandbox.get(f"outbox/{mail['n']}")[1].decode()
        assert "<iframe sandbox " in page
        assert drawn not in page
        with listening() as line:
            mail_by(line.port).send(one)
            raw = message_from_bytes(line.mails[0], policy=policy.default)
        assert raw.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in raw.iter_parts()] == ["text/plain", "text/html"], (
            "the best one stands last"
        )

    @pytest.mark.parametrize("local", ["docomo..user.", ".a", "a.", "a..b", "plain.name", "o'neill+x"])
    def test_names_with_dots_anywhere_are_written_to(self, local: str) -> None:
        """docomo and au gave them once; in quotation marks every server takes them."""
        with listening() as line:
            assert mail_by(line.port).send(message(recipient=f"{local}@docomo.ne.jp")) == SendResult(
                SendStatus.SENT
            )
            mail = message_from_bytes(line.mails[0], policy=policy.default)
        wanted = f"{local}@docomo.ne.jp" if all(local.split(".")) else f'"{local}"@docomo.ne.jp'
        assert (message_from_bytes(line.mails[0])["To"], mail["To"].addresses[0].username) == (wanted, local)
        assert [one for one in line.heard if one.upper().startswith("RCPT")] == [f"rcpt TO:<{wanted}>"]

    def test_a_repeat_has_the_same_message_id(self, sandbox: Sandbox, email: Channel) -> None:
        one = message()
        email.send(one)
        email.send(one)
        assert len({mail["message_id"] for mail in kept(sandbox, one.recipient)}) == 1

    @pytest.mark.parametrize("odd", ["a\r\nBcc: x@evil.example", "a\nb", "a b>", "鍵", "x" * 200, ""])
    def test_any_key_makes_a_sound_message_id(self, sandbox: Sandbox, email: Channel, odd: str) -> None:
        one = message(key=odd)
        assert email.send(one).status is SendStatus.SENT
        (mail,) = kept(sandbox, one.recipient)
        assert mail["message_id"].startswith("<")
        assert mail["message_id"].endswith("@sakura.example>")
        assert not set("\r\n ") & set(mail["message_id"])

    @pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028"])
    def test_no_text_of_ours_starts_a_header(self, break_: str) -> None:
        with listening() as line:
            injected = f"{break_}Bcc: x@evil.example{break_}{break_}body"
            mail_by(line.port).send(message(subject="hello" + injected, language="en" + injected))
            mail = message_from_bytes(line.mails[0], policy=policy.default)
        assert mail["Bcc"] is None
        assert mail["Content-Language"] is None
        assert mail["Subject"] == "hello Bcc: x@evil.example body"
        assert mail.get_content().replace("\r\n", "\n") == TEXT

    @pytest.mark.parametrize(
        "sender", ["Shop\r\nBcc: x@evil.example <a@b.example>", "Shop <a@b.example>\r\nBcc: x@evil.example"]
    )
    def test_the_senders_name_starts_no_header_either(self, sender: str) -> None:
        with listening() as line:
            try:
                channel = mail_by(line.port, **{"from": sender})
            except LookupError:
                return
            channel.send(message())
            assert message_from_bytes(line.mails[0], policy=policy.default)["Bcc"] is None

    @pytest.mark.parametrize(
        "recipient",
        [
            "",
            "@",
            "mei",
            "mei@",
            "@example.com",
            "a@b, c@d.example",
            "a@b.example>\r\nDATA",
            "a@b.example\r\nRCPT TO:<c@d.example>",
            "a b@c.example",
            "<a@b.example>",
            "Mei <a@b.example>",
            "a@b.example\n",
            "a@-b.example",
            "梅@example.com",
            "a@" + "x" * 64 + ".example",
        ],
    )
    def test_a_malformed_recipient_is_refused_without_asking_anyone(self, recipient: str) -> None:
        assert mail_by(1).send(message(recipient=recipient)) == SendResult(
            SendStatus.REFUSED, "recipient_malformed"
        )

    def test_a_domain_in_japanese_is_reached_by_its_ascii_name(
        self, sandbox: Sandbox, email: Channel
    ) -> None:
        assert email.send(message(recipient="mei@例え.jp")).status is SendStatus.SENT
        assert kept(sandbox, "mei@xn--r8jz45g.jp")

    def test_a_half_character_does_not_stop_the_mail(self, sandbox: Sandbox, email: Channel) -> None:
        assert email.send(message(subject="a\ud83d", text="b\ud83d")).status is SendStatus.SENT


class TestAnswers:
    @pytest.mark.parametrize(
        ("how", "standing"), [("refuse", SendStatus.REFUSED), ("busy", SendStatus.PASSING)]
    )
    def test_a_recipient_they_will_not_take(
        self, sandbox: Sandbox, email: Channel, how: str, standing: SendStatus
    ) -> None:
        one, other = message(), message()
        sandbox.press("outbox", how, recipient=one.recipient)
        told = email.send(one)
        assert (told.status, told.reason) == (standing, {"refuse": "smtp_550", "busy": "smtp_451"}[how])
        assert email.send(other).status is SendStatus.SENT
        assert kept(sandbox, one.recipient) == []

    @pytest.mark.parametrize(("how", "mails"), [("late", 1), ("silent", 0)])
    def test_a_line_that_breaks_after_the_text_is_unsure(
        self, sandbox: Sandbox, email: Channel, how: str, mails: int
    ) -> None:
        one = message()
        sandbox.press("outbox", how, recipient=one.recipient)
        with pytest.raises(ProviderUnsure):
            email.send(one)
        assert len(kept(sandbox, one.recipient)) == mails

    def test_nobody_there_is_passing(self) -> None:
        assert mail_by(1).send(message()).status is SendStatus.PASSING

    @pytest.mark.parametrize(
        ("at", "reply", "standing"),
        [
            ("greet", "554 no", SendStatus.PASSING),
            ("greet", "", SendStatus.PASSING),
            ("MAIL", "550 no", SendStatus.REFUSED),
            ("MAIL", "421 later", SendStatus.PASSING),
            ("MAIL", "", SendStatus.PASSING),
            ("RCPT", "", SendStatus.PASSING),
            ("DATA", "", SendStatus.PASSING),
            ("DATA", "554 no", SendStatus.REFUSED),
            ("DATA", "250 what", SendStatus.PASSING),
            ("text", "552 too large", SendStatus.REFUSED),
            ("text", "452 full", SendStatus.PASSING),
            ("QUIT", "", SendStatus.SENT),
            ("AUTH", "535 wrong", SendStatus.PASSING),
        ],
    )
    def test_every_step_may_say_no(self, at: str, reply: str, standing: SendStatus) -> None:
        with listening({at: reply}) as line:
            channel = registry.load(
                "email",
                {"TSUZUKI_SMTP_PASSWORD": "hush"},
                {"host": "127.0.0.1", "port": line.port, "from": "a@b.example", "user": "u", "timeout": 10},
            )
            assert channel.send(message()).status is standing
            assert "hush" not in repr(channel)

    @pytest.mark.parametrize("reply", ["", "999 what", "gibberish"])
    def test_no_answer_to_the_text_is_unsure(self, reply: str) -> None:
        with listening({"text": reply}) as line, pytest.raises(ProviderUnsure):
            mail_by(line.port).send(message())

    def test_a_server_that_says_nothing_is_passing(self) -> None:
        with listening({"greet": "hang"}) as line:
            assert mail_by(line.port, timeout=0.3).send(message()).status is SendStatus.PASSING

    @pytest.mark.parametrize("at", ["greet", "EHLO", "MAIL"])
    def test_a_server_that_drips_is_passing(self, at: str) -> None:
        """A letter for each visit would be none for anybody: each byte begins a socket's time-out anew."""
        with listening({at: "drip"}) as line:
            channel = mail_by(line.port, timeout=0.3)
            assert channel.send(message()).status is SendStatus.PASSING
            assert isinstance(channel, ReachCheck)
            assert (channel.reach().status is SendStatus.PASSING) == (at != "MAIL")

    @pytest.mark.parametrize("at", ["greet", "EHLO", "MAIL"])
    def test_an_answer_without_an_end_fills_no_memory(self, at: str) -> None:
        with listening({at: "flood"}) as line:
            assert mail_by(line.port, timeout=60).send(message()).status is SendStatus.PASSING
            assert line.flooded.wait(60), "it was hung up on, long before the time-out"

    def test_a_text_whose_answer_has_no_end_is_unsure(self) -> None:
        with listening({"text": "flood"}) as line, pytest.raises(ProviderUnsure):
            mail_by(line.port, timeout=60).send(message())


class TestSettings:
    def test_the_environment_fills_what_the_settings_leave_open(self, sandbox: Sandbox) -> None:
        environ = {
            "TSUZUKI_SMTP_HOST": "127.0.0.1",
            "TSUZUKI_SMTP_PORT": str(sandbox.smtp_port),
            "TSUZUKI_SMTP_FROM": "a@b.example",
        }
        assert registry.load("email", environ, {}).send(message()).status is SendStatus.SENT

    def test_a_sender_is_needed(self) -> None:
        with pytest.raises(LookupError):
            registry.load("email", {}, {})

    def test_a_password_does_not_cross_an_open_line(self) -> None:
        with pytest.raises(ValueError, match="open line"):
            registry.load(
                "email", {}, {"host": "mail.example", "from": "a@b.example", "user": "u", "security": "none"}
            )

    def test_elsewhere_the_line_is_encrypted_or_not_used(self) -> None:
        with listening() as line:
            told = mail_by(line.port, security="starttls").send(message())
        assert told.status is SendStatus.PASSING
        assert line.mails == []


class Line(socketserver.ThreadingTCPServer):
    """Answers each SMTP step as told; «» hangs up, «hang» says nothing until the asker leaves, «drip» says a
    byte at a time, «flood» a line more and a line more.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, replies: dict[str, str]) -> None:
        self.replies, self.mails, self.heard = replies, list[bytes](), list[str]()
        self.flooded = threading.Event()
        super().__init__(("127.0.0.1", 0), _Step)

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Step(socketserver.StreamRequestHandler):
    server: Line

    def handle(self) -> None:
        if not self._say("greet", "220 hello"):
            return
        while line := self.rfile.readline():
            verb = line[:4].decode("ascii", "replace").strip().upper()
            self.server.heard.append(line.decode("ascii", "replace").strip())
            usual = {
                "EHLO": "250-x\r\n250 AUTH PLAIN",
                "DATA": "354 go on",
                "AUTH": "235 ok",
                "QUIT": "221 bye",
            }.get(verb, "250 ok")
            if not self._say(verb, usual):
                return
            if verb == "DATA" and self.server.replies.get(verb, usual).startswith("354"):
                raw = b""
                while not raw.endswith(b"\r\n.\r\n"):
                    raw += self.rfile.readline()
                self.server.mails.append(raw[:-3].replace(b"\r\n..", b"\r\n."))
                if not self._say("text", "250 kept"):
                    return

    def _say(self, step: str, usual: str) -> bool:
        reply = self.server.replies.get(step, usual)
        if reply == "hang":
            self.rfile.read()
        elif reply in ("drip", "flood"):
            self._without_end(reply)
        elif reply:
            self.wfile.write(reply.encode() + b"\r\n")
        return reply not in ("", "hang", "drip", "flood")

    def _without_end(self, how: str) -> None:
        with suppress(OSError):
            for _ in range(10_000):
                self.wfile.write(b"2" if how == "drip" else b"220-more\r\n" * 1000)
                if how == "drip" and select.select([self.connection], [], [], 0.1)[0]:
                    break
        self.server.flooded.set()


@contextmanager
def listening(replies: dict[str, str] | None = None) -> Iterator[Line]:
    with Line(replies or {}) as line:
        thread = threading.Thread(target=line.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield line
        finally:
            line.shutdown()
            thread.join()
