"""A sheet for the counter: the reader's case in Japanese and in his language,
from an address that holds nothing personal.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from tsuzuki.guide.load.claims import Brand
from tsuzuki.guide.topics.cards import cards
from tsuzuki.guide.topics.counter import CARDS, FEES, PAPERS, counter

from .claim_view import claim_view
from .guide_page import guide_page, of


def sheet(request: HttpRequest, brand: Brand, language: str) -> HttpResponse:
    held = counter()
    fields = {"job": held.jobs, "sim": held.sims, "pay": held.pays}
    chosen = {}
    for name, choices in fields.items():
        asked = request.GET.get(name, "")
        chosen[name] = asked if asked in choices else next(iter(choices))
    job, sim, pay = chosen["job"], chosen["sim"], chosen["pay"]
    claims = [claim for key in (*PAPERS, *FEES.get(job, ())) for claim in brand.about(key)]
    card = cards()[CARDS[job]]
    return guide_page(
        request,
        "sheet",
        language,
        of=of(brand, language),
        japanese_name=brand.names.ja,
        fields=[
            (name, [(id, words.to(language), id == chosen[name]) for id, words in choices.items()])
            for name, choices in fields.items()
        ],
        card=card,
        card_words=card.words.to(language),
        rows=[
            (fields[name][id].to("ja"), fields[name][id].to(language))
            for name, id in chosen.items()
            if name != "job"
        ],
        bring=[
            (item.words.to("ja"), item.words.to(language)) for item in held.bring if item.fits(job, sim, pay)
        ],
        claims=claim_view(brand, claims, language),
    )
