"""doctor: looks at everything an installation stands on, and says for each what to do."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from urllib.parse import urlsplit

import typer

from . import last_backup, settings_file
from .secret import words
from .sell import Json
from .settings_file import data_folder
from .show import REFUSED, as_json, out, why_not_offered
from .start import boot

OLDEST_SERVER = 15
LEAST_SECRET, LEAST_LETTERS = 32, 12
LEAST_DISK = 2 * 10**9
CLOCKS_APART = timedelta(seconds=2)
PROVED_WITHIN = timedelta(hours=48)
SAVED_WITHIN = timedelta(hours=25)
UNSURE_LONGER = timedelta(minutes=30)
OVERDUE = timedelta(minutes=10)


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    level: Level
    about: str
    said: str
    do: str = ""


Findings = Iterator[Finding]


def doctor(json: Json = False) -> None:
    """Look at database, secret, mail, providers, legal texts, queue, disk and clock.

    Exit code 1 if anything is bad.
    """
    boot(ask=False)
    found = list(findings(datetime.now(UTC)))
    bad = any(one.level is Level.BAD for one in found)
    if json:
        as_json(
            {
                "ok": not bad,
                "findings": [
                    {"level": f.level.value, "about": f.about, "said": f.said, "do": f.do} for f in found
                ],
            }
        )
    else:
        for one in found:
            out.print(f"{one.level.value:4}  {one.about:10} {one.said}")
            if one.do:
                out.print(f"                 -> {one.do}")
    if bad:
        raise typer.Exit(REFUSED)


def findings(now: datetime) -> Findings:
    """Without a database what can be seen without one: that is when somebody looks."""
    from django.db import DatabaseError, InterfaceError, connection

    checks = [
        _database,
        _schema,
        _secret,
        _mail,
        _providers,
        _texts,
        _address,
        _queue,
        _staff,
        _books,
        _saved,
        _disk,
        _clock,
    ]
    try:
        connection.ensure_connection()
    except (DatabaseError, InterfaceError) as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        yield Finding(
            Level.BAD, "database", f"cannot be used: {said}", "is PostgreSQL running, and DATABASE_URL right?"
        )
        checks = [_secret, _mail, _saved, _disk]
    for check in checks:
        yield from _each(check, now)


def _each(check: Callable[[datetime], Findings], now: datetime) -> Findings:
    """One check that breaks is a finding, not the end of the visit."""
    try:
        yield from check(now)
    except Exception as broken:
        about, words = (
            check.__name__.strip("_"),
            (str(broken).strip().splitlines() or ["no more was said"])[0],
        )
        yield Finding(Level.BAD, about, f"cannot be looked at: {type(broken).__name__}: {words[:120]}")


def _ask(query: str) -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query)
        return str(cursor.fetchone()[0])


def _database(now: datetime) -> Findings:
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


def _schema(now: datetime) -> Findings:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        yield Finding(Level.BAD, "database", f"{missing} steps behind this version", "tsuzuki migrate")
    else:
        yield Finding(Level.OK, "database", "at this version")


def _secret(now: datetime) -> Findings:
    from django.conf import settings

    from tsuzuki.actions.installation import secret_mark

    if settings.SANDBOX:
        yield Finding(Level.WARN, "mode", "sandbox: nothing here is real", _how_to_open())
    weak = [
        id
        for id, secret in settings.KEYRING.secrets.items()
        if len(secret) < LEAST_SECRET or len(set(secret)) < LEAST_LETTERS
    ]
    if settings.KEYRING.current in weak:
        todo = (
            "use 50 random characters (python3 -c 'import secrets; "
            "print(secrets.token_urlsafe(40))'); vouchers printed so far are lost"
        )
        yield Finding(
            Level.WARN if settings.SANDBOX else Level.BAD, "secret", "TSUZUKI_SECRET can be guessed", todo
        )
    else:
        yield Finding(Level.OK, "secret", f"{len(settings.SECRET_KEY)} characters")
    if secret_mark.others():
        todo = (
            "set it as it was (a copy of settings.env); or, if you changed it on purpose: tsuzuki "
            "accept-secret"
        )
        yield Finding(
            Level.BAD, "secret", "TSUZUKI_SECRET is another than this database was filled with", todo
        )
    yield from _older_secrets(now)


def _older_secrets(now: datetime) -> Findings:
    """Those that only read, and those the database knows and nobody has any more."""
    from django.conf import settings

    from tsuzuki.actions.installation import secret_mark
    from tsuzuki.actions.installation.secret_rotation import needs

    for id in secret_mark.missing():
        if found := needs(id, now):
            todo = (
                "put it into TSUZUKI_SECRETS again (a copy of settings.env); or, if it leaked: "
                "tsuzuki secret drop"
            )
            yield Finding(Level.BAD, "secret", f"secret {id} is missing, and needed: {words(found)}", todo)
        else:
            yield Finding(
                Level.WARN,
                "secret",
                f"secret {id} is missing, and nothing hangs on it",
                f"tsuzuki secret drop {id}",
            )
    for id in settings.KEYRING.secrets:
        if id == settings.KEYRING.current:
            continue
        found = needs(id, now)
        if found.sealed:
            yield Finding(
                Level.WARN,
                "secret",
                f"{found.sealed} values are sealed by an older secret, {id}",
                "tsuzuki secret reseal",
            )
        elif found:
            yield Finding(Level.OK, "secret", f"secret {id} still reads: {words(found)}")
        else:
            yield Finding(
                Level.WARN, "secret", f"nothing hangs on secret {id} any more", f"tsuzuki secret drop {id}"
            )


def _how_to_open() -> str:
    """What the environment says wins over settings.env."""
    kept = settings_file.read(data_folder()).get("TSUZUKI_SANDBOX")
    if kept in (None, "0"):
        return "unset TSUZUKI_SANDBOX, or set it to 0, when you open for business"
    return (
        "to open for business: tsuzuki init, with «sandbox: false» and every legal text; it writes "
        f"so into {settings_file.NAME}"
    )


def _mail(now: datetime) -> Findings:
    from tsuzuki.actions.messages.mail_check import reached

    why = reached()
    if why:
        yield Finding(
            Level.BAD,
            "mail",
            f"cannot be sent: {why}",
            "check TSUZUKI_SMTP_HOST, _PORT, _USER, _PASSWORD, _FROM, _SECURITY",
        )
    else:
        yield Finding(Level.OK, "mail", "the mail server listens")


def _providers(now: datetime) -> Findings:
    import json

    from tsuzuki.actions.engine import health, providers
    from tsuzuki.actions.order.offers import without_word
    from tsuzuki.records.models import Carrier, Incident, Plan

    carriers = list(Carrier.objects.order_by("code"))
    for carrier in carriers:
        why = providers.broken(partial(providers.carrier_of, carrier))
        if why:
            todo = "mend its settings, or hand it to provider «byhand» until it works"
            yield Finding(
                Level.BAD, "carrier", f"{carrier.code} ({carrier.provider}) cannot be asked: {why}", todo
            )
        elif why := providers.visit(carrier):
            todo = "docs/runbook.md has what to do about its folder or server"
            yield Finding(
                Level.BAD, "carrier", f"{carrier.code} ({carrier.provider}) cannot be reached: {why}", todo
            )
        else:
            yield Finding(Level.OK, "carrier", f"{carrier.code} by {carrier.provider}")
        if lacking := without_word(carrier, now):
            said = f"{carrier.code} has no word for {', '.join(lacking)}: not sold on its lines"
            yield Finding(
                Level.WARN, "carrier", said, "add them to the values of its template, or retire them there"
            )
    if not carriers or not Plan.objects.filter(retired_at=None).exists():
        yield Finding(
            Level.WARN,
            "plans",
            "there is nothing to sell yet",
            "tsuzuki import-plans FILE.yaml, or the office",
        )
    gateways = json.loads(os.environ.get("TSUZUKI_GATEWAYS", "{}"))
    for name in gateways:
        why = why_not_offered(name)
        if why:
            yield Finding(
                Level.BAD,
                "payment",
                f"{name}: {why}",
                "mend TSUZUKI_GATEWAYS or the secret it names",
            )
        else:
            yield Finding(Level.OK, "payment", name)
    for silent in Incident.objects.filter(kind=health.SILENT, closed_at=None).order_by("opened_at"):
        kind, _, name = silent.subject.partition(" ")
        about = "carrier" if kind == "carrier" else "payment"
        yield Finding(
            Level.WARN,
            about,
            f"{name} does not answer since {silent.opened_at:%F %H:%M} UTC",
            "call them if it lasts",
        )
    if not gateways:
        todo = 'set TSUZUKI_GATEWAYS, at least {"byhand": {}} for cash and transfers'
        yield Finding(Level.WARN, "payment", "only vouchers and credit can pay", todo)


def _texts(now: datetime) -> Findings:
    from django.conf import settings

    from tsuzuki.records import queries
    from tsuzuki.ui.languages import SHIPPED

    gaps = queries.brand().missing(SHIPPED)
    if gaps:
        level = Level.WARN if settings.SANDBOX else Level.BAD
        yield Finding(
            level,
            "texts",
            f"not written yet: {', '.join(gaps)}",
            "tsuzuki init --answers FILE, or the office: brand",
        )
    else:
        yield Finding(Level.OK, "texts", "everything the law wants said is written")


def _address(now: datetime) -> Findings:
    from django.conf import settings

    from tsuzuki.records import queries

    parts = urlsplit(settings.PUBLIC_URL)
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if parts.scheme != "https":
        level = Level.OK if settings.SANDBOX or local else Level.BAD
        todo = (
            ""
            if level is Level.OK
            else "put a proxy with TLS in front and set TSUZUKI_URL to the https address"
        )
        yield Finding(level, "address", f"{settings.PUBLIC_URL} is not encrypted", todo)
    else:
        yield Finding(Level.OK, "address", settings.PUBLIC_URL)
    host = (parts.hostname or "").lower()
    if not any(
        allowed in ("*", host) or (allowed.startswith(".") and host.endswith(allowed))
        for allowed in settings.ALLOWED_HOSTS
    ):
        yield Finding(
            Level.BAD,
            "address",
            f"{host} is not among TSUZUKI_HOSTS: every page would answer 400",
            "add it to TSUZUKI_HOSTS",
        )
    domain = queries.brand().domain.lower()
    if domain and host != domain and not host.endswith("." + domain):
        todo = "set TSUZUKI_URL, or change the domain (office: brand)"
        yield Finding(
            Level.WARN, "address", f"customers know the pages under {domain}, but links lead to {host}", todo
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Finding(Level.BAD, "address", "TSUZUKI_HOSTS allows any name", "name your own")
    if parts.scheme == "https" and not settings.PROXIES and not settings.SANDBOX:
        todo = (
            "set TSUZUKI_PROXIES to how many of your own stand in front; limits would count all "
            "visitors as one"
        )
        yield Finding(Level.WARN, "address", "TSUZUKI_PROXIES is 0 although the address is encrypted", todo)


def _queue(now: datetime) -> Findings:
    from django.conf import settings

    from tsuzuki.records.figures import figures

    found = figures(now)
    if not found.workers:
        level = Level.WARN if settings.SANDBOX else Level.BAD
        yield Finding(
            level,
            "worker",
            "none is alive: nothing is carried out",
            "start `tsuzuki worker` (systemd: tsuzuki-worker@1)",
        )
    else:
        yield Finding(Level.OK, "worker", f"{found.workers} alive, {found.jobs.get('todo', 0)} wake-ups wait")
    if found.oldest_unsure and now - found.oldest_unsure > UNSURE_LONGER:
        todo = "docs/runbook.md, «An attempt stays unsure»"
        yield Finding(
            Level.WARN,
            "orders",
            f"{found.unsure} attempts nobody knows the outcome of, since {found.oldest_unsure:%F %H:%M} UTC",
            todo,
        )
    if found.needs_staff or found.incidents:
        yield Finding(
            Level.WARN,
            "orders",
            f"{found.needs_staff} orders and {found.incidents} incidents wait for people",
            "tsuzuki work",
        )
    if found.oldest_notice and now - found.oldest_notice > OVERDUE:
        yield Finding(
            Level.WARN,
            "mail",
            f"{found.notices} letters wait, the oldest since {found.oldest_notice:%F %H:%M} UTC",
            "docs/runbook.md, «Letters do not arrive»",
        )


def _staff(now: datetime) -> Findings:
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


def _books(now: datetime) -> Findings:
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


def _saved(now: datetime) -> Findings:
    """Known where `tsuzuki backup` writes from this data folder; who saves in another way is told that we
    cannot see it.
    """
    from django.conf import settings

    last = last_backup.read(data_folder())
    if last is None:
        if not settings.SANDBOX:
            todo = (
                "tsuzuki backup FILE every night (systemd: tsuzuki-backup.timer), or your own, which "
                "cannot be seen from here"
            )
            yield Finding(Level.WARN, "backup", "none was written from here", todo)
        return
    hours = int((now - last.at).total_seconds() // 3600)
    said = f"the last one is {hours} hours old: {last.file}"
    if now - last.at > SAVED_WITHIN:
        todo = (
            "tsuzuki backup FILE now, and see why none was written at night (systemd: tsuzuki-backup.timer)"
        )
        yield Finding(Level.WARN, "backup", said, todo)
    else:
        yield Finding(Level.OK, "backup", said)


def _disk(now: datetime) -> Findings:
    folder = data_folder()
    usage = shutil.disk_usage(folder if folder.exists() else folder.parent)
    words = f"{usage.free / 1e9:.1f} GB free where {folder} lies"
    if usage.free < LEAST_DISK or usage.free * 20 < usage.total:
        yield Finding(
            Level.BAD if usage.free < LEAST_DISK // 4 else Level.WARN,
            "disk",
            words,
            "make room before it is full; look at old backups and logs",
        )
    else:
        yield Finding(Level.OK, "disk", words)


def _clock(now: datetime) -> Findings:
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
