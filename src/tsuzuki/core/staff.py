"""Who may do what in the office.

A role is a set of permissions; there is nothing between them to configure and get wrong.
"""

from enum import StrEnum


class May(StrEnum):
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


_MAY: dict[Role, frozenset[May]] = {
    Role.OWNER: frozenset(May),
    Role.MANAGER: frozenset({May.SEE, May.WORK, May.REVERSE, May.SELL, May.PARTNERS, May.AUDIT}),
    Role.CLERK: frozenset({May.SEE, May.WORK}),
    Role.VIEWER: frozenset({May.SEE}),
}


def may(role: str, what: May) -> bool:
    return what in _MAY[Role(role)]
