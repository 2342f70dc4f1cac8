"""The catalogues of words: complete in every language, and each reader's in its own domain."""

import re
import shutil
import subprocess
import sys

import pytest

from tests import catalogue
from tests.language import YEN_SIGNS, one_language
from tsuzuki.ui import formats, languages


def test_every_marked_sentence_is_translated_everywhere_and_nothing_else_is_kept():
    assert catalogue.problems() == []


def test_the_compiled_catalogues_say_what_the_written_ones_say():
    assert catalogue.stale() == []


def test_the_catalogue_check_bites(tmp_path):
    locales, source = tmp_path / "locale", tmp_path / "source"
    shutil.copytree(catalogue.LOCALES, locales)
    file = catalogue.po("ja", "shop", locales)
    file.write_text(file.read_text("utf-8").replace('msgstr "返金済み"', 'msgstr "返金完了"'), "utf-8")
    assert catalogue.stale(locales) == ["ja/shop"]
    text = file.read_text("utf-8")
    file.write_text(
        text.replace('msgstr "返金完了"', 'msgstr ""').replace('msgstr[0] "%(count)s分"', 'msgstr[0] ""')
        + '\nmsgid "Left over"\nmsgstr "残り"\n',
        "utf-8",
    )
    (source / "web" / "templates").mkdir(parents=True)
    (source / "web" / "templates" / "page.html").write_text(
        '<h1>\n  {% translate "A new word" %}\n    </h1>\n{% blocktranslate trimmed %}\n  Two {{ '
        "n }}\n  lines\n{% endblocktranslate %}",
        "utf-8",
    )
    (source / "web" / "page.py").write_text(
        'word = _("Another new word")\nwords = ngettext("%(n)s hour", "%(n)s hours", 3)\n', "utf-8"
    )
    (source / "office").mkdir()
    (source / "office" / "page.py").write_text('both = _("Another new word"), _("For staff")\n', "utf-8")
    found = catalogue.problems(source, locales)
    assert "ja/shop: missing: 'A new word' (web/templates/page.html)" in found
    assert "zh_Hans/shop: missing: 'Two %(n)s lines' (web/templates/page.html)" in found
    assert "ja/shop: missing: 'Another new word' (office/page.py)" in found
    assert "ja/shop: missing: '%(n)s hour' (web/page.py)" in found
    assert "ja/office: missing: 'For staff' (office/page.py)" in found
    assert not any("/office: missing: 'Another new word'" in problem for problem in found)
    assert "ja/shop: untranslated: 'Refunded'" in found
    assert "ja/shop: untranslated: '%(count)s minute'" in found
    assert "ja/shop: obsolete: 'Left over'" in found
    catalogue.add_missing(source, locales)
    assert '#: web/page.py\n#, python-format\nmsgid "%(n)s hour"' in file.read_text("utf-8")
    left = catalogue.problems(source, locales)
    assert left
    assert all(": untranslated: " in problem for problem in left)


@pytest.mark.parametrize("domain", languages.DOMAINS)
@pytest.mark.parametrize("locale", catalogue.LANGUAGES)
def test_translations_keep_their_placeholders_and_their_language(locale, domain):
    language = locale.replace("_", "-")
    for message in catalogue.written(locale, domain):
        if not message.id:
            continue
        sources = (message.id,) if isinstance(message.id, str) else tuple(message.id)
        for wording in catalogue.forms(message):
            assert languages.placeholders(wording) == languages.placeholders(sources[-1]), sources
            assert "%(" not in languages._PLACE.sub("", wording), wording
            assert not any(sign in wording + sources[0] for sign in YEN_SIGNS)
            assert wording.strip() == wording
            one_language(wording, language)


@pytest.mark.parametrize("domain", languages.DOMAINS)
@pytest.mark.parametrize("locale", catalogue.LANGUAGES)
def test_chinese_and_japanese_write_full_width_marks_between_their_characters(locale, domain):
    for message in catalogue.written(locale, domain):
        if message.id:
            for wording in catalogue.forms(message):
                assert not re.search(r"[\u3040-\u9fff][,;:!?()]|[,;:!?(][\u3040-\u9fff]", wording), wording


def test_every_word_of_a_customers_page_is_in_the_shops_catalogue():
    for locale in catalogue.LANGUAGES:
        shop = catalogue.sentences(catalogue.written(locale, "shop"))
        office = catalogue.sentences(catalogue.written(locale, "office"))
        assert not shop.keys() & office.keys()
        for text in (
            "Place the order and pay %(total)s",  # a template
            "Waiting for payment",  # a state
            "We have begun your refund.",  # a letter
            "Which company is your line with?",  # the guide
            "Refunded",  # said by both
        ):
            assert (None, text) in shop
        for text in ("Accounts of programs", "Please enter the reference number the carrier gave you."):
            assert (None, text) in office


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["1 minute", "2 minutes", "1 hour", "24 hours", "0 minutes"]),
        ("ja", ["1分", "2分", "1時間", "24時間", "0分"]),
        ("zh-Hans", ["1 分钟", "2 分钟", "1 小时", "24 小时", "0 分钟"]),
    ],
)
def test_a_number_in_a_sentence_has_the_form_of_its_language(language, said):
    assert [formats.span(seconds, language) for seconds in (60, 120, 3600, 86400, 0)] == said


def test_a_page_speaks_its_own_catalogue_and_the_office_both():
    # in its own process: Django can be configured once only, and other tests here need none
    script = """if True:
        from django.conf import settings
        settings.configure(USE_I18N=True, LANGUAGES=[("en", ""), ("ja", ""), ("zh-hans", "")])
        import django
        django.setup()
        from django.utils.translation import get_language, gettext, ngettext
        from tsuzuki.ui.activation import speaking
        from tsuzuki.ui.languages import catalogue
        for tag in ("en", "ja", "zh-Hans"):
            with speaking(tag, "shop"):
                print(gettext("Waiting for payment"), get_language())
                print(gettext("Accounts of programs"), gettext("This field is required."))
        print(catalogue.cache_info().currsize)
        for tag in ("ja", "zh-Hans"):
            with speaking(tag, "office"):
                print(gettext("Waiting for payment"), gettext("Accounts of programs"))
                print(gettext("This field is required."), ngettext("%(count)s hour", "%(count)s hours", 1))
                with speaking("en", "office"):
                    print(ngettext("%(count)s hour", "%(count)s hours", 1))
                print(gettext("Waiting for payment"))
        print(gettext("Waiting for payment"))"""
    ran = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", script],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    english = "Accounts of programs This field is required."
    assert ran.stdout.splitlines() == [
        *("Waiting for payment en", english),
        *("お支払い待ち ja", english),
        *("等待付款 zh-hans", english),
        "0",
        *("お支払い待ち プログラム用アカウント", "このフィールドは必須です。 %(count)s時間"),
        *("%(count)s hour", "お支払い待ち"),
        *("等待付款 程序账户", "这个字段是必填项。 %(count)s 小时"),
        *("%(count)s hour", "等待付款"),
        "Waiting for payment",
    ]


# languages
