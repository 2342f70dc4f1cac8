"""Carriers: who delivers, when they are open, and how long may pass before the money goes back."""

import json
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from tsuzuki.actions.catalogue import plans
from tsuzuki.actions.engine import providers
from tsuzuki.actions.order.offers import without_word
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.hours import DAYS, has_holidays, read_spans
from tsuzuki.core.staff import Permission
from tsuzuki.records import models
from tsuzuki.ui import formats

from .action_form import ActionForm
from .detail_page import DetailPage, Link, Table, language
from .permissions import allowed
from .read_only_admin import ReadOnlyAdmin, column

LIST = "admin:records_carrier_changelist"
LANGUAGES = (
    ("en", __("Name in English")),
    ("ja", __("Name in Japanese")),
    ("zh-Hans", __("Name in Chinese")),
)
WEEK = dict(
    zip(
        DAYS,
        (
            __("Monday"),
            __("Tuesday"),
            __("Wednesday"),
            __("Thursday"),
            __("Friday"),
            __("Saturday"),
            __("Sunday"),
        ),
        strict=True,
    )
)
APN = {
    "apn": __("APN"),
    "apn_user": __("APN user name"),
    "apn_password": __("APN password"),
    "apn_auth": __("APN authentication"),
}
OURS = ("portal", *APN)  # settings with a field of their own


def reach_of(provider: str) -> tuple[str, ...]:
    """Settings that decide whom a carrier speaks to, as whom and with what: the owner's alone."""
    reaches = providers.reaches(provider)
    return (*reaches.settings, *reaches.secrets)


def add_names(fields: dict[str, forms.Field]) -> None:
    for tag, label in LANGUAGES:
        fields[f"name_{tag}"] = forms.CharField(label=label, max_length=60, required=tag == "en")


def names_of(cleaned: dict[str, Any]) -> dict[str, str]:
    return {tag: cleaned[f"name_{tag}"] for tag, _label in LANGUAGES if cleaned.get(f"name_{tag}")}


def settings_in(text: str) -> Any:
    """ValueError for what JSON or PostgreSQL has no place for: numbers without end, NUL, half a character,
    one name twice.
    """
    settings = json.loads(text, object_pairs_hook=_each_once)
    json.dumps(settings, allow_nan=False, ensure_ascii=False).encode()
    if "\\u0000" in text:
        raise ValueError("NUL")
    return settings


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name stands there twice")
    return dict(pairs)


