"""quote, renew, order, cancel: selling from the terminal."""

import getpass
import os
import secrets
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from .output import as_json, out, refusals
from .start import boot

if TYPE_CHECKING:  # importable only after boot
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.records import models

Json = Annotated[bool, typer.Option("--json", help="print one JSON document")]
Number = Annotated[str, typer.Argument(help="the line's number, however it is written, or its full ICCID")]


def actor() -> str:
    return f"cli:{system_user()}"


def system_user() -> str:
    """Who the machine says runs this; what LOGNAME and USER say, anybody sets."""
    if not hasattr(os, "getuid"):
        return getpass.getuser()
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # in a container
        return f"uid {os.getuid()}"


def _line(number: str) -> "models.Line":
    from django.utils import timezone

    from tsuzuki.core.errors import Refused
    from tsuzuki.records import queries

    try:
        return queries.line_by_number(number, timezone.now())
    except Refused:
        if len([letter for letter in number if letter.isdigit()]) < 18:
            raise
        return queries.line_by_iccid(number)


def _quote(number: str, plan: str, start: str | None, amount: str | None) -> "models.Quote":
    from django.utils import timezone

    from tsuzuki.actions.order.quote import LineRequest, quote
    from tsuzuki.core.money import parse
    from tsuzuki.core.plan import Choice

    asked = None
    if amount is not None:
        currency, _, digits = amount.rpartition(":")
        asked = parse(digits, (currency or "JPY").strip().upper())
    choice = {None: None, "now": Choice.NOW, "after": Choice.AFTER_CURRENT}[start]
    return quote([LineRequest(_line(number).id, plan, choice, asked)], timezone.now())


def _start(value: str | None) -> str | None:
    if value not in (None, "now", "after"):
        raise typer.BadParameter("now, or after: when the current period ends")
    return value


Start = Annotated[
    str | None, typer.Option(callback=_start, help="now, or after (when the current period ends)")
]
Amount = Annotated[str | None, typer.Option(help="for a credit plan with an open amount: 1500 or JPY:1500")]


def quote(number: Number, plan: str, start: Start = None, amount: Amount = None, json: Json = False) -> None:
    """The whole price of a plan for a line, with both dates; kept for 15 minutes."""
    boot()
    with refusals(json):
        row = _quote(number, plan, start, amount)
        from tsuzuki.records import queries

        from . import purchases

        if json:
            as_json(purchases.quote_facts(row))
        else:
            out.print(*purchases.quote_words(queries.quote_value(row)), sep="\n")


def link(number: Number, json: Json = False) -> None:
    """The signed link to one line, for its holder: it shows dates and the last plan,
    lets anyone pay, changes nothing.
    """
    boot()
    with refusals(json):
        _show_link(_line(number), json)


def new_link(number: Number, json: Json = False) -> None:
    """Revoke every link to one line, whoever holds it, and make a new one for its holder."""
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.lines import links

        links.revoke(_line(number).id, actor(), timezone.now())
        _show_link(_line(number), json)


def _show_link(line: "models.Line", json: bool) -> None:
    from django.utils import timezone

    from tsuzuki.actions.lines import links

    url = links.url(line, timezone.now())
    as_json({"url": url}) if json else out.print(url, soft_wrap=True)


def renew(
    number: Number,
    plan: str,
    pay: Annotated[
        list[str],
        typer.Option(help="credit, voucher:CODE, or a gateway (sandbox, byhand); METHOD=AMOUNT for a part"),
    ],
    start: Start = None,
    amount: Amount = None,
    key: Annotated[str | None, typer.Option(help="repeat a command with the same key: one purchase")] = None,
    email: Annotated[str, typer.Option(help="for the receipt")] = "",
    json: Json = False,
) -> None:
    """Buy a plan for a line and carry it as far as it goes now.

    Letters are the worker's: a silent mail server holds nobody up here.
    """
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.engine.clock import Clock
        from tsuzuki.actions.order.accept import accept
        from tsuzuki.actions.order.acceptance import Buyer
        from tsuzuki.actions.order.advance import advance_until_still
        from tsuzuki.core import mailbox
        from tsuzuki.core.principal import Principal
        from tsuzuki.records import queries

        who = Principal.command_line(system_user())
        known = queries.purchase_of(who, key) if key else None
        row = known.quote if known else _quote(number, plan, start, amount)
        buyer = Buyer(who, key or secrets.token_hex(16), mailbox.read(email))
        purchase = accept(row.id, [_pay(text, row) for text in pay], buyer, timezone.now())
        advance_until_still(Clock.read(), purchase.id, rounds=20)
        _show(str(purchase.id), json)


def _pay(text: str, row: "models.Quote") -> "PaymentChoice":
    from tsuzuki.actions.order.acceptance import PaymentChoice
    from tsuzuki.core.money import parse

    method, _, amount = text.partition("=")
    method, _, secret = method.partition(":")
    part = parse(amount, row.content["total"]["currency"]) if amount else None
    return PaymentChoice(method, part, secret)


def order(
    id: Annotated[
        str,
        typer.Argument(help="purchase id, order id or status token; a spoken code together with --number"),
    ],
    number: Annotated[str | None, typer.Option(help="a number of the purchase, with a spoken code")] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="give it up while it waits for money")] = False,
    pay: Annotated[str | None, typer.Option(help="another method for what is not paid yet")] = None,
    keep_for: Annotated[
        UUID | None, typer.Option(help="with --pay: the payer agrees that it is saved for this customer")
    ] = None,
    charge: Annotated[
        UUID | None, typer.Option(help="charge what is not paid yet to this saved way to pay")
    ] = None,
    json: Json = False,
) -> None:
    """Where an order stands, in plain words."""
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.engine.clock import Clock
        from tsuzuki.actions.order.advance import advance_until_still
        from tsuzuki.actions.order.choose_again import charge_saved, choose_again
        from tsuzuki.actions.order.expire import cancel as give_up
        from tsuzuki.actions.order.saved import Agreed
        from tsuzuki.records import queries

        purchase = queries.purchase_by_id_or_code(id, number)
        if cancel:
            give_up(purchase.id, actor(), timezone.now())
        if pay:
            agreed = Agreed(keep_for, actor()) if keep_for else None
            choose_again(purchase.id, pay, timezone.now(), agreed=agreed)
        if charge:
            charge_saved(purchase.id, charge, timezone.now())
        if cancel or pay or charge:
            advance_until_still(Clock.read(), purchase.id, rounds=20)
        _show(str(purchase.id), json)


def _show(id: str, json: bool) -> None:
    from tsuzuki.records import queries

    from . import purchases

    purchase = queries.purchase_by_id_or_code(id)
    if json:
        as_json(purchases.facts(purchase))
    else:
        out.print(*purchases.words(purchase), sep="\n")
