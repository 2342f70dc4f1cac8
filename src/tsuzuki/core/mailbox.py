"""One mailbox, as mail servers take it (RFC 5321 §4.1.2)."""

import re
from unicodedata import normalize

from tsuzuki.core.errors import Code, Refused

LONGEST = 254
# ASCII local parts without quoting: what mailboxes of people look like, the older ones of docomo and au («a..b.@») among them.
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_PUBLIC = re.compile(r".+\.(?:[A-Za-z]{2,63}|xn--[A-Za-z0-9-]{1,59})")  # a name on the internet, no address and no machine of one's own
_DOTS_MEAN_NOTHING = ("gmail.com", "googlemail.com")


def address(text: str) -> str | None:
    """One mailbox with its domain in ASCII, or None: no lists, no line breaks, no names beside it. Quotes that change nothing go."""
    local, at, domain = text.strip(" ").rpartition("@")
    if len(local) > 2 and local[0] == local[-1] == '"':
        local = local[1:-1]
    try:
        plain = domain.encode("idna").decode()
    except UnicodeError:
        return None
    return f"{local}@{plain}" if at and LOCAL.fullmatch(local) and DOMAIN.fullmatch(plain) else None


def read(text: str) -> str:
    """The mailbox somebody gave, of any width, as letters go to it; nothing for nothing. Refused(email_malformed)."""
    if not text.strip():
        return ""
    found = address(normalize("NFKC", text))
    if found is None or len(found) > LONGEST or not _PUBLIC.fullmatch(found.rpartition("@")[2]):
        raise Refused(Code.EMAIL_MALFORMED)
    return found


def owner(mailbox: str) -> str:
    """Whose letters they are, whatever stands behind a «+»: for a limit, never to write to."""
    local, _, domain = mailbox.lower().rpartition("@")
    local = local.partition("+")[0] or local
    return f"{local.replace('.', '') if domain in _DOTS_MEAN_NOTHING else local}@{domain}"


def sender(text: str) -> str | None:
    """The mailbox in a sender as readers see it, «Shop <renew@example.jp>»; None if there is none."""
    return address(text.rpartition("<")[2].strip().removesuffix(">"))
