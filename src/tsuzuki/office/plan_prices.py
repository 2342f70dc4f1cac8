"""A plan's prices, as its page shows them."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from tsuzuki.core.tax import TaxRule
from tsuzuki.records import models
from tsuzuki.ui import formats

from .detail_page import Cell, StateBadge, Table, language, money
from .plan_rules import (
    TAX,
)


def in_force(plan: models.Plan) -> models.PlanPrice | None:
    now = timezone.now()
    return max(
        (price for price in plan.prices.all() if price.since <= now),
        key=lambda price: price.since,
        default=None,
    )


def prices_table(plan: models.Plan, zone: str, now: datetime) -> Table:
    rows: list[list[Cell]] = []
    current = in_force(plan)
    for price in sorted(plan.prices.all(), key=lambda price: price.since, reverse=True):
        state = (
            StateBadge(_("to come"), "wait")
            if price.since > now
            else StateBadge(_("in force"), "good")
            if price == current
            else _("over")
        )
        rows.append(
            [
                formats.moment(price.since, zone, language()),
                state,
                TAX[TaxRule(price.tax)],
                money(price.minor, price.currency),
                money(price.cost_minor, price.currency),
                money(price.minor - price.cost_minor, price.currency),
            ]
        )
    heads = (_("From"), _("State"), _("Tax"), _("Price"), _("Owed to the carrier"), _("Difference"))
    return Table(_("Prices"), heads, rows, _("No price: it cannot be bought."), numbers=frozenset({3, 4, 5}))
