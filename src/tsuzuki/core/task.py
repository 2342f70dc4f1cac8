"""Ids of tasks on the work list: an attempt to answer by hand, a refund to pay out, an incident to look
into.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from uuid import UUID

from .errors import Code, Refused

LARGEST = 2**63 - 1  # a number of a row


class TaskKind(StrEnum):
    """Each is the first letter of its tasks' ids, as people see them."""

    ATTEMPT = "a"
    REFUND = "r"
    INCIDENT = "i"


@dataclass(frozen=True, slots=True)
class TaskId:
    """`row`: the attempt's, refund's or incident's own id, in its usual form."""

    kind: TaskKind
    row: str

    def __str__(self) -> str:
        return f"{self.kind}{self.row}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Refused(work_unknown) for what cannot be the id of a task."""
        letter, rest = text[:1], text[1:]
        try:
            kind = TaskKind(letter)
            row = str(_number(rest) if kind is TaskKind.INCIDENT else UUID(rest))
        except ValueError:
            raise Refused(Code.WORK_UNKNOWN, id=text[:60]) from None
        return cls(kind, row)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or (number := int(text)) > LARGEST:
        raise ValueError(text)
    return number
