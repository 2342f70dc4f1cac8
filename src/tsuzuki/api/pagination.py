"""Pagination by cursor: opaque to clients; here it is the id the previous page ended with."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from tsuzuki.core.errors import Code, Refused

Row = TypeVar("Row")


def cursor(of: object) -> str:
    return base64.urlsafe_b64encode(str(of).encode()).decode().rstrip("=")


def read(text: str) -> str:
    """What `cursor` was made of; empty for none. Refused(malformed) for what we never gave out."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        raise Refused(Code.MALFORMED, where="cursor") from None


def cut(rows: Sequence[Row], limit: int, name: str = "id") -> tuple[Sequence[Row], str | None]:
    """Of `limit` + 1 rows read: those of this page, and the cursor of the next where there is one."""
    here = rows[:limit]
    return here, cursor(getattr(here[-1], name)) if len(rows) > limit else None
