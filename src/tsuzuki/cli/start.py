"""Before any command: which database, which settings, which log. Imports nothing of Django until `boot` has run."""

import json
import logging
import os
import re
import sys
from pathlib import Path
from typing import Any

import structlog

from . import postgres, settings_file
from .settings_file import data_folder

_TOKEN = re.compile(r"(/(?:[rqp]|office/join)/)[^/\s]+")
RUNNING = "running.json"  # what a demo in this folder tells other commands: its environment


def boot(data: Path | None = None, log: str = "quiet") -> None:
    """Make `django.setup()` possible for this process and its children, and do it.

    A demo that runs in the same data folder lends its environment, so that `tsuzuki order ...` in a second terminal just works.
    """
    if data is not None:
        os.environ["TSUZUKI_DATA"] = str(data.resolve())
    running = data_folder() / RUNNING
    if running.exists():
        for name, value in json.loads(running.read_text()).items():
            os.environ.setdefault(name, value)
    settings_file.lend()
    set_up_log(log)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsuzuki.site.settings")
    postgres.ensure(data_folder())
    import django

    django.setup()
    require_utc()


def boot_for_the_guide() -> bool:
    """As `boot`, with whatever is set up here; where nothing is, without a secret and without a database. Returns whether there is one."""
    asked = ("DATABASE_URL", "TSUZUKI_SECRET", "TSUZUKI_SECRET_FILE", "TSUZUKI_SANDBOX")
    if any(os.environ.get(name) for name in asked) or any((data_folder() / name).exists() for name in (RUNNING, settings_file.NAME)):
        boot()
        return True
    os.environ["TSUZUKI_GUIDE_ALONE"] = "1"
    set_up_log("quiet")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsuzuki.site.settings")
    import django

    django.setup()
    return False


def require_utc() -> None:
    """Every instant here is UTC; a session that reads and writes another zone would shift every end."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW timezone")
        zone = cursor.fetchone()[0]
    if zone != "UTC":
        sys.exit(f"The database session runs in {zone}, not UTC. Remove the timezone option from DATABASE_URL.")


def set_up_log(log: str) -> None:
    """`quiet`: warnings for people. `json`: everything, one object a line, on standard error. No secret is ever handed to it."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if log == "json":
        processors = [*shared, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        processors = [*shared, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), repr_native_str=True)]
    level = {"json": logging.INFO, "quiet": logging.ERROR}[log]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(
        level=logging.WARNING if log == "json" else logging.ERROR, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s"
    )
    for handler in logging.getLogger().handlers:
        handler.addFilter(_without_tokens)


def _without_tokens(record: logging.LogRecord) -> bool:
    """Django writes down the address of what it refused; those of lines, quotes and orders open them to whoever reads it."""
    record.msg, record.args = _TOKEN.sub(r"\1…", record.getMessage()), ()
    return True
