"""Normalising text that people type and programs send: digits of any script, any width, every kind of
blank and hyphen.
"""

import re
import unicodedata

# Not of Unicode's dash class, yet typed for a hyphen: minus, bullet, box line, katakana long vowel mark.
_DASHES = "−⁃─ー"
# Controls, line breaks, and what turns the text around it the other way:
# terminals obey the first, pages the last.
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """ASCII digits, blanks and hyphens for all that look like them.

    Invisible marks gone, the rest as NFKC has it.
    """
    return "".join(map(_sign, unicodedata.normalize("NFKC", text))).strip()


def compact(text: str) -> str:
    """plain() without blanks and hyphens."""
    return re.sub(r"[ \-]", "", plain(text))


def visible(text: str, keep: str = "") -> str:
    """Text from outside, harmless where it is shown: each control, line break and turn of direction but those
    in `keep` becomes «�».
    """
    return CONTROLS.sub(lambda match: match[0] if match[0] in keep else "\ufffd", text)


def written(text: str) -> str:
    """What people wrote into a field of several lines: line breaks stay, everything else is made visible."""
    return visible(text.replace("\r\n", "\n"), keep="\n\t").strip()


def one_spelling(text: str) -> str:
    """A word by which something is known again: of one width, single blanks, nothing that cannot be seen.
    Other than plain() it leaves the long vowels of names.
    """
    seen = "".join(
        " " if char.isspace() else char
        for char in unicodedata.normalize("NFKC", text)
        if unicodedata.category(char) != "Cf"
    )
    return " ".join(CONTROLS.sub("", seen).split())


def _sign(char: str) -> str:
    kind = unicodedata.category(char)
    if kind == "Nd":
        return str(unicodedata.decimal(char))
    if kind == "Pd" or char in _DASHES:
        return "-"
    if char.isspace():
        return " "
    return "" if kind == "Cf" else char
