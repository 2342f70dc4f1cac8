"""Accounts of programs: resellers with a prepaid balance, the operator's own programs;
their keys and statements.
"""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from tsuzuki.actions.messages import webhooks
from tsuzuki.actions.money import accounts
from tsuzuki.actions.people import keys
from tsuzuki.core import money as core_money
from tsuzuki.core import postings
from tsuzuki.core.staff import Permission
from tsuzuki.ledger import statement_pages
from tsuzuki.records import models
from tsuzuki.ui import formats

from . import words
from .action_form import ActionForm
from .detail_page import Copy, DetailPage, Link, StateBadge, Table, language, moment, money
from .permissions import allowed
from .read_only_admin import ReadOnlyAdmin, column, tag

KIND = {"reseller": __("Reseller"), "operator": __("Our own program")}
LATEST = 50  # lines of the statement on the page


class OpenAccount(ActionForm):
    name, title, button, may = "open", __("A new account"), __("Open the account"), Permission.PARTNERS
    called = forms.CharField(label=__("Name"), max_length=80)
    kind = forms.ChoiceField(label=__("Kind"), choices=list(KIND.items()))
    limit = forms.CharField(label=__("May go below zero by, in JPY"), max_length=16, initial="0")

    def act(self, by: str, now: datetime) -> str:
        given = self.cleaned_data
        row = accounts.make(
            given["called"], given["kind"], by, now, "JPY", _not_negative(given["limit"]).minor
        )
        self.next = reverse("admin:records_account_change", args=[row.id])
        return _("The account is open. Give it an API key next.")


class TopUp(ActionForm):
    name, title, button, may = "top_up", __("Money came in"), __("Book it"), Permission.PARTNERS
    amount = forms.CharField(label=__("Amount in JPY"), max_length=16)
    reference = forms.CharField(
        label=__("Number of the bank transfer"),
        max_length=80,
        help_text=__("The same number is never booked twice."),
    )

    def act(self, by: str, now: datetime) -> str:
        amount = core_money.parse(self.cleaned_data["amount"], self.about.currency)
        booked = accounts.top_up(self.about.id, amount, self.cleaned_data["reference"], by, now)
        return _("Booked.") if booked else _("This transfer was booked before; nothing was changed.")


class Limit(ActionForm):
    name, title, button, tone, may = "limit", __("Limit"), __("Save"), "plain", Permission.PARTNERS
    folded = True
    limit = forms.CharField(label=__("May go below zero by, in JPY"), max_length=16)

    def first(self) -> dict[str, Any]:
        return {"limit": core_money.Money(self.about.limit_minor, self.about.currency).plain()}

    def act(self, by: str, now: datetime) -> str:
        accounts.set_limit(self.about.id, _not_negative(self.cleaned_data["limit"]).minor, by, now)
        return _("Saved.")


class Commission(ActionForm):
    name, title, button, tone, may = "commission", __("Commission"), __("Save"), "plain", Permission.PARTNERS
    folded = True
    percent = forms.DecimalField(
        label=__("Percent of the price"), min_value=0, max_value=100, decimal_places=2, initial=0
    )
    fixed = forms.CharField(label=__("And for each, in JPY"), max_length=16, initial="0")
    field_order = ("plan", "percent", "fixed")

    def prepare(self) -> None:
        plans = [
            (row.code, formats.name(row.names, language()))
            for row in models.Plan.objects.filter(retired_at=None).order_by("code")
        ]
        self.fields["plan"] = forms.ChoiceField(
            label=__("Plan"), required=False, choices=[("", _("every other plan")), *plans]
        )

    def act(self, by: str, now: datetime) -> str:
        given = self.cleaned_data
        plan = models.Plan.objects.filter(code=given["plan"]).first()
        accounts.set_commission(
            self.about.id, plan, int(given["percent"] * 100), _not_negative(given["fixed"]).minor, by, now
        )
        return _("Agreed from now on.")


