"""`settings.env` in the data folder: what `tsuzuki init` wrote for every process of this installation. The real environment wins over it.

One NAME=VALUE a line, the value as it is: no quotes, no $. Only its owner may read it, for it holds secrets.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

NAME = "settings.env"
HEAD = "# Written by tsuzuki init. The environment of a process wins over it. It holds secrets: keep a copy apart from the backups.\n"
_LINE = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")


def data_folder() -> Path:
    return Path(os.environ.get("TSUZUKI_DATA", "var")).resolve()


def read(folder: Path) -> dict[str, str]:
    file = folder / NAME
    if not file.exists():
        return {}
    found = (_LINE.fullmatch(line.strip()) for line in file.read_text(encoding="utf-8").splitlines())
    return {one[1]: one[2] for one in found if one}


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


def lend(folder: Path | None = None) -> None:
    """Give this process and its children what is written there and not set otherwise. Set to nothing is not set."""
    for name, value in read(folder or data_folder()).items():
        os.environ[name] = os.environ.get(name) or value
