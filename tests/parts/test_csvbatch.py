"""Files as a carrier's own format wants them, and as they really come back: half, twice, late, out of order,
thrown away.
"""

import csv
import io
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.parts.test_carriers_contract import ICCID, answer, ask
from tsuzuki.carriers import registry
from tsuzuki.carriers.port import CarrierStatus, Fault, Verb
from tsuzuki.core.errors import ProviderUnsure

TEMPLATE: dict[str, Any] = {
    "out": {
        "file": "ORDER_{sequence:05}.csv",
        "encoding": "cp932",
        "quote": "all",
        "header": ["H", "{at:%Y}", "{count}"],
        "footer": ["T", "{count}", "{lines}"],
        "columns": [
            {"name": "管理番号", "from": "key"},
            {"name": "電話番号", "from": "national"},
            {"name": "ICCID", "from": "iccid"},
            {"name": "商品", "from": "plan", "values": {"p30": "A003"}},
            {"name": "終了日", "from": "last_day", "date": "%Y/%m/%d"},
            {"name": "区分", "constant": "01"},
        ],
    },
    "back": {
        "file": "RESULT_*.csv",
        "encoding": "cp932",
        "skip": 1,
        "columns": {"key": "管理番号", "result": "結果", "reference": "受付番号", "reason": "エラー"},
        "results": {"00": "ok", "NG": "refused"},
        "footer": {"mark": "T", "count": 2},
    },
    "ack": {"file": "{stem}.ack", "refused": "NG"},
}
HEAD = "結果ファイル\r\n管理番号,結果,受付番号,エラー"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "carrier"


def carrier(folder: Path, template: Any = TEMPLATE, **more: object) -> Any:
    return registry.load(
        "csvbatch", {}, {"folder": str(folder), "template": template, "fetch_every": 0, **more}
    )


def back(folder: Path, name: str, *rows: str, footer: str | None = None) -> None:
    answer(
        folder,
        name,
        *rows,
        *([footer if footer is not None else f"T,{len(rows)}"]),
        head=HEAD,
        encoding="cp932",
    )


