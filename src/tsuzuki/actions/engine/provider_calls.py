"""For each step, which provider is asked what, and what its answer means to the engine.

Everything a question needs is in values here, so that the asking itself touches no database.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import NamedTuple
from uuid import UUID

from tsuzuki import decode
from tsuzuki.actions.engine.providers import carrier_of, gateway
from tsuzuki.actions.money import bank_details, sealed_text
from tsuzuki.carriers import port as carriers
from tsuzuki.core.audit import AuditDraft
from tsuzuki.core.money import LARGEST_MINOR, Money
from tsuzuki.core.order import TenderState
from tsuzuki.core.states import ProviderStatus as ProviderStatus
from tsuzuki.payments import port as payments
from tsuzuki.records import models, queries

from .clock import Clock
from .lane import Lane, Side


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    verdict: ProviderStatus
    reference: str = ""
    reason: str = ""
    next: Mapping[str, object] | None = None  # what the buyer is to do, as it is stored
    look_after: float = 0.0  # seconds, where that is longer than the gateway's looks are apart
    paid: Money | None = None
    reversed: bool = False  # the carrier took an earlier success back
    disputes: tuple[payments.DisputeSnapshot, ...] = ()
    saved: str = field(default="", repr=False)  # the gateway's token of a way to pay that was to be kept
    ours: bool = False  # our wallet or credential at the provider: page the operator
    owed: bool = False  # a refund that cannot go back by itself
    raw: str = ""
    entry: AuditDraft | None = None  # a person answered: this goes into the audit log with the answer

    def __post_init__(self) -> None:
        """Their words go into the database as they came, but for letters it has no room for: they must not
        keep an attempt open.
        """
        for name in ("reference", "reason", "raw"):
            text = getattr(self, name)
            if text and ("\0" in text or not text.isprintable()):
                object.__setattr__(self, name, _storable(text))
        if self.next:
            object.__setattr__(self, "next", _all_storable(self.next))
        if any(not dispute.id.isprintable() for dispute in self.disputes):
            object.__setattr__(
                self,
                "disputes",
                tuple(replace(dispute, id=_storable(dispute.id)) for dispute in self.disputes),
            )


def _storable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _all_storable(value: object) -> object:
    match value:
        case str():
            return _storable(value)
        case list() | tuple():
            return [_all_storable(entry) for entry in value]
        case dict():
            return {name: _all_storable(entry) for name, entry in value.items()}
    return value


UNSURE = ProviderAnswer(ProviderStatus.UNSURE)
NOT_ASKED = ProviderAnswer(ProviderStatus.NEVER, reason="lease_over")
OTHER_PROVIDER = ProviderAnswer(ProviderStatus.CANNOT_TELL, reason="other_provider")
TOO_LATE = ProviderAnswer(ProviderStatus.CANNOT_TELL, reason="too_late_to_repeat")
NOTHING_HAPPENED = (
    ProviderStatus.NEVER,
    ProviderStatus.PASSING,
)  # the same question may be put again, under the same key


@dataclass(frozen=True, slots=True)
class Timing:
    """The part of a provider's abilities the engine needs."""

    timeout: float
    lease: float
    look_every: float
    at_once: int
    by_staff: bool

    @property
    def longest(self) -> float:
        """Seconds one question may really take: to connect and to read,
        and following an approval through asks once more.
        """
        return 2.5 * self.timeout


@dataclass(frozen=True, slots=True)
class ProviderCall:
    """One attempt with its two questions. `many` lets carriers that can take a whole batch in one call."""

    attempt: UUID
    purchase: UUID
    subject: UUID  # the order, tender or refund
    step: str
    provider: str
    lane: Lane  # who waits for the answer, and whose other questions wait with it
    timing: Timing
    ask_before: float  # reading of elapsed() after which our lease is too nearly over to ask
    ask: Callable[[], ProviderAnswer]
    look: Callable[[], ProviderAnswer]
    many: tuple[carriers.BatchAdapter, carriers.CarrierRequest] | None = None
    then: str = ""  # the step that follows once this one is done; empty: it is the last


