"""The search's table, made anew from what the guide and the catalogue say now."""

from collections.abc import Iterable, Mapping

from django.db import connection, transaction

from tsuzuki.guide.load.claims import LANGUAGES, Words
from tsuzuki.guide.search.documents import Document, Kind, documents
from tsuzuki.records import models
from tsuzuki.segments import segments

PLAN = "plan"
WEIGHTS = "ABCD"  # names, what else it is called, what it says, what it adds
_LOCK = 0x7375_6368  # one at a time


@transaction.atomic
def index() -> int:
    """Everything; returns how many entries there are now."""
    _alone()
    models.SearchEntry.objects.all().delete()
    models.SearchEntry.objects.bulk_create([_entry(document) for document in documents()], batch_size=500)
    _plans()
    return models.SearchEntry.objects.count()


@transaction.atomic
def index_plans() -> None:
    """What is sold, after it changed."""
    _alone()
    models.SearchEntry.objects.filter(kind=PLAN).delete()
    _plans()


def _alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _plans() -> None:
    """Those with a price stand on the page of prices."""
    rows = (
        models.Plan.objects.select_related("carrier").filter(retired_at=None, prices__isnull=False).distinct()
    )
    entries = []
    for plan in rows:
        carrier = plan.carrier.names if plan.carrier else {}
        words: tuple[list[str], ...] = (
            [*plan.names.values(), plan.code],
            list(carrier.values()),
            [plan.technology],
            [],
        )
        entries.append(
            models.SearchEntry(
                path=f"fees#{plan.code}",
                kind=PLAN,
                prior=10 * Kind.PLAN,
                names=plan.names,
                lead=carrier,
                lexemes=lexemes(words),
            )
        )
    models.SearchEntry.objects.bulk_create(entries, batch_size=500)


def _entry(one: Document) -> models.SearchEntry:
    words = (one.names.all(), one.also, (*one.lead.all(), *one.text), one.more)
    return models.SearchEntry(
        path=one.path,
        kind=one.kind.name.lower(),
        prior=10 * one.kind + max(0, 9 - one.rank),
        names=_held(one.names),
        lead=_held(one.lead),
        lexemes=lexemes(words),
    )


def _held(text: Words) -> Mapping[str, str]:
    return {language: text.to(language) for language in LANGUAGES}


def lexemes(fields: Iterable[Iterable[str]]) -> str:
    """A tsvector's text: every piece once, with the weight of the first field it stands in.

    Pieces are letters and digits alone.
    """
    result: dict[str, str] = {}
    for weight, texts in zip(WEIGHTS, fields, strict=True):
        for text in texts:
            for piece in segments(text):
                result.setdefault(piece, weight)
    return " ".join(f"'{piece}':1{weight}" for piece, weight in sorted(result.items()))
