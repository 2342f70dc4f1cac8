"""The rules of a plan in words, and what they mean in dates."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from tsuzuki.core import period
from tsuzuki.core.errors import Refused
from tsuzuki.core.plan import Allowance, AllowanceKind, Choice, Kind, Stacking, Start, Terms, Validity
from tsuzuki.core.tax import TaxRule
from tsuzuki.ui import formats

from .action_form import words
from .detail_page import Table, language

KIND = {
    Kind.PLAN: __("Plan: the next period of a line"),
    Kind.ADDON: __("Extra inside a running period"),
    Kind.CREDIT: __("Credit"),
}
RULE = {
    Validity.HOURS_THEN_END_OF_DAY: __("So many times 24 hours, then to the end of that day"),
    Validity.CALENDAR_DAYS: __("Calendar days, the first day counted"),
    Validity.MONTH_END: __("To the end of the month"),
    Validity.SAME_DAY_CLAMPED: __("Same day next month; a shorter month gives its last day"),
    Validity.SAME_DAY_ROLLED: __("Same day next month; from the 29th on, the 1st"),
    Validity.DAYS_FROM_CHARGE: __("Days to the hour"),
    Validity.ZONE_MIDNIGHT: __("Days that end at midnight of another zone"),
}
START = {
    Start.PURCHASE: __("When it is bought"),
    Start.INSTALL: __("When the eSIM is installed"),
    Start.FIRST_USE: __("With the first use"),
    Start.AFTER_CURRENT: __("When the current plan ends"),
}
STACKING = {
    Stacking.QUEUE: __("Waits until the current plan ends"),
    Stacking.ADD: __("Moves the end on; usable at once"),
    Stacking.REPLACE: __("Ends the current plan and what is left of it"),
    Stacking.RESTART: __("Counts anew from now; what is left is carried over"),
    Stacking.PARALLEL: __("Runs beside whatever there is"),
}
CHOICE = {Choice.NOW: __("starting now"), Choice.AFTER_CURRENT: __("after the current plan")}
OTHER = {"cap_days": __("Never further ahead than (days)"), "boundary_zone": __("Whose midnight")}
TAX = {
    TaxRule.JAPAN_STANDARD: __("Japan, tax included"),
    TaxRule.OUT_OF_SCOPE: __("Not taxed (roaming, credit)"),
}
UNITS = {
    AllowanceKind.DATA: {"GB": 10**9, "MB": 10**6},
    AllowanceKind.VOICE: {"min": 60, "h": 3600},
    AllowanceKind.SMS: {"": 1},
}
MOST = {AllowanceKind.DATA: 10**15, AllowanceKind.VOICE: 10**8, AllowanceKind.SMS: 10**6}


def choices(table: dict[Any, Any]) -> list[tuple[str, Any]]:
    return [(word.value, label) for word, label in table.items()]


def read_quantity(good: AllowanceKind, text: str) -> Allowance | None:
    """«3 GB», «60 min», «50», «unlimited»; nothing: not part of the plan. ValueError for anything else."""
    bare = text.strip()
    if not bare:
        return None
    if bare.lower() in ("unlimited", "無制限", "无限"):
        return Allowance(good, None)
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,3})?) ?([A-Za-z]*)", bare, re.ASCII)
    if not match or match[2] not in UNITS[good]:
        raise ValueError(bare)
    amount = Decimal(match[1]) * UNITS[good][match[2]]
    if not 0 < amount <= MOST[good] or amount != int(amount):
        raise ValueError(bare)
    return Allowance(good, int(amount))


def written(allowance: Allowance) -> str:
    """As `read_quantity` reads it."""
    if allowance.amount is None:
        return "unlimited"
    units = UNITS[allowance.good]
    unit = next((unit for unit, size in units.items() if allowance.amount % size == 0), next(iter(units)))
    return f"{Decimal(allowance.amount) / units[unit]:f} {unit}".strip()


def preview(rules: Terms, kind: Kind, zone: str, now: datetime) -> Table:
    """What the rules mean: bought at moments that tell rules apart,
    with nothing running and with five days left.
    """
    home = ZoneInfo(zone)
    year = now.astimezone(home).year + 1
    moments = [
        datetime(year, *at, tzinfo=home)
        for at in ((1, 31, 23, 50), (2, 28, 12, 0), (6, 15, 0, 0), (8, 31, 12, 0))
    ]
    heads, rows = [_("Bought on")], [[formats.moment(at, zone, language())] for at in (now, *moments)]
    if kind is not Kind.ADDON:
        heads.append(_("Ends"))
    if kind is not Kind.CREDIT:
        heads.append(_("Ends, bought with 5 days left"))
    for row, at in zip(rows, (now, *moments), strict=True):
        running = [period.BasePeriod(at - timedelta(days=25), at + timedelta(days=5))]
        row += [_ends(rules, kind, [], at, zone)] if kind is not Kind.ADDON else []
        row += [_ends(rules, kind, running, at, zone)] if kind is not Kind.CREDIT else []
    return Table(_("What these rules mean"), heads, rows)


def _ends(rules: Terms, kind: Kind, chain: list[period.BasePeriod], at: datetime, zone: str) -> str:
    """The end; where the buyer may choose the start, the end of each choice."""
    try:
        offered = period.choices(rules, kind, chain, at, zone) or (Choice.NOW,)
        ends = [period.compute_placement(rules, kind, chain, at, zone, choice).ends_at for choice in offered]
    except Refused as refused:
        return words(refused)
    texts = [formats.moment(end, zone, language(), closing=True) for end in ends]
    return (
        texts[0]
        if len(texts) == 1
        else "; ".join(f"{CHOICE[choice]}: {text}" for choice, text in zip(offered, texts, strict=True))
    )


def label(word: str) -> str:
    tables: tuple[dict[Any, Any], ...] = (KIND, START, STACKING, RULE, OTHER)
    return next((str(table[word]) for table in tables if word in table), word)
