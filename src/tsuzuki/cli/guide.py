"""guide check, stale, index, export: keeping the carrier guide honest and findable, and taking it along."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from tsuzuki.guide.check import check as check_all
from tsuzuki.guide.load.freshness import stale as stale_claims
from tsuzuki.guide.load.loader import Wrong, brands
from tsuzuki.guide.topics.essentials import gaps

from .orders import Json
from .output import REFUSED, as_json, err, out
from .start import boot, boot_for_the_guide

GUIDE = typer.Typer(
    no_args_is_help=True, help="The carrier guide: sourced claims about renewing at every brand."
)


@GUIDE.command()
def check(json: Json = False) -> None:
    """Is every claim well formed, with its words, its source and its date?

    Conflicts and gaps are listed, not refused.
    """
    report = check_all(datetime.now(UTC).date())
    claims = sum(len(brand.claims) + len(brand.steps) for brand in report.brands)
    if json:
        as_json(
            {
                "ok": not report.errors,
                "brands": len(report.brands),
                "claims": claims,
                "errors": report.errors,
                "conflicts": [
                    {"brand": c.brand, "key": c.key, "at": [claim.place for claim in c.claims]}
                    for c in report.conflicts
                ],
                "gaps": {brand.id: gaps(brand) for brand in report.brands},
            }
        )
    else:
        for conflict in report.conflicts:
            out.print(
                f"CONFLICT {conflict.brand} {conflict.key}: "
                f"{', '.join(claim.place for claim in conflict.claims)}"
            )
        for error in report.errors:
            err.print(f"ERROR {error}")
        unknown = sum(len(gaps(brand)) for brand in report.brands)
        out.print(
            f"{len(report.brands)} brands, {claims} claims and lists of steps: {len(report.errors)} errors, "
            f"{len(report.conflicts)} conflicts, {unknown} required answers unknown."
        )
    if report.errors:
        raise typer.Exit(REFUSED)


@GUIDE.command()
def stale(
    most: Annotated[int, typer.Option("--most", min=1, help="how many to show")] = 40,
    json: Json = False,
) -> None:
    """What a person should open again first: by the harm it does if it is wrong,
    then one source alone, then the oldest.
    """
    try:
        items = stale_claims(brands(), datetime.now(UTC).date())
    except Wrong as wrong:
        err.print(f"ERROR {wrong}")
        raise typer.Exit(REFUSED) from None
    if json:
        as_json(
            [
                {
                    "brand": i.brand,
                    "key": i.key,
                    "harm": i.harm.name.lower(),
                    "one_source": i.alone,
                    "why": i.why,
                    "as_of": i.source.as_of,
                    "confidence": i.source.confidence,
                    "url": i.source.url,
                    "at": i.place,
                }
                for i in items[:most]
            ]
        )
        return
    for item in items[:most]:
        source = item.source
        kind = (
            f"{item.harm.name.lower().replace('_', ' '):10} {item.why:9} {source.as_of or '-':10} "
            f"{source.confidence:6}"
        )
        claim = f"{kind} {item.brand} {item.key}{' (one source)' if item.alone else ''}"
        out.print(claim, f"    {source.url or '-'}", sep="\n")
    out.print(f"{min(most, len(items))} of {len(items)}.")


@GUIDE.command()
def index(json: Json = False) -> None:
    """Make the search's table anew from the guide and the plans. `migrate` does so too."""
    boot()
    from tsuzuki.actions.catalogue.search import index as make

    count = make()
    as_json({"entries": count}) if json else out.print(f"{count:,} entries can be found.")


@GUIDE.command()
def export(
    folder: Annotated[Path, typer.Argument(help="a folder that is empty or not there yet")],
    json: Json = False,
) -> None:
    """The whole guide as files, in every language, search included: for any host, a stick or no network at
    all.

    Nothing needs to be set up for it. Where an operator is, the copy has the operator's name and prices.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        err.print(f"{folder} is there and not empty.")
        raise typer.Exit(REFUSED)
    with_database = boot_for_the_guide()
    from django.core.management import call_command
    from django.db import connection

    from .guide_site import export_site

    # Nobody has used this database yet.
    if with_database and "records_operator" not in connection.introspection.table_names():
        call_command("migrate", verbosity=0)
    done = export_site(folder, datetime.now(UTC).date().isoformat())
    if json:
        as_json(
            {
                "folder": str(folder),
                "pages": done.pages,
                "bytes": done.total,
                "heaviest_page": done.heaviest,
                "search_index": done.index,
                "search_script": done.script,
            }
        )
    else:
        out.print(
            f"{folder}: {done.pages:,} pages, {done.total // 1000:,} kB. Open index.html. The "
            "search's words, loaded when "
            f"somebody searches: {done.index // 1000} kB a language."
        )
