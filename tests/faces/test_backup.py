"""The rehearsal: a shop with sales in every state is saved, restored into another database, and every account
is the same to the yen.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tarfile
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from tests import cast
from tests.cast import NOON
from tests.conftest import _admin, use
from tests.faces.test_running import item_of, pay


@pytest.fixture
def sold(database, monkeypatch):
    """Delivered, waiting for people, waiting for money, refunded to a voucher, half used credit, revenue
    partly earned.
    """
    from tsuzuki.actions.engine import providers
    from tsuzuki.actions.money import recognise
    from tsuzuki.actions.work import work_items
    from tsuzuki.core.money import Money
    from tsuzuki.records import queries

    cast.operator()
    rich = cast.line("hand")
    cast.give_credit(rich, 3000)
    delivered = cast.buy(rich, "data-3gb", pay("credit"))
    cast.buy(cast.line("hand"), "data-3gb", pay("byhand"))
    cast.buy(cast.line("hand"), "data-20gb", cast.voucher(2700))
    refused = cast.buy(cast.line("hand"), "data-3gb", cast.voucher(990), email="payer@example.com")
    cast.go()
    work_items.finish(item_of(delivered), "REF-1", "staff", NOON)
    work_items.refuse(item_of(refused), "not possible", "staff", NOON)
    cast.go()
    recognise.run(NOON + timedelta(days=10))
    assert queries.credit_of(rich, "JPY", NOON) == Money(2010, "JPY")
    yield database
    providers.forget()


@pytest.fixture
def empty(sold):
    """Another database on the same server, with nothing in it."""
    name = f"test_{uuid.uuid4().hex[:16]}"
    _admin(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    yield name
    from django.db import connections

    connections.close_all()
    _admin(f"DROP DATABASE {name} WITH (FORCE)")


def command(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, **environ}
    return subprocess.run(
        [sys.executable, "-m", "tsuzuki.site.command", *words],
        env=given,
        capture_output=True,
        text=True,
        timeout=120,
    )


def story() -> dict[str, object]:
    """Everything the ledger says, and whether the records agree."""
    from tsuzuki.actions.money.verify import verify
    from tsuzuki.ledger import book

    proof = verify(NOON)
    moved = [
        (entry.event, entry.at, entry.other, entry.amount) for entry in book.statement("unearned", "JPY")
    ]
    return {"balances": book.balances(), "proof": proof, "unearned": moved}


def test_what_comes_back_is_the_same_to_the_yen(sold, empty, tmp_path):
    (tmp_path / "here" / "carrier" / "out").mkdir(parents=True)
    (tmp_path / "here" / "carrier" / "out" / "asks-1.csv").write_text("key\n")
    (tmp_path / "here" / "worker.log").write_text("noise")
    (tmp_path / "here" / "sandbox").mkdir()
    (tmp_path / "here" / "sandbox" / "toy.sqlite").write_text("toy")
    file = tmp_path / "tsuzuki.backup"
    saved = command("backup", str(file), "--json", TSUZUKI_DATA=str(tmp_path / "here"))
    assert saved.returncode == 0, saved.stderr
    before = story()
    assert before["proof"].faults == ()
    told = json.loads(saved.stdout)
    assert told["transfers"] == before["proof"].counts["transfers"] > 10
    assert file.stat().st_mode & 0o077 == 0
    with tarfile.open(file) as tar:
        assert tar.getnames() == ["manifest.json", "database.dump", "data/carrier/out/asks-1.csv"]

    use(empty)
    back = command("restore", str(file), "--json", TSUZUKI_DATA=str(tmp_path / "there"))
    assert back.returncode == 0, back.stderr
    assert story() == before
    assert (tmp_path / "there" / "carrier" / "out" / "asks-1.csv").read_text() == "key\n"
    # It is an installation that goes on: the ledger still refuses change, ids go on counting, work goes on.
    from django.db import DatabaseError, connection, transaction

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_transfer SET minor = 1")
    cast.give_credit(cast.line("hand", now=NOON), 500)
    assert story()["proof"].faults == ()
    use(sold)
    assert story() == before


def test_a_restore_never_goes_into_a_database_in_use(sold, tmp_path):
    from django.utils import timezone

    from tsuzuki.cli import backup, postgres_tools

    file = tmp_path / "one"
    backup.write(file, timezone.now())
    before = story()
    with pytest.raises(postgres_tools.CannotDo, match="not empty"):
        backup.read(file)
    assert story() == before
    refused = command("backup", str(file))
    assert (refused.returncode, "never overwrites" in refused.stderr) == (1, True)


def test_a_backup_spares_one_that_is_being_written_and_lies_in_none(sold, tmp_path):
    (tmp_path / "data").mkdir()
    part = tmp_path / "one.part"
    part.write_bytes(b"half of another")
    for file, why in (("one", "another backup writes it"), ("data/two", "would lie in the data folder")):
        refused = command("backup", str(tmp_path / file), TSUZUKI_DATA=str(tmp_path / "data"))
        assert (refused.returncode, why in refused.stderr) == (1, True), refused.stderr
    assert part.read_bytes() == b"half of another"
    assert list((tmp_path / "data").iterdir()) == []


def test_of_two_backups_to_one_file_one_is_written_and_the_other_told(sold, tmp_path):
    """However they meet: one is whole, and the other neither replaces it nor takes its beginnings away."""
    file = tmp_path / "one"
    words = [sys.executable, "-m", "tsuzuki.site.command", "backup", str(file)]
    both = [
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = [one.communicate(timeout=120)[1] for one in both]
    assert sorted(one.returncode for one in both) == [0, 1], said
    (told,) = (text for one, text in zip(both, said, strict=True) if one.returncode)
    assert "another backup writes it" in told or "never overwrites another" in told
    with tarfile.open(file) as tar:
        assert {"manifest.json", "database.dump"} <= set(tar.getnames())
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_files_that_go_on_their_way_meanwhile_do_not_end_a_backup(sold, tmp_path, monkeypatch):
    """Carriers take theirs, and we move what was sent: what is gone when its turn comes is looked for once
    more.
    """
    from tsuzuki.cli import backup

    data = tmp_path / "data"
    for name in ("c/sending/1.csv", "c/sending/2.csv", "c/taken/0.csv"):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(name)
    (data / "c" / "sent").mkdir()
    monkeypatch.setenv("TSUZUKI_DATA", str(data))
    listed, kept_files = [], backup.kept_files

    def moving(folder):
        listed.append(list(kept_files(folder)))
        for place in listed[0]:
            if place.exists() and place.name == "1.csv" and place.parent.name == "sending":
                os.rename(place, data / "c" / "sent" / "1.csv")
            if place.exists() and place.name == "0.csv":
                place.unlink()
        return listed[-1]

    monkeypatch.setattr(backup, "kept_files", moving)
    backup.write(tmp_path / "one", NOON)
    with tarfile.open(tmp_path / "one") as tar:
        names = sorted(name for name in tar.getnames() if name.startswith("data/"))
    assert names == ["data/c/sending/2.csv", "data/c/sent/1.csv"]


def test_a_ledger_that_is_not_the_saved_one_is_found_out(sold, empty, tmp_path):
    """One yen more in the manifest than in the dump."""
    from django.utils import timezone

    from tsuzuki.cli import backup, postgres_tools

    file, other = tmp_path / "one", tmp_path / "other"
    backup.write(file, timezone.now())
    with tarfile.open(file) as tar, tarfile.open(other, "w") as changed:
        for member in tar.getmembers():
            raw = tar.extractfile(member).read()
            if member.name == "manifest.json":
                manifest = json.loads(raw)
                raw = json.dumps(manifest | {"moved": manifest["moved"] + 1}).encode()
                member.size = len(raw)
            changed.addfile(member, io.BytesIO(raw))
    use(empty)
    try:
        with pytest.raises(postgres_tools.CannotDo, match="moved differ"):
            backup.read(other)
    finally:
        use(sold)


@pytest.mark.parametrize("broken", [b"", b"not a tar", b"\0" * 1024])
def test_half_a_backup_changes_nothing(sold, empty, tmp_path, broken):
    from django.db import connection

    from tsuzuki.cli import backup, postgres_tools

    file = tmp_path / "half"
    file.write_bytes(broken)
    use(empty)
    try:
        with pytest.raises(postgres_tools.CannotDo, match="not a whole backup"):
            backup.read(file)
        assert connection.introspection.table_names() == []
    finally:
        use(sold)


def test_a_dump_cut_short_leaves_the_database_empty(sold, empty, tmp_path):
    from django.db import connection
    from django.utils import timezone

    from tsuzuki.cli import backup, postgres_tools

    file, cut = tmp_path / "one", tmp_path / "cut"
    backup.write(file, timezone.now())
    with tarfile.open(file) as tar, tarfile.open(cut, "w") as changed:
        for name in ("manifest.json", "database.dump"):
            raw = tar.extractfile(name).read()
            raw = raw if name == "manifest.json" else raw[: len(raw) * 2 // 3]
            head = tarfile.TarInfo(name)
            head.size = len(raw)
            changed.addfile(head, io.BytesIO(raw))
    use(empty)
    try:
        with pytest.raises(postgres_tools.CannotDo, match="pg_restore failed"):
            backup.read(cut)
        assert connection.introspection.table_names() == []
    finally:
        use(sold)


def test_a_tool_of_another_version_is_not_used(sold, tmp_path, monkeypatch):
    from tsuzuki.cli import postgres_tools

    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6'\n")
    old.chmod(0o755)
    monkeypatch.setattr(postgres_tools, "_candidates", lambda name, major: [str(old)])
    with pytest.raises(postgres_tools.CannotDo, match=r"needs pg_dump of the same version \(found only 9\)"):
        postgres_tools.tool_for("pg_dump")


def test_what_of_the_data_folder_is_kept(tmp_path):
    from tsuzuki.cli.backup import kept_files

    ours = (
        "postgres/base",
        "sandbox/x",
        "sandbox.secret",
        "running.json",
        "web.log",
        "settings.env",
        "last-backup.json",
    )
    for name in (*ours, "carriers/a/in/1.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link").symlink_to("/etc/passwd")
    assert [path.relative_to(tmp_path) for path in kept_files(tmp_path)] == [Path("carriers/a/in/1.csv")]


HOSTILE = ['=HYPERLINK("http://x","x")', "+cmd|'/c'!A1@x.co", "-2+3", "@SUM(1)", "\t=1", "＝1", "  =1"]


def _live_secrets(models) -> list[str]:
    """What opens something, in every place it can stand; and texts that a spreadsheet would run.

    Returns the secrets.
    """
    from django.conf import settings

    token = models.Purchase.objects.first().token
    address = f"https://shop.example/p/{token}?x=1"
    page = "https://pay.example/ps_live_page"
    theirs = {
        "page": "https://pay.example/pp_other_page",
        "hosted": "HTTPS://pay.example?s=sp_session",
        "client_secret": "cs_live_secret",
        "token": "tk_live_token",
    }
    said = json.dumps({"back": address, **theirs, "ours": page})
    models.Attempt.objects.update(
        next={"type": "redirect", "url": page, "due": None, "remaining": None},
        question={"return_url": address},
        answers=[{"raw": f"200 {said}"}, {"raw": said.replace("/", "\\/"), "page": page}],
    )
    for number, body in enumerate(
        (
            said,
            said.replace("/", "\\/"),
            json.dumps({"within": said}),
            "at https://pay.example/pp_other_page.",
        )
    ):
        models.Event.objects.create(
            provider="x", event=f"e{number}", body=body, received_at=NOON, verdict="woke"
        )
    program = models.Account.objects.create(
        id=uuid.uuid4(), name="a program", kind="reseller", currency="JPY", made_at=NOON
    )
    kept = json.dumps(
        {"page_url": address, "next_action": {"type": "redirect", "url": "https://pay.example/pp_kept_page"}}
    ).encode()
    models.Answer.objects.create(account=program, key="k", asked="x" * 64, status=201, body=kept, at=NOON)
    notice = models.OutboundMessage.objects.exclude(secret=None).get()
    for text in HOSTILE:
        models.AuditEntry.objects.create(at=NOON, actor=text, act="x", subject="x", facts={"said": text})
    secrets = [
        "ps_live_page",
        "pp_other_page",
        "pp_kept_page",
        "sp_session",
        "cs_live_secret",
        "tk_live_token",
    ]
    secrets += [settings.KEYRING.open(notice.secret), notice.secret.stored]
    return [*models.Purchase.objects.values_list("token", flat=True), *secrets]


def test_everything_comes_out_in_files_any_program_reads(sold, tmp_path):
    """As CSV and as JSON, the same rows; nothing that lets anyone in; and the ledger adds up outside as it
    does inside.
    """
    import csv

    from tsuzuki.actions.write.spreadsheet import FORMULA
    from tsuzuki.ledger import book
    from tsuzuki.records import models

    models.Operator.objects.create(id=1, brand={"name": 'a "name" \\ with\nlines, 日本語'}, changed_at=NOON)
    tokens = _live_secrets(models)
    (tmp_path / "out").mkdir(mode=0o755)
    out = command("export", str(tmp_path / "out"), "--json")
    assert out.returncode == 0, out.stderr
    told = json.loads(out.stdout)["rows"]
    manifest = json.loads((tmp_path / "out" / "export.json").read_text())["tables"]
    for table, about in manifest.items():
        with (tmp_path / "out" / f"{table}.csv").open(encoding="utf-8", newline="") as raw:
            rows = list(csv.DictReader(raw))
        lines = [
            json.loads(line)
            for line in (tmp_path / "out" / f"{table}.jsonl").read_text(encoding="utf-8").splitlines()
        ]
        kept = [one["name"] for one in about["columns"] if not one.get("left_out")]
        assert len(rows) == len(lines) == about["rows"] == told[table]
        assert all(list(line) == kept for line in lines)
        assert not rows or list(rows[0]) == kept
        assert not {"password", "salt", "recovery", "digest", "old_digest", "token", "next"} & set(kept)
        texts = [
            one["name"]
            for one in about["columns"]
            if one["name"] in kept and one["type"] in ("CharField", "TextField")
        ]
        assert not [row[name] for row in rows for name in texts if FORMULA.match(row[name])]
    written = "".join(file.read_text(encoding="utf-8") for file in (tmp_path / "out").iterdir())
    written += "".join(
        bytes.fromhex(found).decode(errors="replace")
        for found in re.findall(r"\\x((?:[0-9a-f]{2})+)", written)
    )
    assert not [token for token in tokens if token in written]
    assert not [file.name for file in (tmp_path / "out").iterdir() if file.stat().st_mode & 0o077]
    assert "https://pay.example/…" in written  # whose page it was is still to be seen
    for text in HOSTILE:
        assert f"'{text}" in written.replace('""', '"'), text
        assert json.dumps(text, ensure_ascii=False) in written  # as it is, in JSON
    sums: dict[str, int] = {}
    for line in (tmp_path / "out" / "ledger_transfer.jsonl").read_text().splitlines():
        moved = json.loads(line)
        sums[moved["destination"]] = sums.get(moved["destination"], 0) + moved["minor"]
        sums[moved["source"]] = sums.get(moved["source"], 0) - moved["minor"]
    assert {name: minor for name, minor in sums.items() if minor} == {
        name: amounts["JPY"] for name, amounts in book.balances().items()
    }
    brand = json.loads((tmp_path / "out" / "records_operator.jsonl").read_text())["brand"]
    assert brand["name"] == 'a "name" \\ with\nlines, 日本語'
    again = command("export", str(tmp_path / "out"))
    assert (again.returncode, "not empty" in again.stderr) == (1, True)
