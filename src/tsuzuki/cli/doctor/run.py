"""doctor: looks at everything an installation stands on, and says for each what to do."""

from collections.abc import Callable
from datetime import UTC, datetime

import typer

from ..orders import Json
from ..output import REFUSED, as_json, out
from ..start import boot
from .database import books, clock, database, schema, staff
from .finding import Finding, Findings, Level
from .running import disk, mail, queue, saved
from .secrets import secret
from .selling import address, providers, texts


def doctor(json: Json = False) -> None:
    """Look at database, secret, mail, providers, legal texts, queue, disk and clock.

    Exit code 1 if anything is bad.
    """
    boot(ask=False)
    results = list(findings(datetime.now(UTC)))
    bad = any(finding.level is Level.BAD for finding in results)
    if json:
        as_json(
            {
                "ok": not bad,
                "findings": [
                    {"level": f.level.value, "about": f.about, "said": f.said, "do": f.do} for f in results
                ],
            }
        )
    else:
        for finding in results:
            out.print(f"{finding.level.value:4}  {finding.about:10} {finding.said}")
            if finding.do:
                out.print(f"                 -> {finding.do}")
    if bad:
        raise typer.Exit(REFUSED)


def findings(now: datetime) -> Findings:
    """Without a database what can be seen without one: that is when somebody looks."""
    from django.db import DatabaseError, InterfaceError, connection

    checks = [
        database,
        schema,
        secret,
        mail,
        providers,
        texts,
        address,
        queue,
        staff,
        books,
        saved,
        disk,
        clock,
    ]
    try:
        connection.ensure_connection()
    except (DatabaseError, InterfaceError) as error:
        text = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        yield Finding(
            Level.BAD, "database", f"cannot be used: {text}", "is PostgreSQL running, and DATABASE_URL right?"
        )
        checks = [secret, mail, saved, disk]
    for check in checks:
        yield from _each(check, now)


def _each(check: Callable[[datetime], Findings], now: datetime) -> Findings:
    """One check that breaks is a finding, not the end of the visit."""
    try:
        yield from check(now)
    except Exception as broken:
        words = (str(broken).strip().splitlines() or ["no more was said"])[0]
        yield Finding(
            Level.BAD, check.__name__, f"cannot be looked at: {type(broken).__name__}: {words[:120]}"
        )
