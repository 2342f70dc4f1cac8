"""The benchmarks run: what is bare beside them reads and writes what we read and write today."""

import json
import os
import subprocess
import sys


def bench(tmp_path, *words: str) -> dict:
    called = [sys.executable, "-m", "tsuzuki.site.command", "bench", *words, "--json"]
    environ = {**os.environ, "TSUZUKI_DATA": str(tmp_path), "DATABASE_URL": ""}
    done = subprocess.run(
        called, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_the_road_is_measured_beside_its_bare_transaction(tmp_path):
    measured = bench(tmp_path, "road", "--orders", "100", "--seconds", "1")
    assert set(measured) == {"one by one", "batches of 1,000", "bare, one client", "bare, two clients"}
    assert all(per_second > 0 for per_second in measured.values())


def test_usage_is_measured_beside_its_bare_batch(tmp_path):
    measured = bench(tmp_path, "usage", "--lines", "1000", "--runs", "1", "--seconds", "1")
    assert set(measured) == {"command", "api", "bare"}
    assert all(per_second > 0 for per_second in measured.values())


def test_reading_a_line_is_measured_beside_its_bare_rows_as_lines_grow(tmp_path):
    words = ("--lines", "20", "--lines", "40", "--connections", "2", "--runs", "1", "--seconds", "1")
    measured = bench(tmp_path, "read", *words)
    assert list(measured) == ["20 lines", "40 lines"]
    for found in measured.values():
        assert set(found) == {"api", "p50", "p99", "bare"}
        assert all(value > 0 for value in found.values())
