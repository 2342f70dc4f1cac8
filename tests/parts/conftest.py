import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox_process import Sandbox, start
from tsuzuki.payments import registry
from tsuzuki.payments.port import PaymentGateway


# The toys drop a held line after 0.3 s; adapters under test wait longer, so that a busy machine makes no
# answer look lost.
@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start(Path(tmp_path_factory.mktemp("sandbox")), hang=0.3) as running:
        yield running


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    """One sandbox for the session, calm at the start of every test. Tests bring their own keys."""
    running_sandbox.calm()
    return running_sandbox


@pytest.fixture
def toy(sandbox: Sandbox) -> PaymentGateway:
    return registry.load(
        "sandbox", sandbox.environ, {"timeout": 10, "lease": 30, "methods": "card,konbini,transfer,paypay"}
    )


@pytest.fixture
def mute() -> Iterator[str]:
    """The address of someone who takes the line and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
