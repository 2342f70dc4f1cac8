"""Programs of the system that tests run, installed where this is Debian and we are root."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path


class NotHere(Exception):
    """A program is missing, and there is no right to install it."""


def ensure(there: Callable[[], bool], packages: tuple[str, ...], how: str) -> None:
    """`there` says whether all of it is here; else the packages are installed now, or NotHere says what to
    do.
    """
    if there():
        return
    apt = shutil.which("apt-get") if Path("/etc/debian_version").exists() and os.getuid() == 0 else None
    if apt:
        # Test processes come in twos.
        with (Path(tempfile.gettempdir()) / "tsuzuki-tests-apt.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not there():
                _install(apt, packages, how)
    if not there():
        raise NotHere(how)


def _install(apt: str, packages: tuple[str, ...], how: str) -> None:
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(
            [apt, "-q", *words], env=environ, capture_output=True, text=True, check=False, timeout=600
        )
        if done.returncode:
            raise NotHere(f"{how} (apt-get {words[0]} said: {done.stderr.strip()[-200:]})")
