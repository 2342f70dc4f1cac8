"""YAML with its line numbers: every mapping knows where it and each of its keys stands, and a key written twice is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


class Wrong(Exception):
    """A file of the guide is not as it must be. The text is «file:line: what is wrong and what to do»."""


class Marked(dict[str, Any]):
    """A mapping with the line it begins on and the line of each key."""

    line: int = 0
    file: str = ""
    lines: dict[str, int]

    def at(self, key: str | None = None) -> str:
        return f"{self.file}:{self.lines.get(key, self.line) if key else self.line}"


_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is six times faster; a build without it still works


class _Loader(_Base):  # type: ignore[misc]
    file = ""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Marked:
    made = Marked()
    made.line, made.file, made.lines = node.start_mark.line + 1, loader.file, {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if not isinstance(key, str):
            raise Wrong(f"{loader.file}:{line}: the key {key!r} is not text; put it in quotes")
        if key in made:
            raise Wrong(f"{loader.file}:{line}: {key!r} stands twice; keep one of the two")
        made[key] = loader.construct_object(value_node, deep=True)
        made.lines[key] = line
    return made


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read(path: Path) -> Marked:
    """The mapping in a file."""
    loader = _Loader(path.read_bytes())
    loader.file = path.name
    try:
        found = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Wrong(f"{path.name}:{line}: not readable as YAML ({error.problem}); check indentation, colons and quotes here") from None
    except (yaml.YAMLError, ValueError) as error:
        raise Wrong(f"{path.name}:1: not readable as YAML ({error})") from None
    finally:
        loader.dispose()
    if not isinstance(found, Marked):
        raise Wrong(f"{path.name}:1: a mapping is needed here")
    return found
