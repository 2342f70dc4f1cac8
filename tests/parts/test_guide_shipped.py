"""The guide as we ship it: no fault, no word missing, no two languages in one text."""

import re

import pytest

from tests.language import CJK, KANA, OWN_FORMS, one_language
from tests.parts.test_guide import TODAY
from tsuzuki.guide.check import check
from tsuzuki.guide.load import vocabulary
from tsuzuki.guide.load.claims import LANGUAGES, Text, Word, amounts, texts
from tsuzuki.guide.load.loader import brands


def test_what_we_ship_has_no_fault():
    report = check(TODAY)
    assert report.errors == ()
    assert len(report.brands) == 40
    assert sum(len(found.claims) + len(found.steps) for found in report.brands) == 715


def test_every_word_of_the_vocabulary_is_used_and_none_is_missing():
    held = vocabulary.vocabulary()
    assert {claim.key for found in brands() for claim in found.claims} == set(held.keys)
    codes = {
        piece.code
        for found in brands()
        for claim in found.claims
        for piece, _ in amounts(claim)
        if isinstance(piece, Word)
    }
    assert codes == set(held.codes)
    for key in held.keys:
        assert held.topic_of(key).words


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_vocabulary_is_in_one_language(language):
    held = vocabulary.vocabulary()
    names = {"WeChat Pay", "American Express", "Diners Club", "Apple Pay", "Google Pay", "My Y!mobile"}
    for section in (
        held.taxes,
        held.kinds,
        held.payment_models,
        held.source_kinds,
        held.confidences,
        held.bases,
        held.purposes,
    ):
        for words in section.values():
            one_language(words.to(language), language)
    for words in held.codes.values():
        if words.to(language) not in names and language == "en":
            one_language(words.to(language), language)


def test_no_text_we_ship_mixes_languages():
    """But for a term as it stands on a screen, in 「」."""
    for found in brands():
        said = [text for claim in found.claims for text in texts(claim)]
        said += [
            text
            for steps in found.steps
            for text in (steps.title, steps.note, steps.when, *(step.text for step in steps.do))
            if text
        ]
        for text in said:
            english, japanese, chinese = (re.sub("「[^」]*」", "", words) for words in text.all())
            assert not CJK.search(english), english
            assert not KANA.search(chinese), chinese
            japanese.encode(OWN_FORMS["ja"])
            chinese.encode(OWN_FORMS["zh-Hans"])


def test_no_three_texts_that_are_the_same():
    """What is the same in all languages is written as a literal, so that a reader of another language knows
    it is no translation.
    """
    for found in brands():
        for claim in found.claims:
            for piece, _ in amounts(claim):
                if isinstance(piece, Text):
                    assert len(set(piece.all())) > 1, claim.place
