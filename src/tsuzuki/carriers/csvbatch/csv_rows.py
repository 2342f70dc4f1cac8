"""Rows of CSV as a layout wants them, and as people's spreadsheet programs write and mangle them."""

import csv
import fnmatch
import io
import re
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ..port import CarrierRequest
from .layout import BACK, Back, Out

EARLIER = "earlier"
LARGEST = 64 << 20  # bytes of a file of theirs; a worker holds it in memory, and a million rows are less
SETTLED = 60.0  # seconds a file without a line break at its end must lie still before its last line counts
# A spreadsheet would run the first kind as a formula, round or rewrite the second (19 digits of an ICCID, a
# key like «12e34»), and make dates of the third («1-2», «mar1»).
UNSAFE = re.compile(
    r"\A(?:\s*[=+\-@\t\r\n]|[\d.,]+(?:e[+-]?\d*)?\Z|\d+[-/]\d+(?:[-/]\d+)?\Z"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-. ]?\d{1,4}\Z)",
    re.IGNORECASE,
)

Row = Mapping[str, str]
Reader = Callable[[bytes, str, bool], Iterator[Row]]


def written(asks: Sequence[CarrierRequest], out: Out, sequence: int, at: datetime) -> bytes:
    """The file we hand over. LookupError where the layout has no word for a plan."""
    zone = ZoneInfo(out.zone)
    rows = [[column.of(ask, zone) for column in out.columns] for ask in asks]
    lines = len(rows) + bool(out.names) + bool(out.header) + bool(out.footer)
    facts = {"count": len(rows), "lines": lines, "sequence": sequence, "at": at.astimezone(zone)}
    text = io.StringIO(newline="")
    every = out.quote == "all"
    sheet = csv.writer(
        text,
        delimiter=out.delimiter,
        lineterminator="\r\n",
        quoting=csv.QUOTE_ALL if every else csv.QUOTE_MINIMAL,
    )
    for part in (out.header, [column.name for column in out.columns] if out.names else ()):
        if part:
            sheet.writerow([text.format(**facts) if part is out.header else text for text in part])
    sheet.writerows([cell(text) for text in row] if out.guarded else row for row in rows)
    if out.footer:
        sheet.writerow([text.format(**facts) for text in out.footer])
    return text.getvalue().encode(out.encoding)


def cell(text: str) -> str:
    return "'" + text if UNSAFE.match(text) else text


def bare(text: str | None) -> str:
    """What a cell says: full-width letters made plain, blanks and our own apostrophe gone."""
    return unicodedata.normalize("NFKC", text or "").strip().removeprefix("'").strip()


def content_of(file: Path) -> bytes:
    """OSError for more than any file of a carrier has, whatever it says of its size."""
    with file.open("rb") as raw:
        return bounded(raw.read(LARGEST + 1), file.name)


def bounded(content: bytes, name: str) -> bytes:
    if len(content) > LARGEST:
        raise OSError(f"{name} is larger than {LARGEST >> 20} MB")
    return content


def decoded(raw: bytes, encoding: str = "") -> str:
    if encoding:
        return raw.decode(encoding, "replace").removeprefix("\ufeff")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp932", "replace")


def asked(out: Out) -> Reader:
    """Reads our own files back: the keys that were handed over."""
    place = next(place for place, column in enumerate(out.columns) if column.source == "key")
    first = bool(out.header) + bool(out.names)

    def read(raw: bytes, file: str, settled: bool) -> Iterator[Row]:
        lines = list(csv.reader(io.StringIO(decoded(raw, out.encoding), newline=""), delimiter=out.delimiter))
        for number, cells in enumerate(lines[first : len(lines) - bool(out.footer)], first + 1):
            if len(cells) > place and bare(cells[place]):
                yield {"key": bare(cells[place]), "file": file, "line": str(number)}

    return read


def answered(back: Back) -> Reader:
    """Rows that have a key, in our words, with `file` and `line` added.

    What cannot be read is left out; what is not whole yet, too.
    """

    def read(raw: bytes, file: str, settled: bool) -> Iterator[Row]:
        text = decoded(raw, back.encoding)
        if not settled and not text.endswith(("\n", "\r")):
            text = text[: text.rfind("\n") + 1]  # somebody is still writing: half a reference is a wrong one
        places, wide, rows = _places(_rows(text, back), back)
        whole = _whole(rows, back)
        for number, cells in rows if places and whole is not None else []:
            if len(cells) > wide or whole == number:
                continue  # a stray comma: which cell is which is anyone's guess
            row = {ours: bare(cells[place]) if place < len(cells) else "" for ours, place in places.items()}
            if row["key"]:
                fields = dict.fromkeys(BACK, "") | row
                yield fields | {
                    "result": back.results.get(fields["result"].lower(), ""),
                    "file": file,
                    "line": str(number),
                }

    return read


