"""A message as mail: nothing in it can start a header of its own."""

import hashlib
import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from tsuzuki.core.mailbox import address

from ..port import Message


def letter(message: Message, to: str, sender: str, at: datetime) -> bytes:
    """The bytes after DATA, CRLF line ends, without the last dot. `to` comes from `address`."""
    name, mailbox = parseaddr(_one_line(sender))
    mailbox = address(mailbox) or mailbox
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(name, addr_spec=mailbox)
    mail["To"] = quoted(to)
    mail["Subject"] = _one_line(message.subject)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{_token(message.key)}@{mailbox.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: keeps holiday replies away
    mail.set_content(_sound(message.text).rstrip("\n") + "\n", charset="utf-8", cte="base64")
    if message.html:
        mail.add_alternative(_sound(message.html), subtype="html", charset="utf-8", cte="base64")
    # After the content, which clears every Content- header before it.
    if re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", message.language):
        mail["Content-Language"] = message.language
    return mail.as_bytes()


def quoted(mailbox: str) -> str:
    """As RFC 5321 §4.1.2 wants it written: a name with dots together or at an end, as docomo and au once
    gave, in quotation marks.
    """
    local, _, domain = mailbox.rpartition("@")
    return mailbox if all(local.split(".")) else f'"{local}"@{domain}'


def _one_line(text: str) -> str:
    """Every control character, not only CR and LF, becomes a blank:
    header parsers differ in what they break at.
    """
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", _sound(text)).split())


def _sound(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _token(key: str) -> str:
    return (
        key
        if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", key)
        else hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
    )
