"""Limits hold over processes, windows and 64 at once; nobody can read from the table who was limited."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.cast import NOON


def at(seconds: float):
    return NOON + timedelta(seconds=seconds)


def test_so_many_in_a_window_then_wait_then_again(database):
    from tsuzuki.actions.people.limits import take

    assert [take("look", "a", 3, 60, at(second)) for second in (0, 10, 20)] == [None, None, None]
    assert take("look", "a", 3, 60, at(20)) == 40
    assert take("look", "a", 3, 60, at(59.5)) == 1
    assert [take("look", "a", 3, 60, at(second)) for second in (60, 60, 60, 61)] == [None, None, None, 59]


def test_refused_ones_do_not_lengthen_the_wait(database):
    from tsuzuki.actions.people.limits import take

    waits = [take("look", "a", 1, 10, at(0)) for _ in range(50)]
    assert waits == [None, *[10] * 49]
    assert take("look", "a", 1, 10, at(10)) is None


def test_names_and_subjects_do_not_share_a_window(database):
    from tsuzuki.actions.people.limits import take

    assert [take(name, subject, 1, 60, at(0)) for name in ("look", "buy") for subject in ("a", "b")] == [
        None
    ] * 4
    assert take("look", "a", 1, 60, at(0)) == 60


def test_64_at_once_let_through_what_is_allowed(database):
    from django.db import connection

    from tsuzuki.actions.people.limits import take

    def one(_):
        try:
            return take("buy", "key", 10, 60, NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(64) as pool:
        waits = list(pool.map(one, range(64)))
    assert waits.count(None) == 10
    assert waits.count(60) == 54


def test_the_table_names_nobody_and_is_swept(database):
    from tsuzuki.actions.people.limits import forget, take
    from tsuzuki.records.models import Limit

    take("look", "+819012345678", 5, 60, at(0))
    take("look", "other", 5, 600, at(0))
    assert all(len(row.subject) == 64 and "819012345678" not in row.subject for row in Limit.objects.all())
    assert forget(at(59)) == 0
    assert forget(at(60)) == 1
    assert Limit.objects.count() == 1


def test_not_inside_a_transaction_that_may_be_undone(database):
    from django.db import transaction

    from tsuzuki.actions.people.limits import take

    with transaction.atomic(), pytest.raises(RuntimeError):
        take("look", "a", 1, 60, NOON)


def test_a_whole_48_of_ipv6_has_a_limit_of_its_own(database):
    """40 addresses of 40 subscribers' networks, and 65,496 more to come, may be one customer of a hosting
    company.
    """
    from tsuzuki.actions.people.limits import SITE, take_from

    waits = [take_from("look", f"2001:db8:1:{n:x}::", 2, 60, at(0)) for n in range(2 * SITE + 5)]
    assert waits == [None] * 2 * SITE + [60] * 5
    assert take_from("look", "2001:db8:2::", 2, 60, at(0)) is None
    assert [take_from("look", f"203.0.113.{n}", 1, 60, at(0)) for n in range(40)] == [None] * 40
    assert take_from("look", "203.0.113.1", 1, 60, at(0)) == 60


def test_one_can_ask_without_counting(database):
    from tsuzuki.actions.people.limits import take, wait_for

    for allowed in (1, 2):
        assert wait_for("look", "a", allowed, at(0)) is None
    take("look", "a", 2, 60, at(0))
    assert [wait_for("look", "a", 1, at(0)) for _ in range(3)] == [60] * 3
    assert wait_for("look", "a", 2, at(0)) is None
    assert wait_for("look", "a", 1, at(60)) is None


@pytest.fixture
def process(database, monkeypatch):
    """Go on as another web process: what it was lent is its own."""
    from tsuzuki.actions.people import limits

    lent = {name: {} for name in "ab"}

    def become(name: str) -> None:
        monkeypatch.setattr(limits, "_blocks", lent[name])

    become("a")
    return become


def leased(times: int, allowed: int, second: float = 0, per: int = 60) -> list[int | None]:
    from tsuzuki.actions.people.limits import take_leased

    return [take_leased("api", "key", allowed, per, at(second)) for _ in range(times)]


def taken() -> int:
    from tsuzuki.records.models import Limit

    return Limit.objects.get().taken


def test_of_a_leased_limit_the_database_is_asked_once_for_many(process):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        assert leased(60, 600) == [None] * 60
    assert sum("INSERT" in one["sql"] for one in asked.captured_queries) == 1
    assert leased(541, 600) == [None] * 540 + [60]
    assert leased(1, 600, 60) == [None]


def test_processes_share_a_leased_limit(process):
    """Never more go through than may, whoever they come to; fewer by no more than the others hold."""
    through = 0
    for turn in range(300):
        process("ab"[turn % 7 == 0])
        through += leased(1, 100).count(None)
    assert through == 100 - sum_lent(process, "a") - sum_lent(process, "b")
    assert 85 <= through <= 100
    assert taken() == 100


def sum_lent(process, name: str) -> int:
    from tsuzuki.actions.people import limits

    process(name)
    return sum(block.left for block in limits._blocks.values())


def test_what_was_leased_and_not_used_is_given_back(process):
    assert leased(1, 100) == [None]
    assert taken() == 10
    assert leased(1, 100, 5) == [None]
    assert taken() == 1 + 10  # a tenth of 99, upwards
    process("b")
    assert leased(100, 100, 6).count(None) == 89


def test_a_lease_ends_with_its_window_and_with_its_limit(process):
    assert leased(1, 1000, per=3) == [None]
    process("b")
    assert leased(1000, 1000, 1, per=3).count(None) == 900
    assert leased(1, 1000, 2, per=3) == [1]
    process("a")
    assert leased(1001, 1000, 3, per=3) == [None] * 1000 + [3]  # a new one, all of it
    process("b")
    assert leased(1, 1000, 3, per=3) == [3]
    process("a")
    assert leased(1, 20_000, 4, per=3) == [None]
    assert leased(1, 5, 4, per=3) == [2]  # lowered while a block is held


def test_64_threads_at_once_lease_what_is_allowed(process):
    from django.db import connection

    def one(_):
        try:
            return leased(1, 40)[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(64) as pool:
        waits = list(pool.map(one, range(64)))
    assert (waits.count(None), waits.count(60)) == (40, 24)
