"""A carrier that is folders: we put a file of asks into `<folder>/out`, they put files of answers into `<folder>/in`.

settings   folder (required), timeout (30 s), lease (120 s), look_every (300 s)
out        key, verb, msisdn, iccid, plan, allowances, starts_at, ends_at, reference; UTF-8 with a byte order mark, one file per batch.
           Whoever fetches a file copies it, or moves it to `<folder>/taken`: a file that vanishes would read as «never received».
in         any number of *.csv with the columns key, result (ok | refused), reference, reason; UTF-8, UTF-16 or CP932. Partial, late and
           repeated files are normal. A row that cannot be read is ignored, and its ask goes on waiting.
An ask already handed over is never written a second time, so a repeat changes nothing.
"""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.core.registry import number, text

from ..port import Abilities, Answer, Ask, Carrier, Fault, Provider, Standing
from .sheet import Sheets, written


class CsvBatch:
    def __init__(self, folder: Path, abilities: Abilities) -> None:
        self._abilities = abilities
        self._out, self._asked = folder / "out", Sheets((folder / "out", folder / "taken"))
        self._answered = Sheets((folder / "in",))

    def describe(self) -> Abilities:
        return self._abilities

    def act(self, ask: Ask) -> Answer:
        return self.act_many([ask])[ask.key]

    def act_many(self, asks: Sequence[Ask]) -> Mapping[str, Answer]:
        """One file for all asks not yet handed over. PASSING for all of those if nothing could be written."""
        try:
            known = self._asked.rows()
        except OSError as error:
            raise ProviderUnsure(f"their folder cannot be read: {type(error).__name__}") from None
        new = list({ask.key: ask for ask in asks if ask.key not in known}.values())
        answers = {ask.key: Answer(Standing.WAITING, raw=_where(known.get(ask.key))) for ask in asks}
        if new:
            name = f"asks-{new[0].key}.csv"
            try:
                self._put(name, written(new))
            except OSError as error:
                failed = Answer(Standing.PASSING, fault=Fault.OURS, reason="folder_unwritable", raw=type(error).__name__)
                return answers | {ask.key: failed for ask in new}
            answers |= {ask.key: Answer(Standing.WAITING, raw=name) for ask in new}
        return answers

    def look_up(self, key: str) -> Answer:
        try:
            rows = self._answered.rows().get(key, [])
            said = {row["result"]: row for row in reversed(rows) if row["result"] in ("ok", "refused")}
            if len(said) == 2:  # done and not done: people must ask them
                return Answer(Standing.CANNOT_TELL, reason="answers_differ", raw=_where(rows))
            if "ok" in said:
                return Answer(Standing.DONE, reference=said["ok"]["reference"] or None, raw=_where(rows))
            if "refused" in said:
                row = said["refused"]
                return Answer(Standing.REFUSED, row["reference"] or None, Fault.FINAL, row["reason"] or "refused", _where(rows))
            asked = self._asked.rows().get(key)
        except OSError as error:
            raise ProviderUnsure(f"their folder cannot be read: {type(error).__name__}") from None
        return Answer(Standing.WAITING, raw=_where(asked)) if asked else Answer(Standing.NEVER_RECEIVED)

    def _put(self, name: str, content: bytes) -> None:
        """Whole or not at all: nobody on the other side ever fetches half a file."""
        self._out.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self._out, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self._out / name)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
        _settle(self._out)


def _settle(folder: Path) -> None:
    """Have the new name itself on disk. Where a folder cannot be synced (Windows) the rename has to do."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError as error:
        raise ProviderUnsure(f"written, perhaps not kept: {type(error).__name__}") from None
    finally:
        os.close(handle)


def _where(rows: Sequence[Mapping[str, str]] | None) -> str:
    return "; ".join(f"{row['file']}:{row['line']}" for row in rows or ())


def build(environ: Mapping[str, str], settings: Mapping[str, object]) -> Carrier:
    folder = text(settings, "folder", "")
    if not folder:
        raise LookupError("set the carrier's folder")
    abilities = Abilities(
        timeout=number(settings, "timeout", 30.0), lease=number(settings, "lease", 120.0), honours_keys=True, looks_up=True,
        at_once=1, look_every=number(settings, "look_every", 300.0),
    )  # fmt: skip
    return CsvBatch(Path(folder), abilities)


PROVIDER = Provider(build, settings=("folder", "timeout", "lease", "look_every"))
