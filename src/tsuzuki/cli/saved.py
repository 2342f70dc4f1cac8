"""saved: ways to pay that a customer agreed to be charged by later."""

from typing import Annotated
from uuid import UUID

import typer

from .orders import Json, actor
from .output import as_json, out, refusals
from .start import boot

SAVED = typer.Typer(
    no_args_is_help=True, help="Ways to pay that a customer agreed to: list them, take one back."
)


@SAVED.command("list")
def list_saved(
    customer: Annotated[UUID, typer.Argument(help="the customer's id")], json: Json = False
) -> None:
    """What can be charged for a customer, the newest first; never its token."""
    boot()
    with refusals(json):
        from tsuzuki.records.models import SavedMethod

        rows = SavedMethod.objects.filter(customer=customer).order_by("-made_at", "id")
        results = [
            {
                "id": str(row.id),
                "gateway": row.gateway,
                "method": row.method,
                "agreed_at": row.agreed_at.isoformat(),
                "revoked_at": row.revoked_at and row.revoked_at.isoformat(),
                "confirmed": row.token is None,
            }
            for row in rows
        ]
        if json:
            as_json(results)
            return
        for fields in results:
            state = "taken back" if fields["revoked_at"] else "can be charged"
            out.print(
                f"{fields['id']}  {fields['gateway']} {fields['method']}  {fields['agreed_at']}  {state}"
            )


@SAVED.command("revoke")
def revoke_saved(id: Annotated[UUID, typer.Argument(help="as it is listed")], json: Json = False) -> None:
    """Take it back: it is charged no more. Where its gateway did not confirm, say it again later."""
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.order.saved import revoke

        confirmed = revoke(id, actor(), timezone.now())
        if json:
            as_json({"id": str(id), "confirmed": confirmed})
        else:
            out.print(
                "It is charged no more."
                if confirmed
                else "It is charged no more. Its gateway has not confirmed: run this again later."
            )
