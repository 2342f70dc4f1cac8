"""A real PostgreSQL for every test that asks for one: each gets its own copy of a migrated template (the
ledger refuses TRUNCATE).
"""

import os
import shutil
import tempfile
import uuid
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ["TSUZUKI_SANDBOX"] = "1"
# How fast this machine is proves nothing.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
os.environ["TSUZUKI_PAGE_WAIT"] = "60"  # however busy this machine is, a page has its gateway's answer
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsuzuki.site.settings")
MEMORY = Path("/dev/shm")  # a thousand databases are made and dropped: there, if there is room
ROOMY = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 4 << 30
# One for each checkout: two that are tested at once share nothing.
CHECKOUT = sha256(str(Path(__file__).resolve().parent).encode()).hexdigest()[:8]
SERVER = (MEMORY if ROOMY else Path(tempfile.gettempdir())) / f"tsuzuki-tests-{os.getuid()}-{CHECKOUT}"


def _admin(sql: str) -> None:
    import psycopg

    with psycopg.connect(os.environ["TSUZUKI_TEST_SERVER"], autocommit=True) as connection:
        connection.execute(sql)


def _run_in(name: str, script: str) -> None:
    """A whole script of SQL in a database of that name, in a session of its own: what
    it sets ends with it.
    """
    import psycopg

    with psycopg.connect(os.environ["TSUZUKI_TEST_SERVER"], dbname=name, autocommit=True) as connection:
        connection.execute(script.encode())


@pytest.fixture(autouse=True)
def nothing_left_behind():
    """What a test leaves in its process would fail another one, by chance of their order: here it fails
    itself.
    """
    yield
    from tsuzuki.http import deadline

    assert deadline._deadline.get() == float("inf"), "a lease is still held"


@pytest.fixture(scope="session")
def template():
    """A migrated database nobody writes to; made once per test process."""
    from tsuzuki.cli import postgres

    given = os.environ.get("DATABASE_URL")
    os.environ["TSUZUKI_TEST_SERVER"] = given or postgres.start_embedded(SERVER)
    if not given:  # nothing here outlives a power cut: no waiting for the disk
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            _admin(f"ALTER SYSTEM SET {setting} = off")
        _admin("SELECT pg_reload_conf()")
    os.environ["DATABASE_URL"] = os.environ["TSUZUKI_TEST_SERVER"]
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    name = f"template_{uuid.uuid4().hex[:12]}"
    _admin(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    use(name)
    call_command("migrate", verbosity=0)
    connections.close_all()
    yield name
    connections.close_all()
    _admin(f"DROP DATABASE {name} WITH (FORCE)")


def use(name: str) -> None:
    """Point Django, and every process started from here, at a database."""
    from urllib.parse import urlsplit, urlunsplit

    from django.db import connections

    connections.close_all()
    connections.settings["default"]["NAME"] = name
    os.environ["DATABASE_URL"] = urlunsplit(
        urlsplit(os.environ["TSUZUKI_TEST_SERVER"])._replace(path="/" + name)
    )


@pytest.fixture
def database(template):
    """A fresh database, dropped afterwards."""
    from django.db import connections

    name = f"test_{uuid.uuid4().hex[:16]}"
    _admin(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    use(name)
    yield name
    connections.close_all()
    _admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
