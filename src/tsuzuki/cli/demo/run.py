"""`tsuzuki demo`: a whole operator on this machine, a tour through it, and then it serves until Ctrl-C."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tsuzuki.cli import postgres, settings_file
from tsuzuki.cli.output import as_json, err, out
from tsuzuki.cli.start import RUNNING, boot

from . import processes
from .processes import CannotStart, Demo

SERVING = """
Serving until Ctrl-C.
The customer's pages       {web}/
  a link to one line       {link}
The office                 {web}/office/
  sign in as               owner, {password}; key for an authenticator app: {key}
In a second terminal, in this folder:
  {tsuzuki} quote {number} data-3gb
  {tsuzuki} renew {number} data-3gb --pay sandbox
  {tsuzuki} work
  {tsuzuki} verify
Sandbox with its buttons   {sandbox}
Letters that were sent     {sandbox}/outbox
"""


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="run the tour and stop; exit 0 only if all of it held")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65000, help="first of two ports; 0 takes free ones")] = 8000,
    data: Annotated[
        Path, typer.Option(help="folder of the database and the sandbox; a second start finds it as it was")
    ] = Path("var"),
    json: Annotated[
        bool,
        typer.Option(
            "--json", help="when ready, one line with the addresses; the tour goes to standard error"
        ),
    ] = False,
) -> None:
    """A whole operator on this machine: three networks, 14 plans, 1,000 lines, and a guided tour."""
    folder = data.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    console = err if json else out
    running = Demo(folder, port, sandbox_port=port and port + 1)
    # Ctrl-C also where the shell started it in the background, with that signal ignored;
    # and what a service manager sends.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # its terminal is closed; nohup ignores that
        signal.signal(signal.SIGHUP, signal.default_int_handler)
    try:
        if (folder / settings_file.NAME).exists():
            raise CannotStart(
                f"{folder} belongs to an installation; its lines are real. Choose another folder: "
                "--data FOLDER"
            )
        (folder / RUNNING).unlink(missing_ok=True)
        held = _start(running, console, json)
        if once:
            raise typer.Exit(0 if held else 1)
        _serve(running, console)
    except CannotStart as why:
        err.print(str(why))
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        console.print("Stopped; the data stays in", folder)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one must not leave half of them running
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        running.stop()


def _start(running: Demo, console: Console, json: bool) -> bool:
    running.port = processes.require_free(running.port)
    os.environ["TSUZUKI_SANDBOX"] = "1"
    os.environ["DATABASE_URL"] = os.environ.get("DATABASE_URL") or postgres.EMBEDDED
    console.print("Starting the sandbox (a toy carrier, gateway and outbox) and PostgreSQL ...")
    processes.start_sandbox(running)
    boot(running.data)
    from django.core.management import call_command

    from tsuzuki.actions.catalogue.search import index

    call_command("migrate", verbosity=0)
    index()
    from . import demo_staff, seed, tour

    seed.ensure(quiet=json)
    logins = demo_staff.ensure()
    processes.publish(running)
    processes.start_api(running)
    processes.start_worker(running)
    held = tour.tour(running, console)
    if json:
        as_json(
            {
                "web": running.web,
                "api": running.api,
                "office": running.web + "/office/",
                "sandbox": running.sandbox,
                "outbox": running.sandbox + "/outbox",
                "api_key": seed.api_key(),
                "logins": logins,
            }
        )
    return held


def _serve(running: Demo, console: Console) -> None:
    from django.utils import timezone

    from tsuzuki.actions.lines import links

    from . import demo_staff, seed

    link = links.url(seed.a_line("ended"), timezone.now())
    owner = demo_staff.ensure()["owner"]
    words = SERVING.format(
        tsuzuki=sys.argv[0],
        sandbox=running.sandbox,
        number=seed.a_number(),
        web=running.web,
        link=link,
        password=owner["password"],
        key=owner["totp_secret"],
    )
    console.print(*words.splitlines(), sep="\n", soft_wrap=True)
    while all(process.poll() is None for process in running.running):
        time.sleep(1)  # nothing to do but to notice a process that ended
    raise CannotStart(f"A process of the demo ended by itself; see the logs in {running.data}.")
