"""The other processes of a demo: sandbox, API for webhooks, worker.

Each is what a real installation runs, or stands in for.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3

from tsuzuki.cli.start import RUNNING

HOST = "127.0.0.1"
CARRIER = "docomo-line"  # whose webhook address the toy carrier uses; its keys say which order is meant
PATIENCE = 30  # seconds a process may take to answer


class CannotStart(Exception):
    """What to tell the person who started the demo."""


@dataclass
class Demo:
    """What runs, and where. `environ` is what every process of it shares."""

    data: Path
    port: int  # of the API
    sandbox_port: int = 0  # 0: any
    environ: dict[str, str] = field(default_factory=dict)
    running: list[subprocess.Popen[str]] = field(default_factory=list)
    http: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=10))
    )

    @property
    def sandbox(self) -> str:
        return self.environ["TSUZUKI_SANDBOX_URL"]

    @property
    def web(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def api(self) -> str:
        return f"{self.web}/api/v1"

    def post(self, path: str, **form: str) -> int:
        """Press a button of the sandbox."""
        return self.http.request(
            "POST", f"{self.sandbox}/{path}", fields=form, encode_multipart=False, redirect=False
        ).status

    def read(self, path: str) -> Any:
        return json.loads(self.http.request("GET", f"{self.sandbox}/{path}").data)

    def stop(self) -> None:
        (self.data / RUNNING).unlink(missing_ok=True)
        for process in reversed(self.running):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def require_free(port: int) -> int:
    """The port itself, or any free one for 0."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise CannotStart(f"Port {port} is taken. Choose another: --port {port + 10}") from None
        result: int = probe.getsockname()[1]
        return result


def start_sandbox(demo: Demo) -> None:
    """Carrier, gateway and outbox, with their own storage; its addresses become everybody's environment."""
    secret = _kept_secret(demo.data / "sandbox.secret")
    environ = {**os.environ, "TSUZUKI_SANDBOX": "1", "TSUZUKI_SANDBOX_SECRET": secret}
    hooks = f"http://{HOST}:{demo.port}/api/v1/webhooks"
    port = require_free(demo.sandbox_port)
    command = [
        "-m",
        "tsuzuki.sandbox",
        "--data",
        str(demo.data / "sandbox"),
        "--port",
        str(port),
        "--webhook",
        f"{hooks}/sandbox",
    ]
    command += ["--carrier-webhook", f"{hooks}/carriers/{CARRIER}", "--hang", "4"]
    log = (demo.data / "sandbox.log").open("a")
    process = subprocess.Popen(
        [sys.executable, *command], env=environ, stdout=subprocess.PIPE, stderr=log, text=True
    )
    demo.running.append(process)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise CannotStart(f"The sandbox did not start; {demo.data / 'sandbox.log'} says why.")
    ready = json.loads(line)
    demo.environ |= {
        "TSUZUKI_SANDBOX": "1",
        "TSUZUKI_SANDBOX_SECRET": secret,
        "TSUZUKI_SANDBOX_URL": ready["url"],
        "TSUZUKI_SMTP_HOST": HOST,
        "TSUZUKI_SMTP_PORT": str(ready["smtp_port"]),
        "TSUZUKI_SMTP_SECURITY": "none",
        "TSUZUKI_SMTP_FROM": "Sakura SIM <renew@sakura-sim.example>",
        "TSUZUKI_URL": f"http://{HOST}:{demo.port}",
    }
    os.environ.update(demo.environ)


def _kept_secret(file: Path) -> str:
    """A second start finds the data as it was: the gateway goes on signing with the same secret."""
    if not file.exists():
        file.touch(0o600)
        file.write_text(secrets.token_urlsafe(24))
    return file.read_text().strip()


def start_worker(demo: Demo) -> None:
    log = (demo.data / "worker.log").open("a")
    demo.running.append(
        subprocess.Popen(
            [sys.executable, "-m", "tsuzuki.site.command", "worker"], stdout=log, stderr=log, text=True
        )
    )


def start_api(demo: Demo) -> None:
    """So far the door for webhooks; granian, as in a real installation."""
    log = (demo.data / "api.log").open("a")
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        HOST,
        "--port",
        str(demo.port),
        "tsuzuki.site.wsgi:application",
    ]
    environ = {**os.environ, "GRANIAN_BLOCKING_THREADS": "8"}
    demo.running.append(subprocess.Popen(command, env=environ, stdout=log, stderr=log, text=True))
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            # Unsigned, so it is refused: the API is there.
            webhooks = f"http://{HOST}:{demo.port}/api/v1/webhooks/sandbox"
            if demo.http.request("POST", webhooks, body=b"{}").status == 400:
                return
        except urllib3.exceptions.HTTPError:
            pass
        time.sleep(0.1)  # another process starts; it tells nobody when it is ready
    raise CannotStart(f"The API did not start; {demo.data / 'api.log'} says why.")


def publish(demo: Demo) -> None:
    """Lend the demo's environment to commands in a second terminal."""
    shared = {**demo.environ, "DATABASE_URL": os.environ["DATABASE_URL"]}
    file, part = demo.data / RUNNING, demo.data / (RUNNING + ".part")
    part.touch(0o600)
    part.write_text(json.dumps(shared), encoding="utf-8")
    part.replace(file)
