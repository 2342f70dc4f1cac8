"""The carriers, gateways and channels of this installation, built once per settings and process."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import NamedTuple

import tsuzuki.carriers.registry
import tsuzuki.channels.registry
import tsuzuki.payments.registry
from tsuzuki.actions.engine import health
from tsuzuki.actions.money import own_means
from tsuzuki.carriers.port import Carrier as CarrierPort
from tsuzuki.carriers.port import Provider, Visits
from tsuzuki.channels.port import Channel
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import Money
from tsuzuki.payments.port import Gateway, Method, RefundWay
from tsuzuki.plugins import Reaches
from tsuzuki.records import for_sale
from tsuzuki.records.models import Carrier, Tender

# Settings no provider reads: what people type into their phones, and where staff act by hand.
FOR_PEOPLE = ("apn", "apn_user", "apn_password", "apn_auth", "portal")

GATEWAY_GONE = "gateway_gone"


@lru_cache(maxsize=256)
def _carrier(provider: str, settings: str) -> CarrierPort:
    return tsuzuki.carriers.registry.load(provider, os.environ, json.loads(settings))


def carrier_of(carrier: Carrier | for_sale.Carrier) -> CarrierPort:
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
    return port.visit() if isinstance(port, Visits) else ""


@lru_cache(maxsize=64)
def gateway(name: str) -> Gateway:
    """Refused(provider_unknown) for a name no registry knows.

    TSUZUKI_GATEWAYS holds settings without secrets: {"name": {...}}.
    """
    return tsuzuki.payments.registry.load(
        name, os.environ, json.loads(os.environ.get("TSUZUKI_GATEWAYS", "{}")).get(name, {})
    )


class Way(NamedTuple):
    """One way to pay here: the gateway it goes through, and what holds for its method there."""

    gateway: str
    method: Method


def way_to_pay(code: str, amount: Money, time_left: timedelta) -> Way:
    """The first gateway of ours that takes this amount by this method, and is done with it in time.

    A gateway's own name means its first method. Refused if there is none; a gateway that cannot be built here
    (a missing secret) hides no other.
    """
    found = [way for way in _ways() if way.method.code == code] or [
        way for way in _ways() if way.gateway == code
    ][:1]
    if not found:
        raise Refused(Code.METHOD_UNKNOWN, method=code[:40])
    refusals = [_refusal(way.method, amount, time_left) for way in found]
    for way, refusal in zip(found, refusals, strict=True):
        if refusal is None:
            return way
    raise refusals[0] or Refused(Code.METHOD_UNKNOWN, method=code[:40])


def offered(currency: str, time_left: timedelta, amount: Money | None = None) -> list[Method]:
    """The ways to pay, each method once, in the operator's order:
    those that take this amount, or any in this currency.
    """
    found: dict[str, Method] = {}
    for _, method in _ways():
        if _refusal(method, amount or Money(method.smallest, currency), time_left) is None:
            found.setdefault(method.code, method)
    return list(found.values())


def knows(code: str) -> bool:
    """Whether there is such a way to pay here, for any amount."""
    return any(code in (way.method.code, way.gateway) for way in _ways())


def method_of(tender: Tender) -> Method | None:
    """What holds for the method of a tender.

    None: our own books', or of a gateway that is not here any more.
    """
    if not tender.gateway or broken(lambda: gateway(tender.gateway)):
        return None
    return gateway(tender.gateway).describe().method(tender.method)


def is_gone(name: str) -> bool:
    """Whether a gateway was taken out of this installation and cannot be asked any more."""
    return name not in set_up() and bool(broken(partial(gateway, name)))


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
    for name in set_up():
        if not broken(partial(methods, name)):
            for method in methods(name):
                yield Way(name, method)


def methods(name: str) -> tuple[Method, ...]:
    """What a gateway offers. Refused(method_reserved) where it, or one of them, is called as a means of our
    own is: it is offered to nobody, but what was paid through it before is still looked up and given back.
    """
    found = gateway(name).describe().methods
    for code in (name, *(method.code for method in found)):
        if own_means.is_reserved(code):
            raise Refused(Code.METHOD_RESERVED, gateway=name[:40], method=code[:40])
    return found


def _refusal(method: Method, amount: Money, time_left: timedelta) -> Refused | None:
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
    for cached in (_carrier, gateway, channel):
        cached.cache_clear()
    health.forget()


def set_up() -> list[str]:
    """The gateways of this installation, in its own order."""
    return list(json.loads(os.environ.get("TSUZUKI_GATEWAYS", "{}")))


def carriers_here() -> dict[str, tuple[str, ...]]:
    """The kinds of carrier that can be set up here, each with the names of its settings."""
    sandbox = os.environ.get("TSUZUKI_SANDBOX") == "1"
    found = {}
    for name in tsuzuki.carriers.registry.names():
        entry = tsuzuki.carriers.registry.entry(name)
        if isinstance(entry, Provider) and (sandbox or not entry.sandbox_only):
            found[name] = entry.settings
    return found


def reaches(provider: str) -> Reaches:
    """What decides whom a carrier of this kind speaks to.

    A kind that does not say: everything but what is for people.
    """
    try:
        entry = tsuzuki.carriers.registry.entry(provider)
    except Refused:
        return Reaches()  # nothing can be built of it
    if not isinstance(entry, Provider):
        return Reaches()
    return entry.reaches or Reaches(tuple(name for name in entry.settings if name not in FOR_PEOPLE))
