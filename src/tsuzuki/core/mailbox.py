"""Parsing of one mail address, as mail servers accept it (RFC 5321), with IDNA 2008 for its domain.

Nothing is asked of the network.
"""

import re
from unicodedata import normalize

from email_validator import EmailNotValidError, validate_email

from tsuzuki.core.errors import Code, Refused

LONGEST = 254
# docomo and au once gave addresses with dots together or at an end («a..b.@docomo.ne.jp»); their holders
# still have them.
_OLD_DOTS = re.compile(r"(?:.+\.)?(?:docomo\.ne\.jp|ezweb\.ne\.jp|au\.com)")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")  # what needs no quotation marks but for its dots
_DOTS_MEAN_NOTHING = ("gmail.com", "googlemail.com")


def address(text: str) -> str | None:
    """One mailbox with its domain in ASCII, or None: no lists, no line breaks, no names beside it.

    Quotes that change nothing go.
    """
    if len(text := text.strip(" ")) > LONGEST + len('""'):
        return None
    local, _, domain = text.rpartition("@")
    if not local.startswith('"') and not all(local.split(".")):
        local = f'"{local}"'
    try:
        email = validate_email(
            f"{local}@{domain}",
            allow_smtputf8=False,
            allow_quoted_local=True,
            strict=True,
            check_deliverability=False,
        )
    except EmailNotValidError:
        return None
    local, domain = email.ascii_local_part or "", email.ascii_domain
    if local.startswith('"'):
        local = local[1:-1]
        if not (_OLD_DOTS.fullmatch(domain) and _ATOMS.fullmatch(local)):
            return None
    return f"{local}@{domain}"


def read(text: str) -> str:
    """The mailbox somebody gave, of any width, as letters go to it; nothing for nothing.

    Refused(email_malformed).
    """
    if not text.strip():
        return ""
    result = address(normalize("NFKC", text))
    if result is None:
        raise Refused(Code.EMAIL_MALFORMED)
    return result


def owner(mailbox: str) -> str:
    """Whose letters they are, whatever stands behind a «+»: for a limit, never to write to."""
    local, _, domain = mailbox.lower().rpartition("@")
    local = local.partition("+")[0] or local
    return f"{local.replace('.', '') if domain in _DOTS_MEAN_NOTHING else local}@{domain}"


def sender(text: str) -> str | None:
    """The mailbox in a sender as readers see it, «Shop <renew@example.jp>»; None if there is none."""
    return address(text.rpartition("<")[2].strip().removesuffix(">"))
