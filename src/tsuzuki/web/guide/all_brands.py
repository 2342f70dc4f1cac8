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
        (say(GROUPS[id]), [(brand.id, brand.names.to(language)) for brand in results])
        for id, results in chapters.grouped(brands()).items()
    ]
    return guide_page(
        request,
        "index",
        language,
        groups=groups,
        topics=[(id, topic.title.to(language)) for id, topic in topics().items()],
        count=len(brands()),
        claims=sum(len(brand.claims) + len(brand.steps) for brand in brands()),
    )


def topic(request: HttpRequest, topic: str, language: str = "") -> HttpResponse:
    """What happened, whatever the brand; from here to the brand's own page of it."""
    language = language or wanted_language(request)
    result = topics().get(topic)
    if result is None:
        raise Http404
    listed = [
        (brand.id, brand.names.to(language))
        for group in chapters.grouped(brands()).values()
        for brand in group
        if any(result.of(brand))
    ]
    return guide_page(
        request,
        "topic",
        language,
        topic=topic,
        heading=result.title.to(language),
        lead=result.lead.to(language),
        do=[put(entry, language) for entry in result.do],
        facts=[_fact(fact, language) for fact in result.facts],
        brands=listed if result.claims else [],
        cards=[(card, cards()[card].words.to(language), cards()[card].words.ja) for card in result.cards],
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
        for brand in group:
            answers = [payable(brand, method).answer for method in METHODS]
            rows.append(
                (
                    brand.id,
                    brand.names.to(language),
                    [(LOOKS[a], SIGNS[a], _words(a, language)) for a in answers],
                )
            )
    return guide_page(
        request,
        "pay_with",
        language,
        methods=[(id, say(words)) for id, words in WAYS.items()],
        rows=rows,
        signs=[(LOOKS[answer], SIGNS[answer], _words(answer, language)) for answer in Answer],
    )


def pay_with_one(request: HttpRequest, method: str, language: str = "") -> HttpResponse:
    language = language or wanted_language(request)
    if method not in METHODS:
        raise Http404
    say = translator(language)
    answered = [payable(brand, method) for group in chapters.grouped(brands()).values() for brand in group]
    groups = []
    for answer in Answer:
        inside = [entry for entry in answered if entry.answer is answer]
        if inside:
            groups.append(
                (
                    _words(answer, language),
                    LOOKS[answer],
                    [
                        (
                            entry.brand.id,
                            entry.brand.names.to(language),
                            claim_view(entry.brand, entry.claims, language),
                        )
                        for entry in inside
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
    every = [brand for group in chapters.grouped(brands()).values() for brand in group]
    options = [(brand.id, brand.names.to(language)) for brand in every]
    picks = [(n, chosen[n] if n < len(chosen) else "") for n in range(SIDE_BY_SIDE)]
    wants = []
    for id, keys in chapters.WANTS.items():
        wants.append(
            (
                say(WANTS[id]),
                [
                    (of(brand, language), claim_view(brand, chapters.known(brand, keys, 3), language))
                    for brand in map(find, chosen)
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
        glance=[]
        if chosen
        else [(brand.id, brand.names.to(language), _glance(brand, language)) for brand in every],
        signs=[(LOOKS[answer], SIGNS[answer], _words(answer, language)) for answer in Answer],
    )


def _glance(brand: Brand, language: str) -> list[tuple[str, str, str]]:
    paid = [payable(brand, method).answer for method in ("foreign_card", "konbini")]
    spoken = [_speaks(brand, tongue) for tongue in ("Chinese", "English")]
    return [(LOOKS[answer], SIGNS[answer], _words(answer, language)) for answer in (*paid, *spoken)]


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
    result = cards().get(card)
    if result is None:
        raise Http404
    order = list(cards())
    return guide_page(
        request,
        "card",
        language,
        card=result,
        words=result.words.to(language),
        situation=situations()[result.situation].to(language),
        next=order[(order.index(card) + 1) % len(order)],
    )


def five_g(request: HttpRequest, language: str = "") -> HttpResponse:
    """Bands and APN by brand, how to check a phone; where 5G reaches is for the companies to say."""
    language = language or wanted_language(request)
    say, rows, maps = translator(language), [], []
    for group in chapters.grouped(brands()).values():
        for brand in group:
            if brand.area_map:
                maps.append((brand.names.to(language), brand.area_map))
            claims = [
                claim
                for claim in brand.claims
                if claim.key.startswith(("nr.", "plan.5g", "network.generation", "apn"))
            ]
            if brand.network or claims:
                rows.append(
                    (
                        brand.id,
                        brand.names.to(language),
                        network(brand, language),
                        claim_view(brand, claims, language),
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
