"""Is every change of the models in a migration?

`python -m tests.migrations_complete`: exit 0, or 1 with what is missing.
"""

import os
import sys
import tempfile


def main() -> int:
    os.environ["TSUZUKI_SANDBOX"] = "1"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tsuzuki.site.settings"
    with tempfile.TemporaryDirectory(prefix="tsuzuki-migrations-", ignore_cleanup_errors=True) as folder:
        from pathlib import Path

        from tsuzuki.cli import postgres

        os.environ["DATABASE_URL"] = postgres.start_embedded(Path(folder))
        try:
            return _check()
        finally:
            for server in postgres.KEPT:  # it would stop with this process, but after its folder is gone
                server.cleanup()


def _check() -> int:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    try:
        call_command("makemigrations", "ledger", "records", check=True, dry_run=True)
    except SystemExit as missing:
        return int(missing.code or 0)
    finally:
        connections.close_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())
