"""The worker process: Procrastinate on our own database, until it is told to stop."""

import asyncio

from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector


def run(concurrency: int) -> None:
    """Serve wake-ups and the clock. A finished job is deleted: the orders are the history."""
    assert isinstance(app.connector, DjangoConnector)
    with app.replace_connector(app.connector.get_worker_connector()) as serving:
        asyncio.run(_serve(serving, concurrency))


async def _serve(serving: App, concurrency: int) -> None:
    async with serving.open_async():
        await serving.run_worker_async(concurrency=concurrency, delete_jobs="successful", fetch_job_polling_interval=1.0)
