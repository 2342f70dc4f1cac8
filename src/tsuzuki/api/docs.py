"""The OpenAPI document as one page to read: no script, nothing from elsewhere."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from .openapi import describe
from .problems import for_readers

_STYLE = """:root{color-scheme:light dark}
body{font:1rem/1.55 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:3rem;font-size:1.15rem}h2 b{display:inline-block;min-width:4.2rem}
code,pre{font-family:ui-monospace,monospace;font-size:.92em}
table{border-collapse:collapse;width:100%;margin:1rem 0}
td{vertical-align:top;padding:.25rem 1.2rem .25rem 0;border-bottom:1px solid #8884}
td:last-child{width:100%}main{overflow-x:auto}
dt{margin-top:2rem;font-weight:600}a{color:inherit}nav li{margin:.35rem 0}"""
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>tsuzuki API</title><style>{}</style><h1>API v1</h1><p>{}</p>
<p>Machine-readable: <a href="openapi.json">openapi.json</a>
(OpenAPI 3.1). Keys come from the operator: <code>Authorization: Bearer tsk_…</code></p>
<nav><ul>{}</ul></nav><main>{}<h1>Shapes</h1>
<dl>{}</dl><h1>Messages to you</h1><p>{}</p></main></html>
"""


def page() -> HttpResponse:
    return for_readers(_written(), _STYLE)


@cache
def _written() -> str:
    fields = describe()
    operations = list(_operations(fields))
    style: SafeString = mark_safe(_STYLE)  # noqa: S308 (ours, above)
    return format_html(
        _PAGE,
        style,
        _text(fields["info"]["description"]),
        format_html_join(
            "",
            '<li><a href="#{}"><code>{} {}</code></a> {}</li>',
            ((fields["operationId"], method, path, fields["summary"]) for method, path, fields in operations),
        ),
        format_html_join("", "{}", ((_section(*operation),) for operation in operations)),
        format_html_join(
            "",
            '<dt id="{}">{}</dt><dd>{}{}</dd>',
            (
                (name, name, _text(shape.get("description", "")), _fields(shape))
                for name, shape in fields["components"]["schemas"].items()
            ),
        ),
        _text(fields["webhooks"]["order"]["post"]["description"]),
    )


def _operations(said: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, by_method in said["paths"].items():
        for method, operation in by_method.items():
            yield method.upper(), path, operation


def _section(method: str, path: str, operation: dict[str, Any]) -> SafeString:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    rows = [
        (entry["name"], entry["in"], _kind(entry["schema"]), _text(entry.get("description", "")))
        for entry in operation["parameters"]
    ]
    if body:
        rows.append(("body", "JSON", _kind(body), SafeString()))
    table = format_html_join("", "<tr><td><code>{}</code><td>{}<td>{}<td>{}", rows)
    answers = format_html_join(
        "",
        "<tr><td>{}<td>{}<td>{}",
        ((s, _answer(a), _codes(s, a)) for s, a in operation["responses"].items()),
    )
    return format_html(
        '<h2 id="{}"><b>{}</b> <code>{}</code></h2><p>{}. {}</p><table>{}</table><table>{}</table>',
        operation["operationId"],
        method,
        path,
        operation["summary"],
        _text(operation.get("description", "")),
        table,
        answers,
    )


def _text(words: str) -> SafeString:
    """What stands between backticks is code."""
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<code>{}</code>", part) if place % 2 else part,)
            for place, part in enumerate(words.split("`"))
        ),
    )


def _codes(status: str, answer: dict[str, Any]) -> SafeString:
    """A refusal's codes, each with its page."""
    if status < "400":
        return _text(answer["description"])
    return format_html_join(
        ", ", '<a href="problems/{}">{}</a>', ((code, code) for code in answer["description"].split(", "))
    )


def _answer(answer: dict[str, Any]) -> SafeString:
    for content in answer.get("content", {}).values():
        return _kind(content["schema"])
    return SafeString("")


def _fields(shape: dict[str, Any]) -> SafeString:
    needed = shape.get("required", ())
    rows = (
        (name, _kind(entry), "" if name in needed else "optional", _text(entry.get("description", "")))
        for name, entry in shape["properties"].items()
    )
    return format_html(
        "<table>{}</table>", format_html_join("", "<tr><td><code>{}</code><td>{}<td>{}<td>{}", rows)
    )


def _kind(schema: dict[str, Any]) -> SafeString:
    """A schema in a few words, linked where it has a name."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return format_html('<a href="#{}">{}</a>', name, name)
    if "anyOf" in schema:
        return format_html_join(" or ", "{}", ((_kind(entry),) for entry in schema["anyOf"]))
    if "enum" in schema:
        return format_html_join(" · ", "<code>{}</code>", ((str(value),) for value in schema["enum"]))
    if schema.get("type") == "array":
        return format_html("list of {}", _kind(schema["items"]))
    return format_html("{}", schema.get("format") or schema.get("type") or "anything")