class MakeKey(ActionForm):
    name, title, button, may = "key", __("A new API key"), __("Make the key"), Permission.HOUSE
    called = forms.CharField(label=__("What it is for"), max_length=80)

    def prepare(self) -> None:
        known = [(scope, scope) for scope in keys.scopes_for(self.about)]
        self.fields["scopes"] = forms.MultipleChoiceField(
            label=__("What it may"), choices=known, widget=UnfoldAdminCheckboxSelectMultipleWidget
        )

    def act(self, by: str, now: datetime) -> str | DetailPage:
        key, secret = keys.make(self.about, self.cleaned_data["called"], self.cleaned_data["scopes"], by, now)
        return _shown_once(self.about, key, secret)


class _OfKey(ActionForm):
    def prepare(self) -> None:
        live = [
            (key.prefix, f"{key.name} ({key.prefix}…)")
            for key in self.about.keys.filter(revoked_at=None).order_by("made_at")
        ]
        self.fields["key"] = forms.ChoiceField(label=__("Key"), choices=live)


class RenewKey(_OfKey):
    name, title, button, tone, may = "renew", __("Renew a key"), __("Renew"), "plain", Permission.HOUSE
    folded = True
    lead = __("A new secret; the old one goes on for a day, so that no program stops.")

    def act(self, by: str, now: datetime) -> str | DetailPage:
        return _shown_once(self.about, *keys.rotate(self.cleaned_data["key"], by, now))


class RevokeKey(_OfKey):
    name, title, button, tone, may = (
        "revoke",
        __("Revoke a key"),
        __("Revoke at once"),
        "danger",
        Permission.HOUSE,
    )
    folded = True

    def act(self, by: str, now: datetime) -> str:
        keys.revoke(self.cleaned_data["key"], by, now)
        return _("The key opens nothing any more.")


class Resume(ActionForm):
    name, title, button, tone, may = (
        "resume",
        __("Messages to its programs"),
        __("Send again"),
        "plain",
        Permission.PARTNERS,
    )
    lead = __("Nobody took them, so they are sent more rarely. What waits is sent at once.")

    def act(self, by: str, now: datetime) -> str:
        webhooks.resume(self.about.id, by, now)
        return _("They are being sent.")


class Close(ActionForm):
    name, title, button, tone, may = (
        "close",
        __("Close the account"),
        __("Close the account"),
        "danger",
        Permission.PARTNERS,
    )
    folded = True
    lead = __("Its keys open nothing any more. Balance, orders and statement stay.")

    def act(self, by: str, now: datetime) -> str:
        accounts.close(self.about.id, by, now)
        return _("The account is closed.")


def _not_negative(text: str) -> core_money.Money:
    amount = core_money.parse(text, "JPY")
    return amount if amount.minor == 0 else core_money.payable(amount.minor, "JPY")


def _shown_once(account: models.Account, key: models.ApiKey, secret: str) -> DetailPage:
    facts = [(_("Key"), key.name), (_("Secret"), Copy(secret)), (_("What it may"), ", ".join(key.scopes))]
    above = Link(account.name, reverse("admin:records_account_change", args=[account.id]))
    return DetailPage(
        _("The key's secret"),
        above,
        lead=_("It is shown only this once. Hand it over by a way only they read."),
        facts=facts,
    )


