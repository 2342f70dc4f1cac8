"""Moving in at full size: a messy workbook of 50,000 rows, killed on the way; the books hold and every row is accounted for."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests import cast, messy

from .result import Part, Result

Say = Callable[[str], None]
KILLS = 3


def run(rows: int, say: Say) -> Result:
    began = time.monotonic()
    result = Result("moving")
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


def _move(file: Path, write: bool):
    from tsuzuki.actions.moving.mapping import read
    from tsuzuki.actions.moving.move_in import move_in

    told: list[int] = []
    began = time.monotonic()
    report = move_in(
        file, read(messy.MAP), cast.NOON, messy.AS_OF, write=write, skip_bad=True, rejected=lambda row, cells, why: told.append(row)
    )
    return report, told, time.monotonic() - began


def _figures(report, seconds: float) -> dict[str, int | str]:
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"rows": report.rows, "rejected, each with its reason": report.bad, "written": report.imported, "there already": report.already,
            "rows a second": int(report.rows / seconds), "peak memory, MB": str(megabytes)}  # fmt: skip


def _read(name: str, file: Path, truth: messy.Truth) -> Part:
    report, told, seconds = _move(file, write=False)
    wrong = (
        []
        if sorted(truth.bad) == told
        else [f"{len(set(truth.bad) ^ set(told))} rows are rejected that should not be, or the other way round"]
    )
    return Part(name, _figures(report, seconds), wrong)


def _written(name: str, file: Path, truth: messy.Truth) -> Part:
    report, told, seconds = _move(file, write=True)
    wrong = [] if sorted(truth.bad) == told else ["other rows are rejected than should be"]
    if report.imported + report.already != truth.good:
        wrong.append(f"{report.imported} written and {report.already} there already are not the {truth.good} good rows")
    return Part(name, _figures(report, seconds), wrong + _books(truth))


def _books(truth: messy.Truth) -> list[str]:
    from django.db.models import Sum

    from tsuzuki.actions.verify import verify
    from tsuzuki.records import models

    proof = verify(cast.NOON)
    data = models.Lot.objects.filter(good="data").aggregate(sum=Sum("remaining"))["sum"]
    expected = {
        "lines": (models.Line.objects.count(), truth.good), "periods": (models.Period.objects.count(), truth.periods),
        "credit in the books": (proof.totals["credit"]["JPY"], truth.credit), "unearned": (proof.totals["unearned"]["JPY"], truth.paid),
        "taken over": (-proof.totals["clearing"]["JPY"], truth.credit + truth.paid), "data": (data, truth.megabytes * 10**6),
    }  # fmt: skip
    return [*proof.faults, *(f"{name}: {is_} instead of {should}" for name, (is_, should) in expected.items() if is_ != should)]


def _killed(file: Path, truth: messy.Truth, say: Say) -> Part:
    """SIGKILL in the middle of writing, several times; each start finds what is there and goes on."""
    from tsuzuki.records.models import Line

    map = file.with_name("map.yaml")
    map.write_text(messy.MAP)
    command = [
        sys.executable,
        "-m",
        "tsuzuki.site.command",
        "import-lines",
        str(file),
        "--map",
        str(map),
        "--as-of",
        messy.AS_OF.isoformat(),
    ]
    wrong, fell = [], []
    for kill in range(KILLS):
        started = Line.objects.count()
        target = started + truth.good // (KILLS + 2)
        process = subprocess.Popen([*command, "--skip-bad", "--json"], env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and Line.objects.count() < target:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        fell.append(Line.objects.count())
        say(f"killed with {fell[-1]} lines written")
        if not started < fell[-1] < truth.good:
            wrong.append(f"start {kill + 1} was not killed in the middle: {fell[-1]} lines")
    from tsuzuki.actions.verify import verify

    return Part("killed while writing", {"kills": KILLS, "written": fell[-1]}, wrong + list(verify(cast.NOON).faults))


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
    return Part("compared with the old system", {"rows": found.rows, "rows a second": int(found.rows / seconds)}, wrong)
