"""The carriers, gateways and channels of this installation, built once per settings and process."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import NamedTuple

import tsuzuki.carriers.registry
import tsuzuki.channels.registry
import tsuzuki.payments.registry
from tsuzuki.actions.engine import health
from tsuzuki.actions.money import own_means
from tsuzuki.carriers.port import CarrierAdapter as CarrierPort
from tsuzuki.carriers.port import CarrierPlugin, HealthCheck
from tsuzuki.channels.port import Channel
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import Money
from tsuzuki.payments import port as payments
from tsuzuki.payments.port import PaymentMethod, RefundWay
from tsuzuki.plugins import ReachSettings
from tsuzuki.records import for_sale
from tsuzuki.records.models import Carrier, Gateway, Tender

# Settings no provider reads: what people type into their phones, and where staff act by hand.
FOR_PEOPLE = ("apn", "apn_user", "apn_password", "apn_auth", "portal")

GATEWAY_GONE = "gateway_gone"


@lru_cache(maxsize=256)
def _carrier(provider: str, settings: str) -> CarrierPort:
    return tsuzuki.carriers.registry.load(provider, os.environ, json.loads(settings))


def carrier_of(carrier: Carrier | for_sale.SoldCarrier) -> CarrierPort:
    """The port of a carrier row; changed settings build a new one."""
    return _carrier(carrier.provider, json.dumps(carrier.settings, sort_keys=True))


def broken(build: Callable[[], object]) -> str:
    """Why a provider cannot be built here (a missing secret or folder, an unknown name, a bug of its own);
    empty: it can. Whatever it is, it must hold up nobody else's orders.
    """
    try:
        build()
    except Exception as why:
        return type(why).__name__ + ": " + str(why)[:120]
    return ""


def visit(carrier: Carrier) -> str:
    """Why it could not be asked now, where that can be seen without asking; empty: it
    could, or nobody knows.
    """
    port = carrier_of(carrier)
    return port.visit() if isinstance(port, HealthCheck) else ""


FRESH = 1.0  # seconds for which a process goes by the rows it read; they are a handful, and asked for often
monotonic = time.monotonic
_read: list[tuple[float, dict[str, Gateway]]] = []  # when, and what; one or none


def gateways() -> dict[str, Gateway]:
    """The gateways of this installation by their code, in the order their methods are offered."""
    kept, at = _read[:], monotonic()
    if not kept or at - kept[0][0] >= FRESH:
        kept = _read[:] = [(at, {row.code: row for row in Gateway.objects.order_by("position", "code")})]
    return kept[0][1]


def read_anew() -> None:
    """Somebody changed a gateway's row."""
    _read.clear()


@lru_cache(maxsize=256)
def _gateway(provider: str, settings: str) -> payments.PaymentGateway:
    return tsuzuki.payments.registry.load(provider, os.environ, json.loads(settings))


def gateway_of(row: Gateway) -> payments.PaymentGateway:
    """The port of a gateway's row; changed settings build a new one."""
    return _gateway(row.provider, json.dumps(row.settings, sort_keys=True))


def gateway(code: str) -> payments.PaymentGateway:
    """By its code, whether it takes new payments or not. Refused(provider_unknown): there is none."""
    if (row := gateways().get(code)) is None:
        raise Refused(Code.PROVIDER_UNKNOWN, name=code[:60])
    return gateway_of(row)


def try_gateway(row: Gateway) -> str | None:
    """Ask it something that moves nothing: why that failed, or empty; None: there is nobody to ask."""
    port = gateway_of(row)
    return port.try_it() if isinstance(port, payments.Tries) else None


class Way(NamedTuple):
    """One way to pay here: the gateway it goes through, and what holds for its method there."""

    gateway: str
    method: PaymentMethod


def way_to_pay(code: str, amount: Money, time_left: timedelta, only: str = "") -> Way:
    """The first gateway of ours that takes this amount by this method, and is done with it in time.

    A gateway's own name means its first method. Refused if there is none; a gateway that cannot be built here
    (a missing secret) hides no other. `only`: through this gateway.
    """
    ways = [way for way in _ways() if not only or way.gateway == only]
    results = [way for way in ways if way.method.code == code] or [
        way for way in ways if way.gateway == code
    ][:1]
    if not results:
        raise Refused(Code.METHOD_UNKNOWN, method=code[:40])
    refusals = [_refusal(way.method, amount, time_left) for way in results]
    for way, refusal in zip(results, refusals, strict=True):
        if refusal is None:
            return way
    raise refusals[0] or Refused(Code.METHOD_UNKNOWN, method=code[:40])


def never_closed() -> list[tuple[str, str]]:
    """Gateway and method of payments that we cannot close."""
    built = [row for row in gateways().values() if not broken(partial(methods, row))]
    return [(row.code, method.code) for row in built for method in methods(row) if not method.can_close]


