"""Limits hold over processes, windows and 64 at once; nobody can read from the table who was limited."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.cast import NOON


def at(seconds: float):
    return NOON + timedelta(seconds=seconds)


def test_so_many_in_a_window_then_wait_then_again(database):
    from tsuzuki.actions.limits import take

    assert [take("look", "a", 3, 60, at(second)) for second in (0, 10, 20)] == [None, None, None]
    assert take("look", "a", 3, 60, at(20)) == 40
    assert take("look", "a", 3, 60, at(59.5)) == 1
    assert [take("look", "a", 3, 60, at(second)) for second in (60, 60, 60, 61)] == [None, None, None, 59]


def test_refused_ones_do_not_lengthen_the_wait(database):
    from tsuzuki.actions.limits import take

    waits = [take("look", "a", 1, 10, at(0)) for _ in range(50)]
    assert waits == [None, *[10] * 49]
    assert take("look", "a", 1, 10, at(10)) is None


def test_names_and_subjects_do_not_share_a_window(database):
    from tsuzuki.actions.limits import take

    assert [take(name, subject, 1, 60, at(0)) for name in ("look", "buy") for subject in ("a", "b")] == [None] * 4
    assert take("look", "a", 1, 60, at(0)) == 60


def test_64_at_once_let_through_what_is_allowed(database):
    from django.db import connection

    from tsuzuki.actions.limits import take

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
    from tsuzuki.actions.limits import forget, take
    from tsuzuki.records.models import Limit

    take("look", "+819012345678", 5, 60, at(0))
    take("look", "other", 5, 600, at(0))
    assert all(len(row.subject) == 64 and "819012345678" not in row.subject for row in Limit.objects.all())
    assert forget(at(59)) == 0
    assert forget(at(60)) == 1
    assert Limit.objects.count() == 1


def test_not_inside_a_transaction_that_may_be_undone(database):
    from django.db import transaction

    from tsuzuki.actions.limits import take

    with transaction.atomic(), pytest.raises(RuntimeError):
        take("look", "a", 1, 60, NOON)
