"""The work list, and the totals of a day: counted from indexes that hold only open work, or within a
range of ids.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from unicodedata import normalize

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Sum, When

from tsuzuki.core import identifiers, ids
from tsuzuki.core.errors import Refused
from tsuzuki.core.means import OPENING
from tsuzuki.core.money import Money
from tsuzuki.core.order import State
from tsuzuki.core.principal import PrincipalKind
from tsuzuki.core.states import IncidentKind, ProviderStatus, RefundState

from . import models

# Incidents whose matter stands in the work list in its own right;
# they close by themselves when it is answered.
ELSEWHERE = (
    IncidentKind.REFUND_OWED,
    IncidentKind.OVERDUE,
    IncidentKind.DELIVERY_UNSURE,
    IncidentKind.PAYMENT_UNSURE,
    IncidentKind.PAYMENT_OTHER_AMOUNT,
)


# Those about money that went the wrong way come first.
MONEY = (
    IncidentKind.BOOKS_DO_NOT_HOLD,
    IncidentKind.MONEY_REVERSED,
    IncidentKind.OTHER_AMOUNT,
    IncidentKind.REFUND_UNSURE,
    IncidentKind.REFUNDED_TWICE,
    IncidentKind.REFUND_ASKED,
    IncidentKind.VOUCHER_NOT_DELIVERED,
)


def by_hand() -> QuerySet[models.Attempt]:
    """Open attempts nobody will look up: staff do them in the upstream's portal,
    or beyond what a machine can find out.
    """
    return models.Attempt.objects.filter(outcome="", look_at=None).exclude(UNPAID)


def unpaid() -> QuerySet[models.Attempt]:
    """Orders that wait for cash or a transfer: anybody can make as many as he likes,
    so they stand on a list of their own.
    """
    return models.Attempt.objects.filter(UNPAID, outcome="", look_at=None)


UNPAID = Q(step="pay", standing=ProviderStatus.WAITING)


def unsure() -> QuerySet[models.Attempt]:
    """Open attempts a machine still asks about, whose orders were put before people."""
    flagged = models.Order.objects.exclude(needs_staff="")
    of_order = Exists(flagged.filter(id=OuterRef("order")))
    of_tender = Exists(flagged.filter(purchase=OuterRef("tender__purchase")))
    return models.Attempt.objects.filter(outcome="", look_at__isnull=False).filter(of_order | of_tender)


def owed() -> QuerySet[models.Refund]:
    return models.Refund.objects.filter(state=RefundState.OWED)


def incidents() -> QuerySet[models.Incident]:
    return models.Incident.objects.filter(closed_at=None).exclude(kind__in=ELSEWHERE)


class WorkList(StrEnum):
    """The lists of what waits for people, in the order in which they matter.

    What is paid for comes before what is not.
    """

    BY_HAND = "by_hand"
    UNSURE = "unsure"
    OWED = "owed"
    INCIDENTS = "incidents"
    UNPAID = "unpaid"


PAID = (WorkList.BY_HAND, WorkList.UNSURE, WorkList.OWED, WorkList.INCIDENTS)
_ROWS: dict[WorkList, Callable[[], QuerySet]] = {
    WorkList.BY_HAND: by_hand,
    WorkList.UNSURE: unsure,
    WorkList.OWED: owed,
    WorkList.INCIDENTS: incidents,
    WorkList.UNPAID: unpaid,
}
_RELATED = {WorkList.OWED: ("purchase", "tender"), WorkList.INCIDENTS: ("order__purchase",)}
# The most urgent first, so that what is due does not lie behind what is not. The id makes pages of it exact.
_URGENT = {
    WorkList.BY_HAND: (F("order__refund_by").asc(nulls_last=True), "opened_at", "id"),
    WorkList.UNSURE: (F("order__refund_by").asc(nulls_last=True), "opened_at", "id"),
    WorkList.OWED: ("begun_at", "id"),
    WorkList.INCIDENTS: (Case(When(kind__in=MONEY, then=0), default=1), "opened_at", "id"),
    WorkList.UNPAID: ("purchase__pay_by", "opened_at", "id"),
}
_NEWEST = {work_list: "-begun_at" if work_list is WorkList.OWED else "-opened_at" for work_list in WorkList}


def listed(
    which: WorkList, term: str = "", carrier: str = "", newest: bool = False, masked: bool = False
) -> QuerySet:
    """All of a list, in order; narrowed to a carrier, and to a code, a number (its last digits will do) or a
    reference. `masked`: for who sees of a number its last four digits, and would learn the others by trying
    one more and one more.
    """
    rows = _ROWS[which]().select_related(*_RELATED.get(which, ("order__line", "purchase")))
    if carrier:
        rows = rows.filter(_of_carrier(which, carrier))
    if term := normalize("NFKC", term).replace("\0", "").strip()[:120]:
        rows = rows.filter(_matches(which, term, masked))
    return rows.order_by(_NEWEST[which], "-id") if newest else rows.order_by(*_URGENT[which])


def _of_carrier(which: WorkList, carrier: str) -> Q:
    if which is WorkList.INCIDENTS:
        return Q(order__carrier=carrier) | Q(order=None, subject__startswith=carrier)
    orders = models.Order.objects.filter(carrier=carrier)
    return Q(order__carrier=carrier) | Q(Exists(orders.filter(purchase=OuterRef("purchase"))), order=None)


def _matches(which: WorkList, term: str, masked: bool) -> Q:
    codes = [term.upper(), f"R-{term.upper()}"]
    about = "order__purchase" if which is WorkList.INCIDENTS else "purchase"
    condition: Q = Q(**{f"{about}__code__in": codes})
    condition |= Q(subject__icontains=term) if which is WorkList.INCIDENTS else Q(reference=term)
    if which not in (WorkList.INCIDENTS, WorkList.OWED):
        condition |= Q(key=term.lower())
    if number := _number(term, masked):
        lines = models.Order.objects.filter(number)
        condition |= (
            Q(order__in=lines)
            if which is WorkList.INCIDENTS
            else Q(Exists(lines.filter(purchase=OuterRef("purchase"))))
        )
    return condition


# Of a number: its end, which masks leave readable; with the 0 it is dialled with at home.
FEWEST_DIGITS, NATIONAL = 4, 10


def is_number(term: str) -> bool:
    """Whether more of a number is looked for than everybody sees of it."""
    return len(_digits(term)) > FEWEST_DIGITS


def _digits(term: str) -> str:
    """Of what may be a number, or the end of one; else none."""
    term = normalize("NFKC", term)
    return "" if term.strip("0123456789+-() ") else "".join(filter(str.isdecimal, term))


def _number(term: str, masked: bool) -> Q | None:
    digits = _digits(term)
    if len(digits) < FEWEST_DIGITS:
        return None
    if masked and is_number(term):
        try:
            return Q(line__numbers__msisdn=identifiers.msisdn(term))
        except Refused:
            return None
    return Q(line__numbers__msisdn__endswith=digits.removeprefix("0") if len(digits) >= NATIONAL else digits)


def counts() -> dict[WorkList, int]:
    return {which: rows().count() for which, rows in _ROWS.items()}


def things_waiting() -> int:
    """What is paid for, or wrong. Who only said that they will pay calls nobody."""
    return sum(_ROWS[which]().count() for which in PAID)


@dataclass(frozen=True, slots=True)
class DayTotals:
    orders: dict[str, int]  # made in this span, by the state they are in now
    taken: list[Money]  # paid in
    given_back: list[Money]
    delivered: int


def day(since: datetime, until: datetime, within: Collection[str]) -> DayTotals:
    """`within`: our own means of payment by which no money comes in or goes out, as credit: it did before."""
    made = models.Order.objects.filter(id__gte=ids.least(since), id__lt=ids.least(until)).exclude(
        purchase__buyer_kind=PrincipalKind.IMPORT
    )
    states = dict(made.values_list("state").annotate(how_many=Count("id")).order_by())
    # A tender is paid within days of its purchase: two weeks of ids are enough to look through, and no more.
    early = ids.least(since - 14 * (until - since))
    paid = models.Tender.objects.filter(id__gte=early, paid_at__gte=since, paid_at__lt=until)
    paid = paid.exclude(gateway="", method__in=[*within, OPENING])
    back = models.Refund.objects.filter(
        state=RefundState.DONE, id__gte=early, done_at__gte=since, done_at__lt=until
    )
    delivered = models.Order.objects.filter(
        id__gte=early, state=State.DELIVERED, rest_at__gte=since, rest_at__lt=until
    )
    delivered = delivered.exclude(purchase__buyer_kind=PrincipalKind.IMPORT)
    back = back.exclude(tender__gateway="", tender__method__in=within)
    return DayTotals(states, _sums(paid), _sums(back), delivered.count())


def _sums(rows: QuerySet) -> list[Money]:
    return [
        Money(minor, currency)
        for currency, minor in rows.values_list("currency").annotate(sum=Sum("minor")).order_by("currency")
    ]


def open_attempt(id: str) -> models.Attempt | None:
    """With what a person needs to do it."""
    rows = models.Attempt.objects.select_related(
        "order__carrier", "order__line", "order__plan", "purchase", "tender", "refund__tender"
    )
    return rows.filter(id=id).first()
