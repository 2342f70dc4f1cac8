"""import-tariffs: the operator's own prices abroad from a spreadsheet's file."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .orders import Json, actor
from .output import LANGUAGE, REFUSED, as_json, err, out, refusals
from .start import boot

if TYPE_CHECKING:  # importable only after boot
    from tsuzuki.actions.catalogue.roaming import Preview
    from tsuzuki.actions.catalogue.tariff_file import File
    from tsuzuki.core.roaming import Cost


def import_tariffs(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what it would change")] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="take the good rows and leave the bad ones")
    ] = False,
    json: Json = False,
) -> None:
    """Prices abroad from CSV of any common encoding:
    the whole table from the file's day on (docs/office.md has the columns).
    """
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.catalogue import roaming, tariff_file
        from tsuzuki.core.errors import Code, Refused

        now = timezone.now()
        read = tariff_file.read_table(file.read_bytes())
        shown = roaming.preview(read.since, read.rates) if read.since else None
        stands = bool(read.rates) and (skip_bad or not read.bad)
        if read.since and stands:
            roaming.check_day(read.since, now)
        if read.since and stands and not dry_run:
            roaming.save_table(read.since, read.rates, actor(), now)
        _say(read, shown, stands and not dry_run, json)
        if not stands:
            raise (
                Refused(Code.ROWS_REFUSED, count=len({mistake.row for mistake in read.bad}))
                if not json
                else typer.Exit(REFUSED)
            )


def _say(read: "File", shown: "Preview | None", written: bool, json: bool) -> None:
    from tsuzuki.ui import roaming as words

    reasons = [
        {
            "row": mistake.row,
            "column": mistake.column,
            "value": mistake.value,
            "code": mistake.why.value,
            "reason": words.why(mistake.why, mistake.facts, LANGUAGE),
        }
        for mistake in read.bad
    ]
    if json:
        as_json(
            {
                "rows": read.rows,
                "good": len(read.rates),
                "bad": reasons,
                "encoding": read.encoding,
                "valid_from": read.since,
                "written": written,
                "changes": _changes(shown),
                "samples": _samples(shown),
            }
        )
        return
    for reason in reasons:
        err.print(f"row {reason['row']}: {reason['column']} “{reason['value']}”: {reason['reason']}")
    if shown:
        out.print(f"From {read.since}: {words.counted(shown.changes, LANGUAGE)}.")
        for sample in _samples(shown):
            out.print(
                f"  {sample['of']} in {sample['place']}: a sample trip {sample['before'] or '-'} "
                f"before, {sample['after'] or '-'} after"
            )
    if not written:
        out.print("Nothing was written.")


def _changes(shown: "Preview | None") -> dict[str, Any]:
    if shown is None:
        return {}
    made = shown.changes
    return {
        "added": [asdict(rate) for rate in made.added],
        "ended": [asdict(rate) for rate in made.ended],
        "same": made.same,
        "changed": [{"before": asdict(before), "after": asdict(after)} for before, after in made.changed],
    }


def _samples(shown: "Preview | None") -> list[dict[str, str | None]]:
    from tsuzuki.ui import roaming as words

    def total(cost: "Cost | None") -> str:
        return words.total(cost, LANGUAGE) if cost else ""

    return [
        {
            "of": words.whom(sample.subject.plan, sample.subject.names, sample.subject.on, LANGUAGE),
            "plan": sample.subject.plan or None,
            "carrier": sample.subject.carrier or None,
            "place": sample.place,
            "before": total(sample.before),
            "after": total(sample.after),
        }
        for sample in (shown.samples if shown else ())
    ]
