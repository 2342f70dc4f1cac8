"""What a list answers to: its own filters and nothing else, whatever is written into its address; and what it
shows to whom.
"""

from __future__ import annotations

import pytest

from tests import cast
from tests.faces import desk
from tsuzuki.core.staff import Role

MAIL = "haruko.tanaka@example.com"
LOOKUPS = ("", "__exact", "__startswith", "__regex", "__isnull", "__in", "__gt", "__year", "__contains")
VALUES = ("\0", "-1", "99999999999999999999")
OWN = ("q", "p", "o", "e", "_to_field", "_popup", "state")  # what the admin itself reads


@pytest.fixture
def now():
    from django.utils import timezone

    return timezone.now()


@pytest.fixture(autouse=True)
def quick_passwords():
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=desk.FAST):
        yield


def as_somebody(role: Role, now):
    from django.test import Client

    browser = Client(
        SERVER_NAME="localhost", headers={"Accept-Language": "en"}, raise_request_exception=False
    )
    from django.utils import timezone

    # A code is good for a minute, a test may take longer.
    desk.sign_in(browser, desk.hire(f"a-{role.value}", role, now), timezone.now())
    return browser


def lists():
    """Each list with the columns of its table, those of the rows it leads to, and a name of none."""
    from django.contrib import admin
    from django.urls import reverse

    for model in admin.site._registry:
        columns = {field.name for field in model._meta.get_fields()}
        onward = {
            f"{field.name}__{inner.name}"
            for field in model._meta.get_fields()
            if field.related_model
            for inner in field.related_model._meta.concrete_fields
        }
        yield reverse(f"admin:records_{model._meta.model_name}_changelist"), sorted(columns), sorted(onward)


def test_no_list_is_filtered_by_a_column(client, now):
    """The admin would filter by each of them, and who may guess reads it letter by letter: tokens, passwords,
    digests.
    """
    from django.contrib import admin

    for role in (Role.VIEWER, Role.OWNER):
        browser = as_somebody(role, now)
        opened = [
            (path, columns) for path, columns, _onward in lists() if browser.get(path).status_code == 200
        ]
        assert len(opened) == (5 if role is Role.VIEWER else 9)
        for path, columns in opened:
            for name in columns:
                assert browser.get(path, {name + "__startswith": "a"}).status_code == 400, (path, name)
    for desk_of_rows, (path, columns, onward) in zip(admin.site._registry.values(), lists(), strict=True):
        for name in [*onward, *(column + lookup for column in columns for lookup in LOOKUPS)]:
            assert not desk_of_rows.lookup_allowed(name, "a", None), (path, name)


def test_no_value_breaks_a_list(client, now, line):
    browser = as_somebody(Role.OWNER, now)
    for path, columns, _onward in lists():
        for name in (*OWN, f"{columns[0]}__year"):
            for value in VALUES:
                assert browser.get(path, {name: value}).status_code in (200, 302, 400), (path, name, value)


def test_no_address_of_a_row_breaks(client, now, line):
    browser = as_somebody(Role.OWNER, now)
    for path, _columns, _onward in lists():
        for written in ("%00", "a%00b", "-1", "99999999999999999999", "%ED%A0%80", "%F0%9F%98%80", "a/b"):
            assert browser.get(f"{path}{written}/").status_code == 404, (path, written)
            assert browser.post(f"{path}{written}/", {"do": "x"}).status_code == 404, (path, written)


def test_the_filters_of_a_list_filter(client, now, line):
    from tsuzuki.actions.order.acceptance import PaymentChoice

    purchase = cast.buy(line, "data-3gb", PaymentChoice("cash"), now=now)
    browser = as_somebody(Role.VIEWER, now)
    assert purchase.code in desk.text(browser.get("/office/purchases/", {"state": "awaiting_payment"}))
    assert purchase.code not in desk.text(browser.get("/office/purchases/", {"state": "delivered"}))
    typed = purchase.code.lower().replace("-", "ー")
    assert purchase.code in desk.text(browser.get("/office/purchases/", {"q": typed}))
    assert purchase.code not in desk.text(browser.get("/office/purchases/", {"q": "R-ZZZZZ"}))


def test_a_viewer_finds_no_masked_number_by_trying(client, now):
    """The list says whether a whole number is there, so only so many may be tried; who sees numbers in full
    is not held up.
    """
    from tsuzuki.office.lines import SEARCHES
    from tsuzuki.records import queries

    line = cast.line("hand", MAIL, now)
    number = "0" + queries.numbers_of([line])[line].removeprefix("+81")
    link = f"/office/lines/{line}/"
    for role, finds in ((Role.VIEWER, False), (Role.CLERK, True)):
        browser = as_somebody(role, now)
        assert link in browser.get("/office/lines/", {"q": number}).content.decode()
        for n in range(SEARCHES):
            browser.get("/office/lines/", {"q": f"0905555{n:04}"})
        page = browser.get("/office/lines/", {"q": number})
        assert (page.status_code, link in page.content.decode(), "Too many tries" in desk.text(page)) == (
            200,
            finds,
            not finds,
        )
        assert browser.get(link).status_code == 200


