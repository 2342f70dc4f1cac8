"""Pages across brands: where to begin, ways to pay, brands side by side, what happened, cards to show, 5G."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponse

from tsuzuki.guide.load.claims import Brand, Claim, Table, Word, pieces
from tsuzuki.guide.load.loader import brand_ids, brands
from tsuzuki.guide.load.vocabulary import vocabulary
from tsuzuki.guide.topics import chapters
from tsuzuki.guide.topics.cards import cards, situations
from tsuzuki.guide.topics.paying import METHODS, Answer, payable
from tsuzuki.guide.topics.topic_pages import Fact, topics
from tsuzuki.ui.languages import N_, translator

from ..page import wanted_language
from .claim_view import claim_view, network, origin, put
from .guide_page import find, guide_page, of

GROUPS = {
    "big": N_("docomo, au, SoftBank, Rakuten and their brands"), "small": N_("Smaller companies"),
    "visit": N_("Visitor SIMs and travel eSIMs"), "china": N_("Lines from China and Hong Kong"),
}  # fmt: skip
WAYS = {
    "foreign_card": N_("Card issued abroad"),
    "card": N_("Credit card"),
    "debit": N_("Debit card"),
    "prepaid": N_("Prepaid card"),
    "bank": N_("Bank debit"),
    "konbini": N_("Convenience store"),
    "paypay": N_("PayPay"),
    "alipay": N_("Alipay"),
    "wechat": N_("WeChat Pay"),
    "unionpay": N_("UnionPay"),
    "paypal": N_("PayPal"),
    "paidy": N_("Paidy"),
}
# The others are the vocabulary's.
ANSWERS = {Answer.DEPENDS: N_("It depends"), Answer.NOT_LISTED: N_("Not in the list we found")}
SIGNS = {Answer.YES: "○", Answer.DEPENDS: "△", Answer.NO: "×", Answer.NOT_LISTED: "–", Answer.UNKNOWN: "?"}
LOOKS = {
    Answer.YES: "good",
    Answer.DEPENDS: "warn",
    Answer.NO: "bad",
    Answer.NOT_LISTED: "",
    Answer.UNKNOWN: "",
}
WANTS = {
    "papers": N_("Papers"),
    "money": N_("Ways to pay"),
    "language": N_("Languages"),
    "term": N_("Minimum term and leaving"),
    "alive": N_("Staying alive"),
    "replace": N_("Replacing the SIM"),
}
VERDICTS = {"yes": N_("Supported"), "partly": N_("Partly"), "no": N_("Not supported")}
VERDICT_LOOKS = {"yes": "good", "partly": "warn", "no": "bad"}
SIDE_BY_SIDE = 3
# As Japanese phones name the steps; a phone set to another language says it in that one.
IPHONE_5G_JA = "設定 → モバイル通信 → 通信のオプション → 音声通話とデータ"
ANDROID_5G_JA = "設定 → ネットワークとインターネット → SIM → 優先ネットワークの種類"
IPHONE_5G = N_("Settings → Cellular → Cellular Data Options → Voice & Data")
ANDROID_5G = N_("Settings → Network & internet → SIMs → Preferred network type")


def index(request: HttpRequest, language: str = "") -> HttpResponse:
    language = language or wanted_language(request)
    say = translator(language)
    groups = [
        (say(GROUPS[id]), [(one.id, one.names.to(language)) for one in found])
        for id, found in chapters.grouped(brands()).items()
    ]
    return guide_page(
        request,
        "index",
        language,
        groups=groups,
        topics=[(id, one.title.to(language)) for id, one in topics().items()],
        count=len(brands()),
        claims=sum(len(one.claims) + len(one.steps) for one in brands()),
    )


def topic(request: HttpRequest, topic: str, language: str = "") -> HttpResponse:
    """What happened, whatever the brand; from here to the brand's own page of it."""
    language = language or wanted_language(request)
    found = topics().get(topic)
    if found is None:
        raise Http404
    listed = [
        (one.id, one.names.to(language))
        for group in chapters.grouped(brands()).values()
        for one in group
        if any(found.of(one))
    ]
    return guide_page(
        request,
        "topic",
        language,
        topic=topic,
        heading=found.title.to(language),
        lead=found.lead.to(language),
        do=[put(one, language) for one in found.do],
        facts=[_fact(one, language) for one in found.facts],
        brands=listed if found.claims else [],
        cards=[(id, cards()[id].words.to(language), cards()[id].words.ja) for id in found.cards],
    )


def _fact(fact: Fact, language: str) -> dict[str, object]:
    verdict = translator(language)(VERDICTS[fact.verdict]) if fact.verdict else ""
    return {
        "words": put(fact.words, language),
        "heard": put(fact.heard, language),
        "verdict": verdict,
        "look": VERDICT_LOOKS.get(fact.verdict, ""),
        "origin": origin(fact.source, language),
    }


def _words(answer: Answer, language: str) -> str:
    return (
        translator(language)(ANSWERS[answer])
        if answer in ANSWERS
        else vocabulary().answers[answer].to(language)
    )