@admin.register(models.Account)
class AccountAdmin(ReadOnlyAdmin):
    heading = __("Accounts of programs")
    see = Permission.PARTNERS
    new = OpenAccount
    list_display = ("name_", "kind_", "balance", "limit", "state")
    search_fields = ("name",)
    ordering = ("closed_at", "name")

    @column(__("Name"))
    def name_(self, account: models.Account) -> str:
        return account.name

    @column(__("Kind"))
    def kind_(self, account: models.Account) -> str:
        return str(KIND[account.kind])

    @column(__("Balance"))
    def balance(self, account: models.Account) -> str:
        return money(account.balance_minor, account.currency)

    @column(__("Limit"))
    def limit(self, account: models.Account) -> str:
        return money(account.limit_minor, account.currency)

    @column(__("State"))
    def state(self, account: models.Account) -> Any:
        return tag(_("Closed"), "plain") if account.closed_at else tag(_("Open"), "good")

    def card(self, request: HttpRequest, row: models.Account) -> DetailPage:
        facts = [
            (_("Kind"), KIND[row.kind]),
            (_("Balance"), money(row.balance_minor, row.currency)),
            (_("May go below zero by"), money(row.limit_minor, row.currency)),
            (_("Since"), moment(request, row.made_at)),
            (
                _("State"),
                StateBadge(_("Closed"), "plain") if row.closed_at else StateBadge(_("Open"), "good"),
            ),
        ]
        sheets: list[ActionForm] = []
        if not row.closed_at:
            sheets = [TopUp(about=row), Limit(about=row), Commission(about=row), MakeKey(about=row)]
            if row.keys.filter(revoked_at=None).exists():
                sheets += [RenewKey(about=row), RevokeKey(about=row)]
            if row.endpoints.filter(ended_at=None, paused_until__gt=timezone.now()).exists():
                sheets.append(Resume(about=row))
            sheets.append(Close(about=row))
        tables = [
            *([_keys(request, row)] if allowed(request, Permission.HOUSE) else []),
            _commissions(row),
            _statement(request, row),
        ]
        if row.endpoints.filter(ended_at=None).exists():
            tables.append(_endpoints(request, row))
        return DetailPage(row.name, facts=facts, tables=tables, sheets=sheets)


def _keys(request: HttpRequest, account: models.Account) -> Table:
    rows = [
        [
            key.name,
            f"{key.prefix}…",
            ", ".join(key.scopes),
            moment(request, key.made_at),
            StateBadge(_("Revoked"), "plain") if key.revoked_at else StateBadge(_("Good"), "good"),
        ]
        for key in account.keys.order_by("-made_at")
    ]
    return Table(
        _("API keys"),
        (_("What it is for"), _("Begins with"), _("What it may"), _("Made"), _("State")),
        rows,
        _("No key yet."),
    )


def _endpoints(request: HttpRequest, account: models.Account) -> Table:
    now = timezone.now()
    rows = [
        [
            endpoint.url,
            moment(request, endpoint.made_at),
            _("Paused until %(when)s") % {"when": moment(request, endpoint.paused_until)}
            if endpoint.paused_until and endpoint.paused_until > now
            else StateBadge(_("Good"), "good"),
        ]
        for endpoint in account.endpoints.filter(ended_at=None).order_by("id")
    ]
    heads = (_("Address"), _("Since"), _("State"))
    return Table(_("Where its programs are told"), heads, rows)


def _commissions(account: models.Account) -> Table:
    rows = [
        [
            formats.name(commission.plan.names, language()) if commission.plan else _("every other plan"),
            f"{commission.basis_points // 100}.{commission.basis_points % 100:02} %",
            money(commission.fixed_minor, account.currency),
        ]
        for commission in account.commissions.select_related("plan")
    ]
    heads = (_("Plan"), _("Percent of the price"), _("And for each"))
    return Table(_("Commissions"), heads, rows, _("None is agreed."), numbers=frozenset({1, 2}))


def _statement(request: HttpRequest, account: models.Account) -> Table:
    rows = [
        [
            moment(request, numbered.at),
            words.ledger_event(numbered.event),
            formats.money(numbered.amount, language()),
        ]
        for numbered in statement_pages.page(postings.account(account.id), account.currency, None, LATEST)
    ]
    return Table(
        _("Statement, the newest first"),
        (_("When"), _("What"), _("Amount")),
        rows,
        _("Nothing moved yet."),
        numbers=frozenset({2}),
    )
