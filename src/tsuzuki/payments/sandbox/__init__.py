"""The toy gateway, asked over HTTP like a real one. Only in the sandbox.

environ    TSUZUKI_SANDBOX_URL, TSUZUKI_SANDBOX_SECRET (or _FILE)
settings   secret: the variable that holds its secret, where that is not TSUZUKI_SANDBOX_SECRET
           timeout (4 s), lease (15 s), at_once (8), look_every (60 s), currencies («JPY,CNY,USD»),
           largest_minor (10^9)
           prefix («»): keys that do not start with it belong to another installation on the same account
           methods («card»): of card, konbini, transfer, paypay, the first the one meant where none is named
           reply («»): what it wants to hear for an event, to the letter; nothing: any success will do
           begins_again (0 s): above 0 a payment whose id was lost is not found by our key, and begin is
           repeated for so long
           repeats (30 days, in seconds): the same question under the same key is the same for so long
           closes («yes»): «no»: nothing can be closed; «refund»: closing gives back what was just paid

A question that may have changed something raises ProviderUnsure when its answer is lost; a look never does,
it says UNCLEAR.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

import msgspec

from tsuzuki import decode
from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.core.money import DIGITS, Money
from tsuzuki.core.order import DisputeState
from tsuzuki.http.client import Client, NothingSent
from tsuzuki.http.signature import signed
from tsuzuki.plugins import ReachSettings, named_secret, number, secret, text

from ..port import (
    REPEATED,
    BankDetails,
    DisputeSnapshot,
    EventReply,
    ForeignEvent,
    GatewayCapabilities,
    GatewayEvent,
    GatewayPlugin,
    Next,
    PaymentGateway,
    PaymentMethod,
    PaymentRequest,
    PaymentSnapshot,
    PaymentStatus,
    Redirect,
    RefundSnapshot,
    RefundStatus,
    RefundWay,
    ShowAccount,
    ShowCodes,
    UnverifiedEvent,
    Wait,
)
from .wire import Disputed, Payment, Payments, Problem, Refund, ToldEvent

SECRET = "TSUZUKI_SANDBOX_SECRET"  # noqa: S105 (a name, no secret)
REACHES = ReachSettings(settings=("prefix",), secrets=("secret",), prefix="TSUZUKI_SANDBOX_")
EVIDENCE = 2000  # characters of an answer worth keeping
# Where a key has several payments: one that is closed says least, one that money reached says most.
COUNTS_MOST = (
    PaymentStatus.ABSENT,
    PaymentStatus.UNCLEAR,
    PaymentStatus.CLOSED,
    PaymentStatus.OPEN,
    PaymentStatus.PROMISED,
    PaymentStatus.READY,
    PaymentStatus.PENDING,
    PaymentStatus.PAID,
)


Shape = TypeVar("Shape", bound=msgspec.Struct)


class SandboxGateway:
    def __init__(self, wire: Client, abilities: GatewayCapabilities, prefix: str, reply: str) -> None:
        self._wire, self._abilities, self._prefix = wire, abilities, prefix
        self._reply = EventReply(reply.encode(), "text/plain; charset=utf-8") if reply else None

    def describe(self) -> GatewayCapabilities:
        return self._abilities

    def begin(self, ask: PaymentRequest) -> PaymentSnapshot:
        return self._put(ask, None)

    def charge(self, ask: PaymentRequest, saved: str) -> PaymentSnapshot:
        return self._put(ask, saved)

    def revoke(self, saved: str) -> bool:
        status, body = self._asked("DELETE", f"/gateway/saved/{quote(saved, safe='')}")
        if status != 200 and not (status == 404 and _decoded(body, Problem).error == "not_found"):
            raise ProviderUnsure(f"status {status}")
        return True

    def _put(self, ask: PaymentRequest, saved: str | None) -> PaymentSnapshot:
        body = msgspec.json.encode(
            {
                "amount": ask.amount.minor,
                "currency": ask.amount.currency,
                "label": ask.label,
                "locale": ask.locale,
                "return_url": ask.return_url,
                "live_until": ask.live_until.isoformat(),
                "method": ask.method,
                "email": ask.payer.email if ask.payer else "",
                "keep": ask.keep,
                "saved": saved,
            }
        )
        return _snapshot(self._payment("PUT", _at(ask.key), body), ask.key)

    def proceed(self, key: str, gateway_id: str) -> PaymentSnapshot:
        return _snapshot(self._payment("POST", _at(gateway_id, "capture"), b""), key)

    def close(self, key: str, gateway_id: str | None) -> PaymentSnapshot:
        ids = [gateway_id] if gateway_id else [payment.id for payment in self._of_key(key)]
        closed = [self._payment("POST", _at(id_, "close"), b"") for id_ in ids]
        return _snapshot(_furthest(closed), key) if closed else PaymentSnapshot(PaymentStatus.ABSENT)

    def look_up(self, key: str, gateway_id: str | None) -> PaymentSnapshot:
        try:
            if gateway_id is None and not self._abilities.finds_by_key:
                return PaymentSnapshot(PaymentStatus.UNCLEAR, reason="id_lost")
            if gateway_id is None:
                several = self._of_key(key)
                return (
                    _snapshot(_furthest(several), key) if several else PaymentSnapshot(PaymentStatus.ABSENT)
                )
            status, body = self._asked("GET", _at(gateway_id))
            if status == 404 and _decoded(body, Problem).error == "not_found":
                return PaymentSnapshot(PaymentStatus.ABSENT, raw=_evidence(status, body))
            return _snapshot(_payment(status, body), key)
        except ProviderUnsure as error:
            return PaymentSnapshot(PaymentStatus.UNCLEAR, gateway_id, raw=str(error))

    def refund(
        self, key: str, gateway_id: str, refund_key: str, amount: Money, to: BankDetails | None
    ) -> RefundSnapshot:
        body = msgspec.json.encode(
            {"amount": amount.minor, "currency": amount.currency, "to": to and asdict(to)}
        )
        status, answer = self._asked("PUT", _at(gateway_id, "refunds", refund_key), body)
        return _refund(status, answer, refund_key)

    def look_up_refund(self, key: str, gateway_id: str, refund_key: str) -> RefundSnapshot:
        try:
            status, body = self._asked("GET", _at(gateway_id, "refunds", refund_key))
            if status == 404 and _decoded(body, Problem).error == "not_found":
                return RefundSnapshot(RefundStatus.ABSENT, raw=_evidence(status, body))
            return _refund(status, body, refund_key)
        except ProviderUnsure as error:
            return RefundSnapshot(RefundStatus.UNCLEAR, raw=str(error))

    def read_event(
        self, headers: Mapping[str, str], raw: bytes, at: datetime
    ) -> GatewayEvent | ForeignEvent | UnverifiedEvent:
        if not signed(self._wire.secret, headers, raw, at):
            return UnverifiedEvent()
        try:
            told = decode.from_json(raw, ToldEvent)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return UnverifiedEvent()
        if told.side != "gateway" or not told.key.startswith(self._prefix):
            return ForeignEvent(self._reply)
        paid = told.type == "payment.paid" and told.amount is not None and told.currency in DIGITS
        return GatewayEvent(
            told.id,
            told.key,
            told.payment,
            Money(told.amount or 0, told.currency or "") if paid else None,
            self._reply,
        )

    def try_it(self) -> str:
        try:
            self._of_key("try")
        except ProviderUnsure as why:
            return str(why)
        return ""

    def _of_key(self, key: str) -> list[Payment]:
        """The payments of a key we lost the id of: usually one, several where the gateway ignored our key."""
        status, body = self._asked("GET", f"/gateway/payments?key={quote(key, safe='')}")
        if status != 200:
            raise ProviderUnsure(f"status {status}")
        return _decoded(body, Payments).payments

    def _payment(self, method: str, path: str, body: bytes) -> Payment:
        return _payment(*self._asked(method, path, body))

    def _asked(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        try:
            return self._wire.ask(method, path, body)
        except NothingSent as error:
            raise ProviderUnsure(f"unreachable: {error}") from None


def _at(*parts: str) -> str:
    return "/".join(("/gateway/payments", *(quote(part, safe="") for part in parts)))


def _payment(status: int, body: bytes) -> Payment:
    if status not in (200, 201):
        raise ProviderUnsure(f"status {status}")
    return _decoded(body, Payment)


def _furthest(several: list[Payment]) -> Payment:
    return max(several, key=lambda payment: COUNTS_MOST.index(_status(payment)))


def _status(payment: Payment) -> PaymentStatus:
    try:
        return PaymentStatus(payment.standing)
    except ValueError:
        raise ProviderUnsure(f"standing {payment.standing[:40]!r}") from None


def _snapshot(payment: Payment, key: str) -> PaymentSnapshot:
    standing = _status(payment)
    if payment.key != key:
        raise ProviderUnsure("an answer to another question")
    paid = _money(payment.paid, payment.paid_currency) if standing is PaymentStatus.PAID else None
    waiting = standing in (PaymentStatus.OPEN, PaymentStatus.PROMISED, PaymentStatus.READY)
    return PaymentSnapshot(
        standing,
        payment.id,
        paid,
        remaining=_money(payment.amount - payment.received, payment.currency)
        if payment.received and not paid
        else None,
        next=_next(payment, standing),
        due=payment.live_until if waiting else None,
        disputes=tuple(_dispute(dispute) for dispute in payment.disputes),
        reason=payment.reason,
        raw=_evidence(200, msgspec.json.encode(msgspec.structs.replace(payment, saved=None))),
        saved=payment.saved if standing is PaymentStatus.PAID else None,
    )


def _next(payment: Payment, standing: PaymentStatus) -> Next | None:
    if standing is PaymentStatus.PENDING:
        return (
            ShowAccount(**msgspec.structs.asdict(payment.account))
            if payment.account and payment.received
            else Wait()
        )
    if standing is PaymentStatus.PROMISED and payment.codes:
        return ShowCodes(payment.place or "", tuple(payment.codes))
    if standing is PaymentStatus.PROMISED and payment.account:
        return ShowAccount(**msgspec.structs.asdict(payment.account))
    return Redirect(payment.page) if standing is PaymentStatus.OPEN and payment.page else None


def _dispute(told: Disputed) -> DisputeSnapshot:
    try:
        return DisputeSnapshot(told.id, _money(told.amount, told.currency), DisputeState(told.state))
    except ValueError:
        raise ProviderUnsure(f"dispute {told.state[:40]!r}") from None


def _money(minor: int | None, currency: str | None) -> Money:
    if minor is None or currency not in DIGITS:
        raise ProviderUnsure("paid, without an amount anyone can read")
    return Money(minor, currency)


def _refund(status: int, body: bytes, refund_key: str) -> RefundSnapshot:
    if status not in (200, 201):
        raise ProviderUnsure(f"status {status}")
    told = _decoded(body, Refund)
    try:
        standing = RefundStatus(told.standing)
    except ValueError:
        raise ProviderUnsure(f"standing {told.standing[:40]!r}") from None
    if told.refund_key != refund_key:
        raise ProviderUnsure("an answer to another question")
    return RefundSnapshot(standing, told.id, told.reason, _evidence(status, body))


def _decoded(body: bytes, shape: type[Shape]) -> Shape:
    try:
        return decode.from_json(body, shape)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProviderUnsure("an answer nobody can read") from None


def _evidence(status: int, body: bytes) -> str:
    return f"{status} {body.decode('utf-8', 'replace')[:EVIDENCE]}"


def _methods(currencies: tuple[str, ...], largest: int) -> dict[str, PaymentMethod]:
    """A card as anywhere; a code of a convenience store as in Japan: small bounds, lives for days, goes back
    by bank only; and so on.
    """
    return {
        method.code: method
        for method in (
            PaymentMethod("card", currencies, largest, can_keep=True),
            PaymentMethod(
                "konbini",
                ("JPY",),
                min(largest, 300_000),
                smallest=200,
                shortest=timedelta(hours=1),
                longest=timedelta(days=3),
                refund=RefundWay.BANK_DETAILS,
                needs_email=True,
            ),
            PaymentMethod(
                "transfer", ("JPY",), largest, longest=timedelta(days=7), refund=RefundWay.BANK_DETAILS
            ),
            PaymentMethod(
                "paypay",
                ("JPY",),
                largest,
                longest=timedelta(minutes=30),
                refund_within=timedelta(days=180),
                buyer_in_japan=True,
            ),
        )
    }


def build(environ: Mapping[str, str], settings: Mapping[str, object]) -> PaymentGateway:
    known = _methods(
        tuple(text(settings, "currencies", "JPY,CNY,USD").replace(" ", "").split(",")),
        int(number(settings, "largest_minor", 10**9)),
    )
    chosen = text(settings, "methods", "card").replace(" ", "").split(",")
    if unknown := [code for code in chosen if code not in known]:
        raise ValueError(f"setting methods: no {unknown[0][:40]!r} here")
    again = timedelta(seconds=number(settings, "begins_again", 0.0))
    repeats = timedelta(seconds=number(settings, "repeats", REPEATED.total_seconds()))
    closes = text(settings, "closes", "yes")
    if closes not in ("yes", "no", "refund"):
        raise ValueError("setting closes: yes, no or refund")
    abilities = GatewayCapabilities(
        timeout=number(settings, "timeout", 4.0),
        lease=number(settings, "lease", 15.0),
        methods=tuple(
            replace(
                known[code],
                begin_again=again or repeats,
                charge_again=again or repeats,
                refund_again=repeats,
                can_close=closes != "no",
                closes_by_refund=closes == "refund",
            )
            for code in chosen
        ),
        finds_by_key=not again,
        at_once=int(number(settings, "at_once", 8)),
        look_every=number(settings, "look_every", 60.0),
    )
    url, named = secret(environ, "TSUZUKI_SANDBOX_URL").rstrip("/"), text(settings, "secret", SECRET)
    key = named_secret(environ, named, REACHES)
    wire = Client(url, key, abilities.timeout, abilities.at_once)
    return SandboxGateway(wire, abilities, text(settings, "prefix", ""), text(settings, "reply", ""))


PROVIDER = GatewayPlugin(
    build,
    sandbox_only=True,
    settings=(
        *("secret", "timeout", "lease", "at_once", "look_every", "currencies", "largest_minor"),
        *("prefix", "methods", "reply", "begins_again", "repeats", "closes"),
    ),
    reaches=REACHES,
)
