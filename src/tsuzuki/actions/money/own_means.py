"""The means of payment in our own books: paid as they are written, in the transaction of the yes.

A tender whose gateway is empty is one of these; its method says which. A new one is a module beside this and
a line in the table.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from tsuzuki.core.errors import Refused
from tsuzuki.core.means import (
    ACCOUNT,
    CREDIT,
    OPENING,
    VOUCHER,
    Back,
    ByAccount,
    Home,
    MeansRequest,
    Part,
    Reserved,
)
from tsuzuki.core.plan import Kind
from tsuzuki.records import models

from . import accounts, credit, vouchers


class OwnMeans(Protocol):
    """A module that can do this. Every function takes many, with one statement for each table it changes."""

    @property
    def BUYS_CREDIT(self) -> bool: ...
    @property
    def BRINGS_MONEY(self) -> bool:
        """Somebody holds the money for us, as a voucher's seller does. Else it came in before."""
        ...

    @property
    def digests(self) -> Callable[[str], dict[str, str]] | None:
        """Of the secret that names it, by the installation's secrets; None: nothing is typed for it."""
        ...

    def reserve(self, wishes: Sequence[MeansRequest], now: datetime) -> list[Reserved | Refused]:
        """Lock, at once and in id order, what could pay these, and say what is there for each."""
        ...

    def settle(self, taken: Mapping[UUID, Sequence[Part]]) -> None:
        """Take it, by tender, only if it is still there: Refused undoes all."""
        ...

    def release(self, backs: Sequence[Back], now: datetime) -> list[ByAccount]:
        """Of purchases that came to nothing: as if it had never been taken. `lock` was called before."""
        ...

    def refund(self, backs: Sequence[Back], now: datetime) -> list[Home]:
        """Of orders that were paid and not delivered, or taken back. `lock` was called before."""
        ...

    def lock(self, delivered: Sequence[models.Order], back: Sequence[models.Order]) -> None:
        """Lock, at once and in id order, what will change before any of these orders is moved.

        Money returns to what paid for `back`; `delivered` earn a commission.
        """
        ...


# In the order in which they are locked.
OWN_MEANS: dict[str, OwnMeans] = {VOUCHER: vouchers, ACCOUNT: accounts, CREDIT: credit}


def of(tender: models.Tender) -> OwnMeans | None:
    """None: a gateway's, or of no means that is here (what was paid before the lines moved in)."""
    return None if tender.gateway else OWN_MEANS.get(tender.method)


def is_reserved(code: str) -> bool:
    """Whether a method of that name is one of our own books', and so nobody else's."""
    return code in OWN_MEANS or code == OPENING


def may_pay(method: str, kinds: Collection[str]) -> bool:
    """Whether orders of these kinds can be paid by a means of our own."""
    return OWN_MEANS[method].BUYS_CREDIT or Kind.CREDIT not in kinds


def digests(method: str, secret: str) -> dict[str, str]:
    """Of what was typed; beside a means that takes no secret it is read as a voucher's digits."""
    means = OWN_MEANS.get(method)
    return ((means and means.digests) or vouchers.digests)(secret)


def takes_secret(method: str) -> bool:
    means = OWN_MEANS.get(method)
    return means is not None and means.digests is not None


def without_new_money() -> list[str]:
    """The methods by which no money comes in: it did before."""
    return [code for code, means in OWN_MEANS.items() if not means.BRINGS_MONEY]


def lock(delivered: Iterable[models.Order], back: Sequence[models.Order]) -> None:
    orders = list(delivered)
    for means in OWN_MEANS.values():
        means.lock(orders, back)
