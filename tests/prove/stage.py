"""What every proof stands on: a sandbox of its own that the adapters are pointed at, and, outside pytest, a
server and databases.
"""

import os
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.sandbox_process import Sandbox, start

# The sandbox drops a line soon, so that a lost answer costs little; the long time-out and lease only keep a
# busy machine from deciding anything. A lease ends when the proof's own clock passes it.
TIMES: dict[str, object] = {"timeout": 5.0, "lease": 60.0, "look_every": 5.0}


@contextmanager
def sandbox(hang: float = 0.02, times: Mapping[str, object] = TIMES, **options: object) -> Iterator[Sandbox]:
    """A sandbox whose data goes with it.

    The line is dropped after `hang` seconds: the asker sees a broken line, not a full time-out.
    """
    from tsuzuki.actions.engine import providers

    with (
        tempfile.TemporaryDirectory(prefix="tsuzuki-prove-") as folder,
        start(Path(folder), hang=hang, **options) as running,
    ):
        ours = {
            **running.environ,
            "TSUZUKI_SMTP_HOST": "127.0.0.1",
            "TSUZUKI_SMTP_PORT": str(running.smtp_port),
            "TSUZUKI_SMTP_FROM": "shop@example.com",
        }
        before = {name: os.environ.get(name) for name in ours}
        os.environ.update(ours)
        providers.forget()
        # Rows are read once, so that every run has as many lines.
        kept, providers.monotonic = providers.monotonic, lambda: 0.0
        try:
            yield running
        finally:
            for name, value in before.items():
                os.environ.pop(name, None) if value is None else os.environ.update({name: value})
            providers.monotonic = kept
            providers.forget()


@contextmanager
def server() -> Iterator[str]:
    """Outside pytest: an embedded PostgreSQL of this run's own (or DATABASE_URL's), Django set up, and a
    migrated template.
    """
    os.environ["TSUZUKI_SANDBOX"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsuzuki.site.settings")
    from tsuzuki.cli import postgres

    with tempfile.TemporaryDirectory(prefix="tsuzuki-prove-", ignore_cleanup_errors=True) as folder:
        os.environ["TSUZUKI_TEST_SERVER"] = os.environ.get("DATABASE_URL") or postgres.start_embedded(
            Path(folder)
        )
        os.environ["DATABASE_URL"] = os.environ["TSUZUKI_TEST_SERVER"]
        import django

        django.setup()
        from django.core.management import call_command

        try:
            with database("template0") as template:
                call_command("migrate", verbosity=0)
                yield template
        finally:
            # It would stop with this process anyway, but after its folder is gone.
            for embedded in postgres.KEPT:
                embedded.cleanup()


@contextmanager
def database(template: str) -> Iterator[str]:
    """A database copied from `template`, in use for as long as this lasts; the one used before is not
    returned to.
    """
    from django.db import connections

    from tests.conftest import _admin, use

    name = f"prove_{uuid.uuid4().hex[:16]}"
    connections.close_all()
    _admin(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
    use(name)
    try:
        yield name
    finally:
        connections.close_all()
        _admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
