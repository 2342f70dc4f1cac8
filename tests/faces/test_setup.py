"""From an empty database to a shop that may open: init, doctor, and the refusal to open
with a text missing.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
import urllib3
import yaml

from tests.browser.server import serving
from tests.conftest import _admin, use
from tests.sandbox_process import start

LANGUAGES = ("zh-Hans", "ja", "en")
TOPICS = ("seller", "address", "representative", "payment_time", "delivery_time", "cancellation")
PLANS = """
plans:
  - {code: data-3gb, kind: plan, names: {en: 3 GB, ja: 3 GB, zh-Hans: 3 GB}, data: 3 GB,
     price: JPY 990, tax: jp_standard, valid: {rule: n_x_24h_then_end_of_day, count: 30}}
"""


@pytest.fixture
def empty(template):
    """A database as the provider of the server hands it over."""
    before, name = os.environ["DATABASE_URL"], f"test_{uuid.uuid4().hex[:16]}"
    _admin(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    use(name)
    yield name
    from django.db import connections

    connections.close_all()
    _admin(f"DROP DATABASE {name} WITH (FORCE)")
    os.environ["DATABASE_URL"] = before


@pytest.fixture
def environ(empty, tmp_path):
    """A fresh machine: nothing of tsuzuki in its environment but where data and database are."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("TSUZUKI_")}
    return {**bare, "TSUZUKI_DATA": str(tmp_path / "data"), "DATABASE_URL": os.environ["DATABASE_URL"]}


@pytest.fixture(scope="module")
def mail(tmp_path_factory):
    """A mail server that takes letters and shows them."""
    with start(Path(tmp_path_factory.mktemp("mail")), hang=0.02) as running:
        yield running


def answers(server, /, **more) -> dict:
    given = {
        "name": "Hikari Mobile",
        "url": "https://renew.hikari.example",
        "proxies": 1,
        "contacts": [{"kind": "phone", "value": "03-1234-5678", "link": "tel:+81312345678"}],
        "legal": {topic: {tag: f"{topic} in {tag}" for tag in LANGUAGES} for topic in TOPICS},
        "carriers": [
            {
                "code": "docomo-line",
                "names": {"ja": "ドコモ", "en": "docomo"},
                "network": "docomo",
                "provider": "byhand",
            }
        ],
        "plans": "plans.yaml",
        "gateways": {"byhand": {}},
        "mail": {
            "host": "127.0.0.1",
            "port": server.smtp_port,
            "from": "Hikari <renew@hikari.example>",
            "test": "sato@hikari.example",
        },
        "owner": {"name": "sato", "password": "correct horse battery", "language": "ja"},
    }
    return given | more


def write(folder: Path, given: dict) -> Path:
    (folder / "plans.yaml").write_text(PLANS)
    file = folder / "answers.yaml"
    file.write_text(yaml.safe_dump(given, allow_unicode=True))
    return file


def command(environ, *words: str, input: str | None = None) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-m", "tsuzuki.site.command", *words]
    return subprocess.run(run, env=environ, input=input, capture_output=True, text=True, timeout=180)


def found(environ) -> dict[str, tuple[str, str]]:
    """What the doctor says, the worst of each kind."""
    said = command(environ, "doctor", "--json")
    worst: dict[str, tuple[str, str]] = {}
    for one in json.loads(said.stdout)["findings"]:
        if one["about"] not in worst or ["ok", "warn", "bad"].index(one["level"]) > [
            "ok",
            "warn",
            "bad",
        ].index(worst[one["about"]][0]):
            worst[one["about"]] = (one["level"], one["said"])
    assert (said.returncode == 1) == ("bad" in {level for level, _ in worst.values()}), said.stderr
    return worst


