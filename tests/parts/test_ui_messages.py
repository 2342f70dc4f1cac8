"""What is written to people: whole with all facts or none, one SMS long, one language, and a human way out on
each.
"""

from datetime import UTC, datetime

import pytest

from tests.language import YEN_SIGNS, one_language
from tsuzuki.core.money import Money
from tsuzuki.ui import formats, languages, messages, sms

FULL = {
    "number": "090-••••-4417",
    "code": "R-7K3QF",
    "url": "https://sakura.example/s/kY3vQ8",
    "date": "{date}",
    "starts": "{starts}",
    "ends": "{ends}",
    "expires": "{ends}",
    "pay_by": "{ends}",
    "contact": "03-0000-0000",
    "brand": "Sakura SIM",
    "seller": "Sakura SIM",
    "plan": "20 GB",
    "amount": "{amount}",
    "way": "•••• 4242",
    "voucher": "4111-2222",
    "lines": "{lines}",
}
START, END = datetime(2026, 11, 20, 15, tzinfo=UTC), datetime(2026, 12, 20, 15, tzinfo=UTC)
TOKYO = "Asia/Tokyo"
FAILING = (
    "refund_begun",
    "refunded",
    "refund_owed",
    "needs_you",
    "cancelled",
    "expired",
    "reversed",
    "disputed",
)


def full(language):
    filled = {
        "{date}": formats.moment(START, TOKYO, language),
        "{starts}": formats.moment(START, TOKYO, language),
        "{ends}": formats.moment(END, TOKYO, language, closing=True),
        "{amount}": formats.money(Money(2700, "JPY"), language),
        "{lines}": f"20 GB {formats.money(Money(2700, 'JPY'), language)}",
    }
    return {name: filled.get(text, text) for name, text in FULL.items()}


@pytest.mark.parametrize("language", languages.SHIPPED)
@pytest.mark.parametrize("kind", sorted(messages.KINDS))
def test_every_message_reads_well_with_all_its_facts_or_none(kind, language):
    everything = full(language)
    for facts in (
        {},
        everything,
        dict.fromkeys(everything),
        {**everything, "url": None},
        {"number": everything["number"]},
    ):
        words = messages.compose(kind, language, facts)
        for text in (words.subject, words.text, words.short):
            assert text.strip()
            assert "%(" not in text
            assert "None" not in text
            assert not any(sign in text for sign in YEN_SIGNS)
            assert "confirm" not in text.lower()
        assert "\n" not in words.subject + words.short
        assert "\n\n\n" not in words.text
        assert words.text.endswith("\n")
        assert not words.text.startswith("\n")
        own = words.text + words.short
        for fact in facts.values():
            own = own.replace(str(fact), "")
        one_language(own.replace("Sakura SIM", ""), language)
        assert all(len(line) <= 100 for line in words.text.splitlines())


@pytest.mark.parametrize("language", languages.SHIPPED)
@pytest.mark.parametrize("kind", sorted(messages.KINDS))
def test_every_mail_begins_with_the_number_and_ends_with_a_human_way_out(kind, language):
    mail = messages.compose(kind, language, full(language)).text
    assert "090-••••-4417" in mail.splitlines()[0]
    assert "03-0000-0000" in mail.splitlines()[-1]
    assert "R-7K3QF" in mail
    without = {**full(language), "contact": ""}
    assert "Sakura SIM" in messages.compose(kind, language, without).text.splitlines()[-1]
    assert messages.compose(kind, language, {}).text.splitlines()[-1] == languages.translator(language)(
        "Questions? Please ask the shop you bought from."
    )


@pytest.mark.parametrize("language", languages.SHIPPED)
def test_mails_carry_what_their_kind_is_about(language):
    facts = full(language)
    for kind, names in {
        "receipt": ("amount", "seller", "lines", "date", "code"),
        "activating": ("plan", "amount"),
        "active": ("plan", "starts", "ends"),
        "queued": ("plan", "starts", "ends"),
        "refund_begun": ("amount", "way"),
        "refunded": ("amount", "way"),
        "refund_owed": ("amount", "url", "contact", "code"),
        "needs_you": ("amount", "url", "pay_by"),
        "credit_added": ("amount", "expires"),
        "expired": ("url",),
        "reversed": ("url",),
        "new_voucher": ("voucher", "expires", "amount"),
    }.items():
        mail = messages.compose(kind, language, facts).text
        assert [name for name in names if facts[name] not in mail] == [], kind
    assert "{ends}" not in str(facts)


