"""Gateways: where money is taken, which ways to pay each offers, and whether it answers."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from tsuzuki.actions.catalogue import gateways
from tsuzuki.actions.engine import providers
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.staff import Permission
from tsuzuki.records import models
from tsuzuki.ui import formats
from tsuzuki.ui.methods import method as words_of

from .action_form import ActionForm
from .carriers import add_names, names_of, settings_in, unreachable
from .detail_page import DetailPage, Table, language
from .permissions import allowed
from .read_only_admin import ReadOnlyAdmin, column, tag

LIST = "admin:records_gateway_changelist"
REFUNDS = {
    "source": __("to where it came from"),
    "bank_details": __("to a bank account the buyer names"),
    "by_hand": __("paid out by people"),
}


def reach_of(provider: str) -> tuple[str, ...]:
    """Settings that decide whom a gateway speaks to, as whom, and where money goes: the owner's alone."""
    reaches = providers.gateway_reaches(provider)
    return (*reaches.settings, *reaches.secrets)


class GatewayForm(ActionForm):
    name, title, button, may = "gateway", __("Gateway"), __("Save"), Permission.SELL
    wide = True
    owners: ClassVar[bool] = False  # may say how it is reached
    code = forms.CharField(
        label=__("Code"), max_length=40, help_text=__("Small letters, digits, hyphens. It never changes.")
    )
    active = forms.BooleanField(
        label=__("Takes payments"),
        required=False,
        initial=True,
        help_text=__("Switched off, it takes no new ones; what was begun is finished, and refunds still go."),
    )
    position = forms.IntegerField(
        label=__("Place among the gateways"),
        min_value=0,
        max_value=999,
        initial=1,
        help_text=__("Of two that offer the same way to pay, the one that stands first is asked."),
    )
    settings = forms.CharField(
        label=__("Settings"),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 3, "wide": True}),
        help_text=__("As JSON, without secrets; those belong into the environment."),
    )
    field_order = (
        *("code", "name_en", "name_ja", "name_zh-Hans", "provider", "active", "methods"),
        *("position", "settings"),
    )

    def prepare(self) -> None:
        add_names(self.fields)
        if self.about is None:
            self.fields["provider"] = forms.ChoiceField(
                label=__("Provider"),
                choices=[(name, name) for name in providers.gateways_here()],
                help_text=__("byhand: people take the money. It never changes."),
            )
            return
        del self.fields["code"]
        if known := _methods(self.about):
            self.fields["methods"] = forms.MultipleChoiceField(
                label=__("Ways to pay it offers"),
                choices=[(entry.code, words_of(entry.code, language()).name) for entry in known],
                widget=UnfoldAdminCheckboxSelectMultipleWidget,
                help_text=__("To offer none, switch the gateway off."),
            )

    def first(self) -> dict[str, Any]:
        row = self.about
        if row is None:
            return {"active": True, "position": 1}
        fixed = () if self.owners else reach_of(row.provider)
        settings = {name: value for name, value in row.settings.items() if name not in fixed}
        return {
            "active": row.active,
            "position": row.position,
            "methods": row.methods or [method.code for method in _methods(row)],
            "settings": json.dumps(settings, ensure_ascii=False) if settings else "",
            **{f"name_{tag}": name for tag, name in row.names.items()},
        }

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        provider = self._provider(cleaned)
        try:
            settings = settings_in(cleaned.get("settings") or "{}")
            fixed = () if self.owners else reach_of(provider)
            known = [name for name in providers.gateways_here().get(provider, ()) if name not in fixed]
            unknown = [name for name in settings if name not in known]
        except (ValueError, TypeError, RecursionError):
            self.add_error("settings", _('This is not JSON, such as {"timeout": 5}.'))
        else:
            if not isinstance(settings, dict) or unknown:
                self.add_error(
                    "settings", _("Settings known here: %(names)s.") % {"names": ", ".join(known) or "-"}
                )
            self.read = settings
        return cleaned

    def _provider(self, cleaned: dict[str, Any]) -> str:
        return str(cleaned.get("provider", "")) if self.about is None else str(self.about.provider)

    def act(self, by: str, now: datetime) -> str:
        given = self.cleaned_data
        code = self.about.code if self.about else given["code"]
        if self.about is None and models.Gateway.objects.filter(code=code).exists():
            raise Refused(Code.NAME_TAKEN, name=code)
        provider = self._provider(given)
        kept = {} if self.about is None or self.owners else self.about.settings
        fixed = {name: kept[name] for name in reach_of(provider) if name in kept}
        new = gateways.NewGateway(
            code,
            names_of(given),
            provider,
            self.read | fixed,
            given["active"],
            self._chosen(given),
            given["position"],
        )
        gateways.put_gateways([new], by, now)
        self.next = reverse("admin:records_gateway_change", args=[code])
        return _("Saved.")

    def _chosen(self, given: dict[str, Any]) -> tuple[str, ...]:
        """All of them is none in particular: what its provider learns later is offered too."""
        if self.about is None or "methods" not in given:
            return tuple(self.about.methods) if self.about else ()
        return () if len(given["methods"]) == len(_methods(self.about)) else tuple(given["methods"])


