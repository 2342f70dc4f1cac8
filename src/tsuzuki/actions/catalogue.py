"""What is sold and who delivers it: carriers, plans, prices by date."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from django.db import transaction

from tsuzuki.actions.ids import mint_anywhere
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import payable
from tsuzuki.core.plan import Allowance, Kind, Price, Terms
from tsuzuki.records import models


@dataclass(frozen=True, slots=True)
class NewCarrier:
    code: str
    names: dict[str, str]
    network: str
    provider: str
    zone: str = "Asia/Tokyo"
    settings: dict[str, object] = field(default_factory=dict)
    refund_after_seconds: int = 900
    hours: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewPlan:
    """A plan and the price it has from now on. `carrier` None: lines of any carrier may buy it."""

    code: str
    kind: Kind
    names: dict[str, str]
    carrier: str | None
    technology: str
    terms: Terms
    allowances: tuple[Allowance, ...]
    price: Price
    retired: bool = False


@transaction.atomic
def put_carriers(carriers: Sequence[NewCarrier]) -> None:
    """Write carriers by their code; one that is there already gets the new words and settings."""
    for carrier in carriers:
        models.Carrier.objects.update_or_create(
            code=carrier.code,
            defaults={
                "names": carrier.names, "network": carrier.network, "provider": carrier.provider, "zone": carrier.zone,
                "settings": carrier.settings, "refund_after_seconds": carrier.refund_after_seconds, "hours": carrier.hours,
            },
        )  # fmt: skip


@transaction.atomic
def put_plans(plans: Sequence[NewPlan], now: datetime) -> int:
    """Write plans by their code; a price that differs from the one in force begins now. Returns how many prices are new.

    What was quoted before keeps its price and rules: a quote is frozen.
    """
    prices = 0
    for plan in plans:
        if plan.carrier is not None and not models.Carrier.objects.filter(code=plan.carrier).exists():
            raise Refused(Code.PLAN_FILE_WRONG, where=plan.code, reason=f"carrier {plan.carrier} is not known")
        payable(plan.price.amount.minor, plan.price.amount.currency)
        row = models.Plan.objects.filter(code=plan.code).first() or models.Plan(id=mint_anywhere(now), code=plan.code)
        row.kind, row.names, row.carrier_id, row.technology = plan.kind, plan.names, plan.carrier, plan.technology
        row.terms, row.allowances = msgspec.to_builtins(plan.terms), msgspec.to_builtins(plan.allowances)
        row.retired_at = (row.retired_at or now) if plan.retired else None
        row.save()
        prices += _price(row, plan.price, now)
    return prices


def _price(plan: models.Plan, price: Price, now: datetime) -> int:
    currency = price.amount.currency
    current = plan.prices.filter(currency=currency, since__lte=now).order_by("-since").first()
    new = (price.amount.minor, price.cost.minor, price.tax.value)
    if current is not None and (current.minor, current.cost_minor, current.tax) == new:
        return 0
    plan.prices.create(since=now, currency=currency, minor=new[0], cost_minor=new[1], tax=new[2])
    return 1