class CarrierForm(ActionForm):
    name, title, button, may = "carrier", __("Carrier"), __("Save"), Permission.SELL
    wide = True
    owners: ClassVar[bool] = False  # may say how it is reached
    code = forms.CharField(
        label=__("Code"), max_length=40, help_text=__("Small letters, digits, hyphens. It never changes.")
    )
    network = forms.SlugField(
        label=__("Network"), max_length=40, help_text=__("Whose masts: docomo, softbank, au, rakuten ...")
    )
    portal = forms.URLField(
        label=__("Address of the carrier's portal"),
        required=False,
        max_length=300,
        assume_scheme="https",
        help_text=__("Tasks of the work list link to it."),
    )
    settings = forms.CharField(
        label=__("Other settings"),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 3, "wide": True}),
        help_text=__("As JSON, without secrets; those belong into the environment."),
    )
    zone = forms.CharField(label=__("Time zone"), max_length=40, initial="Asia/Tokyo")
    refund_minutes = forms.IntegerField(
        label=__("Refund clock in minutes"),
        min_value=1,
        max_value=43200,
        initial=15,
        help_text=__(
            "Not delivered by then: the refund begins by itself. Counted in opening hours where you set some."
        ),
    )
    holidays = forms.CharField(
        label=__("Closed on the holidays of"),
        required=False,
        max_length=2,
        help_text=__("A country such as JP; empty: open on holidays too."),
    )

    field_order = ("code", "name_en", "name_ja", "name_zh-Hans", "network", "provider", "portal")

    def prepare(self) -> None:
        self.fields["provider"] = forms.ChoiceField(
            label=__("How it is reached"),
            choices=[(name, name) for name in providers.carriers_here()],
            help_text=__("byhand: staff do it in the carrier's portal."),
        )
        add_names(self.fields)
        for name, label in APN.items():
            hint = __("What customers type into their phones.") if name == "apn" else ""
            self.fields[name] = forms.CharField(label=label, required=False, max_length=80, help_text=hint)
        for day, label in WEEK.items():
            hint = __("Such as 09:00-18:00; empty: closed. All empty: always open.") if day == "mon" else ""
            self.fields[day] = forms.CharField(label=label, required=False, max_length=80, help_text=hint)
        if self.about is not None:
            del self.fields["code"]
            if not self.owners:
                del self.fields["provider"]

    def first(self) -> dict[str, Any]:
        row = self.about
        if row is None:
            return {"zone": "Asia/Tokyo", "refund_minutes": 15, "provider": "byhand"}
        fixed = () if self.owners else reach_of(row.provider)
        settings = {
            name: value for name, value in row.settings.items() if name not in OURS and name not in fixed
        }
        spans = {day: ", ".join("-".join(span) for span in row.hours.get(day, ())) for day in DAYS}
        return {
            "network": row.network,
            "provider": row.provider,
            **{name: row.settings.get(name, "") for name in OURS},
            "zone": row.zone,
            "settings": json.dumps(settings, ensure_ascii=False) if settings else "",
            "refund_minutes": row.refund_after_seconds // 60,
            "holidays": row.hours.get("holidays", ""),
            **{f"name_{tag}": name for tag, name in row.names.items()},
            **spans,
        }

    def clean_zone(self) -> str:
        if self.cleaned_data["zone"] not in available_timezones():
            raise forms.ValidationError(_("A zone is written as Asia/Tokyo."))
        return str(self.cleaned_data["zone"])

    def clean_holidays(self) -> str:
        country = str(self.cleaned_data["holidays"]).upper()
        if country and not has_holidays(country):
            raise forms.ValidationError(_("A country is written as JP."))
        return country

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        try:
            settings = settings_in(cleaned.get("settings") or "{}")
            provider = self._provider(cleaned)
            fixed = () if self.owners else reach_of(provider)
            allowed = [name for name in providers.carriers_here().get(provider, ()) if name not in fixed]
            unknown = [name for name in settings if name not in allowed or name in OURS]
        except (ValueError, TypeError, RecursionError):
            self.add_error("settings", _('This is not JSON, such as {"timeout": 5}.'))
        else:
            if not isinstance(settings, dict) or unknown:
                self.add_error(
                    "settings", _("Settings known here: %(names)s.") % {"names": ", ".join(allowed) or "-"}
                )
            self.read_settings = settings
        self.read_hours = self._hours(cleaned)
        return cleaned

    def _provider(self, cleaned: dict[str, Any]) -> str:
        """Of a carrier that is there only the owner changes it; then there is a field for it."""
        return str(cleaned.get("provider", "")) if "provider" in self.fields else str(self.about.provider)

    def _hours(self, cleaned: dict[str, Any]) -> dict[str, object]:
        hours: dict[str, object] = {}
        for day in DAYS:
            try:
                if spans := read_spans(cleaned.get(day) or ""):
                    hours[day] = spans
            except ValueError:
                self.add_error(day, _("Please write hours as 09:00-18:00, or 09:00-12:00, 13:00-18:00."))
        if hours and cleaned.get("holidays"):
            hours["holidays"] = cleaned["holidays"]
        return hours

    def act(self, by: str, now: datetime) -> str:
        given = self.cleaned_data
        code = self.about.code if self.about else given["code"]
        if self.about is None and models.Carrier.objects.filter(code=code).exists():
            raise Refused(Code.NAME_TAKEN, name=code)
        provider = self._provider(given)
        kept = {} if self.about is None or self.owners else self.about.settings
        fixed = {name: kept[name] for name in reach_of(provider) if name in kept}
        settings = self.read_settings | fixed | {name: given[name] for name in OURS if given[name]}
        carrier = plans.NewCarrier(
            code,
            names_of(given),
            given["network"],
            provider,
            given["zone"],
            settings,
            given["refund_minutes"] * 60,
            self.read_hours,
        )
        plans.save_carriers([carrier], by, now)
        self.next = reverse("admin:records_carrier_change", args=[code])
        return _("Saved.")


