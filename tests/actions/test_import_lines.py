"""Lines from files as spreadsheets really leave them."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from tests import cast
from tests.cast import NOON

HEADER = "number,iccid,carrier,sim,technology,eid,language,email"
SLOWEST = 20.0  # seconds for 10,000 rows on a machine that does other things; 3 are usual


def iccid(n: int) -> str:
    body = f"898199{n:012d}"
    return body + luhn.calc_check_digit(body)


def eid(n: int) -> str:
    body = f"89081999{n:022d}"
    return body + str(mod_97_10.calc_check_digits(body))


def row(n: int, **cells: str) -> str:
    all_cells = {
        "number": f"0609999{n:04d}",
        "iccid": iccid(n),
        "carrier": "sand",
        "sim": "physical",
        "technology": "5g",
        "eid": "",
        "language": "ja",
        "email": f"holder-{n}@example.com",
    } | cells
    return ",".join(all_cells.values())


def text(*rows: str, header: str = HEADER) -> str:
    return "\r\n".join([header, *rows]) + "\r\n"


@pytest.fixture
def operator(database):
    cast.operator()


def run(what, **options):
    from tsuzuki.actions.lines.import_lines import import_lines

    return import_lines(what.encode() if isinstance(what, str) else what, "test", NOON, **options)


def lines() -> int:
    from tsuzuki.records.models import Line, Number, Sim

    counts = {model.objects.count() for model in (Line, Number, Sim)}
    assert len(counts) == 1, "a line without its number or SIM"
    return counts.pop()


def mistakes(report) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.code.value) for bad in report.bad for one in (bad, *bad.also)]


def test_a_row_becomes_a_line_with_its_number_and_sim(operator):
    from tsuzuki.records import queries

    report = run(
        text(
            row(1),
            row(
                2, sim="eSIM", eid=eid(7), language="zh_CN", technology="", email="a@faß.de", carrier=" SAND "
            ),
        )
    )
    assert (report.rows, report.imported, report.already, report.bad, report.encoding, report.warnings) == (
        2,
        2,
        0,
        (),
        "UTF-8",
        0,
    )
    first = queries.line_by_number("060-9999-0001", NOON)
    assert (first.carrier_id, first.technology, first.language, first.email) == (
        "sand",
        "5g",
        "ja",
        "holder-1@example.com",
    )
    assert (first.opened_at, first.sims.get().iccid, first.sims.get().kind) == (NOON, iccid(1), "physical")
    second = queries.line_by_iccid(iccid(2))
    assert (second.technology, second.language, second.email) == ("4g", "zh-Hans", "a@xn--fa-hia.de")
    assert (second.sims.get().kind, second.sims.get().eid) == ("esim", eid(7))


def test_twice_the_same_file_is_once(operator):
    assert run(text(row(1), row(2))).imported == 2
    again = run(text(row(2, email="new@example.com"), row(1), row(3)))
    assert (again.imported, again.already, again.bad) == (1, 2, ())
    assert lines() == 3
    from tsuzuki.records import queries

    assert queries.line_by_number("06099990002", NOON).email == "holder-2@example.com", (
        "an import changes no line"
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters(operator, delimiter):
    content = text(row(1, number="０６０－９９９９ー０００１"), row(2)).replace(",", delimiter)
    written = {
        "UTF-8": [content.encode()],
        "UTF-8 with BOM": [content.encode("utf-8-sig")],
        "CP932 (Shift-JIS)": [content.encode("cp932")],
        "UTF-16": [content.encode("utf-16"), b"\xfe\xff" + content.encode("utf-16-be")],
    }
    told = [(run(raw), name) for name, raws in written.items() for raw in raws]
    assert [(report.encoding, report.bad) for report, _ in told] == [(name, ()) for _, name in told]
    assert [(report.imported, report.already) for report, _ in told] == [(2, 0)] + [(0, 2)] * 4, (
        "the same lines, however written"
    )


def test_columns_in_any_order_and_case(operator):
    header = "Email,SIM,ICCID,Number,carrier,opened"
    cells = f'"a@example.com","physical","{iccid(1)}","+81 60 9999 0001",sand,2024/3/1'
    assert run(text(cells, header=header)).imported == 1
    from tsuzuki.records import models

    line = models.Line.objects.get()
    assert line.opened_at == datetime(2024, 2, 29, 15, tzinfo=UTC), "midnight in Tokyo"
    assert models.Number.objects.get().since == NOON, "what we know, we know from now on"


def test_a_day_that_says_nothing_certain(operator):
    for opened in ("2026-11-23", "2024-02-30", "01/02/2024", "45352", "1969-01-01", "2024-01/02"):
        report = run(text(row(1) + f",{opened}", header=HEADER + ",opened"))
        assert mistakes(report) == [(2, "opened", "opened")], opened


def test_quoted_newlines_and_empty_rows_keep_the_row_numbers_of_the_spreadsheet(operator):
    report = run(
        text(row(1, email='"holder-1@example.com\n"'), "", ",,,,,,,", row(2, carrier='"two\nlines"'))
    )
    assert mistakes(report) == [(5, "carrier", "carrier")]
    assert report.bad[0].value == "two lines"
    assert report.rows == 2


def test_cells_protected_from_a_spreadsheet(operator):
    assert run(text(row(1, number="'06099990001", iccid=f'="{iccid(1)}"'))).imported == 1


BAD = [
    ({"number": "6099990001"}, ("number", "lost_zero"), "609***0001"),
    ({"number": "60-9999-0001"}, ("number", "lost_zero"), "60-*****0001"),
    ({"number": "2001234567890"}, ("number", "lost_zero"), "200******7890"),
    ({"number": "6099990001.0"}, ("number", "spreadsheet"), None),
    ({"number": "312345678.0"}, ("number", "spreadsheet"), None),
    ({"number": "9.01E+09"}, ("number", "spreadsheet"), "9.01E+09"),
    ({"number": "090123456"}, ("number", "number"), "090****56"),
    ({"number": "060999900011"}, ("number", "number"), None),
    ({"number": "call me"}, ("number", "number"), "call me"),
    ({"number": ""}, ("number", "missing"), ""),
    ({"iccid": "8.98E+18"}, ("iccid", "spreadsheet"), "8.98E+18"),
    ({"iccid": "8981990000000000001.0"}, ("iccid", "spreadsheet"), None),
    ({"iccid": "89819900000000"}, ("iccid", "iccid"), "898199****0000"),
    ({"iccid": "1" + iccid(1)[1:]}, ("iccid", "iccid"), None),
    ({"sim": "esim", "eid": eid(1)[:-1] + str((int(eid(1)[-1]) + 1) % 10)}, ("eid", "eid"), None),
    ({"sim": "esim", "eid": "8.9049E+31"}, ("eid", "spreadsheet"), "8.9049E+31"),
    ({"eid": eid(1)}, ("eid", "eid_of_card"), None),
    ({"carrier": "docomo"}, ("carrier", "carrier"), "docomo"),
    ({"sim": "nano"}, ("sim", "word"), "nano"),
    ({"technology": "LTE"}, ("technology", "word"), "LTE"),
    ({"language": "ko"}, ("language", "language"), "ko"),
    ({"language": "jp"}, ("language", "language"), "jp"),
    ({"email": "mei.example.com"}, ("email", "email"), "***"),
    ({"email": "mei@ｅｘａｍｐｌｅ"}, ("email", "email"), None),
    ({"email": "芽衣@example.com"}, ("email", "email"), None),
    ({"email": "a..b@example.com"}, ("email", "email"), None),
    ({"email": "a@example.com,b@example.com"}, ("", "cells"), None),
]


def test_bad_cells(operator):
    """One database for all: each row but the good one is a line of its own."""
    from tsuzuki.actions.lines.import_lines import explain

    run(text(row(9)))
    for cells, expected, value in BAD:
        report = run(text(row(9), row(1, **cells), row(10)))
        assert mistakes(report) == [(3, *expected)], cells
        assert value is None or report.bad[0].value == value
        assert (report.already, report.imported, lines()) == (1, 0, 1), "nothing of a file with a bad row"
        assert explain(report.bad[0]).startswith("row 3: ")
    skipped = run(text(row(9), *(row(1, **cells) for cells, _, _ in BAD), row(10)), skip_bad=True)
    assert (skipped.already, skipped.imported, len(skipped.bad), lines()) == (1, 1, len(BAD), 2)


def test_a_lost_zero_is_shown_with_the_right_way_and_masked(operator):
    from tsuzuki.actions.lines.import_lines import explain

    said = explain(run(text(row(1, number="9012345678"))).bad[0])
    assert "lost leading zero: it should be 090****5678" in said
    assert "1234" not in said


def test_numbers_that_lost_nothing(operator):
    told = [
        "+81 60 9999 0001",
        "(060) 9999-0002",
        "816099990003",
        "00816099990004",
        "060.9999.0005",
        "+8613800138000",
    ]
    assert run(text(*(row(n, number=number) for n, number in enumerate(told, 1)))).imported == len(told)


def test_every_mistake_of_every_row_is_told(operator):
    report = run(text(row(1, number="1", sim="x"), row(2), row(3, email="@"), row(4, number="")))
    assert [bad.row for bad in report.bad] == [2, 4, 5]
    assert mistakes(report) == [
        (2, "number", "number"),
        (2, "sim", "word"),
        (4, "email", "email"),
        (5, "number", "missing"),
    ]


def test_the_same_number_or_sim_twice_names_both_rows(operator):
    whole = run(text(row(1), row(2), row(1)), skip_bad=True)
    assert mistakes(whole) == [(4, "number", "doubled")]
    assert (whole.bad[0].facts["other"], whole.imported) == (2, 2), "the same said twice is one line"
    differ = run(text(row(3), row(4), row(5, number="060 9999 0003"), row(6, iccid=iccid(4))), skip_bad=True)
    assert mistakes(differ) == [
        (2, "number", "doubled"),
        (3, "iccid", "doubled"),
        (4, "number", "doubled"),
        (5, "iccid", "doubled"),
    ]
    assert [bad.facts["other"] for bad in differ.bad] == [4, 5, 2, 3]
    assert differ.imported == 0, "which of two rows is right is nobody's guess"


def test_a_number_doubled_by_a_bad_row_is_not_imported_either(operator):
    report = run(text(row(1), row(2, number="06099990001", iccid="1")), skip_bad=True)
    assert report.imported == 0
    assert mistakes(report) == [(2, "number", "doubled"), (3, "iccid", "iccid"), (3, "number", "doubled")]


def test_in_use_by_another_line(operator):
    from tsuzuki.actions.order.close_line import close_line
    from tsuzuki.records import models

    run(text(row(1), row(2), row(3)))
    report = run(
        text(
            row(1, iccid=iccid(11)),
            row(12, iccid=iccid(2)),
            row(1, number="06099990013", iccid=iccid(3), sim="esim"),
        )
    )
    assert mistakes(report) == [(2, "number", "in_use"), (3, "iccid", "in_use"), (4, "iccid", "in_use")]
    swapped = run(text(row(1, iccid=iccid(2))))
    assert mistakes(swapped) == [(2, "number", "in_use"), (2, "iccid", "in_use")]
    moved = run(text(row(3, carrier="hand", sim="esim")))
    assert mistakes(moved) == [(2, "sim", "differs"), (2, "carrier", "differs")]
    close_line(models.Number.objects.get(msisdn="+816099990001").line_id, NOON)
    assert run(text(row(1))).imported == 1, "numbers are recycled"


def test_a_luhn_digit_only_warns(operator):
    wrong = iccid(1)[:-1] + str((int(iccid(1)[-1]) + 1) % 10)
    report = run(text(row(1, iccid=wrong), row(2, iccid=iccid(2)[:-1]), row(3)))
    assert (report.imported, report.warnings) == (3, 2)


def test_a_column_of_rounded_sims_is_a_spreadsheets_work_and_a_single_round_one_is_not(operator):
    rounded = [iccid(n)[:15] + "0000" for n in range(10**6, 10**7, 10**6)]
    report = run(text(*(row(n, iccid=one) for n, one in enumerate(rounded, 1))))
    assert {code for _, _, code in mistakes(report)} == {"spreadsheet"}
    assert len(report.bad) == len(rounded)
    assert any(luhn.is_valid(one) for one in rounded), "one in ten fits by chance"
    assert run(text(row(101, iccid=rounded[0]), row(102), row(103))).imported == 3


UNREADABLE = [
    (b"", "header"),
    (b"\r\n", "header"),
    (b'"number,iccid\n', "header"),
    (text(row(1), header=HEADER.replace("number,", "phone,")).encode(), "phone"),
    (text(row(1), header=HEADER.replace("technology", "iccid")).encode(), "iccid is there twice"),
    (text("sand,physical", header="carrier,sim").encode(), "number is missing"),
    (text(row(1)).encode() + b'"never closed,,,\r\n' + text(row(2)).encode(), "after row 2"),
    (text(row(1) + "\0").encode(), "NUL"),
    (text(row(1)).encode("utf-16-le"), "NUL"),
    (text(row(1)).encode("utf-32"), "NUL"),
    (text(row(1, email="é@example.com")).encode("latin-1") + b"\xa0\x80", "neither"),
    (b"\xef\xbb\xbf" + text(row(1, carrier="回線")).encode("cp932"), "neither"),
    (b"\xff\xfe" + text(row(1)).encode("utf-16-le") + b"\0", "neither"),
    (b"PK\x03\x04 a workbook", "Excel"),
]


def test_files_that_say_nothing_certain(operator):
    from tsuzuki.core.errors import Code, Refused

    for raw, reason in UNREADABLE:
        with pytest.raises(Refused) as refused:
            run(raw)
        assert refused.value.code is Code.FILE_UNREADABLE
        assert reason in refused.value.facts["reason"], raw
        assert len(refused.value.facts["reason"]) <= 60, "longer ones are cut where they are shown"


def test_reading_files(tmp_path):
    from tsuzuki.actions.write.csv_file import MOST_BYTES, read
    from tsuzuki.core.errors import Refused

    (tmp_path / "lines.csv").write_bytes(b"number")
    assert read(tmp_path / "lines.csv") == b"number"
    with (tmp_path / "large.csv").open("wb") as large:
        large.truncate(MOST_BYTES + 1)
    for name, reason in (("none.csv", "no such file"), (".", "directory"), ("large.csv", "larger")):
        with pytest.raises(Refused) as refused:
            read(tmp_path / name)
        assert reason in refused.value.facts["reason"]


def test_nothing_stays_when_it_breaks_in_the_middle(operator, monkeypatch):
    from tsuzuki.actions.lines import import_lines as module

    monkeypatch.setattr(module, "BATCH", 2)

    def breaks(done, _rows):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(text(*map(row, range(1, 8))), progress=breaks)
    assert lines() == 0
    told: list[tuple[int, int]] = []
    run(text(row(1), *map(row, range(1, 8))), skip_bad=True, progress=lambda *one: told.append(one))
    assert told == [(1, 8), (3, 8), (5, 8), (7, 8), (8, 8)]


def test_two_imports_at_once_make_one_line_each(operator, monkeypatch):
    """Both look, both see nothing, both write: the later one looks again."""
    from django.db import connection

    from tsuzuki.actions.lines import import_lines as module

    both_looked = threading.Barrier(2)
    compare, reports, looks = module.compare, [], []

    def compared(batch):
        found = compare(batch)
        looks.append(1)
        if len(looks) <= 2:
            both_looked.wait(timeout=20)
        return found

    monkeypatch.setattr(module, "compare", compared)

    def work():
        try:
            reports.append(run(text(row(1), row(2))))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((report.imported, report.already) for report in reports) == [(0, 2), (2, 0)]
    assert lines() == 2


def test_as_dict_is_plain(operator):
    import json

    from tsuzuki.actions.lines.import_lines import as_dict

    told = json.loads(json.dumps(as_dict(run(text(row(1, number="6099990001", sim="x"))))))
    assert told["bad_rows"] == 1
    assert [one["code"] for one in told["bad"]] == ["lost_zero", "word"]
    assert told["bad"][0]["right"] == "060****0001"


def test_every_code_has_its_sentence():
    from tsuzuki.actions.lines.import_lines import SENTENCES, BadCode

    assert set(SENTENCES) == set(BadCode)


def test_ten_thousand_rows_are_a_few_dozen_questions(operator):
    """What makes 100,000 rows a matter of half a minute: no question is asked for a single row."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    count, day = 10_000, datetime(2015, 1, 1)
    opened = [f"{day + timedelta(days=n):%Y-%m-%d}" for n in range(20)]
    rows = [
        f"090{n + 10_000_000:08d},{iccid(n)},sand,physical,4g,,en,holder-{n}@example.com,{opened[n % 20]}"
        for n in range(count)
    ]
    raw = text(*rows, header=HEADER + ",opened").encode("cp932")
    began = time.monotonic()
    with CaptureQueriesContext(connection) as asked:
        assert run(raw).imported == count
    assert len(asked) <= 100
    assert time.monotonic() - began < SLOWEST
    with CaptureQueriesContext(connection) as asked:
        assert run(raw).already == count
    assert len(asked) <= 20
    assert lines() == count
