"""Job -> action.

Due work is found by query; a job only says «look now», and the lanes look by themselves anyway.
"""

from contextlib import suppress

import structlog
from procrastinate import App, JobContext
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status

from tsuzuki.actions.engine.clock import Clock
from tsuzuki.actions.money import check_books, credit, recognise
from tsuzuki.actions.order.forget import forget_quotes
from tsuzuki.actions.people import idempotency, limits, staff

from .lanes import Lanes

log = structlog.get_logger()
STALLED_AFTER = 60  # seconds without a heartbeat of its worker
KEEP_FAILED = 24  # hours
lanes = Lanes()


def register(app: App) -> None:
    """Called by Procrastinate when Django is ready."""
    app.task(name="advance")(look_at_one)
    app.task(name="tick")(look)
    app.periodic(cron="*/5 * * * *")(app.task(name="books", queueing_lock="books")(books))
    app.periodic(cron="10 18 * * *")(app.task(name="proof", queueing_lock="proof")(proof))  # 03:10 in Tokyo
    app.periodic(cron="* * * * *")(
        app.task(name="clear_up", queueing_lock="clear_up", pass_context=True)(clear_up)
    )


def look_at_one(purchase: str) -> None:
    """Whose purchase it is does not matter: what is due is found by query."""
    lanes.wake()


def look(timestamp: int) -> None:
    """Of many purchases at once."""
    lanes.wake()


def books(timestamp: int) -> None:
    """What time alone changes in the ledger.

    By the database's clock: a machine whose own is ahead would end credit too early.
    """
    clock = Clock.read()
    recognise.run(clock.now())
    while credit.expire(clock.now()):
        pass
    while forget_quotes(clock.now()):
        pass
    limits.forget(clock.now())
    staff.forget_sessions(clock.now())
    idempotency.forget(clock.now())


def proof(timestamp: int) -> None:
    """The nightly look whether ledger and records still tell the same story,
    and balances what the ledger says.
    """
    check_books.bring_forward()
    check_books.check(Clock.read().now())


async def clear_up(context: JobContext, timestamp: int) -> None:
    """A worker that was killed leaves its jobs `doing`, and with them their locks: each goes, and the same is
    asked for anew unless somebody did. What failed is kept for a day, to be looked into.
    """
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
        log.warning("job of a worker that died", task=job.task_name)
        with suppress(AlreadyEnqueued, ConnectorException):  # the second: another worker cleared it up
            await manager.finish_job(job, Status.FAILED, delete_job=True)
            await context.app.configure_task(job.task_name, queueing_lock=job.queueing_lock).defer_async(
                **job.task_kwargs
            )
    await manager.delete_old_jobs(
        KEEP_FAILED, include_failed=True, include_cancelled=True, include_aborted=True
    )