def test_a_line_tells_of_messages_about_itself(client, now):
    """To whatever address they went; masked for a viewer."""
    from tsuzuki.actions.messages.notifications import Recipient, notify_person
    from tsuzuki.records import models

    line = models.Line.objects.get(id=cast.line("hand", MAIL, now))
    notify_person(Recipient("sms", "+819012345678", "ja"), "activating", now, line)
    notify_person(Recipient("email", MAIL, "ja"), "activating", now, line)
    models.OutboundMessage.objects.update(sent_at=now, state="sent")
    for role, addresses in (
        (Role.VIEWER, ("+81 90-****-5678", "h***@")),
        (Role.CLERK, ("+819012345678", MAIL)),
    ):
        page = desk.text(as_somebody(role, now).get(f"/office/lines/{line.id}/"))
        assert [address in page for address in addresses] == [True, True], page


def test_a_viewer_finds_no_masked_number_in_the_work_list(client, now):
    """Its search takes the end of a number: with each digit more that still finds the task, another of the
    hidden ones is known.
    """
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.office.lines import SEARCHES
    from tsuzuki.records import queries

    line = cast.line("hand", MAIL, now)
    number = "0" + queries.numbers_of([line])[line].removeprefix("+81")
    purchase = cast.buy(line, "data-3gb", PaymentChoice("cash"), now=now)
    cast.go(now)
    for role in (Role.VIEWER, Role.CLERK):
        browser, full = as_somebody(role, now), role is Role.CLERK

        def found(term: str, browser=browser) -> tuple[bool, bool]:
            said = desk.text(browser.get("/office/work/", {"list": "unpaid", "q": term}))
            return purchase.code in said, "Too many tries" in said

        assert found(number[-4:]) == (True, False)  # which everybody sees
        for digits in range(5, 10):
            assert found(number[-digits:]) == (full, False), digits
        assert [found(whole) for whole in (number, "+81" + number[1:])] == [(True, False)] * 2
        for n in range(SEARCHES):
            found(f"0905555{n:04}")
        assert found(number) == (full, not full)
        assert found(purchase.code) == (True, False)


def test_mail_addresses_and_numbers_stay_masked_for_viewers(client, now):
    """A purchase whose refund is owed, its letters, its line, its work: every page of it, as a viewer and as
    a clerk.
    """
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.actions.work.work_items import finish, refuse
    from tsuzuki.records import models, queries, work_list

    line = cast.line("hand", MAIL, now)
    number = "0" + queries.numbers_of([line])[line].removeprefix("+81")
    purchase = cast.buy(line, "data-3gb", PaymentChoice("cash"), now=now, email=MAIL)
    cast.go(now)
    finish(f"a{work_list.unpaid().get().id}", "receipt 1", "staff x", now)
    cast.go(now)
    refuse(f"a{work_list.by_hand().get(step='provision').id}", "no", "staff x", now)
    cast.go(now)
    owed = work_list.owed().get()
    models.OutboundMessage.objects.update(sent_at=now, state="sent")
    pages = [
        "/office/",
        "/office/lines/",
        f"/office/lines/{line}/",
        "/office/purchases/",
        f"/office/purchases/{purchase.id}/",
        "/office/work/",
        f"/office/work/r{owed.id}/",
        *(f"/office/work/a{one.id}/" for one in models.Attempt.objects.all()),
    ]
    browsers = {role: as_somebody(role, now) for role in (Role.VIEWER, Role.CLERK)}
    seen = {
        role: "".join(browser.get(page).content.decode() for page in pages)
        for role, browser in browsers.items()
    }
    assert "haruko" not in seen[Role.VIEWER]
    assert "h***@example.com" in seen[Role.VIEWER]
    assert number not in seen[Role.VIEWER]
    assert number[1:] not in seen[Role.VIEWER]
    assert seen[Role.CLERK].count(MAIL) >= 4
    assert number in seen[Role.CLERK]


def test_a_purchase_names_its_buyer_and_all_that_was_booked(client, now, line):
    from tsuzuki.actions.money import accounts
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.core.ledger_event import LedgerEvent
    from tsuzuki.core.money import Money
    from tsuzuki.core.postings import commission
    from tsuzuki.core.principal import Principal
    from tsuzuki.ledger import book

    seller = accounts.make("Hostel Sakura", "reseller", "staff x", now)
    accounts.top_up(seller.id, Money(5000, "JPY"), "bank 7", "staff x", now)
    row = quote([LineRequest(line, "data-3gb")], now, account=seller.id)
    bought = accept(row.id, [PaymentChoice("account")], Buyer(Principal.account(seller.id), "key"), now)
    order = bought.orders.get().id
    for number in range(1, 6):
        book.post(
            {
                LedgerEvent.order_commission(order, number): commission(
                    seller.id, "data-3gb", Money(60 + number, "JPY")
                )
            },
            now,
        )
    cast.buy(line, "data-3gb", cast.voucher(990, now), now=now)
    browser = as_somebody(Role.OWNER, now)
    listed = desk.text(browser.get("/office/purchases/"))
    assert "Program Hostel Sakura" in listed
    assert "System test" in listed
    shown = desk.text(browser.get(f"/office/purchases/{bought.id}/"))
    assert "Payment received" in shown
    assert [f"JPY {minor}" in shown for minor in range(61, 66)] == [True] * 5
    assert "Top-up bank 7" in desk.text(browser.get(f"/office/accounts/{seller.id}/"))


def test_nobody_has_every_purchase_counted_by_state(client, now, line):
    """The admin counts all rows for each state where an address asks for it."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser = as_somebody(Role.VIEWER, now)
    assert "_facets" not in browser.get("/office/purchases/").content.decode()
    with CaptureQueriesContext(connection) as asked:
        browser.get("/office/purchases/", {"_facets": "True"})
    assert not [one["sql"] for one in asked if 'AS "0__c"' in one["sql"]]
