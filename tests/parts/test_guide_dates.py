"""Each date the guide works out, with the claim it is read from: a number changed in a rule, or another
claim's source shown beside a date, and nobody would notice on the page.

`tests/data/guide_dates.csv`: what each rule tells of the same dates; `slip`: only where the date on a payment
slip is known too.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from tests.parts.test_guide_rules import ALL, EVERY, NOW
from tsuzuki.core.deadlines import deadlines
from tsuzuki.guide.load.loader import brand_ids

with (Path(__file__).parents[1] / "data" / "guide_dates.csv").open(encoding="utf-8", newline="") as lines:
    TABLE = list(csv.DictReader(lines))


def told(rule, slip: bool) -> list[dict[str, str]]:
    dates = ALL if slip else replace(ALL, slip_due=None)
    return [
        {
            "rule": rule.id,
            "what": line.what.value,
            "words": line.words,
            "last_day": line.last_day.isoformat(),
            "claims": " ".join(line.rests.claims),
        }
        for line in deadlines(rule.rule, dates, NOW)
    ]


@pytest.mark.parametrize("brand_id", brand_ids())
def test_each_date_and_its_claim(brand_id):
    """Seen to fail when docomo's number is lost after 3 months instead of 2, when docomo's slip rests on
    `late.redebit` instead of `late.pay_channels`, and when Nomad's plan may begin within 90 days instead of
    60.
    """
    found = []
    for rule in (rule for id, rule in EVERY if id == brand_id):
        without = told(rule, slip=False)
        found += [row | {"slip": "no"} for row in without]
        found += [row | {"slip": "yes"} for row in told(rule, slip=True) if row not in without]
    expected = [
        {name: value for name, value in row.items() if name != "brand"}
        for row in TABLE
        if row["brand"] == brand_id
    ]
    assert found == expected


def test_the_table_is_of_brands_there_are():
    assert {row["brand"] for row in TABLE} == {id for id, _ in EVERY}
