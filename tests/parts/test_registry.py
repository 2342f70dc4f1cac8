"""Providers are found by our table or by anyone's entry point, and the toys only in the sandbox."""

from pathlib import Path

import pytest

from tsuzuki.carriers import registry as carriers
from tsuzuki.carriers.port import CarrierStatus
from tsuzuki.channels import registry as channels
from tsuzuki.core.errors import Code, Refused
from tsuzuki.payments import registry as payments
from tsuzuki.plugins import Registry, number, secret, text

TOY = {"TSUZUKI_SANDBOX_URL": "http://127.0.0.1:1", "TSUZUKI_SANDBOX_SECRET": "s"}
THIRD_PARTY = """
from tsuzuki.carriers.port import CarrierCapabilities, CarrierAnswer, CarrierPlugin, CarrierStatus

class Moon:
    def describe(self): return CarrierCapabilities(timeout=1, lease=5, honours_keys=True, looks_up=True)
    def act(self, ask): return CarrierAnswer(CarrierStatus.DONE, reference="moon")
    def look_up(self, key): return CarrierAnswer(CarrierStatus.NEVER_RECEIVED)

PROVIDER = CarrierPlugin(lambda environ, settings: Moon())
ODD = object()
"""


@pytest.fixture
def third_party(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "moon_carrier.py").write_text(THIRD_PARTY)
    info = tmp_path / "moon_carrier-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: moon-carrier\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[tsuzuki.carriers]\nmoon = moon_carrier:PROVIDER\nodd = moon_carrier:ODD\nbyhand = "
        "moon_carrier:PROVIDER\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.parametrize("registry", [carriers, payments, channels])
def test_an_unknown_name_is_refused(registry: object) -> None:
    with pytest.raises(Refused) as caught:
        registry.load("nobody", {}, {})  # type: ignore[attr-defined]  # three modules of one shape
    assert caught.value.code is Code.PROVIDER_UNKNOWN
    assert caught.value.facts["name"] == "nobody"


def test_ours_are_listed() -> None:
    assert {"sandbox", "byhand", "csvbatch"} <= set(carriers.names())
    assert {"sandbox", "byhand"} <= set(payments.names())
    assert "email" in channels.names()


@pytest.mark.parametrize("registry", [carriers, payments])
@pytest.mark.parametrize(
    "environ", [{}, {"TSUZUKI_SANDBOX": ""}, {"TSUZUKI_SANDBOX": "0"}, {"TSUZUKI_SANDBOX": "true"}]
)
def test_toys_are_refused_outside_the_sandbox(registry: object, environ: dict[str, str]) -> None:
    with pytest.raises(Refused) as caught:
        registry.load("sandbox", TOY | environ, {})  # type: ignore[attr-defined]  # two modules of one shape
    assert caught.value.code is Code.PROVIDER_UNKNOWN


@pytest.mark.parametrize("registry", [carriers, payments])
def test_toys_load_in_the_sandbox(registry: object) -> None:
    assert registry.load("sandbox", TOY | {"TSUZUKI_SANDBOX": "1"}, {}).describe().timeout == 4.0  # type: ignore[attr-defined]  # as above


@pytest.mark.usefixtures("third_party")
def test_a_third_partys_carrier_plugs_in_without_touching_us() -> None:
    assert "moon" in carriers.names()
    assert carriers.load("moon", {}, {}).look_up("k").status is CarrierStatus.NEVER_RECEIVED


@pytest.mark.usefixtures("third_party")
def test_nobody_takes_over_a_name_of_ours() -> None:
    assert carriers.load("byhand", {}, {}).describe().by_staff


@pytest.mark.usefixtures("third_party")
def test_an_entry_point_that_is_no_provider_is_refused() -> None:
    with pytest.raises(Refused):
        carriers.load("odd", {}, {})


def test_deleting_the_folder_deletes_the_feature() -> None:
    kind = type(carriers.entry("byhand"))
    registry: Registry[object] = Registry("tsuzuki.none", {"gone": "tsuzuki.carriers.gone:PROVIDER"}, kind)
    assert registry.names() == ()
    with pytest.raises(Refused):
        registry.load("gone", {}, {})


def test_secrets_come_by_name_or_by_file(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("from a file\n")
    assert secret({"KEY": "plain", "KEY_FILE": str(tmp_path / "s")}, "KEY") == "plain"
    assert secret({"KEY_FILE": str(tmp_path / "s")}, "KEY") == "from a file"
    assert secret({}, "KEY", "") == ""
    with pytest.raises(LookupError, match="KEY_FILE"):
        secret({}, "KEY")


def test_settings_people_wrote() -> None:
    assert number({"timeout": "4"}, "timeout", 1.0) == 4.0
    assert number({}, "timeout", 1.0) == 1.0
    assert text({}, "folder", "x") == "x"
    mistakes: tuple[object, ...] = (True, None, [], "four")
    for wrong in mistakes:
        with pytest.raises(ValueError, match=r"four|timeout"):
            number({"timeout": wrong}, "timeout", 1.0)
    with pytest.raises(ValueError, match="folder"):
        text({"folder": 4}, "folder", "")
