"""staff: who may enter the office, from the terminal of the machine's owner; the way back in when nobody can
open it any more.
"""

from typing import Annotated, Literal

import typer

from tsuzuki.core.staff import Role

from .orders import Json, actor
from .output import as_json, out, refusals
from .start import boot

STAFF = typer.Typer(
    no_args_is_help=True,
    help="People who work in the office: invite them, give them a role, let them in again.",
)
Language = Annotated[Literal["en", "ja", "zh-Hans"], typer.Option(help="the office speaks it with them")]
Name = Annotated[str, typer.Argument(help="the name they sign in with")]


@STAFF.command("list")
def list_staff(json: Json = False) -> None:
    """Everybody, also who is gone."""
    boot()
    from tsuzuki.records.models import Staff

    rows = [
        {
            "name": staff.user.username,
            "role": staff.role,
            "state": "gone" if staff.left_at else "works" if staff.enrolled_at else "invited",
            "recovery_codes": len(staff.recovery),
            "last_signed_in": staff.user.last_login,
        }
        for staff in Staff.objects.select_related("user").order_by("user__username")
    ]
    if json:
        as_json(rows)
        return
    for row in rows:
        seen = f"last {row['last_signed_in']:%Y-%m-%d}" if row["last_signed_in"] else "never signed in"
        out.print(
            f"{row['name']:20} {row['role']:8} {row['state']:8} {row['recovery_codes']} recovery "
            f"codes, {seen}"
        )


@STAFF.command("invite")
def invite(
    name: Name,
    role: Annotated[Role, typer.Option(help="what they may do")],
    language: Language = "ja",
    json: Json = False,
) -> None:
    """A new account; the link goes to the person, who chooses a password and sets up the second factor."""
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.people import staff

        _, token = staff.invite(name, role, actor(), timezone.now(), language)
        _hand_over(name, token, json)


@STAFF.command("reset")
def reset(name: Name, json: Json = False) -> None:
    """Telephone or password lost: password, second factor and recovery codes are dead at once,
    a new link begins anew.
    """
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.people import staff

        _hand_over(name, staff.invite_again(name, actor(), timezone.now()), json)


@STAFF.command("role")
def role(name: Name, role: Role, json: Json = False) -> None:
    """From now on they may do this."""
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.people import staff_roles

        staff_roles.set_role(name, role, actor(), timezone.now())
        as_json({"name": name, "role": role}) if json else out.print(f"{name} is {role.value}.")


@STAFF.command("leave")
def leave(name: Name, json: Json = False) -> None:
    """They do not come in any more, open sessions included; what they did stays under their name."""
    boot()
    with refusals(json):
        from django.utils import timezone

        from tsuzuki.actions.people import staff_roles

        staff_roles.deactivate(name, actor(), timezone.now())
        as_json({"left": name}) if json else out.print(f"{name} does not come in any more.")


def _hand_over(name: str, token: str, json: bool) -> None:
    from django.conf import settings
    from django.urls import reverse

    from tsuzuki.actions.people.staff import INVITED_FOR

    url = settings.PUBLIC_URL + reverse("admin:join", args=[token])
    if json:
        as_json({"name": name, "url": url, "days": INVITED_FOR.days})
        return
    out.print(url)
    out.print(
        f"Hand it to {name} by a way only they read. It works once, for {INVITED_FOR.days} days, "
        "and is not shown again."
    )
