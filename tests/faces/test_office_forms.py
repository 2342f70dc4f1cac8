"""What the office sells and says of itself: every form that writes, through the pages as a browser would send
them.
"""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest

from tests import cast
from tests.faces import desk
from tsuzuki.core.staff import Role


@pytest.fixture
def now():
    from django.utils import timezone

    return timezone.now()


@pytest.fixture
def office(client, now):
    from django.test import override_settings

    with override_settings(PASSWORD_HASHERS=desk.FAST):
        desk.sign_in(client, desk.hire("owner", Role.OWNER, now), now)
        yield client


def models():
    from tsuzuki.records import models

    return models


def plan_page(code: str = "data-3gb") -> str:
    return f"/office/plans/{models().Plan.objects.get(code=code).id}/"


def done(answer) -> None:
    assert answer.status_code == 302, desk.text(answer)[:600]


def refused(answer, words: str) -> None:
    assert answer.status_code == 422
    assert words in desk.text(answer)


NEW_PLAN = {
    "code": "week-7gb",
    "name_en": "7 GB for a week",
    "name_ja": "データ7GB",
    "kind": "plan",
    "technology": "4g",
    "gives_data": "7 GB",
    "gives_voice": "30 min",
    "validity": "calendar_days",
    "count": "7",
    "start": "purchase",
    "stacking": "queue",
    "price": "1,480",
    "cost": "700",
    "tax": "jp_standard",
}


def test_a_plan_comes_on_sale_and_can_be_bought(office, line, now):
    from tsuzuki.actions.order.quote import LineRequest, price

    done(desk.post(office, "/office/plans/add/", "plan", **NEW_PLAN))
    plan = models().Plan.objects.get(code="week-7gb")
    assert plan.names == {"en": "7 GB for a week", "ja": "データ7GB"}
    assert [(one["good"], one["amount"]) for one in plan.allowances] == [("data", 7 * 10**9), ("voice", 1800)]
    from django.utils import timezone

    assert price([LineRequest(line, "week-7gb")], timezone.now()).total.minor == 1480
    assert list(models().AuditEntry.objects.filter(subject="plan week-7gb").values_list("actor", "act")) == [
        ("staff owner", "plan")
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"price": "0"}, "greater than zero"),
        ({"price": "-5"}, "greater than zero"),
        ({"price": "19.8"}, "cannot read"),
        ({"price": "abc"}, "cannot read"),
        ({"price": "9" * 16}, "cannot read"),
        ({"code": "Week 7"}, "small letters a to z"),
        ({"code": "data-3gb"}, "already used"),
        ({"gives_data": "", "gives_voice": ""}, "A plan gives data, calls or SMS."),
        ({"gives_data": "7 bananas"}, "as in the example"),
        ({"gives_data": "0 GB"}, "as in the example"),
        ({"stacking": "replace", "start": "after_current"}, "contradict each other"),
        ({"stacking": "add", "start": "install"}, "contradict each other"),
        ({"cap_days": "90"}, "contradict each other"),
        ({"boundary_zone": "Asia/Shanghai"}, "contradict each other"),
        ({"validity": "fixed_zone_midnight"}, "contradict each other"),
        ({"validity": "fixed_zone_midnight", "boundary_zone": "Shanghai"}, "written as Asia/Tokyo"),
        ({"count": "0"}, "greater than or equal to 1"),
        ({"kind": "nonsense"}, "nonsense is not one of the available choices"),
        ({"carrier": "nobody"}, "nobody is not one of the available choices"),
    ],
)
def test_plans_that_are_refused(office, changes, words):
    before = models().Plan.objects.count()
    refused(desk.post(office, "/office/plans/add/", "plan", **NEW_PLAN | changes), words)
    assert models().Plan.objects.count() == before


def test_credit_is_worth_its_price(office):
    credit = {
        "code": "credit-500",
        "kind": "credit",
        "gives_data": "",
        "gives_voice": "",
        "price": "500",
        "cost": "0",
        "tax": "out_of_scope",
    }
    done(desk.post(office, "/office/plans/add/", "plan", **NEW_PLAN | credit))
    plan = models().Plan.objects.get(code="credit-500")
    assert [(one["good"], one["amount"]) for one in plan.allowances] == [("credit", 500)]
    assert plan.terms["stacking"] == "parallel"


