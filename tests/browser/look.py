"""What a page must keep at any width, theme and size of type; each finding in words, none is well."""

from __future__ import annotations

from .chromium import Tab

SMALLEST = 44  # px, each way
WIDER = "() => Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - document.documentElement.clientWidth"
# The whole label is what a finger meets for a radio or a box in it. A link in the middle of a sentence is as large as its words: WCAG lets
# it be, and so do we.
SMALL = """(least) => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), summary, select, textarea')].flatMap(one => {
    const fold = one.closest('details:not([open])');
    if (fold && !(one.tagName === 'SUMMARY' && one.parentElement === fold)) return [];
    const words = one.tagName === 'A' && one.closest('p, li, small');
    if (words && words.textContent.trim().length > one.textContent.trim().length + 1) return [];
    const target = one.matches('input[type=radio], input[type=checkbox]') ? one.closest('label') || one : one;
    const {width, height} = target.getBoundingClientRect();
    if (!width || !height || (width >= least - 0.5 && height >= least - 0.5)) return [];
    return [`${one.outerHTML.replace(/href="[^"]*"/, '').slice(0, 90)} is ${Math.round(width)} x ${Math.round(height)}`];
})"""
CUT = """() => [...document.querySelectorAll('main *, header *, footer *')].flatMap(one => {
    const style = getComputedStyle(one);
    if (!['hidden', 'clip'].includes(style.overflowX) || one.tagName === 'PROGRESS' || one.closest('svg')) return [];
    return one.scrollWidth > one.clientWidth + 1 ? [`cut off: ${one.outerHTML.slice(0, 90)}`] : [];
})"""


def wrong(tab: Tab) -> list[str]:
    """Sideways scrolling, targets too small for a thumb, words cut off."""
    found = [f"{too_wide} px too wide" for too_wide in [tab.ask(WIDER)] if too_wide > 0]
    return [*found, *tab.ask(SMALL, SMALLEST), *tab.ask(CUT)]


def double_type(tab: Tab) -> None:
    """As a reader who sets the type of the browser to 200 %."""
    tab.ask("() => { document.documentElement.style.fontSize = '200%' }")
