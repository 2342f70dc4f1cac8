"""Carriers, plans and prices from a file people write.

All of it or nothing; terms that contradict each other are refused by line.

carriers:
  - code: docomo-line
    names: {en: docomo line, ja: ...}
    network: docomo                  # whose masts
    provider: byhand                 # who is asked; and its settings: {...}, with apn, apn_user,
                                     # apn_password, apn_auth to show people
    zone: Asia/Tokyo                 # where its days begin
    refund_after: 15 min             # deliver or begin the refund within
    hours: {mon: 09:00-18:00, tue: [09:00-12:00, 13:00-18:00], holidays: JP}     # left out: always
plans:
  - code: data-3gb
    kind: plan                       # or addon, credit
    names: {en: 3 GB for 30 days, ja: ...}
    carrier: docomo-line             # left out: lines of any carrier may buy it
    technology: 4g
    data: 3 GB                       # B, KB, MB, GB, TB (1 GB is 10**9 bytes) or unlimited
    voice: 60 min                    # s, min, h or unlimited
    sms: 50                          # or unlimited
    credit: JPY 3000                 # kind credit; open: the buyer names any amount up to the price
    price: JPY 990                   # what the buyer pays
    cost: JPY 400                    # what the carrier is owed; left out: nothing
    tax: jp_standard
    valid: {rule: n_x_24h_then_end_of_day, count: 30}     # and boundary_zone with fixed_zone_midnight
    start: purchase
    stacking: queue
    cap_days: 90                     # with stacking add
    start_within_days: 180           # with start install or first_use
    retired: false
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import TypeVar
from zoneinfo import available_timezones

from django.db import transaction

from tsuzuki.actions.catalogue.plan_file import amount, refused
from tsuzuki.actions.catalogue.plans import NewCarrier, NewPlan, differs, save_carriers, save_plans
from tsuzuki.actions.engine.providers import FOR_PEOPLE
from tsuzuki.carriers import registry
from tsuzuki.carriers.port import CarrierPlugin
from tsuzuki.core.hours import DAYS, has_holidays
from tsuzuki.core.money import DIGITS, Money
from tsuzuki.core.plan import Allowance, AllowanceKind, Kind, Price, Stacking, Start, Terms, Validity
from tsuzuki.core.tax import TaxRule
from tsuzuki.records import models
from tsuzuki.strict_yaml import Block, Cell, Wrong, read

DEAREST = 1_000_000  # whole yen; as many whole units of another currency
MOST_DAYS, MOST_MONTHS = 1830, 60
LONGEST_NAME, LONGEST_REASON = 80, 60
REFUND_AFTER, MOST_REFUND_AFTER = 900, 720 * 3600  # seconds until an undelivered order is refunded
MOST = {AllowanceKind.DATA: 10**15, AllowanceKind.VOICE: 10**8, AllowanceKind.SMS: 10**6}
UNITS = {
    AllowanceKind.DATA: {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12},
    AllowanceKind.VOICE: {"s": 1, "min": 60, "h": 3600},
    AllowanceKind.SMS: {"": 1},
}
EXAMPLE = {AllowanceKind.DATA: "3 GB", AllowanceKind.VOICE: "60 min", AllowanceKind.SMS: "50"}
IN_MONTHS = (Validity.MONTH_END, Validity.SAME_DAY_CLAMPED, Validity.SAME_DAY_ROLLED)
AWAITED = (Start.INSTALL, Start.FIRST_USE)

_CODE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)
_TAG = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?", re.ASCII)
_QUANTITY = re.compile(r"(\d{1,9}(?:\.\d{1,3})?) ?([A-Za-z]*)", re.ASCII)
_SPAN = re.compile(r"(\d\d:\d\d) ?- ?(\d\d:\d\d)", re.ASCII)
_YEN_SIGNS = ("\u00a5", "\uffe5")  # yen to one reader, yuan to another: never shown bare

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Report:
    carriers: int
    plans: int
    new_prices: int
    left: tuple[str, ...] = ()  # plans that are there and stayed otherwise than the file says


def import_plans(text: str, now: datetime, actor: str = "", overwrite: bool = True) -> Report:
    """Write what the file says by its codes; a price that differs from the one in force begins now.

    Without `overwrite` a plan that is there already stays as it is, its price above all.
    """
    carriers, plans, lines = _read(text)
    with transaction.atomic():
        save_carriers(carriers, actor, now)
        known = set(models.Carrier.objects.values_list("code", flat=True))
        for plan in plans:
            if plan.carrier is not None and plan.carrier not in known:
                raise refused(lines[plan.code], f"there is no carrier {plan.carrier}", f"plan {plan.code}")
        there = set() if overwrite else set(models.Plan.objects.values_list("code", flat=True))
        left = [plan.code for plan in plans if plan.code in there and differs(plan, now)]
        written = [plan for plan in plans if plan.code not in there]
        prices = save_plans(written, now, actor)
    return Report(len(carriers), len(written), prices, tuple(left))


def parse(text: str) -> tuple[list[NewCarrier], list[NewPlan]]:
    """The values of a file; Refused(PLAN_FILE_WRONG, where, reason).

    Whether a plan's carrier is known only the database can say.
    """
    carriers, plans, _ = _read(text)
    return carriers, plans


def _read(text: str) -> tuple[list[NewCarrier], list[NewPlan], dict[str, int]]:
    try:
        return _taken(read(text).block())
    except Wrong as why:
        raise refused(why.line, why.reason, why.what) from None


def _taken(file: Block) -> tuple[list[NewCarrier], list[NewPlan], dict[str, int]]:
    carriers = [carrier for _, carrier in _each(file.take("carriers"), "carrier", _carrier)]
    plans = _each(file.take("plans"), "plan", _plan)
    file.done()
    if not carriers and not plans:
        raise file.wrong("neither carriers nor plans are in it")
    return carriers, [plan for _, plan in plans], {plan.code: line for line, plan in plans}


Made = TypeVar("Made", NewCarrier, NewPlan)


def _each(cell: Cell | None, what: str, make: Callable[[Block, str], Made]) -> list[tuple[int, Made]]:
    made: list[tuple[int, Made]] = []
    codes: set[str] = set()
    for item in cell.items() if cell else ():
        block = item.block()
        cell = block.need("code")
        code = cell.text()
        if not _CODE.fullmatch(code):
            raise cell.wrong("a code is made of a-z, 0-9 and -, at most 40 of them")
        if code in codes:
            raise cell.wrong(f"{what} {code} is there twice")
        codes.add(code)
        block.named(f"{what} {code}")
        made.append((item.line, make(block, code)))
        block.done()
    return made


def _carrier(block: Block, code: str) -> NewCarrier:
    network = block.need("network")
    if not _CODE.fullmatch(network.text()):
        raise network.wrong("a network is made of a-z, 0-9 and -")
    cell = block.need("provider")
    provider = cell.text()
    if provider not in registry.names():
        raise _unknown(cell, "provider", registry.names())
    cell_of_settings = block.take("settings")
    settings = cell_of_settings.block().rest() if cell_of_settings else {}
    entry = registry.entry(provider)
    allowed = (*FOR_PEOPLE, *(entry.settings if isinstance(entry, CarrierPlugin) else ()))
    for name, setting in settings.items():
        if name not in allowed:
            raise setting.wrong(f"{provider} has no setting {name[:24]}")
    zone, hours, refund = block.take("zone"), block.take("hours"), block.take("refund_after")
    refund_after = (
        _quantity(refund, AllowanceKind.VOICE, "refund_after", "15 min") if refund else REFUND_AFTER
    )
    if refund and refund_after > MOST_REFUND_AFTER:
        raise refund.wrong("refund_after is at most 720 h")
    return NewCarrier(
        code,
        _names(block.need("names")),
        network.text(),
        provider,
        _zone(zone) if zone else "Asia/Tokyo",
        {name: setting.values() for name, setting in settings.items()},
        refund_after,
        _hours(hours.block()) if hours else {},
    )


def _plan(block: Block, code: str) -> NewPlan:
    kind = _word(block.need("kind"), Kind, "kind")
    carrier, technology, retired = block.take("carrier"), block.take("technology"), block.take("retired")
    if technology and technology.text() not in ("4g", "5g"):
        raise technology.wrong("technology is 4g or 5g")
    if retired and retired.text() not in ("true", "false"):
        raise retired.wrong("retired is true or false")
    names, price = _names(block.need("names")), _price(block)
    allowances = _credit(block, price) if kind is Kind.CREDIT else _allowances(block, kind)
    if kind is Kind.CREDIT and price.tax is not TaxRule.OUT_OF_SCOPE:
        raise block.wrong("credit is taxed when it is spent: tax is out_of_scope")
    if kind is Kind.CREDIT and price.cost:
        raise block.wrong("no carrier is asked for credit: it has no cost")
    return NewPlan(
        code,
        kind,
        names,
        carrier.text() if carrier else None,
        technology.text() if technology else "4g",
        _terms(block, kind),
        allowances,
        price,
        bool(retired and retired.text() == "true"),
    )


def _names(cell: Cell) -> dict[str, str]:
    names: dict[str, str] = {}
    for tag, name in cell.block().rest().items():
        if not _TAG.fullmatch(tag):
            raise name.wrong(f"{tag[:16]} is not a language tag such as en, ja or zh-Hans")
        text = name.text()
        if len(text) > LONGEST_NAME or not text.isprintable():
            raise name.wrong(f"a name is one line of at most {LONGEST_NAME} characters")
        if any(sign in text for sign in _YEN_SIGNS):
            raise name.wrong("a yen sign also means yuan: say yen or JPY")
        names[tag] = text
    if "en" not in names:
        raise cell.wrong("the names need one in English (en)")
    return names


def _price(block: Block) -> Price:
    cell = block.need("price")
    price = amount(cell, "price")
    if price.minor <= 0:
        raise cell.wrong("a price is more than zero")
    if price.minor > DEAREST * 10 ** DIGITS[price.currency]:
        raise cell.wrong(f"a price is at most {price.currency} {DEAREST}")
    cell_of_cost = block.take("cost")
    cost = amount(cell_of_cost, "cost") if cell_of_cost else Money(0, price.currency)
    if cell_of_cost and cost.currency != price.currency:
        raise cell_of_cost.wrong(f"the cost is in {cost.currency}, the price in {price.currency}")
    if cell_of_cost and not 0 <= cost.minor <= DEAREST * 10 ** DIGITS[cost.currency]:
        raise cell_of_cost.wrong(f"a cost is 0 to {cost.currency} {DEAREST}")
    return Price(price, cost, _word(block.need("tax"), TaxRule, "tax"))


def _credit(block: Block, price: Price) -> tuple[Allowance, ...]:
    """Credit is worth what is paid for it: the order engine grants the price, whatever a file says."""
    cell = block.need("credit")
    if cell.text() == "open":
        return (Allowance(AllowanceKind.CREDIT, None),)
    credit = amount(cell, "credit")
    if credit.currency != price.amount.currency:
        raise cell.wrong(f"the credit is in {credit.currency}, the price in {price.amount.currency}")
    if credit != price.amount:
        raise cell.wrong(f"credit is worth its price, {price.amount}")
    return (Allowance(AllowanceKind.CREDIT, credit.minor),)


def _allowances(block: Block, kind: Kind) -> tuple[Allowance, ...]:
    result = []
    for good in UNITS:
        cell = block.take(good.value)
        if cell:
            result.append(
                Allowance(
                    good,
                    None if cell.text() == "unlimited" else _quantity(cell, good, good.value, EXAMPLE[good]),
                )
            )
    if not result:
        raise block.wrong(f"kind {kind} gives data, voice or sms")
    return tuple(result)


def _quantity(cell: Cell, good: AllowanceKind, what: str, example: str) -> int:
    match = _QUANTITY.fullmatch(cell.text())
    if not match or match[2] not in UNITS[good]:
        raise cell.wrong(f"{what} is written as {example}")
    quantity = Decimal(match[1]) * UNITS[good][match[2]]
    if not 0 < quantity <= MOST[good] or quantity != quantity.to_integral_value():
        raise cell.wrong(f"{what}: {cell.text()} cannot be sold")
    return int(quantity)


def _terms(block: Block, kind: Kind) -> Terms:
    valid = block.need("valid").block()
    validity = _word(valid.need("rule"), Validity, "rule")
    months = validity in IN_MONTHS
    count = valid.need("count").whole(
        1, MOST_MONTHS if months else MOST_DAYS, f"count in {'months' if months else 'days'}"
    )
    boundary = valid.take("boundary_zone")
    valid.done()
    if (boundary is not None) != (validity is Validity.ZONE_MIDNIGHT):
        raise (boundary or valid).wrong("boundary_zone goes with fixed_zone_midnight only")
    cells = start_cell, stacking_cell, cap, within = [
        block.take(name) for name in ("start", "stacking", "cap_days", "start_within_days")
    ]
    start = _word(start_cell, Start, "start") if start_cell else Start.PURCHASE
    beside = Stacking.QUEUE if kind is Kind.PLAN else Stacking.PARALLEL
    stacking = _word(stacking_cell, Stacking, "stacking") if stacking_cell else beside
    contradiction = _contradiction(kind, start, stacking, cap is not None, within is not None)
    if contradiction:
        raise next(filter(None, cells), valid).wrong(contradiction)
    return Terms(
        validity,
        count,
        start,
        stacking,
        cap.whole(1, MOST_DAYS, "cap_days") if cap else None,
        within.whole(1, MOST_DAYS, "start_within_days") if within else 180,
        _zone(boundary) if boundary else None,
    )


def _contradiction(kind: Kind, start: Start, stacking: Stacking, cap: bool, within: bool) -> str:
    """Terms of which core.period would have to ignore one."""
    beside = kind is not Kind.PLAN
    cuts = stacking in (Stacking.REPLACE, Stacking.RESTART)
    rules = (
        (
            beside and stacking is not Stacking.PARALLEL,
            f"kind {kind} runs beside a plan: stacking is parallel",
        ),
        (beside and start is not Start.PURCHASE, f"kind {kind} starts at purchase"),
        (
            (cuts or stacking is Stacking.PARALLEL) and start is Start.AFTER_CURRENT,
            f"stacking {stacking} cannot have start {start}",
        ),
        (
            (cuts or stacking is Stacking.ADD) and start in AWAITED,
            f"stacking {stacking} cannot have start {start}",
        ),
        (cap and stacking is not Stacking.ADD, "cap_days goes with stacking add"),
        (within and start not in AWAITED, "start_within_days goes with start install or first_use"),
    )
    return next((reason for applies, reason in rules if applies), "")


def _hours(block: Block) -> dict[str, object]:
    """As core.hours wants them; a day left out is closed."""
    hours: dict[str, object] = {}
    closed_on = block.take("holidays")
    if closed_on:
        if not has_holidays(closed_on.text()):
            raise closed_on.wrong("holidays is a country code such as JP")
        hours["holidays"] = closed_on.text()
    for day in DAYS:
        cell = block.take(day)
        if cell:
            hours[day] = _spans(cell)
    block.done()
    if not hours.keys() & set(DAYS):
        raise block.wrong("the hours name no day")
    return hours


def _spans(cell: Cell) -> list[list[str]]:
    spans: list[list[str]] = []
    for text in cell.texts():
        match = _SPAN.fullmatch(text)
        if not match or not all(group == "24:00" or _is_time(group) for group in match.groups()):
            raise cell.wrong("hours are written as 09:00-18:00")
        if match[1] >= match[2] or (spans and match[1] < spans[-1][1]):
            raise cell.wrong("hours go forward")
        spans.append([match[1], match[2]])
    return spans


def _is_time(text: str) -> bool:
    try:
        time.fromisoformat(text)
    except ValueError:
        return False
    return True


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(cell: Cell) -> str:
    if cell.text() not in _zones():
        raise cell.wrong("a zone is an IANA name such as Asia/Tokyo")
    return cell.text()


def _word(cell: Cell, words: type[Word], what: str) -> Word:
    try:
        return words(cell.text())
    except ValueError:
        raise _unknown(cell, what, words) from None


def _unknown(cell: Cell, what: str, words: Iterable[str]) -> Wrong:
    """Names what would do, where that fits into a sentence."""
    reason = f"{what} is one of {', '.join(words)}"
    return cell.wrong(reason if len(reason) <= LONGEST_REASON else f"there is no {what} {cell.text()[:32]}")
