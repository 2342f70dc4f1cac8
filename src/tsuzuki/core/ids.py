"""Our own ids: UUIDs of version 7 (RFC 9562 §5.7) whose 10 bits after the version are the bucket of their
line.

Time-ordered, so that indexes grow at one end; bucketed, so that work and, later, storage can be divided by id
alone.
"""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from .typed import compact

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BUCKETS = 1 << 10
ENTROPY = 10  # bytes a caller must bring
# Crockford's base 32 without the letters people mishear: no I, L, O, U.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SPOKEN = re.compile(f"R?([{ALPHABET}]{{5}})")
_MISREAD = str.maketrans("OIL", "011")


def make(now: datetime, bucket: int, entropy: bytes) -> UUID:
    """48 bits of milliseconds, version, 10 bits of bucket, 2 + 62 random bits.

    `now` is aware; `entropy` holds ENTROPY bytes.
    """
    millis = (now - EPOCH) // timedelta(milliseconds=1)
    random = int.from_bytes(entropy[:ENTROPY], "big")
    value = (millis & (1 << 48) - 1) << 80 | 7 << 76 | (bucket % BUCKETS) << 66 | (random >> 62 & 3) << 64
    return UUID(int=value | 2 << 62 | random & (1 << 62) - 1)


def least(at: datetime) -> UUID:
    """No id made at that moment or later is smaller: a span of time is a range of ids."""
    return make(at, 0, bytes(ENTROPY))


def bucket_of(id: UUID) -> int:
    return id.int >> 66 & BUCKETS - 1


def spoken_code(entropy: bytes) -> str:
    """A code short enough to say at a counter («R-7K3QF»).

    It finds an order together with the number; alone it is no key.
    """
    number = int.from_bytes(entropy[:4], "big")
    return "R-" + "".join(ALPHABET[number >> shift & 31] for shift in (20, 15, 10, 5, 0))


def spoken_code_from(text: str) -> str:
    """The code somebody typed or heard: any width, case and hyphen, O for 0, I or L for 1, with or without
    its R. Empty: none.
    """
    match = _SPOKEN.fullmatch(compact(text).upper().translate(_MISREAD))
    return f"R-{match[1]}" if match else ""
