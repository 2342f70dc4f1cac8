"""Whom a carrier speaks to, as whom and with which secret: the owner decides, and a row names the secrets
made for it alone.
"""

from __future__ import annotations

import json

import pytest

from tests.faces import desk
from tsuzuki.core.staff import Role

CARRIER = {
    "code": "files",
    "name_en": "Files",
    "network": "au",
    "provider": "csvbatch",
    "zone": "Asia/Tokyo",
    "refund_minutes": "60",
}


@pytest.fixture
def reach(tmp_path) -> dict[str, object]:
    return {
        "folder": str(tmp_path),
        "sftp_host": "files.example.com",
        "sftp_port": 22,
        "sftp_user": "us",
        "sftp_host_key": "ssh-ed25519 AAAA",
        "sftp_secret": "TSUZUKI_SFTP_FILES",
    }


@pytest.fixture
def now():
    from django.utils import timezone

    return timezone.now()


@pytest.fixture
def desks(client, now):
    """A manager's browser and an owner's."""
    from django.test import Client, override_settings

    with override_settings(PASSWORD_HASHERS=desk.FAST):
        owner = Client(SERVER_NAME="localhost", headers={"Accept-Language": "en"})
        desk.sign_in(client, desk.hire("boss", Role.MANAGER, now), now)
        desk.sign_in(owner, desk.hire("owner", Role.OWNER, now), now)
        yield client, owner


def carrier(code: str = "files"):
    from tsuzuki.records.models import Carrier

    return Carrier.objects.filter(code=code).first()


def test_a_manager_points_no_carrier_anywhere(desks, reach):
    manager, owner = desks
    answer = desk.post(manager, "/office/carriers/add/", "carrier", **CARRIER, settings=json.dumps(reach))
    assert answer.status_code == 422
    assert "Settings known here: timeout, lease, look_every, fetch_every, template, portal." in desk.text(
        answer
    )
    assert carrier() is None
    assert (
        desk.post(
            owner, "/office/carriers/add/", "carrier", **CARRIER, settings=json.dumps(reach)
        ).status_code
        == 302
    )
    assert carrier().settings == reach


def test_a_manager_reads_where_it_goes_and_changes_the_rest(desks, reach):
    manager, owner = desks
    desk.post(
        owner, "/office/carriers/add/", "carrier", **CARRIER, settings=json.dumps(reach | {"timeout": 5})
    )
    page = manager.get("/office/carriers/files/")
    assert "files.example.com" in desk.text(page)
    shown = desk.form_of(page.content.decode(), "carrier")
    assert json.loads(shown["settings"]) == {"timeout": 5}
    assert "provider" not in shown
    done = desk.post(
        manager,
        "/office/carriers/files/",
        "carrier",
        refund_minutes="30",
        settings='{"timeout": 6}',
        provider="byhand",
    )
    assert done.status_code == 302
    assert (carrier().settings, carrier().provider, carrier().refund_after_seconds) == (
        reach | {"timeout": 6},
        "csvbatch",
        1800,
    )
    answer = desk.post(
        manager, "/office/carriers/files/", "carrier", settings='{"sftp_host": "evil.example.com"}'
    )
    assert answer.status_code == 422
    assert carrier().settings["sftp_host"] == "files.example.com"
    assert json.loads(
        desk.form_of(owner.get("/office/carriers/files/").content.decode(), "carrier")["settings"]
    ) == reach | {"timeout": 6}


