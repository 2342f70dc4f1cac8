"""The toy gateway, asked over HTTP like a real one. Only in the sandbox.

environ    TSUZUKI_SANDBOX_URL, TSUZUKI_SANDBOX_SECRET (or _FILE)
settings   timeout (4 s), lease (15 s), at_once (8), look_every (60 s), currencies («JPY,CNY,USD»), largest_minor (10^9),
           prefix («»): keys that do not start with it belong to another installation on the same account

A question that may have changed something raises ProviderUnsure when its answer is lost; a look never does, it says UNCLEAR.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

import msgspec

from tsuzuki.core import decode
from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.core.money import DIGITS, Money
from tsuzuki.core.order import DisputeState
from tsuzuki.core.registry import number, secret, text
from tsuzuki.core.signature import signed
from tsuzuki.http.client import Client, NothingSent

from ..port import (
    Abilities,
    Ask,
    Dispute,
    Gateway,
    Notice,
    Provider,
    Redirect,
    RefundSight,
    RefundStanding,
    Sight,
    Standing,
    Verdict,
)  # fmt: skip

EVIDENCE = 2000  # characters of an answer worth keeping
# Where a key has several payments: one that is closed says least, one that money reached says most.
COUNTS_MOST = (
    Standing.ABSENT, Standing.UNCLEAR, Standing.CLOSED, Standing.OPEN, Standing.PROMISED, Standing.READY, Standing.PENDING, Standing.PAID,
)  # fmt: skip


class Disputed(msgspec.Struct):
    id: str
    amount: int
    currency: str
    state: str


class Payment(msgspec.Struct):
    id: str
    key: str
    standing: str
    amount: int
    currency: str
    paid: int | None
    paid_currency: str | None
    refunded: int
    disputes: list[Disputed]
    reason: str | None
    page: str | None
    live_until: datetime


class Payments(msgspec.Struct):
    payments: list[Payment]


class Refund(msgspec.Struct):
    refund_key: str
    id: str
    standing: str
    reason: str | None


class Problem(msgspec.Struct):
    error: str


class ToldEvent(msgspec.Struct):
    id: str
    type: str
    side: str
    key: str
    payment: str | None = None
    amount: int | None = None
    currency: str | None = None


Shape = TypeVar("Shape", bound=msgspec.Struct)


class SandboxGateway:
    def __init__(self, wire: Client, abilities: Abilities, prefix: str) -> None:
        self._wire, self._abilities, self._prefix = wire, abilities, prefix

    def describe(self) -> Abilities:
        return self._abilities

    def begin(self, ask: Ask) -> Sight:
        body = msgspec.json.encode({
            "amount": ask.amount.minor, "currency": ask.amount.currency, "label": ask.label, "locale": ask.locale,
            "return_url": ask.return_url, "live_until": ask.live_until.isoformat(),
        })  # fmt: skip
        return _sight(self._payment("PUT", _at(ask.key), body), ask.key)

    def proceed(self, key: str, gateway_id: str) -> Sight:
        return _sight(self._payment("POST", _at(gateway_id, "capture"), b""), key)

    def close(self, key: str, gateway_id: str | None) -> Sight:
        ids = [gateway_id] if gateway_id else [one.id for one in self._of_key(key)]
        closed = [self._payment("POST", _at(id_, "close"), b"") for id_ in ids]
        return _sight(_furthest(closed), key) if closed else Sight(Standing.ABSENT)

    def look_up(self, key: str, gateway_id: str | None) -> Sight:
        try:
            if gateway_id is None:
                several = self._of_key(key)
                return _sight(_furthest(several), key) if several else Sight(Standing.ABSENT)
            status, body = self._asked("GET", _at(gateway_id))
            if status == 404 and _decoded(body, Problem).error == "not_found":
                return Sight(Standing.ABSENT, raw=_evidence(status, body))
            return _sight(_payment(status, body), key)
        except ProviderUnsure as error:
            return Sight(Standing.UNCLEAR, gateway_id, raw=str(error))

    def refund(self, key: str, gateway_id: str, refund_key: str, amount: Money) -> RefundSight:
        body = msgspec.json.encode({"amount": amount.minor, "currency": amount.currency})
        status, answer = self._asked("PUT", _at(gateway_id, "refunds", refund_key), body)
        return _refund(status, answer, refund_key)

    def look_up_refund(self, key: str, gateway_id: str, refund_key: str) -> RefundSight:
        try:
            status, body = self._asked("GET", _at(gateway_id, "refunds", refund_key))
            if status == 404 and _decoded(body, Problem).error == "not_found":
                return RefundSight(RefundStanding.ABSENT, raw=_evidence(status, body))
            return _refund(status, body, refund_key)
        except ProviderUnsure as error:
            return RefundSight(RefundStanding.UNCLEAR, raw=str(error))

    def read_event(self, headers: Mapping[str, str], raw: bytes, at: datetime) -> Notice | Verdict:
        if not signed(self._wire.secret, headers, raw, at):
            return Verdict.FORGED
        try:
            told = decode.from_json(raw, ToldEvent)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return Verdict.FORGED
        if told.side != "gateway" or not told.key.startswith(self._prefix):
            return Verdict.NOT_OURS
        paid = told.type == "payment.paid" and told.amount is not None and told.currency in DIGITS
        return Notice(told.id, told.key, told.payment, Money(told.amount or 0, told.currency or "") if paid else None)

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
    return max(several, key=lambda one: COUNTS_MOST.index(_standing(one)))


def _standing(payment: Payment) -> Standing:
    try:
        return Standing(payment.standing)
    except ValueError:
        raise ProviderUnsure(f"standing {payment.standing[:40]!r}") from None


def _sight(payment: Payment, key: str) -> Sight:
    standing = _standing(payment)
    if payment.key != key:
        raise ProviderUnsure("an answer to another question")
    paid = _money(payment.paid, payment.paid_currency) if standing is Standing.PAID else None
    waiting = standing in (Standing.OPEN, Standing.PROMISED, Standing.READY)
    return Sight(
        standing, payment.id, paid,
        refunded=_money(payment.refunded, payment.paid_currency) if payment.refunded else None,
        next=Redirect(payment.page) if standing is Standing.OPEN and payment.page else None,
        due=payment.live_until if waiting else None,
        disputes=tuple(_dispute(one) for one in payment.disputes), reason=payment.reason,
        raw=_evidence(200, msgspec.json.encode(payment)),
    )  # fmt: skip


def _dispute(told: Disputed) -> Dispute:
    try:
        return Dispute(told.id, _money(told.amount, told.currency), DisputeState(told.state))
    except ValueError:
        raise ProviderUnsure(f"dispute {told.state[:40]!r}") from None


def _money(minor: int | None, currency: str | None) -> Money:
    if minor is None or currency not in DIGITS:
        raise ProviderUnsure("paid, without an amount anyone can read")
    return Money(minor, currency)


def _refund(status: int, body: bytes, refund_key: str) -> RefundSight:
    if status not in (200, 201):
        raise ProviderUnsure(f"status {status}")
    told = _decoded(body, Refund)
    try:
        standing = RefundStanding(told.standing)
    except ValueError:
        raise ProviderUnsure(f"standing {told.standing[:40]!r}") from None
    if told.refund_key != refund_key:
        raise ProviderUnsure("an answer to another question")
    return RefundSight(standing, told.id, told.reason, _evidence(status, body))


def _decoded(body: bytes, shape: type[Shape]) -> Shape:
    try:
        return decode.from_json(body, shape)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProviderUnsure("an answer nobody can read") from None


def _evidence(status: int, body: bytes) -> str:
    return f"{status} {body.decode('utf-8', 'replace')[:EVIDENCE]}"


def build(environ: Mapping[str, str], settings: Mapping[str, object]) -> Gateway:
    abilities = Abilities(
        timeout=number(settings, "timeout", 4.0), lease=number(settings, "lease", 15.0),
        currencies=tuple(text(settings, "currencies", "JPY,CNY,USD").replace(" ", "").split(",")),
        largest_minor=int(number(settings, "largest_minor", 10**9)), finds_by_key=True,
        at_once=int(number(settings, "at_once", 8)), look_every=number(settings, "look_every", 60.0),
    )  # fmt: skip
    url, key = secret(environ, "TSUZUKI_SANDBOX_URL").rstrip("/"), secret(environ, "TSUZUKI_SANDBOX_SECRET")
    return SandboxGateway(Client(url, key, abilities.timeout, abilities.at_once), abilities, text(settings, "prefix", ""))


PROVIDER = Provider(build, sandbox_only=True)
