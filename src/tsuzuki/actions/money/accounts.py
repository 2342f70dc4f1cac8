"""Accounts of programs: the operator's own and resellers', with their prepaid balance and commissions.

The balance is the ledger's `account:ID`, and beside it a number in the account's row, moved in the same
transaction: a purchase takes from it under the row's lock, by a conditional UPDATE. Rows of accounts are
locked all at once, in id order, before the first is changed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain, count
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from tsuzuki.actions.write import audit
from tsuzuki.actions.write.ids import mint_anywhere
from tsuzuki.core import postings
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.ledger_event import LedgerEvent
from tsuzuki.core.means import ACCOUNT, Back, ByAccount, Home, MeansRequest, Part, Reserved, Source
from tsuzuki.core.money import DIGITS, LARGEST_MINOR, Money, payable
from tsuzuki.core.plan import Kind
from tsuzuki.core.typed import one_spelling, visible
from tsuzuki.ledger import book
from tsuzuki.records import models, queries

BUYS_CREDIT = True
BRINGS_MONEY = False  # the account was topped up before
digests = None


def make(
    name: str, kind: str, actor: str, now: datetime, currency: str = "JPY", limit: int = 0
) -> models.Account:
    """`kind`: operator or reseller.

    `limit`: minor units the balance may go below zero. Refused(name_taken).
    """
    if currency not in DIGITS:
        raise Refused(Code.CURRENCY_UNKNOWN, currency=currency[:8])
    _require_bounded(limit)
    row = models.Account(
        id=mint_anywhere(now),
        name=visible(name[:80]),
        kind=kind,
        currency=currency,
        limit_minor=limit,
        made_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            audit.write(Act.ACCOUNT_MADE, _subject(row.id), actor, now, kind=kind, limit=limit)
    except IntegrityError:
        if not models.Account.objects.filter(name=row.name).exists():
            raise
        raise Refused(Code.NAME_TAKEN, name=row.name) from None
    return row


def named(name: str) -> models.Account:
    account = models.Account.objects.filter(name=name).first()
    if account is None:
        raise Refused(Code.ACCOUNT_UNKNOWN, name=name[:60])
    return account


@transaction.atomic
def set_limit(account: UUID, limit: int, actor: str, now: datetime) -> None:
    _require_bounded(limit)
    models.Account.objects.filter(id=account).update(limit_minor=limit)
    audit.write(Act.ACCOUNT_LIMIT, _subject(account), actor, now, limit=limit)


@transaction.atomic
def close(account: UUID, actor: str, now: datetime) -> None:
    """Its keys open nothing any more and it buys nothing; its balance, orders and statement stay."""
    models.Account.objects.filter(id=account, closed_at=None).update(closed_at=now)
    audit.write(Act.ACCOUNT_CLOSED, _subject(account), actor, now)


@transaction.atomic(durable=True)
def top_up(account: UUID, amount: Money, reference: str, actor: str, now: datetime) -> bool:
    """Money of a reseller came in by bank.

    The same reference again, in any width, changes nothing (False); Refused(reference_reused) with another
    amount.
    """
    row = models.Account.objects.select_for_update(no_key=True).get(id=account)
    _same_currency(row, amount)
    reference = one_spelling(reference)
    if not reference:
        raise Refused(Code.REFERENCE_MISSING)
    moved = postings.topped_up(account, payable(amount.minor, amount.currency))
    try:
        new = book.post({LedgerEvent.account_topped_up(account, reference): moved}, now)
    except book.EventReused:
        raise Refused(Code.REFERENCE_REUSED, reference=reference) from None
    if not new:
        return False
    _add({account: amount.minor})
    facts = {"amount": str(amount), "reference": reference[:120]}
    audit.write(Act.ACCOUNT_TOPPED_UP, _subject(account), actor, now, **facts)
    return True


@transaction.atomic
def set_commission(
    account: UUID, plan: models.Plan | None, basis_points: int, fixed: int, actor: str, now: datetime
) -> None:
    """What a reseller earns of each delivery from now on.

    `plan` None: of every plan without a line of its own.
    """
    if not (0 <= basis_points <= 10_000 and fixed >= 0):
        raise Refused(Code.AMOUNT_MALFORMED, amount=f"{basis_points} bp, {fixed}")
    _require_bounded(fixed)
    models.Commission.objects.update_or_create(
        account_id=account, plan=plan, defaults={"basis_points": basis_points, "fixed_minor": fixed}
    )
    facts = {"plan": plan.code if plan else "", "basis_points": basis_points, "fixed": fixed}
    audit.write(Act.COMMISSION, _subject(account), actor, now, **facts)


def _require_bounded(minor: int) -> None:
    if minor < 0:
        raise Refused(Code.AMOUNT_MALFORMED, amount=str(minor))
    if minor > LARGEST_MINOR:
        raise Refused(Code.AMOUNT_TOO_LARGE, amount=minor)


_LOCK = """
SELECT id FROM records_account a
WHERE id = ANY(%(back)s) OR id = ANY(%(earned)s)
  AND EXISTS (SELECT 1 FROM records_commission c WHERE c.account_id = a.id)