class OpenedAttempts(NamedTuple):
    """What a step wrote down to be asked, and how many of its subjects it moved on (some need no asking)."""

    attempts: list[models.Attempt]
    moved: int


def _timing(able: carriers.CarrierCapabilities | payments.GatewayCapabilities) -> Timing:
    return Timing(able.timeout, able.lease, able.look_every, able.at_once, able.by_staff)


_CARRIER = {
    carriers.CarrierStatus.DONE: ProviderStatus.DONE,
    carriers.CarrierStatus.REFUSED: ProviderStatus.REFUSED,
    carriers.CarrierStatus.WAITING: ProviderStatus.WAITING,
    carriers.CarrierStatus.PASSING: ProviderStatus.PASSING,
    carriers.CarrierStatus.NEVER_RECEIVED: ProviderStatus.NEVER,
    carriers.CarrierStatus.CANNOT_TELL: ProviderStatus.CANNOT_TELL,
}
_GATEWAY = {
    payments.PaymentStatus.ABSENT: ProviderStatus.NEVER,
    payments.PaymentStatus.OPEN: ProviderStatus.WAITING,
    payments.PaymentStatus.PROMISED: ProviderStatus.WAITING,
    payments.PaymentStatus.READY: ProviderStatus.WAITING,
    payments.PaymentStatus.PENDING: ProviderStatus.WAITING,
    payments.PaymentStatus.PAID: ProviderStatus.DONE,
    payments.PaymentStatus.CLOSED: ProviderStatus.REFUSED,
    payments.PaymentStatus.UNCLEAR: ProviderStatus.UNSURE,
}
_REFUND = {
    payments.RefundStatus.ABSENT: ProviderStatus.NEVER,
    payments.RefundStatus.ASKED: ProviderStatus.REFUSED,
    payments.RefundStatus.PENDING: ProviderStatus.WAITING,
    payments.RefundStatus.DONE: ProviderStatus.DONE,
    payments.RefundStatus.REFUSED: ProviderStatus.REFUSED,
    payments.RefundStatus.UNCLEAR: ProviderStatus.UNSURE,
}


def carrier_said(answer: carriers.CarrierAnswer) -> ProviderAnswer:
    return ProviderAnswer(
        _CARRIER[answer.status],
        reference=answer.reference or "",
        reason=answer.reason or "",
        raw=answer.raw,
        reversed=answer.reason == "reversed",
        ours=answer.fault is carriers.Fault.OURS,
    )


def gateway_said(snapshot: payments.PaymentSnapshot) -> ProviderAnswer:
    """Paid, and nobody says how much, or an amount that cannot be, is no payment yet: another amount than
    asked is never applied.
    """
    amount = snapshot.paid.minor if snapshot.paid else 0
    unknown = snapshot.status is payments.PaymentStatus.PAID and not 0 < amount <= LARGEST_MINOR
    return ProviderAnswer(
        ProviderStatus.UNSURE if unknown else _GATEWAY[snapshot.status],
        reference=snapshot.gateway_id or "",
        reason=snapshot.reason or "",
        paid=None if unknown else snapshot.paid,
        disputes=snapshot.disputes,
        next=_next(snapshot),
        look_after=PROMISED_PAUSE if snapshot.status is payments.PaymentStatus.PROMISED else 0.0,
        saved=snapshot.saved or "",
        raw=snapshot.raw,
    )


# seconds between looks at a code or an account number that may be paid for days; an event comes sooner
PROMISED_PAUSE = 600.0
_TYPES = {
    payments.Redirect: "redirect",
    payments.ShowCodes: "codes",
    payments.ShowAccount: "account",
    payments.Wait: "wait",
}


def _next(snapshot: payments.PaymentSnapshot) -> dict[str, object] | None:
    if snapshot.next is None:
        return None
    due, remaining = (
        snapshot.due and snapshot.due.isoformat(),
        snapshot.remaining and snapshot.remaining.minor,
    )
    return {"type": _TYPES[type(snapshot.next)], "due": due, "remaining": remaining, **asdict(snapshot.next)}


