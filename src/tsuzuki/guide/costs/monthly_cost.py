"""What a month costs at a brand with a given use, line by line, each with the claims it rests on.

And what it would have cost elsewhere.

Exact: amounts are decimals (3.3 yen), the total is whole yen, fractions dropped, as bills do. Prices are read
from the claims; which row of which claim is which plan stands in sums.yaml. What is not known is left out of
the sum and said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from functools import cache

from ..load.claims import LANGUAGES, AsIs, Source, Table, Text, Words
from ..load.loader import brand as brand_of
from ..load.vocabulary import amount
from .price_tables import (
    Extra,
    Late,
    Pack,
    Plan,
    Statutory,
    fees,
    late_rules,
    lines,
    methods,
    plans,
    remarks,
    statutory,
)

MOST_MB = 10**9  # a petabyte; a reader who types more gets this
MOST_PACKS = 100  # nobody buys more in a month: past it the rest runs slowly
CONSUMPTION_TAX = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Use:
    """A month of a line. `late_days`: how many days after the due date the bill is paid."""

    month: date
    mb: int = 0
    minutes: int = 0
    sms: int = 0
    method: str = "card"
    late_days: int = 0

    def __post_init__(self) -> None:
        for name in ("mb", "minutes", "sms", "late_days"):
            if not 0 <= getattr(self, name) <= MOST_MB:
                raise ValueError(f"{name} is 0 to {MOST_MB}")


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line of a sum: `said` in our languages, and what it rests on: keys of the brand's claims, or a
    source of its own.
    """

    said: Text
    yen: Decimal
    claims: tuple[str, ...] = ()
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    plan: Plan
    lines: tuple[CostLine, ...]
    total: int
    remarks: tuple[Text, ...]
    short_mb: int  # of the use, what would run slowly
    whole: bool  # nothing of it is unknown
    hides_calls: bool  # there are calls and their price is not known


def month(plan: Plan, use: Use) -> Cost:
    """What `use` costs on `plan`."""
    data, short = _data(plan, use)
    cost_lines = [*data, *_calls(plan, use), *_sms(plan, use)]
    if _before_tax(plan):
        cost_lines.append(
            _line("tax", sum((line.yen for line in cost_lines), Decimal()) * CONSUMPTION_TAX, ())
        )
    cost_lines += [*_method(plan, use), *_statutory(plan, use)]
    cost_lines += _late(plan, use, _whole(cost_lines))
    limits = tuple(replace(line, said=limited(line.said, plan.brand, line.claims)) for line in cost_lines)
    texts = list(_remarks(plan, use, short))
    unknown = {"no_calls", "no_sms", "no_statutory", "no_method_fee", "no_interest"} & {
        name for name, _ in texts
    }
    return Cost(
        plan,
        limits,
        _whole(cost_lines),
        tuple(text for _, text in texts),
        short,
        not unknown,
        "no_calls" in unknown,
    )


def at_other_brands(use: Use) -> list[Cost]:
    """The cheapest plan of every brand we know prices of:
    first those that carry all the data fast, the cheapest first.
    """
    best: dict[str, Cost] = {}
    for cost in sorted((month(plan, use) for plan in plans() if not plan.closed), key=_rank):
        best.setdefault(cost.plan.brand, cost)
    return sorted(best.values(), key=_rank)


def plan_of(brand: str, id: str) -> Plan:
    """KeyError if there is none."""
    return {(plan.brand, plan.id): plan for plan in plans()}[brand, id]


def _rank(cost: Cost) -> tuple[bool, bool, bool, int, str]:
    """What is cheap because it cannot call, runs slowly or hides the price of calls does not come first."""
    return (
        cost.plan.data_only,
        cost.short_mb > 0,
        cost.hides_calls,
        cost.total,
        f"{cost.plan.brand}.{cost.plan.id}",
    )


