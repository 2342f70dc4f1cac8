"""Reads guide/data/BRAND.yaml into claims. Strict: what it does not know, it refuses, and says where.

One file a brand: `id, names, operator, kind, payment_model, open_to_new, network?, claims, steps?`, `rules?`
(see guide/rules/date_rules.py), `elsewhere?` and `apns?` (see guide/other_carriers/),
`aliases?`, `currency?`, `zone?`
and `area_map?` (see Brand in claims.py). A claim is `key, value, unit?, tax?, when?, note?, source, also?,
kind, as_of?, found?, basis, confidence`; steps are `job, channel, title, do, ...` with the same tail. `also`
lists pages of other sites that say the same, `found` the month an undated page was found in, if not 2026-11.
A value is

    180, true, "3.3", unknown          a whole number, yes or no, a decimal (as text), what nobody could find
                                       out
    residence_card                     a code: its words stand in vocabulary.yaml
    {literal: bmobile.ne.jp}           the same in every language
    {en: ..., ja: ..., zh-Hans: ...}   a sentence of ours
    "2026-04-27" with unit: date       a day
    [...]                              several of these
    {table: [{label, value, unit?}]}   rows; a label is a sentence of ours, or plain text that is the same in
                                       every language

A step's `label` is what stands on the screen: «A → B» is a path of taps, «A / B» a choice, a list several
labels one after the other, {literal: ...} a text in which these signs are printed. It is Japanese unless
`label_lang` says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from .claims import (
    LANGUAGES,
    UNKNOWN,
    AsIs,
    Brand,
    Claim,
    Network,
    Row,
    Single,
    Source,
    Step,
    Steps,
    Table,
    Text,
    Unknown,
    Value,
    Word,
    Words,
)
from .yaml_file import Marked, Wrong, read

T = TypeVar("T")
DATA = Path(__file__).parents[1] / "data"
TAIL = {"source", "also", "kind", "as_of", "found", "basis", "confidence"}
BRAND = {"id", "names", "operator", "kind", "payment_model", "open_to_new", "claims"}
LABEL_LANGUAGES = ("ja", "en", "zh-Hans", "zh-Hant")
_DECIMAL = re.compile(r"\d+\.\d+|\d+", re.ASCII)
_CODE = re.compile(r"[a-z0-9][a-z0-9_]*|[a-z]{2}-[A-Z][a-z]+", re.ASCII)
_ADDRESS = re.compile(r"https?://\S+")
_DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)


@cache
def brand_ids() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in DATA.glob("*.yaml")))


@cache
def brand(id: str) -> Brand:
    """One brand; KeyError if there is none."""
    if id not in brand_ids():
        raise KeyError(id)
    return load(DATA / f"{id}.yaml")


@cache
def brands() -> tuple[Brand, ...]:
    return tuple(brand(brand_id) for brand_id in brand_ids())


def load(path: Path) -> Brand:
    """The brand in one file; Wrong with file and line if anything in it is not as it must be."""
    marked = _fields(
        read(path),
        BRAND,
        {"network", "steps", "rules", "elsewhere", "apns", "aliases", "currency", "zone", "area_map"},
    )
    open_to_new = marked["open_to_new"]
    if not isinstance(open_to_new, bool) and open_to_new != "unknown":
        raise Wrong(f"{marked.at('open_to_new')}: open_to_new is true, false or unknown")
    if marked["id"] != path.stem:
        raise Wrong(
            f"{marked.at('id')}: the id is {marked['id']!r}; it must be the file's name, {path.stem!r}"
        )
    return Brand(
        id=marked["id"],
        names=_text(marked, "names"),
        operator=UNKNOWN if marked["operator"] == "unknown" else _text(marked, "operator"),
        kind=_code(marked, "kind"),
        payment_model=_code(marked, "payment_model"),
        open_to_new=open_to_new if isinstance(open_to_new, bool) else UNKNOWN,
        network=_network(marked["network"]) if "network" in marked else None,
        claims=_each(marked, "claims", _claim),
        steps=_each(marked, "steps", _steps) if "steps" in marked else (),
        rules=_each(marked, "rules", lambda row: row) if "rules" in marked else (),
        elsewhere=marked.get("elsewhere"),
        apns=_each(marked, "apns", lambda row: row) if "apns" in marked else (),
        aliases=_aliases(marked),
        currency=_code(marked, "currency") if "currency" in marked else "",
        zone=_plain(marked, "zone") if "zone" in marked else "",
        area_map=_plain(marked, "area_map") if "area_map" in marked else "",
    )


def _aliases(found: Marked) -> tuple[str, ...]:
    names = found.get("aliases", [])
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise Wrong(f"{found.at('aliases')}: aliases is a list of texts")
    return tuple(names)


def _fields(found: Marked, needed: set[str], allowed: set[str]) -> Marked:
    for key in found:
        if key not in needed | allowed:
            raise Wrong(
                f"{found.at(key)}: the field {key!r} is not known; known are "
                f"{', '.join(sorted(needed | allowed))}"
            )
    for key in sorted(needed - set(found)):
        raise Wrong(f"{found.at()}: the field {key!r} is missing; add it")
    return found


def _each(found: Marked, key: str, make: Callable[[Marked], T]) -> tuple[T, ...]:
    rows = found[key]
    if not isinstance(rows, list) or not all(isinstance(row, Marked) for row in rows):
        raise Wrong(f"{found.at(key)}: {key} is a list of mappings")
    return tuple(make(row) for row in rows)


def _claim(row: Marked) -> Claim:
    _fields(row, {"key", "value", "basis", "confidence"}, TAIL | {"unit", "tax", "when", "note"})
    unit = _code(row, "unit") if "unit" in row else None
    return Claim(
        key=_plain(row, "key"),
        value=_value(row["value"], unit, row.at("value")),
        source=_source(row, known=row["value"] != "unknown"),
        unit=unit,
        tax=_code(row, "tax") if "tax" in row else None,
        when=_text(row, "when") if "when" in row else None,
        note=_text(row, "note") if "note" in row else None,
        place=row.at(),
    )


def _steps(row: Marked) -> Steps:
    _fields(row, {"job", "channel", "title", "do", "basis", "confidence"}, TAIL | {"when", "note"})
    unknown = row["do"] == "unknown"
    return Steps(
        job=_code(row, "job"),
        channel=_code(row, "channel"),
        title=_text(row, "title"),
        do=() if unknown else _each(row, "do", _step),
        source=_source(row, known=not unknown),
        when=_text(row, "when") if "when" in row else None,
        note=_text(row, "note") if "note" in row else None,
        place=row.at(),
    )


def _step(row: Marked) -> Step:
    _fields(row, set(LANGUAGES), {"label", "label_lang"})
    language = row.get("label_lang", "ja")
    if language not in LABEL_LANGUAGES or ("label_lang" in row and "label" not in row):
        raise Wrong(
            f"{row.at('label_lang')}: label_lang goes with a label and is one of {', '.join(LABEL_LANGUAGES)}"
        )
    labels = row.get("label", [])
    text = _text({"step": Marked({name: row[name] for name in LANGUAGES})}, "step", row.at())
    return Step(
        text,
        tuple(_label(label, row) for label in (labels if isinstance(labels, list) else [labels])),
        language,
    )


def _label(label: Any, row: Marked) -> tuple[tuple[str, ...], ...]:
    if isinstance(label, Marked) and set(label) == {"literal"} and isinstance(label["literal"], str):
        return ((label["literal"],),)
    if not isinstance(label, str) or not label.strip():
        raise Wrong(f"{row.at('label')}: a label is text; put numbers in quotes, leave an empty one out")
    path = tuple(tuple(choice.strip() for choice in tap.split(" / ")) for tap in label.split(" → "))
    if not all(choice for tap in path for choice in tap):
        raise Wrong(f"{row.at('label')}: something is missing beside → or /")
    return path


def _source(row: Marked, known: bool) -> Source:
    if known and not _ADDRESS.fullmatch(str(row.get("source", ""))):
        raise Wrong(f"{row.at('source')}: a source is missing; give its https address, or the value unknown")
    if known and "kind" not in row:
        raise Wrong(f"{row.at()}: kind is missing; say official, press, secondary or community")
    made = Source(
        row.get("source"),
        row.get("kind"),
        _as_of(row),
        _plain(row, "basis"),
        _plain(row, "confidence"),
        _also(row),
    )
    return replace(made, found=day(row["found"], row.at("found"))) if "found" in row else made


def _also(row: Marked) -> tuple[str, ...]:
    result = row.get("also", [])
    if not isinstance(result, list) or not all(
        isinstance(url, str) and _ADDRESS.fullmatch(url) for url in result
    ):
        raise Wrong(f"{row.at('also')}: also is a list of https addresses")
    hosts = [urlsplit(url).hostname for url in (row.get("source", ""), *result)]
    if len(set(hosts)) != len(hosts):
        raise Wrong(f"{row.at('also')}: the pages in source and also must be of different sites")
    return tuple(result)


def _as_of(row: Marked) -> str | None:
    return day(row["as_of"], row.at("as_of")) if "as_of" in row else None


def day(value: Any, place: str) -> str:
    """«2024», «2024-05» or «2024-05-03», however YAML has read it."""
    text = value.isoformat() if isinstance(value, date) else str(value)
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        date.fromisoformat(text + "-01-01"[(len(text) - 4) :])
    except ValueError:
        raise Wrong(f"{place}: {text!r} is no date; write 2024, 2024-05 or 2024-05-03") from None
    return text


def _network(row: Any) -> Network:
    if not isinstance(row, Marked):
        raise Wrong("network is a mapping")
    _fields(row, {"source"}, {"mcc_mnc", "nr_bands", "as_of"})
    codes, bands = row.get("mcc_mnc", []), row.get("nr_bands", [])
    if not all(isinstance(code, str) for code in [*codes, *bands]):
        raise Wrong(f"{row.at()}: mcc_mnc and nr_bands are lists of texts; put them in quotes")
    if not _ADDRESS.fullmatch(str(row["source"])):
        raise Wrong(f"{row.at('source')}: a source is an https address")
    return Network(
        tuple(codes),
        tuple(bands),
        row["source"],
        day(row["as_of"], row.at("as_of")) if "as_of" in row else None,
    )


def _value(value: Any, unit: str | None, place: str) -> Value:
    if isinstance(value, list):
        return tuple(_single(piece, unit, place) for piece in value)
    if isinstance(value, Marked) and set(value) == {"table"}:
        return Table(_each(value, "table", lambda row: _row(row, unit)))
    return _single(value, unit, place)


def _row(row: Marked, unit: str | None) -> Row:
    _fields(row, {"label", "value"}, {"unit"})
    own = _code(row, "unit") if "unit" in row else None
    label: Words = AsIs(row["label"]) if isinstance(row["label"], str) else _text(row, "label")
    value = _value(row["value"], own or unit, row.at("value"))
    if isinstance(value, Table):
        raise Wrong(f"{row.at('value')}: a table in a table; make it rows of one table")
    return Row(label, value, own)


def _single(value: Any, unit: str | None, place: str) -> Single:
    if isinstance(value, Marked):
        if set(value) == {"literal"}:
            return AsIs(_plain(value, "literal"))
        return _text({"value": value}, "value", value.at())
    if isinstance(value, bool | int):
        return value
    if not isinstance(value, str):
        raise Wrong(f"{place}: {value!r} cannot stand here; put decimals and dates in quotes")
    return _written(value, unit, place)


def _written(value: str, unit: str | None, place: str) -> Single:
    """A text in the file that is not a sentence: unknown, a day, a decimal or a code."""
    if value == "unknown":
        return UNKNOWN
    if unit == "date":
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise Wrong(f"{place}: {value!r} is no day; write 2026-04-27") from None
    if unit and _DECIMAL.fullmatch(value):
        return Decimal(value)
    if _CODE.fullmatch(value):
        return Word(value)
    raise Wrong(
        f"{place}: {value!r} is neither a code nor a number; write {{literal: ...}} or a text in "
        "three languages"
    )


def _text(found: Mapping[str, Any], key: str, place: str = "") -> Text:
    value = found[key]
    place = place or (found.at(key) if isinstance(found, Marked) else "")
    if not isinstance(value, Marked) or set(value) != set(LANGUAGES):
        raise Wrong(f"{place}: {key} needs a text in each of {', '.join(LANGUAGES)}, and nothing else")
    for language, text in value.items():
        if not isinstance(text, str) or not text.strip():
            raise Wrong(
                f"{place}: {key} in {language} is no text; write it, in quotes if it looks like a number"
            )
    return Text(*(value[language].strip() for language in LANGUAGES))


def _plain(row: Marked, key: str) -> str:
    value = row[key]
    if not isinstance(value, str) or not value.strip():
        raise Wrong(f"{row.at(key)}: {key} is text; put it in quotes")
    return value


def _code(row: Marked, key: str) -> str:
    value = _plain(row, key)
    if not re.fullmatch(r"[A-Za-z0-9_]+", value, re.ASCII):
        raise Wrong(f"{row.at(key)}: {key} is a short code, not {value!r}")
    return value


__all__ = ["DATA", "Unknown", "Wrong", "brand", "brand_ids", "brands", "day", "load"]
