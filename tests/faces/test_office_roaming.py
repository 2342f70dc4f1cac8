"""Prices abroad in the office: seen by everybody, written by those who sell, by CSV and never without a look
at what it changes.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.faces import desk
from tsuzuki.core.staff import Role

HEAD = "valid_from,plan,carrier,place,service,unit,price,tax,zone,data,then,note_en,note_ja"
PAGE = "/office/roaming/"


@pytest.fixture
def now():
    from django.utils import timezone

    return timezone.now()


@pytest.fixture
def office(client, now):
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=desk.FAST):
        desk.sign_in(client, desk.hire("manager", Role.MANAGER, now), now)
        yield client


def day(now, ahead: int) -> str:
    from tsuzuki.records.roaming import day_of

    return (day_of(now) + timedelta(days=ahead)).isoformat()


def sheet(since: str, home: int = 175, *more: str) -> str:
    rows = (
        f"{since},,sand,CN,call_home,60 s,JPY {home},,,,,,",
        f"{since},data-3gb,,CN,data_day,,JPY 980,,Asia/Tokyo,500 MB,128 kbps,Apply first,要申込",
        *more,
    )
    return "\r\n".join((HEAD, *rows, ""))


def saved(office, text: str):
    """Preview, then save what it showed."""
    shown = desk.post(office, PAGE, "table", text=text, then="preview")
    assert shown.status_code == 200, desk.text(shown)[:900]
    fields = desk.form_of(shown.content.decode(), "table")
    return shown, office.post(PAGE, fields)


def test_a_table_is_looked_at_then_saved_then_followed_by_another(office, now):
    from tsuzuki.records import models
    from tsuzuki.records.roaming import tables

    assert "No prices abroad yet" in desk.text(office.get(PAGE))
    straight = desk.post(office, PAGE, "table", text=sheet(day(now, 0)))
    assert straight.status_code == 422, "never without a look"
    assert "Nothing is saved yet" in desk.text(straight)
    assert tables() == []
    shown, answer = saved(office, sheet(day(now, 0)))
    said = desk.text(shown)
    assert "2 new, 0 changed, 0 ending, 0 as before" in said
    assert "every plan on Sand mainland China – at least JPY 1,750" in said  # 10 minutes at 175
    assert "data-3gb · Sand mainland China – at least JPY 6,650" in said  # and 5 days at 980
    assert answer.status_code == 302, desk.text(answer)[:600]
    page = desk.text(office.get(PAGE))
    assert f"in force, from {day(now, 0)}" in page
    assert "500 MB fast, then 128 kbps · a day begins at midnight, Japan time · Apply first" in page
    # The form holds what is in force, to begin tomorrow: one cell changed, one row gone.
    text = desk.form_of(office.get(PAGE).content.decode(), "table")["text"]
    assert text.startswith("valid_from,plan")
    assert day(now, 1) in text
    shown, answer = saved(
        office, "\n".join([text.splitlines()[0], text.splitlines()[2].replace("175", "150")])
    )
    said = desk.text(shown)
    assert "0 new, 1 changed, 1 ending, 0 as before" in said
    assert "data-3gb · Sand mainland China at least JPY 6,650 at least JPY 1,500" in said, (
        "its day pass ends, its carrier's calls stay"
    )
    assert "every plan on Sand mainland China at least JPY 1,750 at least JPY 1,500" in said
    assert answer.status_code == 302, desk.text(answer)[:600]
    first, second = tables()
    assert (len(first.rates), len(second.rates), first.until == second.since) == (2, 1, True)
    assert (
        list(models.AuditEntry.objects.filter(act="roaming_table").values_list("actor", flat=True))
        == ["staff manager"] * 2
    )
    past = office.get(f"{PAGE}?since={first.since}")
    assert "JPY 980" in desk.text(past)
    file = office.get(f"{PAGE}table.csv?since={second.since}")
    assert file["Content-Type"] == "text/csv; charset=utf-8"
    assert (
        file.content.decode("utf-8-sig")
        .splitlines()[1]
        .startswith(f"{second.since},,sand,CN,call_home,60 s,JPY 150")
    )
    assert desk.post(office, PAGE, "drop", which=second.since.isoformat()).status_code == 302
    assert tables()[0].until is None


def test_a_file_of_shift_jis_and_what_changed_between_look_and_save(office, now):
    from tsuzuki.actions.catalogue.roaming import save_table
    from tsuzuki.actions.catalogue.tariff_file import read_table
    from tsuzuki.records.roaming import tables

    upload = SimpleUploadedFile("prices.csv", sheet(day(now, 5)).encode("cp932"))
    fields = desk.form_of(office.get(PAGE).content.decode(), "table")
    shown = office.post(PAGE, fields | {"text": "", "file": upload, "then": "preview"})
    assert shown.status_code == 200
    assert 'enctype="multipart/form-data"' in shown.content.decode()
    fields = desk.form_of(shown.content.decode(), "table")
    assert "要申込" in fields["text"], "what was uploaded can be mended before it is saved"
    other = office.post(PAGE, fields | {"text": fields["text"].replace("175", "1")})
    assert "Nothing is saved yet" in desk.text(other), "not what was looked at"
    read = read_table(sheet(day(now, 9)).encode())
    save_table(read.since, read.rates, "somebody", now)
    late = office.post(PAGE, fields)
    assert "Somebody changed this" in desk.text(late)
    assert len(tables()) == 1


def test_what_is_refused_is_said_row_by_row_and_nothing_is_saved(office, now):
    from tsuzuki.records.roaming import tables

    for text, words in (
        (
            sheet(day(now, 1), 175, f"{day(now, 1)},,sand,CN,call_home,30 s,JPY 90,,,,,,"),
            "row 2 says this already",
        ),
        (
            sheet(day(now, 1), 175, f"{day(now, 1)},,nobody,CN,sms_out,,JPY 9,,,,,,"),
            "should be one of: hand, sand",
        ),
        (sheet(day(now, -1)), "cannot begin in the past"),
        (HEAD, "There are no rows."),
        ("a,b\n1,2", "the column a is unknown"),
        ("", "Paste the rows, or choose a file."),
    ):
        answer = desk.post(office, PAGE, "table", text=text, then="preview")
        assert answer.status_code == 422, words
        assert words in desk.text(answer)
    assert tables() == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CLERK])
def test_everybody_sees_and_only_sellers_write(client, now, role):
    from django.test import override_settings

    from tsuzuki.records.roaming import tables

    with override_settings(PASSWORD_HASHERS=desk.FAST):
        desk.sign_in(client, desk.hire("looks", role, now, "ja"), now)
        page = client.get(PAGE)
        assert "海外での料金" in desk.text(page)
        assert desk.forms_of(page.content.decode()) == []
        client.post(PAGE, {"do": "table", "text": sheet(day(now, 1)), "then": ""})
        assert tables() == []
        assert client.get(f"{PAGE}table.csv").content.decode("utf-8-sig").startswith("valid_from,")
