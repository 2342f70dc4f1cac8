"""What `tsuzuki doctor` sees, and what it says to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tsuzuki.core.keyring import Keyring
from tsuzuki.core.staff import Role


class TestDoctor:
    def told(self) -> dict[str, str]:
        from tsuzuki.cli.doctor.run import findings

        return {f"{one.about}: {one.said}": one.level.value for one in findings(datetime.now(UTC))}

    def test_a_secret_that_can_be_guessed(self, database, settings_of):
        settings_of(SANDBOX=False, KEYRING=Keyring("1", {"1": "x" * 60}))
        assert self.told()["secret: TSUZUKI_SECRET can be guessed"] == "bad"

    def test_what_hangs_on_a_secret_that_only_reads_or_is_gone(self, database, settings_of):
        from tests import cast
        from tsuzuki.actions.installation import secret_mark, secret_rotation
        from tsuzuki.actions.people import staff
        from tsuzuki.records.models import Voucher

        def secrets() -> list[tuple[str, str]]:
            told = [(level, said) for said, level in self.told().items() if said.startswith("secret: ")]
            return [one for one in told if "guessed" not in one[1]]

        old, new = {"1": "an old secret"}, {"2": "a new secret"}
        now = datetime.now(UTC)
        settings_of(KEYRING=Keyring("1", old))
        secret_mark.keep("test", now)
        cast.voucher(990, now)
        staff.invite("mei", Role.CLERK, "test", now)
        settings_of(KEYRING=Keyring("2", {**new, **old}))
        assert secrets() == [("warn", "secret: 1 values are sealed by an older secret, 1")]
        secret_rotation.reseal("test", now - timedelta(days=400))
        assert secrets() == [("ok", "secret: secret 1 still reads: 1 vouchers")]
        settings_of(KEYRING=Keyring("2", new))
        assert secrets() == [("bad", "secret: secret 1 is missing, and needed: 1 vouchers")]
        Voucher.objects.update(disabled_at=now)
        assert secrets() == [("warn", "secret: secret 1 is missing, and nothing hangs on it")]
        settings_of(KEYRING=Keyring("2", {**new, **old}))
        assert secrets() == [("warn", "secret: nothing hangs on secret 1 any more")]

    def test_an_address_nobody_can_reach(self, database, settings_of):
        settings_of(SANDBOX=False, PUBLIC_URL="http://renew.example", ALLOWED_HOSTS=["localhost"], PROXIES=0)
        told = self.told()
        assert told["address: http://renew.example is not encrypted"] == "bad"
        assert told["address: renew.example is not among TSUZUKI_HOSTS: every page would answer 400"] == "bad"

    def test_a_database_that_may_lose_what_it_took(self, database):
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")
        assert self.told()["database: synchronous_commit is off"] == "bad"

    def test_books_that_do_not_hold(self, database):
        from tsuzuki.records.models import Verification

        Verification.objects.create(at=datetime.now(UTC), faults=2, totals={}, counts={})
        assert [level for said, level in self.told().items() if said.startswith("books: 2 faults")] == ["bad"]

    def test_the_age_of_the_last_backup(self, database, settings_of, tmp_path, monkeypatch):
        from tsuzuki.cli import backup
        from tsuzuki.cli.doctor.run import findings

        monkeypatch.setenv("TSUZUKI_DATA", str(tmp_path / "data"))
        settings_of(SANDBOX=False)

        def backups(at: datetime) -> list[tuple[str, str]]:
            return [(one.level.value, one.said) for one in findings(at) if one.about == "backup"]

        assert backups(datetime.now(UTC)) == [("warn", "none was written from here")]
        monkeypatch.setattr(backup, "boot", lambda: None)
        file = tmp_path / "one.backup"
        before = datetime.now(UTC)
        backup.backup(file)
        assert backups(datetime.now(UTC)) == [("ok", f"the last one is 0 hours old: {file}")]
        assert backups(before + timedelta(hours=25)) == [("ok", f"the last one is 24 hours old: {file}")]
        assert backups(datetime.now(UTC) + timedelta(hours=25)) == [
            ("warn", f"the last one is 25 hours old: {file}")
        ]

    @pytest.mark.parametrize(
        ("kept", "said"),
        [
            ("TSUZUKI_SANDBOX=1\n", "tsuzuki init, with «sandbox: false»"),
            ("", "unset TSUZUKI_SANDBOX"),
        ],
    )
    def test_how_to_leave_the_sandbox(self, database, tmp_path, monkeypatch, kept, said):
        """Where settings.env says it, unsetting a variable changes nothing."""
        from tsuzuki.cli.doctor.run import findings

        monkeypatch.setenv("TSUZUKI_DATA", str(tmp_path))
        (tmp_path / "settings.env").write_text(kept)
        (mode,) = (one for one in findings(datetime.now(UTC)) if one.about == "mode")
        assert said in mode.do

    def test_a_check_that_breaks_does_not_end_the_visit(self, database, monkeypatch):
        from tsuzuki.actions.engine import providers

        monkeypatch.setattr(providers, "gateways", lambda: 1 / 0)
        told = self.told()
        assert [said for said in told if said.startswith("providers: cannot be looked at: ZeroDivisionError")]
        assert "clock: agrees with the database's" in told

    def test_nor_does_one_that_breaks_without_a_word(self, database, monkeypatch):
        from tsuzuki.actions.messages import mail_check

        def silent():
            raise TimeoutError

        monkeypatch.setattr(mail_check, "reached", silent)
        assert self.told()["mail: cannot be looked at: TimeoutError: no more was said"] == "bad"


@pytest.fixture
def settings_of(monkeypatch):
    from django.conf import settings

    return lambda **values: [monkeypatch.setattr(settings, name, value) for name, value in values.items()]
