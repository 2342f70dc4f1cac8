"""One HTTP answer of ours, and the ways in which it may fail to arrive."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from .behaviour import Behaviour


@dataclass(frozen=True, slots=True)
class Reply:
    """`dropped`: hold the line, then hang up.

    `held_then` runs once the line was held in full; `after` once the answer has left.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    dropped: bool = False
    held_then: Callable[[], None] | None = None
    after: Callable[[], None] | None = None


def told(value: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def page(html: str, status: int = 200) -> Reply:
    return Reply(status, html.encode(), "text/html; charset=utf-8")


def sent_on(url: str) -> Reply:
    return Reply(303, b"", "text/plain", {"Location": url})


def not_found() -> Reply:
    return told({"error": "not_found"}, 404)


def as_it_arrives(reply: Reply, behaviour: Behaviour) -> Reply:
    """The answer after an act, spoilt as the buttons say."""
    if "late" in behaviour:
        return replace(reply, dropped=True)
    if "garbage" in behaviour:
        return replace(reply, status=200, body=b"<html>\xff\xfe it works!</ht")
    if "error" in behaviour:
        return replace(reply, status=500, body=b'{"error":"internal"}')
    return reply


def not_acted(behaviour: Behaviour) -> Reply | None:
    """The answer where nothing at all is done, if the buttons say so."""
    if behaviour.outcome == "silent":
        return Reply(dropped=True)
    if behaviour.outcome == "busy":
        return told({"error": "busy", "result": "busy"}, 503)
    return None
