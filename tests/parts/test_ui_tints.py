"""A brand's colour on a page of either theme: the same hue, readable, and never as grey as a switched-off
button.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsuzuki.core.colour import TEXT, contrast, readable_on
from tsuzuki.ui.tints import GREY, NIGHT_WASH, ON_NIGHT, WASH, at_night, parts, tinted

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(COLOURS)
def test_a_tint_keeps_its_hue_and_is_a_colour(colour):
    for made in (
        at_night(colour),
        tinted(colour, *WASH),
        tinted(colour, *NIGHT_WASH),
        tinted(colour, *ON_NIGHT),
    ):
        assert len(made) == 7
        if parts(colour).chroma > 0.05 and parts(made).chroma > 0.03:
            turned = abs(parts(made).hue - parts(colour).hue)
            assert min(turned, 6.2832 - turned) < 0.25


@given(COLOURS)
def test_what_is_written_on_a_button_at_night_can_be_read(colour):
    ground = readable_on(at_night(colour), "#191c26")
    assert contrast(ground, tinted(colour, *ON_NIGHT)) >= TEXT


@pytest.mark.parametrize("colour", ["#1f4591", "#0b6b4f", "#7a1fa2", "#aa5500"])
def test_a_colourful_brand_is_colourful_at_night(colour):
    assert parts(at_night(colour)).chroma > 0.06


def test_grey_stays_grey():
    assert parts(at_night("#333333")).chroma < GREY
