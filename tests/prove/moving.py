"""Moving in at full size: a messy workbook of 50,000 rows, killed on the way; the books hold and every row is
accounted for. And ten times that, once. Each is the command an operator types, in a process of its own.
"""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import cast, messy

from .result import Part, Result

Say = Callable[[str], None]
KILLS = 3


def run(rows: int, say: Say) -> Result:
    began = time.monotonic()
    result = Result("moving", sums=False)
    cast.operator()
    with tempfile.TemporaryDirectory(prefix="tsuzuki-moving-") as folder:
        book, text = Path(folder) / "old.xlsx", Path(folder) / "old.csv"
        truth = messy.workbook(book, rows, seed=rows)
        messy.as_csv(text, rows, "cp932", seed=rows)
        say(f"a workbook of {truth.rows} rows, {len(truth.bad)} of them bad")
        result.parts.append(_read("workbook, report only", book, truth))
        result.parts.append(_read("CSV (Shift-JIS), report only", text, truth))
        result.parts.append(_killed(book, truth, say))
        result.parts.append(_written("workbook, the rest written", book, truth))
        result.parts.append(_compared(book, truth))
    result.seconds = time.monotonic() - began
    return result


def large(rows: int, say: Say) -> Result:
    """Once, without kills: what the size of a file does to time and memory."""
    began = time.monotonic()
    result = Result("half_million", sums=False)
    cast.operator()
    with tempfile.TemporaryDirectory(prefix="tsuzuki-moving-") as folder:
        book = Path(folder) / "old.xlsx"
        truth = messy.workbook(book, rows, seed=rows)
        say(f"a workbook of {truth.rows} rows, {len(truth.bad)} of them bad")
        result.parts.append(_written("workbook, written", book, truth))
    result.seconds = time.monotonic() - began
    return result


def _command(file: Path, *more: str) -> list[str]:
    map = file.with_name("map.yaml")
    map.write_text(messy.MAP)
    as_of = messy.AS_OF.isoformat()
    command = [
        sys.executable,
        "-m",
        "tsuzuki.site.command",
        "import-lines",
        str(file),
        "--map",
        str(map),
        "--as-of",
        as_of,
        "--json",
    ]
    return [*command, *more]


@dataclass(frozen=True)
class _Moved:
    """What a command of its own said, told, and took."""

    report: dict[str, Any]
    rejected: list[int]
    seconds: float
    megabytes: int

    def figures(self) -> dict[str, int | str]:
        said = self.report
        return {
            "rows": said["rows"],
            "rejected, each with its reason": said["bad_rows"],
            "written": said["imported"],
            "there already": said["already"],
            "rows a second": int(said["rows"] / self.seconds),
            "peak memory, MB": str(self.megabytes),
        }


# From a process without a past: what is started right out of this one begins with the peak this one has
# reached.
MEASURED = """
import resource, subprocess, sys
said = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE).stdout.decode()
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, said)
"""


def _move(file: Path, *more: str) -> _Moved:
    rejected = file.with_name("rejected.csv")
    command = [sys.executable, "-c", MEASURED, *_command(file, "--rejected", str(rejected), *more)]
    began = time.monotonic()
    megabytes, _, said = subprocess.run(
        command, stdout=subprocess.PIPE, check=True, text=True
    ).stdout.partition(" ")
    seconds = time.monotonic() - began
    with rejected.open(encoding="utf-8-sig", newline="") as raw:
        rows = [int(row[0]) for row in list(csv.reader(raw))[1:]]
    return _Moved(json.loads(said), rows, seconds, int(megabytes))


def _read(name: str, file: Path, truth: messy.Truth) -> Part:
    moved = _move(file, "--dry-run")
    wrong = len(set(truth.bad) ^ set(moved.rejected))
    return Part(
        name,
        moved.figures(),
        [f"{wrong} rows are rejected that should not be, or the other way round"] if wrong else [],
    )


def _written(name: str, file: Path, truth: messy.Truth) -> Part:
    moved = _move(file, "--skip-bad")
    wrong = [] if sorted(truth.bad) == moved.rejected else ["other rows are rejected than should be"]
    if moved.report["imported"] + moved.report["already"] != truth.good:
        wrong.append(
            f"{moved.report['imported']} written and {moved.report['already']} there already are "
            f"not {truth.good}"
        )
    return Part(name, moved.figures(), wrong + _books(truth))


def _books(truth: messy.Truth) -> list[str]:
    from django.db.models import Sum

    from tsuzuki.actions.money.verify import verify
    from tsuzuki.records import models

    proof = verify(cast.NOON)
    data = models.Lot.objects.filter(good="data").aggregate(sum=Sum("remaining"))["sum"]
    expected = {
        "lines": (models.Line.objects.count(), truth.good),
        "periods": (models.Period.objects.count(), truth.periods),
        "credit in the books": (proof.totals["credit"]["JPY"], truth.credit),
        "unearned": (proof.totals["unearned"]["JPY"], truth.paid),
        "taken over": (-proof.totals["clearing"]["JPY"], truth.credit + truth.paid),
        "data": (data, truth.megabytes * 10**6),
    }
    return [
        *proof.faults,
        *(f"{name}: {is_} instead of {should}" for name, (is_, should) in expected.items() if is_ != should),
    ]


def _killed(file: Path, truth: messy.Truth, say: Say) -> Part:
    """SIGKILL in the middle of writing, several times; each start finds what is there and goes on."""
    from tsuzuki.records.models import Line

    command = _command(file, "--skip-bad")
    wrong, fell = [], []
    for kill in range(KILLS):
        started = Line.objects.count()
        target = started + truth.good // (KILLS + 2)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and Line.objects.count() < target:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        fell.append(Line.objects.count())
        say(f"killed with {fell[-1]} lines written")
        if not started < fell[-1] < truth.good:
            wrong.append(f"start {kill + 1} was not killed in the middle: {fell[-1]} lines")
    from tsuzuki.actions.money.verify import verify

    return Part(
        "killed while writing", {"kills": KILLS, "written": fell[-1]}, wrong + list(verify(cast.NOON).faults)
    )


def _compared(file: Path, truth: messy.Truth) -> Part:
    """Right after moving in, both systems say the same of every line."""
    from tsuzuki.actions.moving.compare import compare_lines
    from tsuzuki.actions.moving.mapping import read

    began = time.monotonic()
    found = compare_lines(file, read(messy.MAP), messy.AS_OF)
    seconds = time.monotonic() - began
    wrong = [f"{what} differs in {count}" for what, count in found.differs.items()]
    if found.same != truth.good or found.extra:
        wrong.append(f"{found.same} of {truth.good} the same, {found.extra} only here")
    return Part(
        "compared with the old system",
        {"rows": found.rows, "rows a second": int(found.rows / seconds)},
        wrong,
    )
