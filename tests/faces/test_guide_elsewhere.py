"""What we say of other companies' lines: every fact has a source and three languages;
nothing is left unsaid.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from tests.language import YEN_SIGNS, one_language
from tsuzuki.guide.load.loader import brand, brands
from tsuzuki.guide.load.yaml_file import read as read_file
from tsuzuki.guide.other_carriers.apns import apns, apns_of
from tsuzuki.guide.other_carriers.company_pages import (
    FILE,
    HAPPENED,
    KINDS,
    PARTS,
    facts_of,
    first_holders,
    pages,
    phones_of,
)
from tsuzuki.strict_yaml import Wrong, read
from tsuzuki.ui.languages import SHIPPED
from tsuzuki.web import advice
from tsuzuki.web.advice import pieces, sections
from tsuzuki.web.allocation import first_holder, prefix_of
from tsuzuki.web.apns import of_guide, of_settings, rows

PAGES = pages()
# Names companies gave themselves; they are written so in every language.
OWN = re.compile(
    r"My (?:docomo|SoftBank|au)|Extend Service|TOP UP|d ACCOUNT|au ID|NTT|Epos Pay|Simple2|Y!mobile|WeChatPay"
    r"|my 楽天モバイル"
)


def facts():
    return [(code, fact) for code, page in PAGES.items() for fact in page.facts]


def test_every_fact_of_a_brand_is_on_exactly_one_page():
    """120 were moved here from a file of their own, with four telephone numbers: none is lost."""
    shown = Counter(fact for _, fact in facts())
    written = Counter(fact for one in brands() for fact in facts_of(one))
    own = Counter(fact for _, fact in facts() if fact.part == "gap" and fact not in written)
    assert shown - own == written
    assert sum(shown.values()) >= 120
    assert sum(len(page.phones) for page in PAGES.values()) >= 4
    assert {id for page in PAGES.values() for id in page.brands} == {
        one.id for one in brands() if one.elsewhere is not None
    }
    assert {fact.page for _, fact in facts()} <= {"", *PAGES}


def test_every_fact_has_its_place_its_languages_and_its_source():
    for code, fact in facts():
        assert fact.happened, (code, fact)
        assert fact.happened <= set(HAPPENED), (code, fact)
        if fact.part == "gap":
            assert (fact.source, fact.kind, fact.label) == ("", "", ""), (code, fact)
            continue
        assert fact.part in PARTS, (code, fact)
        assert fact.kind in KINDS, (code, fact)
        assert re.fullmatch(r"https?://[^\s<>\"]+", fact.source), (code, fact)
        assert fact.as_of <= date.today().isoformat(), (code, fact)  # the source cannot be from tomorrow


def test_the_words_of_parts_kinds_and_cases_are_complete():
    assert (tuple(advice.HAPPENED), tuple(advice.PARTS), tuple(advice.KINDS)) == (
        HAPPENED,
        PARTS,
        KINDS,
    )


@pytest.mark.parametrize("language", SHIPPED)
def test_each_text_keeps_to_its_language(language):
    for code, fact in facts():
        said = "".join(piece for japanese, piece in pieces(fact.words.to(language)) if not japanese)
        one_language(OWN.sub("", said), language)
        assert not any(sign in fact.words.to(language) for sign in YEN_SIGNS), code
    for page in PAGES.values():
        for phone in page.phones:
            one_language(phone.words.to(language), language)
            assert re.fullmatch(r"[\d-]+", phone.number)


@pytest.mark.parametrize("happened", HAPPENED)
@pytest.mark.parametrize("code", PAGES)
def test_no_case_is_a_dead_end(code, happened):
    """A step to take, or at least something known; and where it is about money, how to pay."""
    parts = {part for part, _, _ in sections(PAGES[code], happened, "en")}
    assert parts
    if happened == "unpaid" and code != "travel":
        assert parts >= {"do", "pay"}


ADVICE = """elsewhere:
  facts:
    - {for: [cut], part: do, kind: official, source: "https://x.example/", as_of: 2026-01, \
       en: a, ja: あ, zh-Hans: 啊}
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[cut]", "[cut, gone]", "x.yaml:3: for is a list of data, ended, unpaid, cut"),
        ("part: do", "part: say", "x.yaml:3: part is one of do, pay, know, gap"),
        ("part: do", "part: gap", "x.yaml:3: what we did not find has no source"),
        ("official", "rumour", "x.yaml:3: a fact has a source and its kind: official, press, user"),
        ("https://x.example/", "a friend", "x.yaml:3: a fact has a source and its kind"),
        ("as_of: 2026-01", "as_of: 2026-13", "x.yaml:3: '2026-13' is no date"),
        ("en: a,", "en: a, and so on,", "x.yaml:3: 'and so on' is not known here"),
        ("ja: あ, ", "", "x.yaml:3: a text is needed in each of en, ja, zh-Hans"),
        ("  facts:", "  fact:", "x.yaml:2: 'fact' is not known here"),
        (
            "  facts:",
            "  phones: [{source: x, en: a, ja: あ, zh-Hans: 啊}]\n  facts:",
            "x.yaml:2: number is missing",
        ),
    ],
)
def test_a_fact_that_is_not_as_it_must_be_is_refused_with_its_line(old, new, says):
    assert old in ADVICE
    row = read(ADVICE.replace(old, new, 1), "x.yaml").marked()
    changed = replace(brand("docomo"), elsewhere=row["elsewhere"])
    with pytest.raises(Wrong) as wrong:
        (*phones_of(changed), *facts_of(changed))
    assert str(wrong.value).startswith(says)


