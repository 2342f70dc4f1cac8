"""backup, restore: the whole installation in one file, and back; PostgreSQL's own tools do the work.

The file is a tar: `manifest.json` (what it is, and what the ledger said in the very snapshot that was
dumped), `database.dump` (pg_dump's own format) and `data/` (files for and from carriers; not the embedded
server, the sandbox, logs and settings.env). It is not encrypted, and TSUZUKI_SECRET is not in it: keep that
apart; without it vouchers, links and keys in circulation are worth nothing.
"""

import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated, Any

import typer

import tsuzuki
from tsuzuki.core.keyring import FIRST

from . import last_backup, settings_file
from .orders import Json, actor
from .output import REFUSED, as_json, err, out
from .postgres_tools import CannotDo, environment, run_tool, tool_for
from .private_files import private
from .settings_file import data_folder
from .start import RUNNING, boot

FORMAT = 2  # 1 knew of one secret
LONGEST_MANIFEST = 16 << 20
# Of the data folder; and logs.
LEFT_OUT = ("postgres", "sandbox", RUNNING, settings_file.NAME, last_backup.NAME)


@contextmanager
def _told(json: bool) -> Iterator[None]:
    try:
        yield
    except CannotDo as why:
        as_json({"refused": "backup", "sentence": str(why)}) if json else err.print(str(why))
        raise typer.Exit(REFUSED) from None


def backup(
    file: Annotated[Path, typer.Argument(help="the file to write; none of that name may be there")],
    json: Json = False,
) -> None:
    """Write database and data folder into one file (not encrypted), while everything goes on running."""
    boot()
    from django.utils import timezone

    with _told(json):
        if file.resolve().is_relative_to(data_folder()):
            raise CannotDo(
                f"{file} would lie in the data folder, and every backup after it would hold it "
                "too. Choose another folder."
            )
        part = file.with_name(file.name + ".part")
        _begin(part)
        try:
            if file.exists():
                raise CannotDo(f"{file} is there already; a backup never overwrites another.")
            _note(file)
            manifest = write(part, timezone.now())
            os.replace(part, file)
            with suppress(OSError):  # it is there and good; only `doctor` will not know
                last_backup.note(data_folder(), file, datetime.fromisoformat(manifest["at"]))
        finally:
            part.unlink(missing_ok=True)
        if json:
            as_json({**manifest, "bytes": file.stat().st_size})
        else:
            out.print(
                f"{file}: {file.stat().st_size:,} bytes, {manifest['transfers']:,} ledger "
                "entries. It is not encrypted; "
            )
            out.print(
                "TSUZUKI_SECRET (settings.env) is not in it and is needed to use it: keep both, "
                "apart from each other."
            )


def restore(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)], json: Json = False) -> None:
    """Fill an empty database from a backup, and prove that the ledger is the same to the yen."""
    boot()
    with _told(json):
        manifest = read(file)
        if json:
            as_json(manifest)
        else:
            out.print(
                f"Restored as of {manifest['at']}: {manifest['transfers']:,} ledger entries, the "
                "same to the yen."
            )
            out.print(
                "Now: tsuzuki migrate (if this version is newer), tsuzuki doctor, then start web and worker."
            )


def _note(file: Path) -> None:
    """A database that takes no writes any more must be saved all the same."""
    from django.db import DatabaseError
    from django.utils import timezone

    from tsuzuki.actions.installation.copies import note_backup

    try:
        note_backup(str(file), actor(), timezone.now())
    except DatabaseError as why:
        err.print(f"This backup is not in the audit log: {why}")


def _begin(part: Path) -> None:
    """The file that becomes the backup; from here on no other command writes one of that name."""
    try:
        private(part, "xb").close()
    except FileExistsError:
        raise CannotDo(
            f"{part} is there: another backup writes it. If none runs, one was killed: remove the file."
        ) from None


def write(file: Path, now: datetime) -> dict[str, Any]:
    """The backup and its manifest; what the manifest says of the ledger and what is
    dumped are one snapshot.
    """
    from django.db import connection, transaction

    from tsuzuki.actions.installation import secret_mark

    tool = tool_for("pg_dump")
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".tsuzuki-backup-") as folder:
        dump = Path(folder) / "database.dump"
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
            manifest = {
                "format": FORMAT,
                "version": tsuzuki.__version__,
                "at": now.isoformat(),
                "secrets": secret_mark.marks(),
                **ledger(),
            }
            run_tool(
                [
                    tool,
                    "--format=custom",
                    "--no-owner",
                    "--no-privileges",
                    f"--snapshot={snapshot}",
                    f"--file={dump}",
                ]
            )
        with private(file, "wb") as raw, tarfile.open(fileobj=raw, mode="w") as tar:
            words = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
            head = tarfile.TarInfo("manifest.json")
            head.size, head.mtime = len(words), int(now.timestamp())
            tar.addfile(head, io.BytesIO(words))
            tar.add(dump, "database.dump")
            _add_files(tar, data_folder())
        return manifest


def _add_files(tar: tarfile.TarFile, data: Path) -> None:
    """Carriers' files move while this runs: what is gone when its turn comes is looked for once more, where
    it may be by then.
    """
    added: set[Path] = set()
    for _ in range(2):
        gone = False
        for path in kept_files(data):
            if path in added:
                continue
            try:
                with path.open("rb") as file:
                    head, content = (
                        tar.gettarinfo(arcname=f"data/{path.relative_to(data)}", fileobj=file),
                        file.read(),
                    )
            except FileNotFoundError:
                gone = True
                continue
            head.size = len(content)  # of what was read, whatever is written to it meanwhile
            tar.addfile(head, io.BytesIO(content))
            added.add(path)
        if not gone:
            return


