"""One Chromium for a whole test process: the system's own, never one that was downloaded. A context, and so a
person, per test.

Playwright lives in a thread of its own: its event loop in a test's thread would make Django refuse the
database there, and asyncio.run fail in every other test of the process.

    python -m tests.browser.chromium      installs what is missing, where it can (CI does)
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import Browser as PlaywrightBrowser
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from tests import debian
from tests.debian import NotHere

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The same browser without windows: a context costs half.
PACKAGES = ("chromium-headless-shell", "fonts-noto-cjk")
HOW = (
    "The browser tests need Chromium and a font with Chinese and Japanese: apt-get install "
    "chromium-headless-shell fonts-noto-cjk"
)
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 20_000  # a busy machine is slow; nothing that works waits so long
# Whether the focus is where it should be, and whether one sees it: an outline of its own, or of the label
# around it.
FOCUS = """(what) => {
    const on = document.activeElement, outline = one => one && getComputedStyle(one).outlineStyle !== 'none';
    const shown = on === document.body || outline(on) || outline(on.closest('label'));
    return {there: on.matches(what), shown, on: on.outerHTML.slice(0, 120)};
}"""
T = TypeVar("T")


def find() -> str | None:
    debians = [
        path for path in map(Path, ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")) if path.exists()
    ]
    return str(debians[0]) if debians else next(filter(None, map(shutil.which, NAMES)), None)


def ensure() -> str:
    """The path of a browser, installed now where this is Debian and we are root; else NotHere says what to
    do.
    """
    try:
        debian.ensure(lambda: bool(find()) and _reads_chinese(), PACKAGES, HOW)
    except NotHere:
        if not find():
            raise  # one that lacks only the font goes on
    path = find()
    assert path
    return path


def _reads_chinese() -> bool:
    tool = shutil.which("fc-list")
    return bool(
        tool and subprocess.run([tool, ":lang=zh-cn"], capture_output=True, check=False, timeout=60).stdout
    )


class Chromium:
    """The running browser. What touches it is handed to its thread: `do(act, ...)`."""

    def __init__(self, thread: ThreadPoolExecutor, browser: PlaywrightBrowser) -> None:
        self._thread, self._browser = thread, browser

    def do(self, act: Callable[..., T], *given: object) -> T:
        return self._thread.submit(act, *given).result()

    @property
    def version(self) -> str:
        return self._browser.version

    @contextmanager
    def person(
        self, language: str = "en", width: int = 390, theme: str = "light", scripts: bool = False, **more: Any
    ) -> Iterator[Person]:
        """Someone with a phone of their own: nothing is remembered from anyone before."""
        options = {
            "locale": language,
            "viewport": {"width": width, "height": 844},
            "color_scheme": theme,
            "java_script_enabled": scripts,
            **more,
        }
        context = self.do(lambda: self._browser.new_context(**options))
        try:
            self.do(context.set_default_timeout, PATIENCE_MS)
            yield Person(self, context)
        finally:
            self.do(context.close)


class Person:
    """A browser context: its tabs share cookies, as a phone's do."""

    def __init__(self, chromium: Chromium, context: BrowserContext) -> None:
        self.chromium, self.context, self.do = chromium, context, chromium.do

    def tab(self, url: str = "") -> Tab:
        tab = Tab(self, self.do(self.context.new_page))
        if url:
            tab.open(url)
        return tab

    def cookies(self) -> int:
        """Bytes a request would carry."""
        return len("; ".join(f"{one['name']}={one['value']}" for one in self.do(self.context.cookies)))


