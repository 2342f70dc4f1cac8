"""A whole operator moves in from a workbook: every rejected row explained, everything else there to the yen,
and the books hold.
"""

from datetime import UTC, datetime, timedelta

import pytest

from tests import cast, messy
from tests.cast import NOON
from tests.messy import AS_OF

ROWS = 5000


@pytest.fixture
def operator(database):
    cast.operator()


def move(file, map=messy.MAP, **options):
    from tsuzuki.actions.moving.mapping import read
    from tsuzuki.actions.moving.move_in import move_in

    return move_in(
        file,
        read(map),
        "test",
        NOON,
        options.pop("as_of", AS_OF),
        write=options.pop("write", True),
        **options,
    )


def proved() -> dict[str, dict[str, int]]:
    """What the books say, if they hold."""
    from tsuzuki.actions.money.verify import verify

    proof = verify(NOON)
    assert proof.faults == ()
    return proof.totals


def counts() -> tuple[int, ...]:
    from tsuzuki.records import models

    return tuple(
        one.objects.count() for one in (models.Line, models.Purchase, models.Order, models.Period, models.Lot)
    )


class TestAWorkbook:
    def test_it_moves_in_and_the_books_hold(self, operator, tmp_path):
        from django.db.models import Sum

        from tsuzuki.records.models import AuditEntry, Lot, Period

        file = tmp_path / "old.xlsx"
        truth = messy.workbook(file, ROWS)
        assert len(set(truth.bad.values())) == 13, "the sample has every kind of mistake"
        told: list[tuple[int, str]] = []
        dry = move(file, write=False, rejected=lambda row, cells, why: told.append((row, why)))
        assert counts() == (0, 0, 0, 0, 0)
        assert (dry.rows, dry.bad, dry.imported, dry.written) == (truth.rows, len(truth.bad), 0, False)
        assert [row for row, _ in told] == sorted(truth.bad)
        assert all(why for _, why in told)

        done = move(file, skip_bad=True)
        assert (done.imported, done.already, done.bad, done.ended) == (
            truth.good,
            0,
            len(truth.bad),
            truth.ended,
        )
        entries = list(
            AuditEntry.objects.filter(act="lines_imported", actor="test").values_list("facts", flat=True)
        )
        noted = {
            name: sum(facts[name] for facts in entries) for name in ("lines", "credit_minor", "paid_minor")
        }
        assert noted == {
            "lines": truth.good,
            "credit_minor": done.taken["credit_minor"],
            "paid_minor": done.taken["paid_minor"],
        }
        assert done.reasons == {
            kind: list(truth.bad.values()).count(kind) for kind in set(truth.bad.values())
        }
        assert dry.taken == done.taken
        books = proved()
        assert books["credit"]["JPY"] == truth.credit == done.taken["credit_minor"]
        assert books["unearned"]["JPY"] == truth.paid
        assert books["clearing"]["JPY"] == -truth.credit - truth.paid
        assert Period.objects.count() == truth.periods
        assert (
            Lot.objects.filter(good="data").aggregate(Sum("remaining"))["remaining__sum"]
            == truth.megabytes * 10**6
        )

    def test_one_bad_row_keeps_all_out_and_twice_is_once(self, operator, tmp_path):
        file = tmp_path / "old.xlsx"
        truth = messy.workbook(file, 200)
        strict = move(file)
        assert (strict.written, strict.bad, counts()) == (False, len(truth.bad), (0, 0, 0, 0, 0))
        assert move(file, skip_bad=True).imported == truth.good
        books = proved()
        again = move(file, skip_bad=True)
        assert (again.imported, again.already, again.bad) == (0, truth.good, len(truth.bad))
        assert proved() == books

    @pytest.mark.parametrize(
        ("encoding", "delimiter", "name"),
        [
            ("cp932", ",", "CP932 (Shift-JIS)"),
            ("utf-8-sig", ",", "UTF-8 with BOM"),
            ("utf-16", "\t", "UTF-16"),
            ("utf-8", ";", "UTF-8"),
        ],
    )
    def test_it_is_the_same_from_csv(self, operator, tmp_path, encoding, delimiter, name):
        file = tmp_path / "old.csv"
        truth = messy.as_csv(file, 300, encoding, delimiter)
        told: dict[int, str] = {}
        done = move(file, skip_bad=True, rejected=lambda row, cells, why: told.update({row: why}))
        assert (done.encoding, done.imported, done.bad) == (name, truth.good, len(truth.bad))
        assert sorted(told) == sorted(truth.bad)
        assert proved()["credit"]["JPY"] == truth.credit

    def test_after_a_crash_the_same_command_goes_on(self, operator, tmp_path, monkeypatch):
        """It stops inside the third batch: two are there whole, nothing of the third is, and nothing is there
        twice afterwards.
        """
        from tsuzuki.actions.moving import move_in, opening_balances

        monkeypatch.setattr(move_in, "BATCH", 100)
        file = tmp_path / "old.csv"
        truth = messy.as_csv(file, 450, "utf-8")
        calls, real = [], opening_balances.write

        def breaks(lines, reader):
            calls.append(len(lines))
            real(lines, reader)
            if len(calls) == 3:
                raise KeyboardInterrupt

        monkeypatch.setattr(opening_balances, "write", breaks)
        with pytest.raises(KeyboardInterrupt):
            move(file, skip_bad=True)
        there = counts()[0]
        assert there == sum(calls[:2])
        proved()
        monkeypatch.setattr(opening_balances, "write", real)
        done = move(file, skip_bad=True)
        assert (done.already, done.imported) == (there, truth.good - there)
        assert proved()["credit"]["JPY"] == truth.credit

    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_it_never_holds_the_file_in_memory(self, operator, tmp_path, monkeypatch, kind):
        """Five times the rows take the same memory of Python's."""
        import tracemalloc

        from tsuzuki.actions.moving import move_in

        monkeypatch.setattr(move_in, "BATCH", 100)
        # What is loaded once is loaded.
        move(small(tmp_path, f"07012345678,{messy.iccid(1)},e,,,,,"), SMALL, write=False)
        peaks = []
        for many in (200, 1000):
            file = tmp_path / f"{many}.{kind}"
            _ = messy.as_csv(file, many, "utf-8") if kind == "csv" else messy.workbook(file, many)
            tracemalloc.start()
            move(file, write=False)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[1] < peaks[0] * 1.5


