"""What setting up must know, as a file people write (`--answers FILE.yaml`, docs/setup.md) or as `ask` fills
it in.

Nothing but `name` and `url` must be there, and those the first time only: what an answer does not name stays
as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import msgspec
from msgspec import UNSET, UnsetType

from tsuzuki import decode, strict_yaml
from tsuzuki.actions.write import csv_file
from tsuzuki.core.brand import Brand, Contact, Shop, Words
from tsuzuki.core.errors import Code, Refused

from .places import line_of

_SECRET = re.compile(r"TSUZUKI_[A-Z0-9_]+")
_PATH = re.compile(r"`\$((?:\.\w+|\[\d+\])*)")
ANSWERED_ELSEWHERE = ("SECRET", "SECRETS", "SANDBOX", "URL", "PROXIES", "HOSTS", "BRAND", "GATEWAYS", "DATA")


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

    colour: str | UnsetType = UNSET
    accent: str | UnsetType = UNSET
    logo: str | UnsetType = UNSET
    domain: str | UnsetType = UNSET
    mail_from: str | UnsetType = UNSET
    sms_from: str | UnsetType = UNSET
    invoice_number: str | UnsetType = UNSET


class Answers(msgspec.Struct, forbid_unknown_fields=True):
    name: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    zone: str | UnsetType = UNSET
    proxies: int | UnsetType = UNSET
    sandbox: bool | UnsetType = UNSET
    database_url: str = ""
    hosts: list[str] | UnsetType = UNSET
    brand: Look = msgspec.field(default_factory=Look)
    contacts: list[Contact] | UnsetType = UNSET
    shops: list[Shop] | UnsetType = UNSET
    legal: dict[str, Words] = {}
    carriers: list[dict[str, Any]] = []
    plans: str = ""
    gateways: dict[str, dict[str, Any]] | UnsetType = UNSET
    secrets: dict[str, str] = {}
    mail: Mail | None = None
    owner: Owner | None = None

    def as_brand(self, folder: Path, there: Brand | None) -> Brand:
        """What is said already, with what is answered in its place. An empty text takes nothing away."""
        look = {
            name: value for name, value in msgspec.structs.asdict(self.brand).items() if value is not UNSET
        }
        if look.get("logo") and not look["logo"].lstrip().startswith("<"):
            look["logo"] = text_of(folder / look["logo"]).strip()
        brand = there or Brand("" if self.name is UNSET else self.name)
        legal = {topic: dict(words) for topic, words in brand.legal.items()}
        for topic, words in self.legal.items():
            legal.setdefault(topic, {}).update({tag: text for tag, text in words.items() if text.strip()})
        more = {"name": self.name, "contacts": self.contacts, "shops": self.shops}
        named = {name: value for name, value in more.items() if value is not UNSET}
        content = msgspec.to_builtins(brand) | msgspec.to_builtins(named) | look | {"legal": legal}
        return decode.convert(content, Brand)


def read(file: Path) -> Answers:
    """Refused(SETUP_WRONG) with the place that is wrong, by the lines of the file itself."""
    text = text_of(file)
    try:
        answers = decode.convert(strict_yaml.read(text).values(), Answers)
    except strict_yaml.Wrong as why:
        raise wrong(f"line {why.line}: {why.reason}") from None
    except msgspec.ValidationError as why:
        raise wrong(f"line {_place(text, str(why))}: {why}") from None
    for field, words in faults(answers):
        raise wrong(f"line {line_of(text, (field,))}: {words}")
    return answers


def _place(text: str, said: str) -> int:
    match = _PATH.search(said)
    path = [int(text) if text.isdecimal() else text for text in re.findall(r"\w+", match[1])] if match else []
    unknown = re.search(r"unknown field `([^`]*)`", said)
    return line_of(text, [*path, unknown[1]] if unknown else path)


def faults(answers: Answers) -> Iterator[tuple[str, str]]:
    """What no type says: the answer, and what is wrong with it."""
    if answers.url is not UNSET:
        try:
            parts = urlsplit(answers.url)
            whole = (
                parts.scheme in ("http", "https")
                and parts.hostname
                and not parts.path.strip("/")
                and parts.port != 0
            )
        except ValueError:
            whole = False
        if not whole:
            yield "url", "url: an address like https://renew.example.jp, without a path"
    if answers.zone is not UNSET and answers.zone not in available_timezones():
        yield "zone", f"zone: {answers.zone} is no time zone; Asia/Tokyo is one"
    if answers.proxies is not UNSET and answers.proxies < 0:
        yield "proxies", "proxies: a whole number, 0 if none"
    if answers.database_url not in ("", "embedded") and not answers.database_url.startswith(
        ("postgresql://", "postgres://")
    ):
        yield "database_url", "database_url: postgresql://USER:PASSWORD@HOST/NAME, or embedded"
    for name in answers.secrets:
        if not _SECRET.fullmatch(name):
            yield "secrets", f"secrets: {name} must begin with TSUZUKI_"
        if name.removeprefix("TSUZUKI_") in ANSWERED_ELSEWHERE:
            yield "secrets", f"secrets: {name} is no secret of a provider"
    if answers.name is not UNSET and not answers.name.strip():
        yield "name", "name: what is the shop called?"


def require_first(answers: Answers) -> None:
    """What the first time cannot do without."""
    for name in ("name", "url"):
        if getattr(answers, name) is UNSET:
            raise wrong(f"{name} is missing")


def wrong(what: str) -> Refused:
    return Refused(Code.SETUP_WRONG, what=what.replace("\n", " ")[:300])


def text_of(file: Path) -> str:
    try:
        return csv_file.decoded(csv_file.read(file))
    except Refused as why:
        raise wrong(f"{file.name} cannot be read: {why.facts['reason']}") from None
