"""The operator's human way out, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tsuzuki.core.brand import Brand

from .formats import name
from .languages import N_, translator

_KINDS = {
    "phone": N_("Phone"),
    "mail": N_("E-mail"),
    "line": N_("LINE"),
    "wechat": N_("WeChat"),
    "web": N_("Website"),
}


class Way(NamedTuple):
    kind: str
    value: str
    link: str
    hours: str


class Place(NamedTuple):
    name: str
    address: str
    hours: str
    map_link: str


def kind(word: str, language: str) -> str:
    return translator(language)(_KINDS[word])


def ways(brand: Brand, language: str) -> Sequence[Way]:
    say = translator(language)
    return [
        Way(say(_KINDS[contact.kind]), contact.value, contact.link, name(contact.hours, language))
        for contact in brand.contacts
    ]


def shops(brand: Brand, language: str) -> Sequence[Place]:
    return [
        Place(name(s.names, language), name(s.address, language), name(s.hours, language), s.map_link)
        for s in brand.shops
    ]
