"""The road of an order where people do the work: a work list, a till, folders of files."""

import csv
from datetime import timedelta

import pytest

from tests import cast
from tests.actions.conftest import after, balances, incidents, refund_states
from tests.cast import NOON

SOON = after(seconds=3)
CLOCK = timedelta(minutes=15)
NOBODY = "01a20132-3f80-7142-b3d3-f846138fed90"


def item_of(kind: str = "provision"):
    from tsuzuki.actions.work import work_items

    return next(item for item in work_items.waiting() if item.kind == kind)


def kinds() -> list[str]:
    from tsuzuki.actions.work import work_items

    return [item.kind for item in work_items.waiting()]


def test_on_the_work_list_with_all_that_is_needed(shop):
    from tsuzuki.records.models import Number

    purchase = shop.sell(carrier="hand")
    item = item_of()
    assert (item.purchase, item.due, item.since) == (purchase.code, NOON + CLOCK, NOON)
    assert item.facts["msisdn"] == Number.objects.get().msisdn
    assert (item.facts["plan"], item.facts["taken by"]) == ("data-3gb", "")
    assert cast.states(purchase) == ["applied"]


def test_taken_and_finished(shop):
    from tsuzuki.actions.work import work_items
    from tsuzuki.core.errors import Refused
    from tsuzuki.records.models import Attempt, AuditEntry

    purchase = shop.sell(carrier="hand")
    item = item_of()
    work_items.take(item.id, "sato", after(minutes=5))
    assert item_of().facts["taken by"] == "sato"
    for answer in (work_items.finish, work_items.refuse):
        with pytest.raises(Refused, match="work_taken"):
            answer(item.id, "x", "suzuki", after(minutes=6))
    with pytest.raises(Refused, match="work_taken"):
        work_items.take(item.id, "suzuki", after(minutes=6))
    with pytest.raises(Refused, match="reference_missing"):
        work_items.finish(item.id, " ", "sato", after(minutes=7))
    work_items.finish(item.id, "PORTAL-77", "sato", after(minutes=7))
    assert cast.states(purchase) == ["delivered"]
    assert Attempt.objects.get(step="provision").reference == "PORTAL-77"
    assert kinds() == []
    assert list(AuditEntry.objects.order_by("id").values_list("actor", "act")) == [
        ("sato", "take"),
        ("sato", "finish"),
    ]
    for again in (work_items.finish, work_items.refuse):
        with pytest.raises(Refused, match="work_done_already"):
            again(item.id, "x", "suzuki", after(minutes=8))
    assert balances() == {
        "clearing:sandbox": -990,
        "tax:10": 90,
        "carrier:hand": 400,
        "deferred_cost": -400,
        "unearned": 900,
    }


def test_refused_by_staff_is_refunded(shop):
    from tsuzuki.actions.work import work_items
    from tsuzuki.core.errors import Refused

    purchase = shop.sell(carrier="hand")
    item = item_of()
    with pytest.raises(Refused, match="reference_missing"):
        work_items.refuse(item.id, "", "sato", SOON)
    work_items.refuse(item.id, "number barred", "sato", SOON)
    cast.go(SOON)
    assert cast.states(purchase) == ["refunded"]
    assert shop.gateway(purchase)["refunded"] == {"JPY": 990}


@pytest.mark.parametrize("id", ["", "a", "x1", "a123", "i999999", f"r{NOBODY}", f"a{NOBODY}", "i²"])
def test_work_nobody_knows(shop, id):
    from tsuzuki.actions.work import work_items
    from tsuzuki.core.errors import Refused

    with pytest.raises(Refused, match="work_unknown"):
        work_items.finish(id, "R1", "sato", NOON)


def test_the_clock_withdraws_what_nobody_has_taken(shop):
    from tsuzuki.actions.work import work_items
    from tsuzuki.core.errors import Refused

    purchase = shop.sell(carrier="hand")
    item = item_of()
    cast.go(NOON + CLOCK - timedelta(seconds=1))
    assert cast.states(purchase) == ["applied"]
    cast.go(NOON + CLOCK)
    assert cast.states(purchase) == ["refunded"]
    assert kinds() == []
    for act in (work_items.take, lambda id, who, now: work_items.finish(id, "R1", who, now)):
        with pytest.raises(Refused, match="work_done_already"):
            act(item.id, "sato", NOON + CLOCK)
    assert cast.states(purchase) == ["refunded"]


def test_the_clock_leaves_what_someone_works_on_and_calls_staff(shop):
    from tsuzuki.actions.work import work_items

    purchase = shop.sell(carrier="hand")
    item = item_of()
    work_items.take(item.id, "sato", after(minutes=14))
    cast.go(NOON + CLOCK)
    cast.go(after(hours=2))
    assert cast.states(purchase) == ["applied"]
    assert incidents() == ["overdue"]
    assert refund_states(purchase) == []
    work_items.finish(item.id, "R1", "sato", after(hours=3))
    assert cast.states(purchase) == ["delivered"]
    assert incidents() == []


