# ruff: noqa: F811 (a test names the fixture it asks for)
"""What people hold of a database that the first version filled opens the same doors today, and after the
secret was replaced too.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from tests import cast
from tests.actions.test_first_wave import HELD, first_wave  # noqa: F401 (a fixture)
from tests.cast import NOON
from tests.faces import desk
from tests.faces.test_pages import text
from tsuzuki.actions.people import totp
from tsuzuki.core.keyring import Keyring

THEN = NOON + timedelta(days=30)  # after it was dumped: links were signed by the clock on the wall


@pytest.fixture(params=["the same secret", "a new one beside it"])
def ring(request):
    from django.conf import settings
    from django.test import override_settings

    before = settings.KEYRING
    after = Keyring("2", {"2": "a new secret", **before.secrets})
    used = before if request.param == "the same secret" else after
    with override_settings(
        KEYRING=used, SECRET_KEY=used.secrets[used.current], SECRET_KEY_FALLBACKS=used.others
    ):
        yield used


@pytest.fixture
def client(first_wave, ring, monkeypatch):
    from django.test import Client
    from django.utils import timezone

    from tsuzuki.actions.engine import providers

    monkeypatch.setattr(timezone, "now", lambda: THEN)
    cast.gateways({"byhand": {}})
    yield Client(SERVER_NAME="localhost", headers={"Accept-Language": "en"}, raise_request_exception=False)
    providers.forget()


def test_an_order_page_and_links_open(client):
    assert "Active until" in text(client.get(f"/en/p/{HELD['order_page']}"))
    page = client.get(f"/en/r/{HELD['link']}")
    assert (page.status_code, 'name="plan"' in page.content.decode()) == (200, True)
    assert client.get(f"/en/q/{HELD['quote']}").status_code == 410  # a day is long over


def test_staff_come_in_by_password_and_second_factor(client):
    """Also by a recovery code."""
    for name, code in (
        ("sato", totp.code(bytes.fromhex(HELD["totp"]["sato"]), totp.step_at(THEN))),
        ("lee", HELD["recovery"][0]),
    ):
        first = desk.post(client, "/office/sign-in/", "password", username=name, password=HELD["password"])
        assert desk.post(client, first["Location"], "code", code=code)["Location"] == "/office/"
        client.logout()


def test_a_voucher_pays_and_keys_come_in(first_wave, ring):
    from tests import cast
    from tsuzuki.actions.messages import webhooks
    from tsuzuki.actions.money.verify import verify
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.actions.people import keys
    from tsuzuki.core.principal import Principal
    from tsuzuki.records.models import WebhookEndpoint

    for secret in HELD["api_keys"]:
        assert keys.find(secret, THEN).account.name == "Partner"
    assert webhooks.secret_of(WebhookEndpoint.objects.get(id=HELD["endpoint"])) == HELD["webhook"]
    for number, code in enumerate((HELD["vouchers"][0], HELD["letter_voucher"])):
        quoted = quote([LineRequest(UUID(HELD["line"]), "data-3gb")], THEN)
        purchase = accept(
            quoted.id,
            [PaymentChoice("voucher", secret=code)],
            Buyer(Principal.visitor(), f"held {number}"),
            THEN,
        )
        assert cast.states(purchase) == ["paid"]
    assert verify(THEN).faults == ()


def test_sealed_values_are_carried_to_a_new_secret(first_wave, ring):
    from tsuzuki.actions.installation import secret_rotation
    from tsuzuki.actions.people import staff
    from tsuzuki.records.models import Staff

    secret_rotation.reseal("test", THEN)
    from django.test import override_settings

    with override_settings(KEYRING=Keyring(ring.current, {ring.current: ring.secrets[ring.current]})):
        found = {
            one.user.username: staff.secret_of(one).hex() for one in Staff.objects.select_related("user")
        }
    assert found["sato"] == HELD["totp"]["sato"]


def test_another_secret_than_the_databases_is_refused_before_anything_is_sealed(template):
    """Or second factors would be lost for ever: nothing tells a wrong key from a right one."""
    import gzip
    import uuid

    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import call_command
    from django.db import connection, connections
    from django.test import override_settings

    from tests import conftest
    from tests.actions.test_first_wave import DATA

    name = f"first_{uuid.uuid4().hex[:12]}"
    conftest._admin(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    conftest.use(name)
    try:
        conftest._run_in(name, gzip.decompress((DATA / "first_wave.sql.gz").read_bytes()).decode())
        call_command("migrate", "records", "0013", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE records_operator SET secret_mark = 'another'")
        with pytest.raises(ImproperlyConfigured, match="another than this database was filled with"):
            call_command("migrate", verbosity=0)
        with (
            override_settings(KEYRING=Keyring("2", {"2": "a new secret"})),
            pytest.raises(ImproperlyConfigured, match="set it as it was"),
        ):
            call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM records_staff")
            assert cursor.fetchone() == (3,)
    finally:
        connections.close_all()
        conftest._admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
