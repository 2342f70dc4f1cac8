"""Reads that actions and faces share."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import F, Model, Prefetch, Q, QuerySet

from tsuzuki import decode
from tsuzuki.core import identifiers
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.brand import Brand
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.ids import spoken_code_from
from tsuzuki.core.money import Money
from tsuzuki.core.order import DisputeState, State
from tsuzuki.core.period import BasePeriod
from tsuzuki.core.plan import Allowance, Kind, PlanDefinition, Price, Terms
from tsuzuki.core.principal import Principal
from tsuzuki.core.quote import QuoteContent, QuoteItem
from tsuzuki.core.states import NO_CLAIM, HoldingState, RefundState
from tsuzuki.core.tax import TaxRule
from tsuzuki.core.usage import UsableLot, UsagePeriod

from . import models

Row = TypeVar("Row", bound=Model)


@cache
def columns(model: type[Model], alias: str) -> str:
    """All columns of a table, by name: a prepared statement that says `*` fails once another version's
    migration has added one.
    """
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


def read(model: type[Row], ids: Collection[object], lock: str = "", by: str = "") -> list[Row]:
    """Rows by their key (or the column `by`), in the order of their key.

    Plain SQL: on the road Django's building of such a query costs more than the query.
    """
    key, table = model._meta.pk.column, model._meta.db_table
    where = f"{by or key} = ANY(%s) ORDER BY {key} {lock}"
    sql = f"SELECT {columns(model, 't')} FROM {table} t WHERE {where}"  # noqa: S608 (all are our words)
    return list(model._default_manager.raw(sql, [list(ids)])) if ids else []


def read_by_id(model: type[Row], ids: Collection[object], lock: str = "") -> dict[Any, Row]:
    return {row.pk: row for row in read(model, ids, lock)}


def line_by_number(text: str, now: datetime) -> models.Line:
    """The open line that has this number, however it was typed; Refused where there is none."""
    msisdn = identifiers.msisdn(text)
    number = models.Number.objects.select_related("line__carrier").filter(msisdn=msisdn, until=None).first()
    if number is None:
        raise Refused(Code.NUMBER_UNKNOWN, number=identifiers.mask_msisdn(msisdn))
    return number.line


def line_by_iccid(text: str) -> models.Line:
    iccid = identifiers.iccid(text).digits
    sim = models.Sim.objects.select_related("line__carrier").filter(iccid=iccid, until=None).first()
    if sim is None:
        raise Refused(Code.NUMBER_UNKNOWN, number=identifiers.mask_iccid(iccid))
    return sim.line


CURRENT_OR_LAST = Q(until=None) | Q(until=F("line__closed_at"))


def numbers_of(lines: Collection[UUID]) -> dict[UUID, str]:
    """The number each line has; of a closed one, the number it had when it was closed."""
    return dict(models.Number.objects.filter(CURRENT_OR_LAST, line__in=lines).values_list("line", "msisdn"))


def is_shared(order: models.Order) -> bool:
    """Whether its purchase is of other lines too."""
    return models.Order.objects.filter(purchase=order.purchase_id).exclude(line=order.line_id).exists()


def newest_refund_of(refund: models.Refund) -> models.Refund:
    """What stands for its money now: where one does not arrive, another one follows it."""
    same = models.Refund.objects.filter(tender=refund.tender_id, order=refund.order_id)
    return same.exclude(state__in=NO_CLAIM).order_by("part").last() or refund


def iccids_of(lines: Collection[UUID]) -> dict[UUID, str]:
    """The same for SIMs."""
    return dict(models.Sim.objects.filter(CURRENT_OR_LAST, line__in=lines).values_list("line", "iccid"))


_CHAINS = """
SELECT line_id, starts_at, ends_at, anchor_day FROM records_period
WHERE line_id = ANY(%s::uuid[]) AND state = 'confirmed' AND ends_at > %s AND starts_at < ends_at
ORDER BY starts_at
"""


def chains_of(lines: Collection[UUID], now: datetime) -> dict[UUID, list[BasePeriod]]:
    """Confirmed base periods of each line that end after `now`, in order."""
    chains: dict[UUID, list[BasePeriod]] = {line: [] for line in lines}
    with connection.cursor() as cursor:
        cursor.execute(_CHAINS, [list(lines), now])
        for line, starts_at, ends_at, anchor in cursor.fetchall():
            chains[line].append(BasePeriod(starts_at, ends_at, anchor))
    return chains


def plan_value(plan: models.Plan) -> PlanDefinition:
    return PlanDefinition(
        id=str(plan.id),
        code=plan.code,
        kind=Kind(plan.kind),
        names=plan.names,
        carrier=plan.carrier_id,
        technology=plan.technology,
        terms=decode.convert(plan.terms, Terms),
        allowances=decode.convert(plan.allowances, tuple[Allowance, ...]),
    )


def plans_by_code(codes: Iterable[str]) -> dict[str, models.Plan]:
    return {plan.code: plan for plan in read(models.Plan, set(codes), by="code")}


_PRICES = """
SELECT DISTINCT ON (plan_id) plan_id, minor, cost_minor, tax FROM records_planprice
WHERE plan_id = ANY(%s::uuid[]) AND currency = %s AND since <= %s ORDER BY plan_id, since DESC
"""


def prices_of(plans: Collection[UUID], currency: str, now: datetime) -> dict[UUID, Price]:
    """The price in force at `now` of each plan that has one in this currency."""
    with connection.cursor() as cursor:
        cursor.execute(_PRICES, [list(plans), currency, now])
        return {
            plan: Price(Money(minor, currency), Money(cost, currency), TaxRule(tax))
            for plan, minor, cost, tax in cursor.fetchall()
        }


def plans_for(line: models.Line, currency: str, now: datetime) -> list[tuple[PlanDefinition, Price]]:
    """What can be bought for a line, with the price in force; the cheapest of each kind first."""
    rows = models.Plan.objects.filter(
        Q(carrier=None) | Q(carrier=line.carrier_id), Q(retired_at=None) | Q(retired_at__gt=now)
    )
    if line.technology != "5g":
        rows = rows.exclude(technology="5g")
    plans = list(rows)
    prices = prices_of([plan.id for plan in plans], currency, now)
    sold = [(plan_value(plan), prices[plan.id]) for plan in plans if plan.id in prices]
    return sorted(sold, key=lambda pair: (list(Kind).index(pair[0].kind), pair[1].amount.minor, pair[0].code))


def least_price_of_a_plan(currency: str, now: datetime) -> Money | None:
    """Of all plans that are sold now; None where none is."""
    sold = models.Plan.objects.filter(Q(retired_at=None) | Q(retired_at__gt=now), kind=Kind.PLAN).values_list(
        "id", flat=True
    )
    prices = prices_of(list(sold), currency, now).values()
    return min((price.amount for price in prices), key=lambda amount: amount.minor, default=None)


def last_plan_of(line: UUID) -> str | None:
    """The code of the plan this line was renewed with last."""
    orders = models.Order.objects.filter(line=line, kind=Kind.PLAN, state=State.DELIVERED).order_by(
        "-made_at"
    )
    return orders.values_list("plan__code", flat=True).first()


def quote_value(quote: models.Quote) -> QuoteContent:
    return decode.convert(quote.content, QuoteContent)


_ITEMS = """
SELECT o.id, q.content->'items'->o.position FROM records_order o
JOIN records_purchase p ON p.id = o.purchase_id
JOIN records_quote q ON q.id = p.quote_id WHERE o.id = ANY(%s::uuid[])
"""


def items_of(orders: Sequence[models.Order]) -> dict[UUID, QuoteItem]:
    """What each order froze in its quote, by order id."""
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, [[order.id for order in orders]])
        return {id: decode.from_json(item, QuoteItem) for id, item in cursor.fetchall()}


def lots_usable(line: UUID, good: str, at: datetime) -> QuerySet[models.Lot]:
    """What can be used at an instant, the earliest to end first."""
    lots = models.Lot.objects.filter(
        line=line, good=good, state=HoldingState.CONFIRMED, starts_at__lte=at, ends_at__gt=at
    )
    return lots.order_by("ends_at", "id")


class NumberSpan(NamedTuple):
    line: UUID
    since: datetime
    until: datetime | None


_SPANS = "SELECT msisdn, line_id, since, until FROM records_number WHERE msisdn = ANY(%s) ORDER BY id"


def spans_of(msisdns: Collection[str]) -> dict[str, list[NumberSpan]]:
    """The lines each number was on, and when."""
    spans: dict[str, list[NumberSpan]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SPANS, [list(msisdns)])
        for msisdn, *span in cursor.fetchall():
            spans.setdefault(msisdn, []).append(NumberSpan(*span))
    return spans


def numbers_known(msisdns: Collection[str]) -> set[str]:
    """Those that are or were on a line of ours, written as they are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT msisdn FROM records_number WHERE msisdn = ANY(%s)", [list(msisdns)])
        return {msisdn for (msisdn,) in cursor.fetchall()}


