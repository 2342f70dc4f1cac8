"""The same over SFTP: files go up whole, under another name until they are; what they wrote is brought into
our folder.

settings   sftp_host, sftp_port (22), sftp_user, sftp_host_key (the server's public key, as in known_hosts:
           «ssh-ed25519 AAAA...»; required, or anybody could be the server), sftp_out, sftp_in (their
           folders), sftp_done (answers are moved there when they are whole and read; left out: they stay),
           sftp_key (a private key's file), sftp_secret (the name of the environment variable that holds the
           password; it begins with TSUZUKI_SFTP_)
"""

import asyncio
import os
import stat
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import asyncssh

from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.plugins import named_secret, number, text

from .csv_rows import EARLIER, LARGEST, SETTLED, bounded
from .exchange_folder import REACHES, Unreached, Whole, new, write

T = TypeVar("T")
HALF = ".part"
BROKEN = (OSError, asyncssh.Error, asyncio.TimeoutError)


Stamp = tuple[int | None, int | None]  # size and time


@dataclass(frozen=True, slots=True)
class Seen:
    """A file of theirs at the last look. `since`: how long it is so; `again`: at the look before, too."""

    stamp: Stamp
    digest: bytes
    since: float
    again: bool


@dataclass(frozen=True)
class Sftp:
    folder: Path
    host: str
    port: int
    user: str
    host_key: str
    out: str
    back: str
    done: str
    key: str
    password: str = field(repr=False)
    timeout: float
    seen: dict[str, Seen] = field(default_factory=dict, repr=False)

    def put(self, name: str, content: bytes) -> None:
        where = f"{self.out}/{name}"

        async def up(sftp: asyncssh.SFTPClient) -> None:
            try:
                async with sftp.open(where + HALF, "wb") as file:
                    await file.write(content)
            except BROKEN as error:  # it never got its name, whatever lies there
                raise Unreached(f"their server does not take it: {type(error).__name__}") from None
            try:
                await sftp.rename(where + HALF, where)
            except BROKEN as error:
                if await _there(sftp, where + HALF):  # not renamed, for certain
                    raise Unreached(f"their server refuses the name: {type(error).__name__}") from None
                raise

        self._with(up, certain=False)

    def has(self, name: str) -> bool | None:
        where = f"{self.out}/{name}"

        async def look(sftp: asyncssh.SFTPClient) -> bool | None:
            if await _there(sftp, where):
                return True
            return False if await _there(sftp, where + HALF) else None

        return self._with(look)

    def fetch(self, whole: Whole) -> None:
        """Every file of theirs as it is now. It goes to `done` once it is whole and two looks found the same:
        while somebody writes, or if it could not be read, it stays where it is.
        """
        mine = self.folder / "in"

        async def down(sftp: asyncssh.SFTPClient) -> None:
            for entry in await sftp.readdir(self.back):
                name, attrs = str(entry.filename), entry.attrs
                if not _plain(name) or not stat.S_ISREG(attrs.permissions or stat.S_IFREG):
                    continue
                if not self.done and _is_same(mine / name, attrs):
                    continue
                with suppress(asyncssh.SFTPNoSuchFile):  # another worker moved it
                    seen = await self._look(sftp, name, (attrs.size, attrs.mtime))
                    settled = time.monotonic() - seen.since > SETTLED
                    if self.done and seen.again and whole(name, (mine / name).read_bytes(), settled):
                        await self._move(sftp, name, seen.stamp)

        self._with(down)

    async def _look(self, sftp: asyncssh.SFTPClient, name: str, stamp: Stamp) -> Seen:
        """Read it, until two looks found the same under the same size and time."""
        before = self.seen.get(name)
        if before and before.again and before.stamp == stamp:
            return before
        digest = await self._bring(sftp, f"{self.back}/{name}", name, stamp)
        same = before is not None and (before.stamp, before.digest) == (stamp, digest)
        self.seen[name] = Seen(stamp, digest, before.since if before and same else time.monotonic(), same)
        return self.seen[name]

    async def _bring(self, sftp: asyncssh.SFTPClient, path: str, name: str, stamp: Stamp) -> bytes:
        async with sftp.open(path, "rb") as file:
            content = await file.read(LARGEST + 1)
        raw = bounded(content if isinstance(content, bytes) else content.encode(), name)
        keep(self.folder, name, raw)
        if stamp[1] is not None:
            os.utime(self.folder / "in" / name, (stamp[1], stamp[1]))
        return sha256(raw).digest()

    async def _move(self, sftp: asyncssh.SFTPClient, name: str, stamp: Stamp) -> None:
        """Under a name that is free there. Who had it open writes on in it: what it became is brought too."""
        target, number = name, 1
        while await _there(sftp, f"{self.done}/{target}"):
            number += 1
            target = f"{name}.{number}"
        await sftp.rename(f"{self.back}/{name}", f"{self.done}/{target}")
        self.seen.pop(name, None)
        attrs = await sftp.stat(f"{self.done}/{target}")
        if (attrs.size, attrs.mtime) != stamp:
            await self._bring(sftp, f"{self.done}/{target}", name, (attrs.size, attrs.mtime))

    def visit(self) -> None:
        async def look(sftp: asyncssh.SFTPClient) -> None:
            for folder in filter(None, (self.out, self.back, self.done)):
                await sftp.readdir(folder)

        self._with(look)

    def _with(self, act: Callable[[asyncssh.SFTPClient], Awaitable[T]], certain: bool = True) -> T:
        """One connection, one thing. `certain`: an error means nothing happened there."""

        async def go() -> T:
            reached = False
            try:
                async with (
                    asyncio.timeout(self.timeout),
                    self._connection() as line,
                    line.start_sftp_client() as sftp,
                ):
                    reached = True
                    return await act(sftp)
            except Unreached:
                raise
            except BROKEN as error:
                if reached and not certain:
                    raise ProviderUnsure(
                        f"the line broke while a file went up: {type(error).__name__}"
                    ) from None
                raise Unreached(f"{type(error).__name__}: {str(error)[:80]}") from None

        return asyncio.run(go())

    def _connection(self) -> Any:
        known = asyncssh.import_known_hosts(f"{_named(self.host, self.port)} {self.host_key}\n")
        return asyncssh.connect(
            self.host,
            self.port,
            username=self.user,
            known_hosts=known,
            client_keys=[self.key] if self.key else None,
            password=self.password or None,
            agent_path=None,
            config=None,
            login_timeout=self.timeout,
            connect_timeout=self.timeout,
        )


