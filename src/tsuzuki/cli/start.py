"""Before any command: which database, which settings, which log.

Imports nothing of Django until `boot` has run.
"""

import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog

from tsuzuki.core.typed import visible

from . import postgres, settings_file
from .settings_file import data_folder

# Of an address: what stands where a token does, and whatever is as long as one, however it was mistyped. An
# id is shorter.
_TOKEN = re.compile(r"(/(?:[rqpb]|office/join)/+)[^/\s]+|(/)[^/\s]{40,}", re.IGNORECASE)
RUNNING = "running.json"  # what a demo in this folder tells other commands: its environment


def boot(data: Path | None = None, log: str = "quiet", ask: bool = True) -> None:
    """Make `django.setup()` possible for this process and its children, and do it. `ask`: the database,
    whether it speaks UTC.

    A demo that runs in the same data folder lends its environment, so that `tsuzuki order ...` in a second
    terminal just works.
    """
    if data is not None:
        os.environ["TSUZUKI_DATA"] = str(data.resolve())
    running = data_folder() / RUNNING
    if running.exists():
        settings_file.put(settings_file.lent(running), running)
    lend()
    set_up_log(log)
    import django

    django.setup()
    if ask:
        require_utc()


def lend() -> None:
    """Settings and database, as every process of ours needs them before Django."""
    settings_file.lend()
    os.environ.setdefault("TSUZUKI_DATA", str(data_folder()))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsuzuki.site.settings")
    postgres.ensure(data_folder())


def boot_for_the_guide() -> bool:
    """As `boot`, with whatever is set up here; where nothing is, without a secret and without a database.

    Returns whether there is one.
    """
    asked = (
        "DATABASE_URL",
        "TSUZUKI_SECRET",
        "TSUZUKI_SECRET_FILE",
        "TSUZUKI_SECRETS",
        "TSUZUKI_SECRETS_FILE",
        "TSUZUKI_SANDBOX",
    )
    if any(os.environ.get(name) for name in asked) or any(
        (data_folder() / name).exists() for name in (RUNNING, settings_file.NAME)
    ):
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
        sys.exit(
            f"The database session runs in {zone}, not UTC. Remove the timezone option from DATABASE_URL."
        )


@contextmanager
def explained() -> Iterator[None]:
    """What is wrong with settings or database, in a sentence and exit code 1:
    who stands before it needs no trace.
    """
    try:
        yield
    except Exception as error:
        why = _why(error)
        if not why:
            raise
        sys.exit(why)


def _why(error: BaseException) -> str:
    """Empty: a fault of ours, which wants its trace."""
    from django.core.exceptions import ImproperlyConfigured
    from django.db import InterfaceError, OperationalError, ProgrammingError

    text = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
    if isinstance(error, postgres.NoDatabase | settings_file.NotTrusted):
        return str(error)
    if isinstance(error, ImproperlyConfigured):
        return f"The settings cannot be used: {text}"
    if isinstance(error, OperationalError | InterfaceError) or type(error).__module__.startswith("psycopg"):
        return f"The database cannot be used: {text}"
    if isinstance(error, ProgrammingError) and type(error.__cause__).__name__ in (
        "UndefinedTable",
        "UndefinedColumn",
    ):
        return "The database has no tables of this version yet. Run: tsuzuki migrate"
    # No such folder, no right to write there, a full disk.
    if isinstance(error, OSError) and error.filename is not None:
        return visible(f"{error.filename}: {error.strerror}")
    if isinstance(error, UnicodeEncodeError) and error.reason == "surrogates not allowed":
        return (
            "A word of the command line is not in UTF-8. Set the terminal to it, or write the word "
            "into a file."
        )
    return ""


def set_up_log(log: str) -> None:
    """`quiet`: warnings for people.

    `json`: everything, one object a line, on standard error. No secret is ever handed to it.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if log == "json":
        processors = [*shared, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        processors = [
            *shared,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), repr_native_str=True),
        ]
    level = {"json": logging.INFO, "quiet": logging.ERROR}[log]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(
        level=logging.WARNING if log == "json" else logging.ERROR,
        stream=sys.stderr,
        format="%(levelname)s %(name)s %(message)s",
    )
    for handler in logging.getLogger().handlers:
        handler.addFilter(_without_tokens)


def _without_tokens(record: logging.LogRecord) -> bool:
    """Django writes down the address of what it refused.

    Those of lines, quotes and orders open them to whoever reads it.
    """
    record.msg, record.args = _TOKEN.sub(lambda match: f"{match[1] or match[2]}…", record.getMessage()), ()
    return True
