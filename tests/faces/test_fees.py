"""The price promise: every price of every plan, with its past and what is announced, for people and for
programs.
"""

from __future__ import annotations

import gzip
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.faces.markup import Markup
from tests.language import YEN_SIGNS
from tsuzuki.core.money import Money
from tsuzuki.core.plan import Price
from tsuzuki.core.tax import TaxRule
from tsuzuki.ui.languages import SHIPPED

JAPAN = TaxRule.JAPAN_STANDARD


def change(code: str, yen: int, since) -> None:
    from tsuzuki.records import models

    plan = models.Plan.objects.get(code=code)
    plan.prices.create(since=since, currency="JPY", minor=yen, tax=JAPAN)


def announce(code: str, yen: int, since) -> None:
    from tsuzuki.actions.catalogue.plans import set_price

    set_price(code, Price(Money(yen, "JPY"), Money(0, "JPY"), JAPAN), since, "test", timezone.now())


def opened(client, path: str) -> Markup:
    answer = client.get(path)
    assert answer.status_code == 200
    return Markup(answer.content.decode())


def plan(client, code: str) -> dict:
    return next(one for one in client.get("/fees.json").json()["plans"] if one["code"] == code)


@pytest.mark.parametrize("language", SHIPPED)
def test_the_page_is_light_well_formed_and_in_one_language(client, language):
    change("data-3gb", 880, timezone.now() - timedelta(days=3))
    announce("data-20gb", 2900, timezone.now() + timedelta(days=40))
    answer = client.get(f"/{language}/fees")
    page = Markup(answer.content.decode())
    assert answer.status_code == 200
    assert page.wrong == []
    assert page.foreign(language) == []
    assert len(gzip.compress(answer.content)) < 14_000
    assert not any(sign in page.said() for sign in YEN_SIGNS)
    assert not answer.cookies
    assert {f"/{language}/fees", f"/{language}/seller", "/fees.json"} <= set(page.links)
    assert f"/{language}/fees" in opened(client, f"/{language}/seller").links


def test_every_plan_stands_there_with_its_price_tax_and_validity(client):
    from tsuzuki.records import models

    page = opened(client, "/en/fees")
    assert set(page.ids) == set(models.Plan.objects.values_list("code", flat=True))
    said = page.ids["data-3gb"].text
    assert "JPY 990" in said
    assert "3 GB · 30 days, to the end of the last day · incl. 10% tax JPY 90" in said
    assert "not taxed" in page.ids["credit-3000"].text
    assert "any amount up to JPY 30,000" in page.ids["credit-open"].text
    assert "Hand" in page.ids["only-hand"].text
    assert page.said().index("No longer sold") < page.said().index("JPY 500"), (
        "what is sold no more stands apart"
    )
    assert "None from us." in page.said()
    assert "begin the full refund within 15 minutes" in page.said()


def test_a_change_of_price_stays_in_sight_and_an_announced_one_is_said_before_it_holds(client):
    now = timezone.now()
    change("data-3gb", 880, now - timedelta(days=3))
    announce("data-3gb", 1100, now + timedelta(days=40))
    said = opened(client, "/en/fees").ids["data-3gb"].text
    assert said.index("JPY 880") < said.index(": JPY 1,100") < said.index("JPY 990"), (
        "now, then what comes, then what was"
    )
    prices = plan(client, "data-3gb")["prices"]
    assert [(one["state"], one["minor"]) for one in prices] == [
        ("past", 990),
        ("current", 880),
        ("announced", 1100),
    ]
    assert prices[0]["until"] == prices[1]["since"]
    assert prices[1]["until"] == prices[2]["since"]
    assert prices[2]["until"] is None


def test_programs_read_amounts_tax_validity_and_what_is_sold_no_more(client):
    answer = client.get("/fees.json")
    assert answer["Content-Type"] == "application/json"
    assert answer["Access-Control-Allow-Origin"] == "*"
    one = plan(client, "data-20gb")
    assert one["prices"][0] | {"since": ""} == {
        "state": "current", "since": "", "until": None, "currency": "JPY", "minor": 2700, "amount": "2700",
        "tax": {"rule": "jp_standard", "included_percent": 10},
    }  # fmt: skip
    assert one["allowances"] == [
        {"good": "data", "amount": 20 * 10**9, "unit": "bytes"},
        {"good": "voice", "amount": 3600, "unit": "seconds"},
    ]
    assert one["valid"]["words"]["ja"] == "30日間（最終日の終わりまで）"
    assert plan(client, "old")["sold"] is False
    assert plan(client, "credit-open")["amount_is_chosen"] is True
    assert b'"cost' not in answer.content, "what a carrier is paid is nobody's business"


def test_what_is_announced_only_is_listed_and_what_never_had_a_price_is_not(client):
    from tsuzuki.records import models

    models.PlanPrice.objects.filter(plan__code="day").delete()
    models.PlanPrice.objects.filter(plan__code="loss").delete()
    announce("day", 350, timezone.now() + timedelta(days=1))
    page = opened(client, "/en/fees")
    assert ": JPY 350" in page.ids["day"].text
    assert "loss" not in page.ids


def test_an_operator_with_many_plans_has_several_pages(client, monkeypatch):
    from tsuzuki.web import fees

    monkeypatch.setattr(fees, "SHOWN", 4)
    seen: list[str] = []
    for number in (1, 2, 3):
        page = opened(client, f"/en/fees?page={number}")
        assert (f"?page={number + 1}" in page.links) is (number < 3)
        seen += page.ids
    assert len(seen) == len(set(seen)) == 9


@pytest.mark.parametrize("number", ["0", "-1", "9999", "99999999999", "x", "٣", ""])
def test_a_page_number_that_is_none_shows_plans_all_the_same(client, number):
    assert "data-3gb" in opened(client, f"/en/fees?page={number}").ids


def test_a_shop_without_plans_says_so(client):
    from tsuzuki.records import models

    models.PlanPrice.objects.all().delete()
    assert "No plan has a price yet." in opened(client, "/en/fees").said()
    assert client.get("/fees.json").json()["plans"] == []