def keep(folder: Path, name: str, content: bytes) -> None:
    """Into `in`.

    What lay there under that name and is no beginning of it was another file: its answers count on.
    """
    have = folder / "in" / name
    before = have.read_bytes() if have.exists() else b""
    number = 1
    while before and not content.startswith(before) and not new(folder / EARLIER, f"{name}.{number}", before):
        number += 1
    if before != content or not have.exists():
        write(folder / "in", name, content)


def _is_same(file: Path, attrs: asyncssh.SFTPAttrs) -> bool:
    return file.exists() and (file.stat().st_size, int(file.stat().st_mtime)) == (attrs.size, attrs.mtime)


def _named(host: str, port: int) -> str:
    return host if port == 22 else f"[{host}]:{port}"


def _plain(name: str) -> bool:
    """A file's name and nothing that leads elsewhere; theirs to choose, so it is not trusted."""
    return (
        name not in (".", "..")
        and "/" not in name
        and "\\" not in name
        and "\0" not in name
        and not name.startswith(".")
    )


async def _there(sftp: asyncssh.SFTPClient, path: str) -> bool:
    return bool(await sftp.exists(path))


def build(environ: Mapping[str, str], settings: Mapping[str, object], folder: Path) -> Sftp:
    host_key, named = text(settings, "sftp_host_key", ""), text(settings, "sftp_secret", "")
    if not host_key:
        raise LookupError("set sftp_host_key: without it anybody could be the server")
    if not named and not text(settings, "sftp_key", ""):
        raise LookupError("set sftp_key, or sftp_secret to the name of the variable with the password")

    def said(name: str, default: str = "") -> str:
        return text(settings, name, default)

    return Sftp(
        folder,
        said("sftp_host"),
        int(number(settings, "sftp_port", 22)),
        said("sftp_user"),
        host_key,
        said("sftp_out", ".").rstrip("/"),
        said("sftp_in", ".").rstrip("/"),
        said("sftp_done").rstrip("/"),
        said("sftp_key"),
        named_secret(environ, named, REACHES) if named else "",
        number(settings, "timeout", 30.0),
    )
