"""APN values of lines that are not ours, with their source; and the way to the setting on both kinds of phone.

Sources: the mobile-broadband-provider-info of GNOME (public domain) and the list of LineageOS (Apache-2.0), at the dates named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .formats import name
from .languages import N_, translator


@dataclass(frozen=True, slots=True)
class Apn:
    apn: str
    user: str = ""
    password: str = ""
    auth: str = ""
    source: str = ""
    as_of: str = ""


_GNOME = ("https://github.com/GNOME/mobile-broadband-provider-info", "2026-08-04")
_LINEAGE = (
    "https://github.com/LineageOS/android_vendor_lineage/blob/6e151c8c8158367357ef1372f667d671067a2c43/prebuilt/common/etc/apns-conf.xml",
    "2024-10-17",
)
_EITHER, _CHAP = "PAP / CHAP", "CHAP"
_MINEO = ("mineo@k-opti.com", "mineo", _CHAP)
APNS = {
    "povo": Apn("povo.jp", "", "", "", *_GNOME),
    "rakuten": Apn("rakuten.jp", "", "", "", *_GNOME),
    "softbank": Apn("plus.4g", "plus", "4g", _EITHER, *_LINEAGE),
    "ymobile": Apn("plus.acs.jp", "ym", "ym", _CHAP, *_LINEAGE),
    "linemo": Apn("plus.acs.jp", "lm", "lm", _CHAP, *_LINEAGE),
    "mineo-d": Apn("mineo-d.jp", *_MINEO, *_GNOME),
    "mineo-a": Apn("mineo.jp", *_MINEO, *_GNOME),
    "mineo-s": Apn("mineo-s.jp", *_MINEO, *_GNOME),
    "iijmio": Apn("iijmio.jp", "mio@iij", "iij", _EITHER, *_LINEAGE),
    "nihon-tsushin": Apn("dm.jplat.net", "jci@jci", "jci", _EITHER, *_LINEAGE),
    "b-mobile": Apn("bmobile.ne.jp", "bmobile@4g", "bmobile", "", *_GNOME),
    "b-mobile-s": Apn("sb.mvno", "jci@jci", "jci", _EITHER, *_LINEAGE),
    "his": Apn("dm.jplat.net", "his@his", "his", _EITHER, *_LINEAGE),
}
_NAMES = {
    "povo": {"en": "povo"},
    "rakuten": {"en": "Rakuten Mobile", "ja": "楽天モバイル", "zh-Hans": "乐天移动（Rakuten）"},
    "softbank": {"en": "SoftBank (Android)", "ja": "ソフトバンク（Android）", "zh-Hans": "软银（Android）"},
    "ymobile": {"en": "Y!mobile", "ja": "ワイモバイル"},
    "linemo": {"en": "LINEMO"},
    "mineo-d": {"en": "mineo D (docomo)", "ja": "mineo Dプラン（ドコモ）", "zh-Hans": "mineo D（docomo）"},
    "mineo-a": {"en": "mineo A (au)", "ja": "mineo Aプラン（au）", "zh-Hans": "mineo A（au）"},
    "mineo-s": {"en": "mineo S (SoftBank)", "ja": "mineo Sプラン（ソフトバンク）", "zh-Hans": "mineo S（软银）"},
    "iijmio": {"en": "IIJmio"},
    "nihon-tsushin": {"en": "Nihon Tsushin SIM", "ja": "日本通信SIM", "zh-Hans": "日本通信"},
    "b-mobile": {"en": "b-mobile (docomo, visitors)", "ja": "b-mobile（ドコモ・訪日）", "zh-Hans": "b-mobile（docomo、访日）"},
    "b-mobile-s": {"en": "b-mobile (SoftBank)", "ja": "b-mobile（ソフトバンク）", "zh-Hans": "b-mobile（软银）"},
    "his": {"en": "HIS Mobile", "ja": "HISモバイル", "zh-Hans": "HIS 移动"},
}
# As Japanese phones name the steps; a phone set to another language says it in that one.
IPHONE_JA, ANDROID_JA = (
    "設定 → モバイル通信 → モバイルデータ通信ネットワーク",
    "設定 → ネットワークとインターネット → モバイル ネットワーク → アクセス ポイント名",
)
IPHONE = N_("Settings → Cellular → Cellular Data Network")
ANDROID = N_("Settings → Network and internet → Mobile network → Access point names")


def of_settings(settings: Mapping[str, object]) -> Apn | None:
    """An operator's own, as it stands among a carrier's settings: apn, apn_user, apn_password, apn_auth."""
    apn, user, password, auth = (str(settings.get(key) or "") for key in ("apn", "apn_user", "apn_password", "apn_auth"))
    return Apn(apn, user, password, auth) if apn else None


def rows(apn: Apn, language: str) -> list[tuple[str, str]]:
    say = translator(language)
    named = (
        (N_("APN"), apn.apn),
        (N_("User name"), apn.user),
        (N_("Password"), apn.password),
        (N_("Authentication type"), apn.auth),
    )
    return [(say(key), value) for key, value in named if value]


def title(code: str, language: str) -> str:
    return name(_NAMES[code], language)


def choices(language: str) -> list[tuple[str, str]]:
    return [(code, title(code, language)) for code in APNS]
