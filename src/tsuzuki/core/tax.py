"""Tax by rule and date, rounded once per rate per receipt."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from .money import Money

TOKYO = ZoneInfo("Asia/Tokyo")


class TaxRule(StrEnum):
    JAPAN_STANDARD = "jp_standard"  # domestic telecommunication; prices are shown tax included
    OUT_OF_SCOPE = "out_of_scope"  # roaming abroad; and credit, taxed when it is spent


# Consumption Tax Act art. 29 with the local tax of the same day: from this day on, this percentage.
_JAPAN = ((date(2019, 10, 1), 10), (date(2014, 4, 1), 8), (date(1997, 4, 1), 5))


@dataclass(frozen=True, slots=True)
class TaxLine:
    percent: int
    gross: Money  # tax included
    tax: Money


def percent_on(rule: TaxRule, day: date) -> int:
    """Whole percent in force on a local day in Japan; 0 where the rule knows no tax."""
    if rule is TaxRule.OUT_OF_SCOPE:
        return 0
    return next((percent for since, percent in _JAPAN if day >= since), 0)


def included(gross: Money, percent: int) -> Money:
    """The tax inside a tax-included amount, rounded down to a whole minor unit (the buyer is never shown more
    tax than was paid).
    """
    return Money(gross.minor * percent // (100 + percent), gross.currency)


def lines(items: Iterable[tuple[int, Money]]) -> tuple[TaxLine, ...]:
    """One line per rate, highest first,
    each rounded once over its sum (qualified invoices: one rounding per rate and document).
    """
    sums: dict[int, Money] = {}
    for percent, gross in items:
        sums[percent] = sums[percent] + gross if percent in sums else gross
    return tuple(
        TaxLine(percent, gross, included(gross, percent))
        for percent, gross in sorted(sums.items(), reverse=True)
        if percent
    )
