"""Rows of CSV as people's spreadsheet programs write and mangle them."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..port import Ask

COLUMNS = ("key", "verb", "msisdn", "iccid", "plan", "allowances", "starts_at", "ends_at", "reference")
ANSWER_COLUMNS = ("key", "result", "reference", "reason")
# A spreadsheet would run the first kind as a formula, round or rewrite the second (19 digits of an ICCID, a key like «12e34»), and make
# dates of the third («1-2», «mar1»).
UNSAFE = re.compile(
    r"\A(?:\s*[=+\-@\t\r\n]|[\d.,]+(?:e[+-]?\d*)?\Z|\d+[-/]\d+(?:[-/]\d+)?\Z"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-. ]?\d{1,4}\Z)",
    re.IGNORECASE,
)

Row = Mapping[str, str]


def written(asks: Sequence[Ask]) -> bytes:
    """The file we hand over, columns as in COLUMNS. Cells that a spreadsheet would change begin with an apostrophe."""
    out = io.StringIO(newline="")
    sheet = csv.writer(out, lineterminator="\r\n")
    sheet.writerow(COLUMNS)
    for ask in asks:
        allowances = " ".join(f"{one.good.value}:{'unlimited' if one.amount is None else one.amount}" for one in ask.allowances)
        cells = (
            ask.key, ask.verb.value, ask.msisdn, ask.iccid or "", ask.plan, allowances, ask.starts_at.isoformat(), ask.ends_at.isoformat(),
            ask.reference,
        )  # fmt: skip
        sheet.writerow([cell(one) for one in cells])
    return out.getvalue().encode("utf-8-sig")


def cell(text: str) -> str:
    return "'" + text if UNSAFE.match(text) else text


def bare(text: str | None) -> str:
    """What a cell says: full-width letters made plain, blanks and our own apostrophe gone."""
    return unicodedata.normalize("NFKC", text or "").strip().removeprefix("'").strip()


def decoded(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp932", "replace")


def read(raw: bytes, file: str) -> Iterator[Row]:
    """Rows that have a key, by column name, with `file` and `line` added. What cannot be read is left out."""
    lines = csv.reader(io.StringIO(decoded(raw), newline=""))
    try:
        heads = [bare(one).lower() for one in next(lines, [])]
        if "key" not in heads:
            return
        for cells in lines:
            if len(cells) > len(heads):
                continue  # a stray comma: which cell is which is anyone's guess
            row = dict.fromkeys(ANSWER_COLUMNS, "") | dict(zip(heads, map(bare, cells), strict=False))
            if row["key"]:
                yield row | {"result": row["result"].lower(), "file": file, "line": str(lines.line_num)}
    except csv.Error:
        return  # the rest of this file is not CSV


class Sheets:
    """All rows of all *.csv in some folders, by key; a file is read again only when it changed."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._read: dict[Path, tuple[tuple[int, int], list[Row]]] = {}
        self._by_key: dict[str, list[Row]] = {}

    def rows(self) -> Mapping[str, list[Row]]:
        """Rows by key, in the order of file names. OSError if a folder or a file cannot be read."""
        files = sorted(one for folder in self._folders for one in self._files(folder))
        before, self._read = self._read, {file: self._rows_of(file) for file in files}
        if {file: mark for file, (mark, _) in before.items()} != {file: mark for file, (mark, _) in self._read.items()}:
            found: dict[str, list[Row]] = {}
            for file in files:
                for row in self._read[file][1]:
                    found.setdefault(row["key"], []).append(row)
            self._by_key = found
        return self._by_key

    @staticmethod
    def _files(folder: Path) -> list[Path]:
        if not folder.is_dir():
            return []
        return [one for one in folder.iterdir() if one.suffix.lower() == ".csv" and not one.name.startswith(".") and one.is_file()]

    def _rows_of(self, file: Path) -> tuple[tuple[int, int], list[Row]]:
        stat = file.stat()
        mark = (stat.st_mtime_ns, stat.st_size)
        kept = self._read.get(file)
        return kept if kept and kept[0] == mark else (mark, list(read(file.read_bytes(), file.name)))
