"""The style sheet as it stands in a page: the brand's colours put in, made small,
and its hash for the Content-Security-Policy.
"""

from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from rcssmin import cssmin

from tsuzuki.core.colour import LARGE, readable_on

from .tints import NIGHT_WASH, ON_NIGHT, WASH, at_night, tinted

DARK_CARD = "#191c26"  # what the brand's colours are read on at night; look.css has the same


class Style(NamedTuple):
    css: str
    source: str  # for `style-src`


@lru_cache(maxsize=16)
def style(main: str, mark: str, more: str = "") -> Style:
    """`main`, `mark`: the brand's colours, checked for the light theme; the dark one has its own tints of
    them. `more`: a second sheet beside look.css, for pages that need it.
    """
    text = "".join(
        Path(__file__).with_name(f"{name}.css").read_text("utf-8") for name in ("look", more) if name
    )
    dark_wash = tinted(main, *NIGHT_WASH)
    colours = {
        "LIGHT_MAIN": main,
        "LIGHT_MARK": mark,
        "LIGHT_WASH": tinted(main, *WASH),
        "DARK_MAIN": readable_on(readable_on(at_night(main), DARK_CARD), dark_wash),
        "DARK_ON": tinted(main, *ON_NIGHT),
        "DARK_MARK": readable_on(at_night(mark), DARK_CARD, LARGE),
        "DARK_WASH": dark_wash,
    }
    for name, colour in colours.items():
        text = text.replace(name, colour)
    css = cssmin(text)
    return Style(css, f"'sha256-{b64encode(sha256(css.encode()).digest()).decode()}'")
