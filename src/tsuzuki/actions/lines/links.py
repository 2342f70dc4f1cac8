"""Signed links to one line: whoever holds one may pay for it, never change it.

And to one refund: its payer may say where it goes.

A link names the line's generation of links. Revoking them counts it up, and every link of before is as
unknown as one that is made up.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import F

from tsuzuki.actions.write import audit
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.errors import Code, Refused
from tsuzuki.records import models

SALT, SALT_QUOTE, SALT_REFUND = "tsuzuki.line", "tsuzuki.quote", "tsuzuki.refund"
_REFUND = re.compile(r"()([\w-]{22})", re.ASCII)
# Who knows, an id, the generation (none is the first), and of a quote how it is to be paid.
_LINE = re.compile(r"([nis])([\w-]{22})([0-9]{0,6})", re.ASCII)
_QUOTE = re.compile(r"([nis])([\w-]{22})([0-9]{0,6})((?:[^0-9].*)?)", re.ASCII)


class AccessLevel(StrEnum):
    """How the holder of a link came to the line, and so what may be shown."""

    NUMBER = "n"  # typed it: the catalogue, nothing about the line
    SIM = "i"  # typed the whole ICCID in hand: dates and the last plan too
    LINK = "s"  # was given a link by us: the same


VALID = {
    AccessLevel.NUMBER: timedelta(days=1),
    AccessLevel.SIM: timedelta(days=1),
    AccessLevel.LINK: timedelta(days=400),
}


@dataclass(frozen=True, slots=True)
class LinkGrant:
    line: models.Line  # with its carrier
    knows: AccessLevel

    @property
    def sees_dates(self) -> bool:
        return self.knows is not AccessLevel.NUMBER


def token(line: models.Line, knows: AccessLevel, now: datetime) -> str:
    return _signed(SALT, f"{knows}{packed(line.id)}{_generation(line)}", now)


def read(token: str, now: datetime) -> LinkGrant:
    """Refused(link_expired) for one that is altered, too old, revoked, or not ours."""
    knows, id, generation = _read(SALT, token, _LINE, now)
    line = (
        models.Line.objects.select_related("carrier")
        .filter(id=unpacked(id), link_generation=int(generation or 0))
        .first()
    )
    if line is None:
        raise Refused(Code.LINK_EXPIRED)
    return LinkGrant(line, AccessLevel(knows))


def quote_token(quote: UUID, held: LinkGrant, method: str, now: datetime) -> str:
    return _signed(SALT_QUOTE, f"{held.knows}{packed(quote)}{_generation(held.line)}{method}", now)


@dataclass(frozen=True, slots=True)
class QuoteLink:
    quote: UUID
    knows: AccessLevel
    method: str
    generation: int

    def require(self, line: models.Line) -> None:
        """Refused(link_expired), as `read`, where the line's links were revoked since."""
        if line.link_generation != self.generation:
            raise Refused(Code.LINK_EXPIRED)


def read_quote(token: str, now: datetime) -> QuoteLink:
    """Refused(link_expired), as `read`; of which line it is knows the quote, so `require` comes after."""
    knows, id, generation, method = _read(SALT_QUOTE, token, _QUOTE, now)
    return QuoteLink(unpacked(id), AccessLevel(knows), method, int(generation or 0))


def refund_token(refund: UUID, now: datetime) -> str:
    return _signed(SALT_REFUND, packed(refund), now)


def read_refund(token: str, now: datetime) -> UUID:
    """Refused(link_expired), as `read`."""
    _, id = _read(SALT_REFUND, token, _REFUND, now)
    return unpacked(id)


def url(line: models.Line, now: datetime) -> str:
    """The link for a line's holder: on a sticker, in a reminder."""
    return f"{settings.PUBLIC_URL}/r/{token(line, AccessLevel.LINK, now)}"


@transaction.atomic
def revoke(line: UUID, actor: str, now: datetime) -> None:
    """Whatever was given out for this line opens nothing any more:
    a lost letter, a sticker that was photographed.
    """
    models.Line.objects.filter(id=line).update(link_generation=F("link_generation") + 1)
    audit.write(Act.LINKS_REVOKED, AuditSubject(SubjectKind.LINE, line), actor, now)


def packed(id: UUID) -> str:
    return base64.urlsafe_b64encode(id.bytes).rstrip(b"=").decode()


def unpacked(text: str) -> UUID:
    """ValueError for what `packed` never wrote."""
    try:
        return UUID(bytes=base64.urlsafe_b64decode(text + "=="))
    except binascii.Error as why:
        raise ValueError("not an id") from why


def _generation(line: models.Line) -> str:
    return str(line.link_generation or "")


def _signed(salt: str, text: str, now: datetime) -> str:
    """As Django's TimestampSigner writes it, but by our own clock."""
    return signing.Signer(salt=salt).sign(f"{text}:{signing.b62_encode(int(now.timestamp()))}")


def _read(salt: str, token: str, form: re.Pattern[str], now: datetime) -> tuple[str, ...]:
    try:
        text, _, at = signing.Signer(salt=salt).unsign(token).rpartition(":")
        signed = signing.b62_decode(at)
    except (signing.BadSignature, ValueError):
        raise Refused(Code.LINK_EXPIRED) from None
    match = form.fullmatch(text)
    valid = {SALT_QUOTE: VALID[AccessLevel.NUMBER], SALT_REFUND: VALID[AccessLevel.LINK]}.get(salt) or VALID[
        AccessLevel(match[1] if match else "n")
    ]
    if match is None or now.timestamp() - signed > valid.total_seconds():
        raise Refused(Code.LINK_EXPIRED)
    return match.groups()
