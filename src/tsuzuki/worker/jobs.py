"""Job -> action. Due work is found by query; a job only says «look now», and the clock says it anyway."""

from uuid import UUID

import structlog
from django.utils import timezone
from procrastinate import App, JobContext, RetryStrategy

from tsuzuki.actions import answers, check_books, credit, limits, notices, recognise, staff, webhooks
from tsuzuki.actions.order.advance import advance_until_still
from tsuzuki.actions.order.forget import forget_quotes

log = structlog.get_logger()
STALLED_AFTER = 60  # seconds without a heartbeat of its worker


def register(app: App) -> None:
    """Called by Procrastinate when Django is ready."""
    app.task(name="advance", retry=RetryStrategy(max_attempts=3))(advance_one)
    app.periodic(cron="* * * * * */2")(app.task(name="tick", queueing_lock="tick", pass_context=False)(tick))
    app.periodic(cron="* * * * * */2")(app.task(name="webhooks", queueing_lock="webhooks", pass_context=False)(tell_programs))
    app.periodic(cron="*/5 * * * *")(app.task(name="books", queueing_lock="books")(books))
    app.periodic(cron="10 18 * * *")(app.task(name="proof", queueing_lock="proof")(proof))  # 03:10 in Tokyo
    app.periodic(cron="* * * * *")(app.task(name="retry_stalled", queueing_lock="retry_stalled", pass_context=True)(retry_stalled))


def advance_one(purchase: str) -> None:
    advance_until_still(timezone.now(), only=UUID(purchase), rounds=20)
    notices.send_due(timezone.now())


def tick(timestamp: int) -> None:
    """Whatever is due, whoever forgot to say so."""
    advance_until_still(timezone.now(), rounds=20)
    while notices.send_due(timezone.now()):
        pass


def tell_programs(timestamp: int) -> None:
    """Apart from the orders: a program that answers slowly delays no renewal."""
    while webhooks.send_due(timezone.now()):
        pass


def books(timestamp: int) -> None:
    """What time alone changes in the ledger."""
    recognise.run(timezone.now())
    while credit.expire(timezone.now()):
        pass
    while forget_quotes(timezone.now()):
        pass
    limits.forget(timezone.now())
    staff.forget_sessions(timezone.now())
    answers.forget(timezone.now())


def proof(timestamp: int) -> None:
    """The nightly look whether ledger and records still tell the same story."""
    check_books.check(timezone.now())


async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """A worker that was killed leaves its job `doing`: put it back."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
        await manager.retry_job(job)
