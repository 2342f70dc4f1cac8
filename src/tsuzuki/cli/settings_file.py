"""`settings.env` in the data folder: what `tsuzuki init` wrote for every process of this installation.

The real environment wins over it.

One NAME=VALUE a line, the value as it is: no quotes, no $; a line that begins with # is for people. Only its
owner may read it, for it holds secrets. A line that cannot be read is refused: left out in silence it would
be a setting somebody believes in.

Whoever writes it decides which database is asked and where letters go. So it sets nothing but settings of
tsuzuki (a LD_PRELOAD would run its writer's code), and where nobody named a data folder, the one in the
current folder must not be somebody else's.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

NAME = "settings.env"
HEAD = (
    "# Written by tsuzuki init. The environment of a process wins over it. It holds secrets: keep a "
    "copy apart from the backups.\n"
)
_LINE = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")
_SETTING = re.compile(r"TSUZUKI_[A-Z0-9_]+|DATABASE_URL|GRANIAN_BLOCKING_THREADS")


class NotTrusted(Exception):
    """What to tell the person at the terminal."""


def data_folder() -> Path:
    return Path(os.environ.get("TSUZUKI_DATA", "var")).resolve()


def read(folder: Path) -> dict[str, str]:
    file = folder / NAME
    if not file.exists():
        return {}
    require_ours(file)
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise NotTrusted(f"{file} is not in UTF-8. Save it so, or let `tsuzuki init` write it.") from None
    result = {}
    for number, line in enumerate(lines, 1):
        if not (text := line.strip()) or text.startswith("#"):
            continue
        if not (match := _LINE.fullmatch(text)):
            raise NotTrusted(
                f"{file}, line {number}: not NAME=VALUE, with a name in capitals. Mend it, or put "
                "# before it."
            )
        result[match[1]] = match[2]
    return result


def lent(file: Path) -> dict[str, str]:
    """What a demo lends to commands beside it."""
    require_ours(file)
    try:
        result = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        result = None
    if not isinstance(result, dict) or not all(isinstance(value, str) for value in result.values()):
        raise NotTrusted(
            f"{file} is not whole; a demo that was cut off left it. Remove it, or start the demo again."
        )
    return result


def write(folder: Path, values: Mapping[str, str]) -> Path:
    """Whole or not at all. ValueError for a value with a line break: it could not be read back."""
    for name, value in values.items():
        if "\n" in value or "\r" in value or not _LINE.fullmatch(f"{name}={value}"):
            raise ValueError(f"{name} cannot be kept in {NAME}")
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / (NAME + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(HEAD + "".join(f"{name}={value}\n" for name, value in sorted(values.items())))
        out.flush()
        os.fsync(out.fileno())
    os.replace(part, folder / NAME)
    return folder / NAME


def require_ours(file: Path) -> None:
    """NotTrusted for a file of the data folder in the current folder, if another user wrote it or could."""
    if os.environ.get("TSUZUKI_DATA") or not hasattr(os, "getuid"):
        return
    for path in (file, file.parent):
        status = path.stat()
        if status.st_uid not in (0, os.getuid()) or status.st_mode & 0o002:
            raise NotTrusted(
                f"{path} belongs to another user, or everybody may write to it; its settings are not used. "
                f"If it is the data folder you mean, say so: TSUZUKI_DATA={file.parent}"
            )


def put(values: Mapping[str, str], file: Path) -> None:
    """Into the environment of this process and its children, where it is not set otherwise.

    Set to nothing is not set.
    """
    for name, value in values.items():
        if not _SETTING.fullmatch(name):
            raise NotTrusted(
                f"{file}: {name} is no setting of tsuzuki; what else a process needs is for its "
                "real environment."
            )
        os.environ[name] = os.environ.get(name) or value


def lend(folder: Path | None = None) -> None:
    """What is written there."""
    folder = folder or data_folder()
    put(read(folder), folder / NAME)
