"""Time sold is time given: what a take-back, a reversal or a late delivery does to the dates of what was paid
for.
"""

from datetime import datetime, timedelta

import pytest

from tests import cast
from tests.actions.conftest import after, incidents
from tests.actions.test_road_line import periods, plan_like
from tests.cast import NOON
from tsuzuki.core.principal import Principal

DAY = timedelta(days=1)


def bought(shop, line, plan: str, at: datetime, **more):
    shop.pays()
    purchase = cast.buy(line, plan, now=at, **more)
    cast.go(at)
    assert cast.states(purchase) == ["delivered"]
    return purchase


def taken_back(purchase, at: datetime) -> None:
    from tsuzuki.actions.order.take_back import take_back

    take_back(purchase.orders.get().id, "wrong number", "staff kim", at)
    cast.go(at)
    assert cast.states(purchase) == ["refunded"]


def span(purchase) -> tuple[datetime, datetime]:
    """Of the base period of a purchase; what it gave ends with it."""
    from tsuzuki.records.models import Lot, Period

    period = Period.objects.get(order__purchase=purchase.id)
    assert {lot.ends_at for lot in Lot.objects.filter(order__purchase=purchase.id)} == {period.ends_at}
    return period.starts_at, period.ends_at


def earning(purchase) -> tuple[datetime, datetime]:
    order = purchase.orders.get()
    return order.earn_from, order.earn_until


def replaced_with_one_behind(shop):
    """Thirty days; a day that replaces them; thirty days behind that day."""
    plan_like("month")
    plan_like("one-day", stacking="replace", count=1)
    line = cast.line(email="holder@example.com")
    first = bought(shop, line, "month", NOON)
    day = bought(shop, line, "one-day", after(days=10))
    behind = bought(shop, line, "month", after(days=10))
    assert periods(line) == [
        (NOON, after(days=10)),
        (after(days=10), after(days=11)),
        (after(days=11), after(days=41)),
    ]
    return first, day, behind


@pytest.mark.parametrize("who", ["staff", "carrier"])
def test_what_is_queued_moves_behind_what_runs_on(shop, who):
    from tsuzuki.actions.money.verify import verify

    first, day, behind = replaced_with_one_behind(shop)
    at = after(days=10, hours=1)
    if who == "staff":
        taken_back(day, at)
    else:
        shop.takes_back(day, "carrier", at)
        cast.go(at)
    assert cast.states(day) == ["refunded"]
    rest = after(days=30, hours=1)  # it had twenty days left when it was cut, and has them from now on
    assert (span(first), span(behind)) == ((at, rest), (rest, rest + 30 * DAY))
    assert earning(behind) == (rest, rest + 30 * DAY)
    assert verify(at).faults == ()
    assert "dates_moved" in incidents()


def test_nobody_is_asked_to_decide_of_what_is_gone_or_tell_its_dates_to_the_carrier(shop):
    from tsuzuki.actions.order.take_back import ask_back
    from tsuzuki.records.models import Incident

    _, day, behind = replaced_with_one_behind(shop)
    about = Incident.objects.filter(order__purchase=behind.id, closed_at=None)
    taken_back(day, after(days=10, hours=1))
    ask_back(behind.orders.get().id, "wrong number", "reseller", after(days=10, hours=1))
    assert {"dates_moved", "refund_asked"} <= set(about.values_list("kind", flat=True))
    taken_back(behind, after(days=10, hours=2))
    assert set(about.values_list("kind", flat=True)) == {"staff_took_back"}


def test_who_paid_for_what_moved_is_told_both_dates(shop):
    from tsuzuki.actions.messages import letters
    from tsuzuki.records.models import Incident, OutboundMessage

    _, day, behind = replaced_with_one_behind(shop)
    taken_back(day, after(days=10, hours=1))
    notice = OutboundMessage.objects.get(kind="dates_moved", order__purchase=behind.id)
    assert (notice.order.purchase_id, notice.address, notice.language) == (
        behind.id,
        "holder@example.com",
        "ja",
    )
    texts = {}
    for language in ("en", "ja", "zh-Hans"):
        notice.language = language
        texts[language] = letters.compose_for(notice).words.text
    assert all(date in texts["en"] for date in ("22 Dec 2026", "21 Jan 2027", "3 Dec 2026", "2 Jan 2027")), (
        texts["en"]
    )
    assert "12月22日" in texts["ja"]
    assert "12月3日" in texts["zh-Hans"]
    facts = Incident.objects.get(kind="dates_moved", order__purchase=behind.id).facts
    assert facts["old_dates"].startswith("2026-12-03 12:00 - 2027-01-02 12:00")
    assert facts["new_dates"].startswith("2026-12-22 13:00 - 2027-01-21 13:00")


