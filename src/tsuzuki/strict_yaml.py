"""Strict reading of YAML that people write.

What is not exactly right is refused with its line: a name written twice, a reference, a tag, a second
document, a character that cannot be shown, nesting without end.

A file can be taken in two ways. By cells, each value as the text that stands in the file (YAML itself would
make 600 of 10:00, False of `no` and 0.1 of a price): `cell.block().need("price").text()`. Or at once, with
`values()`: whole numbers, decimals, true and false as YAML means them, everything else as text; or with
`marked()`, the same where each mapping still knows its lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

MOST_CHARACTERS = 1 << 20
DEEPEST = 20
_HIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # NUL and half a character: PostgreSQL has neither
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*)", re.ASCII)
_DECIMAL = re.compile(r"[-+]?[0-9]+\.[0-9]*(?:[eE][-+]?[0-9]+)?", re.ASCII)
_NOTHING = ("", "~", "null", "Null", "NULL")
_YES, _NO = ("true", "yes", "on"), ("false", "no", "off")
# libyaml is six times faster; a build without it still works.
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Wrong(Exception):
    """What is wrong in a file and where. As text: «file:line: reason»."""

    def __init__(self, reason: str, line: int = 0, file: str = "", what: str = "") -> None:
        super().__init__(f"{file}:{line}: {reason}" if line else reason)
        self.reason, self.line, self.what = reason, line, what


class Marked(dict[str, Any]):
    """A mapping with the line it begins on and the line of each key."""

    line: int = 0
    file: str = ""
    lines: dict[str, int]

    def at(self, key: str | None = None) -> str:
        return f"{self.file}:{self.lines.get(key, self.line) if key else self.line}"


def read(text: str, file: str = "") -> Cell:
    """The file's outermost value."""
    if len(text) > MOST_CHARACTERS:
        raise Wrong("the file is too large", 1, file)
    if hidden := _HIDDEN.search(text):
        raise Wrong(
            "not YAML: a character that cannot be shown", text.count("\n", 0, hidden.start()) + 1, file
        )
    try:
        return _Tree(file).grow(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = min(mark.line if mark else 0, text.count("\n"))  # libyaml finds the end one line further down
        raise Wrong(f"not YAML: {error.problem or error.context}"[:60], line + 1, file) from None


class _Tree:
    """Cells from the parser's events: nothing is built that a reference could multiply, nothing recurses."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.open: list[Cell] = []
        self.names: list[Cell | None] = []  # for each open cell the name whose value comes next
        self.root: Cell | None = None

    def grow(self, text: str) -> Cell:
        for event in yaml.parse(text, Loader=_PARSER):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent):
                raise Wrong("references (*name) are not used here", line, self.file)
            if isinstance(event, yaml.DocumentStartEvent) and self.root:
                raise Wrong("not YAML: a second document begins here", line, self.file)
            if isinstance(event, yaml.ScalarEvent):
                self._add(Cell(event.value, line, self.file, quoted=not event.implicit[0]), event)
            elif isinstance(event, yaml.CollectionStartEvent):
                cell = Cell(
                    Block(line, self.file) if isinstance(event, yaml.MappingStartEvent) else [],
                    line,
                    self.file,
                )
                self._add(cell, event)
                self.open.append(cell)
                self.names.append(None)
                if len(self.open) > DEEPEST:
                    raise Wrong("nested too deeply", line, self.file)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.open.pop()
                self.names.pop()
        if self.root is None:
            raise Wrong("the file is empty", 1, self.file)
        return self.root

    def _add(self, cell: Cell, event: Any) -> None:
        if event.tag is not None:
            raise cell.wrong("a YAML tag (!) is not used here")
        within = self.open[-1].held if self.open else None
        if within is None:
            self.root = cell
        elif isinstance(within, list):
            within.append(cell)
        elif isinstance(within, Block):
            name, self.names[-1] = self.names[-1], cell if self.names[-1] is None else None
            if name is not None:
                within.cells[str(name.held)] = cell
            elif not isinstance(cell.held, str):
                raise cell.wrong("a name (before the colon) is text")
            elif cell.written() in within.names:
                raise cell.wrong(f"{cell.held[:24]} is there twice")
            else:
                within.names[cell.held] = cell


@dataclass(slots=True)
class Cell:
    """One value of the file. `what` names what it belongs to, for the complaint."""

    held: str | list[Cell] | Block
    line: int
    file: str = ""
    what: str = ""
    quoted: bool = False

    def wrong(self, reason: str) -> Wrong:
        return Wrong(reason, self.line, self.file, self.what)

    def text(self) -> str:
        text = self.written().strip()
        if not text:
            raise self.wrong("a value is expected here")
        return text

    def written(self) -> str:
        """The text as it stands; it may be empty."""
        if not isinstance(self.held, str):
            raise self.wrong("a value is expected here")
        if _UNSTORABLE.search(self.held):
            raise self.wrong("a character that cannot be kept")
        return self.held

    def block(self) -> Block:
        if not isinstance(self.held, Block):
            raise self.wrong("names with values (name: value) are expected here")
        self.held.named(self.what)
        return self.held

    def items(self) -> Iterator[Cell]:
        if not isinstance(self.held, list):
            raise self.wrong("a list (- ...) is expected here")
        for cell in self.held:
            cell.what = self.what
        return iter(self.held)

    def texts(self) -> list[str]:
        """One value, or a list of them."""
        return [self.text()] if isinstance(self.held, str) else [cell.text() for cell in self.items()]

    def whole(self, least: int, most: int, what: str) -> int:
        text = self.text()
        if not (text.isascii() and text.lstrip("-").isdigit()):
            raise self.wrong(f"{what} is a whole number")
        if len(text) > 9 or not least <= int(text) <= most:
            raise self.wrong(f"{what} is {least} to {most}")
        return int(text)

    def values(self) -> Any:
        """Whole numbers, decimals, true and false, nothing; the rest as text."""
        if isinstance(self.held, Block):
            return {name: cell.values() for name, cell in self.held.cells.items()}
        if isinstance(self.held, list):
            return [cell.values() for cell in self.held]
        return self.written() if self.quoted else self._meant(self.written())

    def marked(self) -> Any:
        """As `values`; each mapping knows its lines."""
        if isinstance(self.held, Block):
            return self.held.marked()
        return [cell.marked() for cell in self.held] if isinstance(self.held, list) else self.values()

    def _meant(self, text: str) -> str | int | float | bool | None:
        if text in _NOTHING:
            return None
        if text.lower() in (*_YES, *_NO):
            return text.lower() in _YES
        if not _WHOLE.fullmatch(text) and not _DECIMAL.fullmatch(text):
            return text
        if len(text) > 300:
            raise self.wrong("a number too large to be kept")
        return int(text) if _WHOLE.fullmatch(text) else self._finite(float(text))

    def _finite(self, number: float) -> float:
        if number in (float("inf"), float("-inf")):
            raise self.wrong("a number too large to be kept")
        return number


class Block:
    """Names with values. Each is taken once; done() refuses what nobody took."""

    def __init__(self, line: int, file: str = "") -> None:
        self.line, self.file, self.what = line, file, ""
        self.names: dict[str, Cell] = {}
        self.cells: dict[str, Cell] = {}

    def wrong(self, reason: str) -> Wrong:
        return Wrong(reason, self.line, self.file, self.what)

    def named(self, what: str) -> None:
        self.what = what
        for cell in self.cells.values():
            cell.what = what

    def take(self, name: str) -> Cell | None:
        return self.cells.pop(name, None)

    def need(self, name: str) -> Cell:
        cell = self.take(name)
        if cell is None:
            raise self.wrong(f"{name} is missing")
        return cell

    def rest(self) -> dict[str, Cell]:
        cells, self.cells = self.cells, {}
        return cells

    def done(self) -> None:
        for name in self.cells:
            raise Wrong(f"{name[:24]} is not known here", self.names[name].line, self.file, self.what)

    def marked(self) -> Marked:
        made = Marked()
        made.line, made.file, made.lines = self.line, self.file, {}
        for name, cell in self.cells.items():
            made[name], made.lines[name] = cell.marked(), self.names[name].line
        return made
