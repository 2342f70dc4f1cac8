"""Fixtures of the browser tests: one Chromium and one shop per test process, a fresh person and a calm
sandbox per test.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.prove import stage

from . import certificate, chromium, front
from .certificate import Certificate
from .chromium import Chromium
from .front import Front


@pytest.fixture(scope="session")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate.make(Path(tmp_path_factory.mktemp("certificate")))


@pytest.fixture(scope="session")
def browser(trusted: Certificate) -> Iterator[Chromium]:
    try:
        chromium.ensure()
    except chromium.NotHere as why:
        leave_out(str(why), os.environ)
    with chromium.running(trusted.trusted) as running:
        yield running


def leave_out(why: str, environ: Mapping[str, str]) -> None:
    """In one line; but the gate leaves nothing out."""
    if environ.get("CI") == "1":
        pytest.fail(why, pytrace=False)
    pytest.skip(why)


@pytest.fixture(scope="session")
def house(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with (
        stage.database(template) as name,
        front.opened(name, Path(tmp_path_factory.mktemp("front"))) as opened,
    ):
        yield opened


@pytest.fixture
def shop(house: Front) -> Iterator[Front]:
    """The shop, calm.

    When the test is over its books must hold, and neither server nor engine may have met a bug.
    """
    from tsuzuki.actions.money.verify import verify

    with front.entered(house), capture_logs() as said:
        yield house
        faults = verify(front.today() + timedelta(days=400)).faults
    assert [entry for entry in said if entry["log_level"] in ("error", "critical")] == []
    assert house.web.errors() == []
    assert faults == ()