def test_the_preview_says_what_the_rules_mean_and_writes_nothing(office, now):
    """Bought on 31 January at 23:50 Tokyo: each rule has its own end."""
    year = now.year + 1
    ends = {
        ("calendar_days", "7"): f"Sat 6 Feb {year}, 23:59",
        ("month_end", "1"): f"Sun 31 Jan {year}, 23:59",
        ("same_day_next_month_clamped", "1"): f"Sun 28 Feb {year}, 23:50",
        ("same_day_next_month_rolled", "1"): f"Mon 1 Mar {year}",
        ("n_days_from_charge", "30"): f"Tue 2 Mar {year}, 23:50",
    }
    assert year == 2027, "the weekdays above are those of 2027"
    before = models().Plan.objects.count()
    for (rule, count), end in ends.items():
        answer = desk.post(
            office,
            "/office/plans/add/",
            "plan",
            **NEW_PLAN | {"validity": rule, "count": count, "then": "preview"},
        )
        assert answer.status_code == 200
        assert re.search(rf"Sun 31 Jan {year}, 23:50 \(Japan time\) {end}", desk.text(answer)), (
            rule,
            desk.text(answer)[-900:],
        )
    assert models().Plan.objects.count() == before


def test_a_plan_changes_and_quotes_keep_their_rules(office, line, now):
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.records import queries

    frozen = quote([LineRequest(line, "data-3gb")], now)
    done(desk.post(office, plan_page(), "plan", count="10", name_ja="新しい名前"))
    plan = models().Plan.objects.get(code="data-3gb")
    assert (plan.terms["count"], plan.names["ja"]) == (10, "新しい名前")
    assert queries.quote_value(models().Quote.objects.get(id=frozen.id)).items[0].terms.count == 30
    assert plan.prices.count() == 1


def test_a_stale_form_writes_over_nobody(office):
    page = plan_page()
    opened = desk.form_of(office.get(page).content.decode(), "plan")
    done(desk.post(office, page, "plan", name_en="By a colleague"))
    refused(office.post(page, opened | {"name_en": "By me"}), "Somebody changed this while you had it open")
    assert models().Plan.objects.get(code="data-3gb").names["en"] == "By a colleague"


