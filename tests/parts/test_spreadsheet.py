"""What a spreadsheet would run is text in every file of ours, and reads back as it was."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from tsuzuki.actions.write.csv_file import bare
from tsuzuki.actions.write.spreadsheet import cell, writer

SOURCE = Path(__file__).resolve().parents[2] / "src" / "tsuzuki"
LIVE = [
    '=HYPERLINK("http://x","x")',
    "+cmd|'/c'!A1",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r1",
    "＝1",
    "＋1",
    "＠x",
    "－1",
    "  =1",
    "﹦1",
    "+819012345678",
]


@pytest.mark.parametrize("text", LIVE)
def test_a_formula_is_text(text: str) -> None:
    assert cell(text) == "'" + text
    assert bare(str(cell(text))) == text.strip()


@pytest.mark.parametrize("value", ["", "a=1", "090-1234-5678", "'=1", "日本", 5, -5, None])
def test_the_rest_is_let_be(value: object) -> None:
    assert cell(value) == value


def test_a_row_is_written() -> None:
    file = io.StringIO()
    writer(file)(["=1", 'a "b", c', -1])
    assert file.getvalue() == '\'=1,"a ""b"", c",-1\r\n'


def test_what_moving_in_writes_is_guarded(tmp_path: Path) -> None:
    from tsuzuki.cli.migration import _differences, _rejects

    for open_, give in (
        (_rejects, (1, {"name": LIVE[0], "-x": "1"}, "=why")),
        (_differences, ("1", LIVE[0], "=a", "+b", "@c")),
    ):
        file = tmp_path / "out.csv"
        with open_(file) as write:
            assert write is not None
            write(*give)  # type: ignore[arg-type]
        with file.open(encoding="utf-8-sig", newline="") as raw:
            cells = [one for row in csv.reader(raw) for one in row]
        assert "'" + LIVE[0] in cells
        assert not [one for one in cells if re.match(r"\s*[=+@-]", one)]


def test_no_other_place_writes_csv() -> None:
    """A carrier's layout guards by itself; the export's tables are copied by the database, with the same
    signs.
    """
    found = {
        str(file.relative_to(SOURCE))
        for file in SOURCE.rglob("*.py")
        if re.search(r"csv\.(writer|DictWriter)\b", file.read_text())
    }
    assert found == {"actions/write/spreadsheet.py", "carriers/csvbatch/csv_rows.py"}
