"""requirements-production.lock: of requirements.lock what runs in production, without the tools of whoever
changes the code.

`python -m tests.production_lock` writes it anew; the versions and hashes are those of the whole lock.
"""

import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
WHOLE, PRODUCTION = ROOT / "requirements.lock", ROOT / "requirements-production.lock"


def blocks() -> list[tuple[str, str]]:
    """Each entry of the whole lock: its package, which may have one for each version of Python, and its
    lines.
    """
    parts = re.split(r"(?m)^(?=[A-Za-z0-9])", WHOLE.read_text(encoding="utf-8"))
    return [
        (canonicalize_name(re.split(r"[=\[ ;]", part, maxsplit=1)[0]), part) for part in parts if part.strip()
    ]


def needed(locked: Iterable[str]) -> set[str]:
    """What the project's own dependencies need, on any platform: a package that is not installed here needs
    nothing more.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    todo, seen = [Requirement(one) for one in project["dependencies"]], set[tuple[str, frozenset[str]]]()
    while todo:
        want = todo.pop()
        name, extras = canonicalize_name(want.name), frozenset(want.extras)
        if name not in locked or (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            found = [Requirement(one) for one in requires(name) or ()]
        except PackageNotFoundError:
            continue
        todo += [one for one in found if _counts(one, extras)]
    return {name for name, _ in seen}


def _counts(one: Requirement, extras: frozenset[str]) -> bool:
    """Platforms are left to the marker in the lock itself; extras are ours to know."""
    asked = re.findall(r"extra == ['\"]([^'\"]+)['\"]", str(one.marker or ""))
    return not asked or bool(extras & set(asked))


def text() -> str:
    found = blocks()
    wanted = needed({name for name, _ in found})
    return "".join(part for name, part in found if name in wanted)


if __name__ == "__main__":
    PRODUCTION.write_text(text(), encoding="utf-8")
