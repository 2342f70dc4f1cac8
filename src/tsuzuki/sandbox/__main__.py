"""Start the sandbox: `TSUZUKI_SANDBOX=1 python -m tsuzuki.sandbox --data DIR`."""

import argparse
import json
import os
import secrets
import signal
import sys
import threading
from pathlib import Path

from tsuzuki import plugins as registry

from .outbox import Outbox
from .server import House, Server
from .storage import Storage


def run(arguments: list[str]) -> int:
    if os.environ.get("TSUZUKI_SANDBOX") != "1":
        sys.stderr.write("The sandbox only starts in sandbox mode: set TSUZUKI_SANDBOX=1.\n")
        return 2
    given = _options(arguments)
    storage = Storage(given.data)
    secret = (
        given.webhook_secret
        or registry.secret(os.environ, "TSUZUKI_SANDBOX_SECRET", "")
        or _kept_secret(given.data)
    )
    house = House(storage, secret)
    if given.webhook or given.carrier_webhook:
        house.aim(given.webhook, given.carrier_webhook or given.webhook)
    server = Server((given.host, given.port), house, given.hang, given.public_url)
    outbox = Outbox((given.host, given.smtp_port), storage)
    threading.Thread(target=outbox.serve_forever, name="outbox", daemon=True).start()
    signal.signal(signal.SIGTERM, _stop)
    ready = {
        "ready": True,
        "url": given.public_url or f"http://{given.host}:{server.server_address[1]}",
        "smtp_port": outbox.server_address[1],
        "pid": os.getpid(),
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    try:
        server.serve_forever(poll_interval=5)
    except KeyboardInterrupt:
        return 0
    finally:
        storage.close()
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tsuzuki.sandbox", description="A toy carrier, gateway and outbox."
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of its storage")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one, printed when ready")
    parser.add_argument("--smtp-port", type=int, default=0, help="0: any free one, printed when ready")
    parser.add_argument("--public-url", help="where buyers reach it, if not where it is asked")
    parser.add_argument("--webhook", default="", help="where signed events go")
    parser.add_argument("--carrier-webhook", default="", help="where the carrier's go, if elsewhere")
    parser.add_argument(
        "--webhook-secret", default="", help="better by the environment: TSUZUKI_SANDBOX_SECRET or ..._FILE"
    )
    parser.add_argument(
        "--hang",
        type=float,
        default=float(os.environ.get("TSUZUKI_SANDBOX_HANG", "3")),
        help="seconds a line is held",
    )
    return parser.parse_args(arguments)


def _kept_secret(folder: Path) -> str:
    file = folder / "secret"
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(24))
    return file.read_text().strip()


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