def test_one_file_sets_everything_up_and_twice_is_once(environ, mail, tmp_path):
    from tsuzuki.actions.people import totp

    file = write(tmp_path, answers(mail))
    first = command(environ, "init", "--answers", str(file), "--json")
    assert first.returncode == 0, first.stdout + first.stderr
    steps = {one["step"]: one for one in json.loads(first.stdout)["steps"]}
    assert all(one["ok"] for one in steps.values())
    assert "taken by the mail server" in steps["mail"]["said"]
    letter = mail.json("outbox.json?recipient=sato@hikari.example")[0]
    assert "Hikari Mobile" in letter["text"]
    written = tmp_path / "data" / "settings.env"
    assert written.stat().st_mode & 0o077 == 0
    kept = written.read_text()
    assert "TSUZUKI_SANDBOX=0" in kept

    second = command(environ, "init", "--answers", str(file), "--json")
    assert second.returncode == 0, second.stderr
    again = {one["step"]: one for one in json.loads(second.stdout)["steps"]}
    assert again["staff"]["said"].startswith("sato is there already")
    assert "secret" not in again["staff"]
    assert again["plans"]["said"] == "0 plans written, 0 new prices"
    assert written.read_text() == kept  # the secret above all

    # The second factor that was shown is the one the office asks for.
    from tsuzuki.records import models, queries

    assert (models.Carrier.objects.get().code, models.Plan.objects.get().code) == ("docomo-line", "data-3gb")
    assert queries.brand().missing(LANGUAGES) == []
    secret = re.search(r"secret=([A-Z2-7]+)", steps["staff"]["secret"])[1]
    code = "from datetime import UTC, datetime; from tsuzuki.cli.start import boot; boot(); "
    code += "from tsuzuki.actions.people import staff, totp; "
    code += "s = staff.knows_password('sato', 'correct horse battery', '192.0.2.1', datetime.now(UTC)); "
    code += f"assert totp.base32(staff.secret_of(s)) == '{secret}'; "
    code += (
        "now = datetime.now(UTC); staff.has_code(s, totp.code(staff.secret_of(s), "
        "totp.step_at(now)), now); print('in')"
    )
    entered = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=120
    )
    assert entered.stdout == "in\n", entered.stderr
    assert totp.STEP.total_seconds() == 30

    # And the shop opens, outside sandbox mode.
    given = {"TSUZUKI_DATA": environ["TSUZUKI_DATA"], "TSUZUKI_SANDBOX": "0"}
    with serving(environ=given) as web, urllib3.PoolManager(retries=False, timeout=30) as http:
        assert http.request("GET", web.url + "/readyz").status == 200
        page = http.request("GET", web.url + "/en/", headers={"Host": "renew.hikari.example"})
        assert (page.status, b"Hikari Mobile" in page.data) == (200, True)
        assert http.request("GET", web.url + "/en/", headers={"Host": "other.example"}).status == 400
    told = found(environ)
    assert told["worker"] == ("bad", "none is alive: nothing is carried out")
    if careless():
        assert told.pop("database")[0] == "bad"
    rest = {
        about: level
        for about, (level, _) in told.items()
        if about not in ("worker", "disk", "books", "backup")
    }
    assert rest == dict.fromkeys(rest, "ok")
    assert {"secret", "mail", "carrier", "payment", "texts", "address", "staff", "clock"} <= set(rest)


def careless() -> bool:
    """The tests' own server waits for no disk, which `doctor` must not let pass."""
    import psycopg

    with psycopg.connect(os.environ["TSUZUKI_TEST_SERVER"]) as connection:
        return connection.execute("SHOW fsync").fetchone() == ("off",)


