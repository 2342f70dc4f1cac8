"""Paying from our own books: what a purchase wishes to take, what is there for it, and what goes back.

Values only; `actions/money/own_means.py` has who takes and who gives back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from .errors import Code, Refused
from .money import Money
from .principal import Principal

CREDIT, VOUCHER, ACCOUNT = "credit", "voucher", "account"
OPENING = "opening"  # what pays that with which lines move in: it was sold and taken elsewhere, before

ByAccount = Sequence[tuple[str, Money]]  # by account of the ledger; one may come twice


@dataclass(frozen=True, slots=True)
class MeansRequest:
    """What one tender is to take. `secret`: what the buyer typed to name it (a voucher's digits)."""

    buyer: Principal
    lines: frozenset[UUID]  # of the purchase
    amount: Money
    secret: str = field(default="", repr=False)


@dataclass(slots=True)
class Source:
    """One record that can pay: a lot of credit, an account, a voucher.

    `left`: what no other tender of the batch takes of it, in the currency of the wish.
    """

    record: Any  # its key
    account: str  # of the ledger
    left: int


@dataclass(frozen=True, slots=True)
class Reserved:
    """The records for one wish, locked, in the order in which they are used.

    `short`: the refusal where they do not have enough.
    """

    sources: Sequence[Source]
    short: Code


@dataclass(frozen=True, slots=True)
class Part:
    """What one record gives."""

    record: Any  # its key
    account: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Back:
    """So much of a tender returns. `account`: the buyer's; `has_address`: a letter can bring a secret."""

    tender: UUID
    account: UUID | None
    amount: Money
    has_address: bool = False


@dataclass(frozen=True, slots=True)
class Home:
    """Where it went: nowhere yet, if there are no parts; then it is owed.

    A new `secret` is told to the payer by a message of the kind `message`.
    """

    parts: ByAccount = ()
    message: str = ""
    secret: str = field(default="", repr=False)


def take(wanted: Sequence[tuple[Reserved, Money]]) -> list[list[Part]]:
    """What each gives. All or nothing: Refused where one has not enough, and what the others took is left."""
    used: list[tuple[Source, int]] = []
    taken = []
    for reserved, amount in wanted:
        missing, parts = amount.minor, []
        for source in reserved.sources:
            if (minor := min(missing, source.left)) > 0:
                source.left -= minor
                missing -= minor
                used.append((source, minor))
                parts.append(Part(source.record, source.account, Money(minor, amount.currency)))
        if missing:
            for source, minor in used:
                source.left += minor
            raise Refused(reserved.short, missing=str(Money(missing, amount.currency)))
        taken.append(parts)
    return taken