@pytest.mark.parametrize("name", ["RESULT_1.csv", "ORDER_00001.ack"])
def test_a_file_larger_than_any_answer_is_not_read(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tsuzuki.carriers.csvbatch.csv_rows.LARGEST", 1 << 20)
    one = ask()
    made = carrier(folder)
    made.act(one)
    (folder / "in").mkdir()
    (folder / "in" / name).write_bytes(b"NG" + b"x" * (2 << 20))
    with pytest.raises(ProviderUnsure):
        made.look_up(one.key)
    (folder / "in" / name).write_bytes(b"")
    assert made.look_up(one.key).status is CarrierStatus.WAITING


class TestTheirLayout:
    def test_a_file_is_as_they_want_it(self, folder: Path) -> None:
        asks = [ask(ends_at=datetime(2026, 5, 31, 15, 0, tzinfo=UTC)) for _ in range(2)]
        carrier(folder).act_many(asks)
        (file,) = (folder / "out").iterdir()
        assert file.name == "ORDER_00001.csv"
        text = file.read_bytes().decode("cp932")
        assert text.splitlines()[0] == f'"H","{datetime.now(UTC):%Y}","2"'
        rows = list(csv.reader(io.StringIO(text)))
        assert rows[1] == ["管理番号", "電話番号", "ICCID", "商品", "終了日", "区分"]
        # Through 31 May in Tokyo; read by a machine, so nothing is guarded against spreadsheets.
        assert rows[2] == [asks[0].key, "09012345678", ICCID, "A003", "2026/05/31", "01"]
        assert rows[4] == ["T", "2", "5"]
        carrier(folder).act_many([ask()])
        assert {file.name for file in (folder / "out").iterdir()} == {"ORDER_00001.csv", "ORDER_00002.csv"}

    def test_what_was_handed_over_is_known_when_they_took_it_away(self, folder: Path) -> None:
        one = ask()
        carrier(folder).act(one)
        for file in (folder / "out").iterdir():
            file.unlink()
        assert carrier(folder).look_up(one.key).status is CarrierStatus.WAITING
        assert carrier(folder).act(one).status is CarrierStatus.WAITING
        assert list((folder / "out").iterdir()) == []

    def test_a_plan_without_a_word_holds_up_its_batch_and_tells_the_operator(self, folder: Path) -> None:
        one = ask(plan="p90")
        told = carrier(folder).act(one)
        assert (told.status, told.fault, told.reason) == (
            CarrierStatus.PASSING,
            Fault.OURS,
            "template_lacks_a_word",
        )
        assert carrier(folder).look_up(one.key).status is CarrierStatus.NEVER_RECEIVED
        mended = {**TEMPLATE, "out": {**TEMPLATE["out"], "columns": [{"name": "k", "from": "key"}]}}
        assert carrier(folder, mended).act(one).status is CarrierStatus.WAITING

    def test_what_it_has_no_word_for_is_known_before_anybody_pays(self, folder: Path) -> None:
        made = carrier(folder)
        assert (made.has_word(Verb.ADD_PLAN, "p30"), made.has_word(Verb.ADD_PLAN, "p90")) == (True, False)
        verbs = {"out": {"columns": [{"from": "key"}, {"from": "verb", "values": {"add_plan": "1"}}]}}
        assert carrier(folder, verbs).has_word(Verb.ADD_PLAN, "p90")
        assert not carrier(folder, verbs).has_word(Verb.ADD_ADDON, "p90")
        assert carrier(folder, {}).has_word(Verb.ADD_ADDON, "p90")

    def test_columns_without_names_are_counted(self, folder: Path) -> None:
        template = {"back": {"names": False, "columns": {"key": "3", "result": "1"}, "results": {"0": "ok"}}}
        one, two = ask(), ask()
        made = carrier(folder, template)
        made.act_many([one, two])
        answer(folder, "a.csv", f"9,x,{two.key}", head=f"0,x,{one.key}")
        assert [made.look_up(key).status for key in (one.key, two.key)] == [
            CarrierStatus.DONE,
            CarrierStatus.WAITING,
        ]

    @pytest.mark.parametrize(
        ("template", "why"),
        [
            ({"out": {"file": "orders.csv"}}, "two files must never have one name"),
            ({"out": {"file": "../{key}.csv"}}, "without folders"),
            ({"out": {"file": "{key.__class__}.csv"}}, "is not known"),
            ({"out": {"file": "{key:>1000000000}.csv"}}, "cannot be written as"),
            ({"out": {"file": "{key:.1}.csv"}}, "cannot be written as"),
            ({"out": {"file": "{key}{at:%1000000000Y}.csv"}}, "cannot be written as"),
            ({"out": {"file": "{sequence:x%}.csv"}}, "out.file"),
            ({"out": {"footer": ["T", "{count:{lines}}"]}}, "cannot be written as"),
            ({"out": {"header": ["{count:0999999999}"]}}, "cannot be written as"),
            (
                {"out": {"columns": [{"from": "key"}, {"from": "ends_at", "date": "%999999999Y"}]}},
                "cannot be written as",
            ),
            ({"ack": {"file": "{name:>1000000000}"}}, "cannot be written as"),
            ({"out": {"encoding": "ebcdic"}}, "encoding"),
            ({"out": {"columns": [{"name": "x", "from": "plan"}]}}, "from: key"),
            ({"out": {"columns": [{"name": "x", "from": "password"}]}}, "from is one of"),
            ({"out": {"columns": [{"name": "x", "from": "key", "date": "%Y"}]}}, "no date"),
            ({"out": {"delimiter": "::"}}, "delimiter"),
            ({"back": {"columns": {"key": "k"}}}, "key and result"),
            ({"back": {"results": {"0": "yes"}}}, "ok or refused"),
            ({"back": {"names": False}}, "numbers from 1"),
            ({"ack": {"file": "{key}.ack"}}, "is not known"),
            ({"ack": {"file": "/proc/self/environ"}}, "answers one file"),
            ({"ack": {"file": "../../../{stem}"}}, "without folders"),
            ({"ack": {"file": "/etc/{name}"}}, "without folders"),
            ({"ack": {"file": "{stem}.ack", "refused": ""}}, "how a refusal begins"),
            ({"outt": {}}, "outt"),
        ],
    )
    def test_a_wrong_template_is_found_before_the_first_file(
        self, folder: Path, template: Any, why: str
    ) -> None:
        with pytest.raises(ValueError, match=why):
            carrier(folder, template)


class TestTheirAnswers:
    def test_a_whole_file_is_read(self, folder: Path) -> None:
        one, two, three = ask(), ask(), ask()
        made = carrier(folder)
        made.act_many([one, two, three])
        back(folder, "RESULT_1.csv", f"{one.key},00,R-1,", f"{two.key},NG,,回線停止中", f"{three.key},88,,")
        told = [made.look_up(each.key) for each in (one, two, three)]
        assert [(each.status, each.reference, each.reason) for each in told] == [
            (CarrierStatus.DONE, "R-1", None),
            (CarrierStatus.REFUSED, None, "回線停止中"),
            (CarrierStatus.WAITING, None, None),
        ]

    @pytest.mark.parametrize("footer", ["", "T", "T,1", "T,3", "T,x", "X,2"])
    def test_a_file_without_its_footer_is_half_and_waits(self, folder: Path, footer: str) -> None:
        one, two = ask(), ask()
        made = carrier(folder)
        made.act_many([one, two])
        rows = (f"{one.key},00,R-1,", f"{two.key},00,R-2,")
        back(folder, "RESULT_1.csv", *rows, footer=footer)
        assert {made.look_up(each.key).status for each in (one, two)} == {CarrierStatus.WAITING}
        back(folder, "RESULT_1.csv", *rows)
        assert [made.look_up(each.key).reference for each in (one, two)] == ["R-1", "R-2"]

    def test_a_line_somebody_is_still_writing_is_not_read(self, folder: Path) -> None:
        """«R-12» of «R-123» is a wrong reference. A file that lies still was meant so."""
        one, two = ask(), ask()
        made = carrier(folder, {})
        made.act_many([one, two])
        (folder / "in").mkdir()
        file = folder / "in" / "a.csv"
        file.write_text(f"key,result,reference\n{one.key},ok,R-1\n{two.key},ok,R-12")
        assert made.look_up(one.key).reference == "R-1"
        assert made.look_up(two.key).status is CarrierStatus.WAITING
        file.write_text(f"key,result,reference\n{one.key},ok,R-1\n{two.key},ok,R-123\n")
        assert made.look_up(two.key).reference == "R-123"
        three = ask()
        made.act(three)
        last = folder / "in" / "b.csv"
        last.write_text(f"key,result,reference\n{three.key},ok,R-3")
        assert made.look_up(three.key).status is CarrierStatus.WAITING
        long_ago = datetime.now(UTC).timestamp() - 300
        os.utime(last, (long_ago, long_ago))
        assert made.look_up(three.key).reference == "R-3"

    @pytest.mark.parametrize("name", ["a.csv.part", "a.csv.tmp", "a.filepart", ".a.csv", "a.xls"])
    def test_what_has_another_name_is_no_answer_yet(self, folder: Path, name: str) -> None:
        one = ask()
        made = carrier(folder, {})
        made.act(one)
        answer(folder, name, f"{one.key},ok,R-1,")
        assert made.look_up(one.key).status is CarrierStatus.WAITING
        (folder / "in" / name).rename(folder / "in" / "a.csv")
        assert made.look_up(one.key).status is CarrierStatus.DONE

    def test_the_same_file_twice_and_late_parts_change_nothing(self, folder: Path) -> None:
        one, two = ask(), ask()
        made = carrier(folder)
        made.act_many([one, two])
        back(folder, "RESULT_1.csv", f"{one.key},00,R-1,")
        back(folder, "RESULT_1 (copy).csv", f"{one.key},00,R-1,")
        assert (made.look_up(one.key).reference, made.look_up(two.key).status) == (
            "R-1",
            CarrierStatus.WAITING,
        )
        back(folder, "RESULT_0_late.csv", f"{two.key},00,R-2,", f"{one.key},00,R-1,")
        assert [made.look_up(each.key).reference for each in (one, two)] == ["R-1", "R-2"]

    def test_an_answer_to_what_we_never_asked_is_nobodys(self, folder: Path) -> None:
        made = carrier(folder)
        back(folder, "RESULT_1.csv", "kunknown,00,R-1,")
        assert made.look_up(ask().key).status is CarrierStatus.NEVER_RECEIVED

    @pytest.mark.parametrize(
        ("said", "standing"),
        [
            ("OK 2 rows", CarrierStatus.WAITING),
            ("NG layout error", CarrierStatus.REFUSED),
            ("", CarrierStatus.WAITING),
        ],
    )
    def test_their_acknowledgement_counts_for_the_whole_file(
        self, folder: Path, said: str, standing: CarrierStatus
    ) -> None:
        one, two = ask(), ask()
        made = carrier(folder)
        made.act(one)
        made.act(two)
        (folder / "in").mkdir()
        (folder / "in" / "ORDER_00001.ack").write_text(said)
        told = made.look_up(one.key)
        assert told.status is standing
        assert made.look_up(two.key).status is CarrierStatus.WAITING  # another file
        if standing is CarrierStatus.REFUSED:
            assert (told.fault, told.reason) == (Fault.OURS, "file_refused")


def grow_old(folder: Path) -> None:
    """So much later that whoever was handing over is done or dead."""
    for file in (folder / "sending").iterdir():
        os.utime(file, (file.stat().st_mtime - 300, file.stat().st_mtime - 300))


class TestACrash:
    """What lies in `sending` was on its way when the process died."""

    def died(self, folder: Path, after_put: bool, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Killed right before or right after the file got its name on their side."""
        from tsuzuki.carriers.csvbatch.exchange_folder import Folder

        real, one = Folder.put, ask()

        def put(place: Folder, name: str, content: bytes) -> None:
            if after_put:
                real(place, name, content)
            raise KeyboardInterrupt

        monkeypatch.setattr(Folder, "put", put)
        with pytest.raises(KeyboardInterrupt):
            carrier(folder).act(one)
        monkeypatch.setattr(Folder, "put", real)
        return one

    def test_what_is_found_there_was_handed_over(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        one = self.died(folder, True, monkeypatch)
        grow_old(folder)
        made = carrier(folder)
        assert made.look_up(one.key).status is CarrierStatus.WAITING
        assert made.act(one).status is CarrierStatus.WAITING
        assert len(list((folder / "out").iterdir())) == 1
        assert list((folder / "sending").iterdir()) == []

    def test_what_is_not_may_have_been_fetched_and_is_for_people(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one = self.died(folder, False, monkeypatch)
        made = carrier(folder)
        with pytest.raises(ProviderUnsure):  # for all another worker knows it goes out at this moment
            made.look_up(one.key)
        grow_old(folder)
        told = made.look_up(one.key)
        assert (told.status, told.reason) == (CarrierStatus.CANNOT_TELL, "handing_over_unsure")
        assert made.act(one).status is CarrierStatus.WAITING  # never a second time by itself
        assert not (folder / "out").exists()
        back(folder, "RESULT_1.csv", f"{one.key},00,R-1,")
        assert made.look_up(one.key).status is CarrierStatus.DONE

    def test_a_name_that_was_only_taken_blocks_nothing(self, folder: Path) -> None:
        """As versions before left it when they were killed, and as a file system without links does."""
        one = ask()
        (folder / "sending").mkdir(parents=True)
        (folder / "sending" / f"asks-{one.key}.csv").touch()
        made = carrier(folder, {})
        assert made.act(one).status is CarrierStatus.PASSING  # somebody may be at it
        grow_old(folder)
        assert made.look_up(one.key).status is CarrierStatus.NEVER_RECEIVED
        assert made.act(one).status is CarrierStatus.WAITING
        assert [file.name for file in (folder / "out").iterdir()] == [f"asks-{one.key}.csv"]
        assert list((folder / "sending").iterdir()) == []

    @pytest.mark.parametrize("links", [True, False])
    def test_killed_before_the_file_is_noted_nothing_is_left_that_blocks(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, links: bool
    ) -> None:
        one = ask()

        def killed(*_: object) -> None:
            raise KeyboardInterrupt if links else PermissionError

        with monkeypatch.context() as patch:
            patch.setattr(os, "link", killed)
            if links:
                with pytest.raises(KeyboardInterrupt):
                    carrier(folder).act(one)
                assert list((folder / "sending").iterdir()) == []
        if not links:
            monkeypatch.setattr(os, "link", killed)
        assert carrier(folder).act(one).status is CarrierStatus.WAITING
        assert len(list((folder / "out").iterdir())) == 1

    def test_who_stood_still_hands_nothing_over_that_another_did_meanwhile(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from tsuzuki.carriers import csvbatch

        one, real, other = ask(), csvbatch.written, carrier(folder)
        told = []

        def stands_still(*given: Any) -> bytes:
            monkeypatch.setattr(csvbatch, "written", real)
            told.append(other.act(one).status)
            return real(*given)

        monkeypatch.setattr(csvbatch, "written", stands_still)
        assert carrier(folder).act(one).status is CarrierStatus.PASSING
        assert told == [CarrierStatus.WAITING]
        assert len(list((folder / "out").iterdir())) == 1
        assert list((folder / "sending").iterdir()) == []


def test_an_empty_folder_in_place_of_ours_is_no_new_one(folder: Path, tmp_path: Path) -> None:
    """Its disk is not mounted: what was handed over is not handed over again, and
    nobody says it never was.
    """
    environ = {"TSUZUKI_DATA": str(tmp_path / "data")}

    def here() -> Any:
        return registry.load("csvbatch", environ, {"folder": str(folder), "fetch_every": 0})

    one, two = ask(), ask()
    assert here().visit() == ""
    assert here().look_up(one.key).status is CarrierStatus.NEVER_RECEIVED
    assert here().act(one).status is CarrierStatus.WAITING
    folder.rename(tmp_path / "disk")
    folder.mkdir()
    for asked in (one, two):
        told = here().act(asked)
        assert (told.status, told.fault, told.reason) == (CarrierStatus.PASSING, Fault.OURS, "folder_lost")
        with pytest.raises(ProviderUnsure):
            here().look_up(asked.key)
    assert list(folder.iterdir()) == []
    assert "is its disk mounted?" in here().visit()
    folder.rmdir()
    (tmp_path / "disk").rename(folder)
    assert here().act(one).status is CarrierStatus.WAITING
    assert here().act(two).status is CarrierStatus.WAITING
    assert len(list((folder / "out").iterdir())) == 2


def test_workers_that_hand_over_at_once_never_take_one_name(folder: Path) -> None:
    """Sixteen batches through eight workers of their own: sixteen files, every ask once."""
    from concurrent.futures import ThreadPoolExecutor

    asks = [ask() for _ in range(16)]
    workers = [carrier(folder) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda pair: workers[pair[0] % 8].act(pair[1]), enumerate(asks)))
    assert {one.status for one in told} == {CarrierStatus.WAITING}
    files = [file.read_bytes().decode("cp932") for file in (folder / "out").iterdir()]
    assert len(files) == 16
    assert sorted(key.key for key in asks) == sorted(
        one.key for one in asks for text in files if one.key in text
    )
    assert list((folder / "sending").iterdir()) == []


def test_a_folder_nobody_can_read_is_unsure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = ask()
    made = carrier(folder, {})
    made.act(one)
    (folder / "in").mkdir()
    (folder / "in" / "a.csv").write_text("key,result\n")

    def broken(*_: object) -> object:
        raise PermissionError

    monkeypatch.setattr(Path, "open", broken)
    with pytest.raises(ProviderUnsure):
        made.look_up(one.key)
