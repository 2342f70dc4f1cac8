"""Files that commands write: they hold names and numbers of customers, so only their owner reads them."""

import os
from pathlib import Path
from typing import IO, Any


def private(file: Path, mode: str, encoding: str | None = None, newline: str | None = None) -> IO[Any]:
    return open(file, mode, encoding=encoding, newline=newline, opener=_opened)


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
