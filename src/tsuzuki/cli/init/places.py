"""Where in a person's own file something stands: what is wrong is said by its lines, also where we read a
text made from it.
"""

from collections.abc import Iterator, Sequence

from tsuzuki.strict_yaml import Block, Cell, read

Path = tuple[str | int, ...]


def line_of(text: str, path: Sequence[str | int]) -> int:
    """The line of what `path` names, or of the nearest around it that is there."""
    there = dict(_places(read(text), ()))
    return next(
        (there[tuple(path[:end])] for end in range(len(path), 0, -1) if tuple(path[:end]) in there), 1
    )


def path_at(text: str, line: int) -> Path:
    """What stands on that line: the innermost, and there the last."""
    results = [path for path, begins in _places(read(text), ()) if begins <= line]
    return results[-1] if results else ()


def _places(cell: Cell, path: Path) -> Iterator[tuple[Path, int]]:
    """Each name and each item with its line, in the order of the text."""
    if isinstance(cell.held, Block):
        for name, value in cell.held.cells.items():
            yield (*path, name), cell.held.names[name].line
            yield from _places(value, (*path, name))
    elif isinstance(cell.held, list):
        for place, item in enumerate(cell.held):
            yield (*path, place), item.line
            yield from _places(item, (*path, place))
