"""Signed links. To one line: whoever holds one may pay for it, never change it. To one refund: its payer may say where it shall go."""

import base64
import binascii
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.core import signing

from tsuzuki.core.errors import Code, Refused

SALT, SALT_QUOTE, SALT_REFUND = "tsuzuki.line", "tsuzuki.quote", "tsuzuki.refund"
REFUND_VALID = timedelta(days=400)


class Knows(StrEnum):
    """How the holder of a link came to the line, and so what may be shown."""

    NUMBER = "n"  # typed it: the catalogue, nothing about the line
    SIM = "i"  # typed the whole ICCID in hand: dates and the last plan too
    LINK = "s"  # was given a link by us: the same


VALID = {Knows.NUMBER: timedelta(days=1), Knows.SIM: timedelta(days=1), Knows.LINK: timedelta(days=400)}


@dataclass(frozen=True, slots=True)
class Held:
    line: UUID
    knows: Knows

    @property
    def sees_dates(self) -> bool:
        return self.knows is not Knows.NUMBER


def token(line: UUID, knows: Knows) -> str:
    return signing.TimestampSigner(salt=SALT).sign(knows + packed(line))


def read(token: str) -> Held:
    """Refused(link_expired) for one that is altered, too old, or not ours."""
    signer = signing.TimestampSigner(salt=SALT)
    try:
        knows = Knows(token[:1])
        text = signer.unsign(token, max_age=VALID[knows])
        return Held(unpacked(text[1:]), knows)
    except (signing.BadSignature, ValueError):
        raise Refused(Code.LINK_EXPIRED) from None


def quote_token(quote: UUID, knows: Knows, method: str) -> str:
    return signing.TimestampSigner(salt=SALT_QUOTE).sign(f"{knows}{packed(quote)}{method}")


@dataclass(frozen=True, slots=True)
class Offer:
    quote: UUID
    knows: Knows
    method: str


def read_quote(token: str) -> Offer:
    """Refused(link_expired), as `read`."""
    try:
        text = signing.TimestampSigner(salt=SALT_QUOTE).unsign(token, max_age=VALID[Knows.NUMBER])
        return Offer(unpacked(text[1:23]), Knows(text[:1]), text[23:])
    except (signing.BadSignature, ValueError):
        raise Refused(Code.LINK_EXPIRED) from None


def refund_token(refund: UUID) -> str:
    return signing.TimestampSigner(salt=SALT_REFUND).sign(packed(refund))


def read_refund(token: str) -> UUID:
    """Refused(link_expired), as `read`."""
    try:
        return unpacked(signing.TimestampSigner(salt=SALT_REFUND).unsign(token, max_age=REFUND_VALID))
    except (signing.BadSignature, ValueError):
        raise Refused(Code.LINK_EXPIRED) from None


def url(line: UUID) -> str:
    """The link for a line's holder: on a sticker, in a reminder."""
    return f"{settings.PUBLIC_URL}/r/{token(line, Knows.LINK)}"


def packed(id: UUID) -> str:
    return base64.urlsafe_b64encode(id.bytes).rstrip(b"=").decode()


def unpacked(text: str) -> UUID:
    """ValueError for what `packed` never wrote."""
    try:
        return UUID(bytes=base64.urlsafe_b64decode(text + "=="))
    except binascii.Error as why:
        raise ValueError("not an id") from why
