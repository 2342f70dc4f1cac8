"""Starts the sandbox as its own process and speaks to it as a tester does: press buttons, count effects.

with start(tmp_path) as sandbox:
    sandbox.press("carrier", "late", "ignore_keys", times=1)
    sandbox.json("carrier/effects?key=k1")["totals"]
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3

SECRET = "a-secret-of-the-tests"
SIDES = (
    "carrier",
    "carrier/looks",
    "gateway",
    "gateway/looks",
    "gateway/captures",
    "gateway/closes",
    "gateway/refunds",
    "outbox",
)


@dataclass
class Sandbox:
    url: str
    smtp_port: int
    secret: str
    data: Path
    process: subprocess.Popen[str]
    http: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=20))
    )

    @property
    def environ(self) -> dict[str, str]:
        """What an adapter needs to find it."""
        return {
            "TSUZUKI_SANDBOX": "1",
            "TSUZUKI_SANDBOX_URL": self.url,
            "TSUZUKI_SANDBOX_SECRET": self.secret,
        }

    def post(self, path: str, **form: object) -> tuple[int, bytes]:
        """A form post; a list is several values. (status, body); redirects are not followed, 4xx is the
        caller's to see.
        """
        pairs = [
            (name, str(one))
            for name, value in form.items()
            for one in (value if isinstance(value, list | tuple) else [value])
        ]
        heads = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self.http.request(
            "POST", f"{self.url}/{path.lstrip('/')}", body=urlencode(pairs), headers=heads, redirect=False
        )
        return answer.status, answer.data

    def press(self, side: str, *behaviours: str, **more: object) -> None:
        """Set what a side («carrier», «gateway/refunds») does next: press("carrier", "late", times=1)."""
        status, body = self.post(side, behaviour=list(behaviours), **more)
        assert status == 303, (side, behaviours, status, body)

    def calm(self) -> None:
        """Every side as it starts; the clock real."""
        for side in SIDES:
            self.press(side, "default")
        assert self.post("clock", now="")[0] == 200

    def get(self, path: str) -> tuple[int, bytes]:
        answer = self.http.request("GET", f"{self.url}/{path.lstrip('/')}", redirect=False)
        return answer.status, answer.data

    def json(self, path: str) -> Any:
        status, body = self.get(path)
        assert status == 200, (path, status, body)
        return json.loads(body)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, as a power cut of the process would."""
        self._end(signal.SIGKILL)

    def _end(self, by: signal.Signals) -> None:
        self.http.clear()
        if self.process.poll() is None:
            self.process.send_signal(by)
        self.process.wait(timeout=20)
        if self.process.stdout:
            self.process.stdout.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(tmp_path: Path, *, secret: str = SECRET, sandbox: str = "1", **options: object) -> Sandbox:
    """`tmp_path` holds its data: starting again there finds it again. `options` are the command's: port=,
    hang=, webhook= ...

    Raises RuntimeError with what it said if it does not come up.
    """
    data = tmp_path / "sandbox"
    given = [part for name, value in options.items() for part in ("--" + name.replace("_", "-"), str(value))]
    environ = {**os.environ, "TSUZUKI_SANDBOX": sandbox, "TSUZUKI_SANDBOX_SECRET": secret}
    tmp_path.mkdir(parents=True, exist_ok=True)
    said = tmp_path / "sandbox.log"
    with said.open("a") as log:  # a file, for a pipe nobody reads would fill and stop it
        process = subprocess.Popen(
            [sys.executable, "-m", "tsuzuki.sandbox", "--data", str(data), *given],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        process.communicate(timeout=20)
        raise RuntimeError(f"the sandbox did not start (exit {process.returncode}): {said.read_text()}")
    ready = json.loads(line)
    return Sandbox(ready["url"], ready["smtp_port"], secret, data, process)
