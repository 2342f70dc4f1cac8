"""What we say of other companies' lines: every fact has a source, three languages and one language at a time; nothing is left unsaid."""

from __future__ import annotations

import re
from datetime import date

import pytest
import yaml

from tests.language import YEN_SIGNS, one_language
from tsuzuki.core.allocation import first_holder, prefix_of
from tsuzuki.ui import apns, networks
from tsuzuki.ui.languages import SHIPPED

NETWORKS = networks.networks()
KEYS = {"for", "part", "label", "kind", "source", "as_of", *SHIPPED}
# Names companies gave themselves; they are written so in every language.
OWN = re.compile(r"My (?:docomo|SoftBank|au)|Extend Service|TOP UP|d ACCOUNT|au ID|NTT|Epos Pay|Simple2|Y!mobile|WeChatPay|my 楽天モバイル")


def written():
    file = networks.Path(networks.__file__).with_name("networks.yaml")
    return yaml.safe_load(file.read_text("utf-8"))


def facts():
    return [(code, fact) for code, network in NETWORKS.items() for fact in network.facts]


def test_the_file_says_only_what_the_program_reads():
    """In YAML's short form a comma ends a sentence: what came after it would be an unknown key."""
    for code, row in written().items():
        assert set(row) <= {"names", "notes", "monthly", "phones", "facts"}, code
        assert [fact for fact in row["facts"] if set(fact) - KEYS] == [], code
        assert [one for one in row.get("phones", ()) if set(one) != {"number", "source", *SHIPPED}] == [], code


def test_every_fact_has_its_place_its_languages_and_its_source():
    for code, fact in facts():
        assert fact.happened, (code, fact)
        assert fact.happened <= networks.HAPPENED.keys(), (code, fact)
        assert set(fact.words) == set(SHIPPED), (code, fact)
        if fact.part == "gap":
            assert (fact.source, fact.kind, fact.label) == ("", "", ""), (code, fact)
            continue
        assert fact.part in networks.PARTS, (code, fact)
        assert fact.kind in networks.KINDS, (code, fact)
        assert re.fullmatch(r"https?://[^\s<>\"]+", fact.source), (code, fact)
        assert not fact.as_of or re.fullmatch(r"20\d\d(-\d\d(-\d\d)?)?", fact.as_of), (code, fact)
        assert fact.as_of <= date.today().isoformat(), (code, fact)  # the source cannot be from tomorrow


@pytest.mark.parametrize("language", SHIPPED)
def test_each_text_keeps_to_its_language(language):
    for code, fact in facts():
        said = "".join(piece for japanese, piece in networks.pieces(fact.words[language]) if not japanese)
        one_language(OWN.sub("", said), language)
        assert not any(sign in fact.words[language] for sign in YEN_SIGNS), code
    for network in NETWORKS.values():
        assert network.names[language], network.code
        for phone in network.phones:
            one_language(phone.words[language], language)
            assert re.fullmatch(r"[\d-]+", phone.number)


@pytest.mark.parametrize("happened", networks.HAPPENED)
@pytest.mark.parametrize("code", NETWORKS)
def test_no_case_is_a_dead_end(code, happened):
    """A step to take, or at least something known; and where it is about money, how to pay."""
    parts = {part for part, _, _ in networks.sections(NETWORKS[code], happened, "en")}
    assert parts
    if happened == "unpaid" and code != "travel":
        assert parts >= {"do", "pay"}


def test_labels_inside_a_text_are_told_apart():
    assert networks.pieces("open 「利用料金」 and press this") == [(False, "open "), (True, "利用料金"), (False, " and press this")]
    assert networks.pieces("「甲」「乙」") == [(True, "甲"), (True, "乙")]


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
    assert not holder or networks.FIRST_HOLDERS[holder] in NETWORKS


@pytest.mark.parametrize("prefix", ["", "81", "8190", "81901234417", "8190\u0661\u0662\u0663", "81x0123", "<script>", "8190123\n"])
def test_a_prefix_that_is_none_guesses_nothing(prefix):
    assert first_holder(prefix) == ""


def test_every_apn_has_a_name_and_a_source():
    for code, apn in apns.APNS.items():
        assert re.fullmatch(r"[a-z0-9.-]+", apn.apn), code
        assert apn.source.startswith("https://"), code
        assert apn.as_of, code
        assert all(apns.title(code, language) for language in SHIPPED)
        assert apns.rows(apn, "ja")[0] == ("APN", apn.apn)


def test_an_operators_own_apn_is_what_its_settings_say():
    assert apns.of_settings({"timeout": 2}) is None
    assert apns.rows(apns.of_settings({"apn": "a.example", "apn_user": "u"}), "en") == [("APN", "a.example"), ("User name", "u")]
