# ruff: noqa: F811 (a test names the fixture it asks for)

"""Setting up with answers that cannot be: each is judged when it is given, and nothing is written."""

from __future__ import annotations

import json

import pytest

from tests.faces.test_setup import answers, command, empty, environ, found, mail, write  # noqa: F401 (fixtures among them)


def test_each_answer_is_judged_when_it_is_given(environ, tmp_path):
    """Wrong once each, asked again on the spot; and the database is among the questions where nobody named
    one.
    """
    url = environ.pop("DATABASE_URL")
    (tmp_path / "wrong.yaml").write_text("plans: [{code: x}]")
    spoken = [
        "mysql://x",
        "postgresql://127.0.0.1:1/none",
        url,
        " ",
        "Hikari",
        "y",
        "https://renew.hikari.example",
        "Asia/Tokyo",
        "one",
        "1",
        "blue",
        "#ffff00",
        "#1f3f77",
        "#c13a22",
        "03-1234-5678",
        "help",
        "help@hikari.example",
        *["text"] * 17,
        "",
        "files",
        "Docomo!",
        "docomo-line",
        "Docomo",
        "here",
        str(tmp_path),
        str(tmp_path / "wrong.yaml"),
        "",
        "y",
        "",
        "S!",
        "sato",
        "short",
        "correct horse battery",
        "ja",
    ]
    said = command(environ, "init", input="\n".join(spoken) + "\n")
    assert said.returncode == 1, said.stdout + said.stderr  # for real, with a text missing
    for words in (
        "postgresql://USER:PASSWORD@HOST/NAME, or embedded",
        "Connection refused",
        "name: what is the shop called?",
        "a number, 0 if none",
        "Still missing: cancellation.en. It stays in sandbox mode",
        "small letters",
        "a whole path",
        "line 1, plan x",
    ):
        assert words in said.stdout, words
    assert "BAD  texts     still missing, so this stays in sandbox mode: cancellation.en" in said.stderr
    kept = (tmp_path / "data" / "settings.env").read_text()
    assert f"DATABASE_URL={url}\n" in kept
    assert "TSUZUKI_SANDBOX=1" in kept
    from tsuzuki.records import models

    assert (models.Staff.objects.get().user.username, models.Carrier.objects.get().provider) == (
        "sato",
        "csvbatch",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x\nurl: https://x.example\n\nproxies: -1\n", "line 4: proxies"),
        (
            "name: x\nurl: https://x.example\ncarriers:\n  - code: a\n    names: {en: A}\n    "
            "network: a\n    provider: byhnd\n",
            "line 7: carrier a: provider is one of",
        ),
        (
            "name: x\nurl: https://x.example\n# more\nmail:\n  host: m\n  from: a@example.com\n  "
            "port: many\n",
            "line 7:",
        ),
        ("name: x\nurl: https://x.example\nbrand:\n  color: red\n", "line 4:"),
        ("name: x\nurl: https://x.example\nbrand: {\n", "not YAML"),
    ],
)
def test_what_is_wrong_is_said_by_the_lines_of_their_own_file(environ, tmp_path, text, said):
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    done = command(environ, "init", "--answers", str(file))
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "data" / "settings.env").exists()


def test_a_carrier_that_cannot_be_asked_is_bad_at_once(environ, mail, tmp_path):
    files = {"code": "files", "names": {"en": "F"}, "network": "f", "provider": "csvbatch"}
    done = command(
        environ,
        "init",
        "--answers",
        str(write(tmp_path, answers(mail, carriers=[files], owner=None, mail=None))),
    )
    assert done.returncode == 1
    assert "files (csvbatch) cannot be asked: LookupError: set the carrier's folder" in done.stderr


def test_another_secret_than_the_databases_is_seen(environ, mail, tmp_path):
    assert (
        command(
            environ, "init", "--answers", str(write(tmp_path, answers(mail, owner=None, mail=None)))
        ).returncode
        == 0
    )
    assert found(environ)["secret"][0] == "ok"
    other = {**environ, "TSUZUKI_SECRET": "another secret of forty characters or so, 0123456789"}
    assert found(other)["secret"] == ("bad", "TSUZUKI_SECRET is another than this database was filled with")
    refused = command(other, "init", "--answers", str(tmp_path / "answers.yaml"))
    assert (refused.returncode, "TSUZUKI_SECRET is another" in refused.stderr) == (1, True)
    assert command(other, "accept-secret").returncode == 0
    assert found(other)["secret"][0] == "ok"
    assert found(environ)["secret"][0] == "bad"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"nmae": "x"}, "nmae"),
        ({"url": "renew.example"}, "url: an address"),
        ({"zone": "Tokyo"}, "zone: Tokyo"),
        ({"plans": "none.yaml"}, "none.yaml cannot be read"),
        ({"secrets": {"PATH": "/tmp"}}, "must begin with TSUZUKI_"),
        ({"brand": {"logo": "none.svg"}}, "none.svg"),
        ({"brand": {"colour": "#ffff00"}}, "hard to read"),
        ({"contacts": [{"kind": "pigeon", "value": "x"}]}, "pigeon"),
        ({"mail": {"host": "x", "from": "a@example.com", "pasword": "x"}}, "pasword"),
    ],
)
def test_an_answer_that_cannot_be_is_named_before_anything_is_written(environ, mail, tmp_path, change, why):
    said = command(environ, "init", "--answers", str(write(tmp_path, answers(mail, **change))))
    assert said.returncode == 1
    assert why in said.stderr
    assert "Traceback" not in said.stderr
    assert not (tmp_path / "data" / "settings.env").exists()


def test_what_cannot_be_reached_is_said_and_the_rest_is_done(environ, mail, tmp_path):
    """Mail that nobody takes, a gateway nobody knows, a name nobody can type."""
    given = answers(mail, gateways={"nosuch": {}}, owner={"name": "S!", "password": "correct horse battery"})
    given["mail"] |= {"port": 1}
    said = command(environ, "init", "--answers", str(write(tmp_path, given)), "--json")
    assert said.returncode == 1
    steps = {one["step"]: one["ok"] for one in json.loads(said.stdout)["steps"]}
    assert steps == {
        "settings": True,
        "brand": True,
        "texts": True,
        "carriers": True,
        "plans": True,
        "payment": False,
        "mail": False,
        "staff": False,
    }
    told = found(environ)
    assert (told["mail"][0], told["payment"][0], told["staff"][0]) == ("bad", "bad", "warn")
