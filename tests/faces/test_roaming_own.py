"""The operator's own prices abroad where customers meet them: the trip, the tables, the page before the
order, the list of all prices.
"""

from __future__ import annotations

import gzip
from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests import cast
from tests.faces.markup import Markup
from tsuzuki.core.money import Money
from tsuzuki.core.roaming import Rate, Service
from tsuzuki.ui.languages import SHIPPED

# Four nights; switched on at 22:00 in Beijing, which is 23:00 in Tokyo.
TRIP = "mb=100&home=5&received=5&within=2&sms=1"


def row(service, yen, plan="", carrier="", place="CN", **more):
    return Rate(plan, carrier, place, Service(service), Money(yen, "JPY"), **more)


def wide(home=175):
    return [
        row("call_home", home, carrier="sand", unit=60),
        row("call_in", 70, carrier="sand", unit=60),
        row("sms_out", 100, carrier="sand"),
        row("sms_in", 0, carrier="sand"),
        row("stop", 5000, carrier="sand"),
    ]


def day(**more):
    return row(
        "data_day",
        980,
        "data-3gb",
        zone="Asia/Tokyo",
        mb=500,
        then_kbps=128,
        note={"en": "Apply first", "ja": "要申込"},
        **more,
    )


@pytest.fixture
def today(client):
    """A table since last week, another that begins in 60 days; and data in Hong Kong on one plan."""
    from tsuzuki.actions.catalogue.roaming import save_table
    from tsuzuki.records.roaming import day_of

    now = timezone.now()
    today = day_of(now)
    hong_kong = row("data_hours", 500, "data-3gb", place="HK", unit=24, mb=1000)
    last = now - timedelta(days=7)
    save_table(day_of(last), [*wide(), day(), hong_kong], "test", last)
    save_table(today + timedelta(days=60), [*wide(150), day()], "test", now)
    return today


def trip(today: date) -> str:
    first, last = today + timedelta(days=10), today + timedelta(days=13)
    return f"first={first}T22:00&last={last}T10:00&{TRIP}"


def opened(client, path: str, status: int = 200) -> Markup:
    answer = client.get(path)
    assert answer.status_code == status, path
    return Markup(answer.content.decode())


def test_a_trip_is_summed_up_line_by_line_beside_the_others(client, today):
    raw = client.get(f"/en/guide/roaming/cn?brand=own&{trip(today)}").content.decode()
    said = Markup(raw).said()
    ours = said[: said.index("The same trip with others")]
    assert "Calls home, each 1 min begun: 5 × JPY 175 JPY 875" in ours
    assert "Calls received, each 1 min begun: 5 × JPY 70 JPY 350" in ours
    assert "SMS, each sent: 1 × JPY 100 JPY 100" in ours
    assert "Data, each day it is used: 4 × JPY 980 JPY 3,920" in ours
    assert "Together at least JPY 5,245" in ours  # 875 + 350 + 100 + 3,920
    assert "Our table has no price for: calls inside the country. It is not in the sum." in ours
    assert "This trip would reach the limit: use abroad is stopped at about JPY 5,000." in ours
    assert "Each day from midnight to midnight (Japan time) counts." in ours
    assert raw.count('y="16"', 0, raw.index("The same trip")) == 4, "four days are drawn"
    assert f"Our own price table · as of {today - timedelta(days=7)}" in ours
    assert "data-3gb · Sand" in ours, (
        "a plan of every carrier pays its own rows and those of the line's carrier"
    )
    assert "every plan on Sand" in ours
    assert "docomo" in said[len(ours) :]
    everyone = opened(client, f"/en/guide/roaming/cn?{trip(today)}").said()
    assert everyone.index("data-3gb") > everyone.index("The trip with each company")
    later = f"first={today + timedelta(days=70)}T10:00&last={today + timedelta(days=71)}T10:00&{TRIP}"
    assert "5 × JPY 150" in opened(client, f"/en/guide/roaming/cn?brand=own&{later}").said(), (
        "by the table of that day"
    )
    early = f"first={today - timedelta(days=30)}T10:00&last={today - timedelta(days=29)}T10:00&{TRIP}"
    assert "Our own price table" not in opened(client, f"/en/guide/roaming/cn?brand=own&{early}").said()


def test_a_place_of_our_own_has_its_page_and_others_have_none(client, today):
    page = opened(client, "/en/guide/roaming")
    assert "/en/guide/roaming/hk" in page.links
    assert "/en/guide/roaming/us" not in page.links
    said = opened(client, f"/en/guide/roaming/hk?{trip(today)}").said()
    assert "Our lines in Hong Kong" in said
    assert "Data, each 24 hours from switching on: 3 × JPY 500 JPY 1,500" in said
    assert "(Hong Kong time)" in said
    assert client.get("/en/guide/roaming/us").status_code == 404
    tables = opened(client, "/en/guide/roaming/cn/tariffs").said()
    assert "a day begins at midnight, Japan time" in tables
    assert "500 MB fast, then 128 kbps" in tables
    assert tables.index("JPY 175") < tables.index("JPY 150"), (
        "what is announced stands by itself after what holds"
    )


