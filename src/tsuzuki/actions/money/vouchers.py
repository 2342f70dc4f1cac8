"""Voucher batches and their one redemption. Only a keyed hash of the digits is stored."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from tsuzuki.actions.write import audit
from tsuzuki.actions.write.ids import mint_anywhere
from tsuzuki.core import postings
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.identifiers import voucher_code, voucher_from
from tsuzuki.core.means import VOUCHER, Back, ByAccount, Home, MeansRequest, Part, Reserved, Source
from tsuzuki.core.money import Money, payable
from tsuzuki.core.voucher import VALID_FOR, credit_until
from tsuzuki.records import models

BUYS_CREDIT = True
BRINGS_MONEY = True  # its seller holds it for us
MOST = 100_000


def digests(code: str) -> dict[str, str]:
    """The stored form of the 16 digits, by the secret it may have been made with:
    without that a stolen table opens no voucher.
    """
    return settings.KEYRING.digests(f"voucher:{voucher_code(code)}")


@transaction.atomic
def make_batch(
    amount: Money,
    count: int,
    now: datetime,
    names: dict[str, str] | None = None,
    actor: str = "",
    id: UUID | None = None,
) -> tuple[models.VoucherBatch, list[str]]:
    """Make `count` vouchers of one amount.

    The codes are returned once and cannot be read back; with an `id` the same batch is not made twice:
    Refused(batch_made_already).
    """
    payable(amount.minor, amount.currency)
    if not 0 < count <= MOST:
        raise Refused(Code.AMOUNT_TOO_LARGE if count > 0 else Code.AMOUNT_NOT_POSITIVE, amount=count)
    batch = models.VoucherBatch(
        id=id or mint_anywhere(now),
        names=names or {},
        minor=amount.minor,
        currency=amount.currency,
        count=count,
        made_at=now,
        expires_at=now + VALID_FOR,
    )
    try:
        with transaction.atomic():
            batch.save(force_insert=True)
    # Now, or at this very moment by a second press, which has waited here for the first.
    except IntegrityError:
        raise Refused(Code.BATCH_MADE_ALREADY) from None
    codes: set[str] = set()
    while len(codes) < count:
        codes.add(voucher_from(f"{secrets.randbelow(10**15):015d}"))
    models.Voucher.objects.bulk_create((_voucher(batch, code) for code in codes), batch_size=5000)
    if actor:
        audit.write(Act.VOUCHERS_MADE, _subject(batch.id), actor, now, count=count, amount=str(amount))
    return batch, sorted(codes)


def _voucher(batch: models.VoucherBatch, code: str) -> models.Voucher:
    ring = settings.KEYRING
    digest = ring.digest(f"voucher:{voucher_code(code)}").hex()
    return models.Voucher(batch=batch, digest=digest, secret_id=ring.current, last_digits=code[-4:])


@transaction.atomic
def disable(batch: UUID, last_digits: str, actor: str, now: datetime) -> int:
    """Vouchers of a batch that nobody redeemed are good for nothing from now on: a lost sheet, or (with
    `last_digits`) a lost card. Returns how many. One that waits with its purchase for other money is among
    them: should the purchase come to nothing, it stays so.
    """
    free = Q(tender=None) | Q(tender__purchase__waiting=True)
    lost = models.Voucher.objects.filter(free, batch=batch, disabled_at=None)
    if last_digits:
        lost = lost.filter(last_digits=last_digits)
    count = lost.update(disabled_at=now)
    facts = {"last_digits": last_digits} if last_digits else {}
    audit.write(Act.VOUCHERS_DISABLED, _subject(batch), actor, now, count=count, **facts)
    return count


def reserve(wishes: Sequence[MeansRequest], now: datetime) -> list[Reserved | Refused]:
    """The voucher of each wish's digits, if it can pay exactly the amount.

    All are locked at once: two buyers who name the same two the other way round wait in one line.
    """
    named: list[set[str] | Refused] = []
    for wish in wishes:
        try:
            named.append(set(digests(wish.secret).values()))
        except Refused as refusal:
            named.append(refusal)
    rows = _locked({digest for entry in named if not isinstance(entry, Refused) for digest in entry})
    sources = {row.id: Source(row.id, postings.clearing(VOUCHER), row.batch.minor) for row in rows.values()}
    results: list[Reserved | Refused] = []
    for wish, entry in zip(wishes, named, strict=True):
        if isinstance(entry, Refused):
            results.append(entry)
            continue
        row = next((rows[digest] for digest in entry if digest in rows), None)
        if row is None:
            results.append(Refused(Code.VOUCHER_UNKNOWN))
        else:
            why = _why_not(row, wish.amount, now)
            results.append(why or Reserved([sources[row.id]], Code.VOUCHER_USED))
    return results


def _locked(named: Collection[str]) -> dict[str, models.Voucher]:
    rows = models.Voucher.objects.filter(digest__in=named)
    list(rows.select_for_update(no_key=True).order_by("id").values_list("id"))
    return {row.digest: row for row in rows.select_related("batch")}


def _why_not(voucher: models.Voucher, amount: Money, now: datetime) -> Refused | None:
    if voucher.tender_id is not None:
        return Refused(Code.VOUCHER_USED)
    if voucher.disabled_at is not None or voucher.batch.expires_at <= now:
        return Refused(Code.VOUCHER_EXPIRED)
    worth = Money(voucher.batch.minor, voucher.batch.currency)
    if worth.currency != amount.currency:
        return Refused(Code.CURRENCY_MISMATCH, expected=amount.currency, got=worth.currency)
    return None if worth == amount else Refused(Code.TENDERS_DO_NOT_COVER, missing=str(amount))


_REDEEM = """
UPDATE records_voucher v SET tender_id = p.tender FROM unnest(%s::bigint[], %s::uuid[]) AS p(voucher, tender)
WHERE v.id = p.voucher AND v.tender_id IS NULL AND v.disabled_at IS NULL
"""


def settle(taken: Mapping[UUID, Sequence[Part]]) -> None:
    """One conditional UPDATE decides who redeems each."""
    spent = [(part.record, tender) for tender, parts in taken.items() for part in parts]
    with connection.cursor() as cursor:
        cursor.execute(_REDEEM, [list(column) for column in zip(*spent, strict=True)])
        if cursor.rowcount != len(spent):
            raise Refused(Code.VOUCHER_USED)


def lock(delivered: Sequence[models.Order], back: Sequence[models.Order]) -> None:
    """Those that paid for `back`: released, they change, and whoever types the digits of one again locks it
    before credit and accounts.
    """
    if back:
        paid_by = models.Voucher.objects.filter(tender__purchase__in={order.purchase_id for order in back})
        list(paid_by.select_for_update(of=("self",), no_key=True).order_by("id").values_list("id"))


def release(backs: Sequence[Back], now: datetime) -> list[ByAccount]:
    """The purchase came to nothing before it was paid in full: the same voucher can be used again."""
    models.Voucher.objects.filter(tender__in=[back.tender for back in backs]).update(tender=None)
    return [[(postings.clearing(VOUCHER), back.amount)] for back in backs]


def refund(backs: Sequence[Back], now: datetime) -> list[Home]:
    """A new voucher for each, where a letter can bring it."""
    return [_new(back.amount, now) if back.has_address else Home() for back in backs]


def _new(amount: Money, now: datetime) -> Home:
    _, codes = make_batch(amount, 1, now)
    return Home([(postings.clearing(VOUCHER), amount)], "new_voucher", codes[0])


def credit_ends(purchases: Collection[UUID]) -> dict[UUID, datetime]:
    """By purchase that was paid by vouchers, if only in part: when credit bought with
    it ends at the latest.
    """
    rows = models.Voucher.objects.filter(tender__purchase__in=purchases).order_by("-batch__made_at")
    return {
        purchase: credit_until(made_at)
        for purchase, made_at in rows.values_list("tender__purchase", "batch__made_at")
    }


def _subject(batch: UUID) -> AuditSubject:
    return AuditSubject(SubjectKind.VOUCHERS, batch)
