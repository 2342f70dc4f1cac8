"""The buyer of a purchase: a kind, and which one of that kind."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from uuid import UUID


class PrincipalKind(StrEnum):
    ACCOUNT = "account"  # a program: a reseller's, or the operator's own
    VISITOR = "visitor"  # of the customer pages, where nobody signs in
    STAFF = "staff"  # for a customer at the counter
    COMMAND_LINE = "command_line"  # a user of the machine itself
    IMPORT = "import"  # nobody bought here: it was taken over from an old system
    SYSTEM = "system"  # made up by this software: a demo, a benchmark, a test


@dataclass(frozen=True, slots=True)
class Principal:
    """`id`: of an account its UUID, else a name; empty where the kind says all."""

    kind: PrincipalKind
    id: str = ""

    def __post_init__(self) -> None:
        if self.kind is PrincipalKind.ACCOUNT:
            assert str(UUID(self.id)) == self.id, f"an account's id is a UUID, not {self.id!r}"

    @property
    def account_id(self) -> UUID | None:
        return UUID(self.id) if self.kind is PrincipalKind.ACCOUNT else None

    @classmethod
    def account(cls, id: UUID) -> Self:
        return cls(PrincipalKind.ACCOUNT, str(id))

    @classmethod
    def visitor(cls) -> Self:
        return cls(PrincipalKind.VISITOR)

    @classmethod
    def staff(cls, user: str) -> Self:
        return cls(PrincipalKind.STAFF, user)

    @classmethod
    def command_line(cls, user: str) -> Self:
        return cls(PrincipalKind.COMMAND_LINE, user)

    @classmethod
    def imported(cls) -> Self:
        return cls(PrincipalKind.IMPORT)

    @classmethod
    def system(cls, name: str) -> Self:
        return cls(PrincipalKind.SYSTEM, name)
