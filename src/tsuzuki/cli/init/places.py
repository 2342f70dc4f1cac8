"""Where in a person's own file something stands: what is wrong is said by its lines, also where we read a text made from it."""

from collections.abc import Iterator, Sequence

import yaml

Path = tuple[str | int, ...]


def line_of(text: str, path: Sequence[str | int]) -> int:
    """The line of what `path` names, or of the nearest around it that is there."""
    there = dict(_places(yaml.compose(text, Loader=yaml.SafeLoader), ()))
    return next((there[tuple(path[:end])] for end in range(len(path), 0, -1) if tuple(path[:end]) in there), 1)


def path_at(text: str, line: int) -> Path:
    """What stands on that line: the innermost, and there the last."""
    found = [path for path, begins in _places(yaml.compose(text, Loader=yaml.SafeLoader), ()) if begins <= line]
    return found[-1] if found else ()


def _places(node: yaml.Node | None, path: Path) -> Iterator[tuple[Path, int]]:
    """Each name and each item with its line, in the order of the text."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield (*path, str(key.value)), key.start_mark.line + 1
                yield from _places(value, (*path, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            yield (*path, place), item.start_mark.line + 1
            yield from _places(item, (*path, place))
