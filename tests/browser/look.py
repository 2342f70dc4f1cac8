"""What a page must keep at any width, theme and size of type; each finding in words, none is well."""

from __future__ import annotations

from . import axe
from .chromium import Tab

WIDTHS = (320, 390, 1280)
SMALLEST = 44  # px, each way
WIDER = (
    "() => Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - "
    "document.documentElement.clientWidth"
)
# The whole label is what a finger meets for a radio or a box in it. A link in the middle of a sentence is as
# large as its words: WCAG lets it be, and so do we.
SMALL = """(least) => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), summary, select, textarea')].flatMap(one => {
    const fold = one.closest('details:not([open])');
    if (fold && !(one.tagName === 'SUMMARY' && one.parentElement === fold)) return [];
    const words = one.tagName === 'A' && one.closest('p, li, small');
    if (words && words.textContent.trim().length > one.textContent.trim().length + 1) return [];
    const target = one.matches('input[type=radio], input[type=checkbox]') ? one.closest('label') || one : one;
    const {width, height} = target.getBoundingClientRect();
    if (!width || !height || (width >= least - 0.5 && height >= least - 0.5)) return [];
    const shown = one.outerHTML.replace(/href="[^"]*"/, '').slice(0, 90);
    return [`${shown} is ${Math.round(width)} x ${Math.round(height)}`];
})"""
CUT = """() => [...document.querySelectorAll('main *, header *, footer *')].flatMap(one => {
    const style = getComputedStyle(one);
    if (!['hidden', 'clip'].includes(style.overflowX)) return [];
    if (one.tagName === 'PROGRESS' || one.closest('svg')) return [];
    return one.scrollWidth > one.clientWidth + 1 ? [`cut off: ${one.outerHTML.slice(0, 90)}`] : [];
})"""


def wrong(tab: Tab) -> list[str]:
    """Sideways scrolling, targets too small for a thumb, words cut off."""
    found = [f"{too_wide} px too wide" for too_wide in [tab.ask(WIDER)] if too_wide > 0]
    return [*found, *tab.ask(SMALL, SMALLEST), *tab.ask(CUT)]


def wrong_anywhere(tab: Tab, turn: int) -> list[str]:
    """The same at every width and with type twice as large, as a reader sets it in the browser; each finding
    once. axe takes its time: it sees a page at one width, which one is the page's `turn`. 640 px is a window
    of 1,280 zoomed to 200 %.
    """
    found: dict[str, None] = {}
    for width in (*WIDTHS, 640):
        tab.do(lambda page, width=width: page.set_viewport_size({"width": width, "height": 844}))  # type: ignore[misc]
        found |= dict.fromkeys(wrong(tab))
        if width == WIDTHS[turn % len(WIDTHS)]:
            found |= dict.fromkeys(axe.violations(tab))
    tab.do(lambda page: page.set_viewport_size({"width": 390, "height": 844}))
    tab.ask("() => { document.documentElement.style.fontSize = '200%' }")
    return list(found | dict.fromkeys(wrong(tab)))