def test_a_voucher_is_money_and_stays_out_of_the_sms():
    for language in languages.SHIPPED:
        words = messages.compose("new_voucher", language, full(language))
        assert "4111-2222" in words.text
        assert "4111-2222" not in words.short + words.subject


def sms_fits(text, language):
    if language == "en" and all(sign in sms.GSM | sms.GSM_TWICE for sign in text):
        return len(text) + sum(sign in sms.GSM_TWICE for sign in text) <= 160
    return len(text.encode("utf-16-le")) <= 140


@pytest.mark.parametrize("language", languages.SHIPPED)
@pytest.mark.parametrize("kind", sorted(messages.KINDS))
def test_an_sms_is_one_sms_and_still_says_what_happened(kind, language):
    facts = full(language)
    short = messages.compose(kind, language, facts).short
    assert sms_fits(short, language)
    assert "Sakura SIM" in short
    assert "4417" in short or facts["url"] in short
    if language == "en":
        assert set(short) <= sms.GSM
    for changed in (
        {"url": "https://renew.a-rather-long-name.example/s/" + "k" * 43},
        {"brand": "株式会社さくらモバイルコミュニケーションズ東日本支社"},
        {"brand": "B" * 300},
        dict.fromkeys(facts, "長" * 300),
        {"brand": "🌸" * 20},
    ):
        short = messages.compose(kind, language, {**facts, **changed}).short
        assert sms_fits(short, language), (changed, short)
        assert "https" not in short or short.split("https")[1].split()[0] in {
            facts["url"][5:],
            changed.get("url", "")[5:],
        }


@pytest.mark.parametrize("language", languages.SHIPPED)
def test_dates_reach_the_sms_and_the_way_to_act_reaches_it_too(language):
    facts = full(language)
    assert facts["ends"] in messages.compose("active", language, facts).short
    assert facts["starts"] in messages.compose("queued", language, facts).short
    assert facts["ends"] in messages.compose("credit_added", language, facts).short
    assert facts["url"] in messages.compose("needs_you", language, facts).short
    assert facts["url"] in messages.compose("refund_owed", language, facts).short
    for kind in (
        "refund_begun",
        "refunded",
        "refund_declined",
        "cancelled",
        "expired",
        "reversed",
        "disputed",
    ):
        assert facts["contact"] in messages.compose(kind, language, facts).short, kind


def test_the_kinds():
    assert set(messages.KINDS) == set(
        """
        receipt activating active queued refund_begun refunded refund_owed needs_you cancelled
        expired credit_added reversed disputed dispute_won new_voucher refund_declined dates_moved
    """.split()
    )
    assert set(FAILING) <= messages.KINDS
    with pytest.raises(KeyError):
        messages.compose("advertisement", "en", {})


def test_patterns_name_only_known_facts():
    for pattern in messages._PATTERNS.values():
        flat = [
            line
            for wordings in pattern.text
            for line in ((wordings,) if isinstance(wordings, str) else wordings)
        ]
        assert (
            set().union(*(languages.placeholders(line) for line in (*pattern.subject, *flat, *pattern.short)))
            <= messages.FACTS
        )
        assert not languages.placeholders(pattern.subject[-1])
        assert not languages.placeholders(pattern.short[-1])


def test_facts_cannot_start_a_mail_header_or_a_format():
    words = messages.compose(
        "cancelled", "ja", {"number": "090\r\nBcc: x@example.com", "plan": "%(number)s", "contact": "a\nb"}
    )
    assert "\n" not in words.subject
    assert "\r" not in words.text
    assert "料金プラン：%(number)s" in words.text
    lines = messages.compose("receipt", "en", {"lines": ["20 GB  JPY 2,700\u202e", "Fee  JPY 0"]}).text
    assert "20 GB JPY 2,700\nFee JPY 0\n" in lines