def test_prices_have_their_dates(office, now):
    from tsuzuki.core.money import Money
    from tsuzuki.records.queries import prices_of

    plan = models().Plan.objects.get(code="data-3gb")
    page, later = plan_page(), now + timedelta(days=10)
    local = (later + timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M")
    done(desk.post(office, page, "price", price="1100", cost="450", since=local))
    assert prices_of([plan.id], "JPY", now)[plan.id].amount == Money(990, "JPY")
    assert prices_of([plan.id], "JPY", later)[plan.id].amount == Money(1100, "JPY")
    refused(
        desk.post(office, page, "price", price="1200", since=local),
        "Another price begins at that very moment",
    )
    yesterday = (now + timedelta(hours=9 - 24)).strftime("%Y-%m-%dT%H:%M")
    refused(desk.post(office, page, "price", price="1200", since=yesterday), "cannot begin in the past")
    refused(desk.post(office, page, "price", price="0"), "greater than zero")
    refused(desk.post(office, page, "price", price="1200", cost="-1"), "cannot read")
    assert plan.prices.count() == 2
    done(desk.post(office, page, "drop"))  # the one to come
    assert [price.minor for price in plan.prices.all()] == [990]
    assert "drop" not in desk.forms_of(office.get(page).content.decode())
    acts = (
        models()
        .AuditEntry.objects.filter(subject="plan data-3gb")
        .order_by("id")
        .values_list("act", flat=True)
    )
    assert list(acts) == ["price_set", "price_dropped"]


def test_a_price_that_holds_is_not_removed(office):
    held = models().PlanPrice.objects.get(plan__code="data-3gb")
    answer = office.post(plan_page(), {"do": "drop", "which": held.id})
    assert answer.status_code == 200  # no such form on the page
    from tsuzuki.actions.catalogue.plans import drop_price
    from tsuzuki.core.errors import Refused

    with pytest.raises(Refused, match="still_used"):
        drop_price("data-3gb", held.id, "test", held.since + timedelta(days=1))


def test_what_was_sold_is_retired_never_deleted(office, line, now):
    from tsuzuki.actions.order.acceptance import PaymentChoice

    cast.buy(line, "data-3gb", PaymentChoice("byhand"), now=now)
    refused(
        desk.post(office, plan_page(), "delete"),
        "“data-3gb” was sold or is in use and cannot be deleted. Please retire it or switch it off instead",
    )
    done(desk.post(office, plan_page(), "retire"))
    assert models().Plan.objects.get(code="data-3gb").retired_at is not None
    done(desk.post(office, plan_page(), "again"))
    assert models().Plan.objects.get(code="data-3gb").retired_at is None


def test_what_is_being_offered_is_not_deleted_either(office, line, now):
    from tsuzuki.actions.order.quote import LineRequest, quote

    quote([LineRequest(line, "day")], now)
    refused(desk.post(office, plan_page("day"), "delete"), "was sold or is in use")


def test_what_nobody_bought_is_deleted(office):
    done(desk.post(office, plan_page("loss"), "delete"))
    assert not models().Plan.objects.filter(code="loss").exists()
    assert not models().PlanPrice.objects.filter(plan__code="loss").exists()


NEW_CARRIER = {
    "code": "wind",
    "name_en": "Wind",
    "network": "softbank",
    "provider": "byhand",
    "portal": "https://portal.example.com/renew",
    "settings": '{"at_once": 5}',
    "zone": "Asia/Tokyo",
    "refund_minutes": "60",
    "holidays": "jp",
    "mon": "09:00-12:00, 13:00-18:00",
    "apn": "wind.example",
}


def test_a_carrier_with_its_hours_and_clock(office):
    done(desk.post(office, "/office/carriers/add/", "carrier", **NEW_CARRIER))
    carrier = models().Carrier.objects.get(code="wind")
    assert (carrier.provider, carrier.refund_after_seconds, carrier.zone) == ("byhand", 3600, "Asia/Tokyo")
    assert carrier.hours == {"mon": [["09:00", "12:00"], ["13:00", "18:00"]], "holidays": "JP"}
    assert carrier.settings == {
        "portal": "https://portal.example.com/renew",
        "at_once": 5,
        "apn": "wind.example",
    }
    shown = desk.form_of(office.get("/office/carriers/wind/").content.decode(), "carrier")
    assert (shown["mon"], shown["portal"], shown["settings"]) == (
        NEW_CARRIER["mon"],
        NEW_CARRIER["portal"],
        '{"at_once": 5}',
    )
    done(desk.post(office, "/office/carriers/wind/", "carrier", refund_minutes="30", mon=""))
    carrier.refresh_from_db()
    assert (carrier.refund_after_seconds, carrier.hours) == (1800, {})
    done(desk.post(office, "/office/carriers/wind/", "delete"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": "sand"}, "already used"),
        ({"mon": "9-18"}, "Please write hours as"),
        ({"mon": "18:00-09:00"}, "Please write hours as"),
        ({"zone": "Tokyo"}, "written as Asia/Tokyo"),
        ({"settings": "{"}, "This is not JSON"),
        ({"settings": "[1]"}, "Settings known here: at_once."),
        ({"settings": '{"password": "x"}'}, "Settings known here: at_once."),
        ({"settings": '{"portal": "javascript:alert(1)"}'}, "Settings known here: at_once."),
        ({"portal": "javascript:alert(1)"}, "valid URL"),
        ({"refund_minutes": "0"}, "greater than or equal to 1"),
        ({"provider": "nobody"}, "nobody is not one of the available choices"),
    ],
)
def test_carriers_that_are_refused(office, changes, words):
    before = models().Carrier.objects.count()
    refused(desk.post(office, "/office/carriers/add/", "carrier", **NEW_CARRIER | changes), words)
    assert models().Carrier.objects.count() == before


def test_a_carrier_with_lines_stays(office, line):
    refused(desk.post(office, "/office/carriers/sand/", "delete"), "“sand” was sold or is in use")


def test_vouchers_are_shown_once_and_redeemed(office, line, now):
    from tsuzuki.actions.order.acceptance import PaymentChoice

    page = office.get("/office/vouchers/add/").content.decode()
    fields = desk.form_of(page, "make") | {"amount": "990", "count": "3", "note": "Shinjuku"}
    answer = office.post("/office/vouchers/add/", fields)
    codes = re.findall(r'<b class="secret">([\d ]{19})</b>', answer.content.decode())
    assert len(codes) == 3
    refused(office.post("/office/vouchers/add/", fields), "made already")
    batch = models().VoucherBatch.objects.get()
    assert (batch.count, batch.minor, batch.names) == (3, 990, {"en": "Shinjuku"})
    cast.buy(line, "data-3gb", PaymentChoice("voucher", secret=codes[0]), now=now)
    shown = f"/office/vouchers/{batch.id}/"
    assert not any(code in office.get(shown).content.decode() for code in codes)
    done(desk.post(office, shown, "disable", last_digits=codes[1][-4:]))
    done(desk.post(office, shown, "disable"))
    # Never the one that was redeemed.
    assert models().Voucher.objects.filter(disabled_at__isnull=False).count() == 2
    refused(desk.post(office, shown, "disable", last_digits="12"), "valid value")


def test_two_presses_at_once_make_one_batch(office, now):
    """The second waits for the first, and hears that it is done."""
    from concurrent.futures import ThreadPoolExecutor

    from django.db import transaction

    from tests.actions.test_lock_order import beside, waiting_for_a_lock
    from tsuzuki.actions.money.vouchers import make_batch
    from tsuzuki.core.money import Money

    fields = desk.form_of(office.get("/office/vouchers/add/").content.decode(), "make") | {
        "amount": "500",
        "count": "2",
    }
    said = []
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            make_batch(Money(500, "JPY"), 2, now, id=UUID(str(fields["id"])))
            work = pool.submit(beside, lambda: said.append(office.post("/office/vouchers/add/", fields)))
            while not waiting_for_a_lock():
                assert not work.done(), work.result()
        work.result()
    refused(said[0], "made already")
    assert models().VoucherBatch.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [{"amount": "0"}, {"amount": "x"}, {"count": "0"}, {"count": "1001"}, {"count": "-1"}, {"id": "x"}],
)
def test_vouchers_that_are_refused(office, changes):
    assert (
        desk.post(
            office, "/office/vouchers/add/", "make", **{"amount": "500", "count": "2"} | changes
        ).status_code
        == 422
    )
    assert not models().VoucherBatch.objects.exists()


