"""Wake-up jobs. A job carries no data: due work is found by query, so a lost job loses nothing."""

from contextlib import AbstractContextManager, nullcontext
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued


def wake(*purchases: UUID, new: bool = False) -> None:
    """Ask a worker to look at a purchase, in the caller's transaction; a wake-up already waiting is enough.
    Many: at all that is due.

    `new`: of one written in this very transaction nobody else can have spoken yet.
    """
    if len(purchases) == 1:
        _defer(
            "advance",
            f"purchase {purchases[0]}",
            nullcontext() if new else transaction.atomic(),
            purchase=str(purchases[0]),
        )
    elif purchases:
        _defer("tick", "tick", transaction.atomic(), timestamp=0)


def _defer(task: str, lock: str, savepoint: AbstractContextManager[None], **arguments: str | int) -> None:
    try:
        with savepoint:  # a conflict aborts only this
            app.configure_task(task, queueing_lock=lock).defer(**arguments)
    except AlreadyEnqueued:
        return
