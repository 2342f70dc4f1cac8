"""A refund that cannot go back the way it was paid: the buyer, or staff for the buyer, name the bank
account.
"""

import re
from datetime import datetime
from unicodedata import normalize
from uuid import UUID

from django.db import transaction

from tsuzuki.actions.engine.providers import why_not_by_itself
from tsuzuki.actions.engine.queue import wake
from tsuzuki.actions.money import bank_details
from tsuzuki.actions.write import audit
from tsuzuki.core import postings
from tsuzuki.core.audit import Act, AuditSubject, SubjectKind
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.keyring import Sealed
from tsuzuki.core.ledger_event import LedgerEvent
from tsuzuki.core.money import Money
from tsuzuki.core.order import Outcome, State, Step
from tsuzuki.core.states import RefundState
from tsuzuki.ledger import book
from tsuzuki.payments.port import BankDetails, RefundWay
from tsuzuki.records import models
from tsuzuki.records.available import available

from . import refund_sent
from .transitions import lock_orders, transition

LONGEST = 60
HOLDER = re.compile(r"[ァ-ヺー・A-Z0-9 ().,/-]{1,60}")  # the letters a Japanese bank takes for a name


def read(bank: str, branch: str, kind: str, number: str, holder: str) -> BankDetails:
    """As people type them: of full width or half, with spaces and hyphens.

    Refused(bank_details_malformed) names the `field` that is wrong.
    """
    typed = {
        name: " ".join(normalize("NFKC", text).split())
        for name, text in (("bank", bank), ("branch", branch), ("holder", holder))
    }
    digits = re.sub(r"[\s-]", "", normalize("NFKC", number))
    wrong = {
        "bank": not 0 < len(typed["bank"]) <= LONGEST or not typed["bank"].isprintable(),
        "branch": not 0 < len(typed["branch"]) <= LONGEST or not typed["branch"].isprintable(),
        "kind": kind not in ("ordinary", "current"),
        "number": not re.fullmatch(r"[0-9]{4,7}", digits),
        "holder": not HOLDER.fullmatch(typed["holder"].upper()),
    }
    for field, is_wrong in wrong.items():
        if is_wrong:
            raise Refused(Code.BANK_DETAILS_MALFORMED, field=field)
    return BankDetails(typed["bank"], typed["branch"], kind, digits.zfill(7), typed["holder"].upper())


@transaction.atomic(durable=True)
def give(refund_id: UUID, details: BankDetails, actor: str, now: datetime) -> None:
    """Its gateway is asked to send it there, where it can; else people do.

    Refused(refund_not_owed) if it is on its way, or there.
    """
    refund = models.Refund.objects.filter(id=refund_id).first()
    if refund is None:
        raise Refused(Code.REFUND_NOT_OWED)
    orders = lock_orders([refund.order_id] if refund.order_id else [])
    owed = (
        models.Refund.objects.select_for_update(of=("self",), no_key=True)
        .select_related("tender")
        .get(id=refund_id)
    )
    if owed.state != RefundState.OWED:
        raise Refused(Code.REFUND_NOT_OWED)
    money = available([owed.purchase_id])[owed.tender_id]
    if money.open or money.left < 0:
        raise Refused(Code.MONEY_DISPUTED, amount=str(Money(owed.minor, owed.currency)))
    if why_not_by_itself(owed.tender, now) == RefundWay.BANK_DETAILS:
        _ask_the_gateway(owed, orders, bank_details.sealed(details), now)
    else:
        models.Refund.objects.filter(id=owed.id).update(bank_details=bank_details.sealed(details))
    audit.write(Act.BANK_DETAILS, AuditSubject(SubjectKind.REFUND, owed.id), actor, now)


def _ask_the_gateway(owed: models.Refund, orders: list[models.Order], sealed: Sealed, now: datetime) -> None:
    """By a refund of its own: one attempt has one key for ever, and this one may have been refused before."""
    following = refund_sent.another(owed, owed.minor, RefundState.WAITING, now)
    moved = postings.owed_asked_again(owed.id, following.id, Money(owed.minor, owed.currency))
    book.post({LedgerEvent.refund_begun(following.id): moved}, now)
    models.Refund.objects.filter(id=following.id).update(bank_details=sealed, due_at=now)
    models.Refund.objects.filter(id=owed.id).update(state=RefundState.GIVEN_UP, bank_details=None)
    refund_sent.no_longer_owed(owed, now)
    left = models.Refund.objects.filter(order=owed.order_id, state=RefundState.OWED)
    if owed.order_id and not left.exists():
        transition(
            [order for order in orders if order.state == State.REFUND_OWED], Step.REOPEN, Outcome.DONE, now
        )
    wake(owed.purchase_id)