def test_a_program_whose_order_moved_hears_of_it(shop):
    import json

    from tests.faces.program import account_of, program
    from tsuzuki.actions.messages import webhooks
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.records.models import WebhookDelivery

    program("shop", balance=5000)
    account = account_of("shop").id
    webhooks.add(account, "https://partner.example/hook", "test", NOON)
    plan_like("month")
    line = cast.line()
    first = bought(shop, line, "month", NOON)
    row = quote([LineRequest(line, "month")], after(days=1), account=account)
    accept(row.id, [PaymentChoice("account")], Buyer(Principal.account(account), "key-1"), after(days=1))
    cast.go(after(days=1))
    taken_back(first, after(days=2))
    said = json.loads(WebhookDelivery.objects.get(kind="order.dates_moved").body)["data"]
    assert (said["state"], said["starts_at"], said["new_end"]) == (
        "delivered",
        after(days=2).isoformat(),
        after(days=32).isoformat(),
    )


def test_on_a_closed_line_nothing_moves_any_more(shop):
    from tsuzuki.actions.order.close_line import close_line

    plan_like("month")
    line = cast.line()
    first, second = (bought(shop, line, "month", after(days=day)) for day in (0, 1))
    before = span(second)
    close_line(line, after(days=2), "staff kim")
    taken_back(first, after(days=3))
    assert span(second) == before
    assert "dates_moved" not in incidents()


def test_a_running_plan_is_not_interrupted_and_what_was_replaced_comes_behind_it(shop):
    """The day is over and the next thirty have begun when the day is taken back: the first plan's twenty days
    are still to come.
    """
    from tsuzuki.records.models import Lot

    first, day, behind = replaced_with_one_behind(shop)
    last = bought(shop, behind.orders.get().line_id, "month", after(days=12))
    taken_back(day, after(days=12))
    assert span(behind) == (after(days=11), after(days=41))
    assert span(first) == (after(days=41), after(days=61))
    assert span(last) == (after(days=61), after(days=91))
    assert Lot.objects.get(order__purchase=first.id).remaining == 3 * 10**9
    taken_back(behind, after(days=13))
    assert span(first) == (after(days=13), after(days=33))  # twenty days, not thirty
    assert span(last) == (after(days=33), after(days=63))


def test_what_replaced_the_replacement_goes_on(shop):
    """A second plan that starts over has cut the first: the plan under both stays cut, and goes on when the
    second is taken back too.
    """
    plan_like("month")
    plan_like("over", stacking="replace")
    line = cast.line()
    under, one, two = (
        bought(shop, line, code, after(days=day)) for code, day in (("month", 0), ("over", 10), ("over", 12))
    )
    taken_back(one, after(days=13))
    assert (span(under), span(two)) == ((NOON, after(days=10)), (after(days=12), after(days=42)))
    taken_back(two, after(days=14))
    assert span(under) == (after(days=14), after(days=34))


@pytest.mark.parametrize("stacking", ["replace", "restart", "queue"])
@pytest.mark.parametrize("days", [11, 25, 35, 200])
def test_no_paid_day_is_lost_between_the_cut_and_the_take_back(shop, stacking, days):
    """Cut after ten of thirty days; the plan that cut it is refunded: twenty days are still to come, whenever
    that is.
    """
    from tsuzuki.core.plan import Choice

    plan_like("month")
    plan_like("other", stacking=stacking, count=90)
    line = cast.line(email="holder@example.com")
    first = bought(shop, line, "month", NOON)
    other = bought(shop, line, "other", after(days=10), choice=Choice.NOW)
    assert periods(line) == [(NOON, after(days=10)), (after(days=10), after(days=100))]
    taken_back(other, after(days=days))
    starts, ends = periods(line)[0]
    assert (starts, ends) == (after(days=days), after(days=days + 20))
    given = first.orders.get().lots.get()
    assert given.ends_at >= ends
    assert given.starts_at == NOON
    assert "dates_moved" in incidents()


def test_within_minutes_it_is_as_if_nothing_had_happened(shop):
    plan_like("month")
    plan_like("other", stacking="replace")
    line = cast.line()
    first = bought(shop, line, "month", NOON)
    other = bought(shop, line, "other", after(days=10))
    taken_back(other, after(days=10, minutes=5))
    assert (span(first), "dates_moved" in incidents()) == ((NOON, after(days=30)), False)


def test_a_calendar_month_that_was_cut_keeps_what_it_had_and_no_more(shop):
    """Its rest does not become another whole month, though its rule is to end with one."""
    from tsuzuki.core.plan import Validity

    plan_like("calendar", validity=Validity.MONTH_END, count=1)
    plan_like("other", stacking="replace")
    line = cast.line()
    first = bought(shop, line, "calendar", NOON)
    _, end = span(first)
    other = bought(shop, line, "other", after(days=3))
    taken_back(other, after(days=5))
    assert span(first) == (after(days=5), end + 2 * DAY)


def test_what_is_queued_starts_when_the_plan_before_it_is_taken_back(shop):
    plan_like("month")
    line = cast.line()
    first, second, third = (bought(shop, line, "month", after(days=day)) for day in (0, 1, 2))
    taken_back(first, after(days=3))
    assert (span(second), span(third)) == ((after(days=3), after(days=33)), (after(days=33), after(days=63)))
    taken_back(third, after(days=4))
    assert span(second) == (after(days=3), after(days=33))


