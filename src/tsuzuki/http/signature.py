"""The signature of the sandbox's events: HMAC-SHA-256 over «time.body», as gateways commonly do it."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

TOLERANCE = 300  # seconds an event may be old, or from the future


def signed(key: str, headers: Mapping[str, str], raw: bytes, at: datetime) -> bool:
    """Whether `Sandbox-Signature` is theirs, over these very bytes and at most
    TOLERANCE from `at` (aware).
    """
    header = next((value for name, value in headers.items() if name.lower() == "sandbox-signature"), "")
    parts = [part.strip().partition("=") for part in header.split(",")]
    moment = next((value for name, _, value in parts if name == "t"), "")
    if (
        not (moment.isascii() and moment.isdigit() and len(moment) < 13)
        or abs(at.timestamp() - int(moment)) > TOLERANCE
    ):
        return False
    right = hmac.new(key.encode(), moment.encode() + b"." + raw, hashlib.sha256).hexdigest().encode()
    return any(hmac.compare_digest(right, value.encode()) for name, _, value in parts if name == "v1")
