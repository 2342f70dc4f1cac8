"""Colours people can read, and nothing on the page that could run."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsuzuki.core.brand import STATUTORY, Brand, Contact, Shop, check
from tsuzuki.core.colour import TEXT, colour, contrast, readable_on
from tsuzuki.core.errors import Code, Refused

HEX = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


# What WebAIM's contrast checker says, https://webaim.org/resources/contrastchecker/
@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", "21.0"),
        ("#777777", "#ffffff", "4.48"),
        ("#ff0000", "#ffffff", "4.0"),
        ("#0000ff", "#ffffff", "8.59"),
    ],
)
def test_contrast_is_wcags(one, other, ratio):
    assert abs(contrast(one, other) - Fraction(ratio)) < Fraction(1, 100)


@given(HEX, HEX)
def test_contrast_goes_both_ways_and_stays_in_bounds(one, other):
    assert 1 <= contrast(one, other) == contrast(other, one) <= 21


@given(HEX, st.sampled_from(["#1d1f26", "#242c3d", "#fffdf9", "#ffffff", "#000000"]))
def test_any_colour_can_be_made_readable(wanted, ground):
    assert contrast(readable_on(wanted, ground), ground) >= TEXT


@given(HEX, st.sampled_from(["#1d1f26", "#fffdf9"]))
def test_a_readable_colour_stays_as_it_is(wanted, ground):
    if contrast(wanted, ground) >= TEXT:
        assert readable_on(wanted, ground) == wanted


def test_a_brand_is_taken_with_its_colours_tidied():
    assert check(Brand("Sakura SIM", colour=" #1F3F77 ")).colour == "#1f3f77"
    assert colour("#ABCDEF") == "#abcdef"


@pytest.mark.parametrize(
    ("brand", "code"),
    [
        (Brand("x", colour="blue"), Code.COLOUR_MALFORMED),
        (Brand("x", colour="#fff"), Code.COLOUR_MALFORMED),
        (Brand("x", colour="#ffee00"), Code.COLOUR_TOO_PALE),
        (Brand("x", accent="#ffee00"), Code.COLOUR_TOO_PALE),
        (Brand("  "), Code.BRAND_INCOMPLETE),
        (Brand("x", mail_from="Sakura SIM"), Code.SENDER_MALFORMED),
        (Brand("x", mail_from="Sakura <a@b.example, c@d.example>"), Code.SENDER_MALFORMED),
        (Brand("x", logo="<p>hello"), Code.LOGO_REFUSED),
        (Brand("x", logo="<svg><script>alert(1)</script></svg>"), Code.LOGO_REFUSED),
        (Brand("x", logo='<svg onload=alert(1)><path d="M0 0"/></svg>'), Code.LOGO_REFUSED),
        (Brand("x", logo="<svg/onload=alert(1)></svg>"), Code.LOGO_REFUSED),
        (Brand("x", logo='<svg><a href="https://x"><path/></a></svg>'), Code.LOGO_REFUSED),
        (Brand("x", logo='<svg><image href="https://x"/></svg>'), Code.LOGO_REFUSED),
        (Brand("x", logo="<svg></svg><img src=x onerror=alert(1)>"), Code.LOGO_REFUSED),
        (Brand("x", logo="<svg>" + "x" * 5000), Code.LOGO_REFUSED),
        (Brand("x", contacts=(Contact("phone", "03", link="javascript:alert(1)"),)), Code.LINK_REFUSED),
        (Brand("x", contacts=(Contact("pigeon", "03"),)), Code.BRAND_INCOMPLETE),
        (Brand("x", shops=(Shop({}, {}, map_link="http://x"),)), Code.LINK_REFUSED),
    ],
)
def test_what_cannot_be_read_or_could_run_is_refused(brand, code):
    with pytest.raises(Refused) as refusal:
        check(brand)
    assert refusal.value.code is code


def test_a_plain_drawing_is_a_logo():
    logo = (
        '<svg viewBox="0 0 10 10" role="img"><path fill="#c13a22" d="M0 0h10v10H0z"/><circle cx="5" '
        'cy="5" r="2"/></svg>'
    )
    assert check(Brand("x", logo=logo)).logo == logo


def test_what_the_law_wants_is_counted_by_topic_and_language():
    assert set(Brand("x").missing(("ja",))) == {f"{topic}.ja" for topic in STATUTORY} | {"phone"}
    by_chat = Brand(
        "x", contacts=(Contact("wechat", "shop"), Contact("web", "form"), Contact("mail", "a@example.jp"))
    )
    assert "phone" in by_chat.missing(()), "Art. 11 names a telephone number; a chat is none"
    whole = Brand(
        "x", legal={topic: {"ja": "あり"} for topic in STATUTORY}, contacts=(Contact("phone", "03"),)
    )
    assert whole.missing(("ja",)) == []
    assert whole.missing(("ja", "en")) == [f"{topic}.en" for topic in STATUTORY]
