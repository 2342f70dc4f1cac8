"""The time of a run: what it is made of, and what an old reading of it, or the wrong clock of a machine, may
not do.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest

from tests import cast
from tests.actions.conftest import QUICK
from tests.cast import NOON

WAITED = timedelta(seconds=100)  # longer than any lease of the tests
HOUR = timedelta(hours=1)


def test_a_clock_whose_process_stood_still_between_its_two_readings_is_read_again(monkeypatch):
    from tsuzuki.actions.engine import clock as of_a_run
    from tsuzuki.actions.engine.clock import Clock

    readings = iter([0.0, 100.0, 100.0, 100.5])
    moments = iter([NOON, NOON + WAITED])
    monkeypatch.setattr(of_a_run, "elapsed", lambda: next(readings))
    monkeypatch.setattr(of_a_run, "database_now", lambda: next(moments))
    assert Clock.read() == Clock(NOON + WAITED, 100.0)


def test_a_run_that_waited_for_its_turn_counts_its_leases_from_when_it_has_it(database, sandbox):
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.order.advance import advance_until_still
    from tsuzuki.http.deadline import elapsed
    from tsuzuki.records.models import Attempt

    cast.operator(**QUICK)
    purchase = cast.buy(cast.line())
    advance_until_still(Clock(NOON, elapsed() - WAITED.total_seconds()), purchase.id, rounds=1)
    assert Attempt.objects.get(purchase=purchase).opened_at >= NOON + WAITED


@pytest.mark.parametrize(("ahead", "shown"), [(0.5, 0.5), (1, 1), (60, 0), (-60, 0)])
def test_what_a_machine_a_little_ahead_wrote_down_is_due_for_it(monkeypatch, ahead, shown):
    """Else a buyer would wait for the gateway's page until a worker asks for it."""
    from tsuzuki.actions.engine import clock as of_a_run
    from tsuzuki.actions.engine.clock import Clock

    monkeypatch.setattr(of_a_run, "database_now", lambda: NOON)
    assert Clock.read(NOON + timedelta(seconds=ahead)).start == NOON + timedelta(seconds=shown)


def paid_for() -> None:
    """An order that its carrier is to be asked for, today, with a lease as long as in life."""
    from django.utils import timezone

    cast.operator(timeout=1.0, lease=60.0)
    at = timezone.now() - 2 * HOUR
    cast.buy(cast.line(now=at), "day", cast.voucher(330, at), now=at)


@pytest.mark.parametrize(
    ("asker", "other"),
    [(0 * HOUR, HOUR), (-HOUR, 0 * HOUR)],
    ids=["the other is ahead", "the asker is behind"],
)
def test_a_machine_whose_clock_is_wrong_shares_the_leases_of_the_others(
    database, sandbox, monkeypatch, asker, other
):
    from django.utils import timezone

    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.order import apply
    from tsuzuki.actions.order.repair import repair

    real = timezone.now

    def on_a_machine_that_is(wrong: timedelta) -> Clock:
        def now() -> datetime:
            return real() + wrong

        monkeypatch.setattr(timezone, "now", now)
        return Clock.read()

    paid_for()
    assert apply.open_due(on_a_machine_that_is(asker), 10, None).moved == 1
    assert repair(on_a_machine_that_is(other)) == 0


@pytest.mark.skipif(
    not hasattr(time, "CLOCK_BOOTTIME"), reason="only Linux counts the time a machine was suspended"
)
def test_a_machine_that_slept_through_its_lease_asks_nothing(database, sandbox, monkeypatch):
    from tsuzuki.actions.engine import attempts
    from tsuzuki.actions.engine.clock import Clock
    from tsuzuki.actions.order import apply
    from tsuzuki.actions.order.repair import call_for, carry_out

    paid_for()
    clock = Clock.read()
    calls = [call_for(attempt, clock) for attempt in apply.open_due(clock, 10, None).attempts]
    real = time.clock_gettime
    monkeypatch.setattr(
        time, "clock_gettime", lambda which: real(which) + (3600 if which == time.CLOCK_BOOTTIME else 0)
    )
    carry_out(calls, attempts.holder(), clock, False, None)
    assert sandbox.json(f"carrier/effects?key={_key()}")["totals"]["calls"] == 0


def _key() -> str:
    from tsuzuki.records.models import Attempt

    return Attempt.objects.get().key