# One that had begun by itself, and was cut since, waits no more.
_TO_BEGIN = """
SELECT p.line_id, p.id, p.starts_at, p.ends_at,
  p.awaits <> '' AND p.was_until IS NULL AND p.served IS NULL, o.rest_at
FROM records_period p JOIN records_order o ON o.id = p.order_id
WHERE p.state = 'confirmed' AND p.ends_at > %(at)s AND p.line_id IN (
  SELECT line_id FROM records_period
  WHERE line_id = ANY(%(lines)s) AND state = 'confirmed' AND starts_at > %(at)s
    AND awaits <> '' AND was_until IS NULL AND served IS NULL)
ORDER BY p.starts_at
"""


def periods_to_begin(lines: Collection[UUID], at: datetime) -> dict[UUID, Sequence[UsagePeriod]]:
    """Of lines with a period that waits for its first use, at `at` or later: all that end after it.

    One that began by itself and was cut since waits for nothing.
    """
    periods: dict[UUID, list[UsagePeriod]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TO_BEGIN, {"lines": list(lines), "at": at})
        for line, *period in cursor.fetchall():
            periods.setdefault(line, []).append(UsagePeriod(*period))
    return dict(periods)


_TO_BURN = """
SELECT line_id, good, id, starts_at, ends_at, remaining FROM records_lot
WHERE line_id = ANY(%s) AND good <> 'credit' AND state = 'confirmed' AND starts_at <= %s AND ends_at > %s
  AND (remaining IS NULL OR remaining > 0) ORDER BY ends_at, id
"""


