"""The HTML part of a mail, made from the words of its text part: nothing is said here that is not said there.

Safe in the dark: nothing but the button has a colour of its own, so a reader's program may turn it as it
likes. No remote picture, no style sheet, inline styles only, as mail programs want it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from tsuzuki.core.brand import Brand

from .messages import MessageText

_FACT = re.compile(r"^(.{1,24}?)(?:: |：)(.+)$")
_FONT = (
    "font-family:system-ui,-apple-system,'Segoe UI','Hiragino Sans','PingFang SC',"
    "'Noto Sans CJK SC',sans-serif"
)
_CELL = "padding:6px 0;border-bottom:1px solid #99999955;font-size:15px;line-height:22px"


def mail_html(words: MessageText, brand: Brand, language: str, url: str) -> str:
    """`url`: the one link of the mail; its line becomes the button.

    Nothing is assumed of where that line stands.
    """
    first, _, rest = words.text.strip().partition("\n")
    blocks = "".join(
        _block(block.split("\n"), brand, url) for block in re.split(r"\n\n+", rest.strip("\n")) if block
    )
    return (
        f'<!doctype html><html lang="{escape(language, quote=True)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta '
        'name="color-scheme" content="light dark">'
        '<meta name="supported-color-schemes" content="light '
        f'dark"><title>{escape(words.subject)}</title></head>'
        f'<body style="margin:0;padding:0;{_FONT}"><div style="max-width:520px;margin:0 auto;padding:20px">'
        '<p style="margin:0 0 18px;padding:0 0 10px;border-bottom:4px solid '
        f'{brand.accent};font-size:18px;font-weight:700">'
        f'{escape(brand.name)}</p><h1 style="margin:0 0 '
        f'14px;font-size:21px;line-height:29px">{escape(first)}</h1>'
        f"{blocks}</div></body></html>"
    )


def _block(lines: list[str], brand: Brand, url: str) -> str:
    """Lines between two blank ones: sentences, a table of facts, the button, in the order they stand in."""
    return "".join(_drawn(kind, results, brand, url) for kind, results in _runs(lines, url))


def _runs(lines: list[str], url: str) -> Iterator[tuple[str, list[str]]]:
    """Neighbours of one kind together."""
    kinds = ["button" if url and url in line else "fact" if _FACT.match(line) else "said" for line in lines]
    start = 0
    for place in range(1, len(lines) + 1):
        if place == len(lines) or kinds[place] != kinds[start]:
            yield kinds[start], lines[start:place]
            start = place


def _drawn(kind: str, lines: list[str], brand: Brand, url: str) -> str:
    if kind == "fact":
        rows = "".join(
            f'<tr><td style="{_CELL};padding-right:16px;opacity:.75;white-space:nowrap;vertical-align:top">'
            f"{escape(name)}</td>"
            f'<td style="{_CELL};text-align:right">{escape(value)}</td></tr>'
            for name, value in (_FACT.findall(line)[0] for line in lines)
        )
        return (
            '<table role="presentation" style="width:100%;border-collapse:collapse;margin:0 0 18px">'
            f"{rows}</table>"
        )
    if kind == "button":
        look = (
            "display:block;margin:0 0 18px;padding:15px 18px;"
            f"border-radius:14px;background:{brand.colour};color:#ffffff"
        )
        return "".join(
            f'<a href="{escape(url, quote=True)}" '
            f'style="{look};font-size:17px;font-weight:600;text-align:center;text-decoration:none">'
            f"{escape(line.replace(url, '').strip(' :：'))}</a>"
            for line in lines
        )
    return (
        '<p style="margin:0 0 '
        f'14px;font-size:16px;line-height:25px">{"<br>".join(escape(line) for line in lines)}</p>'
    )
