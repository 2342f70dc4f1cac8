"""The page that says what a month costs: line by line, each with its source, and what the others would have
asked.
"""

from __future__ import annotations

import gzip

import pytest

from tests.faces.markup import Markup
from tsuzuki.guide.costs.monthly_cost import Use, at_other_brands, month, plan_of
from tsuzuki.guide.costs.price_tables import methods, plans
from tsuzuki.guide.load.loader import brand as brand_of
from tsuzuki.guide.load.vocabulary import amount
from tsuzuki.ui.languages import SHIPPED
from tsuzuki.web.guide.claim_view import today

PRICED = sorted({plan.brand for plan in plans()})
FULL = "gb=8&minutes=30&sms=4&method=slip&due=2026-09-30&paid=2026-10-30"


def opened(client, path: str, status: int = 200) -> Markup:
    answer = client.get(path)
    assert answer.status_code == status, path
    return Markup(answer.content.decode())


@pytest.mark.parametrize("language", SHIPPED)
def test_every_brands_month_is_light_well_formed_and_in_one_language(client, language):
    wrong = []
    for path in ("cost", f"cost?{FULL}", *(f"{one}/cost?{FULL}" for one in (*PRICED, "airalo"))):
        answer = client.get(f"/{language}/guide/{path}")
        page = Markup(answer.content.decode())
        wrong += [f"{path}: {fault}" for fault in (*page.wrong, *page.foreign(language))]
        assert answer.status_code == 200
        assert len(gzip.compress(answer.content)) < 14_000, path
    assert wrong == []


@pytest.mark.parametrize("language", SHIPPED)
def test_a_sum_is_explained_line_by_line_with_its_sources(client, language):
    use = Use(today().replace(day=1), mb=3000, minutes=10, sms=3, late_days=20)
    cost = month(plan_of("docomo", "mini_4"), use)
    page = opened(
        client, f"/{language}/guide/docomo/cost?gb=3&minutes=10&sms=3&due=2026-10-01&paid=2026-10-21"
    )
    said = page.said()
    assert len(cost.lines) == 6
    for line in cost.lines:
        assert f"{line.said.to(language)} {amount(line.yen, 'JPY', language)}" in said
        for key in line.claims:
            claim = brand_of("docomo").about(key)[0]
            anchored = [link for link in page.links if link.endswith(f"#{key}")]
            assert anchored
            assert key in opened(client, anchored[0].partition("#")[0]).ids, (
                "the link leads to the claim itself"
            )
            assert claim.source.url in page.links
        assert not line.source or line.source.url in page.links
    assert amount(cost.total, "JPY", language) in said


def test_the_companys_plans_stand_before_the_others_and_each_other_company_once(client):
    page = opened(client, "/en/guide/linemo/cost?gb=12.5&minutes=0")
    said = page.said()
    assert said.index("Together JPY 3,743") < said.index("What you would have paid elsewhere")
    rows = page.ids["elsewhere"]
    costs = at_other_brands(Use(today().replace(day=1), mb=12_500))
    names = [brand_of(one.plan.brand).names.en for one in costs]
    assert sorted(names) == sorted(set(names))
    positions = [
        rows.text.index(f"{name}{'at least ' if not cost.whole else ''}{amount(cost.total, 'JPY', 'en')}")
        for name, cost in zip(names, costs, strict=True)
    ]
    assert positions == sorted(positions), "in the order of the sum itself"
    assert "/en/guide/ahamo/cost?gb=12.5&minutes=0" in rows.links, "the use travels along"
    assert rows.text.count("the company you chose") == 1


def test_what_is_unknown_makes_a_sum_at_least_so_much(client):
    said = opened(client, "/en/guide/au/cost?gb=1&minutes=10").said()
    assert "Together at least JPY" in said
    assert "We do not know what calls cost on this plan" in said


@pytest.mark.parametrize("method", methods())
def test_each_way_of_paying_can_be_chosen(client, method):
    page = opened(client, f"/en/guide/rakuten_mobile/cost?gb=3&minutes=0&method={method}").said()
    assert ("Fee for the way of paying" in page) is (method in ("slip", "direct_debit"))


def test_ten_terabytes_are_answered(client):
    said = opened(client, "/en/guide/ahamo/cost?gb=10000&minutes=0").said()
    assert "Extra data, 100 × 1 GB" in said
    assert "The last 9,870 GB would run slowly." in said
    assert "Nobody uses that much" not in said
    assert "Nobody uses that much" in opened(client, "/en/guide/ahamo/cost?gb=99999999999").said()
    assert "Nobody uses that much" in opened(client, "/en/guide/ahamo/cost?minutes=99999999999").said()


@pytest.mark.parametrize(
    "typed", ["-1", "lots", "1e9", "1.2345", "1.5.2", "٣", "<script>", "9" * 5000, "NaN"]
)
def test_a_number_that_is_none_is_said_at_its_field(client, typed):
    page = client.get("/en/guide/cost", {"gb": typed})
    assert page.status_code == 422
    assert page.content.count(b"We cannot read this") == 1
    assert b"<script" not in page.content
    assert b"elsewhere" not in page.content.replace(b"/elsewhere", b""), (
        "no sum is made of what cannot be read"
    )


@pytest.mark.parametrize("typed", ["8", "８", "8.0", "8,0", " 8 ", ""])
def test_numbers_are_read_in_any_width(client, typed):
    said = opened(client, f"/en/guide/docomo/cost?gb={typed}&minutes=0").said()
    assert ("docomo MAX, unlimited data" in said) is bool(typed), "8 GB, and not the 3 it opens with"


@pytest.mark.parametrize(
    ("due", "paid", "status"),
    [
        ("2026-09-30", "2026-09-01", 200),
        ("2026-02-30", "2026-03-01", 422),
        ("2001-01-01", "2026-03-01", 422),
        ("x", "", 422),
    ],
)
def test_days_that_cannot_be_are_refused_and_early_is_not_late(client, due, paid, status):
    page = opened(client, f"/en/guide/docomo/cost?due={due}&paid={paid}", status)
    assert "Late interest" not in page.said()


def test_a_brand_without_prices_says_so_and_one_there_is_not_is_not_there(client):
    assert "We have no monthly price" in opened(client, "/en/guide/airalo/cost").said()
    assert client.get("/en/guide/nobody/cost").status_code == 404
    assert "elsewhere" in opened(client, "/en/guide/cost?brand=nobody").ids, (
        "a choice there is not is all companies"
    )


def test_the_guide_leads_here(client):
    assert "/en/guide/cost" in opened(client, "/en/guide").links
    assert "/en/guide/docomo/cost" in opened(client, "/en/guide/docomo").links
    assert "/en/guide/airalo/cost" not in opened(client, "/en/guide/airalo").links