class Tab:
    """What a person does with a page, in the words of a journey.

    `do` is for everything else; CSS and Playwright selectors.
    """

    def __init__(self, person: Person, page: Page) -> None:
        self.person, self.page = person, page
        self.taps = self.fields = 0  # what the person had to do

    def do(self, act: Callable[[Page], T]) -> T:
        return self.person.do(act, self.page)

    def open(self, url: str) -> int:
        """Type an address; the status of the answer."""
        answer = self.do(lambda page: page.goto(url))
        return answer.status if answer else 0

    def press(self, what: str) -> int:
        """Tap what leads to another page, and see it; the status of its answer."""

        def tap(page: Page) -> int:
            with page.expect_navigation() as going:
                page.click(what)
            return going.value.status if going.value else 0

        self.taps += 1
        return self.do(tap)

    def press_twice(self, what: str) -> None:
        """Tap it twice at once: the second tap leads somewhere too and breaks off what the first began, if it
        is not there yet.
        """

        def tap(page: Page) -> None:
            with page.expect_event("framenavigated"):
                page.click(what, click_count=2)
            page.wait_for_load_state("networkidle")

        self.taps += 2
        self.do(tap)

    def mark(self, what: str) -> None:
        """Tap a choice that is not marked yet."""
        if not self.do(lambda page: page.is_checked(what)):
            self.taps += 1
            self.do(lambda page: page.check(what))

    def fill(self, field: str, text: str) -> None:
        self.fields += 1
        self.do(lambda page: page.fill(field, text))

    def type(self, text: str) -> None:
        """By the keyboard, wherever the focus is."""
        self.do(lambda page: page.keyboard.type(text))

    def key(self, *names: str) -> None:
        for name in names:
            self.do(lambda page, name=name: page.keyboard.press(name))

    def enter(self) -> None:
        """Press Enter where the focus is, and see the page that follows."""

        def press(page: Page) -> None:
            with page.expect_navigation():
                page.keyboard.press("Enter")

        self.do(press)

    def focus(self, what: str, most: int = 80) -> None:
        """Get there by the Tab key alone, the focus to be seen at every stop."""
        for _ in range(most):
            self.key("Tab")
            seen = self.ask(FOCUS, what)
            assert seen["shown"], f"the focus cannot be seen on {seen['on']}"
            if seen["there"]:
                return
        raise AssertionError(f"the Tab key never comes to {what}")

    def back(self) -> None:
        self.do(lambda page: page.go_back())

    def reload(self) -> None:
        self.do(lambda page: page.reload())

    def refreshes(self) -> int:
        """Load the page; the seconds after which it will look again by itself, 0 for never."""
        answer = self.do(lambda page: page.reload())
        return int(self.do(lambda page: answer.header_value("refresh") if answer else None) or 0)

    def close(self) -> None:
        self.do(lambda page: page.close())

    def ask(self, script: str, given: object = None) -> Any:
        """Look at the page as a developer would; works where the page's own scripts are off, too."""
        return self.do(lambda page: page.evaluate(script, given))

    def has(self, what: str) -> int:
        return self.do(lambda page: page.locator(what).count())

    def text(self, what: str = "body") -> str:
        return self.do(lambda page: page.inner_text(what))

    @property
    def url(self) -> str:
        return self.do(lambda page: page.url)

    @property
    def html(self) -> str:
        return self.do(lambda page: page.content())

    def picture(self, file: Path, whole: bool = True) -> Path:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.do(lambda page: page.screenshot(path=file, full_page=whole, animations="disabled"))
        return file


@contextmanager
def running(*arguments: str) -> Iterator[Chromium]:
    path = ensure()
    with ThreadPoolExecutor(1, "chromium") as thread:
        playwright: Playwright = thread.submit(sync_playwright().start).result()
        try:
            launch = playwright.chromium.launch
            browser = thread.submit(
                lambda: launch(executable_path=path, headless=True, args=[*ARGUMENTS, *arguments])
            ).result()
            yield Chromium(thread, browser)
            thread.submit(browser.close).result()
        finally:
            thread.submit(playwright.stop).result()


if __name__ == "__main__":
    try:
        print(ensure())
    except NotHere as why:
        sys.exit(str(why))
