"""import-lines, compare-lines, pilot: moving in from an old system."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tsuzuki.actions.write import spreadsheet

from .orders import Json, actor
from .output import REFUSED, as_json, bar, err, out, refusals
from .private_files import private
from .start import boot

if TYPE_CHECKING:  # importable only after boot
    from tsuzuki.actions.moving.mapping import ColumnMapping
    from tsuzuki.actions.moving.move_in import Report

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
MapFile = typer.Option(
    "--map", exists=True, dir_okay=False, help="YAML: which column says what (docs/moving-in.md)"
)
AsOf = Annotated[
    str | None, typer.Option(help="the moment the export speaks of, ISO 8601 with zone; left out: now")
]


def _moment(text: str | None) -> datetime:
    from django.utils import timezone

    if text is None:
        return timezone.now()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise typer.BadParameter("like 2026-11-22T00:00+09:00")
    return at


def _map(file: Path) -> "ColumnMapping":
    from tsuzuki.actions.moving.mapping import read
    from tsuzuki.actions.write import csv_file

    return read(csv_file.decoded(csv_file.read(file)))


def import_lines(
    file: File,
    map: Annotated[Path | None, MapFile] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="with --map: only the report")] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="import the good rows and leave the bad ones")
    ] = False,
    held_back: Annotated[
        bool,
        typer.Option(
            "--held-back", help="with --map: they renew here only once `tsuzuki pilot` lets them in"
        ),
    ] = False,
    as_of: AsOf = None,
    rejected: Annotated[
        Path | None,
        typer.Option(help="with --map: a CSV file for every rejected row, with its number and why"),
    ] = None,
    json: Json = False,
) -> None:
    """Lines from CSV with the columns number, iccid, carrier, sim (physical or esim);
    with --map any names, and workbooks.
    """
    boot()
    with refusals(json):
        if map is None:
            _plain(file, skip_bad, json)
            return
        from django.utils import timezone

        from tsuzuki.actions.moving.move_in import move_in

        with bar(json) as progress, _rejects(rejected) as reject:
            task = progress.add_task("Reading", total=None)

            def tell(stage: str, done: int, rows: int | None) -> None:
                progress.update(task, description=stage, completed=done, total=rows)

            report = move_in(
                file,
                _map(map),
                actor(),
                timezone.now(),
                _moment(as_of),
                write=not dry_run,
                skip_bad=skip_bad,
                held_back=held_back,
                progress=tell,
                rejected=reject,
            )
        _say(report, dry_run, json)
        if report.bad and not (skip_bad or dry_run):
            raise typer.Exit(REFUSED)


def _say(report: "Report", dry_run: bool, json: bool) -> None:
    if json:
        as_json(
            {
                "rows": report.rows,
                "imported": report.imported,
                "already": report.already,
                "bad_rows": report.bad,
                "ended": report.ended,
                "reasons": report.reasons,
                "taken": report.taken,
                "examples": report.examples,
                "encoding": report.encoding,
                "warnings": report.warnings,
                "written": report.written,
            }
        )
        return
    for example in report.examples:
        err.print(example)
    if report.bad > len(report.examples):
        err.print(
            f"... and {report.bad - len(report.examples):,} more rows; --rejected FILE.csv has all of them."
        )
    head = f"{report.rows:,} rows read as {report.encoding}"
    out.print(f"{head}: {report.imported:,} imported, {report.already:,} known already, {report.bad:,} bad.")
    for reason, count in report.reasons.most_common():
        out.print(f"  {reason:16} {count:>10,}")
    along = ", ".join(
        f"{name.replace('_', ' ')} {count:,}" for name, count in sorted(report.taken.items()) if count
    )
    out.print(
        f"What they bring along: {along or 'nothing'}. Without a period because it is over: {report.ended:,}."
    )
    if dry_run:
        out.print("Nothing was written: this was the report.")
    elif not report.written:
        out.print("Nothing was imported. Mend the rows above, or leave them out with --skip-bad.")


@contextmanager
def _rejects(file: Path | None) -> Iterator[Callable[[int, Mapping[str, str], str], None] | None]:
    """Each rejected row as it stood, its number and reason before it; a spreadsheet opens it as it is."""
    if file is None:
        yield None
        return
    with private(file, "w", "utf-8-sig", newline="") as raw:
        write = spreadsheet.writer(raw)
        names: list[str] = []

        def reject(row: int, cells: Mapping[str, str], why: str) -> None:
            if not names:
                names.extend(cells)
                write(["row", "why", *names])
            write([row, why, *(cells.get(name, "") for name in names)])

        yield reject


def _plain(file: Path, skip_bad: bool, json: bool) -> None:
    from django.utils import timezone

    from tsuzuki.actions.lines import import_lines as actions

    with bar(json) as progress:
        task = progress.add_task("Lines", total=None)
        report = actions.import_lines(
            file.read_bytes(),
            actor(),
            timezone.now(),
            skip_bad=skip_bad,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    if json:
        as_json(actions.as_dict(report))
    else:
        for row in report.bad:
            err.print(actions.explain(row))
        head = f"{report.rows} rows read as {report.encoding}"
        out.print(
            f"{head}: {report.imported} imported, {report.already} known already, {len(report.bad)} bad."
        )
        if report.bad and not skip_bad:
            out.print("Nothing was imported. Mend the rows above, or leave them out with --skip-bad.")
    if report.bad and not skip_bad:
        raise typer.Exit(REFUSED)


def compare_lines(
    file: File,
    map: Annotated[Path, MapFile],
    as_of: AsOf = None,
    data: Annotated[int, typer.Option(min=0, help="so many bytes apart is still the same")] = 0,
    report: Annotated[Path | None, typer.Option(help="a CSV file for every difference")] = None,
    json: Json = False,
) -> None:
    """While both systems run: what the old one's export says otherwise of ends, data and credit.

    Exit code 1 if anything differs.
    """
    boot()
    with refusals(json), _differences(report) as told, bar(json) as progress:
        from tsuzuki.actions.moving.compare import Tolerance, compare_lines

        task = progress.add_task("Comparing", total=None)
        comparison = compare_lines(
            file,
            _map(map),
            _moment(as_of),
            tolerance=Tolerance(data=data),
            told=told,
            progress=lambda done: progress.update(task, completed=done),
        )
    facts = {
        "rows": comparison.rows,
        "same": comparison.same,
        "differs": comparison.differs,
        "missing": comparison.missing,
        "extra": comparison.extra,
        "bad": comparison.bad,
    }
    if json:
        as_json({**facts, "examples": comparison.examples})
    else:
        for example in comparison.examples:
            out.print(example)
        rest = (
            f"not here {comparison.missing:,}; only here {comparison.extra:,}; unreadable {comparison.bad:,}"
        )
        out.print(f"{comparison.rows:,} rows: {comparison.same:,} the same; {rest}.")
        for what, count in comparison.differs.most_common():
            out.print(f"  {what:8} differs in {count:,}")
    if comparison.same != comparison.rows or comparison.extra:
        raise typer.Exit(REFUSED)


@contextmanager
def _differences(file: Path | None) -> Iterator[Callable[[int, str, str, str, str], None] | None]:
    if file is None:
        yield None
        return
    with private(file, "w", "utf-8-sig", newline="") as raw:
        write = spreadsheet.writer(raw)
        write(["row", "number", "what", "old system", "tsuzuki"])
        yield lambda *cells: write(cells)


def pilot(
    let_in: Annotated[
        Path | None,
        typer.Option(
            "--let-in", exists=True, dir_okay=False, help="a file of numbers, one a line, that may renew here"
        ),
    ] = None,
    hold_back: Annotated[
        Path | None,
        typer.Option("--hold-back", exists=True, dir_okay=False, help="a file of numbers that may not yet"),
    ] = None,
    all_back: Annotated[bool, typer.Option("--all-back", help="begin a pilot: hold everybody back")] = False,
    everybody: Annotated[bool, typer.Option("--open", help="end it: everybody may renew here")] = False,
    json: Json = False,
) -> None:
    """Which lines may renew here while the old system still runs; the others are told «not yet»."""
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.lines import pilot as actions

        now, changed, unknown = timezone.now(), 0, list[str]()
        if all_back:
            changed += actions.hold_all_back(actor(), now)
        if everybody:
            changed += actions.open_to_all(actor(), now)
        for file, switch in ((hold_back, actions.hold_back), (let_in, actions.let_in)):
            if file is not None:
                count, lost = switch(_numbers(file), actor(), now)
                changed, unknown = changed + count, unknown + lost
        held = actions.held_back()
        if json:
            as_json({"changed": changed, "unknown": unknown, "held_back": held})
            return
        for number in unknown:
            err.print(f"{number}: on no line")
        out.print(f"{changed:,} lines changed; {held:,} are told «not yet».")


def _numbers(file: Path) -> list[str]:
    """Read whole before any is switched: the first that is none refuses the file."""
    from tsuzuki.actions.write import csv_file
    from tsuzuki.core.errors import Code, Refused
    from tsuzuki.core.identifiers import msisdn

    result = []
    for row, text in enumerate(csv_file.decoded(csv_file.read(file)).splitlines(), 1):
        if text.strip():
            try:
                result.append(msisdn(text.strip()))
            except Refused:
                raise Refused(Code.FILE_UNREADABLE, reason=f"row {row} is no telephone number") from None
    return result
