"""Checks on time-outs and leases, which operators set: an unsafe combination is refused."""

import math

LEAST = 2.5  # a lease is longer than so many time-outs: to open the line, to read, and to ask once more
LONGEST_TIMEOUT, LONGEST_LEASE, MOST_AT_ONCE = 300.0, 86_400.0, 1000


class UnsafeLease(ValueError):
    """Times or numbers with which a provider would never be asked, or twice, or without end."""


def require_sound(timeout: float, lease: float, look_every: float, at_once: int) -> None:
    """Unsound, with what is wrong."""
    for name, value, most in (
        ("timeout", timeout, LONGEST_TIMEOUT),
        ("lease", lease, LONGEST_LEASE),
        ("look_every", look_every, LONGEST_LEASE),
    ):
        if not (math.isfinite(value) and 0 < value <= most):
            raise UnsafeLease(f"{name} must be more than 0 and at most {most:g} seconds")
    if not 1 <= at_once <= MOST_AT_ONCE:
        raise UnsafeLease(f"at_once must be 1 to {MOST_AT_ONCE}")
    if lease <= LEAST * timeout:
        raise UnsafeLease(f"lease must be more than {LEAST:g} times timeout")
