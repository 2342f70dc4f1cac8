"""axe-core on a page as it stands: all its rules, whatever their weight."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import axe_playwright_python

from .chromium import Tab

RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations.map(
    one => `${one.id} (${one.impact}): ${one.help}: ` +
        `${one.nodes.map(node => node.html.slice(0, 160)).join(' | ')}`)"""


def violations(tab: Tab) -> list[str]:
    """In words; none is well.

    The tab's person must have scripts: axe waits for timers. The page itself is not changed.
    """
    tab.ask(_script() + ";0")
    found: list[str] = tab.ask(RUN)
    return found


@lru_cache(maxsize=1)
def _script() -> str:
    return Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
