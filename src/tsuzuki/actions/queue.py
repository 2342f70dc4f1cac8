"""Wake-up jobs. A job carries no work: due work is found by query, so a lost job loses nothing."""

from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued


def wake(*purchases: UUID) -> None:
    """Ask a worker to look at a purchase, in the caller's transaction; a wake-up already waiting is enough. Many: at all that is due."""
    if len(purchases) == 1:
        _defer("advance", f"purchase {purchases[0]}", purchase=str(purchases[0]))
    elif purchases:
        _defer("tick", "tick", timestamp=0)


def _defer(task: str, lock: str, **arguments: str | int) -> None:
    try:
        with transaction.atomic():  # a conflict aborts only this savepoint
            app.configure_task(task, queueing_lock=lock).defer(**arguments)
    except AlreadyEnqueued:
        return
