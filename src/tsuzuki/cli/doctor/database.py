"""The database: its version and settings, the schema, the clock, the books, and who may enter."""

from datetime import UTC, datetime, timedelta

from ..settings_file import data_folder
from .finding import Finding, Findings, Level

OLDEST_SERVER = 15
CLOCKS_APART = timedelta(seconds=2)
PROVED_WITHIN = timedelta(hours=48)


def _ask(query: str) -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query)
        return str(cursor.fetchone()[0])


def database(now: datetime) -> Findings:
    version = int(_ask("SHOW server_version_num")) // 10_000
    if version < OLDEST_SERVER:
        yield Finding(
            Level.BAD,
            "database",
            f"PostgreSQL {version}",
            f"tsuzuki needs PostgreSQL {OLDEST_SERVER} or newer: upgrade it",
        )
    else:
        yield Finding(Level.OK, "database", f"PostgreSQL {version}")
    if _ask("SHOW timezone") != "UTC":
        yield Finding(
            Level.BAD,
            "database",
            "its session does not speak UTC",
            "remove the timezone option from DATABASE_URL",
        )
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        if _ask(f"SHOW {setting}") == "off":
            todo = f"set {setting} = on in postgresql.conf; without it a power failure can lose paid orders"
            yield Finding(Level.BAD, "database", f"{setting} is off", todo)
    from django.conf import settings

    if str(data_folder() / "postgres") in str(settings.DATABASES["default"]["HOST"]):
        todo = "for real business set DATABASE_URL to a PostgreSQL of your own, with replication"
        yield Finding(
            Level.OK if settings.SANDBOX else Level.WARN,
            "database",
            "the embedded server",
            "" if settings.SANDBOX else todo,
        )


def schema(now: datetime) -> Findings:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        yield Finding(Level.BAD, "database", f"{missing} steps behind this version", "tsuzuki migrate")
    else:
        yield Finding(Level.OK, "database", "at this version")


def clock(now: datetime) -> Findings:
    """Ours and the database's. Quotes, leases and signatures live by ours."""
    from django.db import connection

    with connection.cursor() as cursor:
        before = datetime.now(UTC)
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
        after = datetime.now(UTC)
    apart = max(before - theirs, theirs - after, timedelta(0))
    if apart > CLOCKS_APART:
        level = Level.BAD if apart > CLOCKS_APART * 15 else Level.WARN
        yield Finding(
            level,
            "clock",
            f"this machine and the database are {apart.total_seconds():.0f} s apart",
            "let both keep time by NTP",
        )
    else:
        yield Finding(Level.OK, "clock", "agrees with the database's")


def staff(now: datetime) -> Findings:
    from tsuzuki.core.staff import Role
    from tsuzuki.records.models import Staff

    owners = Staff.objects.filter(role=Role.OWNER, left_at=None, enrolled_at__isnull=False).count()
    if not owners:
        yield Finding(
            Level.WARN,
            "staff",
            "nobody can enter the office",
            "tsuzuki init, or tsuzuki init --answers FILE with an owner",
        )
    elif owners == 1:
        yield Finding(Level.OK, "staff", "one owner; a second one could let the first in again")
    else:
        yield Finding(Level.OK, "staff", f"{owners} owners")


def books(now: datetime) -> Findings:
    from tsuzuki.records.models import Order, Verification

    last = Verification.objects.order_by("-at").first()
    if last is None:
        if Order.objects.exists():
            yield Finding(
                Level.WARN, "books", "never proved", "tsuzuki verify; the worker does it every night"
            )
    elif last.faults:
        yield Finding(
            Level.BAD,
            "books",
            f"{last.faults} faults at the last proof, {last.at:%F %H:%M} UTC",
            "docs/runbook.md, «The books do not hold»",
        )
    elif now - last.at > PROVED_WITHIN:
        yield Finding(
            Level.WARN,
            "books",
            f"last proved {last.at:%F %H:%M} UTC",
            "tsuzuki verify, and see why no worker did it at night",
        )
    else:
        yield Finding(Level.OK, "books", f"they held at {last.at:%F %H:%M} UTC")