def test_business_hours_put_the_clock_off(shop):
    """Sunday noon, and Monday the 23rd is a holiday: fifteen minutes of Tuesday morning."""
    from tsuzuki.actions.catalogue.plans import NewCarrier, save_carriers
    from tsuzuki.records.models import Order

    week = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
    save_carriers(
        [NewCarrier("hand", {"en": "Hand"}, "softbank", "byhand", hours={**week, "holidays": "JP"})]
    )
    purchase = shop.sell(carrier="hand")
    assert Order.objects.get(purchase=purchase).refund_by == NOON + timedelta(days=1, hours=21, minutes=15)
    cast.go(after(days=1, hours=20))
    assert cast.states(purchase) == ["applied"]
    cast.go(after(days=1, hours=21, minutes=15))
    assert cast.states(purchase) == ["refunded"]


def test_six_hours_late_over_midnight_starts_when_it_was_done(shop):
    from tsuzuki.actions.work import work_items
    from tsuzuki.records.models import Lot, Order, Period

    purchase = shop.sell(carrier="hand")
    first = Period.objects.get()
    work_items.take(item_of().id, "sato", NOON)
    done = after(hours=18)  # 6 in the morning of the next day
    work_items.finish(item_of().id, "R1", "sato", done)
    period = Period.objects.get()
    assert (period.starts_at, period.ends_at) == (done, first.ends_at + timedelta(days=1))
    lot, order = Lot.objects.get(), Order.objects.get(purchase=purchase)
    assert (
        (lot.starts_at, lot.ends_at)
        == (order.earn_from, order.earn_until)
        == (period.starts_at, period.ends_at)
    )


def test_late_work_never_shortens_what_was_sold(shop):
    """Done the same evening: the last day is the same, and so it ends no earlier than was shown."""
    from tsuzuki.actions.work import work_items
    from tsuzuki.records.models import Period

    shop.sell(carrier="hand")
    promised = Period.objects.get().ends_at
    work_items.take(item_of().id, "sato", NOON)
    work_items.finish(item_of().id, "R1", "sato", after(hours=6))
    assert Period.objects.get().ends_at >= promised


def cash(carrier: str = "sand"):
    from tsuzuki.actions.order.acceptance import PaymentChoice

    purchase = cast.buy(cast.line(carrier), "data-3gb", PaymentChoice("byhand"))
    cast.go()
    return purchase


def test_cash_is_taken_by_people(shop):
    from tsuzuki.actions.work import work_items

    purchase = cash()
    assert (cast.states(purchase), kinds()) == (["awaiting_payment"], ["pay"])
    assert item_of("pay").facts["amount"] == {"minor": 990, "currency": "JPY"}
    work_items.finish(item_of("pay").id, "till 3", "sato", SOON)
    cast.go(SOON)
    assert cast.states(purchase) == ["delivered"]
    assert balances() == {
        "clearing:byhand": -990,
        "tax:10": 90,
        "carrier:sand": 400,
        "deferred_cost": -400,
        "unearned": 900,
    }


def test_cash_that_does_not_come_is_refused_and_another_way_is_chosen(shop):
    from tsuzuki.actions.order.choose_again import choose_again
    from tsuzuki.actions.work import work_items
    from tsuzuki.records.models import AuditEntry, Tender

    purchase = cash()
    work_items.refuse(item_of("pay").id, "nobody came", "sato", SOON)
    assert AuditEntry.objects.get().act == "refuse"
    assert Tender.objects.get(purchase=purchase).state == "refused"
    shop.pays()
    choose_again(purchase.id, "sandbox", after(minutes=1))
    cast.go(after(minutes=1))
    assert cast.states(purchase) == ["delivered"]


def test_cash_that_is_taken_while_another_way_is_chosen_is_looked_at_once(shop):
    """Whoever chose again asks for a look, and the till's word came first: no look can
    tell more than that.
    """
    from tsuzuki.actions.order.choose_again import choose_again
    from tsuzuki.actions.work import work_items
    from tsuzuki.records.models import Attempt

    purchase = cash()
    item = item_of("pay")
    choose_again(purchase.id, "sandbox", after(seconds=10))
    work_items.finish(item.id, "till 3", "sato", after(seconds=10))
    for seconds in (10, 60, 120):
        cast.go(after(seconds=seconds))
    till = Attempt.objects.get(provider="byhand")
    assert (till.outcome, till.look_at, till.looks) == ("done", None, 0)
    assert cast.states(purchase) == ["delivered"]