APN = "apns:\n  - {id: x, names: {en: X, ja: X, zh-Hans: X}, claim: apn.android, apn: 0, user: 1}\n"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("apn.android", "apn.gone", "x.yaml:2: softbank has 0 claims apn.gone; one is needed"),
        ("apn: 0, ", "", "x.yaml:2: apn is missing: the row of the table"),
        ("apn: 0", "apn: 9", "x.yaml:2: apn is the number of a row with a text, from 0, or a text"),
        ("user: 1", "users: 1", "x.yaml:2: 'users' is not known here"),
        ("claim: apn.android, ", "", "x.yaml:2: claim is missing"),
        ("apn.android", "late.cancelled_after", "x.yaml:2: late.cancelled_after holds no APN"),
    ],
)
def test_an_apn_that_its_claim_does_not_hold_is_refused_with_its_line(old, new, says):
    assert old in APN
    row = read(APN.replace(old, new, 1), "x.yaml").marked()
    with pytest.raises(Wrong) as wrong:
        apns_of(replace(brand("softbank"), apns=tuple(row["apns"])))
    assert str(wrong.value).startswith(says)


def test_labels_inside_a_text_are_told_apart():
    assert pieces("open 「利用料金」 and press this") == [
        (False, "open "),
        (True, "利用料金"),
        (False, " and press this"),
    ]
    assert pieces("「甲」「乙」") == [(True, "甲"), (True, "乙")]


@pytest.mark.parametrize(
    ("number", "holder"),
    [
        ("+819012344417", "KDDI"),
        ("+819045678901", "NTT Docomo"),
        ("+817012345678", "Softbank"),
        ("+8613812345678", ""),
        ("+12125550100", ""),
    ],
)
def test_a_guess_needs_the_prefix_and_no_more(number, holder):
    prefix = prefix_of(number)
    assert number[1:].startswith(prefix)
    assert len(number) - 1 - len(prefix) >= 5, "enough is left out to be nobody's number"
    assert first_holder(prefix) == holder
    assert not holder or first_holders()[holder] in PAGES


@pytest.mark.parametrize(
    "prefix", ["", "81", "8190", "81901234417", "8190\u0661\u0662\u0663", "81x0123", "<script>", "8190123\n"]
)
def test_a_prefix_that_is_none_guesses_nothing(prefix):
    assert first_holder(prefix) == ""


def test_every_apn_has_a_name_and_a_source():
    for code, apn in apns().items():
        shown = of_guide(apn, "ja")
        assert re.fullmatch(r"[a-z0-9.-]+", shown.apn), code
        assert shown.source.startswith("https://"), code
        assert shown.as_of, code
        assert rows(shown, "ja")[0] == ("APN", shown.apn)


def test_every_brand_with_apn_values_is_in_the_list():
    assert set(read_file(FILE)["apns"]) == {one.id for one in brands() if one.apns}
    assert apns()["povo"].apn.to("en") == "povo.jp"
    assert rows(of_guide(apns()["mineo-s"], "en"), "en") == [
        ("APN", "mineo-s.jp"),
        ("User name", "mineo@k-opti.com"),
        ("Password", "mineo"),
        ("Authentication type", "CHAP"),
    ]


def test_an_operators_own_apn_is_what_its_settings_say():
    assert of_settings({"timeout": 2}) is None
    assert rows(of_settings({"apn": "a.example", "apn_user": "u"}), "en") == [
        ("APN", "a.example"),
        ("User name", "u"),
    ]