def pay_with(request: HttpRequest, language: str = "") -> HttpResponse:
    """Every brand by every way to pay, as signs; the words are on the pages the signs belong to."""
    language = language or wanted_language(request)
    say = translator(language)
    rows = []
    for group in chapters.grouped(brands()).values():
        for one in group:
            answers = [payable(one, method).answer for method in METHODS]
            rows.append(
                (one.id, one.names.to(language), [(LOOKS[a], SIGNS[a], _words(a, language)) for a in answers])
            )
    return guide_page(
        request,
        "pay_with",
        language,
        methods=[(id, say(words)) for id, words in WAYS.items()],
        rows=rows,
        signs=[(LOOKS[one], SIGNS[one], _words(one, language)) for one in Answer],
    )


def pay_with_one(request: HttpRequest, method: str, language: str = "") -> HttpResponse:
    language = language or wanted_language(request)
    if method not in METHODS:
        raise Http404
    say = translator(language)
    answered = [payable(one, method) for group in chapters.grouped(brands()).values() for one in group]
    groups = []
    for answer in Answer:
        inside = [one for one in answered if one.answer is answer]
        if inside:
            groups.append(
                (
                    _words(answer, language),
                    LOOKS[answer],
                    [
                        (
                            one.brand.id,
                            one.brand.names.to(language),
                            claim_view(one.brand, one.claims, language),
                        )
                        for one in inside
                    ],
                )
            )
    return guide_page(
        request,
        "pay_with_one",
        language,
        method=say(WAYS[method]),
        groups=groups,
        more=[(id, say(words)) for id, words in WAYS.items() if id != method],
    )


def compare(request: HttpRequest, language: str = "") -> HttpResponse:
    """Brands by what they want of you: up to three side by side, all of them at a glance."""
    language = language or wanted_language(request)
    say = translator(language)
    chosen = list(dict.fromkeys(id for id in request.GET.getlist("brand")[:20] if id in brand_ids()))[
        :SIDE_BY_SIDE
    ]
    every = [one for group in chapters.grouped(brands()).values() for one in group]
    options = [(one.id, one.names.to(language)) for one in every]
    picks = [(n, chosen[n] if n < len(chosen) else "") for n in range(SIDE_BY_SIDE)]
    wants = []
    for id, keys in chapters.WANTS.items():
        wants.append(
            (
                say(WANTS[id]),
                [
                    (of(one, language), claim_view(one, chapters.known(one, keys, 3), language))
                    for one in map(find, chosen)
                ],
            )
        )
    return guide_page(
        request,
        "compare",
        language,
        options=options,
        picks=picks,
        wants=wants if chosen else [],
        glance=[] if chosen else [(one.id, one.names.to(language), _glance(one, language)) for one in every],
        signs=[(LOOKS[one], SIGNS[one], _words(one, language)) for one in Answer],
    )


def _glance(brand: Brand, language: str) -> list[tuple[str, str, str]]:
    paid = [payable(brand, method).answer for method in ("foreign_card", "konbini")]
    spoken = [_speaks(brand, tongue) for tongue in ("Chinese", "English")]
    return [(LOOKS[one], SIGNS[one], _words(one, language)) for one in (*paid, *spoken)]


def _speaks(brand: Brand, tongue: str) -> Answer:
    """Does some source say that help, a page or a shop speaks it? Silence is not no."""
    codes = {"Chinese": {"zh", "zh-Hans", "zh-Hant"}, "English": {"en"}}[tongue]
    for claim in brand.under("lang"):
        if codes & set(_codes(claim)) or (
            isinstance(claim.value, Table) and any(row.label.to("en") == tongue for row in claim.value.rows)
        ):
            return Answer.YES
    return Answer.UNKNOWN


def _codes(claim: Claim) -> Iterator[str]:
    return (piece.code for piece in pieces(claim.value) if isinstance(piece, Word))


def show_cards(request: HttpRequest, language: str = "") -> HttpResponse:
    """All of them on one page: opened once, it needs no network any more."""
    language = language or wanted_language(request)
    groups = [
        (
            id,
            words.to(language),
            [(card, card.words.to(language)) for card in cards().values() if card.situation == id],
        )
        for id, words in situations().items()
    ]
    return guide_page(request, "cards", language, groups=groups, count=len(cards()))


def show_card(request: HttpRequest, card: str, language: str = "") -> HttpResponse:
    language = language or wanted_language(request)
    found = cards().get(card)
    if found is None:
        raise Http404
    order = list(cards())
    return guide_page(
        request,
        "card",
        language,
        card=found,
        words=found.words.to(language),
        situation=situations()[found.situation].to(language),
        next=order[(order.index(card) + 1) % len(order)],
    )


def five_g(request: HttpRequest, language: str = "") -> HttpResponse:
    """Bands and APN by brand, how to check a phone; where 5G reaches is for the companies to say."""
    language = language or wanted_language(request)
    say, rows, maps = translator(language), [], []
    for group in chapters.grouped(brands()).values():
        for one in group:
            if one.area_map:
                maps.append((one.names.to(language), one.area_map))
            claims = [
                claim
                for claim in one.claims
                if claim.key.startswith(("nr.", "plan.5g", "network.generation", "apn"))
            ]
            if one.network or claims:
                rows.append(
                    (
                        one.id,
                        one.names.to(language),
                        network(one, language),
                        claim_view(one, claims, language),
                    )
                )
    return guide_page(
        request,
        "five_g",
        language,
        rows=rows,
        maps=maps,
        phones=[("iPhone", say(IPHONE_5G), IPHONE_5G_JA), ("Android", say(ANDROID_5G), ANDROID_5G_JA)],
    )
