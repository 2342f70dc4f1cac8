"""One strict reader for every YAML file people write: the guide's, plan files, maps of an old system's
columns, the answers of a setup.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import tsuzuki
from tsuzuki.core.errors import Code, Refused
from tsuzuki.strict_yaml import DEEPEST, MOST_CHARACTERS, Cell, Wrong, read

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "f:1: the file is empty"),
        ("# nothing\n", "f:1: the file is empty"),
        ("a: 1\nb: 2\na: 3", "f:3: a is there twice"),
        ("a:\n  b: 1\n  b: 1", "f:3: b is there twice"),
        ("a:\n- {b: 1, c: 2,\n   b: 3}", "f:3: b is there twice"),
        (BOMB, "f:2: references"),
        ("a: &a {b: 1}\nc:\n  <<: *a", "f:3: references"),
        ("a: !!python/name:os.system x", "f:1: a YAML tag"),
        ("a:\n  !x b: 1", "f:2: a YAML tag"),
        ("a: 1\n---\nb: 2", "f:2: not YAML: a second document"),
        ("? [a]\n: b", "f:1: a name (before the colon) is text"),
        ('"a\\0": 1', "f:1: a character that cannot be kept"),
        ("a: b\n\x01", "f:2: not YAML: a character that cannot be shown"),
        ("a: b\n\ud800", "f:2: not YAML: a character that cannot be shown"),
        ('a: "\\ud800"', "f:1: "),
        ("a: [", "f:1: not YAML"),
        ("a: b\n c: d", "f:2: not YAML"),
        ("[" * 100_000, "f:1: nested too deeply"),
        ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), "f:1: nested too deeply"),
        ("{a: " * 5000, "f:1: nested too deeply"),
        (f"a: {1:0{MOST_CHARACTERS}}", "f:1: the file is too large"),
        ("a: 1.0e+999", "f:1: a number too large"),
        ("a: " + "9" * 5000, "f:1: a number too large"),
    ],
)
def test_what_is_not_exactly_right_is_refused_with_its_line(text, said):
    with pytest.raises(Wrong) as wrong:
        read(text, "f").values()
    assert str(wrong.value).startswith(said)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("5", 5),
        ("-5", -5),
        ("0", 0),
        ("007", "007"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("10:00", "10:00"),
        ("2026-12-01", "2026-12-01"),
        ("1.5", 1.5),
        ('"1.5"', "1.5"),
        ("+", "+"),
        ("true", True),
        ("No", False),
        ('"no"', "no"),
        ("", None),
        ("~", None),
        ('""', ""),
        ("a b", "a b"),
        ("|-\n  5", "5"),
        ("３", "３"),
        ("[1, x, [true]]", [1, "x", [True]]),
        ("{b: 1}", {"b": 1}),
    ],
)
def test_values_are_what_their_writer_meant_and_cells_are_what_stands_there(written, meant):
    cell = read(f"a: {written}\n").block().take("a")
    assert isinstance(cell, Cell)
    assert (cell.values(), type(cell.values())) == (meant, type(meant))
    assert cell.marked() == meant
    if not isinstance(meant, dict | list):
        assert cell.written() == written.strip('"|-\n ' if written.startswith("|") else '"')


def test_every_mapping_and_key_knows_its_line():
    found = read("# c\na: 1\n\nb:\n  - c: x\n    d: y\n", "f").marked()
    assert (found.at(), found.at("b"), found["b"][0].at("d"), found.at("none")) == (
        "f:2",
        "f:4",
        "f:6",
        "f:2",
    )


def test_a_name_nobody_took_is_refused_where_it_stands():
    block = read("a: 1\nb: 2\nc: 3", "f").block()
    block.named("plan x")
    assert block.need("a").whole(0, 9, "a") == 1
    block.take("c")
    with pytest.raises(Wrong, match="f:2: b is not known here") as wrong:
        block.done()
    assert wrong.value.what == "plan x"
    with pytest.raises(Wrong, match="f:1: z is missing"):
        block.need("z")


SMALL = """columns:
  number: n
  iccid: i
  carrier: {constant: docomo}
  sim: {column: s, values: {yes: physical, 1: esim}, other: ''}
"""


def test_a_map_of_columns_says_what_stands_in_it():
    from tsuzuki.actions.moving.mapping import read as read_map

    found = read_map("header: 2\n" + SMALL)
    assert found.header == 2
    assert found.columns["sim"].values == {"yes": "physical", "1": "esim"}
    assert found.columns["sim"].other == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SMALL + "  number: m\n", "Line 6: number is there twice"),
        (SMALL + BOMB, "Line 7: references"),
        ("sheet: [a, b]\n" + SMALL, "Line 1: a value is expected here"),
        (SMALL + "zones: Asia/Tokyo\n", "Line 6: zones is not known here"),
        (SMALL + "  ends: {column: e, dates: x}\n", "Line 6: dates is not known here"),
        (SMALL + "  ends: {column: e, unit: GB}\n", "Line 6: ends has no unit"),
        (
            SMALL.replace("constant: docomo", "constant: docomo, constant: au"),
            "Line 4: constant is there twice",
        ),
        ("header: true\n" + SMALL, "Line 1: header"),
        ("- a\n", "Line 1: names with values"),
    ],
)
def test_a_wrong_map_names_its_line(text, said):
    from tsuzuki.actions.moving.mapping import read as read_map

    with pytest.raises(Refused) as refused:
        read_map(text)
    assert refused.value.code is Code.MAP_WRONG
    assert refused.value.facts["what"].startswith(said)


@pytest.mark.parametrize(
    ("text", "said"), [("name: A\nname: B\n", "line 2: name is there twice"), (BOMB, "line 2: references")]
)
def test_wrong_answers_name_their_line(tmp_path, text, said):
    from tsuzuki.cli.init.answers import read as read_answers

    file = tmp_path / "answers.yaml"
    file.write_text(text)
    with pytest.raises(Refused) as refused:
        read_answers(file)
    assert refused.value.facts["what"].startswith(said)


def test_nothing_else_reads_yaml():
    folder = Path(tsuzuki.__file__).parent
    readers = ("yaml.safe_load", "yaml.load", "yaml.compose", "yaml.parse", "yaml.full_load")
    files = [path for path in folder.rglob("*.py") if any(one in path.read_text("utf-8") for one in readers)]
    assert files == [folder / "strict_yaml.py"]
