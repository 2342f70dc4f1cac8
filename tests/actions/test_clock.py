"""The time of a run: what it is made of, and what an old reading of it may not do."""

import time
from datetime import timedelta

from tests import cast
from tests.actions.conftest import QUICK
from tests.cast import NOON

WAITED = timedelta(seconds=100)  # longer than any lease of the tests


def test_a_clock_whose_process_stood_still_between_its_two_readings_is_read_again(monkeypatch):
    from tsuzuki.actions.order import clock as of_a_run
    from tsuzuki.actions.order.clock import Clock

    readings = iter([0.0, 100.0, 100.0, 100.5])
    moments = iter([NOON, NOON + WAITED])
    monkeypatch.setattr(of_a_run.time, "monotonic", lambda: next(readings))
    monkeypatch.setattr(of_a_run.timezone, "now", lambda: next(moments))
    assert Clock.read() == Clock(NOON + WAITED, 100.0)


def test_a_run_that_waited_for_its_turn_counts_its_leases_from_when_it_has_it(database, sandbox):
    from tsuzuki.actions.order.advance import advance_until_still
    from tsuzuki.actions.order.clock import Clock
    from tsuzuki.records.models import Attempt

    cast.operator(**QUICK)
    purchase = cast.buy(cast.line())
    advance_until_still(Clock(NOON, time.monotonic() - WAITED.total_seconds()), purchase.id, rounds=1)
    assert Attempt.objects.get(purchase=purchase).opened_at >= NOON + WAITED
