# ruff: noqa: F811 (a test names the fixture it asks for)
"""A closed line by public address: nothing is offered, quoted, accepted or payable, and people can still see
whose it was.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import cast
from tests.faces import desk
from tests.faces.markup import Markup
from tests.faces.test_office_forms import done, now, office  # noqa: F401 (fixtures)
from tests.faces.test_office_work import lease_over
from tests.faces.test_pages import choose, follow, text


def close(line) -> None:
    from django.utils import timezone

    from tsuzuki.actions.order.close_line import close_line

    close_line(line, timezone.now(), "staff kim")


def ended(answer, words: str = "This number has ended") -> None:
    page = text(answer)
    assert answer.status_code == 410
    assert Markup(answer.content.decode()).wrong == []
    assert words in page
    assert "<form" not in page.split("</header>")[-1].split("<footer")[0]
    assert "JPY" not in page


@pytest.mark.parametrize("knows", ["n", "s"])
def test_its_link_says_that_it_ended_and_offers_nothing(client, line, knows):

    address = f"/en/r/{cast.link(line, knows)}"
    assert client.get(address).status_code == 200
    close(line)
    ended(client.get(address))
    ended(client.post(address, {"plan": "data-3gb", "method": "byhand"}))
    assert 'href="/en/"' in text(client.get(address))


@pytest.mark.parametrize(
    ("language", "words"), [("ja", "この番号は解約済みです"), ("zh-Hans", "此号码已解约")]
)
def test_in_the_readers_language(client, line, language, words):

    close(line)
    ended(client.get(f"/{language}/r/{cast.link(line)}"), words)


def test_a_price_seen_before_cannot_be_accepted(client, line, number):
    from tsuzuki.records.models import Purchase

    address = choose(client, number)
    close(line)
    ended(client.get(address))
    ended(client.post(address, {}))
    assert not Purchase.objects.exists()


def test_an_order_that_waits_for_money_ends(client, line, number):
    address = follow(client.post(choose(client, number), {}))
    assert "Show this code at a shop" in text(client.get(address))
    close(line)
    shown = client.get(address)
    assert "Cancelled, nothing charged" in text(shown)
    assert "Another way to pay" not in text(shown)
    assert client.post(address, {"method": "byhand"}).status_code == 422
    assert client.get(address + "?other=1").status_code == 200


def test_a_program_is_refused_too(client, line):
    from tests.faces.program import program
    from tsuzuki.records.models import Purchase

    seller = program(balance=5000)
    made = seller.quote(line)
    wish = {
        "items": [{"line_id": str(line), "kind": "plan", "plan_id": seller.plan(str(line), "data-3gb")["id"]}]
    }
    close(line)
    assert (seller.post("/quotes", wish).code, seller.buy(made["id"], "key-1").code) == (
        "line_closed",
        "line_closed",
    )
    assert seller.get(f"/plans?line_id={line}").body["items"] == []
    assert not Purchase.objects.exists()


def test_the_office_still_shows_whose_it_was(office, now):
    """Number and SIM of the line, in its list, on its page and on its orders, with the day it was closed."""
    from tsuzuki.records import queries
    from tsuzuki.records.models import Purchase

    line = cast.line("hand", now=now)
    cast.buy(line, "data-3gb", cast.voucher(990, now), now=now)
    cast.go(now)
    number, iccid = queries.numbers_of([line])[line], queries.iccids_of([line])[line]
    done(desk.post(office, f"/office/lines/{line}/", "close", sure="on"))
    cast.go(now + timedelta(minutes=1))
    page = desk.text(office.get(f"/office/lines/{line}/"))
    assert "0" + number.removeprefix("+81") in page
    assert iccid in page
    assert "Closed on" in page
    assert number[-4:] in desk.text(office.get(f"/office/lines/?q=0{number.removeprefix('+81')}"))
    order = desk.text(office.get(f"/office/purchases/{Purchase.objects.get().id}/"))
    assert f"{number[-4:]}, closed on" in order


def test_the_office_asks_whether_what_has_not_begun_is_refunded(office, now):
    from tests.actions.test_road_hand import item_of
    from tsuzuki.actions.work import work_items
    from tsuzuki.records.models import Incident

    line = cast.line("hand", now=now)
    page = f"/office/lines/{line}/"
    for _ in range(2):
        assert "the plans that have not begun" not in desk.text(office.get(page))
        cast.buy(line, "data-3gb", cast.voucher(990, now), now=now)
        cast.go(now)
        id = item_of().id
        work_items.take(id, "staff owner", now)
        lease_over()
        work_items.finish(id, "PORTAL-1", "staff owner", now)
    assert "Ask for a refund of the plans that have not begun" in desk.text(office.get(page))
    done(desk.post(office, page, "close", sure="on", refund="on"))
    assert Incident.objects.get(kind="refund_asked").order.period.starts_at > now


def test_a_task_of_a_closed_line_says_so(office, now):
    from tests.actions.test_road_hand import item_of
    from tsuzuki.actions.work import work_items

    line = cast.line("hand", now=now)
    cast.buy(line, "data-3gb", cast.voucher(990, now), now=now)
    cast.go(now)
    id = item_of().id
    assert "This line was closed on" not in desk.text(office.get(f"/office/work/{id}/"))
    work_items.take(id, "staff owner", now)
    close(line)
    page = desk.text(office.get(f"/office/work/{id}/"))
    assert "This line was closed on" in page
    assert "Please do not do it any more" in page


def test_days_in_lists_are_those_of_the_carriers_calendar(office, now):
    """A contract of 2024/06/03 begins at midnight in Tokyo, which is the day before in UTC."""
    from datetime import UTC, datetime

    from tsuzuki.records.models import Line

    cast.lines(2, "hand", now=now)
    Line.objects.update(opened_at=datetime(2024, 6, 2, 15, 0, tzinfo=UTC))
    Line.objects.filter(id=Line.objects.first().id).update(held_back=True)  # a pilot runs, for the other
    for page in ("/office/lines/", "/office/pilot/"):
        shown = desk.text(office.get(page))
        assert "2024-06-03" in shown
        assert "2024-06-02" not in shown