def lots_to_burn(
    lines: Collection[UUID], first: datetime, last: datetime
) -> tuple[dict[tuple[UUID, str], list[UsableLot]], dict[UUID, int | None]]:
    """What these lines can use between two instants, by line and good, the earliest to end first.

    And what is left of each lot.
    """
    lots: dict[tuple[UUID, str], list[UsableLot]] = {}
    left: dict[UUID, int | None] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TO_BURN, [list(lines), last, first])
        for line, good, id, starts_at, ends_at, remaining in cursor.fetchall():
            lots.setdefault((line, good), []).append(UsableLot(id, starts_at, ends_at))
            left[id] = remaining
    return lots, left


def credit_of(line: UUID, currency: str, at: datetime) -> Money:
    remaining = lots_usable(line, "credit", at).filter(currency=currency).values_list("remaining", flat=True)
    return Money(sum(value or 0 for value in remaining), currency)


def purchase_by_id_or_code(text: str, number: str | None = None) -> models.Purchase:
    """By purchase id, order id or token; by spoken code only together with a number of the purchase."""
    try:
        id = UUID(text)
        condition = Q(id__in=[id, *models.Order.objects.filter(id=id).values_list("purchase", flat=True)])
    except ValueError:
        condition = Q(token=text)
        if number is not None:
            condition |= Q(
                code=spoken_code_from(text), orders__line__numbers__msisdn=identifiers.msisdn(number)
            )
    purchase = full_purchases().filter(condition).first()
    if purchase is None:
        raise Refused(Code.ORDER_UNKNOWN, id=text[:40])
    return purchase


