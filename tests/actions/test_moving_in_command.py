# ruff: noqa: F811 (a test names the fixture it asks for)
"""Moving in by the command: what it tells of rows that are not taken."""

import csv
import os

from tests import messy
from tests.actions.test_moving_in import counts, operator, small  # noqa: F401 (operator is a fixture)
from tests.messy import AS_OF


def test_the_command_tells_a_spreadsheet_what_to_mend(operator, tmp_path):
    import json
    import subprocess
    import sys

    file, map, rejected = tmp_path / "old.xlsx", tmp_path / "map.yaml", tmp_path / "rejected.csv"
    truth = messy.workbook(file, 200)
    map.write_text(messy.MAP)
    words = [
        "import-lines",
        str(file),
        "--map",
        str(map),
        "--as-of",
        AS_OF.isoformat(),
        "--json",
        "--rejected",
        str(rejected),
    ]

    def run(*more: str):
        return subprocess.run(
            [sys.executable, "-m", "tsuzuki.site.command", *words, *more],
            env=os.environ,
            capture_output=True,
            text=True,
            timeout=120,
        )

    dry = run("--dry-run")
    assert (dry.returncode, json.loads(dry.stdout)["bad_rows"]) == (0, len(truth.bad)), dry.stderr
    assert run().returncode == 1
    assert counts()[0] == 0
    done = run("--skip-bad", "--held-back")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["imported"] == truth.good == counts()[0]
    assert rejected.stat().st_mode & 0o077 == 0
    with rejected.open(encoding="utf-8-sig", newline="") as raw:
        read = list(csv.DictReader(raw))
    assert [int(one["row"]) for one in read] == sorted(truth.bad)
    assert set(read[0]) == {"row", "why", *(" ".join(name.split()) for name in messy.HEADERS)}
    assert all(one["why"] for one in read)
