"""APN values by brand, read from the claims: `apns` in a brand's file names a claim and rows of its table.

    - {id: softbank, names: {...}, claim: apn.android, apn: 0, user: 1, password: 2, auth: 3}

`id` is the end of the page's address. A claim that is the APN alone needs no row; where the claim says a
value only in its note, it stands here as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ..load.claims import AsIs, Brand, Source, Table, Text, Words
from ..load.loader import brand
from ..load.yaml_file import Marked, Wrong, read
from .company_pages import FILE, only, three

FIELDS = ("id", "names", "claim")
VALUES = ("apn", "user", "password", "auth")


@dataclass(frozen=True, slots=True)
class Apn:
    names: Text
    apn: Words
    source: Source
    user: Words | None = None
    password: Words | None = None
    auth: Words | None = None


@cache
def apns() -> Mapping[str, Apn]:
    """By the page's address, in the order people are shown."""
    return {id: apn for entry in read(FILE)["apns"] for id, apn in apns_of(brand(entry)).items()}


def apns_of(brand: Brand) -> Mapping[str, Apn]:
    rows = [only(row, {*FIELDS, *VALUES}, FIELDS) for row in brand.apns]
    return {row["id"]: _apn(row, brand) for row in rows}


def _apn(row: Marked, brand: Brand) -> Apn:
    claims = brand.about(row["claim"])
    if len(claims) != 1:
        raise Wrong(f"{row.at('claim')}: {brand.id} has {len(claims)} claims {row['claim']}; one is needed")
    value = claims[0].value
    if isinstance(value, Table):
        made = {name: _of_row(row, name, value) for name in VALUES if name in row}
    elif isinstance(value, AsIs):
        made = {"apn": value}
    else:
        raise Wrong(f"{row.at('claim')}: {row['claim']} holds no APN")
    if "apn" not in made:
        raise Wrong(f"{row.at()}: apn is missing: the row of the table")
    return Apn(three(row["names"]), source=claims[0].source, **made)


def _of_row(row: Marked, name: str, table: Table) -> Words:
    answer = row[name]
    if isinstance(answer, str):
        return AsIs(answer)
    value = table.rows[answer].value if isinstance(answer, int) and 0 <= answer < len(table.rows) else None
    if not isinstance(value, AsIs | Text):
        raise Wrong(f"{row.at(name)}: {name} is the number of a row with a text, from 0, or a text")
    return value