def offered(currency: str, time_left: timedelta, amount: Money | None = None) -> list[PaymentMethod]:
    """The ways to pay, each method once, in the operator's order:
    those that take this amount, or any in this currency.
    """
    result: dict[str, PaymentMethod] = {}
    for _, method in _ways():
        if _refusal(method, amount or Money(method.smallest, currency), time_left) is None:
            result.setdefault(method.code, method)
    return list(result.values())


def knows(code: str) -> bool:
    """Whether there is such a way to pay here, for any amount."""
    return any(code in (way.method.code, way.gateway) for way in _ways())


def method_of(tender: Tender) -> PaymentMethod | None:
    """What holds for the method of a tender.

    None: our own books', or of a gateway that is not here any more.
    """
    if not tender.gateway or broken(lambda: gateway(tender.gateway)):
        return None
    return gateway(tender.gateway).describe().method(tender.method)


def is_gone(name: str) -> bool:
    """Whether a gateway was taken out of this installation and cannot be asked any more."""
    return name not in gateways() and bool(broken(partial(gateway, name)))


def why_not_by_itself(tender: Tender, now: datetime) -> str:
    """Why no gateway can be asked to give this money back to where it came from; empty: one is asked."""
    if tender.gateway and is_gone(tender.gateway):
        return GATEWAY_GONE
    if (method := method_of(tender)) is None:
        return ""
    if method.refund_within and tender.paid_at and now > tender.paid_at + method.refund_within:
        return "too_late_for_the_gateway"
    return "" if method.refund is RefundWay.SOURCE else method.refund.value


def _ways() -> Iterator[Way]:
    for row in gateways().values():
        if row.active and not broken(partial(methods, row)):
            for method in methods(row):
                if not row.methods or method.code in row.methods:
                    yield Way(row.code, method)


def methods(row: Gateway) -> tuple[PaymentMethod, ...]:
    """All its provider knows, offered here or not.

    Refused(method_reserved) where it, or one of them, is called as a means of our own is: it is offered to
    nobody, but what was paid through it before is still looked up and given back.
    """
    methods = gateway_of(row).describe().methods
    for code in (row.code, *(method.code for method in methods)):
        if own_means.is_reserved(code):
            raise Refused(Code.METHOD_RESERVED, gateway=row.code[:40], method=code[:40])
    return methods


def _refusal(method: PaymentMethod, amount: Money, time_left: timedelta) -> Refused | None:
    if amount.currency not in method.currencies:
        return Refused(Code.CURRENCY_MISMATCH, expected=", ".join(method.currencies), got=amount.currency)
    if not method.smallest <= amount.minor <= method.largest:
        least, most = Money(method.smallest, amount.currency), Money(method.largest, amount.currency)
        return Refused(Code.METHOD_AMOUNT, least=least, most=most)
    if time_left < method.shortest:
        return Refused(Code.METHOD_UNKNOWN, method=method.code)
    return None


@lru_cache(maxsize=64)
def channel(name: str) -> Channel:
    return tsuzuki.channels.registry.load(name, os.environ, {})


def forget() -> None:
    """After the environment changed (tests, setting up)."""
    for cached in (_carrier, _gateway, channel):
        cached.cache_clear()
    read_anew()
    health.forget()


def carriers_here() -> dict[str, tuple[str, ...]]:
    """The kinds of carrier that can be set up here, each with the names of its settings."""
    return _here({name: tsuzuki.carriers.registry.entry(name) for name in tsuzuki.carriers.registry.names()})


def gateways_here() -> dict[str, tuple[str, ...]]:
    """The same of gateways."""
    return _here({name: tsuzuki.payments.registry.entry(name) for name in tsuzuki.payments.registry.names()})


def _here(known: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    sandbox = os.environ.get("TSUZUKI_SANDBOX") == "1"
    return {
        name: entry.settings
        for name, entry in known.items()
        if isinstance(entry, CarrierPlugin | payments.GatewayPlugin) and (sandbox or not entry.sandbox_only)
    }


def reaches(provider: str) -> ReachSettings:
    """What decides whom a carrier of this kind speaks to.

    A kind that does not say: everything but what is for people.
    """
    return _reaches(tsuzuki.carriers.registry.entry, provider)


def gateway_reaches(provider: str) -> ReachSettings:
    """The same of a gateway."""
    return _reaches(tsuzuki.payments.registry.entry, provider)


def _reaches(entry_of: Callable[[str], object], provider: str) -> ReachSettings:
    try:
        entry = entry_of(provider)
    except Refused:
        return ReachSettings()  # nothing can be built of it
    if not isinstance(entry, CarrierPlugin | payments.GatewayPlugin):
        return ReachSettings()
    return entry.reaches or ReachSettings(tuple(name for name in entry.settings if name not in FOR_PEOPLE))
