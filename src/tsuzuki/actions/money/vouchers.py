"""Voucher batches and their one redemption. Only a keyed hash of the digits is stored."""

import secrets
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from tsuzuki.actions.write import audit
from tsuzuki.actions.write.ids import mint_anywhere
from tsuzuki.core.audit import Act, Subject, SubjectKind
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.identifiers import voucher_code, voucher_from
from tsuzuki.core.money import Money, payable
from tsuzuki.core.voucher import VALID_FOR, credit_until
from tsuzuki.records import models

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


def lock(codes: Collection[str]) -> None:
    """All a transaction will look at, at once and in id order: two buyers who name the same two the other way
    round wait in one line.
    """
    named: set[str] = set()
    for code in codes:
        with suppress(Refused):  # `find` says what is wrong with it
            named.update(digests(code).values())
    list(
        models.Voucher.objects.select_for_update(no_key=True)
        .filter(digest__in=named)
        .order_by("id")
        .values_list("id")
    )


def find(code: str, amount: Money, now: datetime) -> models.Voucher:
    """The voucher of these digits, locked; Refused unless it can pay exactly this amount.

    It stays ours until the transaction ends.
    """
    rows = models.Voucher.objects.select_related("batch").select_for_update(of=("self",), no_key=True)
    voucher = rows.filter(digest__in=digests(code).values()).first()
    if voucher is None:
        raise Refused(Code.VOUCHER_UNKNOWN)
    if voucher.tender_id is not None:
        raise Refused(Code.VOUCHER_USED)
    if voucher.disabled_at is not None or voucher.batch.expires_at <= now:
        raise Refused(Code.VOUCHER_EXPIRED)
    worth = Money(voucher.batch.minor, voucher.batch.currency)
    if worth.currency != amount.currency:
        raise Refused(Code.CURRENCY_MISMATCH, expected=amount.currency, got=worth.currency)
    if worth != amount:
        raise Refused(Code.TENDERS_DO_NOT_COVER, missing=str(amount))
    return voucher


def redeem(voucher: models.Voucher, tender: models.Tender) -> None:
    """Spend it: one conditional UPDATE decides who redeems it."""
    if not models.Voucher.objects.filter(id=voucher.id, tender=None, disabled_at=None).update(tender=tender):
        raise Refused(Code.VOUCHER_USED)


def credit_ends(purchases: Collection[UUID]) -> dict[UUID, datetime]:
    """By purchase that was paid by vouchers, if only in part: when credit bought with
    it ends at the latest.
    """
    rows = models.Voucher.objects.filter(tender__purchase__in=purchases).order_by("-batch__made_at")
    return {
        purchase: credit_until(made_at)
        for purchase, made_at in rows.values_list("tender__purchase", "batch__made_at")
    }


def release(tender: models.Tender) -> None:
    """The purchase came to nothing before it was paid in full: the same voucher can be used again."""
    models.Voucher.objects.filter(tender=tender).update(tender=None)


def _subject(batch: UUID) -> Subject:
    return Subject(SubjectKind.VOUCHERS, batch)
