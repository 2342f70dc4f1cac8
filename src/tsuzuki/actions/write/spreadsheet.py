"""CSV that people open in a spreadsheet: what it would run as a formula is kept from being one, by an
apostrophe before it.

Every file of ours is written here, but those for a carrier, whose layout says more of its cells
(`carriers/csvbatch/csv_rows.py`).
"""

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import IO

SIGNS = "=+@＝＋＠－-"  # of any width; the hyphen last, for the class in a pattern
FORMULA = re.compile(rf"\s*[{SIGNS}]|[\t\r\n]")


def cell(value: object) -> object:
    """Text is guarded; a number is a number, also below zero."""
    if not isinstance(value, str):
        return value
    return (
        "'" + value if FORMULA.match(value) or FORMULA.match(unicodedata.normalize("NFKC", value)) else value
    )


def writer(file: IO[str]) -> Callable[[Iterable[object]], None]:
    """Writes a row."""
    rows = csv.writer(file, lineterminator="\r\n")

    def write(cells: Iterable[object]) -> None:
        rows.writerow([cell(entry) for entry in cells])

    return write
