# ruff: noqa: F811 (a test names the fixture it asks for)
"""The work list: what stands in it, in which order, and how it is found."""

from __future__ import annotations

import json

from tests.actions.conftest import running_sandbox, sandbox, set_clock  # noqa: F401 (fixtures)
from tests.faces import desk
from tests.faces.test_office_work import at_work, now, shop, sold  # noqa: F401 (a fixture)
from tsuzuki.core.staff import Role


def reached(client, **asked) -> list[str]:
    """The orders of a list, page by page, as far as its links lead."""
    import re
    from html import unescape

    from tsuzuki.records.models import Purchase

    page, found, codes = (
        client.get("/office/work/", asked).content.decode(),
        [],
        set(Purchase.objects.values_list("code", flat=True)),
    )
    while True:
        found += [code for code in re.findall(r"R-[0-9A-Z]{5}", page.partition("<h2>")[2]) if code in codes]
        onward = re.search(r'rel="next" href="([^"]+)"', page)
        if not onward:
            return found
        page = client.get(unescape(onward[1])).content.decode()


def test_who_only_said_that_they_will_pay_hides_no_paid_work(shop, now, monkeypatch):
    """However many there are: what is paid for stands before, every list has pages to its end, and the tiles
    count the same lists.
    """
    from datetime import timedelta

    from tsuzuki.actions.work import work_items
    from tsuzuki.office import work_list
    from tsuzuki.records.models import Attempt, Order

    monkeypatch.setattr(work_list, "PER_PAGE", 3)
    reserved = [sold(now, "hand", "byhand").code for _ in range(7)]
    bought = [sold(now) for _ in range(4)]
    for hours, purchase in zip((4, 1, 3, 2), bought, strict=True):
        Order.objects.filter(purchase=purchase.id).update(refund_by=now + timedelta(hours=hours))
    urgent = [bought[place].code for place in (1, 3, 2, 0)]
    clerk = at_work("sato", Role.CLERK, now)

    first = clerk.get("/office/work/").content.decode()
    assert not any(code in first for code in reserved)
    for words in (
        "All that is paid for (4)",
        "To do by hand (4)",
        "Not paid yet (7)",
        "To do by hand: 1 to 3 of 4",
    ):
        assert words in first, words
    assert reached(clerk, list="by_hand") == urgent
    assert reached(clerk, list="by_hand", newest="1") == [one.code for one in reversed(bought)]
    assert sorted(reached(clerk, list="unpaid")) == sorted(reserved)
    today = desk.text(clerk.get("/office/"))
    assert "To do by hand 4" in today
    assert "Not paid yet 7" in today
    assert [item.purchase for item in work_items.waiting()][:4] == urgent

    wanted, attempt = bought[2], Attempt.objects.get(purchase=bought[2].id, step="provision")
    number = wanted.orders.get().line.numbers.get().msisdn
    for term in (wanted.code, wanted.code[2:].lower(), number, "0" + number[3:], number[-6:], attempt.key):
        assert reached(clerk, q=term) == [wanted.code], term
    assert reached(clerk, q=reserved[0]) == [reserved[0]]  # wherever it stands
    assert reached(clerk, q="R-00000") == reached(clerk, q="%_") == reached(clerk, q="\0")[:0] == []
    assert reached(clerk, list="by_hand", carrier="sand") == []
    assert reached(clerk, list="by_hand", carrier="hand") == urgent
    assert reached(clerk, list="unpaid", carrier="sand") == []
    for odd in (
        {"list": "x"},
        {"list": "by_hand", "page": "x"},
        {"list": "by_hand", "page": "-1"},
        {"carrier": "\0"},
    ):
        assert clerk.get("/office/work/", odd).status_code in (200, 400), odd


def test_a_refund_that_is_owed_and_an_incident_are_found_too(shop, now):
    from tsuzuki.actions.work import work_items
    from tsuzuki.actions.write import incidents
    from tsuzuki.records.models import Order, Refund

    purchase, other = sold(now, "sand"), sold(now, "sand")
    order = Order.objects.get(purchase=purchase.id)
    tender = purchase.tenders.get()
    Refund.objects.create(
        id=order.id,
        purchase=purchase,
        order=order,
        tender=tender,
        minor=990,
        currency="JPY",
        state="owed",
        begun_at=now,
    )
    incidents.report("carrier_took_back", order.id, now, order=order)
    incidents.report("money_reversed", "sandbox y", now, order=Order.objects.get(purchase=other.id))
    incidents.report("supplier_refuses_us", "hand folder_lost", now)
    clerk = at_work("sato", Role.CLERK, now)
    number = order.line.numbers.get().msisdn
    for term in (purchase.code, number):
        assert reached(clerk, q=term) == [purchase.code] * 2, term
    assert reached(clerk, list="incidents", carrier="sand") == [other.code, purchase.code]  # money first
    said = desk.text(clerk.get("/office/work/", {"list": "incidents", "carrier": "hand"}))
    assert "The carrier's folder is not the one it was" in said
    assert [item.kind for item in work_items.waiting()] == ["owed", "incident", "incident", "incident"]
    Refund.objects.all().delete()  # it was made for the list alone


def test_the_command_line_has_the_same_lists(shop, now):
    import subprocess
    import sys

    from tsuzuki.cli.operations import LISTS
    from tsuzuki.records.work_list import WorkList

    assert tuple(WorkList) == LISTS
    reserved, bought = sold(now, "hand", "byhand"), sold(now)

    def codes(*words: str) -> list[str]:
        run = [sys.executable, "-m", "tsuzuki.site.command", "work", "--json", *words]
        done = subprocess.run(run, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return [one["purchase"] for one in json.loads(done.stdout)]

    assert codes() == [bought.code, reserved.code]
    assert codes("--list", "unpaid") == codes("--search", reserved.code) == [reserved.code]
    assert codes("--carrier", "sand") == []
