"""What a month costs: sums by hand, and what holds for every plan and every use."""

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.language import one_language
from tsuzuki.guide.costs.monthly_cost import MOST_MB, Use, at_other_brands, month, plan_of, price
from tsuzuki.guide.costs.price_tables import fees, late_rules, lines, methods, plans, remarks, statutory
from tsuzuki.guide.load.claims import LANGUAGES, AsIs, Table, amounts
from tsuzuki.guide.load.loader import brand

NOV = date(2026, 11, 1)


def yen(plan, **use):
    cost = month(plan_of(*plan), Use(**{"month": NOV, **use}))
    return [str(line.yen) for line in cost.lines], cost.total


@pytest.mark.parametrize(
    ("plan", "use", "lines", "total"),
    [
        (
            ("docomo", "mini_4"),
            {"mb": 3000, "minutes": 10, "sms": 3},
            ["2750", "440", "9.9", "2.2", "1.1"],
            3203,
        ),
        (("docomo", "max"), {"mb": 1000}, ["5698", "2.2", "1.1"], 5701),
        (("docomo", "max"), {"mb": 1001}, ["6798", "2.2", "1.1"], 6801),
        (("docomo", "max"), {"mb": 10_000_000}, ["8448", "2.2", "1.1"], 8451),
        (("linemo", "best"), {"mb": 12_500}, ["2090", "1650", "2.2", "1.1"], 3743),  # 3 x 1 GB
        (("ahamo", "30"), {"mb": 8000, "month": date(2025, 12, 1)}, ["2970", "3.3", "1.1"], 2974),
        (("rakuten_mobile", "saikyo"), {"mb": 3000, "method": "slip"}, ["1078", "396", "2.2", "1.1"], 1477),
        (
            ("rakuten_mobile", "saikyo"),
            {"mb": 3000, "method": "direct_debit"},
            ["1078", "110", "2.2", "1.1"],
            1191,
        ),
        (("gtn_mobile", "3"), {"mb": 1000}, ["1280", "128.0"], 1408),
        (("povo2", "toppings"), {"mb": 9000}, ["2780"], 2780),  # 3 x 990 would be dearer
        (("povo2", "toppings"), {"mb": 6000}, ["1980"], 1980),
        (("povo2", "toppings"), {"mb": 33_000, "sms": 1}, ["2780", "990", "3.3"], 3773),
        (("povo2", "toppings"), {"mb": 0}, [], 0),
        (("nihon_tsushin", "minna"), {"minutes": 60}, ["1390", "0", "2.2", "1.1"], 1393),
        (
            ("nihon_tsushin", "simple290"),
            {"mb": 3000, "minutes": 10},
            ["290", "440", "220", "2.2", "1.1"],
            953,
        ),
        # 70 minutes are in the plan.
        (("nihon_tsushin", "minna"), {"minutes": 80}, ["1390", "220", "2.2", "1.1"], 1613),
        # A month of 1 GB or less.
        (("ymobile", "m"), {"mb": 500, "minutes": 1}, ["2915", "44", "2.2", "1.1"], 2962),
        (("ymobile", "l"), {"mb": 1001}, ["5115", "2.2", "1.1"], 5118),
        # Broadband, of that month only.
        (("docomo", "mini_4"), {"month": date(2026, 3, 1)}, ["2750", "2.2", "2.2", "1.1"], 2755),
        (("his_mobile", "7gb"), {"mb": 7001, "minutes": 1}, ["990", "200", "18", "2.2", "1.1"], 1211),
        # 14.5 % a year of 3,853 yen for 20 days: 3853 * 0.145 * 20 / 365 = 30.6
        (("docomo", "mini_10"), {"late_days": 20}, ["3850", "2.2", "1.1", "30"], 3883),
    ],
)
def test_by_hand(plan, use, lines, total):
    assert yen(plan, **use) == (lines, total)


def test_what_is_not_known_is_said_and_left_out():
    cost = month(plan_of("au", "value_link"), Use(NOV, minutes=10, sms=1, late_days=3, method="direct_debit"))
    assert [str(line.yen) for line in cost.lines] == ["8008", "2.2", "1.1"]
    assert len(cost.remarks) == 4
    assert not cost.whole
    assert cost.hides_calls
    early = month(plan_of("linemo", "best"), Use(date(2024, 1, 1)))
    assert [str(line.yen) for line in early.lines] == ["990"]
    assert not early.whole


