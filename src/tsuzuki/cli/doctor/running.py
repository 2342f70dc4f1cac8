"""What runs beside the pages: mail, worker, backups, disk."""

import shutil
from datetime import datetime, timedelta

from .. import last_backup
from ..settings_file import data_folder
from .finding import Finding, Findings, Level

LEAST_DISK = 2 * 10**9
SAVED_WITHIN = timedelta(hours=25)
UNSURE_LONGER = timedelta(minutes=30)
OVERDUE = timedelta(minutes=10)


def mail(now: datetime) -> Findings:
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


def queue(now: datetime) -> Findings:
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


def saved(now: datetime) -> Findings:
    """Known where `tsuzuki backup` writes from this data folder.

    Who saves in another way is told that we cannot see it.
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


def disk(now: datetime) -> Findings:
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
