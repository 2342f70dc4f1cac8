"""Quotes are deleted when they are of no use to anybody, each looked at once."""

from datetime import timedelta

import pytest

from tests import cast
from tests.cast import NOON


@pytest.fixture
def line(database, monkeypatch):
    from tsuzuki.actions.engine import providers

    cast.operator()
    yield cast.line()
    providers.forget()


def quotes(line, count: int, now=NOON) -> list:
    from tsuzuki.actions.order.quote import LineRequest, quote

    return [quote([LineRequest(line, "data-3gb")], now).id for _ in range(count)]


def there() -> set:
    from tsuzuki.records.models import Quote

    return set(Quote.objects.values_list("id", flat=True))


def run(now) -> None:
    from tsuzuki.actions.order.forget import forget_quotes

    while forget_quotes(now):
        pass


def test_unused_ones_go_a_day_after_they_ended_and_bought_ones_stay(line):
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.records.models import Quote

    bought = cast.buy(line, "data-3gb", PaymentChoice("byhand")).quote_id
    quotes(line, 3)
    ended = max(Quote.objects.values_list("valid_until", flat=True))
    later = set(quotes(line, 2, ended + timedelta(hours=1)))
    run(ended + timedelta(days=1, seconds=-1))
    assert len(there()) == 6
    run(ended + timedelta(days=1))
    assert there() == {bought, *later}
    run(ended + timedelta(days=3))
    assert there() == {bought}


def test_each_is_read_once_however_many_are_kept(line, monkeypatch):
    """What was bought from is never looked at again: a pass costs what became old since the last."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tsuzuki.actions.order import forget
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.records.models import Sweep

    monkeypatch.setattr(forget, "BATCH", 2)
    kept = {
        cast.buy(line, "data-3gb", PaymentChoice("byhand"), now=NOON + timedelta(minutes=n)).quote_id
        for n in range(5)
    }
    for n in range(5):
        quotes(line, 1, NOON + timedelta(minutes=n))
    with CaptureQueriesContext(connection) as seen:
        run(NOON + timedelta(days=2))
    assert there() == kept
    assert sum(one["sql"].startswith("\nDELETE") for one in seen.captured_queries) >= 5
    assert Sweep.objects.get().until == NOON + timedelta(days=1)
    run(NOON + timedelta(days=2))
    run(NOON)  # a clock that goes backwards moves nothing back
    assert Sweep.objects.get().until == NOON + timedelta(days=1)
    assert there() == kept


def test_the_clock_calls_it(line):
    from tsuzuki.records.models import Quote
    from tsuzuki.worker.jobs import books

    quotes(line, 2)
    Quote.objects.update(valid_until=NOON - timedelta(days=900))
    books(0)
    assert there() == set()


def test_a_pass_reads_an_index(line):
    from django.db import connection

    from tsuzuki.actions.order.forget import _DELETE

    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("EXPLAIN " + _DELETE, [NOON, NOON])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "quote_ended" in plan
    assert "Seq Scan" not in plan
