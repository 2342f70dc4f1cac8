"""python -m tests.browser.pictures [--chosen]

Pictures of every page a customer sees: a shop of its own is opened, an order brought into each state, and
each page taken at 320, 390 and 1,280 px, light and dark, in every language, into var/pictures, to be looked
at. The few the README shows go to docs/pictures; `--chosen` takes only those.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from tests.prove import stage
from tsuzuki.cli import start
from tsuzuki.ui.languages import SHIPPED

from . import chromium, front, places
from .chromium import Chromium
from .front import Front

ROOT = Path(__file__).parent.parent.parent
ALL, CHOSEN = ROOT / "var" / "pictures", ROOT / "docs" / "pictures"
WIDTHS, THEMES = (320, 390, 1280), ("light", "dark")


@dataclass(frozen=True, slots=True)
class Chosen:
    """One for the README. `page`: a name of places.py."""

    file: str
    page: str
    language: str
    theme: str
    width: int = 390


README = (
    Chosen("choose-zh-Hans", "choose, ended", "zh-Hans", "light"),
    Chosen("confirm-ja", "confirm, to follow", "ja", "light"),
    Chosen("active-en", "active", "en", "light"),
    Chosen("refund-zh-Hans", "refund begun", "zh-Hans", "dark"),
)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.browser.pictures")
    parser.add_argument("--chosen", action="store_true", help="only the README's")
    only_chosen = parser.parse_args(arguments).chosen
    console = Console(highlight=False)
    try:
        with _open() as (shop, browser):
            addresses = places.all_of(shop, browser)
            _take_chosen(shop, browser, addresses)
            console.print(f"{len(README)} in {CHOSEN.relative_to(ROOT)}")
            if not only_chosen:
                console.print(f"{_take_all(shop, browser, addresses)} in {ALL.relative_to(ROOT)}")
    except chromium.NotHere as why:
        console.print(str(why))
        return 1
    return 0


@contextmanager
def _open() -> Iterator[tuple[Front, Chromium]]:
    start.set_up_log("quiet")
    with (
        tempfile.TemporaryDirectory(prefix="tsuzuki-pictures-") as folder,
        stage.server() as template,
        stage.database(template) as name,
        front.opened(name, Path(folder)) as shop,
        chromium.running() as browser,
        front.entered(shop),
    ):
        yield shop, browser


def _take_chosen(shop: Front, browser: Chromium, addresses: dict[str, str]) -> None:
    for one in README:
        with browser.person(one.language, one.width, one.theme, device_scale_factor=1.5) as reader:
            tab = reader.tab(f"{shop.url}/{one.language}{addresses[one.page]}")
            tab.picture(CHOSEN / f"{one.file}.png", whole=False)


def _take_all(shop: Front, browser: Chromium, addresses: dict[str, str]) -> int:
    count = 0
    for language in SHIPPED:
        for width in WIDTHS:
            for theme in THEMES:
                with browser.person(language, width, theme) as reader:
                    for page, url in addresses.items():
                        tab = reader.tab(f"{shop.url}/{language}{url}")
                        tab.picture(ALL / language / f"{_file(page)}-{width}-{theme}.png")
                        tab.close()
                        count += 1
    return count


def _file(page: str) -> str:
    return re.sub(r"\W+", "-", page)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
