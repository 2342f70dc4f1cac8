"""The real web server, granian over our WSGI application, as a process of its own: plain, or with TLS 1.3 and
HTTP/2.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import urllib3

from .certificate import Certificate

OURS = "tsuzuki.site.wsgi:application"
PATIENCE = 60  # seconds for Django to load on a busy machine


@dataclass
class Web:
    port: int
    url: str
    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)
    started: threading.Event = field(default_factory=threading.Event)

    def errors(self) -> list[str]:
        """What it logged as an error since it was last asked: a page that broke, however politely."""
        lines, self.said[:] = self.said[:], []
        return [line for line in lines if _is_error(line)]

    def hear(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            if "Started worker" in line:
                self.started.set()
        self.started.set()  # or it never will be


def _is_error(line: str) -> bool:
    try:
        told = json.loads(line)
    except ValueError:
        return line.startswith(("ERROR", "CRITICAL", "Traceback", "[ERROR"))
    return isinstance(told, dict) and told.get("level") in ("error", "critical")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(
    port: int = 0,
    certificate: Certificate | None = None,
    app: str = OURS,
    environ: Mapping[str, str] | None = None,
    public: str = "",
) -> Iterator[Web]:
    """`public`: where customers reach it, if not directly.

    The database and the rest are those of this process's environment.
    """
    port = port or free_port()
    url = f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), app]
    if certificate:
        command[-1:-1] = ["--ssl-certificate", str(certificate.chain), "--ssl-keyfile", str(certificate.key)]
    given = {**os.environ, "GRANIAN_BLOCKING_THREADS": "4", "TSUZUKI_URL": public or url, **(environ or {})}
    process = subprocess.Popen(
        command,
        env=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    web = Web(port, url, process)
    hearing = threading.Thread(target=web.hear, name="web server's log", daemon=True)
    hearing.start()
    try:
        web.started.wait(PATIENCE)
        with urllib3.PoolManager(
            ca_certs=certificate and str(certificate.root),
            retries=urllib3.Retry(8, redirect=False, backoff_factor=0.05),
        ) as http:
            # Its first answer: the application is loaded.
            http.request("GET", url, timeout=PATIENCE, redirect=False)
        yield web
    except urllib3.exceptions.HTTPError as broken:
        raise RuntimeError("the web server does not answer:\n" + "\n".join(web.said)) from broken
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # its own workers with it
            process.wait()
        hearing.join(20)
        if process.stdout:
            process.stdout.close()
