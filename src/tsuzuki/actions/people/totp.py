"""The six digits an authenticator app shows (RFC 6238 over RFC 4226): SHA-1, 30 seconds, because that is what
every app can do.
"""

from __future__ import annotations

import hmac
from base64 import b32encode
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from urllib.parse import quote

STEP = timedelta(seconds=30)
DIGITS = 6
DRIFT = 1  # steps a phone's clock may be off, either way
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def step_at(now: datetime) -> int:
    return (now - _EPOCH) // STEP


def code(secret: bytes, step: int) -> str:
    digest = hmac.new(secret, step.to_bytes(8, "big"), sha1).digest()
    place = digest[-1] & 15
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def match(secret: bytes, typed: str, now: datetime, after: int) -> int | None:
    """The step whose code this is, None: no code of now.

    Steps up to `after` were used before and are dead.
    """
    result = None
    for step in range(step_at(now) - DRIFT, step_at(now) + DRIFT + 1):
        if hmac.compare_digest(code(secret, step).encode(), typed.encode()) and step > after:
            result = step
    return result


def base32(secret: bytes) -> str:
    """As people type it into an app."""
    return b32encode(secret).decode().rstrip("=")


def address(secret: bytes, issuer: str, name: str) -> str:
    """What the QR code holds."""
    by = quote(issuer, safe="")
    return f"otpauth://totp/{by}:{quote(name, safe='')}?secret={base32(secret)}&issuer={by}"