HEAD = "number,iccid,sim,plan,ends,data,credit,credit_until"
SMALL = """
credit_plan: credit-open
columns:
  number: number
  iccid: iccid
  carrier: {constant: hand}
  sim: {column: sim, values: {p: physical, e: esim}, other: physical}
  plan: plan
  ends: ends
  data_left: {column: data, unit: GB}
  credit: credit
  credit_until: credit_until
"""


def small(tmp_path, *rows: str, head: str = HEAD):
    file = tmp_path / "small.csv"
    file.write_text("\n".join([head, *rows]) + "\n")
    return file


def line_of(n: int = 1):
    from tsuzuki.records import queries

    return queries.line_by_iccid(messy.iccid(n))


class TestWhatALineBringsAlong:
    def test_its_days_data_and_credit_are_there_and_renew_as_if_bought_here(
        self, operator, tmp_path, monkeypatch
    ):
        """Moved in, it renews: the new period begins where the old system's ends, credit pays for it, and
        time earns what was paid.
        """
        from tsuzuki.actions.money import recognise
        from tsuzuki.actions.order.acceptance import PaymentChoice
        from tsuzuki.actions.work import work_items
        from tsuzuki.core.money import Money
        from tsuzuki.records import queries
        from tsuzuki.records.holdings import holdings
        from tsuzuki.records.models import Period

        row = f"07012345678,{messy.iccid(1)},e,data-3gb,2026-12-01,1.5,2500,2027-03-31,600"
        map = SMALL + "  paid: {column: paid}\n"
        done = move(small(tmp_path, row, head=HEAD + ",paid"), map)
        assert (done.imported, done.bad) == (1, 0)
        line = line_of()
        held = holdings(line.id, NOON)
        ends = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)  # through 1 December in Tokyo
        assert (held.state, [p.ends_at for p in held.periods], held.credit) == (
            "active",
            [ends],
            [Money(2500, "JPY")],
        )
        assert [(lot.good, lot.remaining, lot.ends_at) for lot in held.lots if lot.good == "data"] == [
            ("data", 1_500_000_000, ends)
        ]
        assert queries.last_plan_of(line.id) == "data-3gb"
        recognise.run(AS_OF + timedelta(days=5))
        assert proved()["revenue"]["JPY"] == 300  # 5 of 10 days
        bought = cast.buy(line.id, "data-3gb", PaymentChoice("credit"))
        cast.go()
        work_items.finish(
            next(item.id for item in work_items.waiting() if item.purchase == bought.code),
            "REF",
            "staff",
            NOON,
        )
        cast.go()
        assert cast.states(bought) == ["delivered"]
        assert [p.starts_at for p in Period.objects.filter(line=line.id).order_by("starts_at")] == [
            AS_OF,
            ends,
        ]
        assert queries.credit_of(line.id, "JPY", NOON) == Money(1510, "JPY")
        recognise.run(NOON + timedelta(days=400))
        assert proved()["unearned" if "unearned" in proved() else "revenue"]["JPY"] > 0

    def test_taking_one_back_owes_the_money_to_the_holder(self, operator, tmp_path):
        """No gateway of ours has it: it is owed, and the books hold."""
        from tsuzuki.actions.order.take_back import take_back
        from tsuzuki.records.models import Order

        move(small(tmp_path, f"07012345678,{messy.iccid(1)},e,,,,2500,2027-03-31"), SMALL)
        order = Order.objects.get()
        take_back(order.id, "wrong line", "staff", NOON)
        cast.go()
        order.refresh_from_db()
        assert order.state == "refund_owed"
        books = proved()
        assert (books["owed"]["JPY"], books.get("credit")) == (2500, None)

    @pytest.mark.parametrize(
        ("row", "column", "code"),
        [
            ("x,89,e,data-3gb,2026-12-01,1,,", "number", "number"),
            ("07012345678,{sim},e,nosuch,2026-12-01,1,,", "plan", "plan"),
            ("07012345678,{sim},e,addon-1gb,2026-12-01,1,,", "plan", "plan"),
            ("07012345678,{sim},e,data-3gb,2026-13-01,1,,", "ends", "date"),
            ("07012345678,{sim},e,data-3gb,,1,,", "data_left", "needs"),
            ("07012345678,{sim},e,data-3gb,2026-12-01,-1,,", "data_left", "amount"),
            ("07012345678,{sim},e,data-3gb,2026-12-01,1e3,,", "data_left", "amount"),
            ("07012345678,{sim},e,data-3gb,2026-12-01,1,10.5,2027-01-01", "credit", "amount"),
            ("07012345678,{sim},e,data-3gb,2026-12-01,1,99999999999999,2027-01-01", "credit", "amount"),
            ("07012345678,{sim},e,data-3gb,2026-12-01,1,100,", "credit", "needs"),
            ("07012345678,{sim},e,data-3gb,2026-12-01,1,100,2026-11-20", "credit_until", "over"),
        ],
    )
    def test_a_cell_that_says_nothing_certain_is_named(self, operator, tmp_path, row, column, code):
        done = move(small(tmp_path, row.format(sim=messy.iccid(1))), SMALL)
        assert (done.imported, done.bad) == (0, 1)
        assert code in done.reasons
        assert f"{column}" in done.examples[0]
        assert done.examples[0].startswith("row 2: ")
        assert counts() == (0, 0, 0, 0, 0)

    @pytest.mark.parametrize(
        ("ends", "hours"), [("2026-11-22", 24), ("2026-11-22 23:59:59", 24), ("2026-11-22 18:30", 18.5)]
    )
    def test_a_day_is_meant_to_its_last_moment(self, operator, tmp_path, ends, hours):
        from tsuzuki.records.models import Period

        map = SMALL.replace(
            "ends: ends", 'ends: {column: ends, date: ["%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]}'
        )
        move(small(tmp_path, f"07012345678,{messy.iccid(1)},e,data-3gb,{ends},,,"), map)
        assert Period.objects.get().ends_at == AS_OF + timedelta(hours=hours)

    def test_days_left_are_whole_days_after_today(self, operator, tmp_path):
        from tsuzuki.records.models import Period

        map = SMALL.replace("  ends: ends\n", "  days_left: ends\n")
        done = move(
            small(
                tmp_path,
                f"07012345678,{messy.iccid(1)},e,data-3gb,10,,,",
                f"07012345679,{messy.iccid(2)},e,data-3gb,0,,,",
            ),
            map,
        )
        assert (done.imported, done.ended) == (2, 1)
        assert Period.objects.get().ends_at == AS_OF + timedelta(days=11)

    def test_an_ended_line_moves_in_with_its_credit_alone(self, operator, tmp_path):
        done = move(
            small(tmp_path, f"07012345678,{messy.iccid(1)},e,data-3gb,2026-11-20,5,300,2026-12-31"), SMALL
        )
        assert (done.imported, done.ended) == (1, 1)
        assert counts() == (1, 1, 1, 0, 1)
        assert proved()["credit"]["JPY"] == 300

    def test_rows_that_are_the_same_are_one_and_rows_that_differ_are_none(self, operator, tmp_path):
        same = f"07012345678,{messy.iccid(1)},e,data-3gb,2026-12-01,1,,"
        one, other = (f"07012345679,{messy.iccid(2)},e,data-3gb,2026-12-0{day},1,," for day in (1, 2))
        told = {}
        done = move(
            small(tmp_path, same, same, one, other),
            SMALL,
            skip_bad=True,
            rejected=lambda row, cells, why: told.update({row: why}),
        )
        assert done.imported == 1
        assert sorted(told) == [3, 4, 5]
        assert ("row 2" in told[3], "row 5" in told[4], "row 4" in told[5]) == (True, True, True)

    def test_a_column_of_rounded_sim_numbers_is_found_out(self, operator, tmp_path):
        rows = [f"0701234{n:04d},{messy.iccid(n)[:15]}0000,e,data-3gb,2026-12-01,1,," for n in range(5)]
        done = move(small(tmp_path, *rows), SMALL, skip_bad=True)
        assert (done.imported, done.reasons["spreadsheet"]) == (0, 5)