def test_the_action_refuses_by_itself(desks, reach, now):
    from tsuzuki.actions.catalogue.plans import NewCarrier, save_carriers
    from tsuzuki.core.errors import Refused

    def put(settings, actor, provider="csvbatch"):
        save_carriers([NewCarrier("files", {"en": "Files"}, "au", provider, settings=settings)], actor, now)

    with pytest.raises(Refused, match="owner_needed"):
        put(reach, "staff boss")
    put(reach, "staff owner")
    put(reach | {"timeout": 9}, "staff boss")
    for name in reach:  # each by itself: another value, and none
        for other in (
            reach | {name: "TSUZUKI_SFTP_OTHER"},
            {key: value for key, value in reach.items() if key != name},
        ):
            with pytest.raises(Refused, match="owner_needed"):
                put(other, "staff boss")
    with pytest.raises(Refused, match="owner_needed"):
        put({}, "staff boss", "byhand")
    with pytest.raises(Refused, match="owner_needed"):
        put(reach | {"sftp_user": "x"}, "staff nobody")
    assert carrier().settings == reach | {"timeout": 9}


@pytest.mark.parametrize(
    "named",
    ["DATABASE_URL", "TSUZUKI_SECRET", "TSUZUKI_SMTP_PASSWORD", "TSUZUKI_SFTP_", ["TSUZUKI_SFTP_X"], 5],
)
def test_nobody_names_a_secret_of_another(desks, reach, named):
    _, owner = desks
    answer = desk.post(
        owner,
        "/office/carriers/add/",
        "carrier",
        **CARRIER,
        settings=json.dumps(reach | {"sftp_secret": named}),
    )
    assert answer.status_code == 422
    assert "sftp_secret can only name a variable that begins with TSUZUKI_SFTP_" in desk.text(answer)
    assert carrier() is None


def test_every_carrier_says_how_it_is_reached(client, monkeypatch):
    """And one of another package that does not: all its settings are the owner's."""
    from tsuzuki.actions.engine import providers
    from tsuzuki.carriers import registry
    from tsuzuki.carriers.port import CarrierPlugin

    for name in registry.names():
        entry = registry.entry(name)
        assert entry.reaches is not None, name
        assert {*entry.reaches.settings, *entry.reaches.secrets} <= set(entry.settings), name
        assert not entry.reaches.secrets or entry.reaches.prefix.startswith("TSUZUKI_"), name
        named = [
            one
            for one in entry.settings
            if any(word in one for word in ("host", "port", "user", "key", "secret", "url", "folder"))
        ]
        assert set(named) - {"portal"} <= {*entry.reaches.settings, *entry.reaches.secrets}, name
    monkeypatch.setattr(
        registry,
        "entry",
        lambda name: CarrierPlugin(lambda environ, settings: None, settings=("api", "portal", "timeout")),
    )
    assert providers.reaches("foreign").settings == ("api", "timeout")


@pytest.mark.parametrize(
    "settings",
    [
        '{"timeout": NaN}',
        '{"timeout": -Infinity}',
        '{"timeout": 1e999}',
        '{"timeout": "\\u0000"}',
        '{"template": {"\\ud800": 1}}',
        '{"timeout": 5, "timeout": 6}',
        '{"template": {"back": {}, "back": {"skip": 1}}}',
        "[" * 1900,
    ],
    ids=str,
)
def test_settings_that_cannot_be_kept_as_they_are_written_are_refused(desks, settings):
    manager, _ = desks
    answer = desk.post(manager, "/office/carriers/add/", "carrier", **CARRIER, settings=settings)
    assert (answer.status_code, carrier()) == (422, None)
    assert "This is not JSON" in desk.text(answer)


@pytest.mark.parametrize(("country", "taken"), [("JP", "JP"), ("jp", "JP"), ("ZZ", None), ("ßß", None)])
def test_a_carrier_closes_on_holidays_that_are_known(desks, now, country, taken):
    """With those of no country the refund clock of a paid order could not be set."""
    from tsuzuki.core.hours import due

    manager, _ = desks
    answer = desk.post(
        manager, "/office/carriers/add/", "carrier", **CARRIER, mon="09:00-18:00", holidays=country
    )
    if taken is None:
        assert (answer.status_code, carrier()) == (422, None)
        assert "A country is written as JP." in desk.text(answer)
    else:
        assert (answer.status_code, carrier().hours["holidays"]) == (302, taken)
        assert due(now, 3600, carrier().hours, carrier().zone) > now