def refund_said(snapshot: payments.RefundSnapshot) -> ProviderAnswer:
    verdict = _REFUND[snapshot.status]
    return ProviderAnswer(
        verdict,
        reference=snapshot.reference or "",
        reason=snapshot.reason or "",
        owed=verdict is ProviderStatus.REFUSED,
        raw=snapshot.raw,
    )


def _begin(
    attempt: models.Attempt, provider: str, lane: Lane, timing: Timing, clock: Clock
) -> tuple[UUID, UUID, UUID, str, str, Lane, Timing, float]:
    subject = attempt.order_id or attempt.tender_id or attempt.refund_id
    assert subject is not None
    ask_before = clock.elapsed_at(attempt.lease_until) - timing.longest
    return attempt.id, attempt.purchase_id, subject, attempt.step, provider, lane, timing, ask_before


def _after(
    attempt: models.Attempt, said: ProviderAnswer, instead: ProviderStatus = ProviderStatus.CANNOT_TELL
) -> ProviderAnswer:
    """What they had taken they cannot never have received: they lost it, or we look in the wrong place.

    Nobody asks again by himself. What is over they may have forgotten since.
    """
    taken = any(answer.get("standing") == ProviderStatus.WAITING for answer in attempt.answers)
    if said.verdict is ProviderStatus.NEVER and taken and not attempt.outcome:
        return replace(said, verdict=instead, reason=said.reason or "taken_and_not_known")
    return said


def provision(attempt: models.Attempt, carrier: models.Carrier, clock: Clock) -> ProviderCall:
    """`attempt.question` is the Ask as it was written down; it is sent unchanged."""
    provider = carrier_of(carrier)
    ask = decode.convert(attempt.question, carriers.CarrierRequest)
    return at_carrier(
        attempt,
        carrier,
        clock,
        ask=lambda: carrier_said(provider.act(ask)),
        look=lambda: carrier_said(provider.look_up(ask.key)),
        many=(provider, ask) if isinstance(provider, carriers.BatchAdapter) else None,
    )


def at_carrier(
    attempt: models.Attempt,
    carrier: models.Carrier,
    clock: Clock,
    ask: Callable[[], ProviderAnswer],
    look: Callable[[], ProviderAnswer],
    many: tuple[carriers.BatchAdapter, carriers.CarrierRequest] | None = None,
) -> ProviderCall:
    """A step of an order.

    Its carrier's provider may have been changed under way: what the one before did, this one does not know,
    so only the first step, and where certainly nothing happened, moves to the new one.
    """
    able, lane = carrier_of(carrier).describe(), Lane(Side.CARRIER, carrier.code)
    first = attempt.step == able.fulfilment[0]
    if attempt.provider != carrier.provider and not (first and attempt.standing in NOTHING_HAPPENED):
        begun = _begin(attempt, attempt.provider, lane, _timing(able), clock)
        return ProviderCall(*begun, ask=lambda: OTHER_PROVIDER, look=lambda: OTHER_PROVIDER)
    return ProviderCall(
        *_begin(attempt, carrier.provider, lane, _timing(able), clock),
        ask=ask,
        look=lambda: _after(attempt, look()),
        many=many,
        then=_following(attempt.step, able.fulfilment),
    )


def _following(step: str, fulfilment: Sequence[str]) -> str:
    """Empty after the last, and after one that this provider does not know."""
    rest = fulfilment[fulfilment.index(step) + 1 :] if step in fulfilment else ()
    return rest[0] if rest else ""


