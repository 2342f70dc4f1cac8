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

    result = figures(now)
    if not result.workers:
        level = Level.WARN if settings.SANDBOX else Level.BAD
        yield Finding(
            level,
            "worker",
            "none is alive: nothing is carried out",
            "start `tsuzuki worker` (systemd: tsuzuki-worker@1)",
        )
    else:
        yield Finding(
            Level.OK, "worker", f"{result.workers} alive, {result.jobs.get('todo', 0)} wake-ups wait"
        )
    if result.oldest_unsure and now - result.oldest_unsure > UNSURE_LONGER:
        todo = "docs/runbook.md, «An attempt stays unsure»"
        yield Finding(
            Level.WARN,
            "orders",
            f"{result.unsure} attempts of unknown outcome, since {result.oldest_unsure:%F %H:%M} UTC",
            todo,
        )
    if result.needs_staff or result.incidents:
        yield Finding(
            Level.WARN,
            "orders",
            f"{result.needs_staff} orders and {result.incidents} incidents wait for people",
            "tsuzuki work",
        )
    if result.oldest_notice and now - result.oldest_notice > OVERDUE:
        yield Finding(
            Level.WARN,
            "mail",
            f"{result.notices} letters wait, the oldest since {result.oldest_notice:%F %H:%M} UTC",
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
    text = f"the last one is {hours} hours old: {last.file}"
    if now - last.at > SAVED_WITHIN:
        todo = (
            "tsuzuki backup FILE now, and see why none was written at night (systemd: tsuzuki-backup.timer)"
        )
        yield Finding(Level.WARN, "backup", text, todo)
    else:
        yield Finding(Level.OK, "backup", text)


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
