# ruff: noqa: F811 (a test names the fixture it asks for)
"""Who typed the number and no more: what the pages tell of a line that may be somebody else's."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests import cast
from tests.faces.test_pages import bought_with_credit, choose, follow, line, running, text  # noqa: F401 (a fixture)


def test_a_typed_number_learns_no_date_from_a_refusal_or_the_final_check(client, line, number):
    purchase = bought_with_credit(line)
    from tsuzuki.records.models import Period
    from tsuzuki.ui import formats

    end = Period.objects.get(order__purchase=purchase.id).ends_at
    dates = {
        formats.moment(end, "Asia/Tokyo", "en", closing=True).split(",")[0],
        formats.short(end, "Asia/Tokyo", "en", end).split(",")[0],
    }
    check = text(client.get(choose(client, number, **{"start-data-3gb": "after_current"})))
    assert "When the current plan ends; if none is running, right after payment" in check
    address = follow(client.post("/en/", {"number": number}))
    refused = client.post(address, {"plan": "data-3gb", "method": "byhand", "start-data-3gb": "now"})
    shown = check + (text(refused) if refused.status_code != 302 else text(client.get(refused["Location"])))
    assert not [day for day in dates if day in shown]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "if it starts now, it ends"),
        ("ja", "今開始した場合の終了："),
        ("zh-Hans", "如现在开始，结束于"),
    ],
)
def test_a_month_that_ends_soon_is_said_before_the_yes(client, line, number, language, words):
    """Who only typed the number sees no dates of the line; the end of the calendar month is no secret."""
    from django.utils import timezone

    from tests.actions.test_road_line import plan_like

    plan_like("month-end", timezone.now() - timedelta(days=1), validity="month_end", count=1)
    address = follow(client.post(f"/{language}/", {"number": number}))
    assert words in text(client.get(address))
    check = follow(client.post(address, {"plan": "month-end", "method": "byhand"}))
    assert words in text(client.get(check))
    check = follow(client.post(address, {"plan": "data-3gb", "method": "byhand"}))
    assert words not in text(client.get(check))


def test_who_typed_the_number_gets_the_same_answers_whatever_runs(client, line, number):
    """A start at once could cut a plan they do not see, and its refusal would tell when that one ends. It is
    bought behind what runs, and begins at once where nothing does.
    """
    from django.utils import timezone

    from tests.actions.test_road_line import plan_like
    from tsuzuki.records.models import Quote

    for code, terms in (("short", {"count": 1}), ("long", {"count": 300}), ("over", {"stacking": "replace"})):
        plan_like(code, timezone.now() - timedelta(days=2), **terms)
    said = []
    for busy in (False, True):
        if busy:
            bought_with_credit(line)
        address = follow(client.post("/en/", {"number": number}))
        offers = re.findall(
            r'name="(?:plan|start-[a-z0-9-]+)" value="([^"]+)"', client.get(address).content.decode()
        )
        answers = []
        for plan, start in (
            ("short", "now"),
            ("long", "now"),
            ("over", ""),
            ("over", "now"),
            ("short", ""),
            ("long", "after_current"),
        ):
            answer = client.post(
                address, {"plan": plan, "method": "byhand"} | ({f"start-{plan}": start} if start else {})
            )
            answers.append(answer.status_code)
            if answer.status_code == 302:
                assert Quote.objects.latest("made_at").content["items"][0]["choice"] == "after_current"
        said.append((offers, answers))
    assert said[0] == said[1]
    assert said[0][1] == [422, 422, 422, 422, 302, 302]
    assert "over" not in said[0][0]


def test_a_cap_that_is_reached_is_refused_without_a_date_for_who_typed_the_number(client, line, number):
    from django.utils import timezone

    from tests.actions.test_road_line import plan_like
    from tsuzuki.ui import formats

    plan_like("visitor", timezone.now() - timedelta(days=1), count=20, stacking="add", cap_days=40)
    purchase = bought_with_credit(line)
    assert purchase.orders.get().period.ends_at
    wish = {"plan": "visitor", "method": "byhand"}
    typed = client.post(follow(client.post("/en/", {"number": number})), wish)
    held = client.post(f"/en/r/{cast.link(line)}", wish)
    assert (typed.status_code, held.status_code) == (422, 422)
    assert "Please renew nearer to its end date." in text(typed)
    assert "It can be bought again from" in text(held)
    year = (
        formats.moment(purchase.orders.get().period.ends_at, "Asia/Tokyo", "en")
        .split(",")[0]
        .rsplit(" ", 1)[1]
    )
    assert year not in text(typed).split("<form")[0].split("<h1>")[1]
