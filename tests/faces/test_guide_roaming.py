"""Between Japan and China: what a trip comes to on every tariff, which days are charged, and the tables
behind it.
"""

from __future__ import annotations

import gzip
import re

import pytest

from tests.faces.markup import Markup
from tsuzuki.guide.load.claims import LANGUAGES
from tsuzuki.guide.load.loader import brand as brand_of
from tsuzuki.guide.load.vocabulary import amount
from tsuzuki.guide.roaming.tariffs import tariffs
from tsuzuki.guide.roaming.trip_cost import PLACES
from tsuzuki.ui.languages import SHIPPED

# Four nights; switched on at 22:00 in Beijing, which is 23:00 in Tokyo.
TRIP = "first=2026-12-01T22:00&last=2026-12-04T10:00&mb=100&home=5&received=5&within=2&sms=1"
PAGES = (
    "roaming",
    "roaming/cn",
    "roaming/jp",
    "roaming/cn/tariffs",
    "roaming/jp/tariffs",
    f"roaming/cn?brand=docomo&{TRIP}",
)
DAYS = re.compile(r'<rect x="(\d+)" y="16" width="(\d+)"')


def opened(client, path: str, status: int = 200) -> Markup:
    answer = client.get(path)
    assert answer.status_code == status, path
    return Markup(answer.content.decode())


@pytest.mark.parametrize("language", SHIPPED)
def test_the_pages_are_light_well_formed_and_in_one_language(client, language):
    wrong = []
    for path in (
        *PAGES,
        *(f"roaming/{place.lower()}?brand={one.brand}&{TRIP}" for place in PLACES for one in tariffs(place)),
    ):
        answer = client.get(f"/{language}/guide/{path}")
        assert answer.status_code == 200, path
        page = Markup(answer.content.decode())
        wrong += [f"{path}: {fault}" for fault in (*page.wrong, *page.foreign(language))]
        assert len(gzip.compress(answer.content)) < 14_000, path
        assert b"style=" not in answer.content.replace(b"<style>", b"")
        for link in {link for link in page.links if link.startswith(f"/{language}/guide")}:
            assert client.get(link).status_code == 200, (path, link)
    assert wrong == []


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_price_of_every_tariff_stands_in_the_table_with_its_claim(client, place, language):
    page = opened(client, f"/{language}/guide/roaming/{place.lower()}/tariffs")
    said = page.said()
    for tariff in tariffs(place):
        for version in tariff.versions:
            prices = [
                *version.calls.values(),
                *version.sms.values(),
                *(rung.price for rung in version.data.rungs),
            ]
            prices += [price for price in (version.data.price, version.data.extra) if price]
            for price in prices:
                assert amount(price.amount, version.currency, language) in said, (tariff.brand, price)
                assert any(link.endswith(f"/{tariff.brand}/roaming#{price.claim}") for link in page.links), (
                    price
                )
                assert brand_of(tariff.brand).about(price.claim)[0].source.url in page.links


def test_what_a_bill_hangs_on_is_said_or_said_to_be_unknown(client):
    said = opened(client, "/en/guide/roaming/jp/tariffs").said()
    telecom = said[said.index("China Telecom") :]
    telecom = telecom[: telecom.index("Tax")]
    assert "How data is rounded each day up to whole 1 MB" in telecom
    assert "Fast data a day 200 MB Speed after that 384 kbps" in telecom
    assert "A day begins at midnight, China time" in telecom
    assert "unknown; we take midnight, China time" in said, "China Mobile does not say whose day it is"
    mainland = opened(client, "/en/guide/roaming/cn/tariffs").said()
    assert "Use is stopped at about JPY 50,000" in mainland
    assert "No source names this country on the list" in mainland
    assert "not taxed" in mainland
    assert "the source has no date" in mainland
    assert "found in November 2026" in mainland


def test_a_trip_is_summed_up_line_by_line(client):
    page = opened(client, f"/en/guide/roaming/cn?brand=docomo&{TRIP}")
    said = page.said()
    assert "Data, 4 × 1 day at JPY 2,980 JPY 11,920" in said
    assert "Calls home, 5 × 1 minute begun at JPY 175 JPY 875" in said
    assert "Calls received, 5 × 1 minute begun at JPY 145 JPY 725" in said
    assert "SMS sent, 1 at JPY 100 JPY 100" in said
    assert "Together JPY 13,770" in said  # 11,920 + 875 + 725 + 150 + 100
    assert said.index("Together JPY 13,770") < said.index("The same trip with others")
    assert any(link.endswith("/docomo/roaming#roam.default_day_price") for link in page.links)


def test_the_days_are_drawn_as_the_carrier_counts_them(client):
    raw = client.get(f"/en/guide/roaming/cn?brand=docomo&{TRIP}").content.decode()
    said = Markup(raw).said()
    assert "Each day from midnight to midnight (Japan time) counts." in said
    assert "1 Dec, 00:00 – 1 Dec, 23:59" in said, "one hour of the first day is a whole day"
    assert "4 Dec, 00:00 – 4 Dec, 23:59" in said
    # The others of docomo stand beside it.
    raw = raw[raw.index("Sekai Giga Shihodai") : raw.index("The same trip")]
    drawn = [(int(x), int(width)) for x, width in DAYS.findall(raw)]
    assert [x for x, _ in drawn] == [0, 75, 150, 225], "four days to one scale"
    trip = re.search(r'class="trip" x="(\d+)" width="(\d+)"', raw)
    assert trip is not None
    assert 69 <= int(trip[1]) <= 72, "23 hours of the first day have gone when it begins"
    assert int(trip[1]) + int(trip[2]) <= 300
    au = client.get(f"/en/guide/roaming/cn?brand=au&{TRIP}").content.decode()
    assert "Each 24 hours from switching on count (China time)." in au
    assert "1 Dec, 22:00 – 2 Dec, 22:00" in Markup(au).said()


