"""The deadline rules of each brand, as its file has them under `rules`, and the claims each rests on.

id, kind        a name, which is also the key of its title in rule_words.yaml; one of KINDS
asks            a date renamed for this rule's form: {expires: end_date}
rests, ...      the claims a figure rests on: [late.redebit]; with a doubt of our own
                    {claims: [...], confidence: low}
days, ...       the fields of the kind in core/deadline_rules.py; a number stands here or in a claim:
                    {claim: KEY}
stages          what follows a bill that is not paid, each with its fields
zone            left out: the brand's own
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime, time
from enum import StrEnum
from functools import cache, partial
from typing import Any, get_type_hints

from tsuzuki.core.deadline_rules import (
    TOKYO,
    Basis,
    Bill,
    Confidence,
    Cutoff,
    Deadline,
    DeadlineKind,
    EndDate,
    KeepAlive,
    KnownDates,
    Loss,
    Pack,
    Repeats,
    Rule,
    Stage,
    StartWithin,
)
from tsuzuki.core.deadlines import deadlines
from tsuzuki.core.plan import Validity

from ..load.claims import Brand
from ..load.loader import brand as brand_of
from ..load.yaml_file import Marked, Wrong

KINDS: Mapping[str, type[Rule]] = {
    "keep_alive": KeepAlive,
    "pack": Pack,
    "repeats": Repeats,
    "end_date": EndDate,
    "start_within": StartWithin,
    "cutoff": Cutoff,
    "bill": Bill,
}
# titles of rules that tell when it is over
ENDS = {"keep_alive", "topping", "end_date", "travel_esim", "balance", "recharge"}


@dataclass(frozen=True, slots=True)
class BrandRule:
    """`title` is a key of the rule words' titles, `asks` renames a date for this rule's form."""

    id: str
    rule: Rule
    title: str
    asks: Mapping[str, str] = field(default_factory=dict)


@cache
def rules(brand_id: str) -> tuple[BrandRule, ...]:
    """The rules of a brand.

    Where the sources say nothing of the bill or the end, a plain rule that rests on no claim and says so.
    Wrong where a rule is not as it must be.
    """
    brand = brand_of(brand_id)
    made = tuple(_rule(row, brand) for row in brand.rules)
    titles, unsourced = {rule.title for rule in made}, Basis((), Confidence.LOW)
    if brand.payment_model == "postpaid_monthly" and "bill" not in titles:
        return (*made, BrandRule("bill", Bill("postpaid_due", unsourced), "bill"))
    if brand.payment_model.startswith("prepaid") and not titles & ENDS:
        ends = EndDate("prepaid_end", unsourced, zone=_zone(brand))
        return (*made, BrandRule("end_date", ends, "end_date"))
    return made


def deadlines_of(brand_id: str, rule_id: str, dates: KnownDates, now: datetime) -> tuple[Deadline, ...]:
    """KeyError for a brand or rule there is not."""
    result = {rule.id: rule for rule in rules(brand_id)}
    return deadlines(result[rule_id].rule, dates, now)


def _zone(brand: Brand) -> str:
    return brand.zone or TOKYO


def _rule(row: Marked, brand: Brand) -> BrandRule:
    kind, id, asks = KINDS.get(str(row.get("kind"))), row.get("id"), row.get("asks", {})
    if kind is None or not isinstance(id, str):
        raise Wrong(f"{row.at()}: a rule has an id and a kind: {', '.join(KINDS)}")
    if not isinstance(asks, dict) or not all(isinstance(name, str) for name in asks.values()):
        raise Wrong(f"{row.at('asks')}: asks renames dates: {{expires: end_date}}")
    return BrandRule(id, _filled(kind, row, brand, ("id", "kind", "asks")), id, asks)


def _filled(kind: type[Any], row: Marked, brand: Brand, beside: tuple[str, ...] = ()) -> Any:
    """The value of a class of core/deadline_rules.py whose fields are the names of a mapping."""
    known = {entry.name: entry for entry in fields(kind)}
    hints = get_type_hints(kind)
    for name in row:
        if name not in known and name not in beside:
            raise Wrong(f"{row.at(name)}: {name} is not known here; known are {', '.join(known)}")
    made = {name: _READ[hints[name]](row, name, brand) for name in known if name in row}
    for name, entry in known.items():
        if name in made or entry.default is not MISSING:
            continue
        if type(None) not in getattr(hints[name], "__args__", ()):
            raise Wrong(f"{row.at()}: {name} is missing")
        made[name] = None
    if "zone" in known:
        made.setdefault("zone", _zone(brand))
    return kind(**made)


def _text(row: Marked, name: str, _brand: Brand) -> str:
    if not isinstance(row[name], str):
        raise Wrong(f"{row.at(name)}: {name} is text; put it in quotes")
    return str(row[name])


def _texts(row: Marked, name: str, _brand: Brand) -> tuple[str, ...]:
    if not isinstance(row[name], list) or not all(isinstance(entry, str) for entry in row[name]):
        raise Wrong(f"{row.at(name)}: {name} is a list of texts")
    return tuple(row[name])


def _yes(row: Marked, name: str, _brand: Brand) -> bool:
    if not isinstance(row[name], bool):
        raise Wrong(f"{row.at(name)}: {name} is true or false")
    return bool(row[name])


def _number(row: Marked, name: str, brand: Brand) -> int:
    value = row[name]
    if isinstance(value, Marked) and set(value) == {"claim"}:
        texts = [claim.value for claim in brand.about(value["claim"])]
        value = next(
            (entry for entry in texts if isinstance(entry, int) and not isinstance(entry, bool)), None
        )
        if value is None:
            raise Wrong(f"{row.at(name)}: {brand.id} has no number in {row[name]['claim']}")
    if not isinstance(value, int) or isinstance(value, bool):
        raise Wrong(f"{row.at(name)}: {name} is a whole number, or {{claim: KEY}}")
    return value


def _clock(row: Marked, name: str, _brand: Brand) -> time:
    try:
        return time.fromisoformat(row[name])
    except (TypeError, ValueError):
        raise Wrong(f'{row.at(name)}: {name} is an hour and minutes: "23:30"') from None


def _word(words: type[StrEnum], row: Marked, name: str, _brand: Brand) -> StrEnum:
    try:
        return words(row[name])
    except ValueError:
        raise Wrong(f"{row.at(name)}: {name} is one of {', '.join(words)}") from None


def _rests(row: Marked, name: str, brand: Brand) -> Basis:
    """The claims and the least sure of them. Of two claims of one key the surer counts."""
    value, ours = row[name], None
    if isinstance(value, Marked):
        if set(value) != {"claims", "confidence"} or value["confidence"] not in list(Confidence):
            raise Wrong(f"{value.at()}: give the keys of claims, or {{claims: [...], confidence: low}}")
        value, ours = value["claims"], Confidence(value["confidence"])
    if not isinstance(value, list) or not value:
        raise Wrong(f"{row.at(name)}: {name} is a list of the keys of claims")
    order, levels = list(Confidence), [ours] if ours else []
    for key in value:
        claims = brand.about(key)
        if not claims:
            raise Wrong(f"{row.at(name)}: {brand.id} has no claim {key}")
        levels.append(min((Confidence(claim.source.confidence) for claim in claims), key=order.index))
    return Basis(tuple(value), max(levels, key=order.index))


def _stages(row: Marked, name: str, brand: Brand) -> tuple[Stage, ...]:
    if not isinstance(row[name], list) or not all(isinstance(entry, Marked) for entry in row[name]):
        raise Wrong(f"{row.at(name)}: {name} is a list of mappings")
    return tuple(_filled(Stage, entry, brand) for entry in row[name])


_READ: Mapping[Any, Callable[[Marked, str, Brand], Any]] = {
    str: _text,
    str | None: _text,
    tuple[str, ...]: _texts,
    bool: _yes,
    int: _number,
    int | None: _number,
    time | None: _clock,
    Basis: _rests,
    Basis | None: _rests,
    tuple[Stage, ...]: _stages,
    DeadlineKind: partial(_word, DeadlineKind),
    Loss: partial(_word, Loss),
    Validity: partial(_word, Validity),
}
