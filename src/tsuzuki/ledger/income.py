"""Income by plan over a span of time: revenue and cost of sales."""

from dataclasses import dataclass
from datetime import datetime

from tsuzuki.core.money import Money

from . import book

FAMILIES = ("revenue", "cost", "commission")


@dataclass(frozen=True, slots=True)
class Income:
    """Costs are positive here.

    Until the cutover to gross revenue the carrier's share was taken off the revenue instead.
    """

    plan: str
    revenue: Money
    carriers: Money
    commissions: Money

    @property
    def gross_profit(self) -> Money:
        return self.revenue - self.carriers - self.commissions


def income(since: datetime, until: datetime) -> list[Income]:
    result: dict[tuple[str, str], dict[str, Money]] = {}
    for account, amount in book.moved(FAMILIES, since, until):
        family, _, plan = account.partition(":")
        result.setdefault((plan, amount.currency), {})[family] = amount
    return [
        Income(
            plan,
            *(
                amounts.get(family, none) if family == "revenue" else -amounts.get(family, none)
                for family in FAMILIES
            ),
        )
        for (plan, currency), amounts in sorted(result.items())
        for none in [Money(0, currency)]
    ]
