"""python -m tests.prove.report [--quick] [--only
stories,cuts,kills,races,behaviours,readings,pages,moving,half_million] [--every N]

Runs the long proofs on an embedded PostgreSQL of its own (or the server DATABASE_URL names) and writes
docs/proof.md.
Exit 1 on any violation.
The page is made of sections by name; a run replaces the ones it proved and leaves the others, also what other
programs `put` there.
"""

import argparse
import os
import platform
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from .result import Part, Result

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "proof.md"
HEAD = """# What was proved, and when

`make prove` writes this page. Every number was counted in the run named beside it; 0 violations is the only
result that counts.
"""
SHOWN = 20  # violations on the page; all are printed


def proofs(quick: bool, every: int) -> dict[str, Callable[[Callable[[str], None]], Result]]:
    from . import behaviours, cuts, kills, moving, pages, races, readings, stories

    return {
        "cuts": lambda say: cuts.run(150 if quick else every, say=say),
        "kills": lambda say: kills.run(40 if quick else 2000, seed=20261122, say=say),
        "races": lambda say: races.run(vouchers=3 if quick else 50, rounds=3 if quick else 30, say=say),
        "behaviours": lambda say: behaviours.run(300 if quick else 10_000, seed=20261122, say=say),
        "readings": lambda _say: readings.run(),
        "stories": lambda say: stories.run(200 if quick else 3000, say=say),
        "pages": lambda say: pages.run(1 if quick else 3, say=say),
        "moving": lambda say: moving.run(10_000 if quick else 50_000, say=say),
        "half_million": lambda say: moving.large(20_000 if quick else 500_000, say=say),
    }


ASKED_FOR = {"half_million"}  # run only by name


WORDS = {
    "cuts": "Stopped at every place and started again; a place is an executed line of our own code, anew "
    "after each commit that wrote something and each question put to a provider. Providers ignore our keys. "
    "Exactly one charge, one delivery or one refund, nothing held, ledger and lots clean.",
    "kills": "SIGKILL of workers, commands and the providers' process at random, in real time, under "
    "load; then everything came to rest.",
    "races": "64 at once on one thing, with providers that ignore keys.",
    "moving": "An operator moves in from a messy workbook (13 kinds of mistakes in one row of twenty, seven "
    "ways to write a number, five to write a date) while the importing process is killed; every rejected row "
    "is the one that should be, lines, data, credit and unearned money are exactly the old system's, and the "
    "books hold.",
    "half_million": "The same old system ten times as large, moved in once by the command (`make prove "
    "ARGS='--only half_million'`).",
    "behaviours": "Orders against providers that refuse, are silent, act and lose the answer, answer twice, "
    "babble, are busy, ignore keys.",
    "readings": "Pasted messages of carriers, in three languages, each with the right reading beside it "
    "(tests/parts/readings.yaml). A violation is a date read for sure that is not what the message says. "
    "Rounds were written after the reader was finished; what it made of them at first sight stands beside "
    "what it makes of them since.",
    "stories": "Stories of the simulation (`make simulate`): a seed decides whose turn it is at each "
    "statement, when answers and events arrive, pauses, kills, charge-backs, reversals and take-backs. At "
    "every rest our books are the providers' own, no paid day is missing, nobody is owed who is not told, "
    "and nothing is without a next step.",
    "pages": "A renewal in a real browser over a throttled phone's link, with TLS 1.3 and HTTP/2. "
    "Milliseconds until something can be read: cold, the first visit of all (2,000 at most); warm, the page "
    "again on an open line (800 at most); next, as the journey comes to it, after a form and, on the order's "
    "page, after gateway and carrier were asked. Bytes with their headers (14,000 a page at most); of the "
    "whole renewal everything the link carried down, handshakes and certificates too (30,000 at most).",
}


def main(arguments: list[str]) -> int:
    given = _options(arguments)
    # So that servers and sandboxes of ours are ended on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    console = Console(highlight=False)
    from . import stage

    broke = False
    with stage.server() as template:
        _quiet()
        conditions = _conditions(given.quick)
        for name, prove in proofs(given.quick, given.every).items():
            if name not in given.only.split(",") if given.only else name in ASKED_FOR:
                continue
            console.rule(name)
            with stage.database(template):
                result = prove(lambda text: console.print(f"  {text}"))
            for violation in result.violations:
                console.print(f"[red]VIOLATION[/red] {violation}", markup=True)
            console.print(f"{name}: {len(result.violations)} violations, {result.seconds:.0f} s")
            broke = broke or bool(result.violations)
            put(name, section(result, conditions))
    return 1 if broke else 0


def put(name: str, text: str, page: Path = PAGE) -> None:
    """Write or replace one section of the page: also for proofs that live elsewhere (a benchmark)."""
    page.parent.mkdir(exist_ok=True)
    old = page.read_text() if page.exists() else HEAD
    whole = f"<!-- {name} -->\n{text.strip()}\n<!-- /{name} -->\n"
    found = re.compile(rf"<!-- {re.escape(name)} -->\n.*?<!-- /{re.escape(name)} -->\n", re.DOTALL)
    page.write_text(found.sub(lambda _: whole, old) if found.search(old) else f"{old}\n{whole}")


def section(result: Result, conditions: Mapping[str, str]) -> str:
    facts = {**conditions, **result.notes, "took": f"{result.seconds:.0f} s"}
    lines = [
        f"## {result.name}",
        "",
        WORDS[result.name],
        "",
        *(f"* {key}: {value}" for key, value in facts.items()),
        f"* **violations: {len(result.violations)}**",
        "",
        *_table(result.parts, result.sums),
    ]
    lines += ["", *(f"* {violation[:300]}" for violation in result.violations[:SHOWN])]
    return "\n".join(lines)


def _table(parts: list[Part], summed: bool = True) -> list[str]:
    """One row per part; where there are many of one kind, one row of sums."""
    columns = list(dict.fromkeys(name for part in parts for name in part.figures))
    rows = [
        (part.name, *(str(part.figures.get(name, "")) for name in columns), str(len(part.violations)))
        for part in parts
    ]
    sums = [
        sum(int(part.figures.get(name, 0)) for part in parts if isinstance(part.figures.get(name, 0), int))
        for name in columns
    ]
    if len(rows) > 20:
        rows = [(f"{len(rows)} batches", *map(str, sums), str(sum(len(part.violations) for part in parts)))]
    elif summed and len(rows) > 1 and not {"at once"} & set(columns):
        rows.append(("together", *map(str, sums), str(sum(len(part.violations) for part in parts))))
    heads = ("", *columns, "violations")
    return ["| " + " | ".join(row) + " |" for row in (heads, ("---",) * len(heads), *rows)]


def _conditions(quick: bool) -> dict[str, str]:
    from django.db import connection

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=20
        ).stdout.strip()

    dirty = " with uncommitted changes" if git("status", "--porcelain", "src", "tests") else ""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0]
    return {
        "run": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC" + (" (--quick: samples)" if quick else ""),
        "commit": (git("rev-parse", "--short=12", "HEAD") or "none") + dirty,
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python "
        f"{platform.python_version()}, "
        f"PostgreSQL {server}",
    }


def _quiet() -> None:
    """The engine's log of thousands of provoked failures would bury what is found."""
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.prove.report")
    parser.add_argument("--quick", action="store_true", help="samples, in a few minutes")
    parser.add_argument("--only", default="", help="names, separated by commas")
    parser.add_argument("--every", type=int, default=1, help="cut at every N-th place only")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
