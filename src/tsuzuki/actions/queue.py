"""Wake-up jobs. A job carries no work: due work is found by query, so a lost job loses nothing."""
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued


def wake(purchase: UUID) -> None:
    """Ask a worker to look at one purchase, in the caller's transaction; a wake-up already waiting is enough."""
    try:
        with transaction.atomic():  # a conflict aborts only this savepoint
            app.configure_task("advance", queueing_lock=f"purchase {purchase}").defer(purchase=str(purchase))
    except AlreadyEnqueued:
        return
