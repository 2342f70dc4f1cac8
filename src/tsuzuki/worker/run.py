"""The worker process: lanes beside Procrastinate on our own database, until it is told to stop."""

import asyncio
import signal
import sys
from contextlib import suppress

from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from .jobs import lanes

ENDING = 20.0  # seconds for what is being asked; the rest is found by the next process


def run(concurrency: int) -> None:
    """Carry on what is due and serve the clock. A finished job is deleted: the orders are the history."""
    assert isinstance(app.connector, DjangoConnector)
    lanes.start()
    try:
        with app.replace_connector(app.connector.get_worker_connector()) as serving:
            told = asyncio.run(_serve(serving, concurrency))
    finally:
        lanes.stop(ENDING)
    if not told:
        sys.exit("The worker ended by itself; what it logged before says why.")


async def _serve(serving: App, concurrency: int) -> bool:
    """Until a signal comes: True. False if it ended by itself, as it does when it loses the database."""
    told = False
    async with serving.open_async():
        work = asyncio.ensure_future(
            serving.run_worker_async(
                concurrency=concurrency,
                delete_jobs="successful",
                fetch_job_polling_interval=1.0,
                install_signal_handlers=False,
            )
        )

        def stop() -> None:
            nonlocal told
            if not told:
                told = True
                work.cancel()  # it finishes the jobs it has

        for entry in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(entry, stop)
        with suppress(asyncio.CancelledError):
            await work
    return told
