"""What setting up must know, as a file people write (`--answers FILE.yaml`) or as `ask` fills it in.

name: Hikari Mobile                 # the shop's name on every page
url: https://renew.hikari.example   # where customers reach it
zone: Asia/Tokyo                    # of carriers that name none
proxies: 1                          # reverse proxies of your own before it
sandbox: false                      # true: try things out, nothing is real
database_url: ""                    # left out: the embedded server, or DATABASE_URL as it is set
brand: {colour: "#1f3f77", accent: "#c13a22", logo: logo.svg, domain: hikari.example, mail_from: ..., invoice_number: T1234567890123}
contacts: [{kind: phone, value: 03-1234-5678, link: "tel:+81312345678", hours: {ja: 平日 9-18 時, en: ..., zh-Hans: ...}}]
shops: []
legal:                              # also address, representative, payment_time, delivery_time, cancellation; each in every language
  seller: {ja: ..., en: ..., zh-Hans: ...}
carriers: [{code: docomo-line, names: {ja: ...}, network: docomo, provider: byhand, hours: {mon: 09:00-18:00}, refund_after: 4 h}]
plans: plans.yaml                   # beside this file; as import-plans reads it
gateways: {byhand: {}}              # names and settings, no secrets
secrets: {TSUZUKI_STRIPE_KEY: ...}  # for gateways and carriers that want some
mail: {host: smtp.hikari.example, port: 587, user: renew, password: ..., from: Hikari <renew@hikari.example>, test: sato@hikari.example}
owner: {name: sato, password: ..., language: ja}     # first of the staff; without a password one is made up and shown once
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import msgspec
import yaml

from tsuzuki.core.brand import Brand, Contact, Shop, Words
from tsuzuki.core.errors import Code, Refused

_SECRET = re.compile(r"TSUZUKI_[A-Z0-9_]+")


class Mail(msgspec.Struct, forbid_unknown_fields=True):
    host: str
    sender: str = msgspec.field(name="from")
    port: int = 0
    user: str = ""
    password: str = ""
    security: str = ""
    test: str = ""  # an address a test letter goes to


class Owner(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    password: str = ""
    language: str = "ja"


class Look(msgspec.Struct, forbid_unknown_fields=True):
    """Of core.brand.Brand what is no list; `logo` is a file beside the answers, or the SVG itself."""

    colour: str = "#1f3f77"
    accent: str = "#c13a22"
    logo: str = ""
    domain: str = ""
    mail_from: str = ""
    sms_from: str = ""
    invoice_number: str = ""


class Answers(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    url: str
    zone: str = "Asia/Tokyo"
    proxies: int = 1
    sandbox: bool = False
    database_url: str = ""
    hosts: list[str] = []
    brand: Look = msgspec.field(default_factory=Look)
    contacts: list[Contact] = []
    shops: list[Shop] = []
    legal: dict[str, Words] = {}
    carriers: list[dict[str, Any]] = []
    plans: str = ""
    gateways: dict[str, dict[str, Any]] = {}
    secrets: dict[str, str] = {}
    mail: Mail | None = None
    owner: Owner | None = None

    def as_brand(self, folder: Path) -> Brand:
        look = msgspec.structs.asdict(self.brand)
        if look["logo"] and not look["logo"].lstrip().startswith("<"):
            look["logo"] = _text(folder / look["logo"]).strip()
        return Brand(self.name, **look, legal=self.legal, contacts=tuple(self.contacts), shops=tuple(self.shops))


def read(file: Path) -> Answers:
    """Refused(SETUP_WRONG) with the place that is wrong."""
    try:
        return check(msgspec.convert(yaml.safe_load(_text(file)), Answers))
    except (yaml.YAMLError, msgspec.ValidationError) as why:
        raise wrong(str(why).replace("\n", " ")) from None
    except RecursionError:
        raise wrong("It is nested too deeply.") from None


def check(answers: Answers) -> Answers:
    """What no type says."""
    parts = urlsplit(answers.url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise wrong("url: an address like https://renew.example.jp, without a path")
    if answers.zone not in available_timezones():
        raise wrong(f"zone: {answers.zone} is no time zone; Asia/Tokyo is one")
    if answers.proxies < 0:
        raise wrong("proxies: a whole number, 0 if none")
    for name in answers.secrets:
        if not _SECRET.fullmatch(name):
            raise wrong(f"secrets: {name} must begin with TSUZUKI_")
    if not answers.name.strip():
        raise wrong("name: what is the shop called?")
    return answers


def wrong(what: str) -> Refused:
    return Refused(Code.SETUP_WRONG, what=what[:300])


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as why:
        raise wrong(f"{file.name} cannot be read: {type(why).__name__}") from None
