# ruff: noqa: F811 (a test names the fixture it asks for)

"""Files that people hand to commands, as their editors save them."""

from __future__ import annotations

import json
import os

import pytest

from tests.faces.test_commands import command, now, sentence  # noqa: F401 (fixtures among them)


class TestFiles:
    """Written by whatever program people have; read alike by every command, and refused in a sentence."""

    @pytest.fixture
    def ours(self, database, tmp_path, monkeypatch):
        from tests import cast

        monkeypatch.setenv("TSUZUKI_DATA", str(tmp_path / "data"))
        cast.operator(cast.NOON)
        return cast.line()

    def usage(
        self, number: str, at: str, record: str = "記録-1", head: str = "record,number,good,amount,at"
    ) -> str:
        return f"{head}\n{record},{number},Ｄａｔａ,1000,{at}\n"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
    def test_usage_in_any_encoding(self, ours, tmp_path, now, encoding):
        from tsuzuki.records.models import Usage
        from tsuzuki.records.queries import numbers_of

        file = tmp_path / "usage.csv"
        file.write_bytes(self.usage(numbers_of([ours])[ours], now.isoformat()).encode(encoding))
        done = command(dict(os.environ), "usage", str(file), "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["booked"] == 1
        assert Usage.objects.get().record == "記録-1"

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"at": "9999-12-31T00:00:00+00:00"}, "row 2"),
            ({"at": "1999-12-31T00:00:00+00:00"}, "row 2"),
            ({"record": "a\0b"}, "NUL"),
            ({"record": "a\u202eb"}, "row 2"),
            ({"record": "a\x01b"}, "row 2"),
            ({"record": "x" * 140_000}, "cannot be read"),
            ({"head": "id,number,good,amount,at"}, "the column id is unknown"),
        ],
        ids=["9999", "1999", "nul", "direction", "control", "long", "header"],
    )
    def test_usage_that_cannot_be(self, ours, tmp_path, monkeypatch, capsys, now, change, said):
        from tsuzuki.cli import start
        from tsuzuki.cli.main import app
        from tsuzuki.records.models import Usage

        monkeypatch.setattr(start, "set_up_log", lambda log: None)
        given = {"number": "+819000000001", "at": now.isoformat()} | change
        (tmp_path / "usage.csv").write_text(self.usage(**given))
        with pytest.raises(SystemExit) as ended, start.explained():
            app(["usage", str(tmp_path / "usage.csv")])
        assert ended.value.code == 1
        assert said in capsys.readouterr().err
        assert not Usage.objects.exists()

    @pytest.mark.parametrize(
        "raw",
        [b"", b"\xff\xfe\xff", b"\x80\x81\xa0\xff", b"PK\x03\x04"],
        ids=["empty", "half", "random", "book"],
    )
    @pytest.mark.parametrize(
        "words",
        [
            ("usage",),
            ("import-plans",),
            ("pilot", "--let-in"),
            ("import-lines", __file__, "--dry-run", "--map"),
            ("import-lines",),
            ("compare-lines", __file__, "--map"),
            ("init", "--answers"),
        ],
        ids=lambda words: words[0] + words[-1],
    )
    def test_what_is_no_such_file(self, ours, tmp_path, monkeypatch, capsys, words, raw):
        from tsuzuki.cli import start
        from tsuzuki.cli.main import app

        monkeypatch.setattr(start, "set_up_log", lambda log: None)  # this process has its own
        (tmp_path / "file").write_bytes(raw)
        with pytest.raises(SystemExit) as ended, start.explained():
            app([*words, str(tmp_path / "file")])
        if words[0] == "pilot" and not raw:  # nobody is named in it
            assert ended.value.code == 0
        else:
            assert ended.value.code == 1
            assert len(capsys.readouterr().err.strip().splitlines()) == 1

    def test_plans_numbers_and_maps_as_a_japanese_editor_saves_them(self, ours, tmp_path):
        from tsuzuki.records.models import Plan
        from tsuzuki.records.queries import numbers_of

        plan = "plans:\n  - {code: kiso, kind: plan, names: {en: Basic, ja: 基本プラン}, data: 1 GB,\n"
        plan += "     price: JPY 500, tax: jp_standard, valid: {rule: month_end, count: 1}}\n"
        (tmp_path / "plans.yaml").write_bytes(plan.encode("cp932"))
        assert command(dict(os.environ), "import-plans", str(tmp_path / "plans.yaml")).returncode == 0
        assert Plan.objects.get(code="kiso").names["ja"] == "基本プラン"
        (tmp_path / "numbers.txt").write_bytes(numbers_of([ours])[ours].encode("utf-16"))
        done = command(dict(os.environ), "pilot", "--hold-back", str(tmp_path / "numbers.txt"), "--json")
        assert json.loads(done.stdout)["changed"] == 1
        (tmp_path / "map.yaml").write_bytes("columns: {番号: x}\n".encode("cp932"))
        said = sentence(
            command(
                dict(os.environ), "import-lines", __file__, "--dry-run", "--map", str(tmp_path / "map.yaml")
            )
        )
        assert "encoding" not in said
