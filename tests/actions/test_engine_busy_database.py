"""The database is busy or gone in the moment an answer is to be written down: the answer stays in hand."""

from tests import cast
from tests.actions.conftest import incidents


def other_session():
    """A session of somebody else."""
    import os

    import psycopg

    return psycopg.connect(os.environ["DATABASE_URL"])


def limit_waiting_for_locks() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '20ms'")


def test_a_row_somebody_holds_costs_time_and_no_answer(shop, monkeypatch):
    """The carrier has delivered; another session holds the order until we pause for the second time."""
    from tsuzuki.actions.order import repair

    shop.pays()
    purchase = cast.buy(cast.line())
    limit_waiting_for_locks()
    close, paused = repair.close, []
    with other_session() as other:

        def while_held(table, step, *arguments):
            if step == "provision" and not paused:
                other.execute("SELECT 1 FROM records_order FOR UPDATE")
            return close(table, step, *arguments)

        def wait(seconds: float) -> None:
            paused.append(seconds)
            if len(paused) == 2:
                other.rollback()

        monkeypatch.setattr(repair, "close", while_held)
        monkeypatch.setattr(repair, "wait", wait)
        cast.go()
    assert paused[:2] == [0.0, repair.PAUSES[0]]
    assert cast.states(purchase) == ["delivered"]
    assert shop.carrier(purchase) == {"calls": 1, "deliveries": 1, "reversed": 0}
    assert shop.attempt(purchase).looks == 0


def test_a_connection_that_breaks_costs_no_answer(shop, monkeypatch):
    from django.db import connection

    from tsuzuki.actions.order import repair

    shop.pays()
    purchase = cast.buy(cast.line())
    close, cut = repair.close, []

    def cut_off(table, step, *arguments):
        if step == "provision" and not cut:
            cut.append(True)
            with other_session() as other, connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                other.execute("SELECT pg_terminate_backend(%s)", cursor.fetchone())
        return close(table, step, *arguments)

    monkeypatch.setattr(repair, "close", cut_off)
    monkeypatch.setattr(repair, "wait", lambda seconds: None)
    cast.go()
    assert cast.states(purchase) == ["delivered"]
    assert shop.attempt(purchase).looks == 0


def test_a_row_held_for_too_long_is_looked_up_after_the_lease(shop, monkeypatch):
    """Nothing can be written down at all: the answer is in the log, and the look finds it again."""
    from structlog.testing import capture_logs

    from tests.actions.conftest import after
    from tsuzuki.actions.order import repair

    shop.pays()
    purchase = cast.buy(cast.line())
    limit_waiting_for_locks()
    close = repair.close
    monkeypatch.setattr(repair, "wait", lambda seconds: None)
    with other_session() as other:

        def while_held(table, step, *arguments):
            if step == "provision":
                other.execute("SELECT 1 FROM records_order FOR UPDATE")
            return close(table, step, *arguments)

        monkeypatch.setattr(repair, "close", while_held)
        with capture_logs() as said:
            cast.go()
    assert [one["verdict"] for one in said if one["event"] == "answer not kept"] == ["done"]
    monkeypatch.setattr(repair, "close", close)
    cast.go(after(seconds=3))
    assert cast.states(purchase) == ["delivered"]
    assert shop.carrier(purchase)["calls"] == 1
    assert incidents() == []
