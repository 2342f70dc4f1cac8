"""Roaming: sums by hand, the days as carriers count them, and what the tariff files may not say."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.language import one_language
from tsuzuki.core.trip import MOST_KB, CallUsage, Trip
from tsuzuki.guide.costs.price_tables import roam_lines, roam_remarks
from tsuzuki.guide.load.claims import LANGUAGES
from tsuzuki.guide.load.loader import brand
from tsuzuki.guide.load.yaml_file import Wrong
from tsuzuki.guide.roaming import tariffs as tariff_file
from tsuzuki.guide.roaming.tariffs import load, tariffs
from tsuzuki.guide.roaming.trip_cost import compare, days, trip_cost

CHINA, JAPAN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Asia/Tokyo")
EVERY = (*tariffs("CN"), *tariffs("JP"))


def tariff(brand_id, id):
    return next(one for one in EVERY if (one.brand, one.id) == (brand_id, id))


def trip(starts, ends, **use):
    return Trip(starts, ends, **use)


def sums(brand_id, id, starts, ends, **use):
    cost = trip_cost(tariff(brand_id, id), trip(starts, ends, **use))
    return [str(line.amount) for line in cost.lines], str(cost.total), cost.currency


A, B = datetime(2026, 12, 1, 10, tzinfo=CHINA), datetime(2026, 12, 3, 20, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("which", "use", "lines", "total"),
    [
        (
            ("ahamo", "included"),
            {
                "kb": 9_000_000,
                "home": CallUsage(61),
                "within": CallUsage(60),
                "received": CallUsage(1),
                "sms_sent": 2,
            },
            ["0", "75", "350", "145", "200"],
            "770 JPY",
        ),
        # 24.4 MB on each of 3 days of Japan.
        (("docomo", "default"), {"kb": 3 * 24_400}, ["5940"], "5940 JPY"),
        (("docomo", "default"), {"kb": 3 * 24_400 + 1}, ["8940"], "8940 JPY"),
        # Of two calls one may be 119 seconds: 3 minutes.
        (("docomo", "default"), {"other": CallUsage(120, 2)}, ["795"], "795 JPY"),
        (("softbank", "flat_l"), {"kb": 1}, ["2940"], "2940 JPY"),  # 58 hours are 3 times 24
        (("linemo", "flat_72h"), {"kb": 1}, ["2940"], "2940 JPY"),
        (("au", "hodai"), {"kb": 1, "sms_sent": 1, "sms_received": 9}, ["3600", "100", "0"], "3700 JPY"),
        (("rakuten_mobile", "included"), {"kb": 2_000_000}, ["0"], "0 JPY"),
        (("rakuten_mobile", "included"), {"kb": 2_000_001}, ["0", "500"], "500 JPY"),
        (("rakuten_mobile", "included"), {"kb": 3_000_001}, ["0", "1000"], "1000 JPY"),
        (("softbank", "flat_l"), {}, [], "0 JPY"),
    ],
)
def test_by_hand_in_china(which, use, lines, total):
    found, whole, currency = sums(*which, A, B, **use)
    assert (found, f"{whole} {currency}") == (lines, total)


@pytest.mark.parametrize(
    ("which", "use", "lines", "total"),
    [
        (
            ("cn_telecom", "day"),
            {"kb": 1, "home": CallUsage(61), "received": CallUsage(5), "sms_sent": 1},
            ["75", "5.98", "1.99", "0.69"],
            "83.66 CNY",
        ),
        (("cmhk_prepaid", "per_mb"), {"kb": 2_001}, ["15"], "15 HKD"),  # 667 kB a day, each started MB
        (("three_hk", "day"), {"kb": 1}, ["594"], "594 HKD"),
        (("cn_mobile", "day"), {"kb": 1, "sms_received": 3}, ["90", "0"], "90 CNY"),
    ],
)
def test_by_hand_in_japan(which, use, lines, total):
    found, whole, currency = sums(
        *which, datetime(2026, 12, 1, 10, tzinfo=JAPAN), datetime(2026, 12, 3, 20, tzinfo=JAPAN), **use
    )
    assert (found, f"{whole} {currency}") == (lines, total)


def test_whose_midnight():
    """Landing at 00:30 in Japan is still the day before in Beijing: two days are charged where Japan sees
    one.
    """
    starts, ends = datetime(2026, 12, 2, 0, 30, tzinfo=JAPAN), datetime(2026, 12, 2, 9, tzinfo=JAPAN)
    spans = days(tariff("cn_telecom", "day").versions[0].data, trip(starts, ends))
    assert [span.starts for span in spans] == [
        datetime(2026, 12, 1, tzinfo=CHINA),
        datetime(2026, 12, 2, tzinfo=CHINA),
    ]
    assert spans[1].starts == datetime(2026, 12, 2, 1, tzinfo=JAPAN)
    # and in China the flat day of Japan ends at 23:00
    starts, ends = datetime(2026, 12, 1, 22, tzinfo=CHINA), datetime(2026, 12, 1, 23, 30, tzinfo=CHINA)
    spans = days(tariff("docomo", "default").versions[0].data, trip(starts, ends))
    assert [span.ends for span in spans] == [
        datetime(2026, 12, 1, 23, tzinfo=CHINA),
        datetime(2026, 12, 2, 23, tzinfo=CHINA),
    ]


def test_a_trip_that_ends_at_midnight_begins_no_other_day():
    data = tariff("cn_telecom", "day").versions[0].data
    starts, midnight = datetime(2026, 12, 1, 9, tzinfo=CHINA), datetime(2026, 12, 2, tzinfo=CHINA)
    assert len(days(data, trip(starts, midnight))) == 1
    assert len(days(data, trip(starts, midnight + timedelta(seconds=1)))) == 2


def test_hours_count_from_switching_on():
    data = tariff("softbank", "flat_l").versions[0].data
    assert len(days(data, trip(A, A + timedelta(hours=24)))) == 1
    spans = days(data, trip(A, A + timedelta(hours=24, seconds=1)))
    assert [span.starts for span in spans] == [A, A + timedelta(hours=24)]


def test_a_tariff_is_not_known_for_every_time():
    early = Trip(datetime(2024, 1, 1, tzinfo=CHINA), datetime(2024, 1, 2, tzinfo=CHINA), kb=1)
    assert trip_cost(tariff("ahamo", "included"), early) is None
    assert trip_cost(tariff("au", "hodai"), early) is not None  # its source has no date


def test_what_is_warned_of():
    long = trip(A, A + timedelta(days=16), kb=31_000_000, home=CallUsage(60))
    said = [text.en for text in trip_cost(tariff("ahamo", "included"), long).remarks]
    assert said == [
        "Past 30 GB the data runs at 128 kbps.",
        "After 15 days abroad the speed falls to 128 kbps.",
        "Use abroad is stopped at about JPY 50,000.",
    ]
    softbank = trip_cost(tariff("softbank", "flat_l"), long)
    assert not softbank.whole
    assert any("No source confirms" in text.en for text in softbank.remarks)
    assert any(
        "Beijing time" in text.en for text in trip_cost(tariff("cn_mobile", "day"), trip(A, B, kb=1)).remarks
    )
    linemo = trip_cost(tariff("linemo", "flat_24h"), trip(A, B, kb=13_000_000))
    assert "Past 3 GB the data runs at 128 kbps." in [text.en for text in linemo.remarks]
    assert not any(
        "Past" in text.en
        for text in trip_cost(tariff("linemo", "flat_72h"), trip(A, B, kb=9_000_000)).remarks
    )


def test_compare_puts_what_is_fully_known_first():
    found = compare("CN", trip(A, B, kb=500_000, home=CallUsage(60), sms_sent=1))
    assert [cost.unknown for cost in found] == sorted(cost.unknown for cost in found)
    assert found[0].tariff.brand == "ahamo"
    assert {cost.currency for cost in compare("JP", trip(A, B, kb=1))} == {"CNY", "HKD"}


def test_talk_is_rounded_up_call_by_call():
    assert [
        CallUsage(s, c).units(60) for s, c in ((0, 1), (1, 1), (60, 1), (61, 1), (600, 10), (5, 10), (60, 0))
    ] == [0, 1, 1, 2, 19, 5, 0]


def test_nonsense_is_refused():
    for wrong in (
        {"starts": datetime(2026, 1, 1)},
        {"ends": A},
        {"ends": A + timedelta(days=401)},
        {"kb": -1},
        {"kb": MOST_KB + 1},
        {"home": CallUsage(-1)},
        {"received": CallUsage(1, 10**9)},
        {"sms_sent": -1},
    ):
        with pytest.raises(ValueError, match=r"starts|ends|kb|home|received|sms"):
            Trip(**{"starts": A, "ends": B, **wrong})


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("kind: included, mb", "kind: magic, mb", "not known here"),
        ("row: 0}", "row: 0, tip: 1}", "not known here: tip"),
        (
            "claim: roam.voice_in_china_per_min, row: 0",
            "claim: roam.nothing, row: 0",
            "ahamo has no claim roam.nothing",
        ),
        ('amount: "100"', 'amount: "101"', "does not say 101"),
        ("currency: JPY", "currency: CNY", "is no price in CNY"),
        ("from: 2025-07", "from: July", "is no month"),
        ("id: default", "id: default\n    colour: red", "not known here: colour"),
        ("stop: roam.spend_stop", "stop: roam.gone", "has no claim roam.gone"),
        (
            "{upto_kb: 24400, price: {claim: roam.default",
            "{price: {claim: roam.default",
            "the last step, and only it",
        ),
    ],
)
def test_a_mistake_in_a_file(tmp_path, old, new, says):
    text = (tariff_file.FOLDER / "cn.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "cn.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Wrong, match=says):
        load(path)


def test_versions_follow_each_other(tmp_path):
    text = (tariff_file.FOLDER / "jp.yaml").read_text(encoding="utf-8")
    whole = text.index("  - brand: three_hk")
    head = text[: text.index("  - brand:")] + text[whole:]
    version = head[head.index("      - from: 2018-03") :]
    older = version.replace("from: 2018-03", "from: 2015-01\n        until: 2018-02")
    path = tmp_path / "jp.yaml"
    path.write_text(head.replace(version, older + version), encoding="utf-8")
    [three] = load(path)
    assert (three.on(date(2018, 2, 28)), three.on(date(2018, 3, 1))) == three.versions
    assert three.on(date(2014, 12, 31)) is None
    path.write_text(
        head.replace(version, version.replace("from: 2018-03", "from: 2015-01") + version), encoding="utf-8"
    )
    with pytest.raises(Wrong, match="must end before"):
        load(path)


def test_everything_it_says_rests_on_claims():
    for one in EVERY:
        for version in one.versions:
            prices = [
                *version.calls.values(),
                *version.sms.values(),
                *(rung.price for rung in version.data.rungs),
            ]
            prices += [each for each in (version.data.price, version.data.extra) if each]
            assert prices or version.data.kind == "included"
            for key in (*(each.claim for each in prices), *version.data.claims):
                assert brand(one.brand).about(key)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words(language):
    for words in (*roam_lines().values(), *roam_remarks().values()):
        one_language(re.sub(r"\{\w+\}", "", words.to(language)), language)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
talks = st.builds(CallUsage, st.integers(0, 10**6), st.integers(0, 1000))
trips = st.builds(
    lambda at, length, **use: Trip(at, at + length, **use),
    moments,
    st.timedeltas(timedelta(seconds=1), timedelta(days=400)),
    kb=st.integers(0, MOST_KB),
    within=talks,
    home=talks,
    other=talks,
    received=talks,
    sms_sent=st.integers(0, 999),
    sms_received=st.integers(0, 999),
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(EVERY), trips)
def test_any_trip(one, journey):
    cost = trip_cost(one, journey)
    assert cost.total == sum((line.amount for line in cost.lines), Decimal())
    assert all(line.amount >= 0 and line.claims for line in cost.lines)
    assert all("{" not in text for line in cost.lines for text in line.said.all())
    assert all("{" not in text for remark in cost.remarks for text in remark.all())
    if cost.spans:
        assert cost.spans[0].starts <= journey.starts < cost.spans[0].ends
        assert cost.spans[-1].starts < journey.ends <= cost.spans[-1].ends
        assert all(a.ends == b.starts for a, b in zip(cost.spans, cost.spans[1:], strict=False))


@settings(deadline=None)
@given(talks, st.sampled_from((1, 30, 60)))
def test_no_way_to_split_calls_costs_more(talk, unit):
    assert talk.units(unit) >= -(-talk.seconds // unit) * bool(talk.calls)
    assert talk.units(unit) <= talk.seconds // unit + talk.calls