def test_absurd_use():
    ten_terabytes = month(plan_of("linemo", "best"), Use(NOV, mb=10_000_000))
    assert [str(line.yen) for line in ten_terabytes.lines][:2] == ["2090", "55000"]
    assert ten_terabytes.short_mb == 10_000_000 - 10_000 - 100_000
    assert any("9,890 GB" in text.en for text in ten_terabytes.remarks)
    capped = month(plan_of("nihon_tsushin", "simple290"), Use(NOV, mb=200_000))
    assert (str(capped.lines[1].yen), capped.short_mb) == ("21780", 100_000)  # up to 100 GB in all
    for wrong in ({"mb": -1}, {"minutes": MOST_MB + 1}, {"late_days": -1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Use(NOV, **wrong)


def test_a_price_says_what_it_is_limited_to():
    said = [line.said.en for line in month(plan_of("rakuten_mobile", "saikyo"), Use(NOV, minutes=1)).lines]
    assert "Calls, 2 × 30 seconds at JPY 22 (When calling with the phone's own dialler)" in said
    assert (
        month(plan_of("docomo", "mini_10"), Use(NOV, late_days=1)).lines[-1].said.en
        == "Late interest, 14.5 % a year, days late: 1"
    )
    assert [cost.plan.id for cost in at_other_brands(Use(NOV, mb=4000)) if cost.plan.brand == "ymobile"] == [
        "simple3_m"
    ]


def test_elsewhere():
    found = at_other_brands(Use(NOV, mb=20_000, minutes=30))
    assert (
        len({cost.plan.brand for cost in found})
        == len(found)
        == len({plan.brand for plan in plans() if not plan.closed})
    )
    fast = [cost for cost in found if not cost.short_mb and not cost.hides_calls and not cost.plan.data_only]
    assert found[: len(fast)] == fast
    assert [cost.total for cost in fast] == sorted(cost.total for cost in fast)
    assert not any(cost.plan.closed for cost in found)
    assert found[-1].plan.data_only


def test_every_price_is_a_claim_in_yen():
    for plan in plans():
        used = [(plan.claim, tier.row) for tier in plan.tiers] + [(pack.claim, 0) for pack in plan.packs]
        used += [(plan.extra.claim, 0)] if plan.extra else []
        used += [(plan.voice, 0)] if plan.voice else []
        used += [(plan.sms, plan.sms_row)] if plan.sms else []
        for claim, row in used:
            assert price(plan.brand, claim, row) > 0
            value = brand(plan.brand).about(claim)[0]
            unit = value.value.rows[row or 0].unit if isinstance(value.value, Table) else value.unit
            assert unit == "JPY", (plan.brand, claim)
        if plan.calls_included:
            assert brand(plan.brand).about(plan.calls_included)
    for (brand_id, method), claim in fees().items():
        assert price(brand_id, claim, 0) > 0
        assert method in methods()
    for brand_id, rule in late_rules().items():
        assert price(brand_id, rule.interest or rule.flat, 0) > 0


def test_the_rows_say_what_the_tiers_say():
    """«upto: 20000, row: 1» must be the row that speaks of 20 GB."""
    for plan in plans():
        table = brand(plan.brand).about(plan.claim)[0].value if plan.claim else None
        if not isinstance(table, Table):
            continue
        named = [row.label for row in table.rows]
        sizes = {
            int(value * 1000)
            for value, unit in amounts(brand(plan.brand).about(plan.claim)[0])
            if unit == "GB"
        }
        for tier in plan.tiers:
            label = named[tier.row].text if isinstance(named[tier.row], AsIs) else named[tier.row].en
            if tier.upto is not None:
                said = (
                    f"{Decimal(tier.upto) / 1000:f}".rstrip("0").rstrip(".")
                    if tier.upto >= 500
                    else str(tier.upto)
                )
                assert said in label or tier.upto in sizes, (plan.brand, plan.id, label)


def test_statutory_months_do_not_overlap():
    for one in statutory():
        for other in statutory():
            if one is not other and one.id == other.id:
                assert (one.last and one.last < other.first) or (other.last and other.last < one.first)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words(language):
    for words in (*lines().values(), *remarks().values(), *methods().values()):
        one_language(re.sub(r"\{\w+\}", "", words.to(language)), language)


uses = st.builds(
    Use,
    month=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    mb=st.integers(0, MOST_MB),
    minutes=st.integers(0, 50_000),
    sms=st.integers(0, 50_000),
    method=st.sampled_from(sorted(methods())),
    late_days=st.integers(0, 4000),
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(plans()), uses)
def test_any_use(plan, use):
    cost = month(plan, use)
    exact = sum((line.yen for line in cost.lines), Decimal())
    assert 0 <= exact - cost.total < 1
    assert all(line.yen >= 0 for line in cost.lines)
    assert all(line.claims or line.source or line.said.en.startswith("Consumption") for line in cost.lines)
    assert 0 <= cost.short_mb <= use.mb
    for line in cost.lines:
        for key in line.claims:
            assert brand(plan.brand).about(key)
        assert all("{" not in text for text in line.said.all())
    assert all("{" not in text for remark in cost.remarks for text in remark.all())


@settings(deadline=None)
@given(st.sampled_from(plans()), uses, st.integers(0, 10**6))
def test_more_use_never_costs_less(plan, use, more):
    from dataclasses import replace

    bigger = replace(use, mb=min(MOST_MB, use.mb + more), minutes=use.minutes + more % 100)
    if not plan.packs:  # thirty small packs may hold less than one big one costs
        assert month(plan, bigger).total >= month(plan, use).total