ORDER BY id FOR NO KEY UPDATE
"""


def lock(delivered: Sequence[models.Order], back: Sequence[models.Order]) -> None:
    """Those that earn a commission, and those whose money may come back. Costs nothing where no program
    bought.
    """
    ids = {"earned": [*_accounts(delivered)], "back": [*_accounts(back)]}
    if ids["earned"] or ids["back"]:
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, ids)


def _accounts(orders: Iterable[models.Order]) -> set[UUID]:
    return {account for order in orders if (account := order.purchase.account_id) is not None}


def reserve(wishes: Sequence[MeansRequest], now: datetime) -> list[Reserved | Refused]:
    """The balances of the buyers, with their limits."""
    ids = {account for wish in wishes if (account := wish.buyer.account_id) is not None}
    rows = queries.read_by_id(models.Account, ids, "FOR NO KEY UPDATE")
    sources = {
        id: Source(id, postings.account(id), row.balance_minor + row.limit_minor) for id, row in rows.items()
    }
    results: list[Reserved | Refused] = []
    for wish in wishes:
        row = rows.get(wish.buyer.account_id)
        if row is None:
            results.append(Refused(Code.METHOD_UNKNOWN, method=ACCOUNT))
        else:
            why = _why_not(row, wish.amount)
            results.append(why or Reserved([sources[row.id]], Code.BALANCE_SHORT))
    return results


def _why_not(row: models.Account, amount: Money) -> Refused | None:
    if row.closed_at is not None:
        return Refused(Code.ACCOUNT_CLOSED)
    if row.currency != amount.currency:
        return Refused(Code.CURRENCY_MISMATCH, expected=row.currency, got=amount.currency)
    missing = amount.minor - row.balance_minor - row.limit_minor
    return Refused(Code.BALANCE_SHORT, missing=str(Money(missing, row.currency))) if missing > 0 else None


def settle(taken: Mapping[UUID, Sequence[Part]]) -> None:
    """One conditional UPDATE for each account, so that no balance goes below its limit."""
    minors: dict[UUID, int] = defaultdict(int)
    for part in chain.from_iterable(taken.values()):
        minors[part.record] += part.amount.minor
    for id, minor in sorted(minors.items()):
        enough = models.Account.objects.filter(id=id, balance_minor__gte=minor - F("limit_minor"))
        if not enough.update(balance_minor=F("balance_minor") - minor):
            raise Refused(Code.BALANCE_SHORT)


def release(backs: Sequence[Back], now: datetime) -> list[ByAccount]:
    """To the balances it came from."""
    changes: dict[UUID, int] = defaultdict(int)
    moved: list[ByAccount] = []
    for back in backs:
        assert back.account is not None, f"tender {back.tender} was never paid by an account"
        changes[back.account] += back.amount.minor
        moved.append([(postings.account(back.account), back.amount)])
    _add(changes)
    return moved


def refund(backs: Sequence[Back], now: datetime) -> list[Home]:
    return [Home(parts) for parts in release(backs, now)]


def commission(orders: Sequence[tuple[UUID, models.Order]], now: datetime) -> None:
    """Delivered: each order's reseller earns what is agreed for its plan."""
    ids = {account for account, _ in orders}
    rows = models.Commission.objects.filter(account__in=ids, account__kind="reseller").select_related(
        "account"
    )
    agreed = {(row.account_id, row.plan_id): row for row in rows}
    if not agreed:
        return
    plans = dict(
        models.Plan.objects.filter(id__in={order.plan_id for _, order in orders}).values_list("id", "code")
    )
    posted, earned = {}, dict.fromkeys(ids, 0)
    for account, order in orders:
        row = agreed.get((account, order.plan_id)) or agreed.get((account, None))
        minor = _share(row, order) if row else 0
        if minor:
            amount = Money(minor, order.currency)
            posted[LedgerEvent.order_commission(order.id)] = postings.commission(
                account, plans[order.plan_id], amount
            )
            earned[account] += minor
    book.post(posted, now)
    _add(earned)


