"""The operator's roaming price tables, past, current and announced, and what their rows apply to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.conf import settings

from tsuzuki.core.money import Money
from tsuzuki.core.roaming import Rate, Service
from tsuzuki.core.tax import TOKYO, TaxRule

from . import models


@dataclass(frozen=True, slots=True)
class TariffTable:
    """Holds from the midnight in Japan that begins `since`.

    `until` is where the next one begins, None: no end is known.
    """

    since: date
    until: date | None
    rates: tuple[Rate, ...]
    put_at: datetime
    put_by: str

    def holds(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class TariffSubject:
    """Whom prices are about: a plan, or every plan on a carrier's lines (then `plan` is empty and the names
    are the carrier's). `on`: the carrier's names, where the same plan pays otherwise on the lines of another.
    """

    plan: str
    carrier: str
    names: Mapping[str, str]
    on: Mapping[str, str] = field(default_factory=dict)


def tables() -> list[TariffTable]:
    """The oldest first."""
    if settings.GUIDE_ALONE:
        return []
    rows = list(models.RoamingTable.objects.order_by("since").prefetch_related("rates__plan"))
    return [
        _table(row, rows[place].since if place < len(rows) else None) for place, row in enumerate(rows, 1)
    ]


def table_on(day: date) -> TariffTable | None:
    """The one that holds on a day."""
    row = (
        models.RoamingTable.objects.filter(since__lte=day)
        .order_by("-since")
        .prefetch_related("rates__plan")
        .first()
    )
    following = models.RoamingTable.objects.filter(since__gt=day).order_by("since").first() if row else None
    return _table(row, following.since if following else None) if row else None


def day_of(moment: datetime) -> date:
    """The day in Japan, by which tables begin."""
    return moment.astimezone(TOKYO).date()


def rates_on(day: date) -> tuple[Rate, ...]:
    table = table_on(day)
    return table.rates if table else ()


def rates_of(plan: str, carrier: str, day: date) -> tuple[Rate, ...]:
    """Of the table of a day, what a line of a carrier pays on a plan, in whichever place."""
    return tuple(
        rate
        for rate in rates_on(day)
        if (plan and rate.plan == plan) or (carrier and rate.carrier == carrier)
    )


def subjects(rates: Iterable[Rate]) -> list[TariffSubject]:
    """Whom rows are about, plans first."""
    results = list(rates)
    plans = models.Plan.objects.filter(code__in={rate.plan for rate in results}).order_by("code")
    carriers = models.Carrier.objects.filter(code__in={rate.carrier for rate in results}).order_by("code")
    return [
        *(TariffSubject(plan.code, plan.carrier_id or "", plan.names) for plan in plans),
        *(TariffSubject("", carrier.code, carrier.names) for carrier in carriers),
    ]


def payers(rates: Iterable[Rate]) -> list[TariffSubject]:
    """Who pays by the rows of a place:
    a plan for lines of any carrier does so on each carrier's lines in its way.
    """
    results = subjects(rates)
    carriers = [subject for subject in results if not subject.plan]
    return [
        entry
        for subject in results
        for entry in (
            [replace(subject, carrier=carrier.carrier, on=carrier.names) for carrier in carriers]
            if subject.plan and not subject.carrier and carriers
            else [subject]
        )
    ]


def _table(row: models.RoamingTable, until: date | None) -> TariffTable:
    return TariffTable(
        row.since, until, tuple(sorted(map(_rate, row.rates.all()), key=_order)), row.put_at, row.put_by
    )


def _rate(row: models.RoamingRate) -> Rate:
    return Rate(
        row.plan.code if row.plan else "",
        row.carrier_id or "",
        row.place,
        Service(row.service),
        Money(row.minor, row.currency),
        row.unit,
        TaxRule(row.tax),
        row.zone,
        row.mb,
        row.then_kbps,
        row.note,
    )


def _order(rate: Rate) -> tuple[bool, str, str, str, int]:
    return not rate.plan, rate.plan, rate.carrier, rate.place, list(Service).index(rate.service)
