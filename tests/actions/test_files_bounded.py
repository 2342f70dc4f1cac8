"""Files of people that unpack to far more than they are, or nest without end, are refused before they are
taken apart.
"""

import zipfile

import pytest

from tests import messy
from tsuzuki.core.errors import Code, Refused


def rows(file):
    from tsuzuki.actions.moving.mapping import read
    from tsuzuki.actions.moving.source_file import rows

    return list(rows(file, read(messy.MAP)))


def inflated(file, part: str, size: int):
    """The workbook with a part that is nothing but blanks: a thousandth of what it unpacks to."""
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as parts, parts.open(part, "w") as out:
        for _ in range(size >> 20):
            out.write(b" " * (1 << 20))
    return file


@pytest.mark.parametrize(
    ("part", "most"),
    [("xl/worksheets/sheet9.xml", "MOST_OF_SHEETS"), ("xl/sharedStrings9.xml", "MOST_BESIDE")],
)
def test_a_workbook_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path, monkeypatch, part, most):
    from tsuzuki.actions.moving import source_file

    monkeypatch.setattr(source_file, most, 8 << 20)
    file = tmp_path / "old.xlsx"
    messy.workbook(file, 30)
    assert len(rows(file)) >= 30
    assert inflated(file, part, 9 << 20).stat().st_size < 200_000
    with pytest.raises(Refused) as refused:
        rows(file)
    assert refused.value.code is Code.FILE_UNREADABLE
    assert "unpacks" in refused.value.facts["reason"]


def test_a_row_further_down_than_a_sheet_is_long_is_not_counted_to(tmp_path, monkeypatch):
    """All rows between are read as empty ones: ten billion of them for a file of five kilobytes."""
    from tsuzuki.actions.moving import source_file

    monkeypatch.setattr(source_file, "MOST_ROWS", 1000)
    file, far = tmp_path / "old.xlsx", tmp_path / "far.xlsx"
    messy.workbook(file, 30)
    with zipfile.ZipFile(file) as parts, zipfile.ZipFile(far, "w", zipfile.ZIP_DEFLATED) as out:
        for name in parts.namelist():
            end = b'<row r="2000"><c r="A2000"><v>1</v></c></row></sheetData>'
            out.writestr(
                name,
                parts.read(name).replace(b"</sheetData>", end) if "worksheets/" in name else parts.read(name),
            )
    assert len(rows(file)) >= 30
    with pytest.raises(Refused) as refused:
        rows(far)
    assert (refused.value.code, refused.value.facts["reason"]) == (
        Code.FILE_UNREADABLE,
        "it has more than 1,000 rows",
    )


def test_half_a_million_rows_fit(tmp_path):
    from tsuzuki.actions.moving.source_file import MOST_BESIDE, MOST_OF_SHEETS

    file = tmp_path / "old.xlsx"
    messy.workbook(file, 2000)
    with zipfile.ZipFile(file) as parts:
        sizes = {part.filename: part.file_size for part in parts.infolist()}
    sheets = sum(size for name, size in sizes.items() if name.startswith("xl/worksheets/"))
    assert sheets * 250 < MOST_OF_SHEETS
    assert (sum(sizes.values()) - sheets) * 250 < MOST_BESIDE


@pytest.mark.parametrize("deep", ["[" * 5000, "columns: " + "[" * 5000, "{a: " * 5000])
def test_a_map_nested_without_end_is_a_wrong_map(deep):
    from tsuzuki.actions.moving.mapping import read

    with pytest.raises(Refused) as refused:
        read(deep)
    assert refused.value.code is Code.MAP_WRONG


def test_answers_nested_without_end_are_wrong_answers(tmp_path):
    from tsuzuki.cli.init.answers import read

    file = tmp_path / "answers.yaml"
    file.write_text("[" * 5000)
    with pytest.raises(Refused) as refused:
        read(file)
    assert refused.value.code is Code.SETUP_WRONG
