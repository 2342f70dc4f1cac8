# ruff: noqa: F811 (a test names the fixture it asks for)

"""While the old system still runs: both are compared, and a pilot renews here first."""

import pytest

from tests import cast, messy
from tests.actions.test_moving_in import SMALL, line_of, move, operator, small  # noqa: F401 (fixtures among them)
from tests.cast import NOON
from tests.messy import AS_OF


class TestBesideTheOldSystem:
    def compare(self, file, **options):
        from tsuzuki.actions.moving.compare import compare_lines
        from tsuzuki.actions.moving.mapping import read

        return compare_lines(file, read(options.pop("map", messy.MAP)), AS_OF, **options)

    def test_right_after_moving_in_nothing_differs(self, operator, tmp_path):
        file = tmp_path / "old.xlsx"
        truth = messy.workbook(file, 300)
        move(file, skip_bad=True)
        found = self.compare(file)
        doubled = sum(kind == "doubled" for kind in truth.bad.values())
        assert (found.same, found.missing, found.extra, sum(found.differs.values())) == (
            truth.good,
            doubled,
            0,
            0,
        )
        assert found.bad == len(truth.bad) - doubled

    def test_every_kind_of_difference_is_told(self, operator, tmp_path):
        rows = [f"0701234567{n},{messy.iccid(n)},e,data-3gb,2026-12-01,1,100,2027-01-01" for n in range(6)]
        move(small(tmp_path, *rows), SMALL)
        theirs = [
            rows[0],
            rows[1].replace("2026-12-01", "2026-12-02"),
            rows[2].replace(",1,100", ",2,100"),
            rows[3].replace(",100,", ",101,"),
            rows[4].replace("2026-12-01,1", "2026-11-01,"),
            f"07099999999,{messy.iccid(9)},e,data-3gb,2026-12-01,1,100,2027-01-01",
        ]
        told = []
        found = self.compare(small(tmp_path, *theirs), map=SMALL, told=lambda *cells: told.append(cells))
        assert (found.same, found.missing, found.extra) == (1, 1, 1)
        assert [(row, what) for row, _, what, *_ in told if what != "line"] == [
            (3, "ends"), (4, "data"), (5, "credit"), (6, "ends"), (6, "data"),
        ]  # fmt: skip
        assert ("+817012345671", "credit", "101", "100") not in [
            (number, what, a, b) for _, number, what, a, b in told
        ]
        assert (5, "+817012345673", "credit", "101", "100") in told


class TestThePilot:
    def test_who_is_held_back_is_told_not_yet_and_who_is_let_in_renews(self, operator, tmp_path):
        from tsuzuki.actions.lines import pilot
        from tsuzuki.core.errors import Code, Refused

        rows = [f"0701234567{n},{messy.iccid(n)},e,,,,," for n in range(3)]
        move(small(tmp_path, *rows), SMALL, held_back=True)
        assert pilot.held_back() == 3
        for n in range(3):
            with pytest.raises(Refused) as refused:
                cast.buy(line_of(n).id, "data-3gb", cast.voucher(990))
            assert refused.value.code is Code.LINE_NOT_YET
        assert pilot.let_in(["+817012345671", "+817099999999"], "staff", NOON) == (1, ["+817099999999"])
        assert cast.buy(line_of(1).id, "data-3gb", cast.voucher(990)).waiting is False
        assert pilot.hold_back(["+817012345671"], "staff", NOON) == (1, [])
        assert pilot.open_to_all("staff", NOON) == 3
        assert pilot.hold_all_back("staff", NOON) == 3
        assert pilot.open_to_all("staff", NOON) == 3
        assert cast.buy(line_of(2).id, "data-3gb", cast.voucher(990)).waiting is False