def test_a_queued_plan_taken_back_lets_the_next_one_up_only(shop):
    plan_like("month")
    line = cast.line()
    first, second, third = (bought(shop, line, "month", after(days=day)) for day in (0, 1, 2))
    taken_back(second, after(days=3))
    assert (span(first), span(third)) == ((NOON, after(days=30)), (after(days=30), after(days=60)))


def test_a_calendar_month_that_waits_does_not_become_the_rest_of_this_one(shop):
    plan_like("month-end", validity="month_end", count=1)
    line = cast.line()
    first, second = (bought(shop, line, "month-end", after(days=day)) for day in (0, 1))
    december = span(second)
    assert december[1] - december[0] == timedelta(days=31)
    taken_back(first, after(days=2))
    assert span(second) == december
    assert "dates_moved" not in incidents()


def test_what_is_at_the_carrier_moves_as_well(shop):
    """It waits behind a plan that is taken back before the carrier has answered."""
    plan_like("month")
    line = cast.line()
    first = bought(shop, line, "month", NOON)
    shop.press("carrier", "late", times=1)
    shop.pays()
    second = cast.buy(line, "month", now=after(days=1))
    cast.go(after(days=1))
    assert cast.states(second) == ["applied"]
    taken_back(first, after(days=2))
    cast.go(after(days=3))
    assert cast.states(second) == ["delivered"]
    assert span(second) == (after(days=2), after(days=32))
    assert earning(second) == (after(days=2), after(days=32))


RULES = [
    ("n_x_24h_then_end_of_day", 30),
    ("calendar_days", 7),
    ("month_end", 1),
    ("same_day_next_month_clamped", 1),
    ("same_day_next_month_rolled", 1),
    ("n_days_from_charge", 30),
]
MONTHS_END = datetime.fromisoformat("2026-11-30T14:59:40+00:00")  # 23:59:40 in Tokyo


LATE = [timedelta(0), timedelta(minutes=3), timedelta(minutes=4, seconds=30), timedelta(hours=9), 40 * DAY]


@pytest.mark.parametrize("late", LATE, ids=str)
@pytest.mark.parametrize(("rule", "count"), RULES)
def test_delivered_late_a_plan_gives_its_rules_time_from_then(shop, rule, count, late):
    """Bought twenty seconds before the month ends; the carrier answers minutes, hours or weeks later."""
    from tsuzuki.core.period import promise
    from tsuzuki.core.plan import Terms, Validity

    plan_like("late", validity=rule, count=count)
    shop.press("carrier", "late", times=1)
    shop.pays()
    shop.clock(MONTHS_END)
    purchase = cast.buy(cast.line(), "late", now=MONTHS_END)
    cast.go(MONTHS_END)
    delivered = MONTHS_END + late + timedelta(seconds=3)
    cast.go(delivered)
    assert cast.states(purchase) == ["delivered"]
    _, ends = span(purchase)
    owed = promise(Terms(Validity(rule), count), delivered, "Asia/Tokyo")
    to_the_minute = rule.startswith(("same_day", "n_days"))
    assert ends >= owed - (timedelta(minutes=5) if to_the_minute else timedelta(0))


def done_by_hand(at: datetime) -> None:
    from tests.actions.test_road_hand import item_of
    from tsuzuki.actions.work import work_items

    id = item_of().id
    work_items.take(id, "sato", at - timedelta(minutes=1))
    work_items.finish(id, "PORTAL-1", "sato", at)


def test_an_addon_delivered_after_its_plan_has_ended_still_gives_its_time(shop):
    from tsuzuki.records.models import Lot

    plan_like("month")
    line = cast.line("hand")
    shop.pays()
    cast.buy(line, "month")
    cast.go()
    done_by_hand(after(minutes=5))
    addon = cast.buy(line, "addon-1gb", now=after(days=29))
    cast.go(after(days=29))
    done_by_hand(after(days=31))
    assert cast.states(addon) == ["delivered"]
    assert Lot.objects.get(order__purchase=addon.id).ends_at >= after(days=60)


def test_a_cap_that_was_reached_since_the_quote_refunds_instead_of_cutting(shop):
    """Many quotes made before, all paid: what no longer fits under the cap goes back whole."""
    from tsuzuki.records.models import Period

    plan_like("visitor", count=7, stacking="add", cap_days=20)
    line = cast.line()
    shop.pays("page")
    purchases = [cast.buy(line, "visitor") for _ in range(4)]
    cast.go()
    for purchase in purchases:
        shop.buyer(purchase, "accept")
    cast.go(after(minutes=2))
    assert sorted(cast.states(purchase) for purchase in purchases) == [["delivered"]] * 2 + [["refunded"]] * 2
    assert all(
        period.ends_at - period.starts_at == 7 * DAY for period in Period.objects.filter(state="confirmed")
    )
