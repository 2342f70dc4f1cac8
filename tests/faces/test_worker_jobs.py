"""What a worker does with the queue, and with what is due."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import pytest


def jobs() -> list[tuple[str, str]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, status::text FROM procrastinate_jobs ORDER BY task_name, status")
        return cursor.fetchall()


def clear_up() -> None:
    from types import SimpleNamespace

    from procrastinate.contrib.django import app

    from tsuzuki.worker import jobs

    async def run() -> None:
        with app.replace_connector(app.connector.get_worker_connector()) as serving:
            async with serving.open_async():
                await jobs.clear_up(SimpleNamespace(app=serving), 0)

    asyncio.run(run())


@pytest.mark.parametrize("asked_anew", [False, True])
def test_a_worker_that_was_killed_leaves_no_failed_job_and_no_lock(database, asked_anew):
    """Its job was begun under a lock for waiting; meanwhile somebody may have asked for the same."""
    from uuid import uuid4

    from django.db import connection

    from tsuzuki.actions.engine.queue import wake

    purchase = uuid4()
    wake(purchase)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 "
            "hour') RETURNING id"
        )
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", cursor.fetchone())
    if asked_anew:
        wake(purchase)
    clear_up()
    assert jobs() == [("advance", "todo")]
    wake(purchase)
    assert jobs() == [("advance", "todo")]


def test_what_failed_is_kept_for_a_day(database):
    from uuid import uuid4

    from django.db import connection

    from tsuzuki.actions.engine.queue import wake

    for hours in (1, 30):
        wake(uuid4())
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE status = 'todo'")
            cursor.execute(
                "UPDATE procrastinate_jobs SET status = 'failed' WHERE status = 'doing' RETURNING id"
            )
            cursor.execute(
                "UPDATE procrastinate_events SET at = now() - make_interval(hours => %s) WHERE job_id = %s",
                [hours, *cursor.fetchone()],
            )
    clear_up()
    assert jobs() == [("advance", "failed")]


def test_a_real_worker_carries_an_order_and_ends_when_told(database):
    """The process as systemd starts it.

    Credit comes from our own books: that its line's carrier cannot be asked here is no matter.
    """
    from django.db import connection
    from django.utils import timezone

    from tests import cast

    cast.operator(timezone.now())
    purchase = cast.buy(
        cast.line(now=timezone.now()), "credit-3000", cast.voucher(3000, timezone.now()), now=timezone.now()
    )
    command = [sys.executable, "-m", "tsuzuki.site.command", "worker", "--no-json"]
    environ = {**os.environ, "TSUZUKI_SANDBOX": "1"}
    worker = subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(2000):
            if cast.states(purchase) == ["delivered"]:
                break
            assert worker.poll() is None, worker.stderr.read()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.05)")  # another process is at work
        assert cast.states(purchase) == ["delivered"]
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
    finally:
        worker.kill()
        worker.communicate()
