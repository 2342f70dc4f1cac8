"""Usage reports: what ends first is used first, what goes beyond is booked and never refused, and a report
that comes twice is one.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from threading import Barrier

import pytest

from tests import cast
from tests.actions.conftest import after, incidents
from tests.cast import NOON
from tsuzuki.core.plan import Choice

GB = 10**9
NEXT_DAY = after(days=1)
numbers = count(1)


def number_of(line) -> str:
    from tsuzuki.records.models import Number

    return Number.objects.filter(line=line).latest("since").msisdn


def used(line_or_number, amount: int = GB, at: datetime = NOON, good: str = "data", record: str = ""):
    from tsuzuki.actions.order.usage import UsageRecord
    from tsuzuki.core.plan import AllowanceKind

    number = line_or_number if isinstance(line_or_number, str) else number_of(line_or_number)
    return UsageRecord(record or f"r{next(numbers)}", number, AllowanceKind(good), amount, at)


def report(*records, now=NEXT_DAY):
    from tsuzuki.actions.order.usage import report

    return report(records, now)


def left(line, good: str = "data") -> list[int | None]:
    """What is left in each lot, the earliest to end first."""
    from tsuzuki.records.models import Lot

    return list(
        Lot.objects.filter(line=line, good=good).order_by("ends_at", "id").values_list("remaining", flat=True)
    )


@pytest.fixture
def line(shop):
    """Three gigabytes until 22 December."""
    shop.pays()
    line = cast.line()
    cast.buy(line)
    cast.go()
    return line


def test_a_lot_burns(line):
    done = report(used(line, 400), used(line, 600))
    assert (done.booked, done.seen, done.unknown, done.overrun) == (2, 0, (), 0)
    assert left(line) == [3 * GB - 1000]


def test_what_ends_first_is_used_first(line):
    cast.buy(line, "addon-1gb", now=after(days=3))  # ends two days after the plan
    cast.go(after(days=3))
    cast.buy(line, "addon-1gb", now=after(days=1))  # and this one on the last day of it
    cast.go(after(days=1))
    assert left(line) == [3 * GB, GB, GB] or left(line) == [GB, 3 * GB, GB]
    report(used(line, 4 * GB, after(days=4)), now=after(days=5))
    assert left(line) == [0, 0, GB]


def test_one_record_may_burn_several_lots(line):
    cast.buy(line, "addon-1gb", now=after(days=3))
    cast.go(after(days=3))
    assert report(used(line, 3 * GB + 5, after(days=4)), now=after(days=5)).overrun == 0
    assert left(line) == [0, GB - 5]


def test_a_lot_is_used_only_within_its_span(line):
    """A record from before the purchase burns nothing of it; neither does one at the very end."""
    from tsuzuki.records.models import Lot

    ends = Lot.objects.get().ends_at
    done = report(used(line, 10, NOON - timedelta(microseconds=1)), used(line, 10, ends), now=ends)
    assert (done.booked, done.overrun, left(line)) == (2, 2, [3 * GB])
    report(used(line, 10, ends - timedelta(microseconds=1)), now=ends)
    assert left(line) == [3 * GB - 10]


def test_unlimited_is_never_used_up(shop):
    shop.pays()
    line = cast.line()
    cast.buy(line, "day")
    cast.go()
    done = report(used(line, 10**15, after(hours=1)))
    assert (done.overrun, left(line)) == (0, [None])
    assert incidents() == []


def test_goods_do_not_pay_for_each_other(shop):
    shop.pays()
    line = cast.line()
    cast.buy(line, "data-20gb")
    cast.go()
    done = report(used(line, 100, good="voice"), used(line, 1, good="sms"))
    assert (left(line), left(line, "voice"), done.overrun) == ([20 * GB], [3500], 1)


def test_an_overrun_is_booked_and_beyond_the_bound_people_look(line):
    from tsuzuki.records.models import Usage

    report(used(line, 4 * GB))
    assert (left(line), Usage.objects.get().overrun, incidents()) == ([0], GB, [])
    report(used(line, GB + 1))
    assert incidents() == ["usage_overrun"]
    assert Usage.objects.latest("id").overrun == GB + 1
    report(used(line, 5 * GB))
    assert incidents() == ["usage_overrun"]  # once


def test_a_record_that_comes_again_changes_nothing(line):
    record = used(line, 7)
    assert report(record, record).seen == 1
    assert report(record, used(line, 1)).seen == 1
    assert report(replace(record, amount=999)).seen == 1  # the first word counts
    assert left(line) == [3 * GB - 8]


def test_two_reporters_at_once_book_each_record_once(line):
    from django.db import connections

    records = [used(line, 10) for _ in range(20)]
    together = Barrier(4)

    def one(place: int) -> int:
        together.wait(timeout=20)
        try:
            return report(*(records if place % 2 else records[::-1])).booked
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        booked = list(pool.map(one, range(4)))
    assert sum(booked) == 20
    assert left(line) == [3 * GB - 200]


def test_a_number_nobody_has_is_named_and_the_rest_is_booked(line):
    stray = used("+819012345678", record="stray")
    done = report(stray, used(line, 5))
    assert (done.booked, done.unknown, left(line)) == (1, ("stray",), [3 * GB - 5])
    assert report(stray).unknown == ("stray",)  # not booked, so it may come again once the number is known


def test_a_recycled_number_belongs_to_whose_it_was_then(line):
    from tsuzuki.actions.lines.line_records import NewLine, add_lines
    from tsuzuki.actions.order.close_line import close_line

    number = number_of(line)
    close_line(line, after(days=2))
    (heir,) = add_lines([NewLine("sand", number, "8981039999999999998", "esim")], after(days=4))
    cast.buy(heir, now=after(days=4))
    cast.go(after(days=4))
    done = report(
        used(number, 1, after(days=1)),
        used(number, 2, after(days=2)),
        used(number, 4, after(days=3)),
        used(number, 8, after(days=4)),
        now=after(days=5),
    )
    assert (done.booked, len(done.unknown)) == (2, 2)  # between two lines it was nobody's
    assert (left(line), left(heir)) == ([3 * GB - 1], [3 * GB - 8])


@pytest.mark.parametrize(
    "wrong",
    [
        {"record": ""},
        {"record": "x" * 65},
        {"amount": 0},
        {"amount": -1},
        {"amount": 10**15 + 1},
        {"good": "credit"},
        {"at": datetime(2026, 11, 22)},
    ],
)
def test_a_malformed_record_refuses_the_batch(line, wrong):
    from tsuzuki.actions.order.usage import UsageRecord
    from tsuzuki.core.errors import Refused
    from tsuzuki.core.plan import AllowanceKind

    values = {"record": "r", "amount": 1, "good": "data", "at": NOON, **wrong}
    bad = UsageRecord(
        values["record"], number_of(line), AllowanceKind(values["good"]), values["amount"], values["at"]
    )
    with pytest.raises(Refused, match="usage_malformed"):
        report(used(line, 5), bad)
    assert left(line) == [3 * GB]


@pytest.fixture
def awaiting(shop):
    """A plan that waits for its first use, ninety days at the longest; thirty days from then."""
    from tsuzuki.actions.catalogue.plans import save_plans
    from tsuzuki.core.plan import Start, Terms, Validity

    base = next(plan for plan in cast.plans() if plan.code == "data-3gb")
    terms = Terms(Validity.DAYS_FROM_CHARGE, 30, start=Start.FIRST_USE, start_within_days=90)
    save_plans([replace(base, code="first-use", terms=terms)], after(days=-400))
    shop.pays()
    line = cast.line()
    cast.buy(line, "first-use")
    cast.go()
    return line


def period(line):
    from tsuzuki.records.models import Period

    return Period.objects.get(line=line, order__plan__code="first-use")


def test_the_first_use_starts_what_awaits_it(awaiting):
    from tsuzuki.records.models import Lot, Order

    report(used(awaiting, 5, after(days=10)), now=after(days=11))
    found, lot, order = period(awaiting), Lot.objects.get(), Order.objects.get()
    assert (found.starts_at, found.ends_at, found.awaits) == (after(days=10), after(days=40), "")
    assert (lot.starts_at, lot.ends_at, lot.remaining) == (after(days=10), after(days=40), 3 * GB - 5)
    assert (order.earn_from, order.earn_until) == (after(days=10), after(days=40))


def test_a_month_that_begins_with_its_first_use_hands_on_that_day(shop):
    """Latest start on the 31st, first used on the 28th: what follows it on 28 February ends on 28 March."""
    from tsuzuki.actions.catalogue.plans import save_plans
    from tsuzuki.core.plan import Start, Terms, Validity
    from tsuzuki.records.models import Period

    base = next(plan for plan in cast.plans() if plan.code == "data-3gb")
    month, now = Terms(Validity.SAME_DAY_CLAMPED, 1), datetime(2027, 1, 26, 3, tzinfo=NOON.tzinfo)
    first = replace(month, start=Start.FIRST_USE, start_within_days=5)
    save_plans(
        [replace(base, code="month", terms=month), replace(base, code="first-use", terms=first)],
        after(days=-400),
    )
    shop.pays()
    line = cast.line()
    cast.buy(line, "first-use", now=now)
    cast.go(now)
    report(used(line, 5, now + timedelta(days=2)), now=now + timedelta(days=2))
    cast.buy(line, "month", now=now + timedelta(days=3))
    cast.go(now + timedelta(days=3))
    ends = Period.objects.order_by("starts_at").values_list("ends_at", flat=True)
    assert [(end.month, end.day) for end in ends] == [(2, 28), (3, 28)]


def test_a_second_use_moves_nothing(awaiting):
    report(used(awaiting, 5, after(days=10)), now=after(days=11))
    report(used(awaiting, 5, after(days=9)), used(awaiting, 5, after(days=12)), now=after(days=13))
    assert (period(awaiting).starts_at, period(awaiting).ends_at) == (after(days=10), after(days=40))


def test_what_waits_behind_a_first_use_moves_up_with_it(awaiting):
    """Bought to start when that plan ends: at the latest on day 120, and now on day 40.

    One that was reported late starts at once.
    """
    from tests.actions.conftest import incidents
    from tsuzuki.records.models import Period

    for _ in range(2):
        cast.buy(awaiting, "data-3gb", now=after(days=1))
        cast.go(after(days=1))
    second, third = Period.objects.filter(order__plan__code="data-3gb").order_by("starts_at")
    assert second.starts_at == after(days=120)
    length = second.ends_at - second.starts_at
    report(used(awaiting, 5, after(days=10)), now=after(days=50))
    second, third = Period.objects.filter(id__in=[second.id, third.id]).order_by("starts_at")
    assert second.starts_at == after(days=50)
    assert second.ends_at - second.starts_at >= length
    assert third.starts_at == second.ends_at
    assert (second.order.earn_from, third.order.earn_from) == (second.starts_at, third.starts_at)
    assert incidents() == ["dates_moved", "dates_moved"]


def test_a_use_from_before_the_purchase_starts_nothing(awaiting):
    """A report that comes late must not begin what was not bought yet."""
    report(used(awaiting, 5, after(days=-10)), now=after(days=1))
    assert (period(awaiting).starts_at, period(awaiting).awaits) == (after(days=90), "first_use")


def test_while_another_period_runs_nothing_is_started(line, awaiting):
    from tsuzuki.records.models import Order

    cast.buy(line, "first-use", now=after(days=1))
    cast.go(after(days=1))
    waiting = period(line)
    report(used(line, 5, after(days=2)), now=after(days=3))
    assert (period(line).starts_at, period(line).awaits) == (waiting.starts_at, "first_use")
    first_ends = Order.objects.filter(line=line).order_by("made_at").first().period.ends_at
    report(used(line, 5, first_ends), now=first_ends)
    assert period(line).starts_at == first_ends
    assert period(line).ends_at == first_ends + timedelta(days=30)


def test_without_any_use_it_starts_by_itself(awaiting):
    report(used(awaiting, 5, after(days=95)), now=after(days=96))
    assert (period(awaiting).starts_at, period(awaiting).ends_at) == (after(days=90), after(days=120))
    assert left(awaiting) == [3 * GB - 5]


@pytest.mark.parametrize("day", [50, 96], ids=["before it began by itself", "while it was cut"])
def test_a_late_report_does_not_begin_anew_what_began_by_itself_and_was_cut(awaiting, day):
    from tests.actions.test_road_line import plan_like
    from tests.actions.test_road_periods import taken_back

    plan_like("one-day", stacking="replace", count=1)
    other = cast.buy(awaiting, "one-day", now=after(days=95), choice=Choice.NOW)
    cast.go(after(days=95))
    taken_back(other, after(days=97))
    assert (period(awaiting).starts_at, period(awaiting).ends_at) == (after(days=97), after(days=122))
    report(used(awaiting, 5, after(days=day)), now=after(days=98))
    assert (period(awaiting).starts_at, period(awaiting).ends_at) == (after(days=97), after(days=122))
