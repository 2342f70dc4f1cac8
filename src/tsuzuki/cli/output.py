"""What commands print: plain words for people, one JSON document with --json."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tsuzuki.core.errors import Refused
from tsuzuki.core.money import Money
from tsuzuki.core.typed import CONTROLS, visible

if TYPE_CHECKING:  # importable only after boot
    from tsuzuki.records.models import Gateway


class Terminal(Console):
    """Every argument is one line, whatever is in it: text of strangers gives a terminal no orders and looks
    like no line of ours. Several lines: several arguments and `sep`.
    """

    def print(self, *lines: Any, **how: Any) -> None:
        super().print(*(visible(line) if isinstance(line, str) else line for line in lines), **how)


out = Terminal(highlight=False, soft_wrap=True, markup=False)
err = Terminal(stderr=True, highlight=False, soft_wrap=True, markup=False)
REFUSED = 1  # exit code where a rule said no; 2 is a wrong command line
LANGUAGE = "en"


def as_json(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, default=_plain)
    sys.stdout.write(CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    return str(value)


@contextmanager
def refusals(with_json: bool) -> Iterator[None]:
    """A refusal is a sentence and exit code 1, never a trace."""
    from tsuzuki.ui.refusals import sentence

    try:
        yield
    except Refused as refusal:
        words = sentence(refusal.code, refusal.facts, LANGUAGE)
        if with_json:
            as_json({"refused": refusal.code.value, "sentence": words, "facts": refusal.facts})
        else:
            err.print(words)
        raise typer.Exit(REFUSED) from None


def why_not_offered(gateway: "Gateway") -> str:
    """Why nobody can pay through it here; empty: they can."""
    from tsuzuki.actions.engine import providers
    from tsuzuki.ui.refusals import sentence

    if why := providers.broken(partial(providers.gateway_of, gateway)):
        return f"cannot be asked: {why}"
    try:
        providers.methods(gateway)
    except Refused as refusal:
        return sentence(refusal.code, refusal.facts, LANGUAGE)
    return ""


def bar(quiet: bool) -> Progress:
    """A progress bar on standard error, for work that takes longer than a breath."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=err, disable=quiet, transient=True)


def moment(at: datetime, zone: str, closing: bool = False) -> str:
    from tsuzuki.ui.formats import moment as words

    return words(at, zone, LANGUAGE, closing=closing)


def money(minor: int, currency: str) -> str:
    from tsuzuki.ui.formats import money as words

    return words(Money(minor, currency), LANGUAGE)
