"""The router: finds the route, checks the key, counts the request, decodes it; every failure leaves as a
problem document.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec
import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tsuzuki import decode
from tsuzuki.actions.people import keys, limits
from tsuzuki.core.errors import Code, Refused
from tsuzuki.http.addresses import client_ip
from tsuzuki.records import models
from tsuzuki.records.failures import passes
from tsuzuki.ui.languages import nearest

from . import problems
from .bodies import Nothing

log = structlog.get_logger()
LARGEST = 1 << 20  # bytes of a body
WRONG_KEYS, WRONG_KEYS_PER = 60, 600  # keys that open nothing, from one address, in so many seconds
_PART = r"[A-Za-z0-9_-]{1,80}"


@dataclass(frozen=True, slots=True)
class Call:
    """One request, decoded. `account` is who asks; None only where the door is open to all."""

    account: models.Account | None
    now: datetime
    language: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Any = None
    body: Any = None
    raw: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    address: str = ""  # whom a limit counts

    @property
    def who(self) -> models.Account:
        assert self.account is not None, "a route without a scope has nobody to ask for"
        return self.account


@dataclass(frozen=True, slots=True)
class Reply:
    body: msgspec.Struct | bytes | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """One operation.

    `scope` None: no key is asked for (`signed` says a provider signs). `refuses`: codes beside those every
    route has.
    """

    method: str
    path: str  # /orders/{id}
    scope: str | None
    says: str
    run: Callable[[Call], Reply]
    gives: Any = None
    status: int = 200
    takes: type[msgspec.Struct] | None = None
    asks: type[msgspec.Struct] = Nothing
    keyed: bool = False  # needs an Idempotency-Key
    signed: bool = False
    refuses: tuple[Code, ...] = ()

    @property
    def name(self) -> str:
        return self.run.__name__


def pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", rf"(?P<\1>{_PART})", path))


def dispatch(
    request: HttpRequest, path: str, routes: Mapping[re.Pattern[str], Mapping[str, Route]]
) -> HttpResponse:
    language = nearest(request.headers.get("Accept-Language", ""))
    try:
        return _answer(request, path, routes, language)
    except Refused as refusal:
        return problems.response(refusal.code, refusal.facts, language, _headers(refusal))
    except Exception as error:
        log.exception("api broke", method=request.method, path=path[:80])
        if passes(error):
            return problems.response(Code.BUSY, {}, language, {"Retry-After": "5"})
        return problems.response(Code.INTERNAL_ERROR, {}, language)


def _headers(refusal: Refused) -> dict[str, str]:
    if refusal.code is Code.RATE_LIMITED:
        return {"Retry-After": str(refusal.facts["seconds"])}
    if refusal.code is Code.METHOD_NOT_ALLOWED:
        return {"Allow": str(refusal.facts["allowed"])}
    return {}


def _answer(
    request: HttpRequest, path: str, routes: Mapping[re.Pattern[str], Mapping[str, Route]], language: str
) -> HttpResponse:
    route, parts = _find(request.method or "", path, routes)
    now = timezone.now()
    account = _admitted(request, route, now)
    call = Call(
        account,
        now,
        language,
        parts,
        _query(request, route),
        raw=_raw(request) if route.takes or route.signed else b"",
        headers=request.headers,
        address=_address(request),
    )
    if route.takes is not None:
        call = _with_body(call, route.takes, request.content_type or "", route.keyed)
    reply = route.run(call)
    body = (
        reply.body
        if isinstance(reply.body, bytes)
        else b""
        if reply.body is None
        else msgspec.json.encode(reply.body)
    )
    answer = HttpResponse(
        b"" if request.method == "HEAD" else body, content_type="application/json", status=reply.status
    )
    answer["Cache-Control"] = "no-store"
    for name, value in reply.headers.items():
        answer[name] = value
    return answer


def _find(
    method: str, path: str, routes: Mapping[re.Pattern[str], Mapping[str, Route]]
) -> tuple[Route, Mapping[str, str]]:
    for known, by_method in routes.items():
        if match := known.fullmatch(path):
            route = by_method.get("GET" if method == "HEAD" else method)
            if route is None:
                allowed = sorted(by_method) + (["HEAD"] if "GET" in by_method else [])
                raise Refused(Code.METHOD_NOT_ALLOWED, allowed=", ".join(allowed))
            return route, match.groupdict()
    raise Refused(Code.NOT_FOUND)


def _admitted(request: HttpRequest, route: Route, now: datetime) -> models.Account | None:
    if route.scope is None:
        return None
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Refused(Code.UNAUTHORIZED)
    try:
        key = keys.find(secret.strip()[:200], now)
    except Refused:
        wait = limits.take_from("api key", _address(request), WRONG_KEYS, WRONG_KEYS_PER, now)
        if wait is not None:
            raise Refused(Code.RATE_LIMITED, seconds=wait) from None
        raise
    wait = limits.take_leased("api", str(key.id), key.per_minute, 60, now)
    if wait is not None:
        raise Refused(Code.RATE_LIMITED, seconds=wait)
    if route.scope not in key.scopes:
        raise Refused(Code.FORBIDDEN, scope=route.scope)
    return key.account


def _address(request: HttpRequest) -> str:
    """Whom a limit counts where there is no key to count by."""
    return client_ip(
        request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", ""), settings.PROXIES
    )


def _query(request: HttpRequest, route: Route) -> msgspec.Struct:
    try:
        given = request.GET
    except TooManyFieldsSent:
        raise Refused(Code.MALFORMED, reason="too many questions") from None
    if twice := [name for name in given if len(given.getlist(name)) > 1]:
        raise Refused(Code.MALFORMED, where=twice[0][:40], reason="given twice")
    # Which `convert` would read as «not there».
    if none := [name for name in given if given[name].lower() == "null"]:
        raise Refused(Code.MALFORMED, where=none[0][:40], reason="leave it out")
    try:
        return decode.convert(given.dict(), route.asks, strict=False)
    except msgspec.ValidationError as why:
        raise _malformed(why) from None


def _raw(request: HttpRequest) -> bytes:
    try:
        raw = request.body
    except RequestDataTooBig:
        raise Refused(Code.TOO_LARGE, most=LARGEST) from None
    if len(raw) > LARGEST:
        raise Refused(Code.TOO_LARGE, most=LARGEST)
    return raw


def _with_body(call: Call, takes: type[msgspec.Struct], content_type: str, keyed: bool) -> Call:
    if content_type.lower() != "application/json":
        raise Refused(Code.MEDIA_TYPE_UNSUPPORTED)
    if keyed and not call.headers.get("Idempotency-Key"):
        raise Refused(Code.IDEMPOTENCY_KEY_MISSING)
    try:
        body = decode.from_json(call.raw, takes)
        json.loads(call.raw, object_pairs_hook=_each_once)
    except msgspec.DecodeError as why:  # a ValidationError is one too
        raise _malformed(why) from None
    except (RecursionError, ValueError) as why:
        raise Refused(Code.MALFORMED, reason=type(why).__name__) from None
    return replace(call, body=body)


def _each_once(pairs: list[tuple[str, object]]) -> None:
    """msgspec takes the last of two fields of one name, another reader the first:
    what was meant, nobody knows.
    """
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused(Code.MALFORMED, where=twice[:40], reason="given twice")


def _malformed(why: Exception) -> Refused:
    """msgspec says what and where: «Expected `int` >= 1 - at `$.items[0].amount_minor`»."""
    reason, _, where = str(why).partition(" - at ")
    return Refused(Code.MALFORMED, reason=reason[:200], **({"where": where.strip("`")[:80]} if where else {}))
