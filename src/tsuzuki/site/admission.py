"""What is let in, before Django: whole bodies of a bounded length, and no more work that may have to wait
than there are threads for.

A body must be read to its announced end before any view runs: the web server hands on what has arrived when a
sender hangs up, and a form cut short is a shorter form. Without a length, over WSGI, no body arrives at all.
And all of it is UTF-8: nobody says by which codec else it is read.

Work that may wait (for a row somebody else holds, for a gateway, for a body) never has every thread of a
process: what comes on top is refused with 503 while pages that only read, and /healthz, are served by the
threads kept for them.
"""

import re
from collections.abc import Callable, Iterable
from io import BytesIO
from threading import BoundedSemaphore
from typing import Any

from django.http import HttpResponse

from tsuzuki.api import problems
from tsuzuki.core.errors import Code
from tsuzuki.ui.languages import SHIPPED, nearest
from tsuzuki.web import error_pages

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]
LARGEST = 5 << 19  # bytes of a body: a table of tariffs sent as a file. Forms and the API take less
# Of one a little longer all is read before it is refused:
# a proxy in the middle of handing it on hears no answer.
HEARD_OUT = 2 * LARGEST
KEPT_FREE = 4  # one thread in so many is never given to work that may wait
RETRY_AFTER = 5  # seconds, where every such thread is taken
_READS = ("GET", "HEAD", "OPTIONS")
# Also when only read: counted, kept or asked of a gateway.
_MAY_WAIT = re.compile(r"/(api|office)/|/([A-Za-z-]+/)?(p/|search$)")
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
# RFC 2046, without blanks.
_BOUNDARY = re.compile(r"boundary=(\"?)([0-9A-Za-z'()+_,./:=?-]{1,70})\1\s*(?:;|$)", re.IGNORECASE)


def whole(application: Application) -> Application:
    """The application, asked only with bodies that are all there."""

    def answer(environ: Environ, start: Start) -> Iterable[bytes]:
        body = _body(environ)
        if isinstance(body, Code):
            return _refuse(body, environ, start)
        environ["wsgi.input"] = BytesIO(body)
        environ["CONTENT_TYPE"] = _kind(environ.get("CONTENT_TYPE") or "")
        return application(environ, start)

    return answer


def _body(environ: Environ) -> bytes | Code:
    length = environ.get("CONTENT_LENGTH") or ""
    if environ.get("HTTP_TRANSFER_ENCODING") or (not length and _hides_its_end(environ)):
        return Code.LENGTH_REQUIRED
    if not length:
        return b""
    if not _LENGTH.fullmatch(length):
        return Code.BODY_INCOMPLETE
    if int(length) > HEARD_OUT:
        return Code.TOO_LARGE
    body = bytearray()
    try:
        while len(body) < int(length) and (piece := environ["wsgi.input"].read(int(length) - len(body))):
            body += piece
    except OSError:
        return Code.BODY_INCOMPLETE
    if len(body) != int(length):
        return Code.BODY_INCOMPLETE
    return bytes(body) if len(body) <= LARGEST else Code.TOO_LARGE


def _kind(said: str) -> str:
    """What a body is, and where the parts of a form end.

    Django would read address and form by any codec beside it: one that is none of text ends in an error
    before a page is asked, some take half a minute for a megabyte.
    """
    kind = said.partition(";")[0].strip()
    match = _BOUNDARY.search(said)
    return f"{kind}; boundary={match[2]}" if match else kind


def _hides_its_end(environ: Environ) -> bool:
    """HTTP/2 needs neither header for a body; HTTP/1 without both has none."""
    return environ["REQUEST_METHOD"] not in (*_READS, "DELETE") and environ.get(
        "SERVER_PROTOCOL", ""
    ).startswith("HTTP/2")


def crowded(application: Application, threads: int) -> Application:
    """The application behind a count of its busy threads.

    0: how many there are is not known, and nobody is refused.
    """
    if not threads:
        return application
    free = BoundedSemaphore(max(1, threads - max(1, threads // KEPT_FREE)))

    def answer(environ: Environ, start: Start) -> Iterable[bytes]:
        if not _may_wait(environ):
            return application(environ, start)
        if not free.acquire(blocking=False):
            return _refuse(Code.BUSY, environ, start)
        try:
            return application(environ, start)
        finally:
            free.release()

    return answer


def _may_wait(environ: Environ) -> bool:
    has_body = environ.get("CONTENT_LENGTH", "0") not in ("", "0") or bool(
        environ.get("HTTP_TRANSFER_ENCODING")
    )
    return (
        has_body
        or environ["REQUEST_METHOD"] not in _READS
        or bool(_MAY_WAIT.match(environ.get("PATH_INFO", "")))
    )


def _refuse(code: Code, environ: Environ, start: Start) -> Iterable[bytes]:
    """In the form of the face that was asked; the database is not."""
    path, status = environ.get("PATH_INFO", ""), problems.status_of(code)
    first, accepts = path.lstrip("/").partition("/")[0], environ.get("HTTP_ACCEPT_LANGUAGE", "")
    facts = {"most": LARGEST} if code is Code.TOO_LARGE else {}
    if path.startswith("/api/"):
        answer: HttpResponse = problems.response(code, facts, nearest(accepts))
    else:
        answer = error_pages.bare(first if first in SHIPPED else nearest(accepts), status)
    if code is Code.BUSY:
        answer["Retry-After"] = str(RETRY_AFTER)
    answer["Content-Length"] = str(len(answer.content))
    start(f"{status} {answer.reason_phrase}", list(answer.items()))
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.content]
