# ruff: noqa: F811 (a test names the fixture it asks for)
"""Keys and accounts from the terminal."""

import json

from typer.testing import CliRunner

from tests import cast
from tests.actions.conftest import running_sandbox, sandbox, shop  # noqa: F401 (fixtures)
from tests.faces.program import Program


def run(*words: str, refused: bool = False):
    from tsuzuki.cli.main import app

    said = CliRunner().invoke(app, [*words, "--json"])
    assert said.exit_code == (1 if refused else 0), said.output
    return json.loads(said.stdout)


def test_a_reseller_from_nothing_to_a_purchase(shop):
    from django.utils import timezone

    run("account", "make", "shinjuku", "--limit", "JPY:200")
    assert run("account", "make", "shinjuku", refused=True)["refused"] == "name_taken"
    assert run("account", "top-up", "shinjuku", "1000", "bank 1") == {
        "booked": True,
        "balance": {"minor": 1000, "currency": "JPY"},
    }
    assert run("account", "top-up", "shinjuku", "1000", "bank 1")["booked"] is False
    assert (
        run("account", "top-up", "shinjuku", "1001", "bank 1", refused=True)["refused"] == "reference_reused"
    )
    assert (
        run("account", "commission", "shinjuku", "--percent", "2.5", "--plan", "data-3gb")["basis_points"]
        == 250
    )
    assert (
        run("account", "commission", "shinjuku", "--plan", "none", refused=True)["refused"] == "plan_unknown"
    )
    assert run("api-key", "make", "till", "--account", "nobody", refused=True)["refused"] == "account_unknown"
    assert (
        run("api-key", "make", "till", "--account", "shinjuku", "--scopes", "usage:write", refused=True)[
            "refused"
        ]
        == "scope_unknown"
    )
    made = run("api-key", "make", "till", "--account", "shinjuku")
    till = Program(made["key"])
    assert till.buy(till.quote(cast.line(now=timezone.now()))["id"], "key").status == 201
    cast.go(timezone.now())
    assert till.get("/account").body["available"]["amount_minor"] == 1000 - 990 + 24 + 200


def test_no_number_is_too_odd_for_an_answer(shop):
    """What the office refuses in words, the terminal does not meet in the database."""
    most = "1000000000001"
    for limit, why in (
        ("=-500", "amount_malformed"),
        (f"={most}", "amount_too_large"),
        ("=999999999999999", "amount_too_large"),
    ):
        assert run("account", "make", "odd", f"--limit{limit}", refused=True)["refused"] == why, limit
    run("account", "make", "odd")
    for fixed in (most, "9223372036854775807", "99999999999999999999"):
        assert (
            run("account", "commission", "odd", "--fixed", fixed, refused=True)["refused"]
            == "amount_too_large"
        ), fixed
    for amount in (most, "999999999999999"):
        assert (
            run("account", "top-up", "odd", amount, "bank 1", refused=True)["refused"] == "amount_too_large"
        )
    for words in (
        ("api-key", "make", "x", "--days", "99999999999"),
        ("staff", "invite", "mori", "--role", "clerk", "--language", "zz"),
    ):
        from tsuzuki.cli.main import app

        assert CliRunner().invoke(app, words).exit_code == 2, words


def test_a_key_lives_and_ends(shop):
    made = run("api-key", "make", "core", "--scopes", "usage:write, account:read", "--days", "30")
    assert made["scopes"] == ["account:read", "usage:write"]
    assert Program(made["key"]).get("/account").body["kind"] == "operator"
    turned = run("api-key", "rotate", made["prefix"], "--overlap-hours", "0")
    assert Program(made["key"]).get("/account").status == 401
    assert Program(turned["key"]).get("/account").status == 200
    (listed,) = run("api-key", "list")
    assert listed["prefix"] == turned["prefix"]
    assert turned["key"] not in json.dumps(listed)
    run("api-key", "revoke", turned["prefix"])
    assert Program(turned["key"]).get("/account").status == 401
    assert run("api-key", "revoke", turned["prefix"], refused=True)["refused"] == "key_unknown"


def test_people_are_told_to_keep_the_key(shop):
    from tsuzuki.cli.main import app

    said = CliRunner().invoke(app, ["api-key", "make", "core"])
    assert said.exit_code == 0
    secret, words = said.stdout.strip().splitlines()
    assert secret.startswith("tsk_")
    assert "cannot be shown again" in words
    assert secret[:12] in CliRunner().invoke(app, ["api-key", "list"]).stdout


def test_the_audit_log_names_who_ran_it_whatever_the_environment_says(shop, monkeypatch):
    import os
    import pwd

    from tsuzuki.records.models import AuditEntry

    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    run("account", "make", "shinjuku")
    run("staff", "invite", "sato", "--role", "clerk")
    named = pwd.getpwuid(os.getuid()).pw_name
    entries = AuditEntry.objects.filter(act__in=["account_made", "staff_invited"])
    assert sorted(entries.values_list("actor", flat=True)) == [f"cli:{named}"] * 2


def test_a_user_without_a_name_has_a_number(monkeypatch):
    """A container runs as whatever number it is told, and without LOGNAME."""
    import os

    from tsuzuki.cli.orders import system_user

    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 12345678)
    assert system_user() == "uid 12345678"