def _share(row: models.Commission, order: models.Order) -> int:
    """Rounded down, never more than the sale earned.

    What is sold in another currency earns nothing, nor does credit: it is earned with what the credit buys.
    """
    if row.account.currency != order.currency or order.kind == Kind.CREDIT:
        return 0
    return max(0, min(_earned(order), order.minor * row.basis_points // 10_000 + row.fixed_minor))


def _earned(order: models.Order) -> int:
    return order.minor - order.tax_minor - order.cost_minor


def take_back_commission(orders: Sequence[tuple[UUID, models.Order]], now: datetime) -> None:
    """Deliveries were undone: exactly what they had earned is taken back."""
    _bring_commission([(account, order, 0) for account, order in orders], now)


def cap_commission(orders: Sequence[tuple[models.Order, int]], now: datetime) -> None:
    """So much of the money of delivered orders is disputed or lost: of what each earned stays no more than
    the sale still earns.
    """
    bought = [
        (account, order, gone) for order, gone in orders if (account := order.purchase.account_id) is not None
    ]
    _bring_commission(
        [(account, order, max(0, _earned(order) - gone)) for account, order, gone in bought], now
    )


def _bring_commission(orders: Sequence[tuple[UUID, models.Order, int]], now: datetime) -> None:
    """What was earned at delivery, but no more than so much.

    The difference to what is posted so far is an event of its own.
    """
    posted, changes = {}, dict.fromkeys({account for account, _, _ in orders}, 0)
    for account, order, most in orders:
        parts = _commission_so_far(order)
        if not parts:
            continue
        change = min(parts[0], most) - sum(parts)
        if change:
            event = LedgerEvent.order_commission(order.id, len(parts) + 1)
            amount = Money(change, order.currency)
            posted[event] = postings.commission(account, order.plan.code, amount)
            changes[account] += change
    book.post(posted, now)
    _add(changes)


def _commission_so_far(order: models.Order) -> list[int]:
    """By event, in order: what the delivery earned, then each change."""
    parts: list[int] = []
    for number in count(1):
        moved = book.postings_of(LedgerEvent.order_commission(order.id, number))
        if not moved:
            return parts
        parts.append(
            sum(
                posting.amount.minor if posting.source.startswith("commission:") else -posting.amount.minor
                for posting in moved
            )
        )
    raise AssertionError("unreachable")


def _add(changes: Mapping[UUID, int]) -> None:
    for id, minor in sorted(changes.items()):
        if minor:
            models.Account.objects.filter(id=id).update(balance_minor=F("balance_minor") + minor)


def _same_currency(row: models.Account, amount: Money) -> None:
    if row.currency != amount.currency:
        raise Refused(Code.CURRENCY_MISMATCH, expected=row.currency, got=amount.currency)


def _subject(account: UUID) -> AuditSubject:
    return AuditSubject(SubjectKind.ACCOUNT, account)
