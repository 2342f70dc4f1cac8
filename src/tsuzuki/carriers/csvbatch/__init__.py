"""A carrier that is files: we hand over a file of asks, they hand back files of answers; in a folder both
reach, or over SFTP.

settings   folder (required; with SFTP our own side of it, and every worker must see the same one), timeout
           (30 s), lease (120 s), look_every (300 s), fetch_every (30 s), template (`layout.py`: columns,
           encodings, names, footers, acknowledgements), sftp_... (`sftp.py`), portal
out        one file per batch, in ours: key, verb, msisdn, iccid, plan, allowances, starts_at, ends_at,
           reference; UTF-8 with a byte order mark. Whoever fetches a file copies it, moves it to
           `<folder>/taken`, or removes it.
in         any number of files with the columns key, result (ok | refused), reference, reason; UTF-8, UTF-16
           or CP932. Partial, late and repeated files are normal, a half-written one is read when it is whole.
           A row that cannot be read is ignored, and its ask waits.

An ask once handed over is never written a second time. `sending` holds what is on its way out, `sent` what
certainly was handed over: what lies in `sending` and can be found nowhere may have been fetched or lost, and
is for people. The folder carries a mark (`.tsuzuki`) that is also kept under TSUZUKI_DATA: an empty one in
its place, as a disk that is not mounted leaves it, is not taken for a new one.
"""

import os
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.plugins import number, text

from ..port import (
    CarrierAdapter,
    CarrierAnswer,
    CarrierCapabilities,
    CarrierPlugin,
    CarrierRequest,
    CarrierStatus,
    Fault,
    Verb,
)
from . import layout
from .csv_rows import EARLIER, Sheets, answered, asked, content_of, decoded, is_whole, written
from .exchange_folder import REACHES, FileExchange, Folder, Lost, Marked, Unreached, new
from .layout import Layout

NAMES_TRIED = 1000