def conditions(brand: str, claims: Iterable[str]) -> list[Text]:
    """Of the claims that prices are read from."""
    return list(
        dict.fromkeys(claim.when for key in claims for claim in brand_of(brand).about(key)[:1] if claim.when)
    )


def limited(said: Text, brand: str, claims: Iterable[str]) -> Text:
    """With the condition of each claim it rests on: an amount without it would be read
    as one for everybody.
    """
    for condition in conditions(brand, claims):
        said = Text(
            f"{said.en} ({condition.en})",
            f"{said.ja}（{condition.ja}）",
            f"{said.zh_hans}（{condition.zh_hans}）",
        )
    return said


def _whole(found: Iterable[CostLine]) -> int:
    return int(sum((line.yen for line in found), Decimal()).to_integral_value(ROUND_FLOOR))


def price(brand: str, claim: str, row: int | None) -> Decimal:
    """The yen of a claim, or of one row of its table."""
    value = brand_of(brand).about(claim)[0].value
    if isinstance(value, Table):
        value = value.rows[row or 0].value
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"{brand} {claim} is no price")
    return Decimal(value)


def _data(plan: Plan, use: Use) -> tuple[list[CostLine], int]:
    if plan.packs:
        return _packs(plan, use.mb)
    fits = next((tier for tier in plan.tiers if tier.upto is None or tier.upto >= use.mb), plan.tiers[-1])
    assert plan.claim is not None
    words = "plan" if fits.upto is not None else "plan_unlimited"
    cost_lines = [
        _line(
            words,
            price(plan.brand, plan.claim, fits.row),
            (plan.claim,),
            name=plan.name,
            upto=megabytes(fits.upto),
        )
    ]
    left = max(0, use.mb - fits.upto) if fits.upto is not None else 0
    if left and plan.extra:
        extra, left = _extra(plan, plan.extra, left, use.mb)
        cost_lines.append(extra)
    return cost_lines, left


