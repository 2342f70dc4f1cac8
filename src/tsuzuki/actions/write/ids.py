"""Generating ids: core defines their layout, this adds the randomness."""

import secrets
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from tsuzuki.core import ids

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
INSTALLATION = (
    "t"  # first letter of every key we send, so that two systems on one provider account do not meet
)


def mint(now: datetime, bucket: int) -> UUID:
    return ids.make(now, bucket, secrets.token_bytes(ids.ENTROPY))


def mint_anywhere(now: datetime) -> UUID:
    """For what begins a bucket of its own: a line, a plan, a batch."""
    return mint(now, secrets.randbelow(ids.BUCKETS))


def mint_beside(now: datetime, other: UUID) -> UUID:
    return mint(now, ids.bucket_of(other))


def code() -> str:
    return ids.spoken_code(secrets.token_bytes(4))


def token() -> str:
    """256 bits: the address of a status page is the right to see it."""
    return secrets.token_urlsafe(32)


def key_for(step: str, subject: UUID, second: str = "") -> str:
    """The key of a step of a subject at its provider: the same however often and by whom it is asked for.

    27 of [a-z0-9]. `second` names the provider where another was asked before it: that goes into its key.
    """
    named = f"{step} {subject} {second}".encode()
    number, text = int.from_bytes(sha256(named).digest()[:16]) if second else subject.int, ""
    while number:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return INSTALLATION + step[1] + text.rjust(25, "0")
