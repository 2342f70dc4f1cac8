"""APN values as a page shows them: an operator's own, or the guide's; and the way to the setting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tsuzuki.guide.other_carriers.apns import Apn
from tsuzuki.ui.languages import N_, translator

# As Japanese phones name the steps; a phone set to another language says it in that one.
IPHONE_JA, ANDROID_JA = (
    "設定 → モバイル通信 → モバイルデータ通信ネットワーク",
    "設定 → ネットワークとインターネット → モバイル ネットワーク → アクセス ポイント名",
)
IPHONE = N_("Settings → Cellular → Cellular Data Network")
ANDROID = N_("Settings → Network and internet → Mobile network → Access point names")


@dataclass(frozen=True, slots=True)
class ApnView:
    apn: str
    user: str = ""
    password: str = ""
    auth: str = ""
    source: str = ""
    as_of: str = ""


def of_settings(settings: Mapping[str, object]) -> ApnView | None:
    """An operator's own, as it stands among a carrier's settings: apn, apn_user, apn_password, apn_auth."""
    apn, user, password, auth = (
        str(settings.get(key) or "") for key in ("apn", "apn_user", "apn_password", "apn_auth")
    )
    return ApnView(apn, user, password, auth) if apn else None


def of_guide(apn: Apn, language: str) -> ApnView:
    apn_name, user, password, auth = (
        answer.to(language) if answer else "" for answer in (apn.apn, apn.user, apn.password, apn.auth)
    )
    return ApnView(apn_name, user, password, auth, apn.source.url or "", apn.source.as_of or "")


def rows(apn: ApnView, language: str) -> list[tuple[str, str]]:
    say = translator(language)
    named = (
        (N_("APN"), apn.apn),
        (N_("User name"), apn.user),
        (N_("Password"), apn.password),
        (N_("Authentication type"), apn.auth),
    )
    return [(say(key), value) for key, value in named if value]
