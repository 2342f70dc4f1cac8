"""Stops our own code at its k-th place, as a kill would: nothing of ours runs on, in any thread.

A place is an executed line of ours, anew after each commit that wrote something and each question put to a
provider: what a stop leaves behind is what was committed and asked by then, whichever way of calls, and
whichever turn of a loop, had led to the line.
"""

import sys
import threading
from collections.abc import Callable, Collection
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any
from unittest.mock import patch

from django.db import connection, connections

import tsuzuki

ROOT = Path(tsuzuki.__file__).parent
CUT_IN = tuple(str(ROOT / part) + "/" for part in ("actions", "ledger", "carriers", "payments", "http"))


class Stopped(BaseException):
    """No `except Exception` can swallow it."""


class Knife:
    """`with Knife(k): ...` raises Stopped at the k-th place; `Knife()` only counts.

    `files` names the only files that count.
    """

    def __init__(self, at: int | None = None, files: Collection[str] = ()) -> None:
        self.at, self.files = at, files
        self.place = ""  # where it cut
        self.lines = 0
        self._numbers = count(1)
        self._ours: dict[CodeType, bool] = {}
        self._seen: set[tuple[CodeType, int, int]] = set()
        self._left = 0  # how often something was left behind: commits that wrote, questions put
        self._wrote = False

    def __enter__(self) -> "Knife":
        self._stack = ExitStack()
        self._stack.enter_context(connection.execute_wrapper(self._executed))
        self._stack.enter_context(
            patch.object(connections["default"], "commit", self._committing(connection.commit))
        )
        self._before = sys.gettrace()
        threading.settrace(self._called)  # asks may run in a pool
        sys.settrace(self._called)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        sys.settrace(self._before)
        threading.settrace(self._before)  # type: ignore[arg-type]
        self._stack.close()
        return kind is Stopped

    def _executed(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self._wrote = self._wrote or not sql.lstrip().startswith(("SELECT", "SAVEPOINT", "RELEASE"))
        return execute(sql, params, many, context)

    def _committing(self, commit: Callable[[], None]) -> Callable[[], None]:
        def counted() -> None:
            commit()
            self._left += self._wrote
            self._wrote = False

        return counted

    def _called(self, frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        ours = self._ours.get(code)
        if ours is None:
            name = code.co_filename
            counts = not self.files or Path(name).name in self.files or _asks(code)
            ours = self._ours[code] = name.startswith(CUT_IN) and counts
        return self._line if ours else None

    def _line(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "line":
            if self.place:
                raise Stopped(self.place)  # a thread that lived on after the cut
            here = (frame.f_code, frame.f_lineno, self._left)
            if here in self._seen or (self.files and Path(frame.f_code.co_filename).name not in self.files):
                return self._line
            self._seen.add(here)
            number = self.lines = next(self._numbers)
            if number == self.at:
                self.place = f"{Path(frame.f_code.co_filename).relative_to(ROOT)}:{frame.f_lineno}"
                raise Stopped(self.place)
        elif event == "return" and _asks(frame.f_code):
            self._left += 1
        return self._line


def _asks(code: CodeType) -> bool:
    """Whether this is where a question goes out to a provider."""
    return code.co_name == "ask" and code.co_filename.endswith("/http/client.py")
