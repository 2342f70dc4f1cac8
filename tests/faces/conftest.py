"""An open shop that takes cash and vouchers, and a client that speaks to its addresses as a browser without
script would.
"""

from __future__ import annotations

import pytest


@pytest.fixture
def client(database, monkeypatch):
    from django.test import Client
    from django.utils import timezone

    from tests import cast
    from tsuzuki.actions.engine import providers

    cast.operator(timezone.now())
    cast.gateways({"byhand": {}})
    yield Client(SERVER_NAME="localhost", headers={"Accept-Language": "en"}, raise_request_exception=False)
    providers.forget()


@pytest.fixture
def line(client):
    from django.utils import timezone

    from tests import cast

    return cast.line(now=timezone.now())


@pytest.fixture
def number(line) -> str:
    from tsuzuki.records import queries

    return "0" + queries.numbers_of([line])[line].removeprefix("+81")


@pytest.fixture
def iccid(line) -> str:
    from tsuzuki.records import queries

    return queries.iccids_of([line])[line]