def test_an_account_its_money_and_its_keys(office, client):
    done(desk.post(office, "/office/accounts/add/", "open", called="Hostel", kind="reseller", limit="5000"))
    account = models().Account.objects.get(name="Hostel")
    page = f"/office/accounts/{account.id}/"
    done(desk.post(office, page, "top_up", amount="20000", reference="T-1"))
    done(desk.post(office, page, "top_up", amount="20000", reference="T-1"))  # the same transfer
    refused(
        desk.post(office, page, "top_up", amount="2", reference="T-1"), "already booked with another amount"
    )
    done(desk.post(office, page, "limit", limit="0"))
    done(desk.post(office, page, "commission", plan="data-3gb", percent="12.5", fixed="10"))
    account.refresh_from_db()
    assert (account.balance_minor, account.limit_minor) == (20000, 0)
    row = models().Commission.objects.get()
    assert (row.plan.code, row.basis_points, row.fixed_minor) == ("data-3gb", 1250, 10)
    secret = re.search(
        r'data-copy="(tsk_[0-9a-f]+)"',
        desk.post(office, page, "key", called="shop", scopes=["lines:read"]).content.decode(),
    )[1]
    from django.utils import timezone

    from tsuzuki.actions.people import keys

    assert keys.find(secret, timezone.now()).scopes == ["lines:read"]
    newer = re.search(r'data-copy="(tsk_[0-9a-f]+)"', desk.post(office, page, "renew").content.decode())[1]
    assert newer != secret
    assert secret not in office.get(page).content.decode()
    assert newer not in office.get(page).content.decode()
    done(desk.post(office, page, "revoke"))
    from tsuzuki.core.errors import Refused

    with pytest.raises(Refused, match="unauthorized"):
        keys.find(newer, timezone.now())
    refused(desk.post(office, page, "top_up", amount="-1", reference="T-2"), "greater than zero")
    refused(desk.post(office, page, "limit", limit="-1"), "greater than zero")
    refused(desk.post(office, "/office/accounts/add/", "open", called="Hostel"), "already used")
    done(desk.post(office, page, "close"))
    assert desk.forms_of(office.get(page).content.decode()) == []
