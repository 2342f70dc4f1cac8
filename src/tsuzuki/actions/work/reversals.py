"""Taking back what was delivered needs two people:
one asks (actions.order.take_back.ask_back), another decides.
"""

from datetime import datetime

from django.db import transaction

from tsuzuki.actions.messages import notifications, webhooks
from tsuzuki.actions.order.periods import lock_to_take_back
from tsuzuki.actions.order.take_back import ON_ITS_WAY, take_back
from tsuzuki.actions.work import work_items
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.order import State
from tsuzuki.core.states import IncidentKind
from tsuzuki.core.task import TaskId, TaskKind
from tsuzuki.core.typed import written
from tsuzuki.records import models

ASKED = IncidentKind.REFUND_ASKED


@transaction.atomic(durable=True)
def approve(item: str, actor: str, now: datetime) -> None:
    """`item`: of the work list. The second person's yes."""
    asked, order = _locked(item)
    if asked.facts.get("by") == actor[:80]:
        raise Refused(Code.SECOND_PERSON_NEEDED)
    work_items.finish(item, "taken back", actor, now)
    take_back(order.id, str(asked.facts.get("reason", "")), actor, now)


@transaction.atomic(durable=True)
def decline(item: str, why: str, actor: str, now: datetime) -> None:
    """No: what was delivered stays.

    The buyer is told why, in these words: by letter; a program by a message, for its customer never asked us.
    """
    why = written(why)
    if not why:
        raise Refused(Code.REFERENCE_MISSING)
    asked, order = _locked(item)
    if order.state in ON_ITS_WAY:  # taken back without being asked
        raise Refused(Code.WORK_DONE_ALREADY, id=item)
    work_items.finish(item, why, actor, now)
    account = order.purchase.account_id
    if account is not None:
        webhooks.enqueue([(account, order)], State(order.state), now, word="refund_declined", reason=why)
    elif order.purchase.email:
        notifications.notify_payer(order, "refund_declined", now, about=str(asked.id), facts={"why": why})


def _locked(item: str) -> tuple[models.Incident, models.Order]:
    """A yes and a no at the same moment: the order's lock decides, the other finds the task closed."""
    asked = _asked(item)
    assert asked.order_id is not None
    (order,) = lock_to_take_back([asked.order_id])
    return _asked(item), order


def _asked(item: str) -> models.Incident:
    task = TaskId.read(item)
    asked = (
        models.Incident.objects.filter(id=task.row, kind=ASKED).first()
        if task.kind is TaskKind.INCIDENT
        else None
    )
    if asked is None or asked.order_id is None:
        raise Refused(Code.WORK_UNKNOWN, id=item[:60])
    if asked.closed_at is not None:
        raise Refused(Code.WORK_DONE_ALREADY, id=item)
    return asked
