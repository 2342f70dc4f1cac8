"""How the files of one carrier look, as people write it down in its settings under `template`; left out,
every part is ours.

out:
  file: ORDER_{at:%Y%m%d}_{sequence:05}.csv      # with {sequence} (of this carrier's files) or {key} (the
                                                 # first ask's), or names would meet
  encoding: cp932                                # utf-8-sig, utf-8, utf-16
  delimiter: ","                                 # or \\t ;
  quote: needed                                  # or all
  names: true                                    # a row of column names
  header: ["H", "{at:%Y%m%d}", "{count}"]        # a row before; {count} rows of asks, {lines} with header,
                                                 # names and footer
  footer: ["T", "{count}"]
  zone: Asia/Tokyo                               # of dates
  columns:                                       # from: key verb msisdn national iccid plan allowances
                                                 # starts_at ends_at last_day reference
    - {name: 管理番号, from: key}
    - {name: 電話番号, from: national}
    - {name: 商品, from: plan, values: {data-3gb: A003}}
    - {name: 終了日, from: last_day, date: "%Y/%m/%d"}
    - {name: 区分, constant: "01"}
back:
  file: "RESULT_*.csv"                           # which files are answers
  encoding: cp932                                # left out: found out
  delimiter: ","
  skip: 1                                        # rows before the names; names: false: none, columns are then
                                                 # numbers from 1
  columns: {key: 管理番号, result: 結果, reference: 受付番号, reason: エラー}
  results: {"00": ok, OK: ok, NG: refused}       # any other: it waits
  footer: {mark: T, count: 2}                    # first cell of the last row; which cell of it counts rows. A
                                                 # file without is half
ack:
  file: "{name}.ack"                             # that they have our file NAME ({stem}: without its ending)
  refused: NG                                    # its text begins so: they threw the file away, our layout is
                                                 # wrong
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

from ..port import CarrierRequest, Verb

FROM = tuple("key verb msisdn national iccid plan allowances starts_at ends_at last_day reference".split())
DATED = ("starts_at", "ends_at", "last_day")
ENCODINGS = ("utf-8-sig", "utf-8", "cp932", "utf-16")
BACK = ("key", "result", "reference", "reason")
LAST = timedelta(microseconds=1)
OUR_FILE = "asks-{key}.csv"
TOO_WIDE = re.compile(r"\d{3}")  # a format pads to the width it names, and a wide one would fill the memory
A_DAY = datetime(2026, 1, 2, tzinfo=UTC)
SAMPLE: dict[str, Any] = {
    "key": "k",
    "sequence": 1,
    "count": 1,
    "lines": 1,
    "name": "n",
    "stem": "n",
    "at": A_DAY,
}


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    source: str = ""
    constant: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    date: str = ""

    def of(self, ask: CarrierRequest, zone: ZoneInfo) -> str:
        text = self.constant if not self.source else _told(self.source, ask, zone, self.date)
        if self.values and text not in self.values:
            raise LookupError(f"the template has no word for {self.source} {text}")
        return self.values.get(text, text)


def _told(source: str, ask: CarrierRequest, zone: ZoneInfo, date: str) -> str:
    match source:
        case "verb":
            return ask.verb.value
        case "national":  # as dialled in Japan
            return "0" + ask.msisdn.removeprefix("+81") if ask.msisdn.startswith("+81") else ask.msisdn
        case "iccid":
            return ask.iccid or ""
        case "allowances":
            return " ".join(
                f"{allowance.good.value}:{'unlimited' if allowance.amount is None else allowance.amount}"
                for allowance in ask.allowances
            )
        case "starts_at" | "ends_at" | "last_day":
            at = (
                ask.starts_at
                if source == "starts_at"
                else ask.ends_at - (LAST if source == "last_day" else timedelta(0))
            )
            return at.astimezone(zone).strftime(date) if date else at.isoformat()
    return str(getattr(ask, source))


_OURS = tuple(
    Column(name, name)
    for name in ("key", "verb", "msisdn", "iccid", "plan", "allowances", "starts_at", "ends_at", "reference")
)


@dataclass(frozen=True, slots=True)
class Out:
    file: str = OUR_FILE
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    quote: str = "needed"
    names: bool = True
    header: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    zone: str = "UTC"
    columns: tuple[Column, ...] = _OURS
    guarded: bool = (
        True  # cells a spreadsheet would change begin with an apostrophe: people open our own layout
    )

    def name(self, keys: Sequence[str], sequence: int, at: datetime) -> str:
        return self.file.format(
            key=keys[0], sequence=sequence, at=at.astimezone(ZoneInfo(self.zone)), count=len(keys)
        )

    def has_word(self, verb: Verb, plan: str) -> bool:
        fields = {"verb": verb.value, "plan": plan}
        return all(
            fields[column.source] in column.values
            for column in self.columns
            if column.values and column.source in fields
        )


@dataclass(frozen=True, slots=True)
class Back:
    file: str = "*.csv"
    encoding: str = ""
    delimiter: str = ","
    skip: int = 0
    names: bool = True
    columns: Mapping[str, str] = field(default_factory=lambda: {name: name for name in BACK})
    results: Mapping[str, str] = field(default_factory=lambda: {"ok": "ok", "refused": "refused"})
    footer_mark: str = ""
    footer_count: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    out: Out = field(default_factory=Out)
    back: Back = field(default_factory=Back)
    ack: str = ""
    ack_refused: str = "NG"


def read(given: Mapping[str, Any]) -> Layout:
    """ValueError with what is wrong: a template is written by people, and a wrong one must be found before
    the first file leaves.
    """
    _only(given, ("out", "back", "ack"), "template")
    out, back, ack = (_part(given, name) for name in ("out", "back", "ack"))
    _only(ack, ("file", "refused"), "ack")
    file, refused = str(ack.get("file") or ""), str(ack.get("refused", "NG"))
    if file and not _check_pattern(file, ("name", "stem"), "ack.file"):
        raise ValueError("template ack.file needs {name} or {stem}: it answers one file of ours")
    if file:
        _require_name(file, "ack.file")
    if not refused.strip():
        raise ValueError("template ack.refused is how a refusal begins; every text begins with nothing")
    return Layout(_out(out), _back(back), file, refused)


def _out(given: Mapping[str, Any]) -> Out:
    _only(
        given,
        ("file", "encoding", "delimiter", "quote", "names", "header", "footer", "zone", "columns"),
        "out",
    )
    file = str(given.get("file", OUR_FILE))
    used = _check_pattern(file, ("key", "sequence", "at", "count"), "out.file")
    if not used & {"key", "sequence"}:
        raise ValueError("template out.file needs {key} or {sequence}: two files must never have one name")
    _require_name(file, "out.file")
    columns = tuple(_column(entry) for entry in given["columns"]) if "columns" in given else _OURS
    if sum(column.source == "key" for column in columns) != 1:
        raise ValueError("template out.columns needs one column from: key, by which answers are found")
    for part in ("header", "footer"):
        for cell in given.get(part, ()):
            _check_pattern(str(cell), ("at", "count", "lines", "sequence"), f"out.{part}")
    if str(given.get("quote", "needed")) not in ("needed", "all"):
        raise ValueError("template out.quote is needed or all")
    return Out(
        file,
        _encoding(given.get("encoding", "utf-8-sig")),
        _delimiter(given),
        str(given.get("quote", "needed")),
        bool(given.get("names", True)),
        tuple(map(str, given.get("header", ()))),
        tuple(map(str, given.get("footer", ()))),
        str(ZoneInfo(str(given.get("zone", "UTC" if "columns" not in given else "Asia/Tokyo")))),
        columns,
        "columns" not in given,
    )


def _column(given: Any) -> Column:
    if not isinstance(given, Mapping):
        raise ValueError("template out.columns: each is {name: ..., from: ...} or {name: ..., constant: ...}")
    _only(given, ("name", "from", "constant", "values", "date"), "out.columns")
    source = str(given.get("from", ""))
    if ("from" in given) == ("constant" in given) or (source and source not in FROM):
        raise ValueError(f"template out.columns: from is one of {', '.join(FROM)}, or there is a constant")
    date = str(given.get("date", ""))
    if date and source not in DATED:
        raise ValueError(f"template out.columns: {source or 'a constant'} is no date")
    if TOO_WIDE.search(date):
        raise ValueError(f"template out.columns: {source} cannot be written as {date[:20]}")
    A_DAY.strftime(date)
    values = {str(ours): str(theirs) for ours, theirs in dict(given.get("values", {})).items()}
    return Column(str(given.get("name", source)), source, str(given.get("constant", "")), values, date)


def _back(given: Mapping[str, Any]) -> Back:
    _only(given, ("file", "encoding", "delimiter", "skip", "names", "columns", "results", "footer"), "back")
    columns = {
        str(ours): str(theirs)
        for ours, theirs in dict(given.get("columns", {name: name for name in BACK})).items()
    }
    if not {"key", "result"} <= set(columns) or not set(columns) <= set(BACK):
        raise ValueError(f"template back.columns needs key and result, and knows {', '.join(BACK)}")
    names = bool(given.get("names", True))
    if not names and not all(theirs.isdigit() and int(theirs) > 0 for theirs in columns.values()):
        raise ValueError("template back.columns are numbers from 1 where the file has no names")
    results = {
        str(theirs).lower(): str(ours) for theirs, ours in dict(given.get("results", Back().results)).items()
    }
    if not set(results.values()) <= {"ok", "refused"}:
        raise ValueError("template back.results are ok or refused")
    footer = given.get("footer") or {}
    _only(footer, ("mark", "count"), "back.footer")
    encoding = given.get("encoding", "")
    return Back(
        str(given.get("file", "*.csv")),
        _encoding(encoding) if encoding else "",
        _delimiter(given),
        int(given.get("skip", 0)),
        names,
        columns,
        results,
        str(footer.get("mark", "")),
        int(footer.get("count", 0)),
    )


def _require_name(pattern: str, where: str) -> None:
    """A folder in it would lead out of the carrier's own, to any file of this machine."""
    if not re.fullmatch(r"[^/\\\0]+", pattern) or pattern.startswith("."):
        raise ValueError(f"template {where} is a file's name, without folders")


