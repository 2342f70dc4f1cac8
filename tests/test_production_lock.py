"""What a machine in production installs: the same versions, and nothing of the tools."""

import re
import tomllib

from packaging.utils import canonicalize_name

from tests import production_lock
from tests.production_lock import PRODUCTION, ROOT, WHOLE


def test_it_agrees_with_the_whole_lock():
    assert PRODUCTION.read_text(encoding="utf-8") == production_lock.text(), (
        "run: python -m tests.production_lock"
    )


def test_it_has_all_that_runs_and_no_tool():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = set(re.findall(r"(?m)^([a-z0-9-]+)", PRODUCTION.read_text(encoding="utf-8")))
    runs, tools = (
        {canonicalize_name(re.split(r"[\[<>=]", one)[0]) for one in group}
        for group in (project["project"]["dependencies"], project["dependency-groups"]["dev"])
    )
    assert runs <= names
    assert not tools & names - {"cryptography"}  # asyncssh needs that one
    installed = [
        line
        for line in PRODUCTION.read_text(encoding="utf-8").splitlines()
        if line.startswith("django-unfold")
    ]
    # One for each version of Python.
    assert len(installed) == WHOLE.read_text(encoding="utf-8").count("\ndjango-unfold==") > 1
    assert "asgiref" in names  # what Django needs in its turn


def test_production_installs_it():
    for file in ("deploy/Dockerfile", "docs/deploy.md"):
        assert "--require-hashes -r requirements-production.lock" in (ROOT / file).read_text(
            encoding="utf-8"
        ), file
