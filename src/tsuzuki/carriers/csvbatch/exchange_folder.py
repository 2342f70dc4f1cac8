"""Where files change hands: a folder both sides reach."""

import os
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Protocol

from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.plugins import ReachSettings

REACHES = ReachSettings(
    (
        "folder",
        "sftp_host",
        "sftp_port",
        "sftp_user",
        "sftp_host_key",
        "sftp_out",
        "sftp_in",
        "sftp_done",
        "sftp_key",
    ),
    secrets=("sftp_secret",),
    prefix="TSUZUKI_SFTP_",
)

MARK = ".tsuzuki"
Whole = Callable[[str, bytes, bool], bool]


class Unreached(OSError):
    """The place could not be reached: certainly nothing was handed over."""


class Lost(OSError):
    """The folder is not the one it was: a disk that is not mounted shows an empty one,
    and all was handed over already.
    """


class FileExchange(Protocol):
    def put(self, name: str, content: bytes) -> None:
        """Whole or not at all under this name. OSError: certainly not there. ProviderUnsure: perhaps."""

    def has(self, name: str) -> bool | None:
        """Is it there? None: it is not, and nobody can say whether it was."""

    def fetch(self, whole: Whole) -> None:
        """Bring what they wrote into our folder `in`.

        OSError: not now. `whole` says of a name, what is under it, and whether it lay still for a while: that
        is all of the file.
        """

    def visit(self) -> None:
        """Can it be reached? OSError: no, and why."""


class Folder:
    def __init__(self, folder: Path) -> None:
        self._out, self._taken = folder / "out", folder / "taken"

    def put(self, name: str, content: bytes) -> None:
        write(self._out, name, content)

    def has(self, name: str) -> bool | None:
        return True if (self._out / name).exists() or (self._taken / name).exists() else None

    def fetch(self, whole: Whole) -> None:
        """They write into it themselves."""

    def visit(self) -> None:
        """Ours, so it is there."""


class Marked:
    """Knows a folder again, by a word written into it and kept in a second place.

    Without that (`kept` None) any will do.
    """

    def __init__(self, folder: Path, kept: Path | None) -> None:
        self._folder = folder
        self._kept = kept / sha256(str(folder.resolve()).encode()).hexdigest()[:24] if kept else None

    def require(self, make: bool) -> None:
        """Lost if it is another. A folder never used before is marked, if `make`."""
        if self._kept is None:
            return
        there, known = _word(self._folder / MARK), _word(self._kept)
        if known and known != there:
            raise Lost(f"{self._folder} is not the folder it was: is its disk mounted?")
        if not there and make:
            new(self._folder, MARK, token_hex(16).encode())
            there = _word(self._folder / MARK)
        if there and not known:
            new(self._kept.parent, self._kept.name, there.encode())


def _word(file: Path) -> str:
    return file.read_text().strip() if file.is_file() else ""


def new(folder: Path, name: str, content: bytes) -> bool:
    """A file that comes into being whole, and never over another of that name: False if there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(folder, content)
    try:
        os.link(temporary, folder / name)
    except FileExistsError:
        return False
    except OSError:  # a file system without links: it is there at once, and filled then
        return _filled(folder / name, content)
    finally:
        temporary.unlink(missing_ok=True)
    settle(folder)
    return True


def _filled(file: Path, content: bytes) -> bool:
    try:
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return False
    _fill(handle, content)
    return True


def _temporary(folder: Path, content: bytes) -> Path:
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
    try:
        _fill(handle, content)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    return Path(temporary)


def _fill(handle: int, content: bytes) -> None:
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write(folder: Path, name: str, content: bytes) -> None:
    """Whole or not at all: nobody on the other side ever fetches half a file."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(folder, content)
    try:
        os.replace(temporary, folder / name)
    except OSError:
        temporary.unlink(missing_ok=True)
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