class DeleteCarrier(ActionForm):
    name, title, button, tone, may = (
        "delete",
        __("Delete"),
        __("Delete the carrier"),
        "danger",
        Permission.SELL,
    )
    folded = True
    lead = __("Only a carrier without a line, a plan or an order can be deleted.")

    def act(self, by: str, now: datetime) -> str:
        plans.delete_carrier(self.about.code, by, now)
        self.next = reverse(LIST)
        return _("Deleted.")


class NewCarrier(CarrierForm):
    title = __("A new carrier")


class OwnersCarrierForm(CarrierForm):
    may, owners = Permission.HOUSE, True


class OwnersNewCarrier(NewCarrier):
    may, owners = Permission.HOUSE, True


@admin.register(models.Carrier)
class CarrierAdmin(ReadOnlyAdmin):
    heading = __("Carriers")
    new = NewCarrier
    list_display = ("name_", "network_", "way", "clock")
    ordering = ("code",)

    @column(__("Name"))
    def name_(self, carrier: models.Carrier) -> str:
        return formats.name(carrier.names, language())

    @column(__("Network"))
    def network_(self, carrier: models.Carrier) -> str:
        return carrier.network

    @column(__("How it is reached"))
    def way(self, carrier: models.Carrier) -> str:
        return carrier.provider

    @column(__("Refund clock"))
    def clock(self, carrier: models.Carrier) -> str:
        return formats.span(carrier.refund_after_seconds, language())

    def new_sheet(self, request: HttpRequest) -> ActionForm:
        return OwnersNewCarrier() if allowed(request, Permission.HOUSE) else NewCarrier()

    def card(self, request: HttpRequest, row: models.Carrier) -> DetailPage:
        plans = models.Plan.objects.filter(carrier=row).order_by("code")
        rows = [
            [
                Link(plan.code, reverse("admin:records_plan_change", args=[plan.id])),
                formats.name(plan.names, language()),
            ]
            for plan in plans
        ]
        broken = providers.broken(lambda: providers.carrier_of(row))
        facts = [
            (_("Code"), row.code),
            (_("Network"), row.network),
            (_("How it is reached"), row.provider),
            (_("Time zone"), row.zone),
            (_("Lines"), f"{models.Line.objects.filter(carrier=row, closed_at=None).count():,}"),
        ]
        owner = allowed(request, Permission.HOUSE)
        if allowed(request, Permission.SELL) and not owner:  # to be read; only the owner changes it
            facts += [
                (name, str(row.settings[name])) for name in reach_of(row.provider) if name in row.settings
            ]
        sheet = OwnersCarrierForm(about=row) if owner else CarrierForm(about=row)
        return DetailPage(
            formats.name(row.names, language()),
            facts=facts,
            sheets=[sheet, DeleteCarrier(about=row)],
            tables=[
                Table(
                    _("Plans of this carrier alone"),
                    (_("Code"), _("Name")),
                    rows,
                    _("None: plans for every carrier are sold."),
                )
            ],
            warnings=[*unreachable(broken), *_unsold(row)],
        )


def unreachable(why: str) -> list[str]:
    return [_("It cannot be reached with these settings: %(why)s") % {"why": why}] if why else []


def _unsold(row: models.Carrier) -> list[str]:
    codes = without_word(row, timezone.now())
    return (
        [
            _("Not sold on its lines, as its template has no word for them: %(plans)s")
            % {"plans": ", ".join(codes)}
        ]
        if codes
        else []
    )
