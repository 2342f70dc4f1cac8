"""key, account: letting programs in, and a reseller's money."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from .orders import Json, actor
from .output import as_json, money, out, refusals
from .start import boot

if TYPE_CHECKING:  # importable only after boot
    from tsuzuki.core.money import Money

KEY = typer.Typer(
    no_args_is_help=True, help="Keys of the API: a key's secret is shown once, when it is made or rotated."
)
ACCOUNT = typer.Typer(
    no_args_is_help=True, help="Accounts of programs: our own, and resellers with a prepaid balance."
)
OURS = "operator"  # the account of the operator's own programs
Prefix = Annotated[str, typer.Argument(help="the beginning of the key, as it is listed: tsk_1a2b3c4d")]
Name = Annotated[str, typer.Argument(help="the account's name")]


def _shown(secret: str, json: bool, **facts: object) -> None:
    if json:
        as_json({"key": secret, **facts})
        return
    out.print(secret)
    out.print("Keep it now: it cannot be shown again.")


@KEY.command("make")
def make_key(
    name: Annotated[str, typer.Argument(help="what it is for, for people")],
    scopes: Annotated[
        str, typer.Option(help="separated by commas; all the account may have if left out")
    ] = "",
    account: Annotated[str, typer.Option(help="whose; the operator's own programs if left out")] = OURS,
    days: Annotated[
        int | None, typer.Option(min=1, max=36_500, help="it ends by itself after so many days")
    ] = None,
    json: Json = False,
) -> None:
    """Make a key; its secret is printed once."""
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.money import accounts
        from tsuzuki.actions.people import keys
        from tsuzuki.core.errors import Refused

        now = timezone.now()
        try:
            owner = accounts.named(account)
        except Refused:
            if account != OURS:
                raise
            owner = accounts.make(OURS, "operator", actor(), now)
        wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()] or keys.scopes_for(owner)
        key, secret = keys.make(
            owner, name, wanted, actor(), now, now + timedelta(days=days) if days else None
        )
        _shown(
            secret, json, prefix=key.prefix, account=owner.name, scopes=key.scopes, expires_at=key.expires_at
        )


@KEY.command("rotate")
def rotate_key(
    prefix: Prefix,
    overlap_hours: Annotated[
        int, typer.Option(min=0, max=24 * 90, help="the secret before goes on so long")
    ] = 24,
    json: Json = False,
) -> None:
    """A new secret for the same key."""
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.people import keys

        key, secret = keys.rotate(prefix, actor(), timezone.now(), timedelta(hours=overlap_hours))
        _shown(secret, json, prefix=key.prefix, old_until=key.old_until)


@KEY.command("revoke")
def revoke_key(prefix: Prefix, json: Json = False) -> None:
    """The key opens nothing any more."""
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.people import keys

        keys.revoke(prefix, actor(), timezone.now())
        as_json({"revoked": prefix}) if json else out.print(f"{prefix} is revoked.")


@KEY.command("list")
def list_keys(json: Json = False) -> None:
    """Every key by its beginning; no secret is kept."""
    boot()
    from tsuzuki.records import models

    rows = [
        {
            "prefix": key.prefix,
            "name": key.name,
            "account": key.account.name,
            "scopes": key.scopes,
            "made_at": key.made_at,
            "rotated_at": key.rotated_at,
            "expires_at": key.expires_at,
            "revoked_at": key.revoked_at,
        }
        for key in models.ApiKey.objects.select_related("account").order_by("made_at")
    ]
    if json:
        as_json(rows)
        return
    for row in rows:
        ended = (
            "revoked"
            if row["revoked_at"]
            else f"until {row['expires_at']:%Y-%m-%d}"
            if row["expires_at"]
            else ""
        )
        out.print(
            f"{row['prefix']}  {row['account']:16} {row['name']:24} {' '.join(row['scopes'])}  "
            f"{ended}".rstrip()
        )


@ACCOUNT.command("make")
def make_account(
    name: Name,
    limit: Annotated[
        str, typer.Option(help="how far the balance may go below zero: 50000 or JPY:50000")
    ] = "JPY:0",
    json: Json = False,
) -> None:
    """An account for a reseller."""
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.money import accounts

        wanted = _amount(limit)
        row = accounts.make(name, "reseller", actor(), timezone.now(), wanted.currency, wanted.minor)
        as_json({"id": row.id, "name": row.name}) if json else out.print(
            f"Account {row.name} is made. Next: tsuzuki api-key make ... --account"
        )


@ACCOUNT.command("top-up")
def top_up(
    name: Name,
    amount: Annotated[str, typer.Argument(help="30000 or JPY:30000")],
    reference: Annotated[str, typer.Argument(help="the bank's; the same one again counts once")],
    json: Json = False,
) -> None:
    """Money of an account came in."""
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.money import accounts

        row = accounts.named(name)
        new = accounts.top_up(row.id, _amount(amount), reference, actor(), timezone.now())
        row.refresh_from_db()
        if json:
            as_json({"booked": new, "balance": {"minor": row.balance_minor, "currency": row.currency}})
        else:
            out.print(
                f"{'Booked' if new else 'Booked before'}; the balance is "
                f"{money(row.balance_minor, row.currency)}."
            )


@ACCOUNT.command("commission")
def commission(
    name: Name,
    percent: Annotated[str, typer.Option(help="of the price: 5 or 2.5")] = "0",
    fixed: Annotated[
        int, typer.Option(min=0, help="and so many of the currency's smallest unit for each")
    ] = 0,
    plan: Annotated[
        str | None, typer.Option(help="of this plan; of all without a line of their own if left out")
    ] = None,
    json: Json = False,
) -> None:
    """What an account earns of each delivery, from now on."""
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.money import accounts
        from tsuzuki.core.errors import Code, Refused
        from tsuzuki.core.money import parse
        from tsuzuki.records import queries

        # Two decimals of a percent are basis points.
        row, points = accounts.named(name), parse(percent, "USD").minor
        of = queries.plans_by_code([plan]).get(plan) if plan else None
        if plan and of is None:
            raise Refused(Code.PLAN_UNKNOWN, plan=plan[:60])
        accounts.set_commission(row.id, of, points, fixed, actor(), timezone.now())
        as_json({"basis_points": points, "fixed_minor": fixed}) if json else out.print(
            f"{row.name} earns {percent} % and {fixed} fixed."
        )


def _amount(text: str) -> "Money":
    from tsuzuki.core.money import parse

    currency, _, digits = text.rpartition(":")
    return parse(digits, (currency or "JPY").strip().upper())
