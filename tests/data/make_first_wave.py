"""Makes `first_wave.sql.gz`: a database filled by the first version of this program, commit 6b0db1a, and what
people hold of it.

In a checkout of that commit with an environment of its own:
    cp THIS tests/actions/test_make_first_wave.py && FIRST_WAVE=FOLDER .venv/bin/python -m pytest -q
    tests/actions/test_make_first_wave.py

Beside the dump lies `first_wave.json`: codes, links, passwords and keys as they were handed out, by the
secret of sandbox mode.
"""

import gzip
import json
import os
import subprocess
from datetime import timedelta
from pathlib import Path

from tests import cast
from tests.actions.conftest import after
from tests.cast import NOON

PASSWORD = "correct horse battery"
ACTOR = "staff sato"


def test_make(shop, database):
    from tsuzuki.actions.catalogue.brand import save_brand
    from tsuzuki.actions.money import recognise

    contacts = [{"kind": "mail", "value": "help@sakura.example", "href": "mailto:help@sakura.example"}]
    save_brand({"name": "Sakura SIM", "contacts": contacts}, "test", NOON)
    held = {
        **_staff(),
        **_sales(shop),
        **_by_hand_and_late(shop),
        **_reseller(shop),
        **_vouchers(),
        **_letters(shop),
    }
    recognise.run(after(days=2))
    _dump(database, held)


def _staff():
    from tsuzuki.actions.people import staff, totp
    from tsuzuki.core.staff import Role

    sato = staff.make("sato", Role.OWNER, PASSWORD, "init", NOON)
    _, invitation = staff.invite("kim", Role.CLERK, ACTOR, NOON)
    joining, _ = staff.invite("lee", Role.VIEWER, ACTOR, NOON)
    joining = staff.join(staff._token(joining), PASSWORD, NOON)
    recovery = staff.enrol(joining, totp.code(staff.secret_of(joining), totp.step_at(NOON)), NOON)
    return {
        "password": PASSWORD,
        "totp": {"sato": staff.secret_of(sato).hex(), "lee": staff.secret_of(joining).hex()},
        "invitation": invitation,
        "recovery": recovery,
    }


def _sales(shop):
    """Paid by gateway, voucher, credit and two of them; two lines at once; refused, unsure, taken back by
    carrier, gateway and staff.
    """
    from tsuzuki.actions.lines import links
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.actions.order.take_back import take_back
    from tsuzuki.core.money import Money

    shop.pays()
    bought = [
        cast.buy(cast.line(email=f"holder{n}@example.com"), email=f"payer{n}@example.com", key=f"d{n}")
        for n in range(4)
    ]
    cast.buy(cast.line(), "data-3gb", cast.voucher(990), email="voucher@example.com")
    rich = cast.line()
    cast.give_credit(rich, 5000)
    cast.buy(rich, "data-3gb", PaymentChoice("credit"), email="credit@example.com")
    mixed = cast.line()
    cast.give_credit(mixed, 500)
    cast.buy(
        mixed,
        "data-3gb",
        PaymentChoice("credit", Money(500, "JPY")),
        PaymentChoice("sandbox"),
        email="mixed@example.com",
    )
    cast.buy(cast.lines(2), "data-20gb", email="two@example.com")
    queued = cast.line()
    for plan in ("data-3gb", "data-3gb", "addon-1gb", "day"):
        cast.buy(queued, plan, email="queue@example.com")
        cast.go()
    shop.press("carrier", "refuse")
    cast.buy(cast.line(), email="refused@example.com")
    cast.buy(cast.line(), "data-3gb", cast.voucher(990))  # nobody to write to: owed
    cast.go()
    shop.press("carrier", "late")
    cast.buy(cast.line(), email="unsure@example.com")
    cast.go()
    shop.press("carrier", "accept")
    taken = shop.sell(email="taken@example.com")
    shop.takes_back(taken, "carrier", after(hours=1))
    charged = shop.sell(email="charged@example.com")
    shop.takes_back(charged, "gateway", after(hours=1))
    cast.go(after(hours=1))
    mistaken = shop.sell("data-3gb", cast.voucher(990))
    take_back(mistaken.orders.get().id, "a mistake", ACTOR, after(hours=2))
    cast.go(after(hours=2))
    line = bought[0].orders.get().line_id
    quoted = _quote(bought[1].orders.get().line_id)
    return {
        "order_page": bought[0].token,
        "line": str(line),
        "link": links.token(line, links.AccessLevel.LINK),
        "url": links.url(line),
        "quote": links.quote_token(quoted, links.AccessLevel.LINK, "voucher"),
    }


