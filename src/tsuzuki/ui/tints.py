"""Tints of the brand's colour for each theme, in OKLCH,
where equal steps look equal (https://bottosson.github.io/posts/oklab/).
"""

from math import atan2, cos, hypot, sin
from typing import NamedTuple

GREY = 0.02  # of less chroma than this a colour is grey, and its tints are too
# Lightness and chroma on the page at night, of what is written on it,
# and of the wash behind things in each theme.
NIGHT, ON_NIGHT, WASH, NIGHT_WASH = (0.784, 0.085), (0.21, 0.05), (0.945, 0.019), (0.293, 0.054)
LEAST_AT_NIGHT = 0.07  # less chroma makes a button look disabled


class Lch(NamedTuple):
    lightness: float
    chroma: float
    hue: float  # radians


def at_night(colour: str) -> str:
    """`#rrggbb` made light enough for a dark page, of the same hue and about as colourful."""
    lightness, most = NIGHT
    chroma = parts(colour).chroma
    return tinted(colour, lightness, chroma if chroma < GREY else max(LEAST_AT_NIGHT, min(chroma, most)))


def tinted(colour: str, lightness: float, chroma: float) -> str:
    """The hue of `colour` at another lightness and chroma; less colourful where a screen cannot show it."""
    own = parts(colour)
    wanted = own.chroma if own.chroma < GREY else chroma
    while wanted > 0 and not all(0 <= light <= 1 for light in _screen(Lch(lightness, wanted, own.hue))):
        wanted -= 0.005
    return "#" + "".join(
        f"{_encoded(light):02x}" for light in _screen(Lch(lightness, max(wanted, 0), own.hue))
    )


def parts(colour: str) -> Lch:
    red, green, blue = (_decoded(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return Lch(0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short, hypot(a, b), atan2(b, a))


def _screen(colour: Lch) -> tuple[float, float, float]:
    """Red, green and blue as light, 0 to 1 where a screen can show them."""
    a, b = colour.chroma * cos(colour.hue), colour.chroma * sin(colour.hue)
    long = (colour.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (colour.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (colour.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _decoded(part: int) -> float:
    value = part / 255
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)


def _encoded(light: float) -> int:
    light = min(max(light, 0), 1)
    return round(255 * (light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055))
