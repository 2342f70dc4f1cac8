"""Ids of the work list, as people see them and type them."""

import pytest

from tsuzuki.core.errors import Refused
from tsuzuki.core.task import LARGEST, TaskId, TaskKind

ROW = "01a201a0-1c80-7368-9cef-ae286943c3d9"


@pytest.mark.parametrize(
    "task",
    [
        TaskId(TaskKind.ATTEMPT, ROW),
        TaskId(TaskKind.REFUND, ROW),
        TaskId(TaskKind.INCIDENT, "7"),
        TaskId(TaskKind.INCIDENT, str(LARGEST)),
    ],
)
def test_it_is_read_as_it_is_written(task):
    assert TaskId.read(str(task)) == task


def test_it_is_read_however_an_id_may_be_written():
    assert TaskId.read(f"a{ROW.upper()}") == TaskId(TaskKind.ATTEMPT, ROW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "i",
        "x7",
        "7",
        "a7",
        f"x{ROW}",
        f"i{ROW}",
        f"A{ROW}",
        f"a{ROW}0",
        "i-1",
        "i+1",
        "i 7",
        "i1_0",
        "i７",
        "i7.0",
        f"i{LARGEST + 1}",
        f"i{'9' * 400}",
        f"i{'9' * 9000}",
    ],
)
def test_what_is_no_task(text):
    with pytest.raises(Refused, match="work_unknown"):
        TaskId.read(text)
