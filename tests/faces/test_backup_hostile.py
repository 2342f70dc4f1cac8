# ruff: noqa: F811 (a test names the fixture it asks for)
"""A backup that somebody prepared, and one that an old Python reads: nothing is written where it should not
be.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from tests.conftest import use
from tests.faces.test_backup import command, empty, sold, story  # noqa: F401 (empty and sold are fixtures)


def packed(file, **members: tarfile.TarInfo | bytes) -> Path:
    """A backup with members beside the manifest: bytes become a plain file, a TarInfo is put in as it is."""
    with tarfile.open(file, "w") as tar:
        for name, one in {
            "manifest.json": json.dumps({"format": 1, "secret": ""}).encode(),
            **members,
        }.items():
            head = one if isinstance(one, tarfile.TarInfo) else tarfile.TarInfo(name)
            head.size = 0 if isinstance(one, tarfile.TarInfo) else len(one)
            tar.addfile(head, io.BytesIO(b"" if isinstance(one, tarfile.TarInfo) else one))
    return file


def kind(name: str, type: bytes, link: str = "") -> tarfile.TarInfo:
    head = tarfile.TarInfo(name)
    head.type, head.linkname = type, link
    return head


@pytest.mark.parametrize(
    "member",
    [
        kind("data/../../evil", tarfile.REGTYPE),
        kind("/evil", tarfile.REGTYPE),
        kind("data/x/../../../evil", tarfile.REGTYPE),
        kind("data/link", tarfile.SYMTYPE, "/etc"),
        kind("data/hard", tarfile.LNKTYPE, "manifest.json"),
        kind("data/pipe", tarfile.FIFOTYPE),
        kind("data/sparse", tarfile.GNUTYPE_SPARSE),
        kind("data/settings.env", tarfile.REGTYPE),
        kind("data/./running.json", tarfile.REGTYPE),
        kind("data//postgres/PG_VERSION", tarfile.REGTYPE),
    ],
    ids=lambda one: one.name,
)
def test_what_leads_out_or_is_no_plain_file_is_refused_before_anything_is_restored(
    sold, empty, tmp_path, member
):
    from django.db import connection

    from tsuzuki.cli import backup

    file = packed(tmp_path / "evil", **{"database.dump": b"", "x": member})
    use(empty)
    try:
        with pytest.raises(backup.CannotDo, match=r"no backup of tsuzuki|not a whole backup"):
            backup.read(file)
        assert connection.introspection.table_names() == []
    finally:
        use(sold)


def test_nothing_is_written_through_a_link_that_stands_in_the_data_folder(tmp_path, monkeypatch):
    from tsuzuki.cli import backup

    (tmp_path / "data").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "data" / "carrier").symlink_to(tmp_path / "outside")
    monkeypatch.setenv("TSUZUKI_DATA", str(tmp_path / "data"))
    with tarfile.open(
        packed(tmp_path / "one", **{"data/carrier/a.csv": b"a", "data/other/b.csv": b"b"}), "r:"
    ) as tar:
        backup._put_files(tar, backup._checked(tar))
    assert list((tmp_path / "outside").iterdir()) == []
    assert (tmp_path / "data" / "other" / "b.csv").read_bytes() == b"b"


def test_it_is_read_back_by_a_python_whose_tarfile_knows_no_filter(sold, empty, tmp_path, monkeypatch):
    """3.11.0 to 3.11.3, which Debian 12 ships: `extract` and `extractall` there take no such argument."""
    from django.utils import timezone

    from tsuzuki.cli import backup

    def older(*_: object, **given: object) -> None:
        raise TypeError(f"got an unexpected keyword argument {list(given)}")

    monkeypatch.setattr(tarfile.TarFile, "extract", older)
    monkeypatch.setattr(tarfile.TarFile, "extractall", older)
    monkeypatch.delattr(tarfile, "data_filter")
    monkeypatch.setenv("TSUZUKI_DATA", str(tmp_path / "here"))
    (tmp_path / "here" / "carrier" / "sent").mkdir(parents=True)
    (tmp_path / "here" / "carrier" / "sent" / "asks.csv").write_text("key\n")
    os.utime(tmp_path / "here" / "carrier" / "sent" / "asks.csv", (1_700_000_000, 1_700_000_000))
    backup.write(tmp_path / "one", timezone.now())
    before = story()
    use(empty)
    monkeypatch.setenv("TSUZUKI_DATA", str(tmp_path / "there"))
    try:
        backup.read(tmp_path / "one")
        assert story() == before
    finally:
        use(sold)
    kept = tmp_path / "there" / "carrier" / "sent" / "asks.csv"
    assert (kept.read_text(), kept.stat().st_mtime) == ("key\n", 1_700_000_000)
