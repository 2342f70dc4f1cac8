"""Rows of the old system's export: CSV in any encoding, streamed, or a workbook saved by Excel or Calc."""

from __future__ import annotations

import csv
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from python_calamine import CalamineError

from tsuzuki.actions.write import csv_file
from tsuzuki.actions.write.csv_file import BOOKS, bare, one_line, unreadable
from tsuzuki.core.errors import Refused

from .mapping import ColumnMapping, wrong

MOST_CELLS = 200  # in a row; more is no table
# Of a sheet, as spreadsheets have it; a file may name a row past it, and all between would be read as empty.
MOST_ROWS = 1 << 20
# A workbook is a ZIP file, and a megabyte of it may unpack to gigabytes. Sheets are read row by row;
# everything else is held in memory.
MOST_OF_SHEETS, MOST_BESIDE = 600 << 20, 150 << 20
BROKEN = (
    OSError,
    EOFError,
    ValueError,
    LookupError,
    ArithmeticError,
    TypeError,
    AttributeError,
    ParseError,
    zipfile.BadZipFile,
    zlib.error,
    CalamineError,
)
Row = tuple[int, dict[str, str]]


def rows(file: Path, map: ColumnMapping) -> Iterator[Row]:
    """(row number as the spreadsheet counts, {column: cell}); empty rows count and are left out.

    Refused(FILE_UNREADABLE), also while rows are taken; Refused(MAP_WRONG) where a column of the map is not
    there.
    """
    try:
        with file.open("rb") as raw:
            head = raw.read(8)
    except OSError as why:
        raise unreadable(why.strerror or "it cannot be opened") from None
    records = _workbook(file, map.sheet) if head.startswith(BOOKS) else _text(file, map)
    return _named(records, map)


def encoding_of(file: Path) -> str:
    with file.open("rb") as raw:
        return "workbook" if raw.read(8).startswith(BOOKS) else _encoding(file)[1]


def _named(records: Iterable[list[str]], map: ColumnMapping) -> Iterator[Row]:
    names: list[str] = []
    for number, cells in enumerate(records, 1):
        if number < map.header:
            continue
        if number == map.header:
            names = [_flat(cell) for cell in cells]
            _require(names, map)
        elif any(cell.strip() for cell in cells):
            yield number, {name: bare(cell) for name, cell in zip(names, cells, strict=False) if name}
    if not names:
        raise unreadable(f"it has no row {map.header}, where the column names should be")


def _require(names: list[str], map: ColumnMapping) -> None:
    for wanted in map.names():
        if names.count(_flat(wanted)) != 1:
            text = ", ".join(one_line(name) for name in names if name)[:200]
            there = "twice" if names.count(_flat(wanted)) else "not"
            raise wrong(f"The column «{wanted}» is {there} in row {map.header}; there are: {text}.")


def _flat(cell: str) -> str:
    """A name as people see it: Excel keeps line breaks and blanks in headers."""
    return " ".join(bare(cell).split())


def _text(file: Path, map: ColumnMapping) -> Iterator[list[str]]:
    codec, _ = _encoding(file)
    delimiter = _delimiter(file, codec, map)
    with file.open(encoding=codec, newline="") as text:
        lines = csv.reader(text, delimiter=delimiter, strict=True)
        try:
            yield from lines
        except csv.Error as error:
            raise unreadable(f"near line {lines.line_num}: {error}") from None


def _encoding(file: Path) -> tuple[str, str]:
    with file.open("rb") as raw:
        return csv_file.encoding_of(raw)


def _delimiter(file: Path, codec: str, map: ColumnMapping) -> str:
    """The one that shows the most columns of the map."""

    def shows(delimiter: str) -> int:
        with file.open(encoding=codec, newline="") as text:
            try:
                for number, cells in enumerate(csv.reader(text, delimiter=delimiter), 1):
                    if number == map.header:
                        return len({_flat(name) for name in map.names()} & {_flat(cell) for cell in cells})
            except csv.Error:
                pass
        return 0

    return max(",\t;", key=shows)


def _workbook(file: Path, sheet: str) -> Iterator[list[str]]:
    try:
        _require_small(file)
        yield from (_streamed if _is_xlsx(file) else _whole)(file, sheet)
    except Refused:
        raise
    except BROKEN as why:
        raise unreadable(
            f"the workbook is broken or protected by a password ({type(why).__name__})"
        ) from None


def _require_small(file: Path) -> None:
    """By the sizes the ZIP file itself states, past which nothing of a part is unpacked."""
    if not zipfile.is_zipfile(file):
        return
    with zipfile.ZipFile(file) as parts:
        sizes = {part.filename: part.file_size for part in parts.infolist()}
    streamed = sum(
        size for name, size in sizes.items() if name.startswith("xl/worksheets/") and name.endswith(".xml")
    )
    if streamed > MOST_OF_SHEETS or sum(sizes.values()) - streamed > MOST_BESIDE:
        raise unreadable("it unpacks to more than a list of lines has; save it as CSV")


def _is_xlsx(file: Path) -> bool:
    """Of the formats that are a ZIP file, the one whose sheets are XML of their own."""
    if not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as parts:
        return "xl/workbook.xml" in parts.namelist()


def _streamed(file: Path, sheet: str) -> Iterator[list[str]]:
    """Row by row, however many there are: memory holds the texts cells share, no more."""
    from openpyxl import load_workbook

    warnings.filterwarnings("ignore", module="openpyxl")  # of styles and charts it leaves out
    book = load_workbook(file, read_only=True, data_only=True)
    try:
        table = {worksheet.title: worksheet for worksheet in book.worksheets}[
            _chosen(sheet, [worksheet.title for worksheet in book.worksheets])
        ]
        table.reset_dimensions()  # what a file says of its own size is often wrong
        for number, cells in enumerate(table.iter_rows(values_only=True), 1):
            if number > MOST_ROWS:
                raise unreadable(f"it has more than {MOST_ROWS:,} rows")
            if len(cells) > MOST_CELLS:
                raise unreadable(f"a row has {len(cells)} cells")
            yield [written(cell) for cell in cells]
    finally:
        book.close()


def _whole(file: Path, sheet: str) -> Iterator[list[str]]:
    """.xls, .xlsb and .ods: read whole by a library in Rust."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(file))
    table = book.get_sheet_by_name(_chosen(sheet, book.sheet_names))
    if table.width > MOST_CELLS:
        raise unreadable(f"a row has {table.width} cells")
    for cells in table.iter_rows():  # with the empty rows above the table, as Excel counts them
        yield [written(cell) for cell in cells]


def _chosen(sheet: str, there: list[str]) -> str:
    if sheet and sheet not in there:
        raise wrong(f"There is no sheet «{sheet}»; there are: {', '.join(there)}.")
    return sheet or there[0]


def written(cell: Any) -> str:
    """A cell as its text would be in a CSV file."""
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case int() | float() if abs(cell) < 10**15 and float(cell).is_integer():
            return str(int(cell))
        case int() | float():  # of more digits a spreadsheet keeps only the first
            return repr(float(cell))
        case datetime():
            return cell.strftime("%Y-%m-%d") if cell.time() == time() else cell.strftime("%Y-%m-%d %H:%M:%S")
        case date():
            return cell.isoformat()
        case time() | timedelta():
            return str(cell)
    return str(cell)
