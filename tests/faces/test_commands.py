"""What a terminal is told when something is wrong with the installation itself: a sentence and exit code 1,
never a trace.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime

import psutil
import pytest

from tests import cast
from tests.conftest import _admin, use
from tsuzuki.core.staff import Role


def command(
    environ: dict[str, str], *words: str | bytes, input: str | None = None
) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-m", "tsuzuki.site.command", *words]
    return subprocess.run(run, env=environ, input=input, capture_output=True, text=True, timeout=180)


@pytest.fixture
def bare(tmp_path) -> dict[str, str]:
    """A machine nobody set up: no database, no settings."""
    given = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TSUZUKI_") and name != "DATABASE_URL"
    }
    return {**given, "TSUZUKI_DATA": str(tmp_path / "data")}


@pytest.fixture
def now():
    from django.utils import timezone

    return timezone.now()


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1, done.stdout + done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


@pytest.mark.parametrize("url", [None, "", " "])
@pytest.mark.parametrize(
    "words", [("doctor",), ("migrate",), ("worker",), ("backup", "x")], ids=lambda words: words[0]
)
def test_no_command_makes_a_database_by_accident(bare, tmp_path, url, words):
    environ = {**bare, "TSUZUKI_SANDBOX": "1"} | ({} if url is None else {"DATABASE_URL": url})
    said = sentence(command(environ, *words))
    assert (
        f"DATABASE_URL=postgresql://USER:PASSWORD@HOST/NAME into {tmp_path / 'data' / 'settings.env'}" in said
    )
    assert not (tmp_path / "data").exists()


def test_a_batch_of_vouchers_says_who_made_it(database):
    from tsuzuki.records import models

    done = command(dict(os.environ), "vouchers", "500", "2", "--json")
    assert done.returncode == 0, done.stderr
    entry = models.AuditEntry.objects.get(act="vouchers_made")
    assert (json.loads(done.stdout)["batch"] in entry.subject, entry.actor.startswith("cli:")) == (True, True)


def test_nor_does_the_web_process(bare, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "import tsuzuki.site.wsgi"],
        env=bare,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "No database is named" in sentence(done)
    assert not (tmp_path / "data").exists()


def test_settings_that_stand_in_the_file_count_where_the_environment_has_nothing(database, bare, tmp_path):
    """An empty variable, as container tools pass on what is not set, hides nothing."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "settings.env").write_text(
        f"DATABASE_URL={os.environ['DATABASE_URL']}\nTSUZUKI_SANDBOX=1\n"
    )
    done = command({**bare, "DATABASE_URL": "", "TSUZUKI_SANDBOX": ""}, "verify", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"]
    assert not (tmp_path / "data" / "postgres").exists()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"TSUZUKI_SANDBOX": "0"}, "TSUZUKI_SECRET"),
        ({"TSUZUKI_PROXIES": "one"}, "TSUZUKI_PROXIES is a whole number"),
        ({"TSUZUKI_URL": "renew.example"}, "TSUZUKI_URL is an address"),
        ({"TSUZUKI_SECRET": "", "TSUZUKI_SECRET_FILE": "/no/such"}, "TSUZUKI_SECRET_FILE cannot be read"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL must begin with postgresql://"),
        ({"DATABASE_URL": "postgis://127.0.0.1:1/none"}, "DATABASE_URL must begin with postgresql://"),
        ({"DATABASE_URL": "postgresql://shop:S3cr#et@127.0.0.1:1/none"}, "DATABASE_URL cannot be read"),
        ({"DATABASE_URL": "postgresql://127.0.0.1:port/none"}, "DATABASE_URL cannot be read"),
        ({"DATABASE_URL": "postgresql:///x?prepare_threshold=-1"}, "prepare_threshold in DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://127.0.0.1:1/none"}, "The database cannot be used"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_a_wrong_setting_is_named(bare, settings, said):
    environ = {**bare, "TSUZUKI_SANDBOX": "1", "DATABASE_URL": "postgresql://127.0.0.1:1/none", **settings}
    for words in (("work",), ("restore", __file__)):
        shown = sentence(command(environ, *words))
        assert said in shown
        assert "S3cr" not in shown


@pytest.mark.parametrize(
    ("url", "settings", "options"),
    [
        ("postgresql:///shop", {"NAME": "shop", "HOST": "", "USER": "", "PASSWORD": "", "PORT": ""}, {}),
        ("postgres://", {"NAME": "postgres", "HOST": ""}, {}),
        (
            "postgresql://a%40b:p%2Fw%23@db.example:6432/shop",
            {"USER": "a@b", "PASSWORD": "p/w#", "HOST": "db.example", "PORT": 6432},
            {},
        ),
        (
            "postgresql:///shop?host=/var/run/pg&sslmode=require",
            {"NAME": "shop", "HOST": "/var/run/pg"},
            {"sslmode": "require"},
        ),
        (
            "postgresql://%2Fvar%2Frun/shop?application_name=web",
            {"HOST": "/var/run"},
            {"application_name": "web"},
        ),
        (
            "postgresql://[::1]:5433/shop?connect_timeout=3",
            {"HOST": "::1", "PORT": 5433},
            {"connect_timeout": 3},
        ),
        ("postgresql:///shop?prepare_threshold=off", {}, {"prepare_threshold": None}),
        ("postgresql:///shop?prepare_threshold=5", {}, {"prepare_threshold": 5}),
    ],
)
def test_an_address_of_a_database_is_read_as_libpq_reads_it(monkeypatch, url, settings, options):
    monkeypatch.setenv("TSUZUKI_SANDBOX", "1")
    from tsuzuki.site.settings import COMMANDS, _database

    read = _database(url)
    assert {name: read[name] for name in settings} == settings
    prepared = {"server_side_binding": True, "prepare_threshold": 2}
    assert read["OPTIONS"] == {"application_name": "tsuzuki", "options": COMMANDS, **prepared, **options}
    assert (read["ENGINE"], read["CONN_MAX_AGE"]) == ("django.db.backends.postgresql", 600)


def test_a_database_without_tables_is_told_what_to_do(bare, template):
    before, name = os.environ["DATABASE_URL"], f"test_without_tables_{os.getpid()}"
    _admin(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    use(name)
    try:
        assert "tsuzuki migrate" in sentence(
            command({**bare, "TSUZUKI_SANDBOX": "1", "DATABASE_URL": os.environ["DATABASE_URL"]}, "work")
        )
    finally:
        use(before.rpartition("/")[2].partition("?")[0])
        _admin(f"DROP DATABASE {name} WITH (FORCE)")


def test_the_doctor_looks_on_while_the_database_is_down(bare):
    done = command(
        {**bare, "TSUZUKI_SANDBOX": "1", "DATABASE_URL": "postgresql://127.0.0.1:1/none"}, "doctor", "--json"
    )
    assert done.returncode == 1
    found = {one["about"]: one["level"] for one in json.loads(done.stdout)["findings"]}
    assert found.pop("database") == "bad"
    assert set(found) == {"mode", "secret", "mail", "disk"}


DEMO = """
import os, signal, threading
from tsuzuki.cli.demo import processes, run

def begin(running, console, json):
    running.port = 1
    processes.start_sandbox(running)
    print(running.running[0].pid, flush=True)

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # also where the tests run under nohup
run._start = begin
# Looks again and again, as the real one does: a signal that comes just before signal.pause() is heard only
# with the next one.
run._serve = lambda *given: any(iter(lambda: threading.Event().wait(0.1), True))
run.demo(once=False, port=0, data=run.Path(os.environ["TSUZUKI_DATA"]), json=False)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_demo_that_is_ended_takes_its_processes_with_it(bare, tmp_path, sent):
    """Started as a shell starts a background job: with SIGINT ignored. SIGHUP: its terminal is closed."""
    command = ["/bin/sh", "-c", 'trap \'\' INT; exec "$0" -c "$1"', sys.executable, DEMO]
    with subprocess.Popen(command, env=bare, stdout=subprocess.PIPE, text=True) as demo:
        try:
            sandbox = psutil.Process(int(demo.stdout.readline()))
            demo.send_signal(sent)
            assert demo.wait(60) == 0
            assert psutil.wait_procs([sandbox], timeout=60)[1] == []
        finally:
            demo.kill()


def test_a_demo_leaves_an_installation_alone(bare, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "settings.env").write_text("TSUZUKI_SANDBOX=0\n")
    assert "belongs to an installation" in sentence(
        command(bare, "demo", "--once", "--port", "0", "--data", str(tmp_path / "data"))
    )
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["settings.env"]


START = "import sys; from pathlib import Path; from tsuzuki.cli.postgres import start_embedded; "
START += "print(start_embedded(Path(sys.argv[1])), flush=True); "


@pytest.mark.skipif(sys.platform == "win32", reason="no processes without a parent there")
def test_the_embedded_server_comes_back_after_its_postmaster_was_killed(tmp_path):
    """Its number then belongs to a process that has ended and that nobody has asked about: it is no server,
    and no reason to wait.
    """
    holding = [sys.executable, "-c", START + "sys.stdin.read()", str(tmp_path)]
    with subprocess.Popen(holding, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        url = first.stdout.readline().decode().strip()
        lock = tmp_path / "postgres" / "postmaster.pid"
        server = psutil.Process(int(lock.read_text().split()[0]))
        others = server.children()
        server.kill()
        first.kill()
        psutil.wait_procs([server, *others], timeout=60)
    ended = subprocess.Popen(["/bin/true"])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)  # over, and not collected
    lines = lock.read_text().splitlines(keepends=True)
    lock.write_text("".join([f"{ended.pid}\n", *lines[1:]]))
    code = (
        START
        + "import psycopg\n"
        + "psycopg.connect(sys.argv[1] and start_embedded(Path(sys.argv[1]))).execute('SELECT 1')"
    )
    again = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=120
    )
    ended.wait()
    assert (again.returncode, again.stdout.strip()) == (0, url), again.stderr


def test_the_owner_of_the_machine_lets_people_in_again(client, now):
    """The only owner lost the telephone: everything else stays, and the audit log says who did it."""
    from tests.faces import desk
    from tsuzuki.records import models

    owner = desk.hire("sato", Role.OWNER, now)
    assert desk.sign_in(client, owner, now).status_code == 302
    assert client.get("/office/").status_code == 200
    environ = {**os.environ, "TSUZUKI_URL": "http://localhost"}
    listed = json.loads(command(environ, "staff", "list", "--json").stdout)
    assert [(one["name"], one["role"], one["state"]) for one in listed] == [("sato", "owner", "works")]

    done = command(environ, "staff", "reset", "sato", "--json")
    assert done.returncode == 0, done.stderr
    assert client.get("/office/").status_code == 302  # whoever found the telephone is out
    link = json.loads(done.stdout)["url"].removeprefix("http://localhost")
    joined = desk.post(client, link, "join", password="a fresh quiet morning", again="a fresh quiet morning")
    assert joined.status_code == 302, desk.text(joined)
    entry = models.AuditEntry.objects.filter(act="staff_invited").order_by("-id").first()
    assert (entry.actor[:4], entry.subject, entry.facts["again"]) == ("cli:", "staff sato", True)

    assert command(environ, "staff", "invite", "mori", "--role", "clerk").returncode == 0
    assert command(environ, "staff", "role", "mori", "manager").returncode == 0
    assert models.Staff.objects.get(user__username="mori").role == Role.MANAGER
    assert command(environ, "staff", "leave", "mori").returncode == 0
    assert models.Staff.objects.get(user__username="mori").left_at is not None
    assert "mori" in sentence(command(environ, "staff", "reset", "mori"))


@pytest.mark.parametrize(
    "words",
    [
        ("account", "make", b"\xffx"),
        ("quote", b"\xff", "x"),
        ("order", b"\xff"),
        ("work", b"\xff", "--done", b"\xff"),
    ],
    ids=str,
)
def test_words_in_another_encoding_than_the_terminals_are_refused_in_words(database, words):
    environ = {**os.environ, "PYTHONUTF8": "1"}
    done = command(environ, *words)
    assert done.returncode in (1, 2), done.stdout
    assert "Traceback" not in done.stderr


def test_money_of_one_transfer_with_another_amount_is_refused_in_words(database):
    assert command(dict(os.environ), "account", "make", "shinjuku").returncode == 0
    assert command(dict(os.environ), "account", "top-up", "shinjuku", "700", "bank 1").returncode == 0
    assert "bank 1" in sentence(command(dict(os.environ), "account", "top-up", "shinjuku", "701", "bank 1"))


@pytest.mark.parametrize(
    "words", [("backup", "no/such/x"), ("export", "settings.txt/x")], ids=lambda words: words[0]
)
def test_a_file_that_cannot_be_written_is_named_without_a_trace(database, tmp_path, words):
    (tmp_path / "settings.txt").write_text("a file, not a folder")
    environ = {**os.environ, "TSUZUKI_DATA": str(tmp_path / "data")}
    assert f"{tmp_path}/{words[1].partition('/')[0]}" in sentence(
        command(environ, words[0], str(tmp_path / words[1]))
    )


def test_renewing_leaves_letters_to_the_worker(database, monkeypatch):
    """A mail server that says nothing would hold the command for as long as it likes."""
    from tsuzuki.actions.messages import notifications
    from tsuzuki.cli import orders
    from tsuzuki.records import queries
    from tsuzuki.records.models import OutboundMessage

    monkeypatch.setattr(notifications, "channel", lambda name: pytest.fail("asked"))
    monkeypatch.setattr(orders, "boot", lambda: None)
    cast.operator()
    line = cast.line("hand")
    voucher = cast.voucher(990, datetime.now(UTC)).secret
    orders.renew(queries.numbers_of([line])[line], "data-3gb", [f"voucher:{voucher}"], email="a@example.com")
    assert set(OutboundMessage.objects.values_list("kind", "state")) == {("receipt", "waiting")}


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda one: one.name)
def test_init_cut_off_takes_its_embedded_server_with_it(tmp_path, ending):
    data = tmp_path / "data"
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TSUZUKI_", "DATABASE_URL", "DJANGO_"))
    }
    environ = {**clean, "TSUZUKI_DATA": str(data), "DATABASE_URL": "embedded", "PYTHONUNBUFFERED": "1"}
    words = [sys.executable, "-m", "tsuzuki.site.command", "init"]
    with subprocess.Popen(
        words, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as running:
        assert running.stdout is not None
        assert running.stdout.read(1)  # the first question is put: everything is up
        server = psutil.Process(int((data / "postgres" / "postmaster.pid").read_text().split()[0]))
        running.send_signal(ending)
        running.communicate(timeout=120)
    psutil.wait_procs([server], timeout=60)
    assert not server.is_running()