def _extra(plan: Plan, extra: Extra, left: int, wanted: int) -> tuple[CostLine, int]:
    room = min(left, extra.upto - (wanted - left)) if extra.upto is not None else left
    count = min(MOST_PACKS, -(-max(0, room) // extra.mb))
    each = price(plan.brand, extra.claim, 0)
    return _line("extra", count * each, (extra.claim,), count=count, upto=megabytes(extra.mb)), max(
        0, left - count * extra.mb
    )


def _packs(plan: Plan, mb: int) -> tuple[list[CostLine], int]:
    """The cheapest packs that hold the use: few of the big, the rest of the small."""
    small, big = sorted(plan.packs, key=lambda pack: pack.mb)
    choices = []
    for bigs in range(min(MOST_PACKS, -(-mb // big.mb)) + 1):
        smalls = min(MOST_PACKS, -(-max(0, mb - bigs * big.mb) // small.mb))
        short = max(0, mb - bigs * big.mb - smalls * small.mb)
        yen = bigs * price(plan.brand, big.claim, 0) + smalls * price(plan.brand, small.claim, 0)
        choices.append((short, yen, bigs, smalls))
    short, _, bigs, smalls = min(choices)
    counted: list[tuple[Pack, int]] = [(big, bigs), (small, smalls)]
    return [_pack(plan, pack, count) for pack, count in counted if count], short


def _pack(plan: Plan, pack: Pack, count: int) -> CostLine:
    return _line(
        "pack", count * price(plan.brand, pack.claim, 0), (pack.claim,), count=count, upto=megabytes(pack.mb)
    )


def _calls(plan: Plan, use: Use) -> list[CostLine]:
    minutes = max(0, use.minutes - plan.minutes)
    if not use.minutes or plan.data_only:
        return []
    if plan.calls_included and (plan.voice is None or not minutes):
        return [_line("voice_included", Decimal(), (plan.calls_included,))]
    if plan.voice is None:
        return []
    each, count = price(plan.brand, plan.voice, 0), 2 * minutes
    return [_line("voice", count * each, (plan.voice,), count=count, each=_yen(each))]


def _sms(plan: Plan, use: Use) -> list[CostLine]:
    if not use.sms or plan.sms is None:
        return []
    each = price(plan.brand, plan.sms, plan.sms_row)
    return [_line("sms", use.sms * each, (plan.sms,), count=use.sms, each=_yen(each))]


def _before_tax(plan: Plan) -> bool:
    return plan.claim is not None and brand_of(plan.brand).about(plan.claim)[0].tax == "excl"


def _method(plan: Plan, use: Use) -> list[CostLine]:
    claim = fees().get((plan.brand, use.method))
    return (
        [_line("method", price(plan.brand, claim, 0), (claim,), name=methods()[use.method])] if claim else []
    )


def _statutory(plan: Plan, use: Use) -> list[CostLine]:
    if not plan.statutory or plan.data_only:
        return []
    return [CostLine(_said(entry.id), entry.yen, (), entry.source) for entry in _in_force(use.month)]


def _in_force(day: date) -> list[Statutory]:
    return [
        entry
        for entry in statutory()
        if entry.first <= day.replace(day=1) and (entry.last is None or day.replace(day=1) <= entry.last)
    ]


def _late(plan: Plan, use: Use, owed: int) -> list[CostLine]:
    rule: Late | None = late_rules().get(plan.brand)
    if not use.late_days or rule is None:
        return []
    if rule.flat:
        return [_line("flat_late", price(plan.brand, rule.flat, 0), (rule.flat,))]
    assert rule.interest is not None
    rate = price(plan.brand, rule.interest, 0)
    yen = (owed * rate * use.late_days / Decimal(100 * 365)).to_integral_value(ROUND_FLOOR)
    return [_line("interest", yen, (rule.interest,), count=use.late_days, rate=in_unit(rate, "pct_year"))]


def _remarks(plan: Plan, use: Use, short: int) -> Iterable[tuple[str, Text]]:
    names = [
        ("closed", plan.closed),
        ("slow", short > 0),
        ("data_only", plan.data_only and (use.minutes or use.sms)),
        ("no_calls", use.minutes and not (plan.voice or plan.calls_included or plan.data_only)),
        ("no_sms", use.sms and plan.sms is None and not plan.data_only),
        ("no_statutory", plan.statutory and not plan.data_only and not _in_force(use.month)),
        ("no_method_fee", use.method != "card" and (plan.brand, use.method) not in fees()),
        ("no_interest", use.late_days and plan.brand not in late_rules()),
    ]
    for name, holds in names:
        if holds:
            yield name, filled(remarks()[name], {"short": megabytes(short)})


def _line(words: str, yen: Decimal, claims: tuple[str, ...], **facts: Words | int) -> CostLine:
    return CostLine(_said(words, **facts), yen, claims)


def _said(words: str, **facts: Words | int) -> Text:
    return filled(lines()[words], facts)


def filled(pattern: Words, facts: Mapping[str, Words | int]) -> Text:
    """A pattern of sums.yaml with its {names} filled in, in every language."""

    def fill(language: str) -> str:
        plain = {
            name: f"{fact:,}" if isinstance(fact, int) else fact.to(language) for name, fact in facts.items()
        }
        return pattern.to(language).format_map(plain)

    return Text(*(fill(language) for language in LANGUAGES))


def in_unit(number: int | Decimal, unit: str) -> Text:
    return Text(*(amount(number, unit, language) for language in LANGUAGES))


def _yen(number: Decimal) -> Text:
    return in_unit(number, "JPY")


@cache
def megabytes(mb: int | None) -> Words:
    if mb is None:
        return AsIs("")
    return (
        in_unit(mb, "MB")
        if mb < 1000
        else in_unit((Decimal(mb) / 1000).normalize() if mb % 1000 else mb // 1000, "GB")
    )
