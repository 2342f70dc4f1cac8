"""Messages to programs: one signed POST to an address the program's people gave us.

The name is resolved here, every address it has must be public, and the connection goes to that very address:
a name that changes its mind between look and call leads nowhere. Redirects are not followed, the answer's
body is not read, and after TIMEOUT a call is over, however slowly the other side speaks.
"""

import hashlib
import hmac
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from tsuzuki.channels.port import SendResult, SendStatus
from tsuzuki.http.addresses import is_public
from tsuzuki.http.timed_connection import Limit

TIMEOUT = 10.0
SIGNATURE = "Tsuzuki-Signature"
NOT_PUBLIC = "address is not public"


@dataclass(frozen=True, slots=True)
class Post:
    """`event` is the same on every repeat, so that the reader can drop a double."""

    url: str
    secret: str
    event: str
    body: bytes

    def __repr__(self) -> str:
        return f"Post({self.url!r}, {self.event!r})"


def signature(secret: str, body: bytes, at: datetime) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA-256 over «t.body»,
    so that neither can be changed nor an old one be sent again.
    """
    moment = str(int(at.timestamp()))
    signed = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256)
    return f"t={moment},v1={signed.hexdigest()}"


def send(post: Post, at: datetime, anywhere: bool = False) -> SendResult:
    """SENT for any 2xx; everything else is PASSING and may be sent again.

    `anywhere`: sandbox mode, private addresses too.
    """
    parts = urlsplit(post.url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        results = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        return SendResult(SendStatus.PASSING, "no such host")
    if not results or not (anywhere or all(is_public(address) for address in results)):
        return SendResult(SendStatus.PASSING, NOT_PUBLIC)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "tsuzuki-webhook/1",
        "Host": parts.netloc,
        "Tsuzuki-Event": post.event,
        SIGNATURE: signature(post.secret, post.body, at),
    }
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _post(_connection(parts.scheme, host, results[0], port), path, post.body, headers)


def _connection(scheme: str, host: str, address: str, port: int) -> HTTPConnection:
    if scheme != "https":
        return HTTPConnection(address, port, timeout=TIMEOUT / 2)
    return HTTPSConnection(
        address,
        port,
        timeout=TIMEOUT / 2,
        cert_reqs="CERT_REQUIRED",
        assert_hostname=host,
        server_hostname=host,
    )


def _post(connection: HTTPConnection, path: str, body: bytes, headers: Mapping[str, str]) -> SendResult:
    begun, limit = time.monotonic(), None
    try:
        connection.connect()  # which ends by itself, as does the handshake
        connection.timeout = left = max(0.1, TIMEOUT - (time.monotonic() - begun))
        limit = Limit(connection.sock, left)
        connection.request("POST", path, body=body, headers=dict(headers), preload_content=False)
        status = connection.getresponse().status
        if limit.reached:  # what was cut off in the middle also reads as an answer
            raise TimeoutError
    except (urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError) as why:
        return SendResult(SendStatus.PASSING, type(why).__name__)
    finally:
        if limit:
            limit.lift()
        connection.close()
    return SendResult(SendStatus.SENT if 200 <= status < 300 else SendStatus.PASSING, str(status))
