"""A batch of usage is what its records are one after the other: on twin lines, drawn from a seed."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from tests import cast
from tests.actions.conftest import after, incidents
from tests.cast import NOON

GOODS = ("data", "data", "data", "voice", "sms")


@pytest.fixture
def twins(shop):
    """Two pairs of lines, each pair with the same purchases; one plan of each waits for its first use."""
    from tests.actions.test_road_line import plan_like

    plan_like("first-use", start="first_use")
    shop.pays()
    lines = cast.lines(4)
    for line in lines[:2]:
        for plan in ("first-use", "data-3gb"):
            cast.buy(line, plan)
            cast.go()
    for line in lines[2:]:
        for plan in ("data-20gb", "first-use", "addon-1gb"):
            cast.buy(line, plan)
            cast.go()
        cast.buy(line, "day", now=after(hours=5))
        cast.go(after(hours=5))
    return [(lines[0], lines[2]), (lines[1], lines[3])]


def told(lines) -> list[object]:
    """All that a report may have changed, without the names of the rows."""
    from tsuzuki.records.models import Incident, Lot, Period, Usage

    found: list[object] = []
    for line in lines:
        lots = Lot.objects.filter(line=line).order_by("ends_at", "good", "granted", "starts_at")
        found.append(list(lots.values_list("good", "remaining", "starts_at", "ends_at")))
        periods = Period.objects.filter(line=line).order_by("sequence")
        found.append(
            list(
                periods.values_list("starts_at", "ends_at", "awaits", "order__earn_from", "order__earn_until")
            )
        )
        usage = Usage.objects.filter(line=line).order_by("at", "good", "amount", "overrun")
        found.append(list(usage.values_list("at", "good", "amount", "overrun")))
        found.append(list(Incident.objects.filter(subject=str(line)).values_list("kind", "facts")))
        found.append(
            sorted(Incident.objects.filter(order__line=line).values_list("kind", "facts__new_dates"))
        )
    return found


@pytest.mark.parametrize("seed", range(6))
def test_a_batch_is_its_records_one_by_one(twins, seed):
    from tsuzuki.actions.order.usage import UsageRecord, report
    from tsuzuki.core.plan import AllowanceKind
    from tsuzuki.records import queries

    draw, now = random.Random(seed), after(days=50)
    numbers = queries.numbers_of([line for pair in twins for line in pair])
    drawn = []
    for n in range(40):
        amount = draw.choice((1, 7 * 10**8, 2 * 10**9, 9 * 10**9))
        good = AllowanceKind(draw.choice(GOODS))
        drawn.append((n, draw.randrange(2), good, amount, after(hours=draw.randrange(-30, 45 * 24))))
    drawn += draw.sample(drawn, 6)  # and some of them come twice

    def records(pair: int) -> list[UsageRecord]:
        return [
            UsageRecord(f"{pair}-{n}", numbers[twins[pair][line]], good, amount, at)
            for n, line, good, amount, at in drawn
        ]

    whole = report(records(0), now)
    single = [report([record], now) for record in records(1)]
    assert (whole.booked, whole.seen) == (40, 6)
    for count in ("booked", "seen", "overrun"):
        assert getattr(whole, count) == sum(getattr(one, count) for one in single)
    assert told(twins[0]) == told(twins[1])


def test_two_batches_that_name_one_record_for_two_lines_book_it_once(shop):
    """Their lines are not the same, so neither waits for the other before it writes."""
    from django.db import connections

    from tsuzuki.actions.order.usage import UsageRecord, report
    from tsuzuki.core.plan import AllowanceKind
    from tsuzuki.records import queries
    from tsuzuki.records.models import Lot, Usage

    shop.pays()
    lines = cast.lines(2)
    for line in lines:
        cast.buy(line)
    cast.go()
    numbers = queries.numbers_of(lines)
    together = Barrier(2)

    def one(place: int) -> int:
        ours = UsageRecord("", numbers[lines[place]], AllowanceKind.DATA, 1000, NOON)
        records = [replace(ours, record=f"r{n}") for n in range(50)]
        together.wait(timeout=20)
        try:
            return report(records if place else records[::-1], NOON).booked
        finally:
            connections.close_all()

    for _ in range(3):
        Usage.objects.all().delete()
        Lot.objects.update(remaining=3 * 10**9)
        with ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(one, range(2))) == 50
        assert sum(Lot.objects.values_list("remaining", flat=True)) == 6 * 10**9 - 50 * 1000
    assert incidents() == []
