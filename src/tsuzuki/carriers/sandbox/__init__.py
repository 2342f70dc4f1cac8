"""The toy carrier, asked over HTTP like a real one. Only in the sandbox.

environ    TSUZUKI_SANDBOX_URL, TSUZUKI_SANDBOX_SECRET (or _FILE)
settings   timeout (4 s), lease (15 s), at_once (8), look_every (60 s)
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

import msgspec

from tsuzuki import decode
from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.http.client import Client, NothingSent
from tsuzuki.http.signature import signed
from tsuzuki.plugins import ReachSettings, number, secret

from ..port import (
    CarrierAdapter,
    CarrierAnswer,
    CarrierCapabilities,
    CarrierEvent,
    CarrierPlugin,
    CarrierRequest,
    CarrierStatus,
    Fault,
)

EVIDENCE = 2000  # characters of an answer worth keeping
# Whose failure a reason of theirs is; anything else is final.
FAULTS = {
    "wallet_empty": Fault.OURS,
    "unauthorized": Fault.OURS,
    "number_barred": Fault.BUYER,
    "number_unknown": Fault.BUYER,
}

Shape = TypeVar("Shape", bound=msgspec.Struct)


class Told(msgspec.Struct):
    key: str
    result: str
    id: str | None = None
    reason: str | None = None


class Problem(msgspec.Struct):
    error: str = ""
    result: str = ""
    reason: str | None = None


class ToldEvent(msgspec.Struct):
    id: str
    type: str
    side: str
    key: str | None = None


class SandboxCarrier:
    def __init__(self, wire: Client, abilities: CarrierCapabilities) -> None:
        self._wire, self._abilities = wire, abilities

    def describe(self) -> CarrierCapabilities:
        return self._abilities

    def act(self, ask: CarrierRequest) -> CarrierAnswer:
        try:
            status, body = self._wire.ask("PUT", _path(ask.key), _body(ask))
        except NothingSent as error:
            return CarrierAnswer(CarrierStatus.PASSING, reason="unreachable", raw=str(error))
        match status:
            case 200 | 422:
                return _answer(status, body, ask.key)
            case 402 | 401 | 503:
                problem = _decoded(body, Problem)
                if (status, problem.result or problem.error) not in (
                    (402, "refused"),
                    (401, "unauthorized"),
                    (503, "busy"),
                ):
                    raise ProviderUnsure(f"status {status} that is not theirs")
                reason = problem.reason or problem.error or problem.result
                return CarrierAnswer(
                    CarrierStatus.PASSING,
                    fault=FAULTS.get(reason),
                    reason=reason,
                    raw=_evidence(status, body),
                )
            case 400:
                problem = _decoded(body, Problem)
                return CarrierAnswer(
                    CarrierStatus.REFUSED,
                    fault=Fault.FINAL,
                    reason=problem.error or "malformed",
                    raw=_evidence(status, body),
                )
        raise ProviderUnsure(f"status {status}")

    def look_up(self, key: str) -> CarrierAnswer:
        try:
            status, body = self._wire.ask("GET", _path(key))
        except NothingSent as error:
            raise ProviderUnsure(str(error)) from None
        if status == 404 and _decoded(body, Problem).error == "not_found":
            return CarrierAnswer(CarrierStatus.NEVER_RECEIVED, raw=_evidence(status, body))
        if status != 200:
            raise ProviderUnsure(f"status {status}")
        return _answer(status, body, key)

    def read_event(self, headers: Mapping[str, str], raw: bytes, at: datetime) -> CarrierEvent | None:
        if not signed(self._wire.secret, headers, raw, at):
            return None
        try:
            told = decode.from_json(raw, ToldEvent)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        return (
            CarrierEvent(told.id, told.key, told.type == "carrier.reversed")
            if told.side == "carrier"
            else None
        )


def _path(key: str) -> str:
    return "/carrier/asks/" + quote(key, safe="")


def _body(ask: CarrierRequest) -> bytes:
    return msgspec.json.encode(
        {
            "verb": ask.verb.value,
            "msisdn": ask.msisdn,
            "iccid": ask.iccid,
            "plan": ask.plan,
            "allowances": [
                {"good": allowance.good.value, "amount": allowance.amount} for allowance in ask.allowances
            ],
            "starts_at": ask.starts_at.isoformat(),
            "ends_at": ask.ends_at.isoformat(),
            "reference": ask.reference,
        }
    )


def _answer(status: int, body: bytes, key: str) -> CarrierAnswer:
    told = _decoded(body, Told)
    raw = _evidence(status, body)
    if told.key != key:
        raise ProviderUnsure("an answer to another question")
    if told.result == "done":
        return CarrierAnswer(CarrierStatus.DONE, reference=told.id, raw=raw)
    if told.result in ("refused", "reversed"):
        return CarrierAnswer(
            CarrierStatus.REFUSED,
            told.id,
            FAULTS.get(told.reason or "", Fault.FINAL),
            told.reason or told.result,
            raw,
        )
    raise ProviderUnsure(f"result {told.result[:40]!r}")


def _decoded(body: bytes, shape: type[Shape]) -> Shape:
    try:
        return decode.from_json(body, shape)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProviderUnsure("an answer nobody can read") from None


def _evidence(status: int, body: bytes) -> str:
    return f"{status} {body.decode('utf-8', 'replace')[:EVIDENCE]}"


def build(environ: Mapping[str, str], settings: Mapping[str, object]) -> CarrierAdapter:
    abilities = CarrierCapabilities(
        timeout=number(settings, "timeout", 4.0),
        lease=number(settings, "lease", 15.0),
        honours_keys=True,
        looks_up=True,
        at_once=int(number(settings, "at_once", 8)),
        look_every=number(settings, "look_every", 60.0),
    )
    url, key = secret(environ, "TSUZUKI_SANDBOX_URL").rstrip("/"), secret(environ, "TSUZUKI_SANDBOX_SECRET")
    return SandboxCarrier(Client(url, key, abilities.timeout, abilities.at_once), abilities)


PROVIDER = CarrierPlugin(
    build, sandbox_only=True, settings=("timeout", "lease", "at_once", "look_every"), reaches=ReachSettings()
)