def _part(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = given.get(name) or {}
    if not isinstance(part, Mapping):
        raise ValueError(f"template {name} is a table")
    return part


def _only(given: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    if strange := [str(name) for name in given if name not in known]:
        raise ValueError(f"template {where}: {strange[0]} is not known; there is {', '.join(known)}")


def _encoding(said: Any) -> str:
    if said not in ENCODINGS:
        raise ValueError(f"template encoding is one of {', '.join(ENCODINGS)}")
    return str(said)


def _delimiter(given: Mapping[str, Any]) -> str:
    text = str(given.get("delimiter", ",")).replace("\\t", "\t")
    if text not in (",", "\t", ";", "|"):
        raise ValueError("template delimiter is , ; | or a tab")
    return text


def _check_pattern(text: str, known: Sequence[str], where: str) -> set[str]:
    """The fields a pattern uses.

    What format() makes of an attribute or an index could reach anything, so a field is a bare name.
    """
    parts = [(name, spec or "") for _, name, spec, _ in Formatter().parse(text) if name is not None]
    used = {name for name, _ in parts}
    if strange := used - set(known):
        raise ValueError(
            f"template {where}: {{{sorted(strange)[0]}}} is not known; there is "
            f"{', '.join('{' + text + '}' for text in known)}"
        )
    for name, spec in parts:  # words stay whole: files are told apart by them
        if TOO_WIDE.search(spec) or "{" in spec or (spec and isinstance(SAMPLE[name], str)):
            raise ValueError(f"template {where}: {{{name}}} cannot be written as {spec[:20]}")
    try:
        text.format(**SAMPLE)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise ValueError(f"template {where}: {str(error)[:80]}") from None
    return used
