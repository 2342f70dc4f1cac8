"""A refusal as `application/problem+json` (RFC 9457), and a page for each code."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256

import msgspec
from django.conf import settings
from django.http import HttpResponse
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from tsuzuki.core.errors import Code
from tsuzuki.ui.refusals import sentence

TYPE = "application/problem+json"
_NOT_FOUND = (
    Code.NUMBER_UNKNOWN,
    Code.PLAN_UNKNOWN,
    Code.QUOTE_UNKNOWN,
    Code.ORDER_UNKNOWN,
    Code.PROVIDER_UNKNOWN,
    Code.NOT_FOUND,
    Code.WORK_UNKNOWN,
    Code.ACCOUNT_UNKNOWN,
)
_CONFLICT = (
    Code.QUOTE_USED,
    Code.QUOTE_EXPIRED,
    Code.KEY_REUSED,
    Code.PURCHASE_NOT_WAITING,
    Code.ORDER_NOT_CANCELLABLE,
    Code.ORDER_NOT_REFUNDABLE,
    Code.MONEY_DISPUTED,
    Code.VOUCHER_USED,
    Code.WORK_DONE_ALREADY,
    Code.NAME_TAKEN,
)
STATUS = {
    **dict.fromkeys(_NOT_FOUND, 404),
    **dict.fromkeys(_CONFLICT, 409),
    Code.UNAUTHORIZED: 401,
    Code.FORBIDDEN: 403,
    Code.METHOD_NOT_ALLOWED: 405,
    Code.MALFORMED: 400,
    Code.IDEMPOTENCY_KEY_MISSING: 400,
    Code.EVENT_FORGED: 400,
    Code.TOO_LARGE: 413,
    Code.MEDIA_TYPE_UNSUPPORTED: 415,
    Code.RATE_LIMITED: 429,
    Code.INTERNAL_ERROR: 500,
    Code.LINK_EXPIRED: 410,
    Code.LENGTH_REQUIRED: 411,
    Code.BODY_INCOMPLETE: 400,
    Code.BUSY: 503,
}
_OURS = ("type", "title", "status", "detail", "code")


def status_of(code: Code) -> int:
    """422: understood, and a rule says no."""
    return STATUS.get(code, 422)


def response(
    code: Code, facts: Mapping[str, object], language: str, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    status = status_of(code)
    told = {
        name: fact if isinstance(fact, str | int | bool | None) else str(fact)
        for name, fact in facts.items()
        if name not in _OURS
    }
    body = {
        "type": f"{settings.PUBLIC_URL}/api/v1/problems/{code.value}",
        "title": sentence(code, {}, language),
        "status": status,
        "detail": sentence(code, facts, language),
        "code": code.value,
        **told,
    }
    answer = HttpResponse(msgspec.json.encode(body), content_type=TYPE, status=status)
    answer["Content-Language"], answer["Vary"], answer["Cache-Control"] = (
        language,
        "Accept-Language",
        "no-store",
    )
    for name, value in (headers or {}).items():
        answer[name] = value
    if status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="tsuzuki"'
    return answer


_STYLE = mark_safe(
    ":root{color-scheme:light dark}body{font:1.1rem/1.6 system-ui,sans-serif;"
    "max-width:40rem;margin:3rem auto;padding:0 1.2rem}"
    "code{font-size:1.2rem}"
)
_PAGE = """<!doctype html><html lang="{}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{}</title><style>{}</style><main><h1><code>{}</code></h1><p>HTTP {}</p><p>{}</p></main></html>
"""


def page(name: str, language: str) -> HttpResponse | None:
    """What a code means, for the person who reads `type`."""
    try:
        code = Code(name)
    except ValueError:
        return None
    words = sentence(code, {}, language)
    answer = for_readers(
        format_html(_PAGE, language, code.value, _STYLE, code.value, status_of(code), words), _STYLE
    )
    answer["Content-Language"], answer["Vary"] = language, "Accept-Language"
    return answer


def for_readers(page: str, style: str) -> HttpResponse:
    """A page of words: nothing but its own style sheet is let in."""
    source = b64encode(sha256(style.encode()).digest()).decode()
    answer = HttpResponse(page)
    answer["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'sha256-{source}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return answer