def purchase_of(buyer: Principal, key: str) -> models.Purchase | None:
    """What this buyer bought under this key."""
    return models.Purchase.objects.filter(buyer_kind=buyer.kind, buyer_id=buyer.id, key=key).first()


def purchase_by_code(code: str, number: str) -> models.Purchase:
    """The newest of this spoken code with this number.

    One answer whether code, number or their meeting is wrong.
    """
    rows = models.Purchase.objects.filter(
        code=spoken_code_from(code), orders__line__numbers__msisdn=identifiers.msisdn(number)
    )
    purchase = rows.order_by("-made_at").first()
    if purchase is None:
        raise Refused(Code.ORDER_UNKNOWN)
    return purchase


def full_purchases() -> QuerySet[models.Purchase]:
    """With everything a status page or a command shows."""
    orders = (
        models.Order.objects.select_related("period", "plan", "line")
        .prefetch_related("attempts", "lots", "refunds")
        .order_by("position")
    )
    tenders = models.Tender.objects.prefetch_related("attempts", "disputes").order_by("position")
    return models.Purchase.objects.select_related("quote").prefetch_related(
        Prefetch("orders", orders), Prefetch("tenders", tenders)
    )


def attempt_of(subject: models.Order | models.Tender) -> models.Attempt | None:
    """The attempt that speaks for it: the open one, else the one that was closed last."""
    attempts = list(subject.attempts.all())
    return max(
        attempts,
        key=lambda attempt: (not attempt.outcome, attempt.closed_at or attempt.opened_at),
        default=None,
    )


def state_to_tell(order: models.Order, purchase: models.Purchase) -> str:
    """The state people read: as long as a dispute is undecided, "disputed" for what
    only its end makes final.
    """
    undecided = any(
        dispute.state == DisputeState.OPEN
        for tender in purchase.tenders.all()
        for dispute in tender.disputes.all()
    )
    held = order.state == State.REFUNDING and any(
        refund.state == RefundState.CONTESTED for refund in order.refunds.all()
    )
    return "disputed" if undecided and (order.state == State.REVERSED or held) else order.state


def brand() -> Brand:
    """What the operator says of itself; before anything was said, the name alone."""
    row = None if settings.GUIDE_ALONE else models.Operator.objects.filter(id=1).first()
    return decode.convert(row.brand, Brand) if row else Brand(settings.BRAND)


def gross_since() -> datetime | None:
    """The cutover: revenue earned before it was net of the carrier's share. None: all of it is gross."""
    return (
        models.AuditEntry.objects.filter(act=Act.GROSS_CUTOVER)
        .order_by("id")
        .values_list("at", flat=True)
        .first()
    )


def audit_entries(about: Collection[AuditSubject]) -> QuerySet[models.AuditEntry]:
    """What was done to these.

    An entry that an older program wrote beside this one has its subject as text alone.
    """
    ids: dict[SubjectKind, list[str]] = {}
    for subject in about:
        ids.setdefault(subject.kind, []).append(str(subject.id))
    condition = Q(subject_kind="", subject__in=[str(subject) for subject in about])
    for kind, those in ids.items():
        condition |= Q(subject_kind=kind, subject_id__in=those)
    return models.AuditEntry.objects.filter(condition)
