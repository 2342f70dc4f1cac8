"""When the last backup was written from a data folder, for `tsuzuki doctor`.

Not in the backup: what is restored was not saved here.
"""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

NAME = "last-backup.json"


@dataclass(frozen=True, slots=True)
class Last:
    at: datetime
    file: str


def note(folder: Path, file: Path, at: datetime) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / (NAME + ".part")
    part.write_text(json.dumps({"at": at.isoformat(), "file": str(file.resolve())}), encoding="utf-8")
    os.replace(part, folder / NAME)


def read(folder: Path) -> Last | None:
    """None: none was written, or nobody can read when."""
    try:
        told = json.loads((folder / NAME).read_text(encoding="utf-8"))
        return Last(datetime.fromisoformat(told["at"]), str(told["file"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None
