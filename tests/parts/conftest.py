from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox_process import Sandbox, start


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start(Path(tmp_path_factory.mktemp("sandbox")), hang=0.5) as running:
        yield running


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    """One sandbox for the session, calm at the start of every test. Tests bring their own keys."""
    running_sandbox.calm()
    return running_sandbox
