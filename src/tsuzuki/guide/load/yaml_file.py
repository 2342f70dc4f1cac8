"""A file of the guide as the mapping in it; every mapping knows where it and each of its keys stands."""

from __future__ import annotations

from pathlib import Path

from tsuzuki import strict_yaml
from tsuzuki.strict_yaml import Marked, Wrong

__all__ = ["Marked", "Wrong", "read"]


def read(path: Path) -> Marked:
    """Wrong says «file:line: what is wrong and what to do»."""
    result = strict_yaml.read(path.read_text("utf-8"), path.name).marked()
    if not isinstance(result, Marked):
        raise Wrong("a mapping is needed here", 1, path.name)
    return result