def _quote(line):
    from tsuzuki.actions.order.quote import LineRequest, quote

    return quote([LineRequest(line, "data-3gb")], NOON).id


def _by_hand_and_late(shop):
    """Waiting for money at a gateway and at a till, cancelled, on the work list, past its clock."""
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.actions.order.expire import cancel

    shop.pays("page")
    cast.buy(cast.line(), email="waits@example.com", now=after(hours=2))
    cancelled = cast.buy(cast.line(), email="cancels@example.com", now=after(hours=2))
    cast.go(after(hours=2))
    cancel(cancelled.id, "buyer", after(hours=2))
    cast.go(after(hours=2))
    shop.pays()
    cast.buy(
        cast.line("hand"), "only-hand", PaymentChoice("sandbox"), email="hand@example.com", now=after(hours=3)
    )
    cast.go(after(hours=3))
    return {}


def _reseller(shop):
    from tsuzuki.actions.messages import webhooks
    from tsuzuki.actions.money import accounts
    from tsuzuki.actions.order.accept import accept
    from tsuzuki.actions.order.acceptance import Buyer, PaymentChoice
    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.actions.people import keys
    from tsuzuki.core.money import Money

    now = after(hours=3)
    account = accounts.make("Partner", "reseller", ACTOR, now)
    accounts.top_up(account.id, Money(20_000, "JPY"), "bank 1", ACTOR, now)
    accounts.set_commission(account.id, None, 500, 50, ACTOR, now)
    _, secret = keys.make(account, "till", keys.scopes_for(account), ACTOR, now)
    key, before = keys.make(account, "rotated", keys.scopes_for(account), ACTOR, now)
    _, rotated = keys.rotate(key.prefix, ACTOR, now, timedelta(days=365))
    endpoint = webhooks.add(account.id, "https://partner.example/hook", ACTOR, now)
    for number in range(3):
        quoted = quote([LineRequest(cast.line(), "data-3gb")], now, asker=accounts.asker(account.id))
        accept(quoted.id, [PaymentChoice("account")], Buyer(accounts.asker(account.id), f"key{number}"), now)
    cast.go(now)
    return {
        "api_keys": [secret, before, rotated],
        "endpoint": str(endpoint.id),
        "webhook": webhooks.secret_of(endpoint.id),
    }


def _vouchers():
    from tsuzuki.actions.money.vouchers import make_batch
    from tsuzuki.core.money import Money

    _, codes = make_batch(Money(990, "JPY"), 20, NOON, {"en": "Counter"}, ACTOR)
    return {"vouchers": codes}


def _letters(shop):
    """Some sent, some waiting; one waits with a voucher's digits in it."""
    from tsuzuki.actions.messages import notifications
    from tsuzuki.records.models import Notice

    notifications.send_due(after(hours=3))
    shop.press("carrier", "refuse")
    shop.pays()
    cast.buy(cast.line(), "data-3gb", cast.voucher(990), email="again@example.com", now=after(hours=3))
    cast.go(after(hours=3))
    (waiting,) = Notice.objects.filter(state="waiting", facts__has_key="voucher")
    return {"letter": str(waiting.id), "letter_voucher": waiting.facts["voucher"]}


def _dump(database, held):
    """Plain SQL without psql's own commands: any driver can run it."""
    from tsuzuki.cli import postgres_tools

    command = [
        postgres_tools.tool_for("pg_dump"),
        "--inserts",
        "--rows-per-insert=200",
        "--no-owner",
        "--no-privileges",
        "--schema=public",
    ]
    said = subprocess.run(
        command, env={**os.environ, **postgres_tools.environment()}, capture_output=True, check=True
    ).stdout.decode()
    lines = [
        line
        for line in said.splitlines()
        if not line.startswith(("\\", "--", "CREATE SCHEMA public", "COMMENT ON SCHEMA"))
    ]
    folder = Path(os.environ["FIRST_WAVE"])
    with gzip.GzipFile(folder / "first_wave.sql.gz", "wb", mtime=0) as out:
        out.write(("\n".join(line for line in lines if line) + "\n").encode())
    (folder / "first_wave.json").write_text(json.dumps(held, indent=1) + "\n")