def test_cash_goes_back_over_the_counter(shop):
    from tsuzuki.actions.work import work_items

    shop.press("carrier", "refuse")
    purchase = cash()
    work_items.finish(item_of("pay").id, "till 3", "sato", SOON)
    cast.go(SOON)
    assert cast.states(purchase) == ["refund_owed"]
    work_items.finish(item_of("owed").id, "till 3, out", "sato", after(minutes=1))
    assert cast.states(purchase) == ["refunded"]
    assert balances() == {"clearing:byhand": -990, "cash": 990}


def test_cash_nobody_brought_expires_and_leaves_the_list(shop):
    purchase = cash()
    cast.go(after(hours=25))
    cast.go(after(hours=26))
    assert cast.states(purchase) == ["expired"]
    assert kinds() == []


def test_an_incident_is_answered_once(shop):
    from tsuzuki.actions.work import work_items
    from tsuzuki.core.errors import Refused

    shop.pays("other_amount")
    cast.buy(cast.line())
    cast.go()
    incident = next(
        item
        for item in work_items.waiting()
        if item.kind == "incident" and item.facts["what"] == "other_amount"
    )
    assert (incident.facts["asked"], incident.facts["paid"]) == ("JPY 990", "JPY 991")
    work_items.finish(incident.id, "the buyer was called", "sato", SOON)
    assert "other_amount" not in incidents()
    with pytest.raises(Refused, match="work_done_already"):
        work_items.finish(incident.id, "again", "sato", SOON)


def answers(folder, name: str, *rows: tuple[str, ...]) -> None:
    """A file of the other side, as their spreadsheet writes it."""
    (folder / "in").mkdir(parents=True, exist_ok=True)
    with (folder / "in" / name).open("w", encoding="cp932", newline="") as file:
        csv.writer(file).writerows([("key", "result", "reference", "reason"), *rows])


def test_files_out_and_files_back(shop, tmp_path):
    """Four orders in one file; their answers come in two files, one of them twice; the fourth is never
    answered.
    """
    from tsuzuki.actions.catalogue.plans import NewCarrier, save_carriers

    settings = {"folder": str(tmp_path), "timeout": 0.5, "lease": 2.0, "look_every": 60.0}
    save_carriers(
        [NewCarrier("files", {"en": "Files"}, "au", "csvbatch", settings=settings, refund_after_seconds=7200)]
    )
    shop.pays()
    purchase = cast.buy(cast.lines(4, "files"))
    cast.go()
    (out,) = (tmp_path / "out").glob("*.csv")
    with out.open(encoding="utf-8-sig", newline="") as file:
        asked = list(csv.DictReader(file))
    keys = [shop.key(purchase, "provision", place) for place in range(4)]
    assert sorted(row["key"].lstrip("'") for row in asked) == sorted(keys)
    assert cast.states(purchase) == ["applied"] * 4
    answers(tmp_path, "monday.csv", (keys[0], "OK", "A1", ""))
    cast.go(after(minutes=2))
    assert cast.states(purchase) == ["delivered", "applied", "applied", "applied"]
    answers(
        tmp_path,
        "tuesday.csv",
        (keys[0], "ok", "A1", ""),
        (keys[1], "refused", "", "barred"),
        (keys[2], "ok", "A3", ""),
    )
    cast.go(after(minutes=4))
    assert cast.states(purchase) == ["delivered", "refunded", "delivered", "applied"]
    assert len(list((tmp_path / "out").glob("*.csv"))) == 1  # nothing is handed over twice
    cast.go(after(hours=2))
    # They have the file: it may yet be done, so people are called.
    assert cast.states(purchase)[3] == "applied"
    assert incidents() == ["overdue"]
    assert shop.gateway(purchase)["refunded"] == {"JPY": 990}


def test_files_that_contradict_each_other_go_to_people(shop, tmp_path):
    from tsuzuki.actions.catalogue.plans import NewCarrier, save_carriers
    from tsuzuki.actions.work import work_items

    settings = {"folder": str(tmp_path), "timeout": 0.5, "lease": 2.0, "look_every": 60.0}
    save_carriers([NewCarrier("files", {"en": "Files"}, "au", "csvbatch", settings=settings)])
    shop.pays()
    purchase = cast.buy(cast.line("files"))
    cast.go()
    key = shop.key(purchase)
    answers(tmp_path, "both.csv", (key, "ok", "A1", ""), (key, "refused", "", "barred"))
    cast.go(after(minutes=2))
    assert cast.states(purchase) == ["applied"]
    assert incidents() == ["delivery_unsure"]
    work_items.finish(item_of().id, "A1, by telephone", "sato", after(minutes=5))
    assert cast.states(purchase) == ["delivered"]
    assert incidents() == []
