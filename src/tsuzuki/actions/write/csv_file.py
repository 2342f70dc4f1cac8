"""CSV files as people's spreadsheet programs write them: encoding and delimiter found out strictly, rows
counted as shown there.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from tsuzuki.core.errors import Code, Refused

PIECE = 1 << 20  # read at once
MOST_BYTES = 64 << 20  # some 400,000 rows; more of them go into a second file

# Python's CP932 also takes bytes no Japanese text holds: 0x80, 0xA0, 0xFD to 0xFF, user-defined characters.
NOT_JAPANESE = re.compile("[\x80-\xa0\ue000-\uf8ff]")
BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")

Row = tuple[int, dict[str, str]]


def read(path: Path | str) -> bytes:
    """The bytes of a file; Refused(FILE_UNREADABLE) with a reason where there are none to be had."""
    try:
        if Path(path).stat().st_size > MOST_BYTES:
            raise unreadable(f"larger than {MOST_BYTES >> 20} MB; divide it")
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise unreadable("there is no such file") from None
    except OSError as error:
        raise unreadable(error.strerror or "it cannot be opened") from None


def table(raw: bytes, columns: Sequence[str], required: Sequence[str]) -> tuple[str, Iterator[Row]]:
    """(name of the encoding, rows as (row number, {column: cell})); the header is row 1.

    Empty rows count, and are left out.

    A cell under no name of the header stands under "". Refused(FILE_UNREADABLE), also while rows are taken.
    """
    codec, encoding = _encoding(raw)
    names, delimiter = _header(raw, codec, columns, required)
    return encoding, _rows(raw, codec, names, delimiter)


def decoded(raw: bytes) -> str:
    """The whole text, to be shown and mended."""
    return raw.decode(_encoding(raw)[0])


def word(cell: str) -> str:
    """A cell that holds a word of ours: any width, any case."""
    return unicodedata.normalize("NFKC", cell).strip().lower()


def one_line(text: str, most: int = 24) -> str:
    flat = "".join(char if char.isprintable() else " " for char in text).strip()
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def unreadable(reason: str) -> Refused:
    return Refused(Code.FILE_UNREADABLE, reason=reason)


def encoding_of(file: IO[bytes]) -> tuple[str, str]:
    """(codec, its name for people), strictly, by reading all of it: a file is in one encoding, or
    Refused(FILE_UNREADABLE).

    Statistics would guess: charset-normalizer takes short Japanese in EUC for Korean and Chinese in GB 18030
    for Big5.
    """
    head = file.read(3)
    tries = [("utf-8", "UTF-8"), ("cp932", "CP932 (Shift-JIS)")]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        tries = [("utf-16", "UTF-16")]
    elif head.startswith(codecs.BOM_UTF8):
        tries = [("utf-8-sig", "UTF-8 with BOM")]
    for codec, name in tries:
        file.seek(0)
        if _fits(file, codec):
            return codec, name
    raise unreadable("neither UTF-8, UTF-16 nor Shift-JIS")


def _fits(file: IO[bytes], codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        while piece := file.read(PIECE):
            text = decoder.decode(piece)
            if "\0" in text:
                raise unreadable("it holds NUL bytes")
            if codec == "cp932" and NOT_JAPANESE.search(text):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _encoding(raw: bytes) -> tuple[str, str]:
    if len(raw) > MOST_BYTES:
        raise unreadable(f"larger than {MOST_BYTES >> 20} MB; divide it")
    if raw.startswith(BOOKS):
        raise unreadable("an Excel workbook; save it as CSV")
    return encoding_of(io.BytesIO(raw))


def _rows(raw: bytes, codec: str, names: Sequence[str], delimiter: str) -> Iterator[Row]:
    row = 1
    try:
        for row, cells in enumerate(_records(raw, codec, delimiter), 1):
            if row == 1 or not any(cell.strip() for cell in cells):
                continue
            named = {name: bare(cell) for name, cell in zip(names, cells, strict=False) if name}
            loose = [
                cell
                for place, cell in enumerate(cells)
                if cell.strip() and (place >= len(names) or not names[place])
            ]
            yield row, named | ({"": loose[0]} if loose else {})
    except csv.Error as error:
        raise unreadable(f"after row {row}: {error}") from None


def _header(raw: bytes, codec: str, columns: Sequence[str], required: Sequence[str]) -> tuple[list[str], str]:
    """The column names as written and the delimiter that shows the most of them."""
    read: list[tuple[list[str], str]] = []
    for delimiter in ",;\t":
        try:
            first = next(_records(raw, codec, delimiter), [])
        except csv.Error:
            continue
        read.append(([word(cell) for cell in first], delimiter))
    names, delimiter = max(read, key=lambda pair: sum(name in columns for name in pair[0]), default=([], ","))
    if not any(names):
        raise unreadable("there is no header that can be read")
    for name in filter(None, names):
        if name not in columns:
            raise unreadable(f"the column {one_line(name)[:30]} is unknown")
        if names.count(name) > 1:
            raise unreadable(f"the column {name} is there twice")
    for name in required:
        if name not in names:
            raise unreadable(f"the column {name} is missing")
    return names, delimiter


def _records(raw: bytes, codec: str, delimiter: str) -> Iterator[list[str]]:
    """Strict: a quotation mark that is never closed would swallow the rest of the file as one cell."""
    return csv.reader(io.TextIOWrapper(io.BytesIO(raw), codec, newline=""), delimiter=delimiter, strict=True)


def bare(cell: str) -> str:
    """A cell without what people put around it to keep a spreadsheet from reading it as a number:
    '090..., ="090...".
    """
    text = cell.strip()
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        text = text[2:-1]
    return text.removeprefix("'").strip()
