"""Strict reading of the YAML people write: every value as it stands in the file, every complaint with its line.

Values are taken as text: YAML 1.1 itself would make 600 of 10:00, False of `no` and 0.1 of a price.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

import yaml

from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import Money, parse

MOST_CHARACTERS = 1 << 20
DEEPEST = 20
UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # NUL and half a character: PostgreSQL has neither
_PLAIN = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq", "timestamp", "merge")}
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


def wrong(line: int, reason: str, what: str = "") -> Refused:
    return Refused(Code.PLAN_FILE_WRONG, where=f"line {line}, {what}" if what else f"line {line}", reason=reason)


def composed(text: str) -> Block:
    """The file's outermost mapping."""
    if len(text) > MOST_CHARACTERS:
        raise wrong(1, "the file is too large")
    try:
        _check_shape(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise wrong(mark.line + 1 if mark else 1, f"not YAML: {error.problem or error.context}"[:60]) from None
    except yaml.reader.ReaderError as error:
        raise wrong(text.count("\n", 0, int(error.position)) + 1, "not YAML: a character that cannot be shown") from None
    if node is None:
        raise wrong(1, "the file is empty")
    return Cell(node).block()


def _check_shape(text: str) -> None:
    """Before a tree is made of it: references multiply what a file holds, and depth costs the square of itself."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise wrong(line, "references (*name) are not used here")
        if depth > DEEPEST:
            raise wrong(line, "nested too deeply")


class Cell:
    """One value of the file. `what` names the plan or carrier it belongs to."""

    def __init__(self, node: yaml.Node, what: str = "") -> None:
        self._node, self.what = node, what
        self.line = node.start_mark.line + 1
        if node.tag not in _PLAIN:
            raise self.wrong("a YAML tag (!) is not used here")
        if isinstance(node, yaml.ScalarNode) and UNSTORABLE.search(node.value):
            raise self.wrong("a character that cannot be kept")

    def wrong(self, reason: str) -> Refused:
        return wrong(self.line, reason, self.what)

    def text(self) -> str:
        if not isinstance(self._node, yaml.ScalarNode) or not self._node.value.strip():
            raise self.wrong("a value is expected here")
        return str(self._node.value).strip()

    def block(self) -> Block:
        if not isinstance(self._node, yaml.MappingNode):
            raise self.wrong("names with values (name: value) are expected here")
        return Block(self._node, self.what)

    def items(self) -> Iterator[Cell]:
        if not isinstance(self._node, yaml.SequenceNode):
            raise self.wrong("a list (- ...) is expected here")
        return (Cell(node, self.what) for node in self._node.value)

    def texts(self) -> list[str]:
        """One value, or a list of them."""
        return [self.text()] if isinstance(self._node, yaml.ScalarNode) else [cell.text() for cell in self.items()]

    def whole(self, least: int, most: int, what: str) -> int:
        text = self.text()
        if not (text.isascii() and text.lstrip("-").isdigit()):
            raise self.wrong(f"{what} is a whole number")
        if len(text) > 9 or not least <= int(text) <= most:
            raise self.wrong(f"{what} is {least} to {most}")
        return int(text)

    def amount(self, what: str) -> Money:
        """«JPY 1,980»: never without its currency, never with a sign two currencies share."""
        currency, _, digits = self.text().partition(" ")
        if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
            raise self.wrong(f"{what} is written as JPY 990")
        try:
            return parse(digits, currency.upper())
        except Refused as refused:
            unknown = refused.code is Code.CURRENCY_UNKNOWN
            raise self.wrong(f"{what}: currency {currency} is not known" if unknown else f"{what} is written as {currency} 990") from None

    def plain(self) -> object:
        """Any value, for settings: numbers and yes or no as YAML means them, the rest as text."""
        node = self._node
        if isinstance(node, yaml.MappingNode):
            return {name: cell.plain() for name, cell in self.block().rest().items()}
        if isinstance(node, yaml.SequenceNode):
            return [cell.plain() for cell in self.items()]
        if node.tag.endswith(":null"):
            return None
        if node.tag.endswith(":bool"):
            return str(node.value).lower() in ("yes", "true", "on")
        if node.tag not in _NUMBERS:
            return str(node.value)
        try:
            number = Decimal(node.value)
        except InvalidOperation:  # 10:00, 0x1F, 1_000
            return str(node.value)
        if not math.isfinite(found := float(number)):
            raise self.wrong("a number too large to be kept")
        return int(number) if node.tag == _NUMBERS[0] else found


class Block:
    """Names with values. Each is taken once; done() refuses what nobody took."""

    def __init__(self, node: yaml.MappingNode, what: str = "") -> None:
        self.what, self.line = what, node.start_mark.line + 1
        self._cells: dict[str, Cell] = {}
        self._lines: dict[str, int] = {}
        for key, value in node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            if name in self._cells:
                raise wrong(key.start_mark.line + 1, f"{name} is there twice", what)
            self._cells[name], self._lines[name] = Cell(value, what), key.start_mark.line + 1

    def wrong(self, reason: str) -> Refused:
        return wrong(self.line, reason, self.what)

    def named(self, what: str) -> None:
        self.what = what
        for cell in self._cells.values():
            cell.what = what

    def take(self, name: str) -> Cell | None:
        return self._cells.pop(name, None)

    def need(self, name: str) -> Cell:
        cell = self.take(name)
        if cell is None:
            raise self.wrong(f"{name} is missing")
        return cell

    def rest(self) -> dict[str, Cell]:
        cells, self._cells = self._cells, {}
        return cells

    def done(self) -> None:
        for name in self._cells:
            raise wrong(self._lines[name], f"{name[:24]} is not known here", self.what)