def test_a_missing_text_keeps_the_door_closed(environ, mail, tmp_path):
    given = answers(mail, mail=None, owner=None)
    del given["legal"]["cancellation"]["zh-Hans"]
    said = command(environ, "init", "--answers", str(write(tmp_path, given)))
    assert said.returncode == 0, said.stderr
    assert "stays in sandbox mode: cancellation.zh-Hans" in said.stdout
    assert found(environ)["texts"] == ("warn", "not written yet: cancellation.zh-Hans")
    forced = {**environ, "TSUZUKI_SANDBOX": "0"}
    worker = command(forced, "worker", "--no-json")
    assert worker.returncode == 1
    assert "cancellation.zh-Hans" in worker.stderr
    assert "tsuzuki init" in worker.stderr
    opened = subprocess.run(
        [sys.executable, "-c", "import tsuzuki.site.wsgi"],
        env=forced,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (opened.returncode, "cancellation.zh-Hans" in opened.stderr) == (1, True)
    assert found(forced)["texts"] == ("bad", "not written yet: cancellation.zh-Hans")
    allowed = subprocess.run(
        [sys.executable, "-c", "import tsuzuki.site.wsgi"],
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert allowed.returncode == 0, allowed.stderr


def test_questions_at_a_terminal_come_to_the_same(environ, tmp_path):
    legal = [f"{topic} in {tag}" for topic in TOPICS for tag in LANGUAGES]
    spoken = [
        "Hikari Mobile",
        "y",
        "ftp://wrong",
        "https://renew.hikari.example",
        "Tokyo",
        "Asia/Tokyo",
        "1",
        "#1f3f77",
        "#c13a22",
        "03-1234-5678",
        "help@hikari.example",
        *legal,
        "phone",
        "hand",
        "docomo-line",
        "ドコモ回線",
        "",
        "y",
        "",
        "sato",
        "",
        "ja",
    ]
    said = command(environ, "init", input="\n".join(spoken) + "\n")
    assert said.returncode == 0, said.stdout + said.stderr
    assert "an address like https://renew.example.jp" in said.stdout
    assert "Tokyo is no time zone" in said.stdout
    assert "█" in said.stdout  # the QR code
    assert re.search(r"type it in: [A-Z2-7]{32}\n", said.stdout)
    assert re.search(r"shown this once\n  [0-9a-f]{6}(-[0-9a-f]{6}){3}\n", said.stdout)
    from tsuzuki.records import models, queries

    assert models.Staff.objects.get().role == "owner"
    assert queries.brand().contacts[1].link == "mailto:help@hikari.example"
    assert models.Carrier.objects.get().provider == "byhand"


def test_again_only_what_is_answered_changes(environ, mail, tmp_path):
    """A real business stays one, with its texts, its gateways, its prices; and what did change is said,
    before and after.
    """
    file = write(tmp_path, answers(mail, brand={"colour": "#1f3f77", "invoice_number": "T1234567890123"}))
    assert command(environ, "init", "--answers", str(file)).returncode == 0
    from django.utils import timezone

    from tsuzuki.actions.catalogue import plans
    from tsuzuki.core.money import Money
    from tsuzuki.core.plan import Price
    from tsuzuki.core.tax import TaxRule
    from tsuzuki.records import models, queries

    now = timezone.now()
    plans.set_price(
        "data-3gb", Price(Money(890, "JPY"), Money(0, "JPY"), TaxRule("jp_standard")), now, "staff sato", now
    )
    kept, brand = (tmp_path / "data" / "settings.env").read_text(), queries.brand()

    rescue = {
        "name": "Hikari Mobile",
        "url": "https://renew.hikari.example",
        "owner": {"name": "mori", "password": "quiet river stones"},
    }
    file.write_text(yaml.safe_dump(rescue))
    assert command(environ, "init", "--answers", str(file)).returncode == 0
    assert ((tmp_path / "data" / "settings.env").read_text(), queries.brand()) == (kept, brand)
    assert set(models.Staff.objects.values_list("user__username", flat=True)) == {"sato", "mori"}

    write(tmp_path, answers(mail, owner=None, mail=None))
    said = command(environ, "init", "--answers", str(file))
    assert "left as they are, otherwise than the file: data-3gb" in said.stdout
    assert models.PlanPrice.objects.order_by("-since").first().minor == 890
    said = command(environ, "init", "--answers", str(file), "--overwrite-plans")
    assert "1 plans written, 1 new prices" in said.stdout
    assert models.PlanPrice.objects.order_by("-since").first().minor == 990

    change = {
        "brand": {"colour": "#7a1f3f"},
        "proxies": 2,
        "legal": {"seller": {"ja": "光モバイル", "en": ""}},
        "carriers": [{"code": "docomo-line", "refund_after": "2 h"}],
    }
    file.write_text(yaml.safe_dump(change))
    said = command(environ, "init", "--answers", str(file))
    assert said.returncode == 0, said.stderr
    for words in (
        "TSUZUKI_PROXIES: 1 → 2",
        "colour: #1f3f77 → #7a1f3f",
        "legal: seller changed",
        "refund_after: 900 s → 7200 s",
    ):
        assert words in said.stdout, words
    now_brand, carrier = queries.brand(), models.Carrier.objects.get()
    assert (now_brand.legal["seller"]["ja"], now_brand.legal["seller"]["en"]) == (
        "光モバイル",
        "seller in en",
    )
    assert (now_brand.invoice_number, now_brand.contacts) == (brand.invoice_number, brand.contacts)
    assert (carrier.provider, carrier.refund_after_seconds, carrier.names["ja"]) == ("byhand", 7200, "ドコモ")

    file.write_text(yaml.safe_dump({"sandbox": True}))
    refused = command(environ, "init", "--answers", str(file))
    assert (refused.returncode, "a real business" in refused.stderr) == (1, True)
    assert "TSUZUKI_SANDBOX=0" in (tmp_path / "data" / "settings.env").read_text()


def test_questions_asked_again_keep_what_is_there(environ, mail, tmp_path):
    assert command(environ, "init", "--answers", str(write(tmp_path, answers(mail)))).returncode == 0
    from tsuzuki.records import models, queries

    kept, brand = (tmp_path / "data" / "settings.env").read_text(), queries.brand()
    said = command(environ, "init", input="\n" * 40)
    assert said.returncode == 0, said.stdout + said.stderr
    assert ((tmp_path / "data" / "settings.env").read_text(), queries.brand()) == (kept, brand)
    assert (models.Carrier.objects.count(), models.Staff.objects.count()) == (1, 1)