class CsvBatch:
    def __init__(
        self,
        folder: Path,
        abilities: CarrierCapabilities,
        form: Layout,
        place: FileExchange,
        fetch_every: float,
        marked: Marked,
    ) -> None:
        self._folder, self._abilities, self._form, self._place, self._marked = (
            folder,
            abilities,
            form,
            place,
            marked,
        )
        ours = asked(form.out)
        self._sent = Sheets((folder / "out", folder / "taken", folder / "sent"), ours, "*")
        self._sending = Sheets((folder / "sending",), ours, "*")
        self._answered = Sheets(
            (folder / "in", folder / EARLIER),
            answered(form.back),
            form.back.file,
            form.ack.format(name="*", stem="*") if form.ack else "",
        )
        self._fetch_every, self._fetched, self._lock = fetch_every, -fetch_every, threading.Lock()

    def describe(self) -> CarrierCapabilities:
        return self._abilities

    def has_word(self, verb: Verb, plan: str) -> bool:
        return self._form.out.has_word(verb, plan)

    def visit(self) -> str:
        try:
            self._marked.require(make=False)
            self._place.visit()
        except OSError as error:
            return str(error)[:200]
        return ""

    def act(self, ask: CarrierRequest) -> CarrierAnswer:
        return self.act_many([ask])[ask.key]

    def act_many(self, asks: Sequence[CarrierRequest]) -> Mapping[str, CarrierAnswer]:
        """One file for all asks not yet handed over.

        PASSING for all of those if nothing could be handed over.
        """
        with self._lock:
            try:
                self._marked.require(make=True)
            except OSError as error:  # what was handed over is not known here: nothing is
                reason = "folder_lost" if isinstance(error, Lost) else "folder_unwritable"
                return _all(
                    asks,
                    CarrierAnswer(
                        CarrierStatus.PASSING, fault=Fault.OURS, reason=reason, raw=str(error)[:200]
                    ),
                )
            try:
                self._settle()
                unsure, known = self._sending.rows(), self._sent.rows()  # in the order in which files move
            except OSError as error:
                raise ProviderUnsure(f"their folder cannot be read: {type(error).__name__}") from None
            new = list(
                {ask.key: ask for ask in asks if ask.key not in known and ask.key not in unsure}.values()
            )
            answers = {
                ask.key: CarrierAnswer(
                    CarrierStatus.WAITING, raw=_where(known.get(ask.key) or unsure.get(ask.key))
                )
                for ask in asks
            }
            return answers | self._hand_over(new) if new else answers

    def _hand_over(self, asks: Sequence[CarrierRequest]) -> dict[str, CarrierAnswer]:
        """Noted on our side first: what is found there after a crash is looked for on theirs."""
        try:
            name, content = self._note(asks)
        # A plan they have no word for: nobody can deliver it until the template has one.
        except LookupError as error:
            return _all(
                asks,
                CarrierAnswer(
                    CarrierStatus.PASSING, fault=Fault.OURS, reason="template_lacks_a_word", raw=str(error)
                ),
            )
        except OSError as error:
            return _all(
                asks,
                CarrierAnswer(
                    CarrierStatus.PASSING,
                    fault=Fault.OURS,
                    reason="folder_unwritable",
                    raw=type(error).__name__,
                ),
            )
        try:
            self._place.put(name, content)
        except OSError as error:
            (self._folder / "sending" / name).unlink(missing_ok=True)
            reason = "place_unreachable" if isinstance(error, Unreached) else "folder_unwritable"
            return _all(
                asks,
                CarrierAnswer(CarrierStatus.PASSING, fault=Fault.OURS, reason=reason, raw=str(error)[:200]),
            )
        self._was_sent(name)
        return _all(asks, CarrierAnswer(CarrierStatus.WAITING, raw=name))

    def _note(self, asks: Sequence[CarrierRequest]) -> tuple[str, bytes]:
        """A name nobody used, and what is under it, in `sending`:
        whole from the first moment, and one worker's alone.
        """
        at, keys, out = datetime.now(UTC), [ask.key for ask in asks], self._form.out
        first = (
            sum(
                1
                for part in ("sent", "sending")
                if (self._folder / part).is_dir()
                for _ in (self._folder / part).iterdir()
            )
            + 1
        )
        for sequence in range(first, first + NAMES_TRIED):
            name = out.name(keys, sequence, at)
            if self._is_used(name):
                continue
            content = written(asks, out, sequence, at)
            if not new(self._folder / "sending", name, content):
                continue
            if not self._is_used(name):
                self._require_alone(name, keys)
                return name, content
            (self._folder / "sending" / name).unlink(missing_ok=True)
        raise FileExistsError("no free name")

    def _is_used(self, name: str) -> bool:
        return any((self._folder / part / name).exists() for part in ("sent", "out", "taken"))

    def _require_alone(self, name: str, keys: Sequence[str]) -> None:
        """A worker that stood still since it looked finds here what another did meanwhile.

        Of two at once neither goes on.
        """
        sending, sent = self._sending.rows(), self._sent.rows()  # in the order in which files move
        if any(key in sent or any(row["file"] != name for row in sending.get(key, ())) for key in keys):
            (self._folder / "sending" / name).unlink(missing_ok=True)
            raise FileExistsError("another worker hands one of these over")

    def _was_sent(self, name: str) -> None:
        (self._folder / "sent").mkdir(exist_ok=True)
        try:
            os.rename(self._folder / "sending" / name, self._folder / "sent" / name)
        except FileNotFoundError:  # another worker found it there already
            if not (self._folder / "sent" / name).exists():
                raise

    def _is_old(self, file: Path) -> bool:
        """Handing over ends with the time-out: whoever began it is done, or dead."""
        return time.time() - file.stat().st_mtime > self._abilities.timeout * 2

    def _settle(self) -> None:
        """What was on its way when a process died: is it there?"""
        folder = self._folder / "sending"
        for file in list(folder.iterdir()) if folder.is_dir() else ():
            with suppress(FileNotFoundError):  # another worker settled it
                if not file.name.startswith(".") and self._is_old(file):
                    self._settle_one(file)

    def _settle_one(self, file: Path) -> None:
        # A name was taken, and nothing written under it yet: nothing was handed over.
        if not file.stat().st_size:
            file.unlink(missing_ok=True)
            return
        there = self._place.has(file.name)
        if there:
            self._was_sent(file.name)
        elif there is False:  # half of it lies there under another name: nobody fetched it
            file.unlink(missing_ok=True)

    def look_up(self, key: str) -> CarrierAnswer:
        with self._lock:
            try:
                self._marked.require(make=False)
                self._fetch()
                answer = self._said(key)
                if answer:
                    return answer
                self._settle()
                # In the order in which files move.
                unsure, sent = self._sending.rows().get(key), self._sent.rows().get(key)
                if sent:
                    return self._thrown_away(sent) or CarrierAnswer(CarrierStatus.WAITING, raw=_where(sent))
                if unsure:
                    if not self._is_old(self._folder / "sending" / unsure[0]["file"]):
                        raise ProviderUnsure("it is on its way out")
                    return CarrierAnswer(
                        CarrierStatus.CANNOT_TELL, reason="handing_over_unsure", raw=_where(unsure)
                    )
            except OSError as error:
                raise ProviderUnsure(f"their folder cannot be read: {type(error).__name__}") from None
        return CarrierAnswer(CarrierStatus.NEVER_RECEIVED)

    def _said(self, key: str) -> CarrierAnswer | None:
        rows = self._answered.rows().get(key, [])
        fields = {row["result"]: row for row in reversed(rows) if row["result"] in ("ok", "refused")}
        if len(fields) == 2:  # done and not done: people must ask them
            return CarrierAnswer(CarrierStatus.CANNOT_TELL, reason="answers_differ", raw=_where(rows))
        if "ok" in fields:
            return CarrierAnswer(
                CarrierStatus.DONE, reference=fields["ok"]["reference"] or None, raw=_where(rows)
            )
        if "refused" in fields:
            row = fields["refused"]
            return CarrierAnswer(
                CarrierStatus.REFUSED,
                row["reference"] or None,
                Fault.FINAL,
                row["reason"] or "refused",
                _where(rows),
            )
        return None

    def _thrown_away(self, rows: Sequence[Mapping[str, str]]) -> CarrierAnswer | None:
        """Their acknowledgement says that they do not take the file:
        nothing in it was done, and the fault is ours.
        """
        for name in {row["file"] for row in rows} if self._form.ack else ():
            file = self._folder / "in" / self._form.ack.format(name=name, stem=Path(name).stem)
            if file.is_file():
                words = decoded(content_of(file), self._form.back.encoding).strip()
                if words.upper().startswith(self._form.ack_refused.upper()):
                    return CarrierAnswer(
                        CarrierStatus.REFUSED,
                        fault=Fault.OURS,
                        reason="file_refused",
                        raw=f"{file.name}: {words[:200]}",
                    )
        return None

    def _fetch(self) -> None:
        """Not for every single ask: one look brings the answers for all."""
        if time.monotonic() - self._fetched >= self._fetch_every:
            self._place.fetch(self._is_whole)
            self._fetched = time.monotonic()

    def _is_whole(self, name: str, raw: bytes, settled: bool) -> bool:
        return is_whole(raw, self._form.back, settled) if self._answered.are(name) else settled


