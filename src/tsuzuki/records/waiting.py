"""What waits for people, and how a day went: counted where an index holds only that, or within a range of ids."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum

from tsuzuki.core import ids
from tsuzuki.core.money import Money

from . import models

# Incidents whose matter stands in the work list in its own right; they close by themselves when it is answered.
ELSEWHERE = ("refund_owed", "overdue", "delivery_unsure", "payment_unsure", "payment_other_amount")


def by_hand() -> QuerySet[models.Attempt]:
    """Open attempts nobody will look up: staff do them in the upstream's portal."""
    return models.Attempt.objects.filter(outcome="", look_at=None)


def unsure() -> QuerySet[models.Attempt]:
    """Open attempts a machine still asks about, whose orders were put before people."""
    flagged = models.Order.objects.exclude(needs_staff="")
    of_order = Exists(flagged.filter(id=OuterRef("order")))
    of_tender = Exists(flagged.filter(purchase=OuterRef("tender__purchase")))
    return models.Attempt.objects.filter(outcome="", look_at__isnull=False).filter(of_order | of_tender)


def owed() -> QuerySet[models.Refund]:
    return models.Refund.objects.filter(state="owed")


def incidents() -> QuerySet[models.Incident]:
    return models.Incident.objects.filter(closed_at=None).exclude(kind__in=ELSEWHERE)


def things_waiting() -> int:
    return by_hand().count() + unsure().count() + owed().count() + incidents().count()


@dataclass(frozen=True, slots=True)
class Day:
    orders: dict[str, int]  # made in this span, by the state they are in now
    taken: list[Money]  # paid in
    given_back: list[Money]
    delivered: int


def day(since: datetime, until: datetime) -> Day:
    made = models.Order.objects.filter(id__gte=ids.least(since), id__lt=ids.least(until))
    states = dict(made.values_list("state").annotate(how_many=Count("id")).order_by())
    # A tender is paid within days of its purchase: two weeks of ids are enough to look through, and no more.
    early = ids.least(since - 14 * (until - since))
    paid = models.Tender.objects.filter(id__gte=early, paid_at__gte=since, paid_at__lt=until).exclude(method__in=["credit", "account"])
    back = models.Refund.objects.filter(state="done", id__gte=early, done_at__gte=since, done_at__lt=until)
    delivered = models.Order.objects.filter(id__gte=early, state="delivered", rest_at__gte=since, rest_at__lt=until)
    return Day(states, _sums(paid), _sums(back.exclude(tender__method__in=["credit", "account"])), delivered.count())


def _sums(rows: QuerySet) -> list[Money]:
    return [Money(minor, currency) for currency, minor in rows.values_list("currency").annotate(sum=Sum("minor")).order_by("currency")]


def open_attempt(id: str) -> models.Attempt | None:
    """With what a person needs to do it."""
    rows = models.Attempt.objects.select_related("order__carrier", "order__line", "order__plan", "purchase", "tender", "refund__tender")
    return rows.filter(id=id).first()
