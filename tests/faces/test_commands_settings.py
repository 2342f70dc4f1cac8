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
    """Whoever leaves a folder `var` in /tmp would choose the database of everybody who gives a command there."""
    file = tmp_path / "var" / name
    words = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x", "TSUZUKI_SANDBOX": "1"}
    file.write_text(json.dumps(words) if name == "running.json" else "".join(f"{one}={said}\n" for one, said in words.items()))
    assert "127.0.0.1" in sentence(found_here("staff", "list"))  # ours: it is asked
    (file if spoilt == "file" else file.parent).chmod(0o777)
    assert f"{(file if spoilt == 'file' else file.parent).resolve()} belongs to another user" in sentence(found_here("staff", "list"))


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
    text = json.dumps(words) if name == "running.json" else "".join(f"{one}={said}\n" for one, said in words.items())
    (tmp_path / "data" / name).write_text(text)
    assert "LD_PRELOAD is no setting of tsuzuki" in sentence(command(bare, "staff", "list"))


GOOD = b"DATABASE_URL=postgresql://nobody@127.0.0.1:1/x\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (GOOD + b"TSUZUKI_BRAND=\x93\xfa\x96{\n", "not in UTF-8"),
        (GOOD + b"TSUZUKI_SANDBOX=1\nTSUZUKI_PROXIES : 1\n", "line 3: not NAME=VALUE"),
        (GOOD + b"\n# 1\nexport TSUZUKI_SANDBOX=1\n", "line 4: not NAME=VALUE"),
        (b"TSUZUKI_SANDBOX=1\nDATABASE_URL", "line 2: not NAME=VALUE"),
        (b"\xef\xbb\xbfTSUZUKI_SANDBOX=1\r\n" + GOOD, "127.0.0.1"),  # as Notepad saves it: read, and the database asked
        (b"# a word\n\n  TSUZUKI_SANDBOX=1\n" + GOOD, "127.0.0.1"),
    ],
)
def test_a_line_nobody_can_read_is_no_setting_left_out(bare, tmp_path, content, said):
    """Left out in silence, a slip of the finger would count all visitors as one, or open for business in sandbox mode."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "settings.env").write_bytes(content)
    assert said in sentence(command(bare, "staff", "list"))


@pytest.mark.parametrize("content", ["", '{"TSUZUKI_SAN', "[1]", '{"TSUZUKI_SANDBOX": 1}', '"\\ud800"'])
def test_what_a_demo_left_half_written_is_named(bare, tmp_path, content):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "running.json").write_text(content)
    assert "running.json is not whole" in sentence(command(bare, "staff", "list"))


def test_an_embedded_server_needs_nothing_that_all_users_share(bare, tmp_path):
    """The wheel locks a file in the folder for temporary files where the system has no other; there it may be somebody else's."""
    (tmp_path / "shared" / ".lockfile").mkdir(parents=True)  # which nobody opens, root neither
    given = {name: value for name, value in bare.items() if name != "XDG_RUNTIME_DIR"}
    done = command({**given, "TMPDIR": str(tmp_path / "shared"), "DATABASE_URL": "embedded", "TSUZUKI_SANDBOX": "1"}, "migrate")
    assert done.returncode == 0, done.stderr
