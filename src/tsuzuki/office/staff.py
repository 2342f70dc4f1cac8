"""Staff: invited, given a role, gone. And each one's own account."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, auth
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from tsuzuki.actions.people import staff as actions
from tsuzuki.actions.people import staff_roles
from tsuzuki.core.staff import Permission, Role
from tsuzuki.records import models
from tsuzuki.ui import formats
from tsuzuki.ui.activation import activate
from tsuzuki.ui.languages import OFFICE, OWN_NAMES

from . import words
from .action_form import ActionForm, run
from .detail_page import Copy, DetailPage, Link, StateBadge, moment, show
from .permissions import permission_required, require
from .read_only_admin import ReadOnlyAdmin, column, tag

ROLES = [(role.value, __(words.ROLE[role.value][0])) for role in Role]


class Invite(ActionForm):
    name, title, button, may = "invite", __("Invite somebody"), __("Invite"), Permission.HOUSE
    lead = __(
        "You get a link to hand over. Whoever opens it chooses a password and sets up an authenticator app."
    )
    username = forms.CharField(
        label=__("Name for signing in"), max_length=40, help_text=__("Small letters, digits, dots, hyphens.")
    )
    role = forms.ChoiceField(label=__("Role"), choices=ROLES, initial=Role.CLERK.value)
    language = forms.ChoiceField(label=__("Language"), choices=list(OWN_NAMES.items()))

    def act(self, by: str, now: datetime) -> str | DetailPage:
        given = self.cleaned_data
        staff, token = actions.invite(given["username"], Role(given["role"]), by, now, given["language"])
        return _handed_over(staff.user.username, token)


class Again(ActionForm):
    name, title, button, tone, may = (
        "again",
        __("Password or telephone lost"),
        __("Invite again"),
        "danger",
        Permission.HOUSE,
    )
    folded = True
    lead = __("Password, authenticator app and recovery codes are dead at once; a new link begins anew.")

    def act(self, by: str, now: datetime) -> str | DetailPage:
        name = self.about.user.username
        return _handed_over(name, actions.invite_again(name, by, now))


class GiveRole(ActionForm):
    name, title, button, tone, may = "role", __("Role"), __("Save"), "plain", Permission.HOUSE
    role = forms.ChoiceField(label=__("Role"), choices=ROLES)

    def first(self) -> dict[str, Any]:
        return {"role": self.about.role}

    def act(self, by: str, now: datetime) -> str:
        staff_roles.set_role(self.about.user.username, Role(self.cleaned_data["role"]), by, now)
        return _("Saved.")


class Deactivate(ActionForm):
    name, title, button, tone, may = (
        "leave",
        __("Works here no more"),
        __("End the account"),
        "danger",
        Permission.HOUSE,
    )
    folded = True
    lead = __("Open sessions end at once. What they did stays under their name.")

    def act(self, by: str, now: datetime) -> str:
        staff_roles.deactivate(self.about.user.username, by, now)
        return _("The account is ended.")


@admin.register(models.Staff)
class StaffAdmin(ReadOnlyAdmin):
    heading = __("Staff")
    see = Permission.HOUSE
    new = Invite
    list_display = ("name_", "role_", "state", "since")
    ordering = ("left_at", "user__username")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("user")

    @column(__("Name"))
    def name_(self, staff: models.Staff) -> str:
        return staff.user.username

    @column(__("Role"))
    def role_(self, staff: models.Staff) -> str:
        return words.said(words.ROLE, staff.role)[0]

    @column(__("State"))
    def state(self, staff: models.Staff) -> Any:
        return tag(*_state(staff))

    @column(__("Since"))
    def since(self, staff: models.Staff) -> str:
        return formats.iso_day(staff.made_at, staff.user.zone)

    def card(self, request: HttpRequest, row: models.Staff) -> DetailPage:
        facts = [
            (_("Name"), row.user.username),
            (_("Role"), words.said(words.ROLE, row.role)[0]),
            (_("State"), StateBadge(*_state(row))),
            (_("Since"), moment(request, row.made_at)),
            (_("Last signed in"), moment(request, row.user.last_login)),
            (_("Recovery codes left"), str(len(row.recovery))),
        ]
        return DetailPage(
            row.user.username,
            facts=facts,
            sheets=[] if row.left_at else [GiveRole(about=row), Again(about=row), Deactivate(about=row)],
        )


def _state(staff: models.Staff) -> tuple[str, str]:
    if staff.left_at:
        return _("Gone"), "plain"
    return (_("Works here"), "good") if staff.enrolled_at else (_("Invited"), "wait")


def _handed_over(name: str, token: str) -> DetailPage:
    """The link, shown once."""
    url = settings.PUBLIC_URL + reverse("admin:join", args=[token])
    lead = _(
        "Hand this link to them by a way only they read. It works once and for three days, and "
        "is not shown again."
    )
    return DetailPage(
        _("Invitation for %(name)s") % {"name": name}, lead=lead, facts=[(_("Link"), Copy(url))]
    )


class SetLanguage(ActionForm):
    name, title, button, tone, may = (
        "speak",
        __("Language of the office"),
        __("Save"),
        "plain",
        Permission.SEE,
    )
    language = forms.ChoiceField(label=__("Language"), choices=list(OWN_NAMES.items()))

    def first(self) -> dict[str, Any]:
        return {"language": self.about.user.language}

    def act(self, by: str, now: datetime) -> str:
        staff_roles.set_language(self.about.user.username, self.cleaned_data["language"])
        activate(self.cleaned_data["language"], OFFICE)  # the answer is read in the language just chosen
        return _("Saved.")


def _password(label: Any, complete: str) -> forms.CharField:
    return forms.CharField(
        label=label, strip=False, max_length=200, widget=forms.PasswordInput({"autocomplete": complete})
    )


class ChangePassword(ActionForm):
    name, title, button, tone, may = (
        "password",
        __("Change the password"),
        __("Change"),
        "plain",
        Permission.SEE,
    )
    folded = True
    old = _password(__("Old password"), "current-password")
    new = _password(__("New password"), "new-password")
    changed: models.User | None = None

    def act(self, by: str, now: datetime) -> str:
        self.changed = actions.change_password(
            self.about.user.username, self.cleaned_data["old"], self.cleaned_data["new"], now
        )
        return _("The password is changed. Other devices are signed out.")


class NewRecoveryCodes(ActionForm):
    name, title, button, tone, may = (
        "recovery",
        __("New recovery codes"),
        __("Make new codes"),
        "plain",
        Permission.SEE,
    )
    folded = True
    lead = __(
        "Each opens the second step once, should the telephone be lost. Those you have now stop working."
    )
    password = _password(__("Password"), "current-password")
    code = forms.CharField(
        label=__("Code"),
        max_length=20,
        help_text=__("The six digits the app shows now."),
        widget=forms.TextInput({"autocomplete": "one-time-code"}),
    )

    def act(self, by: str, now: datetime) -> DetailPage:
        codes = actions.renew_recovery(
            self.about.user.username, self.cleaned_data["password"], self.cleaned_data["code"], now
        )
        lead = _(
            "Print or write them down now: they are shown only this once. Each opens the second step one "
            "time, should the telephone be lost."
        )
        above = Link(_("My account"), reverse("admin:me"))
        return DetailPage(
            _("Your recovery codes"),
            above,
            lead,
            [(str(number), Copy(code)) for number, code in enumerate(codes, 1)],
        )


@permission_required(Permission.SEE)
def me(request: HttpRequest) -> HttpResponse:
    staff = require(request, Permission.SEE)
    facts = [
        (_("Name"), staff.user.username), (_("Role"), words.said(words.ROLE, staff.role)[0]),
        (_("Recovery codes left"), str(len(staff.recovery))),
    ]  # fmt: skip
    left_out = _(
        "You have no recovery codes. Without them a lost telephone keeps you out: please make new ones here."
    )
    card = DetailPage(
        _("My account"),
        facts=facts,
        sheets=[SetLanguage(about=staff), ChangePassword(about=staff), NewRecoveryCodes(about=staff)],
        warnings=[] if staff.recovery else [left_out],
    )
    answer = run(request, card.sheets)  # type: ignore[arg-type]
    changed = next((sheet.changed for sheet in card.sheets if isinstance(sheet, ChangePassword)), None)
    if changed is not None:
        auth.update_session_auth_hash(request, changed)  # this device stays signed in
    return answer or show(request, card)
