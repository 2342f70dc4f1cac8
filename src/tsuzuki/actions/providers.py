"""The carriers, gateways and channels of this installation, built once per settings and process."""

import json
import os
from collections.abc import Callable
from functools import lru_cache

import tsuzuki.carriers.registry
import tsuzuki.channels.registry
import tsuzuki.payments.registry
from tsuzuki.actions import health
from tsuzuki.carriers.port import Carrier as CarrierPort
from tsuzuki.carriers.port import Provider, Visits
from tsuzuki.channels.port import Channel
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import Money
from tsuzuki.core.registry import Reaches
from tsuzuki.payments.port import Gateway
from tsuzuki.records.models import Carrier

# Settings no provider reads: what people type into their phones, and where staff act by hand.
FOR_PEOPLE = ("apn", "apn_user", "apn_password", "apn_auth", "portal")


@lru_cache(maxsize=256)
def _carrier(provider: str, settings: str) -> CarrierPort:
    return tsuzuki.carriers.registry.load(provider, os.environ, json.loads(settings))


def carrier_of(carrier: Carrier) -> CarrierPort:
    """The port of a carrier row; changed settings build a new one."""
    return _carrier(carrier.provider, json.dumps(carrier.settings, sort_keys=True))


def broken(build: Callable[[], object]) -> str:
    """Why a provider cannot be built here (a missing secret or folder, an unknown name, a bug of its own); empty: it can. Whatever it
    is, it must hold up nobody else's orders."""
    try:
        build()
    except Exception as why:
        return type(why).__name__ + ": " + str(why)[:120]
    return ""


def visit(carrier: Carrier) -> str:
    """Why it could not be asked now, where that can be seen without asking; empty: it could, or nobody knows."""
    port = carrier_of(carrier)
    return port.visit() if isinstance(port, Visits) else ""


@lru_cache(maxsize=64)
def gateway(name: str) -> Gateway:
    """Refused(provider_unknown) for a name no registry knows. TSUZUKI_GATEWAYS holds settings without secrets: {"name": {...}}."""
    return tsuzuki.payments.registry.load(name, os.environ, json.loads(os.environ.get("TSUZUKI_GATEWAYS", "{}")).get(name, {}))


def require_gateway(method: str, amount: Money) -> None:
    """Refused unless the gateway exists here and takes this amount."""
    try:
        able = gateway(method).describe()
    except Refused as refusal:
        raise Refused(Code.METHOD_UNKNOWN, method=method[:40]) from refusal
    if amount.currency not in able.currencies:
        raise Refused(Code.CURRENCY_MISMATCH, expected=", ".join(able.currencies), got=amount.currency)
    if amount.minor > able.largest_minor:
        raise Refused(Code.AMOUNT_TOO_LARGE, amount=amount.minor)


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


def offered(amount: Money) -> list[str]:
    """Those of them that take this amount. One that cannot be built here (a missing secret) is not offered, and hides no other."""
    return [name for name in set_up() if not broken(lambda name=name: require_gateway(name, amount))]  # type: ignore[misc]


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
    """What decides whom a carrier of this kind speaks to. A kind that does not say: everything but what is for people."""
    try:
        entry = tsuzuki.carriers.registry.entry(provider)
    except Refused:
        return Reaches()  # nothing can be built of it
    if not isinstance(entry, Provider):
        return Reaches()
    return entry.reaches or Reaches(tuple(name for name in entry.settings if name not in FOR_PEOPLE))
