"""What can be bought for a line: plans of the catalogue that its carrier can be asked for.

Nobody could deliver anything else.
"""

from datetime import datetime

from django.db.models import Q

from tsuzuki.actions.engine.providers import carrier_of
from tsuzuki.carriers.port import PlanMapping
from tsuzuki.core.plan import Kind, PlanDefinition, Price
from tsuzuki.records import for_sale, models, queries

from .apply import VERBS


def plans_for(line: models.Line, currency: str, now: datetime) -> list[tuple[PlanDefinition, Price]]:
    """With the price in force; the cheapest of each kind first."""
    return [
        pair
        for pair in queries.plans_for(line, currency, now)
        if has_word(line.carrier, pair[0].kind, pair[0].code)
    ]


def has_word(carrier: models.Carrier | for_sale.SoldCarrier, kind: str, plan: str) -> bool:
    """A carrier that cannot be built at this moment hides nothing:
    that is another trouble, and mended without a word.
    """
    verb = VERBS.get(Kind(kind))
    try:
        provider = carrier_of(carrier)
    except Exception:  # whatever its settings are: `providers.broken` tells people
        return True
    return verb is None or not isinstance(provider, PlanMapping) or provider.has_word(verb, plan)


def without_word(carrier: models.Carrier, now: datetime) -> list[str]:
    """The plans its lines could buy if it had a word for them, by code."""
    sold = models.Plan.objects.filter(
        Q(carrier=None) | Q(carrier=carrier), Q(retired_at=None) | Q(retired_at__gt=now)
    )
    rows = sold.order_by("code").values_list("kind", "code")
    return [code for kind, code in rows if not has_word(carrier, kind, code)]
