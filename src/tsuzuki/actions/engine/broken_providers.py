"""One provider's wrong setting must not hold up the others: work for a provider that cannot be built here
is postponed, and the operator is told.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from django.db import models as django

from tsuzuki.actions.engine.providers import broken
from tsuzuki.actions.write import incidents
from tsuzuki.core.states import IncidentKind

WAIT = timedelta(minutes=1)  # before it is tried again
Row = TypeVar("Row", bound=django.Model)


def skip_broken_providers(
    rows: Sequence[Row], name: Callable[[Row], str], build: Callable[[Row], object], now: datetime
) -> list[Row]:
    """Those whose provider (by `name`) can be built here; the others' `due_at` moves on.

    They are locked by the caller.
    """
    why = {name(row): broken(partial(build, row)) for row in rows}
    for provider, reason in why.items():
        if reason:
            incidents.report(IncidentKind.PROVIDER_BROKEN, provider, now, why=reason)
    late = [row.pk for row in rows if why[name(row)]]
    if late:
        type(rows[0])._default_manager.filter(pk__in=late).update(due_at=now + WAIT)
    return [row for row in rows if not why[name(row)]]
