"""From an empty database to the first sale: `init` and the office alone, in a real browser, outside sandbox
mode.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.faces.test_setup import answers, command, empty, environ, mail, write  # noqa: F401 (fixtures)

from .certificate import Certificate
from .chromium import Chromium, Tab
from .server import free_port, serving

PASSWORD = "correct horse battery"
ENGINE = "from tsuzuki.cli.start import boot; boot(); from django.utils import timezone; "
ENGINE += (
    "from tsuzuki.actions.order.advance import advance_until_still as go; from "
    "tsuzuki.actions.engine.clock import Clock; "
)
ENGINE += "go(Clock.read()); "
PROVED = (
    "import sys; from tsuzuki.actions.money.verify import verify; faults = verify(timezone.now()).faults; "
    "sys.exit(str(faults) if faults else 0)"
)


def test_an_operator_sells_for_the_first_time(
    browser: Chromium,
    trusted: Certificate,
    environ: dict[str, str],  # noqa: F811
    mail: object,  # noqa: F811
    tmp_path: Path,
) -> None:
    from tsuzuki.actions.people import totp

    port = free_port()
    file = write(tmp_path, answers(mail, url=f"https://127.0.0.1:{port}", proxies=0, plans="", mail=None))
    assert command(environ, "init", "--answers", str(file), "--json").returncode == 0
    given = {"TSUZUKI_DATA": environ["TSUZUKI_DATA"], "TSUZUKI_SANDBOX": "0"}
    with serving(port, trusted, environ=given) as web, browser.person("en", 1280, scripts=True) as sato:
        admin = sato.tab(web.url + "/office/")
        _sign_in(admin, totp, _secret(environ))
        _fill(
            admin,
            web.url + "/office/plans/add/",
            "plan",
            **{
                "code": "data-3gb",
                "name_en": "3 GB",
                "name_ja": "3 GB",
                "name_zh-Hans": "3 GB",
                "gives_data": "3 GB",
                "price": "990",
            },
        )
        _fill(
            admin,
            web.url + "/office/lines/add/",
            "line",
            number="090-1234-5678",
            iccid="8981 0300 0000 0000 019",
            email="",
        )
        with browser.person("zh-Hans") as mei:
            shop = mei.tab(web.url + "/")
            shop.fill("[name=number]", "09012345678")
            shop.press("main form button")
            shop.mark("[name=plan]")
            shop.mark("[name=method][value=cash]")
            shop.press("main form button")
            shop.press("main form button >> nth=0")
            assert "990 日元" in shop.text("main")
            _work(environ)  # the payment waits for the counter
            _done(admin, web.url, "receipt 1", "?list=unpaid")
            _work(environ)  # and the order for whoever acts in the carrier's portal
            _fits_a_phone(admin, web.url)
            _done(admin, web.url, "portal 77")
            _work(environ)
            shop.reload()
            assert "有效期至" in shop.text("h1")
        assert web.errors() == []
    proved = subprocess.run(
        [sys.executable, "-c", ENGINE + PROVED], env=environ, capture_output=True, text=True, timeout=120
    )
    assert proved.returncode == 0, proved.stderr


def _secret(environ: dict[str, str]) -> bytes:  # noqa: F811
    """What the owner's telephone has learnt from the picture `init` showed."""
    code = ENGINE + "from tsuzuki.actions.people import staff; from tsuzuki.records.models import Staff; "
    code += "print(staff.secret_of(Staff.objects.get()).hex())"
    said = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=120
    )
    return bytes.fromhex(re.findall(r"^[0-9a-f]+$", said.stdout, re.MULTILINE)[-1])


def _sign_in(admin: Tab, totp: object, secret: bytes) -> None:
    from django.utils import timezone

    admin.fill("#password [name=username]", "sato")
    admin.fill("#password [name=password]", PASSWORD)
    admin.press("#password button.act")
    admin.fill("[name=code]", totp.code(secret, totp.step_at(timezone.now())))  # type: ignore[attr-defined]
    admin.press("form button.act")
    assert "/office/sign-in" not in admin.url, admin.text()


def _fill(admin: Tab, url: str, form: str, **fields: str) -> None:
    assert admin.open(url) == 200, admin.text()
    for name, text in fields.items():
        admin.fill(f'#{form} [name="{name}"]', text)
    admin.press(f"#{form} .acts button.act >> nth=0")
    assert not admin.has(".wrong"), admin.text("main")
    assert not admin.url.endswith("/add/"), admin.text()


def _fits_a_phone(admin: Tab, url: str) -> None:
    """The work list in Japanese, whose dates are the longest: nothing is cut off at the edge of its box."""
    admin.open(url + "/office/me/")
    admin.do(lambda page: page.select_option("#speak [name=language]", "ja"))
    admin.press("#speak button.act")
    admin.do(lambda page: page.set_viewport_size({"width": 390, "height": 844}))
    admin.open(url + "/office/work/")
    assert "日本時間" in admin.text("table")
    wide = (
        "() => [...document.querySelectorAll('.box')].filter(one => one.scrollWidth > "
        "one.clientWidth).map(one => one.innerText)"
    )
    assert admin.ask(wide) == []
    admin.do(lambda page: page.set_viewport_size({"width": 1280, "height": 844}))


def _work(environ: dict[str, str]) -> None:  # noqa: F811
    """What the worker does when it is woken."""
    subprocess.run([sys.executable, "-c", ENGINE], env=environ, capture_output=True, check=True, timeout=120)


def _done(admin: Tab, url: str, reference: str, which: str = "") -> None:
    """The first task of the work list: begun, done, with the reference the other side gave."""
    admin.open(url + "/office/work/" + which)
    admin.press('a[href^="/office/work/a"] >> nth=0')
    if admin.has("#take"):  # a task the clock could withdraw is begun first
        admin.press("#take button.act")
    admin.fill("#done [name=reference]", reference)
    admin.press("#done button.act >> nth=0")
    assert not admin.has(".wrong"), admin.text()
