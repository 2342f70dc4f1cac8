"""The full-text search, in all languages at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection

from tsuzuki.segments import likely

CORRECTABLE = 4  # letters a word must have before a slip in it is looked for
CORRECTED = 2  # words of one query at most: each is held against every word there is
_COMMON = 1000  # entries; what stands in as many tells nothing
_PREFIXED = 3  # a shorter word must be whole: «au» is not «august»

# How often each piece stands somewhere, and how well each entry does: a piece weighs the more the rarer it
# is, and by where it stands. A piece is a tsquery's text; «any» of its weights is that without the weights
# behind.
_COUNTS = (
    "SELECT (SELECT count(*) FROM records_searchentry WHERE lexemes @@ word::tsquery) FROM "
    "unnest(%s::text[]) AS q(word)"
)
_BEST = """
SELECT e.path, e.kind, e.names, e.lead, fit.covered FROM records_searchentry e, LATERAL (
  SELECT sum(q.weight) AS covered,
         sum(q.weight * CASE WHEN e.lexemes @@ (q.word || 'AB')::tsquery THEN 4
           WHEN e.lexemes @@ (q.word || 'C')::tsquery THEN 2
                        ELSE 1 END) AS points
  FROM unnest(%(words)s::text[], %(weights)s::int[]) AS q(word, weight)
  WHERE e.lexemes @@ (q.word || 'ABCD')::tsquery
) fit
WHERE e.lexemes @@ %(any)s::tsquery
ORDER BY fit.points * 12 + e.prior DESC, length(e.lexemes), e.path LIMIT %(most)s
"""
_NEWEST = "SELECT max(id) FROM records_searchentry"
_WORDS = "SELECT word, ndoc FROM ts_stat('SELECT lexemes FROM records_searchentry') WHERE word ~ '^[a-z]+$'"


@dataclass(frozen=True, slots=True)
class SearchResult:
    path: str
    kind: str
    names: dict[str, str]
    lead: dict[str, str]


@dataclass(frozen=True, slots=True)
class SearchResults:
    found: tuple[SearchResult, ...]
    corrected: dict[str, str]  # a word nobody writes: the one that was looked for


def search(pieces: Sequence[str], most: int = 20) -> SearchResults:
    """The best entries; what misses much of what the best have is left out.

    Pieces come from segments.asked.
    """
    counts = _counts(pieces)
    slips = [
        piece
        for piece in pieces
        if not counts[piece] and len(piece) >= CORRECTABLE and piece.isascii() and piece.isalpha()
    ]
    corrected = {piece: other for piece in slips[:CORRECTED] if (other := likely(piece, _words()))}
    counts |= _counts(list(corrected.values()))
    known = [word for word in dict.fromkeys(corrected.get(piece, piece) for piece in pieces) if counts[word]]
    return SearchResults(_best({word: counts[word] for word in known}, most) if known else (), corrected)


def _query(piece: str) -> str:
    """A piece as a tsquery that weights can be put behind.

    Words also find those they begin, a lone character those pairs.
    """
    begins = len(piece) >= _PREFIXED and not piece.isdigit() if piece.isascii() else len(piece) == 1
    return f"'{piece}':{'*' if begins else ''}"


def _counts(pieces: Sequence[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [[_query(piece) + "ABCD" for piece in pieces]])
        return dict(zip(pieces, (count for (count,) in cursor.fetchall()), strict=True))


def _best(counts: dict[str, int], most: int) -> tuple[SearchResult, ...]:
    words = [_query(word) for word in counts]
    weights = [(_COMMON // count).bit_length() + 1 for count in counts.values()]
    facts: dict[str, Any] = {
        "words": words,
        "weights": weights,
        "any": " | ".join(f"{word}ABCD" for word in words),
        "most": 3 * most,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BEST, facts)
        rows = cursor.fetchall()
    best = max((covered for *_, covered in rows), default=0)
    return tuple(
        SearchResult(path, kind, _dict(names), _dict(lead))
        for path, kind, names, lead, covered in rows
        if covered * 5 >= best * 3
    )[:most]


def _dict(held: object) -> dict[str, str]:
    return dict(json.loads(held)) if isinstance(held, str) else dict(held)  # type: ignore[call-overload]


def _words() -> dict[str, int]:
    """Every word of Latin letters, and in how many entries it stands.

    Entries are never changed, only made anew.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST)
        return _words_until(connection.settings_dict["NAME"], cursor.fetchone()[0])


@lru_cache(maxsize=1)
def _words_until(database: str, newest: int | None) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_WORDS)
        return dict(cursor.fetchall())
