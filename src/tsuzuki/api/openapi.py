"""The OpenAPI document, drawn from the routes and the very Structs that decode and encode the bodies."""

from functools import cache
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpResponse

import tsuzuki
from tsuzuki.core.errors import Code

from .bodies import Nothing, Problem
from .problems import TYPE, status_of
from .router import Route
from .routes import ROUTES

REF = "#/components/schemas/{name}"
EVERYWHERE = (Code.MALFORMED, Code.NOT_FOUND, Code.INTERNAL_ERROR, Code.BUSY)
WITH_KEY = (Code.UNAUTHORIZED, Code.FORBIDDEN, Code.RATE_LIMITED)
WITH_BODY = (Code.TOO_LARGE, Code.LENGTH_REQUIRED, Code.BODY_INCOMPLETE, Code.MEDIA_TYPE_UNSUPPORTED)
INTRO = """Renew and top up mobile lines. Amounts are whole minor units (`amount_minor`) beside an ISO 4217
`currency`; moments are RFC 3339 in UTC; spans are half-open: a line that ends at 15:00:00Z can be used until
14:59:59Z. Unknown fields are refused. A refusal is an RFC 9457 problem; `code` is stable. Lists come in
pages: give `next` back as `cursor`."""


def document() -> HttpResponse:
    return HttpResponse(_written(), content_type="application/json")


@cache
def _written() -> bytes:
    return msgspec.json.encode(describe())


def describe() -> dict[str, Any]:
    kinds = [
        Problem,
        *{kind for route in ROUTES for kind in (route.takes, route.gives, route.asks) if kind is not None},
    ]
    shapes, named = msgspec.json.schema_components(kinds, ref_template=REF)
    refs = dict(zip(kinds, shapes, strict=True))
    named.pop(Nothing.__name__, None)
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, refs, named)
    for kind in {route.asks for route in ROUTES}:
        named.pop(kind.__name__, None)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "tsuzuki",
            "version": tsuzuki.__version__,
            "description": " ".join(INTRO.split("\n")),
        },
        "servers": [{"url": f"{settings.PUBLIC_URL}/api/v1"}],
        "paths": paths,
        "components": {
            "schemas": named,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "an API key of your account"}
            },
        },
        "webhooks": {"order": {"post": _told()}},
    }


def _operation(route: Route, refs: dict[Any, Any], named: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.says,
        "security": [{"key": []}] if route.scope else [],
        "parameters": [*_path(route), *_query(route, named), *_headers(route)],
        "responses": _responses(route, refs),
    }
    if route.scope:
        fields["description"] = f"Scope `{route.scope}`."
    if route.takes is not None:
        fields["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": refs[route.takes]}},
        }
    elif route.signed:
        fields["requestBody"] = {"required": True, "content": {"application/octet-stream": {"schema": {}}}}
    return fields


def _path(route: Route) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    kinds: dict[str, dict[str, str]] = {"id": {"type": "string", "format": "uuid"}}
    other = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,80}$"}
    return [
        {"name": name, "in": "path", "required": True, "schema": kinds.get(name, other)} for name in names
    ]


def _query(route: Route, named: dict[str, Any]) -> list[dict[str, Any]]:
    if route.asks is Nothing:
        return []
    shape = named[route.asks.__name__]
    return [
        {"name": name, "in": "query", "required": name in shape.get("required", ()), "schema": _one(schema)}
        for name, schema in shape["properties"].items()
    ]


def _one(schema: dict[str, Any]) -> dict[str, Any]:
    """In an address there is no null: it is simply not there."""
    kept = {name: value for name, value in schema.items() if name != "default" or value is not None}
    if "anyOf" in kept:
        (only,) = [entry for entry in kept.pop("anyOf") if entry != {"type": "null"}]
        kept |= only
    if "enum" in kept:
        kept["enum"] = [value for value in kept["enum"] if value is not None]
    return kept


def _headers(route: Route) -> list[dict[str, Any]]:
    if not route.keyed:
        return []
    says = "Fresh for each new purchase; the same again gets the same answer."
    schema = {"type": "string", "pattern": "^[!-~]{1,80}$"}
    return [
        {"name": "Idempotency-Key", "in": "header", "required": True, "description": says, "schema": schema}
    ]


def _responses(route: Route, refs: dict[Any, Any]) -> dict[str, Any]:
    content = (
        {"content": {"application/json": {"schema": refs[route.gives]}}} if route.gives is not None else {}
    )
    good = {str(route.status): {"description": route.says, **content}}
    if route.name == "refund_order":
        good["202"] = {"description": "Asked for: people decide", **content}
    codes = {
        *EVERYWHERE,
        *route.refuses,
        *(WITH_KEY if route.scope else ()),
        *(WITH_BODY if route.takes else ()),
    }
    if route.signed:
        codes |= {Code.TOO_LARGE, Code.LENGTH_REQUIRED, Code.BODY_INCOMPLETE}
    by_status: dict[int, list[str]] = {}
    for code in sorted(codes):
        by_status.setdefault(status_of(code), []).append(code.value)
    problem = {TYPE: {"schema": refs[Problem]}}
    bad = {
        str(status): {"description": ", ".join(values), "content": problem}
        for status, values in sorted(by_status.items())
    }
    if "429" in bad:
        bad["429"]["headers"] = {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}}
    return good | bad


def _told() -> dict[str, Any]:
    """What we send to your endpoint."""
    text, moment = {"type": "string"}, {"type": "string", "format": "date-time"}
    ids = {name: {"type": "string", "format": "uuid"} for name in ("order_id", "purchase_id", "line_id")}
    data = {
        "type": "object",
        "properties": {**ids, "kind": text, "state": text, "price": {"$ref": REF.format(name="Amount")}},
    }
    body = {"type": "object", "properties": {"id": text, "type": text, "made_at": moment, "data": data}}
    return {
        "summary": "An order moved",
        "description": "Signed: `Tsuzuki-Signature: t=SECONDS,v1=HEX`, HMAC-SHA-256 over `t.body` with your "
        "endpoint's secret. Answer 2xx; anything else is sent again for three days. The same `id` is the "
        "same event.",
        "requestBody": {"content": {"application/json": {"schema": body}}},
        "responses": {"2XX": {"description": "taken"}},
    }
