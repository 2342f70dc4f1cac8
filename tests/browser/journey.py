"""The ways through the shop. Each yields the name of the page that is now in front of the person, so that a
test can look at it and a measurement can measure it; then it goes on. Nothing here is said in any language.
"""

from __future__ import annotations

from collections.abc import Iterator

from .chromium import Tab

NEXT = "main form.card button"
# What each reader's device is like.
HELD = {"zh-Hans": (320, "light"), "ja": (390, "dark"), "en": (1280, "light")}
PAY, DECLINE = "button[value=accept]", "button[value=refuse]"  # on the toy gateway's page


def renew(
    tab: Tab, start: str, typed: str = "", plan: str = "", method: str = "card", press: str = PAY
) -> Iterator[str]:
    """From a signed link, or from the first page with a number or an ICCID typed in, to the order.

    `gateway` is not ours.
    """
    tab.open(start)
    if typed:
        yield "home"
        tab.fill("input[name=number]", typed)
        tab.press(NEXT)
    yield "choose"
    if plan:
        choose(tab, plan)
    tab.mark(f"input[name=method][value={method}]")
    tab.press(NEXT)
    yield "confirm"
    if tab.has("input[name=email][required]"):
        tab.fill("input[name=email]", "mei@example.com")
    tab.press(NEXT)
    if method == "card":
        yield "gateway"
        tab.press(press)
    yield "order"


def choose(tab: Tab, plan: str) -> None:
    """Mark a plan, unfolding what hides it."""
    what = f"input[name=plan][value={plan}]"
    for fold in range(tab.has(f"details:has({what})")):
        folded = f"details:has({what}) >> nth={fold}"
        if not tab.ask("(what) => document.querySelectorAll('details')[what.n]?.open", {"n": fold}):
            tab.do(lambda page, folded=folded: page.click(f"{folded} >> summary >> nth=0"))
            tab.taps += 1
    tab.mark(what)


def through(steps: Iterator[str]) -> list[str]:
    """All the way; the names of the pages passed."""
    return list(steps)


def until(steps: Iterator[str], page: str) -> None:
    """Stop where this page is in front of the person."""
    for name in steps:
        if name == page:
            return
    raise AssertionError(f"never came to {page}")
