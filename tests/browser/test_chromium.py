"""The browser itself: found, or said in one line what to install; and who looks at a page looks at nothing
another person left.
"""

import asyncio

import pytest

from tests import debian

from . import chromium
from .chromium import Chromium
from .conftest import leave_out


def test_without_a_browser_and_without_rights_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chromium, "find", lambda: None)
    monkeypatch.setattr(debian.os, "getuid", lambda: 1000)
    with pytest.raises(chromium.NotHere) as said:
        chromium.ensure()
    assert "apt-get install chromium-headless-shell fonts-noto-cjk" in str(said.value)
    assert "\n" not in str(said.value)


def test_the_gate_leaves_nothing_out() -> None:
    with pytest.raises(pytest.fail.Exception):
        leave_out("no browser", {"CI": "1"})
    with pytest.raises(pytest.skip.Exception):
        leave_out("no browser", {})


def test_people_share_nothing_and_tabs_of_one_do(browser: Chromium) -> None:
    cookie = {"name": "a", "value": "12345", "url": "https://shop.example"}
    with browser.person() as mei, browser.person() as other:
        mei.do(lambda: mei.context.add_cookies([cookie]))
        assert (mei.cookies(), other.cookies()) == (len("a=12345"), 0)


def test_scripts_are_off_unless_asked_for(browser: Chromium) -> None:
    page = "<!doctype html><title>off</title><script>document.title = 'on'</script>"
    for scripts, title in ((False, "off"), (True, "on")):
        with browser.person(scripts=scripts) as reader:
            tab = reader.tab()
            tab.do(lambda page_: page_.set_content(page))
            assert tab.do(lambda page_: page_.title()) == title


def test_a_test_may_run_a_loop_of_its_own_beside_the_browser(browser: Chromium) -> None:
    """Playwright's own loop is in another thread: Django and asyncio.run do not meet it here."""

    async def nothing() -> str:
        return "ran"

    assert asyncio.run(nothing()) == "ran"
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
