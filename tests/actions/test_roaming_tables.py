"""The operator's own prices abroad: files as spreadsheets write them, tables that follow each other, what is
refused and why.
"""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from tests import cast

NOW = cast.NOON  # 22 November 2026 in Tokyo
HEAD = "valid_from,plan,carrier,place,service,unit,price,tax,zone,data,then,note_en,note_ja"
ROWS = (
    "2026-12-01,,sand,CN,call_home,60 s,JPY 175,,,,,,",
    "2026-12-01,,sand,CN,call_in,1 min,JPY 70,,,,,,",
    "2026-12-01,,sand,CN,data,100 kB,JPY 20,,Asia/Tokyo,,,,",
    "2026-12-01,data-3gb,,CN,data_day,,JPY 980,,Asia/Shanghai,500 MB,128 kbps,Apply "
    "first,事前にお申し込みください",
    "2026-12-01,data-3gb,,CN,stop,,JPY 10000,,,,,,",
)


@pytest.fixture
def shop(database):
    cast.operator()
    return database


def sheet(*rows: str, head: str = HEAD) -> bytes:
    return "\r\n".join((head, *rows, "")).encode()


def put(day: str, *rows: str, now=NOW) -> None:
    from tsuzuki.actions.catalogue.roaming import save_table
    from tsuzuki.actions.catalogue.tariff_file import read_table

    read = read_table(sheet(*(row.replace("2026-12-01", day) for row in rows or ROWS)))
    assert read.bad == ()
    save_table(read.since, read.rates, "test", now)


def refused(code: str, act, *more) -> None:
    from tsuzuki.core.errors import Refused

    with pytest.raises(Refused) as caught:
        act(*more)
    assert caught.value.code.value == code


def test_a_file_is_read_whatever_it_is_written_in_and_written_as_it_is_read(shop):
    from tsuzuki.actions.catalogue.tariff_file import read_table, written

    text = sheet(*ROWS).decode()
    plain = read_table(text.encode())
    assert (plain.since, plain.rows, plain.bad) == (date(2026, 12, 1), 5, ())
    day = plain.rates[3]
    assert (day.plan, day.price.minor, day.zone, day.mb, day.then_kbps) == (
        "data-3gb",
        980,
        "Asia/Shanghai",
        500,
        128,
    )
    assert day.note == {"en": "Apply first", "ja": "事前にお申し込みください"}
    assert [rate.unit for rate in plain.rates] == [60, 60, 100, 1, 1]
    for raw in (
        text.encode("utf-8-sig"),
        text.encode("cp932"),
        text.replace(",", ";").encode(),
        text.encode("utf-16"),
    ):
        assert read_table(raw).rates == plain.rates
    odd = (
        text.replace("JPY 175", "jpy　１７５")
        .replace("2026-12-01", "2026/12/1")
        .replace("Apply first", "'=cmd()")
    )
    assert read_table(odd.encode()).rates[0] == plain.rates[0]
    broken = read_table(text.replace("Apply first", '"Apply\n first"').encode())
    assert (broken.bad, broken.rates) == ((), plain.rates), "a cell of two lines"
    again = written(plain.since, read_table(odd.encode()).rates)
    assert "'=cmd()" in again, "a spreadsheet would run it"
    assert "'＝cmd()" in written(plain.since, read_table(odd.replace("'=", "＝").encode()).rates), (
        "one set to Japanese this too"
    )
    assert read_table(again.encode()).rates[3].note["en"] == "=cmd()"


