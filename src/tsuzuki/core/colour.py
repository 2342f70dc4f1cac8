"""Contrast between two colours, by WCAG 2.2, success criteria 1.4.3 and 1.4.11
(https://www.w3.org/TR/WCAG22/).
"""

import re
from fractions import Fraction

from .errors import Code, Refused

# The least contrast of text, and of large text and parts of controls.
TEXT, LARGE = Fraction(9, 2), Fraction(3)
_HEX = re.compile(r"#[0-9a-f]{6}", re.ASCII | re.IGNORECASE)


def colour(text: str) -> str:
    """`#rrggbb` in lower case. Refused(colour_malformed)."""
    if not _HEX.fullmatch(text.strip()):
        raise Refused(Code.COLOUR_MALFORMED, colour=text[:20])
    return text.strip().lower()


def contrast(one: str, other: str) -> Fraction:
    """From 1 (the same) to 21 (black on white)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + Fraction(1, 20)) / (darker + Fraction(1, 20))


def readable_on(wanted: str, ground: str, least: Fraction = TEXT) -> str:
    """`wanted`, moved towards white or black (whichever is away from `ground`)
    just far enough to be read on it.
    """
    away = 255 if _luminance(ground) < Fraction(1, 5) else 0
    parts = _parts(wanted)
    for step in range(21):
        mixed = "#" + "".join(f"{part + (away - part) * step // 20:02x}" for part in parts)
        if contrast(mixed, ground) >= least:
            return mixed
    return "#ffffff" if away else "#000000"


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> Fraction:
    red, green, blue = (_linear(part) for part in _parts(colour))
    return (red * 2126 + green * 7152 + blue * 722) / 10_000


def _linear(part: int) -> Fraction:
    """sRGB to light. The power 2.4 is taken in whole numbers: x**2.4 is the fifth root of x**12."""
    if part <= 10:
        return Fraction(part * 100, 255 * 1292)
    numerator, denominator, scale = part * 1000 + 255 * 55, 255 * 1055, 10**6
    return Fraction(_root5(numerator**12 * scale**5 // denominator**12), scale)


def _root5(number: int) -> int:
    low, high = 0, 1 << (number.bit_length() // 5 + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**5 <= number else (low, middle - 1)
    return low
