"""How the worker's process ends: whoever starts it again must be able to tell a wish from a fall."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest

PATIENCE = 120  # seconds; nothing that works takes so long


@contextmanager
def worker() -> Iterator[subprocess.Popen[str]]:
    """One that has told the database of itself."""
    from django.db import connection

    process = subprocess.Popen(
        [sys.executable, "-m", "tsuzuki.site.command", "worker"], stderr=subprocess.PIPE, text=True
    )
    try:
        for _ in range(PATIENCE * 5):
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM procrastinate_workers")
                if cursor.fetchone()[0]:
                    break
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.2)
        yield process
    finally:
        process.kill()
        process.communicate()


def test_told_to_stop_it_ends_well(database):
    with worker() as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


def test_ended_by_itself_it_does_not(template, monkeypatch):
    """As when a connection it needs is gone: its loop then stops without an error."""
    from procrastinate import App

    from tsuzuki.worker.run import run

    async def stopped(self, **_: object) -> None:
        return None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[App]:
        yield self

    monkeypatch.setattr(App, "run_worker_async", stopped)
    monkeypatch.setattr(App, "open_async", opened)
    monkeypatch.setattr("tsuzuki.worker.run.lanes.start", lambda: None)
    monkeypatch.setattr("tsuzuki.worker.run.lanes.stop", lambda seconds: None)
    with pytest.raises(SystemExit) as ended:
        run(1)
    assert "ended by itself" in str(ended.value.code)  # a text: exit code 1