@pytest.mark.parametrize(
    ("map", "why"),
    [
        ("columns: [", "YAML"),
        ("a: 1", "columns"),
        ("columns: {number: x}", "field iccid is missing"),
        (SMALL + "  nonsense: x\n", "no field nonsense"),
        (SMALL + "  days_left: x\n", "the same"),
        (SMALL.replace("credit_plan: credit-open", ""), "credit_plan"),
        (SMALL.replace("credit-open", "data-3gb"), "no credit plan data-3gb"),
        (SMALL.replace("unit: GB", "unit: gallons"), "unit is one of"),
        (SMALL.replace("data_left: {column: data", "data_left: {colum: data"), "data_left"),
        (SMALL.replace("ends: ends", "ends: Ablaufdatum"), "«Ablaufdatum» is not in row 1"),
        ("zone: Tokyo\n" + SMALL, "no time zone"),
        ("header: 0\n" + SMALL, "header"),
    ],
)
def test_a_wrong_map_says_where(operator, tmp_path, map, why):
    from tsuzuki.core.errors import Code, Refused

    with pytest.raises(Refused) as refused:
        move(small(tmp_path, f"07012345678,{messy.iccid(1)},e,data-3gb,2026-12-01,1,,"), map)
    assert refused.value.code is Code.MAP_WRONG
    assert why in refused.value.facts["what"]


@pytest.mark.parametrize(
    "raw",
    [
        b"PK\x03\x04 not a workbook",
        b"\xd0\xcf\x11\xe0" + b"\0" * 600,
        b"\xff\xfe\xfd",
        b"a\0b",
        b'number,iccid\n"never closed',
    ],
)
def test_a_file_that_says_nothing_is_refused(operator, tmp_path, raw):
    from tsuzuki.core.errors import Refused

    file = tmp_path / "bad"
    file.write_bytes(raw)
    with pytest.raises(Refused):
        move(file)
    assert counts() == (0, 0, 0, 0, 0)
