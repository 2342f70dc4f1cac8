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
  paid: 前受金                  # still unearned of the running period; left out: it stays in the old books
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import available_timezones

from tsuzuki import strict_yaml
from tsuzuki.actions.lines.line_cells import COLUMNS, REQUIRED
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import DIGITS
from tsuzuki.strict_yaml import Block, Cell, Wrong

DATES = ("opened", "ends", "data_until", "credit_until")
AMOUNTS = ("data_left", "voice_left", "sms_left")
MONEY = ("credit", "paid")
BROUGHT = ("plan", "days_left", *DATES[1:], *AMOUNTS, *MONEY)
FIELDS = (*COLUMNS, *BROUGHT)
UNITS = {
    "data_left": {
        "B": 1,
        "KB": 10**3,
        "MB": 10**6,
        "GB": 10**9,
        "TB": 10**12,
        "KiB": 2**10,
        "MiB": 2**20,
        "GiB": 2**30,
    },
    "voice_left": {"s": 1, "min": 60, "h": 3600},
    "sms_left": {"": 1},
}
USUAL_UNIT = {"data_left": "B", "voice_left": "s", "sms_left": ""}
USUAL_DATES = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%Y年%m月%d日",
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
)
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
class ColumnMapping:
    columns: Mapping[str, Source]
    sheet: str = ""
    header: int = 1
    zone: str = ""
    credit_plan: str = ""
    currency: str = "JPY"

    def names(self) -> set[str]:
        """The columns the file must have."""
        return {source.column for source in self.columns.values() if source.column}


def read(text: str) -> ColumnMapping:
    """Refused(MAP_WRONG) with the line that is wrong."""
    try:
        return _map(strict_yaml.read(text).block())
    except Wrong as why:
        raise wrong(f"Line {why.line}: {why.reason}.") from None


def _map(file: Block) -> ColumnMapping:
    columns = {name: _source(name, cell) for name, cell in file.need("columns").block().rest().items()}
    for name in REQUIRED:
        if name not in columns:
            raise file.wrong(f"the field {name} is missing in columns")
    sheet, header, zone = map(file.take, ("sheet", "header", "zone"))
    credit_plan, currency = map(file.take, ("credit_plan", "currency"))
    file.done()
    if zone and zone.text() not in available_timezones():
        raise zone.wrong(f"{zone.text()} is no time zone")
    if currency and currency.text() not in DIGITS:
        raise currency.wrong(f"{currency.text()} is no currency")
    if "ends" in columns and "days_left" in columns:
        raise file.wrong("ends and days_left say the same: leave one out")
    if "credit" in columns and not credit_plan:
        raise file.wrong("credit needs credit_plan: the code of the plan it is taken over under")
    return ColumnMapping(
        columns,
        sheet.text() if sheet else "",
        header.whole(1, 100, "header, the row with the column names,") if header else 1,
        zone.text() if zone else "",
        credit_plan.text() if credit_plan else "",
        currency.text() if currency else "JPY",
    )


def _source(name: str, cell: Cell) -> Source:
    if name not in FIELDS:
        raise cell.wrong(f"there is no field {name}; there are {', '.join(FIELDS)}")
    if isinstance(cell.held, str):
        return Source(cell.text())
    block = cell.block()
    column, constant, other = map(block.take, ("column", "constant", "other"))
    if (column is None) == (constant is None):
        raise cell.wrong(f"{name}: the name of a column, or {{column: ...}}, or {{constant: ...}}")
    values, dates, unit = map(block.take, ("values", "date", "unit"))
    block.done()
    if dates and name not in DATES:
        raise dates.wrong(f"{name} is no date")
    return Source(
        column.text() if column else "",
        constant.text() if constant else "",
        {old: new.written() for old, new in values.block().rest().items()} if values else {},
        other.written() if other else None,
        tuple(dates.texts()) if dates else USUAL_DATES,
        _unit(name, unit),
    )


def _unit(name: str, cell: Cell | None) -> str:
    if cell is None:
        return USUAL_UNIT.get(name, "")
    if name not in UNITS:
        raise cell.wrong(f"{name} has no unit")
    if cell.written() not in UNITS[name]:
        raise cell.wrong(f"{name}: the unit is one of {', '.join(UNITS[name])}")
    return cell.written()


def wrong(what: str) -> Refused:
    return Refused(Code.MAP_WRONG, what=what[:300])
