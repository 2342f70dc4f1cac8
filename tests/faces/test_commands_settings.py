# ruff: noqa: F811 (a test names the fixture it asks for)
"""Settings that lie about: which of them a command believes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.faces.test_commands import bare, command, sentence  # noqa: F401 (a fixture)


@pytest.fixture
def found_here(bare, tmp_path):
    """A data folder that nobody named, in the folder where a command is given."""
    (tmp_path / "var").mkdir()
    given = {name: value for name, value in bare.items() if name != "TSUZUKI_DATA"}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        called = [sys.executable, "-m", "tsuzuki.site.command", *words]
        return subprocess.run(called, env=given, cwd=tmp_path, capture_output=True, text=True, timeout=120)

    return run


@pytest.mark.parametrize("name", ["settings.env", "running.json"])
@pytest.mark.parametrize("spoilt", ["file", "folder"])
def test_settings_that_somebody_else_may_have_written_are_not_used(found_here, tmp_path, name, spoilt):
    """Whoever leaves a folder `var` in /tmp would choose the database of everybody who
    gives a command there.
    """
    file = tmp_path / "var" / name
    words = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x", "TSUZUKI_SANDBOX": "1"}
    file.write_text(
        json.dumps(words)
        if name == "running.json"
        else "".join(f"{one}={said}\n" for one, said in words.items())
    )
    assert "127.0.0.1" in sentence(found_here("staff", "list"))  # ours: it is asked
    (file if spoilt == "file" else file.parent).chmod(0o777)
    assert f"{(file if spoilt == 'file' else file.parent).resolve()} belongs to another user" in sentence(
        found_here("staff", "list")
    )


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root gives files away")
def test_nor_those_that_another_user_owns(found_here, tmp_path):
    file = tmp_path / "var" / "settings.env"
    file.write_text("DATABASE_URL=postgresql://nobody@127.0.0.1:1/x\nTSUZUKI_SANDBOX=1\n")
    os.chown(file, 65534, 65534)
    assert "settings are not used" in sentence(found_here("staff", "list"))


@pytest.mark.parametrize("name", ["settings.env", "running.json"])
def test_a_settings_file_sets_nothing_but_settings(bare, tmp_path, name):
    """What LD_PRELOAD names would run in every program a command starts."""
    (tmp_path / "data").mkdir()
    words = {"LD_PRELOAD": "/nowhere.so", "TSUZUKI_SANDBOX": "1"}
    text = (
        json.dumps(words)
        if name == "running.json"
        else "".join(f"{one}={said}\n" for one, said in words.items())
    )
    (tmp_path / "data" / name).write_text(text)
    assert "LD_PRELOAD is no setting of tsuzuki" in sentence(command(bare, "staff", "list"))


def test_a_secret_follows_another(database, tmp_path):
    """Kept in settings.env: rotated, sealed anew, dropped only by force while a voucher hangs on it."""
    from tsuzuki.records.models import InstallationSecret

    given = {name: value for name, value in os.environ.items() if not name.startswith("TSUZUKI_")}
    environ = {**given, "TSUZUKI_DATA": str(tmp_path)}
    kept, first = tmp_path / "settings.env", "a first secret of some forty characters, 0123"
    kept.write_text(f"TSUZUKI_SECRET={first}\nTSUZUKI_SANDBOX=1\n")

    def said(*words: str) -> dict:
        done = command(environ, *words, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    said("vouchers", "500", "2")
    said("staff", "invite", "mei", "--role", "clerk")
    assert said("secret", "rotate") == {"id": "2", "file": str(kept)}
    settings = dict(line.split("=", 1) for line in kept.read_text().splitlines() if "=" in line)
    assert (settings["TSUZUKI_SECRETS"][:2], settings["TSUZUKI_SECRET"]) == ("2:", first)
    assert said("secret", "rotate")["id"] == "3"  # nobody restarted yet: the one before simply reads
    done = said("secret", "reseal")
    needed = done["needed_by"]["1"]
    assert (done["sealed_anew"], needed["sealed"], needed["vouchers"]) == (1, 0, 2)
    assert [(one["id"], one["state"]) for one in said("secret", "list")] == [
        ("3", "current"),
        ("2", "reads"),
        ("1", "reads"),
    ]
    refused = sentence(command(environ, "secret", "drop", "1"))
    assert "vouchers (2)" in refused
    assert first in kept.read_text()
    said("secret", "drop", "1", "--force")
    said("secret", "drop", "2", "--force")
    assert (first in kept.read_text(), " " in kept.read_text().split("TSUZUKI_SECRETS=")[1]) == (False, False)
    assert list(InstallationSecret.objects.values_list("id", flat=True)) == ["3"]
    found = command(environ, "doctor", "--json")
    secrets = [one for one in json.loads(found.stdout)["findings"] if one["about"] == "secret"]
    assert [one["level"] for one in secrets] == ["ok"], secrets


def test_a_secret_that_the_environment_says_is_not_written_anywhere(database, tmp_path):
    environ = {
        **os.environ,
        "TSUZUKI_DATA": str(tmp_path),
        "TSUZUKI_SECRET": "said-by-the-environment-0123456789abcdef",
    }
    done = json.loads(command(environ, "secret", "rotate", "--json").stdout)
    assert (done["id"], done["file"], done["TSUZUKI_SECRETS"][:2]) == ("2", None, "2:")
    both = {**environ, "TSUZUKI_SECRETS": done["TSUZUKI_SECRETS"]}
    again = json.loads(command(both, "secret", "rotate", "--json").stdout)
    assert again["TSUZUKI_SECRETS"].endswith(" " + done["TSUZUKI_SECRETS"])
    assert not (tmp_path / "settings.env").exists()


def test_secrets_that_cannot_be_meant_are_told_without_saying_them(bare):
    spoilt = {
        **bare,
        "TSUZUKI_SECRETS": "2:hunter2 hunter3",
        "TSUZUKI_SANDBOX": "1",
        "DATABASE_URL": "postgresql:///x",
    }
    said = sentence(command(spoilt, "secret", "list"))
    assert ("entry 2 is not ID:SECRET" in said, "hunter" in said) == (True, False)


GOOD = b"DATABASE_URL=postgresql://nobody@127.0.0.1:1/x\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (GOOD + b"TSUZUKI_BRAND=\x93\xfa\x96{\n", "not in UTF-8"),
        (GOOD + b"TSUZUKI_SANDBOX=1\nTSUZUKI_PROXIES : 1\n", "line 3: not NAME=VALUE"),
        (GOOD + b"\n# 1\nexport TSUZUKI_SANDBOX=1\n", "line 4: not NAME=VALUE"),
        (b"TSUZUKI_SANDBOX=1\nDATABASE_URL", "line 2: not NAME=VALUE"),
        # As Notepad saves it: read, and the database asked.
        (b"\xef\xbb\xbfTSUZUKI_SANDBOX=1\r\n" + GOOD, "127.0.0.1"),
        (b"# a word\n\n  TSUZUKI_SANDBOX=1\n" + GOOD, "127.0.0.1"),
    ],
)
def test_a_line_nobody_can_read_is_no_setting_left_out(bare, tmp_path, content, said):
    """Left out in silence, a slip of the finger would count all visitors as one, or open for business in
    sandbox mode.
    """
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "settings.env").write_bytes(content)
    assert said in sentence(command(bare, "staff", "list"))


@pytest.mark.parametrize("content", ["", '{"TSUZUKI_SAN', "[1]", '{"TSUZUKI_SANDBOX": 1}', '"\\ud800"'])
def test_what_a_demo_left_half_written_is_named(bare, tmp_path, content):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "running.json").write_text(content)
    assert "running.json is not whole" in sentence(command(bare, "staff", "list"))


def test_an_embedded_server_needs_nothing_that_all_users_share(bare, tmp_path):
    """The wheel locks a file in the folder for temporary files where the system has no other; there it may be
    somebody else's.
    """
    (tmp_path / "shared" / ".lockfile").mkdir(parents=True)  # which nobody opens, root neither
    given = {name: value for name, value in bare.items() if name != "XDG_RUNTIME_DIR"}
    done = command(
        {**given, "TMPDIR": str(tmp_path / "shared"), "DATABASE_URL": "embedded", "TSUZUKI_SANDBOX": "1"},
        "migrate",
    )
    assert done.returncode == 0, done.stderr
