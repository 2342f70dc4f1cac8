"""Taking back what was delivered needs two people: one asks (actions.order.take_back.ask_back), another decides."""

from datetime import datetime

from tsuzuki.actions import work
from tsuzuki.actions.order.take_back import take_back
from tsuzuki.core.errors import Code, Refused
from tsuzuki.records import models

ASKED = "refund_asked"  # the incident's kind


def approve(item: str, actor: str, now: datetime) -> None:
    """`item`: of the work list. The second person's yes. Done again after a crash in between, it goes on where it stopped."""
    number = item[1:]
    asked = models.Incident.objects.filter(id=number, kind=ASKED).first() if number.isascii() and number.isdecimal() else None
    if asked is None or asked.order_id is None:
        raise Refused(Code.WORK_UNKNOWN, id=item[:60])
    if asked.closed_at is not None:
        raise Refused(Code.WORK_DONE_ALREADY, id=item)
    if asked.facts.get("by") == actor[:80]:
        raise Refused(Code.SECOND_PERSON_NEEDED)
    take_back(asked.order_id, str(asked.facts.get("reason", "")), actor, now)
    work.finish(item, "taken back", actor, now)
