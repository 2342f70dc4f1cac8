"""Roles and permissions of the office.

A role is a set of permissions; there is nothing between them to configure and get wrong.
"""

from enum import StrEnum


class Permission(StrEnum):
    """What a page or a button asks for."""

    SEE = "see"  # lines, purchases, work lists, catalogue; numbers masked
    WORK = "work"  # act on lines, purchases and work lists; numbers in full
    REVERSE = "reverse"  # decide about taking back what was delivered
    SELL = "sell"  # carriers, plans, prices, vouchers
    PARTNERS = "partners"  # reseller accounts and their money
    HOUSE = "house"  # staff, API keys, brand and legal texts
    AUDIT = "audit"  # who did what


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    CLERK = "clerk"
    VIEWER = "viewer"


_MAY: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.MANAGER: frozenset(
        {
            Permission.SEE,
            Permission.WORK,
            Permission.REVERSE,
            Permission.SELL,
            Permission.PARTNERS,
            Permission.AUDIT,
        }
    ),
    Role.CLERK: frozenset({Permission.SEE, Permission.WORK}),
    Role.VIEWER: frozenset({Permission.SEE}),
}


def has_permission(role: str, what: Permission) -> bool:
    return what in _MAY[Role(role)]