def pay(attempt: models.Attempt, tender: models.Tender, clock: Clock) -> ProviderCall:
    """Begin (or charge a saved way to pay), or close where the tender is to be closed.

    A buyer's approval (READY) is followed through at once: `proceed` is idempotent and belongs to the same
    written attempt. Past its window the same question is not put again.
    """
    provider = gateway(attempt.provider)
    ask = decode.convert(attempt.question, payments.PaymentRequest)
    able, known = provider.describe(), attempt.reference or None
    can = able.method(tender.method) or payments.PaymentMethod(tender.method, (), 0)
    closing = tender.state == TenderState.CLOSING
    # Its id, and nobody there knows our key: only the same question can tell.
    lost = not known and not able.finds_by_key
    window = can.charge_again if tender.saved_id else can.begin_again
    too_late = clock.now() >= attempt.opened_at + window
    token = sealed_text.opened(tender.saved.token) if tender.saved and not tender.saved.revoked_at else None

    def put() -> payments.PaymentSnapshot:
        if not tender.saved_id:
            return provider.begin(ask)
        if token is None:  # taken back before we asked
            return payments.PaymentSnapshot(payments.PaymentStatus.CLOSED, reason="not_saved")
        return provider.charge(ask, token)

    def through(snapshot: payments.PaymentSnapshot) -> ProviderAnswer:
        if snapshot.status is payments.PaymentStatus.READY and snapshot.gateway_id and not closing:
            snapshot = provider.proceed(ask.key, snapshot.gateway_id)
        return gateway_said(snapshot)

    def close() -> payments.PaymentSnapshot:
        if lost:
            return provider.close(ask.key, provider.begin(ask).gateway_id)
        if can.can_close and not can.closes_by_refund:
            return provider.close(ask.key, known)
        seen = provider.look_up(ask.key, known)
        unfinished = seen.status not in (payments.PaymentStatus.PAID, payments.PaymentStatus.UNCLEAR)
        return provider.close(ask.key, known) if can.can_close and unfinished else seen

    def look() -> ProviderAnswer:
        # A charge is not put again only to learn its id: it may be paid by that.
        if lost and (too_late or (tender.saved_id and (closing or token is None))):
            return ProviderAnswer(ProviderStatus.CANNOT_TELL, reason="id_lost")
        if closing:
            answer = gateway_said(close())
            return (
                replace(answer, verdict=ProviderStatus.REFUSED)
                if answer.verdict is ProviderStatus.NEVER
                else answer
            )
        return _after(
            attempt, through(put() if lost else provider.look_up(ask.key, known)), ProviderStatus.UNSURE
        )

    return ProviderCall(
        *_begin(attempt, attempt.provider, Lane(Side.GATEWAY, attempt.provider), _timing(able), clock),
        ask=look if closing else lambda: TOO_LATE if too_late else through(put()),
        look=look,
    )


def refund(attempt: models.Attempt, back: models.Refund, clock: Clock) -> ProviderCall:
    provider = gateway(attempt.provider)
    able, tender = provider.describe(), back.tender
    can = able.method(tender.method) or payments.PaymentMethod(tender.method, (), 0)
    amount = decode.convert(attempt.question["amount"], Money)
    paid = queries.attempt_of(tender)
    assert paid is not None, f"nobody was asked for the money of refund {back.id}"
    pay_key, gateway_id = paid.key, paid.reference
    to = bank_details.opened(back.bank_details)
    too_late = clock.now() >= attempt.opened_at + can.refund_again

    def put() -> ProviderAnswer:
        if too_late:
            return TOO_LATE
        return refund_said(provider.refund(pay_key, gateway_id, attempt.key, amount, to))

    def look() -> ProviderAnswer:
        return _after(
            attempt,
            refund_said(provider.look_up_refund(pay_key, gateway_id, attempt.key)),
            ProviderStatus.UNSURE,
        )

    return ProviderCall(
        *_begin(attempt, attempt.provider, Lane(Side.GATEWAY, attempt.provider), _timing(able), clock),
        ask=put,
        look=look,
    )


def answers_of(
    provider: carriers.BatchAdapter, asks: Mapping[UUID, carriers.CarrierRequest]
) -> dict[UUID, ProviderAnswer]:
    """One call for many asks; an ask it says nothing of is unsure."""
    answers = provider.act_many(list(asks.values()))
    return {
        attempt: carrier_said(answers[ask.key]) if ask.key in answers else UNSURE
        for attempt, ask in asks.items()
    }


def timing_of_carrier(carrier: models.Carrier) -> Timing:
    return _timing(carrier_of(carrier).describe())


def timing_of_gateway(name: str) -> Timing:
    return _timing(gateway(name).describe())