@pytest.mark.parametrize(
    ("row", "column", "why"),
    [
        ("2026-02-30,,sand,CN,sms_out,,JPY 100,,,,,,", "valid_from", "date"),
        ("9999-12-28,,sand,CN,sms_out,,JPY 100,,,,,,", "valid_from", "date"),
        ("0001-01-01,,sand,CN,sms_out,,JPY 100,,,,,,", "valid_from", "date"),
        (",,sand,CN,sms_out,,JPY 100,,,,,,", "valid_from", "missing"),
        ("2026-12-02,,sand,CN,sms_out,,JPY 100,,,,,,", "valid_from", "other_day"),
        ("2026-12-01,,,CN,sms_out,,JPY 100,,,,,,", "plan", "plan_or_carrier"),
        ("2026-12-01,day,sand,CN,sms_out,,JPY 100,,,,,,", "plan", "plan_or_carrier"),
        ("2026-12-01,nothing,,CN,sms_out,,JPY 100,,,,,,", "plan", "unknown"),
        ("2026-12-01,,nobody,CN,sms_out,,JPY 100,,,,,,", "carrier", "unknown"),
        ("2026-12-01,,sand,XX,sms_out,,JPY 100,,,,,,", "place", "unknown"),
        ("2026-12-01,,sand,CN,fax,,JPY 100,,,,,,", "service", "unknown"),
        ("2026-12-01,,sand,CN,sms_out,,100,,,,,,", "price", "written"),
        ("2026-12-01,,sand,CN,sms_out,,\u00a5100,,,,,,", "price", "yen_sign"),
        ("2026-12-01,,sand,CN,sms_out,,JPY -1,,,,,,", "price", "written"),
        ("2026-12-01,,sand,CN,sms_out,,JPY 1000001,,,,,,", "price", "written"),
        ("2026-12-01,,sand,CN,sms_out,,CNY 5,,,,,,", "price", "currency"),
        ("2026-12-01,,sand,CN,sms_out,60 s,JPY 100,,,,,,", "unit", "not_here"),
        ("2026-12-01,,sand,CN,call_other,,JPY 100,,,,,,", "unit", "missing"),
        ("2026-12-01,,sand,CN,call_other,100 kB,JPY 100,,,,,,", "unit", "written"),
        ("2026-12-01,,sand,HK,data_hours,0 h,JPY 100,,,,,,", "unit", "written"),
        ("2026-12-01,,sand,HK,data_day,,JPY 100,,,,,,", "zone", "missing"),
        ("2026-12-01,,sand,HK,data_day,,JPY 100,,Tokyo,,,,", "zone", "written"),
        ("2026-12-01,,sand,HK,data_hours,24 h,JPY 100,,Asia/Tokyo,,,,", "zone", "not_here"),
        ("2026-12-01,,sand,HK,data,1 MB,JPY 100,,,500 MB,,,", "data", "not_here"),
        ("2026-12-01,,sand,HK,data_hours,24 h,JPY 100,,,lots,,,", "data", "written"),
        ("2026-12-01,,sand,HK,data_hours,24 h,JPY 100,,,,128 kbps,,", "then", "not_here"),
        ("2026-12-01,,sand,CN,sms_out,,JPY 100,vat,,,,,", "tax", "unknown"),
        ("2026-12-01,,sand,CN,call_home,30 s,JPY 90,,,,,,", "service", "overlap"),
        ("2026-12-01,,sand,CN,data_hours,24 h,JPY 900,,,,,,", "service", "overlap"),
        (f"2026-12-01,,sand,CN,sms_out,,JPY 100,,,,,{'x' * 201},", "note_en", "too_long"),
        ("2026-12-01,,sand,CN,sms_out,,JPY 100,,,,,,,,x", "", "cells"),
    ],
)
def test_a_bad_row_is_named_and_the_others_stay_good(read_only_shop, row, column, why):
    from tsuzuki.actions.catalogue.tariff_file import read_table
    from tsuzuki.ui.languages import SHIPPED
    from tsuzuki.ui.roaming import why as said

    read = read_table(sheet(*ROWS, row))
    assert [(one.row, one.column, one.why.value) for one in read.bad] == [(7, column, why)]
    assert len(read.rates) == 5
    assert len({said(why, read.bad[0].facts, language) for language in SHIPPED}) == 3


def test_a_file_without_end_is_not_read_to_the_end(read_only_shop):
    from tsuzuki.actions.catalogue.tariff_file import MOST_ROWS, read_table

    read = read_table(sheet() + b"x\n" * (MOST_ROWS + 50))
    assert (read.rows, {one.row for one in read.bad}) == (MOST_ROWS, set(range(2, MOST_ROWS + 3)))
    last = read.bad[-1]
    assert (last.row, last.why.value, last.facts) == (MOST_ROWS + 2, "too_long", {"most": MOST_ROWS})


@pytest.fixture(scope="module")
def read_only_shop(template):
    """One operator for every bad row: nothing is written there."""
    from django.db import connections

    from tests.conftest import _admin, use

    _admin(f"CREATE DATABASE tariff_rows TEMPLATE {template}")
    use("tariff_rows")
    cast.operator()
    yield
    connections.close_all()
    _admin("DROP DATABASE IF EXISTS tariff_rows WITH (FORCE)")


