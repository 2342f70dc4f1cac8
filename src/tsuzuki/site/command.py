"""The command `tsuzuki`: the terminal's commands and,
since it is no face's business to start another, the worker.
"""

import sys
from typing import Annotated

import typer

from tsuzuki.cli.main import app
from tsuzuki.cli.start import boot, explained


@app.command()
def worker(
    json: Annotated[
        bool, typer.Option("--json/--no-json", help="log as JSON lines on standard error")
    ] = True,
    concurrency: Annotated[int, typer.Option(min=1, max=64)] = 2,
) -> None:
    """Carry orders to rest, send letters, keep the books. Run as many as you like."""
    boot(log="json" if json else "quiet")
    from django.conf import settings

    from tsuzuki.worker.run import run

    from .readiness import limit_sessions, why_closed

    if why := why_closed():
        sys.exit(why)
    limit_sessions(settings.WORKERS)
    run(concurrency)


def run() -> None:
    with explained():
        app()


if __name__ == "__main__":
    run()
