"""The benchmark of the road runs: its bare transaction writes what a purchase writes today."""

import json
import os
import subprocess
import sys


def test_the_road_is_measured_beside_its_bare_transaction(tmp_path):
    called = [
        sys.executable,
        "-m",
        "tsuzuki.site.command",
        "bench",
        "road",
        "--orders",
        "100",
        "--seconds",
        "1",
        "--json",
    ]
    environ = {**os.environ, "TSUZUKI_DATA": str(tmp_path), "DATABASE_URL": ""}
    done = subprocess.run(
        called, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    measured = json.loads(done.stdout)
    assert set(measured) == {"one by one", "batches of 1,000", "bare, one client", "bare, two clients"}
    assert all(per_second > 0 for per_second in measured.values())