def test_tables_follow_each_other_and_none_is_ever_changed(shop):
    from tsuzuki.actions.catalogue.roaming import drop_table, preview, save_table
    from tsuzuki.records import models
    from tsuzuki.records.roaming import rates_of, rates_on, tables

    put("2026-11-22")
    put("2026-12-20", ROWS[0].replace("175", "150"), *ROWS[1:4])
    put("2027-03-01", ROWS[0])
    first, second, third = tables()
    assert [
        (one.since.isoformat(), one.until and one.until.isoformat()) for one in (first, second, third)
    ] == [
        ("2026-11-22", "2026-12-20"),
        ("2026-12-20", "2027-03-01"),
        ("2027-03-01", None),
    ]
    assert rates_on(date(2026, 11, 21)) == ()
    assert rates_on(date(2026, 12, 19)) == first.rates
    assert rates_on(date(2026, 12, 20)) == second.rates
    assert {rate.service.value for rate in rates_of("day", "sand", date(2026, 12, 1))} == {
        "call_home",
        "call_in",
        "data",
    }
    assert rates_of("day", "hand", date(2026, 12, 1)) == ()
    refused("price_date_past", save_table, date(2026, 11, 22), first.rates, "test", NOW)
    refused("price_date_past", save_table, date(2026, 11, 21), first.rates, "test", NOW)
    refused("price_date_taken", save_table, date(2026, 12, 20), first.rates, "test", NOW)
    refused("rows_refused", save_table, date(2027, 1, 1), (*first.rates, first.rates[0]), "test", NOW)
    refused("still_used", drop_table, date(2026, 11, 22), "test", NOW)
    drop_table(date(2026, 12, 20), "test", NOW)
    assert [one.since for one in tables()] == [first.since, third.since]
    assert tables()[0].until == third.since
    refused("still_used", drop_table, third.since, "test", NOW + timedelta(days=200))
    assert list(
        models.AuditEntry.objects.filter(act__startswith="roaming")
        .order_by("id")
        .values_list("act", flat=True)
    ) == [
        "roaming_table",
        "roaming_table",
        "roaming_table",
        "roaming_table_dropped",
    ]
    shown = preview(date(2027, 1, 1), second.rates)
    assert (
        len(shown.changes.added),
        len(shown.changes.changed),
        len(shown.changes.ended),
        shown.changes.same,
    ) == (0, 1, 1, 3)
    costs = {
        (one.subject.plan, one.subject.carrier): (one.before.total.minor, one.after.total.minor)
        for one in shown.samples
    }
    # 10 minutes home, 5 received, 5 days; without the plan's day pass 500 MB are 5 days of 1,000 units of 100
    # kB.
    assert costs == {
        ("data-3gb", "sand"): (1750 + 350 + 4900, 1500 + 350 + 4900),
        ("", "sand"): (102_100, 101_850),
    }


def test_what_a_table_names_is_not_deleted(shop):
    from tsuzuki.actions.catalogue.plans import delete_plan

    put("2026-12-01")
    refused("still_used", delete_plan, "data-3gb", "test", NOW)
    delete_plan("day", "test", NOW)


def run(*words: str, code: int = 0) -> str:
    from tsuzuki.cli.main import app

    said = CliRunner().invoke(app, ["import-tariffs", *words])
    assert said.exit_code == code, said.output
    return said.output


def test_the_command_writes_all_or_nothing_and_says_why(shop, tmp_path):
    from tsuzuki.records.roaming import tables

    good, bad, past = (tmp_path / f"{name}.csv" for name in ("good", "bad", "past"))
    rows = [row.replace("2026-12-01", "2036-12-01") for row in ROWS]
    good.write_bytes(sheet(*rows))
    bad.write_bytes(sheet(*rows, rows[0]))
    past.write_bytes(sheet(*(row.replace("2036", "2016") for row in rows)))
    assert "5 new, 0 changed, 0 ending, 0 as before" in run(str(good), "--dry-run")
    said = run(str(bad), code=1)
    assert "row 7: service “call_home”: row 2 says this already" in said
    assert "Nothing was written" in said
    assert "cannot begin in the past" in run(str(past), code=1)
    assert tables() == []
    told = json.loads(run(str(bad), "--skip-bad", "--json"))
    assert (told["written"], told["good"], [one["row"] for one in told["bad"]]) == (True, 5, [7])
    assert told["samples"][-1] == {
        "of": "every plan on Sand",
        "plan": None,
        "carrier": "sand",
        "place": "CN",
        "before": "",
        "after": "at least JPY 102,100",
    }
    assert len(tables()) == 1
    assert json.loads(run(str(good), "--json", code=1))["refused"] == "price_date_taken"
    nothing = tmp_path / "nothing.csv"
    nothing.write_bytes(sheet())
    assert json.loads(run(str(nothing), "--json", code=1).splitlines()[0])["good"] == 0
    nothing.write_bytes(b"a,b\r\n1,2\r\n")
    assert "the column a is unknown" in run(str(nothing), code=1)


def test_every_place_service_and_reason_has_words():
    from tsuzuki.actions.catalogue.tariff_file import Why
    from tsuzuki.core.money import Money
    from tsuzuki.core.roaming import PLACES, Rate, Service
    from tsuzuki.ui import roaming as words
    from tsuzuki.ui.languages import SHIPPED

    facts = {"other": 2, "day": "2026-12-01", "known": "a, b", "example": "24 h", "most": 9}
    for language in SHIPPED:
        assert len({words.place(place, language) for place in PLACES}) == len(PLACES)
        rates = [Rate("p", "", "CN", service, Money(100, "JPY"), 60) for service in Service]
        assert len({words.row(rate, language).what for rate in rates}) == len(rates)
        assert len({words.why(why.value, facts, language) for why in Why}) == len(Why)
