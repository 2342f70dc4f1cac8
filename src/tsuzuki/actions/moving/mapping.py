"""A map: which column of the old system's export says what, in a file people write.

sheet: 契約一覧                 # of a workbook; left out: the first
header: 3                      # the row with the column names; left out: 1
zone: Asia/Tokyo               # in which dates are meant; left out: the carrier's
credit_plan: credit-open       # under which credit is taken over
currency: JPY
columns:
  number: 電話番号              # the column's name as it stands there
  iccid: ICCID
  carrier: {constant: docomo-line}
  sim: {column: SIM種別, values: {物理SIM: physical, eSIM: esim}, other: physical}
  plan: {column: プラン, values: {3ギガ: data-3gb}}
  ends: {column: 有効期限, date: "%Y/%m/%d"}          # through that day; with a time in it, that moment
  data_left: {column: 残データ, unit: MB}
  credit: 残高
  credit_until: {column: 残高期限, date: ["%Y/%m/%d", "%Y年%m月%d日"]}
  paid: 前受金                  # what of the running period is still unearned; left out: the old books keep it
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import available_timezones

import yaml

from tsuzuki.actions.line_cells import COLUMNS, REQUIRED
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import DIGITS

DATES = ("opened", "ends", "data_until", "credit_until")
AMOUNTS = ("data_left", "voice_left", "sms_left")
MONEY = ("credit", "paid")
BROUGHT = ("plan", "days_left", *DATES[1:], *AMOUNTS, *MONEY)
FIELDS = (*COLUMNS, *BROUGHT)
UNITS = {
    "data_left": {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30},
    "voice_left": {"s": 1, "min": 60, "h": 3600},
    "sms_left": {"": 1},
}
USUAL_UNIT = {"data_left": "B", "voice_left": "s", "sms_left": ""}
USUAL_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M")
UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True)
class Source:
    """Where one field comes from: a column, or a constant."""

    column: str = ""
    constant: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    other: str | None = None  # what a value means that is not in `values`
    dates: tuple[str, ...] = USUAL_DATES
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Map:
    columns: Mapping[str, Source]
    sheet: str = ""
    header: int = 1
    zone: str = ""
    credit_plan: str = ""
    currency: str = "JPY"

    def names(self) -> set[str]:
        """The columns the file must have."""
        return {source.column for source in self.columns.values() if source.column}


def read(text: str) -> Map:
    """Refused(MAP_WRONG) with the place that is wrong."""
    try:
        given = yaml.safe_load(text)
    except yaml.YAMLError as why:
        raise wrong("It is no YAML: " + str(why).replace("\n", " ")[:200]) from None
    except RecursionError:
        raise wrong("It is nested too deeply.") from None
    if not isinstance(given, dict) or not isinstance(given.get("columns"), dict):
        raise wrong("It needs «columns»: a table of fields and where each comes from.")
    for name in given:
        if name not in ("columns", "sheet", "header", "zone", "credit_plan", "currency"):
            raise wrong(f"«{name}» is not known.")
    columns = {str(name): _source(str(name), said) for name, said in given["columns"].items()}
    for name in REQUIRED:
        if name not in columns:
            raise wrong(f"The field {name} is missing.")
    found = Map(columns, str(given.get("sheet") or ""), _whole(given.get("header", 1)), str(given.get("zone") or ""),
                str(given.get("credit_plan") or ""), str(given.get("currency") or "JPY"))  # fmt: skip
    if found.zone and found.zone not in available_timezones():
        raise wrong(f"{found.zone} is no time zone.")
    if found.currency not in DIGITS:
        raise wrong(f"{found.currency} is no currency.")
    if "ends" in columns and "days_left" in columns:
        raise wrong("ends and days_left say the same: leave one out.")
    if "credit" in columns and not found.credit_plan:
        raise wrong("credit needs credit_plan: the code of the plan it is taken over under.")
    return found


def _source(name: str, said: Any) -> Source:
    if name not in FIELDS:
        raise wrong(f"There is no field {name}; there are {', '.join(FIELDS)}.")
    if isinstance(said, str) and said.strip():
        said = {"column": said}
    if not isinstance(said, dict) or ("column" in said) == ("constant" in said):
        raise wrong(f"{name}: the name of a column, or {{column: ...}}, or {{constant: ...}}.")
    for key in said:
        if key not in ("column", "constant", "values", "other", "date", "unit"):
            raise wrong(f"{name}: «{key}» is not known.")
    values, dates, unit = said.get("values", {}), said.get("date", USUAL_DATES), str(said.get("unit", USUAL_UNIT.get(name, "")))
    if not isinstance(values, dict):
        raise wrong(f"{name}: values is a table of theirs and ours.")
    if "date" in said and name not in DATES:
        raise wrong(f"{name} is no date.")
    if unit not in UNITS.get(name, {"": 1}):
        raise wrong(f"{name}: the unit is one of {', '.join(UNITS[name])}." if name in UNITS else f"{name} has no unit.")
    return Source(
        str(said.get("column", "")), str(said.get("constant", "")), {str(old): str(new) for old, new in values.items()},
        None if said.get("other") is None else str(said["other"]), (dates,) if isinstance(dates, str) else tuple(map(str, dates)), unit,
    )  # fmt: skip


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 100:
        raise wrong("header is the number of a row, 1 to 100.")
    return value


def wrong(what: str) -> Refused:
    return Refused(Code.MAP_WRONG, what=what[:300])