class NewGateway(GatewayForm):
    title = __("A new gateway")


class OwnersGatewayForm(GatewayForm):
    may, owners = Permission.HOUSE, True


class OwnersNewGateway(NewGateway):
    may, owners = Permission.HOUSE, True


class TryGateway(ActionForm):
    name, title, button, tone, may = "try", __("Try it"), __("Ask it now"), "plain", Permission.SELL
    lead = __("Asks it something that moves no money: is it there, and does it know us?")

    def act(self, by: str, now: datetime) -> str:
        why = gateways.try_gateway(self.about.code, by, now)
        if why:
            raise Refused(Code.GATEWAY_SILENT, why=why)
        return (
            _("It answers, and knows us.") if why == "" else _("Nobody is asked here: people take the money.")
        )


class DeleteGateway(ActionForm):
    name, title, button, tone, may = (
        "delete",
        __("Delete"),
        __("Delete the gateway"),
        "danger",
        Permission.SELL,
    )
    folded = True
    lead = __("Only a gateway nobody ever paid through can be deleted.")

    def act(self, by: str, now: datetime) -> str:
        gateways.delete_gateway(self.about.code, by, now)
        self.next = reverse(LIST)
        return _("Deleted.")


@admin.register(models.Gateway)
class GatewayAdmin(ReadOnlyAdmin):
    heading = __("Gateways")
    new = NewGateway
    list_display = ("name_", "provider_", "ways", "state")
    ordering = ("position", "code")

    @column(__("Name"))
    def name_(self, row: models.Gateway) -> str:
        return formats.name(row.names, language())

    @column(__("Provider"))
    def provider_(self, row: models.Gateway) -> str:
        return row.provider

    @column(__("Ways to pay it offers"))
    def ways(self, row: models.Gateway) -> str:
        offered = [method for method in _methods(row) if not row.methods or method.code in row.methods]
        return ", ".join(words_of(entry.code, language()).name for entry in offered)

    @column(__("State"))
    def state(self, row: models.Gateway) -> str:
        if providers.broken(lambda: providers.gateway_of(row)):
            return tag(_("cannot be reached"), "bad")
        return tag(_("takes payments"), "good") if row.active else tag(_("switched off"), "wait")

    def new_sheet(self, request: HttpRequest) -> ActionForm:
        return OwnersNewGateway() if allowed(request, Permission.HOUSE) else NewGateway()

    def card(self, request: HttpRequest, row: models.Gateway) -> DetailPage:
        owner = allowed(request, Permission.HOUSE)
        facts = [
            (_("Code"), row.code),
            (_("Provider"), row.provider),
            (_("Address of its events"), f"/api/v1/webhooks/{row.code}"),
        ]
        if allowed(request, Permission.SELL) and not owner:  # to be read; only the owner changes it
            facts += [
                (name, str(row.settings[name])) for name in reach_of(row.provider) if name in row.settings
            ]
        sheet = OwnersGatewayForm(about=row) if owner else GatewayForm(about=row)
        return DetailPage(
            formats.name(row.names, language()),
            facts=facts,
            sheets=[sheet, TryGateway(about=row), DeleteGateway(about=row)],
            tables=[_bounds(row)],
            warnings=unreachable(providers.broken(lambda: providers.gateway_of(row))),
        )


def _methods(row: models.Gateway) -> Sequence[Any]:
    """What its provider knows; nothing while it cannot be built."""
    return () if providers.broken(lambda: providers.methods(row)) else providers.methods(row)


def _bounds(row: models.Gateway) -> Table:
    rows = [
        [
            words_of(method.code, language()).name,
            ", ".join(method.currencies),
            f"{method.smallest:,} - {method.largest:,}",
            formats.span(int(method.longest.total_seconds()), language()) if method.longest else "",
            str(REFUNDS[method.refund]),
        ]
        for method in _methods(row)
    ]
    heads = (_("Way to pay"), _("Currencies"), _("Amounts, minor units"), _("Lives at most"), _("Refunds go"))
    return Table(_("What its provider knows"), heads, rows)
