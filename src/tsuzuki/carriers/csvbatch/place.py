"""Where files change hands: a folder both sides reach."""

import os
import tempfile
from pathlib import Path
from typing import Protocol

from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.core.registry import Reaches

REACHES = Reaches(
    ("folder", "sftp_host", "sftp_port", "sftp_user", "sftp_host_key", "sftp_out", "sftp_in", "sftp_done", "sftp_key"),
    secrets=("sftp_secret",), prefix="TSUZUKI_SFTP_",
)  # fmt: skip


class Unreached(OSError):
    """The place could not be reached: certainly nothing was handed over."""


class Place(Protocol):
    def put(self, name: str, content: bytes) -> None:
        """Whole or not at all under this name. OSError: certainly not there. ProviderUnsure: perhaps."""

    def has(self, name: str) -> bool | None:
        """Is it there? None: it is not, and nobody can say whether it was."""

    def fetch(self) -> None:
        """Bring what they wrote into our folder `in`. OSError: not now."""


class Folder:
    def __init__(self, folder: Path) -> None:
        self._out, self._taken = folder / "out", folder / "taken"

    def put(self, name: str, content: bytes) -> None:
        write(self._out, name, content)

    def has(self, name: str) -> bool | None:
        return True if (self._out / name).exists() or (self._taken / name).exists() else None

    def fetch(self) -> None:
        """They write into it themselves."""


def write(folder: Path, name: str, content: bytes) -> None:
    """Whole or not at all: nobody on the other side ever fetches half a file."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, folder / name)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    settle(folder)


def settle(folder: Path) -> None:
    """Have the new name itself on disk. Where a folder cannot be synced (Windows) the rename has to do."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError as error:
        raise ProviderUnsure(f"written, perhaps not kept: {type(error).__name__}") from None
    finally:
        os.close(handle)