@pytest.mark.parametrize("language", SHIPPED)
def test_every_page_that_says_them_is_light_and_in_one_language(client, today, line, language):
    token = offer(line)
    wrong = []
    for path in (
        "guide/roaming",
        f"guide/roaming/cn?{trip(today)}",
        f"guide/roaming/hk?brand=own&{trip(today)}",
        "guide/roaming/cn/tariffs",
        "guide/roaming/hk/tariffs",
        "fees",
        f"q/{token}",
    ):
        answer = client.get(f"/{language}/{path}")
        assert answer.status_code == 200, path
        page = Markup(answer.content.decode())
        wrong += [f"{path}: {fault}" for fault in (*page.wrong, *page.foreign(language))]
        assert len(gzip.compress(answer.content)) < 14_000, path
        for link in {link for link in page.links if "roaming" in link}:
            assert client.get(link).status_code == 200, (path, link)
    assert wrong == []


def offer(line, plan: str = "data-3gb") -> str:
    from tsuzuki.actions.lines import links
    from tsuzuki.actions.order.quote import LineRequest, quote

    row = quote([LineRequest(line, plan)], timezone.now())
    return links.quote_token(
        row.id, links.read(cast.link(line, "n"), timezone.now()), "byhand", timezone.now()
    )


def test_the_page_before_the_order_says_what_the_line_pays_abroad(client, today, line):
    page = opened(client, f"/en/q/{offer(line)}")
    said = page.said()
    assert "What it costs abroad" in said
    assert f"from {today - timedelta(days=7)}" in said
    assert (
        "Data, each day it is used 500 MB fast, then 128 kbps · a day begins at midnight, Japan "
        "time · Apply first JPY 980" in said
    )
    assert "SMS, each received no charge" in said
    assert "JPY 150" not in said
    assert {"/en/guide/roaming/cn", "/en/guide/roaming/hk"} <= set(page.links)
    other = opened(client, f"/en/q/{offer(line, 'data-20gb')}").said()
    assert "JPY 175" in other
    assert "JPY 980" not in other, "another plan's day pass"


def test_without_a_table_nothing_is_said(client, line):
    assert "abroad" not in opened(client, f"/en/q/{offer(line)}").said()
    assert "abroad" not in opened(client, "/en/fees").said()
    assert client.get("/fees.json").json()["roaming"] == []


def test_the_list_of_all_prices_has_them_with_what_is_announced_and_programs_have_the_history(client, today):
    page = opened(client, "/en/fees")
    said = page.ids["abroad"].text
    assert "data-3gb · mainland China" in said
    assert "every plan on Sand · mainland China" in said
    assert "data-3gb · Hong Kong" in said
    assert said.index("JPY 175") < said.index("JPY 150")
    assert "/en/guide/roaming/cn/tariffs" in page.ids["abroad"].links
    current, announced = client.get("/fees.json").json()["roaming"]
    assert (current["state"], announced["state"], current["until"]) == (
        "current",
        "announced",
        announced["since"],
    )
    found = next(one for one in current["rates"] if one["service"] == "data_day")
    assert found == {
        "plan": "data-3gb",
        "carrier": None,
        "place": "CN",
        "service": "data_day",
        "currency": "JPY",
        "minor": 980,
        "amount": "980",
        "unit": 1,
        "tax": "out_of_scope",
        "day_zone": "Asia/Tokyo",
        "mb": 500,
        "then_kbps": 128,
        "note": {"en": "Apply first", "ja": "要申込"},
    }


def put(days: int, *rows: Rate) -> date:
    """A table from so many days from now, put the day before. The day it begins."""
    from tsuzuki.actions.catalogue.roaming import save_table
    from tsuzuki.records.roaming import day_of

    since = timezone.now() + timedelta(days=days)
    save_table(day_of(since), rows, "test", since - timedelta(days=1))
    return day_of(since)


def test_prices_that_a_later_table_repeats_have_not_ended(client):
    first = put(-30, *wide())
    put(-7, *wide(), row("data_hours", 500, "data-3gb", place="HK", unit=24))
    put(20, row("data_hours", 500, "data-3gb", place="HK", unit=24))
    last = put(40, *wide(150))
    said = opened(client, "/en/guide/roaming/cn/tariffs").said()
    assert f"every plan on Sand · from {first}, until {last - timedelta(days=20)}" in said
    assert f"every plan on Sand · from {last} " in said
    assert said.count("every plan on Sand") == 2, "between them there is nothing to show"


# The hour 01:00 to 02:00 is skipped in London; of 400 days by the calendar one may be an hour longer.
@pytest.mark.parametrize(
    "dates", ["first=2026-03-29T01:30&last=2026-03-29T02:00", "first=2026-10-10T00:00&last=2027-11-14T00:00"]
)
def test_a_trip_over_a_change_of_clocks_is_measured_in_time_gone_by(client, dates):
    put(-7, row("data_day", 980, carrier="sand", place="GB", zone="Asia/Tokyo"))
    assert "The end is after the beginning" in opened(client, f"/en/guide/roaming/gb?{dates}", 422).said()


def test_a_clock_with_a_summer_time_goes_by_its_name(client):
    """In July London is at UTC+01:00: the winter's offset would be another hour."""
    put(-7, row("data_day", 980, carrier="sand", place="GB", zone="Europe/London"))
    said = opened(client, "/ja/guide/roaming/gb?first=2027-07-01T10:00&last=2027-07-03T10:00").said()
    assert "ロンドン時間で入力してください" in said
    assert "午前0時から翌0時（ロンドン時間）" in said
