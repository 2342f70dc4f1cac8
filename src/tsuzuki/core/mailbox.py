"""One mailbox, as mail servers take it (RFC 5321 §4.1.2)."""

import re

# ASCII local parts without quoting: what mailboxes of people look like.
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def address(text: str) -> str | None:
    """One mailbox with its domain in ASCII, or None: no lists, no line breaks, no names beside it."""
    local, at, domain = text.strip(" ").rpartition("@")
    try:
        plain = domain.encode("idna").decode()
    except UnicodeError:
        return None
    return f"{local}@{plain}" if at and LOCAL.fullmatch(local) and DOMAIN.fullmatch(plain) else None


def sender(text: str) -> str | None:
    """The mailbox in a sender as readers see it, «Shop <renew@example.jp>»; None if there is none."""
    return address(text.rpartition("<")[2].strip().removesuffix(">"))
