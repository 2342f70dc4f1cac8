"""The search's index for the guide as files: one language, small enough to be loaded when somebody searches,
and not before.

What all brands share is said once: chapters and cases apply to every brand, a claim is its brand, its key and
the beginning of its value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tsuzuki.segments import EMPTY, EMPTY_WORDS

from ..topics.chapters import CHAPTERS
from .documents import Document, Kind, documents

VALUE = 16  # letters of a claim's value that can be found, where it is a number
LEFT_OUT = ("dates", "paste")  # pages that reckon need a server


def site_index(language: str) -> Mapping[str, Any]:
    """`b` brands, `c` pages each brand has, `k` keys, `f` claims, `s` steps, `p` other pages, `h` chapters.

    `e` and `z`: empty words.
    """
    brands: dict[str, list[str]] = {}
    common: dict[str, list[Any]] = {}
    keys: dict[str, list[Any]] = {}
    result: dict[str, list[Any]] = {"f": [], "s": [], "p": []}
    for document in documents():
        title = document.names.to(language)
        parts = document.path.split("/")
        if document.kind is Kind.BRAND:
            brands[parts[1]] = [parts[1], title, _words(document.also, title)]
        elif document.kind in (Kind.CASE, Kind.CHAPTER):
            if parts[2] not in LEFT_OUT:
                common.setdefault(
                    parts[2],
                    [parts[2], _second(title), _words(_own(document, brands), ""), 10 * document.kind],
                )
        elif document.kind is Kind.CLAIM:
            chapter, _, key = parts[2].partition("#")
            held = keys.setdefault(key, [len(keys), list(CHAPTERS).index(chapter), key, _second(title)])
            result["f"].append([list(brands).index(parts[1]), held[0], _number(document.lead.to(language))])
        elif document.kind is Kind.STEPS:
            result["s"].append([list(brands).index(parts[1]), "/".join(parts[2:]), _second(title)])
        elif document.path.startswith("guide") and parts[-1] not in LEFT_OUT:
            result["p"].append([document.path, title, _words(document.also, title), 10 * document.kind])
    return {
        "b": list(brands.values()),
        "c": list(common.values()),
        "k": [held[1:] for held in keys.values()],
        **result,
        "h": list(CHAPTERS),
        "e": sorted(EMPTY_WORDS),
        "z": EMPTY.pattern,
    }


def _number(value: str) -> str:
    return value[:VALUE] if any(letter.isdigit() for letter in value[:VALUE]) else ""


def _second(title: str) -> str:
    return title.partition(" · ")[2]


def _own(one: Document, brands: Mapping[str, list[str]]) -> tuple[str, ...]:
    """The words of a chapter or case, without those of the brand it was made for."""
    named = {*brands[one.path.split("/")[1]][2].split("|"), *brands[one.path.split("/")[1]][1:2]}
    return tuple(word for word in one.also if word not in named)


def _words(words: tuple[str, ...], title: str) -> str:
    return "|".join(dict.fromkeys(word for word in words if word != title))