def test_a_long_trip_draws_some_days_and_counts_the_rest(client):
    raw = client.get(
        "/en/guide/roaming/cn?brand=linemo&first=2026-12-01T10:00&last=2026-12-31T10:00&mb=9000"
    ).content.decode()
    before = raw[: raw.index("The same trip")]
    assert "and 18 days more" in Markup(raw).said()
    assert max(len(DAYS.findall(part)) for part in before.split("<svg")) == 12


def test_every_other_company_is_compared_the_wholly_known_first(client):
    said = opened(client, f"/en/guide/roaming/cn?{TRIP}").said()
    rows = said[said.index("The trip with each company") :]
    assert all(brand_of(one.brand).names.en in rows for one in tariffs("CN"))
    assert rows.index("ahamo") < rows.index("at least")
    other_way = opened(client, f"/en/guide/roaming/jp?{TRIP}").said()
    assert "CNY" in other_way
    assert "HKD" in other_way


def test_no_data_costs_no_day(client):
    said = opened(client, "/en/guide/roaming/cn?brand=docomo&mb=0&home=0&received=0").said()
    assert "Together JPY 0" in said
    assert "midnight to midnight" not in said[: said.index("The same trip")]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("first=2026-12-04T10:00&last=2026-12-01T10:00", "The end is after the beginning"),
        ("first=2026-12-04T10:00&last=2026-12-04T10:00", "The end is after the beginning"),
        ("first=2026-12-04T10:00&last=2028-12-04T10:00", "by 400 days at most"),
        ("first=2026-02-30T10:00", "We cannot read this"),
        ("first=tomorrow", "We cannot read this"),
        ("last=9999-01-01T10:00", "We cannot read this"),
        ("mb=lots", "We cannot read this"),
        ("home=-5", "We cannot read this"),
        ("sms=1.5", "We cannot read this"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_summed_up(client, query, wrong):
    page = opened(client, f"/en/guide/roaming/cn?{query}", 422)
    assert wrong in page.said()
    assert "Together" not in page.said()


def test_absurd_use_is_answered(client):
    said = opened(
        client, "/en/guide/roaming/cn?brand=ahamo&mb=99999999999&first=2026-12-01T10:00&last=2027-12-31T10:00"
    ).said()
    assert "Nobody uses that much" in said
    assert "Past 30 GB the data runs at 128 kbps" in said
    assert "After 15 days abroad the speed falls" in said


def test_days_are_read_with_any_signs_between(client):
    page = opened(
        client,
        "/en/guide/roaming/cn?brand=docomo&first=2026/12/01 22:00&last=２０２６年12月4日 "
        "10:00&mb=100&home=0&received=0",
    )
    assert "Data, 4 × 1 day at" in page.said()


@pytest.mark.parametrize("path", ["roaming/us", "roaming/CN", "roaming/us/tariffs", "roaming/cn/else"])
def test_what_is_not_there_is_not_there(client, path):
    assert client.get(f"/ja/guide/{path}").status_code == 404


def test_before_you_fly_names_limits_with_their_sources_and_the_guide_leads_here(client):
    page = opened(client, "/en/guide/roaming")
    assert "Before you fly" in page.said()
    for id, key in (("ahamo", "roam.spend_stop"), ("softbank", "roam.incoming_charged")):
        assert brand_of(id).about(key)[0].source.url in page.links
    assert {"/en/guide/cards/roaming-on", "/en/guide/roaming/cn", "/en/guide/roaming/jp"} <= set(page.links)
    assert "/en/guide/roaming" in opened(client, "/en/guide").links


def bare(text):
    """A name of another language stands in a piece of its own, without its brackets."""
    return re.sub("[ 「」]", "", text)


@pytest.mark.parametrize("language", SHIPPED)
def test_no_price_stands_without_the_plan_it_is_for(client, language):
    """«30 GB, JPY 0» of one plan was read as free on all plans of the company."""
    for place in PLACES:
        pages = (f"roaming/{place.lower()}?{TRIP}", f"roaming/{place.lower()}/tariffs")
        for said in (bare(opened(client, f"/{language}/guide/{page}").said()) for page in pages):
            assert [one.id for one in tariffs(place) if bare(one.name.to(language)) not in said] == []
    said = opened(client, f"/en/guide/roaming/cn?brand=docomo&{TRIP}").said()
    free = said[said.index("Data inside the plan: docomo MAX plans only") :]
    assert free.startswith(
        "Data inside the plan: docomo MAX plans only (docomo MAX plans only, not mini, eximo or irumo"
    )
    assert "applied for beforehand · Data: JPY 980 for 24 hours" in said
