"""Text segmentation for the search, in any script: words of Latin letters and digits, pairs of neighbours
in Han and kana.

Width and case are folded, accents dropped, hiragana read as katakana, the English plural cut. The same for
what is kept and what is typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

LONGEST = 40  # letters of one word
_WORD = re.compile(r"[a-z0-9]+")
_RUN = re.compile(r"[\u30a1-\u30fa\u30fc\u3005\u3400-\u9fff\uac00-\ud7a3]+")
_PARTS = re.compile(r"[a-z]+|[0-9]+")
# Words a question is made of, not what it is about.
EMPTY_WORDS = frozenset(
    "a an and are as at be by can do does for from has have how i in is it its me my of on or "
    "our s t that the they this to was what when"
    " where which who why will with you your".split()
)
EMPTY = re.compile(
    "怎么办|怎么|怎样|如何|请问|我的|可以|能不能|是不是|吗|呢|的|了|どうすれば|どうやって|できますか|ですか?|ます|したい|たい$"
)
_PARTICLE = re.compile(
    r"(?<=[\u30a1-\u30fc\u3005-\u9fffa-z0-9])[をがのでにはへと](?=[\u30a1-\u30fc\u3005-\u9fffa-z0-9])",
    re.IGNORECASE,
)


def folded(text: str) -> str:
    """Of one width and case, without accents, with katakana for hiragana."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    bare = "".join(
        letter for letter in unicodedata.normalize("NFD", plain) if not "\u0300" <= letter <= "\u036f"
    )
    return "".join(
        chr(ord(letter) + 96) if "\u3041" <= letter <= "\u3096" else letter
        for letter in unicodedata.normalize("NFC", bare)
    )


def segments(text: str) -> Iterator[str]:
    """Every piece of a text that is kept.

    «povo2.0» is povo2, povo, 2 and 0, so that each of them finds it.
    """
    plain = folded(text)
    for word in _words(plain):
        yield word
        parts = _PARTS.findall(word)
        if len(parts) > 1:
            yield from parts
    yield from _pairs(plain)


def asked(text: str, most: int = 24) -> list[str]:
    """The pieces of what was typed, each once, without the empty words.

    If no other word was typed, with them.
    """
    wide = unicodedata.normalize("NFKC", text)  # before hiragana is folded: particles are written in it
    plain, meant = folded(text), folded(EMPTY.sub(" ", _PARTICLE.sub(" ", wide)))
    results = [word for word in _words(meant) if word not in EMPTY_WORDS]
    results += _pairs(meant)
    return list(dict.fromkeys(results or _words(plain)))[:most]


def _words(plain: str) -> Iterator[str]:
    for word in _WORD.findall(plain):
        short = word[:LONGEST]
        yield (
            short[:-1]
            if len(short) > 3 and short.endswith("s") and not short.endswith("ss") and not short[-2].isdigit()
            else short
        )


def _pairs(plain: str) -> Iterator[str]:
    for run in _RUN.findall(plain):
        if len(run) == 1:
            yield run
        for place in range(len(run) - 1):
            yield run[place : place + 2]


def likely(word: str, words: Mapping[str, int]) -> str:
    """Of `words`, and how often each stands somewhere, the one that `word` was meant for.

    Nothing if none is near.

    Near is one letter more, fewer, other or two neighbours swapped; in a longer word twice. The nearest wins,
    then the most frequent.
    """
    most = 1 if len(word) < 7 else 2
    near = process.extract(word, words.keys(), scorer=OSA.distance, score_cutoff=most, limit=None)
    return min(((slips, -words[other], other) for other, slips, _ in near), default=(0, 0, ""))[2]