def _all(asks: Sequence[CarrierRequest], answer: CarrierAnswer) -> dict[str, CarrierAnswer]:
    return {ask.key: answer for ask in asks}


def _where(rows: Sequence[Mapping[str, str]] | None) -> str:
    return "; ".join(f"{row['file']}:{row['line']}" for row in rows or ())


def build(environ: Mapping[str, str], settings: Mapping[str, object]) -> CarrierAdapter:
    folder = text(settings, "folder", "")
    if not folder:
        raise LookupError("set the carrier's folder")
    template = settings.get("template") or {}
    if not isinstance(template, Mapping):
        raise ValueError("setting template must be a table")
    abilities = CarrierCapabilities(
        timeout=number(settings, "timeout", 30.0),
        lease=number(settings, "lease", 120.0),
        honours_keys=True,
        looks_up=True,
        at_once=1,
        look_every=number(settings, "look_every", 300.0),
    )
    place: FileExchange = Folder(Path(folder))
    if text(settings, "sftp_host", ""):
        from . import sftp

        place = sftp.build(environ, settings, Path(folder))
    data = environ.get("TSUZUKI_DATA")
    marked = Marked(Path(folder), Path(data) / "folders" if data else None)
    return CsvBatch(
        Path(folder), abilities, layout.read(template), place, number(settings, "fetch_every", 30.0), marked
    )


PROVIDER = CarrierPlugin(
    build,
    reaches=REACHES,
    settings=(
        "timeout",
        "lease",
        "look_every",
        "fetch_every",
        "template",
        *REACHES.settings,
        *REACHES.secrets,
        "portal",
    ),
)