def is_whole(raw: bytes, back: Back, settled: bool) -> bool:
    """With a footer it says so itself.

    Without one it must have lain still, and may then lack its last line break.
    """
    if not back.footer_mark:
        return settled
    return _whole(_places(_rows(decoded(raw, back.encoding), back), back)[2], back) is not None


Rows = list[tuple[int, list[str]]]


def _rows(text: str, back: Back) -> Rows:
    """By the numbers of their lines, without those before the names."""
    return list(_as_far_as_csv(text, back.delimiter))[back.skip :]


def _as_far_as_csv(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    with suppress(csv.Error):  # the rest of this file is not CSV
        for cells in lines:
            yield lines.line_num, cells


def _places(rows: Rows, back: Back) -> tuple[dict[str, int], int, Rows]:
    """Where each of our columns stands, how wide a row may be, and the rows after the names.

    No places: it is not such a file.
    """
    if not back.names:
        return {ours: int(theirs) - 1 for ours, theirs in back.columns.items()}, 10**6, rows
    heads = [bare(text).lower() for text in rows[0][1]] if rows else []
    result = {
        ours: heads.index(bare(theirs).lower())
        for ours, theirs in back.columns.items()
        if bare(theirs).lower() in heads
    }
    return (result if "key" in result else {}), len(heads), rows[1:]


def _whole(rows: Rows, back: Back) -> int | None:
    """With a footer: the number of its line if it counts right, None while the file is half.

    Without one: 0.
    """
    if not back.footer_mark:
        return 0
    filled = [(number, cells) for number, cells in rows if any(map(bare, cells))]
    if not filled or bare(filled[-1][1][0]) != back.footer_mark:
        return None
    number, cells = filled[-1]
    told = bare(cells[back.footer_count - 1]) if 0 < back.footer_count <= len(cells) else ""
    return number if not back.footer_count or (told.isdigit() and int(told) == len(filled) - 1) else None


def name_of(file: Path) -> str:
    """In `earlier` lie files that were written over: under their name and a number."""
    return file.name.rpartition(".")[0] if file.parent.name == EARLIER else file.name


# A file that changed within the second its own time names is told by when it was put there.
Mark = tuple[int, int, int, bool]


class Sheets:
    """All rows of all files of a kind in some folders, by key; a file is read again only when it changed."""

    def __init__(
        self, folders: Sequence[Path], reader: Reader, pattern: str = "*.csv", but: str = ""
    ) -> None:
        self._folders, self._reader, self._pattern, self._but = folders, reader, pattern.lower(), but.lower()
        self._read: dict[Path, tuple[Mark, list[Row]]] = {}
        self._by_key: dict[str, list[Row]] = {}

    def rows(self) -> Mapping[str, list[Row]]:
        """Rows by key, in the order of file names. OSError if a folder or a file cannot be read."""
        before, self._read = self._read, {}
        for file in sorted(file for folder in self._folders for file in self._files(folder)):
            with suppress(FileNotFoundError):  # moved on since it was listed
                self._read[file] = self._rows_of(file, before.get(file))
        files = list(self._read)
        if {file: mark for file, (mark, _) in before.items()} != {
            file: mark for file, (mark, _) in self._read.items()
        }:
            result: dict[str, list[Row]] = {}
            for file in files:
                for row in self._read[file][1]:
                    result.setdefault(row["key"], []).append(row)
            self._by_key = result
        return self._by_key

    def _files(self, folder: Path) -> list[Path]:
        result = folder.iterdir() if folder.is_dir() else ()
        return [path for path in result if self.are(name_of(path)) and path.is_file()]

    def are(self, name: str) -> bool:
        """Is a file of that name one of them?

        Half an upload goes by another name, in every program that uploads.
        """
        name = name.lower()
        if name.startswith(".") or name.endswith((".part", ".filepart", ".tmp", ".uploading")):
            return False
        return fnmatch.fnmatchcase(name, self._pattern) and not (
            self._but and fnmatch.fnmatchcase(name, self._but)
        )

    def _rows_of(self, file: Path, kept: tuple[Mark, list[Row]] | None) -> tuple[Mark, list[Row]]:
        stat = file.stat()
        mark = (stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, time.time() - stat.st_mtime > SETTLED)
        return (
            kept
            if kept and kept[0] == mark
            else (mark, list(self._reader(content_of(file), file.name, mark[3])))
        )