def read(file: Path) -> dict[str, Any]:
    """Restore into the empty database DATABASE_URL names.

    CannotDo, and nothing changed, where that is not possible.
    """
    from tsuzuki.actions.installation import secret_mark

    try:
        with (
            tarfile.open(file, mode="r:") as tar,
            tempfile.TemporaryDirectory(prefix="tsuzuki-restore-") as folder,
        ):
            members = _checked(tar)
            manifest = json.loads(_opened(tar, members["manifest.json"]).read(LONGEST_MANIFEST))
            if manifest["format"] not in (1, FORMAT):
                raise CannotDo(f"This backup has format {manifest['format']}; this version reads {FORMAT}.")
            _require_empty()
            if _marks(manifest).items() - secret_mark.marks().items():
                err.print(
                    "Mind: TSUZUKI_SECRET is another than when this was written. Vouchers, links "
                    "and API keys will not be known."
                )
            tool = tool_for("pg_restore")
            _copy(tar, members["database.dump"], Path(folder) / "database.dump")
            run_tool(
                [
                    tool,
                    "--exit-on-error",
                    "--single-transaction",
                    "--no-owner",
                    "--no-privileges",
                    "--dbname=" + environment()["PGDATABASE"],
                    f"{folder}/database.dump",
                ]
            )
            _compare(manifest)
            try:
                _put_files(tar, members)
            except OSError as error:
                raise CannotDo(
                    "The database is restored and the same to the yen; the files of carriers are "
                    f"not ({error.strerror}). "
                    f"Before a worker starts, unpack what lies under data/ in {file} into {data_folder()}."
                ) from None
    except (tarfile.TarError, KeyError, TypeError, ValueError) as error:
        raise CannotDo(f"{file} is not a whole backup of tsuzuki ({type(error).__name__}).") from None
    return dict(manifest)


def _marks(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Of the secrets there were, by id; before there could be several, of the first."""
    return dict(manifest["secrets"]) if "secrets" in manifest else {FIRST: manifest["secret"]}


def ledger() -> dict[str, Any]:
    """What a restored ledger must say again: entries, their sum, and every account's balance."""
    from django.db import connection

    from tsuzuki.ledger import book

    balances = book.balances()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), coalesce(sum(minor), 0)::bigint FROM ledger_transfer")
        transfers, moved = cursor.fetchone()
    digest = hashlib.sha256(json.dumps(balances, sort_keys=True).encode()).hexdigest()
    families: dict[str, dict[str, int]] = {}
    for account, amounts in balances.items():
        for currency, minor in amounts.items():
            family = families.setdefault(account.split(":")[0], {})
            family[currency] = family.get(currency, 0) + minor
    return {"transfers": transfers, "moved": moved, "balances": families, "digest": digest}


def _compare(manifest: Mapping[str, Any]) -> None:
    now = ledger()
    differs = [name for name in now if now[name] != manifest[name]]
    if differs:
        raise CannotDo(
            f"The restored ledger is not the one that was saved: {', '.join(differs)} differ. Do "
            "not use this database."
        )


def _require_empty() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE "
            "n.nspname = 'public'"
        )
        if cursor.fetchone()[0]:
            raise CannotDo(
                "The database is not empty. Make a new one (CREATE DATABASE), point DATABASE_URL "
                "at it and restore there."
            )
    connection.close()


def kept_files(data: Path) -> Iterator[Path]:
    """What of the data folder belongs into a backup."""
    for top in sorted(data.iterdir()) if data.is_dir() else []:
        if _is_left_out(top.name):
            continue
        yield from (
            path for path in sorted([top, *top.rglob("*")]) if path.is_file() and not path.is_symlink()
        )


def _is_left_out(top: str) -> bool:
    """Whether this of the data folder is not for a backup."""
    return top.startswith(LEFT_OUT) or top.endswith(".log")


def _checked(tar: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    """Every member by its name, nothing but plain files that stay inside.

    Uncompressed and not sparse, so none is larger than the file.

    Ours, not the `filter` of tarfile: Python 3.11 has that only from 3.11.4 on.
    """
    members = {member.name: member for member in tar.getmembers()}
    for name, member in members.items():
        path = Path(name)
        if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.sparse is not None:
            raise CannotDo(f"This is no backup of tsuzuki: {name[:100]!r} is not a plain file.")
        if path.is_absolute() or path.drive or ".." in path.parts or "\0" in name:
            raise CannotDo(f"This is no backup of tsuzuki: {name[:100]!r} leads out of its folder.")
        # Settings, and with them which database is asked.
        if path.parts[:1] == ("data",) and _is_left_out("".join(path.parts[1:2])):
            raise CannotDo(f"This is no backup of tsuzuki: {name[:100]!r} is never in one.")
    return members


def _put_files(tar: tarfile.TarFile, members: Mapping[str, tarfile.TarInfo]) -> None:
    """Files of the data folder, where none of that name is, and never by a link that leads out of it."""
    data = data_folder()
    for name, member in members.items():
        target = data / name.removeprefix("data/")
        if name.startswith("data/") and not target.exists() and target.resolve().is_relative_to(data):
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(tar, member, target)


def _copy(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    """To a file that must not be there.

    Its time is kept: answers of carriers are read again when they changed.
    """
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 | member.mode & 0o666)
    with os.fdopen(handle, "wb") as out_file:
        shutil.copyfileobj(_opened(tar, member), out_file)
    os.utime(target, (member.mtime, member.mtime))


def _opened(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(member)
    assert file is not None  # plain files only
    return file
