"""Plans: what is sold, by which rules, at which price from when; and what the rules mean in dates."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from tsuzuki.actions.catalogue import plans
from tsuzuki.core import money as core_money
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import Money
from tsuzuki.core.plan import (
    Allowance,
    AllowanceKind,
    Kind,
    Price,
    Stacking,
    Start,
    Terms,
    Validity,
    contradiction,
)
from tsuzuki.core.staff import Permission
from tsuzuki.core.tax import TaxRule
from tsuzuki.records import models, queries
from tsuzuki.ui import formats, terms

from .action_form import ActionForm, words
from .carriers import add_names, names_of
from .detail_page import DetailPage, StateBadge, language, money
from .plan_prices import in_force, prices_table
from .plan_rules import (
    KIND,
    RULE,
    STACKING,
    START,
    TAX,
    UNITS,
    choices,
    label,
    preview,
    read_quantity,
    written,
)
from .read_only_admin import ReadOnlyAdmin, column, tag

LIST = "admin:records_plan_changelist"
CURRENCY = "JPY"


class PlanForm(ActionForm):
    name, title, button, may = "plan", __("What it is"), __("Save"), Permission.SELL
    wide = True
    others = (("preview", __("Preview the dates")),)
    kind = forms.ChoiceField(label=__("Kind"), choices=choices(KIND))
    technology = forms.ChoiceField(label=__("Technology"), choices=[("4g", "4G"), ("5g", "5G")])
    gives_data = forms.CharField(
        label=__("Data"), required=False, max_length=20, help_text=__("3 GB, 500 MB or unlimited")
    )
    gives_voice = forms.CharField(
        label=__("Calls"), required=False, max_length=20, help_text=__("60 min or unlimited")
    )
    gives_sms = forms.CharField(
        label=__("SMS"), required=False, max_length=20, help_text=__("50 or unlimited")
    )
    open_amount = forms.BooleanField(label=__("Credit: the buyer chooses how much"), required=False)
    validity = forms.ChoiceField(label=__("How long"), choices=choices(RULE))
    count = forms.IntegerField(label=__("How many days or months"), min_value=1, max_value=3660)
    start = forms.ChoiceField(label=__("When it starts"), choices=choices(START))
    stacking = forms.ChoiceField(label=__("Bought while another runs"), choices=choices(STACKING))
    cap_days = forms.IntegerField(
        label=__("Never further ahead than (days)"), required=False, min_value=1, max_value=3660
    )
    start_within_days = forms.IntegerField(
        label=__("Starts by itself after (days)"),
        min_value=1,
        max_value=3660,
        help_text=__("Where it waits for installing or first use."),
    )
    boundary_zone = forms.CharField(
        label=__("Whose midnight"), required=False, max_length=40, help_text=__("Such as Asia/Shanghai")
    )
    field_order = ("code", "name_en", "name_ja", "name_zh-Hans", "kind", "carrier")

    def prepare(self) -> None:
        add_names(self.fields)
        known = [
            (row.code, formats.name(row.names, language())) for row in models.Carrier.objects.order_by("code")
        ]
        self.fields["carrier"] = forms.ChoiceField(
            label=__("For lines of"), choices=[("", _("every carrier")), *known], required=False
        )

    def first(self) -> dict[str, Any]:
        rules, plan = Terms(Validity.HOURS_THEN_END_OF_DAY, 30), self.about
        shown: dict[str, Any] = {}
        if plan is not None:
            value = queries.plan_value(plan)
            rules = value.terms
            shown = {"kind": value.kind.value, "carrier": value.carrier or "", "technology": value.technology}
            shown |= {f"name_{tag}": name for tag, name in value.names.items()}
            for allowance in value.allowances:
                shown |= (
                    {"open_amount": allowance.amount is None}
                    if allowance.good is AllowanceKind.CREDIT
                    else {f"gives_{allowance.good}": written(allowance)}
                )
        return shown | {
            "validity": rules.validity.value,
            "count": rules.count,
            "start": rules.start.value,
            "stacking": rules.stacking.value,
            "cap_days": rules.cap_days,
            "start_within_days": rules.start_within_days,
            "boundary_zone": rules.boundary_zone or "",
        }

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        self.allowances = []
        for good in UNITS:
            try:
                allowance = read_quantity(good, cleaned.get(f"gives_{good}") or "")
            except ValueError:
                self.add_error(f"gives_{good}", _("Please write it as in the example."))
            else:
                self.allowances += [allowance] if allowance else []
        zone = cleaned.get("boundary_zone")
        if zone and zone not in available_timezones():
            self.add_error("boundary_zone", _("A zone is written as Asia/Tokyo."))
        if cleaned.get("kind") in (Kind.PLAN, Kind.ADDON) and not self.allowances and not self.errors:
            self.add_error("gives_data", _("A plan gives data, calls or SMS."))
        return cleaned

    def terms(self) -> Terms:
        """Refused where two of the rules contradict each other.

        What runs beside a plan starts at once, whatever was chosen.
        """
        given, kind = self.cleaned_data, Kind(self.cleaned_data["kind"])
        beside = kind is not Kind.PLAN
        rules = Terms(
            Validity(given["validity"]),
            given["count"],
            Start.PURCHASE if beside else Start(given["start"]),
            Stacking.PARALLEL if beside else Stacking(given["stacking"]),
            given["cap_days"],
            given["start_within_days"],
            given["boundary_zone"] or None,
        )
        if clash := contradiction(kind, rules):
            raise Refused(Code.TERMS_CONTRADICT, one=label(clash[0]), other=label(clash[1]))
        return rules

    def plan(self, code: str, price: Price | None, credit: Money) -> plans.NewPlan:
        given = self.cleaned_data
        allowances = tuple(self.allowances)
        if given["kind"] == Kind.CREDIT:
            allowances = (Allowance(AllowanceKind.CREDIT, None if given["open_amount"] else credit.minor),)
        retired = self.about is not None and self.about.retired_at is not None
        return plans.NewPlan(
            code,
            Kind(given["kind"]),
            names_of(given),
            given["carrier"] or None,
            given["technology"],
            self.terms(),
            allowances,
            price,
            retired,
        )

    def look(self, now: datetime) -> None:
        carrier = models.Carrier.objects.filter(code=self.cleaned_data["carrier"]).first()
        try:
            self.shows = [
                preview(
                    self.terms(),
                    Kind(self.cleaned_data["kind"]),
                    carrier.zone if carrier else "Asia/Tokyo",
                    now,
                )
            ]
        except Refused as refused:
            self.add_error(None, words(refused))

    def act(self, by: str, now: datetime) -> str:
        price = self.about.prices.filter(since__lte=now).order_by("-since").first()
        credit = Money(price.minor, price.currency) if price else Money(0, CURRENCY)
        plans.save_plans([self.plan(self.about.code, None, credit)], now, by)
        return _("Saved. Offers already made keep their old rules.")


class NewPlan(PlanForm):
    title, button = __("A new plan"), __("Put on sale")
    code = forms.CharField(
        label=__("Code"), max_length=40, help_text=__("Small letters, digits, hyphens. It never changes.")
    )
    price = forms.CharField(label=__("Price in JPY, tax included"), max_length=16)
    cost = forms.CharField(label=__("What the carrier is owed, in JPY"), max_length=16, initial="0")
    tax = forms.ChoiceField(label=__("Tax"), choices=choices(TAX))

    def act(self, by: str, now: datetime) -> str:
        given = self.cleaned_data
        if models.Plan.objects.filter(code=given["code"]).exists():
            raise Refused(Code.NAME_TAKEN, name=given["code"])
        price = read_price(given)
        plans.save_plans([self.plan(given["code"], price, price.amount)], now, by)
        self.next = reverse(LIST)
        return _("“%(name)s” is on sale.") % {"name": given["name_en"]}


def read_price(given: dict[str, Any]) -> Price:
    amount = core_money.payable(core_money.parse(given["price"], CURRENCY).minor, CURRENCY)
    cost = core_money.parse(given["cost"] or "0", CURRENCY)
    return Price(amount, cost, TaxRule(given["tax"]))


class NewPrice(ActionForm):
    name, title, button, may = "price", __("A new price"), __("Set the price"), Permission.SELL
    lead = __("It holds from its moment until the next price. Offers already made keep theirs.")
    price = forms.CharField(label=__("Price in JPY, tax included"), max_length=16)
    cost = forms.CharField(label=__("What the carrier is owed, in JPY"), max_length=16)
    tax = forms.ChoiceField(label=__("Tax"), choices=choices(TAX))
    since = forms.DateTimeField(
        label=__("From"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=__("In the carrier's time zone; empty: from now on."),
    )

    def first(self) -> dict[str, Any]:
        last = self.about.prices.filter(currency=CURRENCY).order_by("-since").first()
        return (
            {"price": "", "cost": Money(last.cost_minor, CURRENCY).plain(), "tax": last.tax}
            if last
            else {"cost": "0"}
        )

    def act(self, by: str, now: datetime) -> str:
        given = self.cleaned_data
        zone = ZoneInfo(self.about.carrier.zone if self.about.carrier else "Asia/Tokyo")
        since = given["since"].replace(tzinfo=zone) if given["since"] else now
        plans.set_price(self.about.code, read_price(given), since, by, now)
        return _("The price is set.")


class DropPrice(ActionForm):
    name, title, button, tone, may = (
        "drop",
        __("Remove a price that has not begun"),
        __("Remove"),
        "plain",
        Permission.SELL,
    )
    folded = True

    def prepare(self) -> None:
        rows = self.about.prices.filter(since__gt=timezone.now()).order_by("since")
        zone = self.about.carrier.zone if self.about.carrier else "Asia/Tokyo"
        results = [
            (str(row.id), f"{money(row.minor, row.currency)} · {formats.moment(row.since, zone, language())}")
            for row in rows
        ]
        self.fields["which"] = forms.ChoiceField(label=__("Price"), choices=results)

    def act(self, by: str, now: datetime) -> str:
        plans.drop_price(self.about.code, int(self.cleaned_data["which"]), by, now)
        return _("The price is removed.")


class Retire(ActionForm):
    name, title, button, tone, may = (
        "retire",
        __("Stop selling"),
        __("Retire the plan"),
        "plain",
        Permission.SELL,
    )
    folded = True
    lead = __("Nobody can buy it any more; what was sold runs on.")

    def act(self, by: str, now: datetime) -> str:
        plans.retire(self.about.code, True, by, now)
        return _("Retired.")


class SellAgain(ActionForm):
    name, title, button, may = "again", __("Sell it again"), __("Put on sale"), Permission.SELL

    def act(self, by: str, now: datetime) -> str:
        plans.retire(self.about.code, False, by, now)
        return _("On sale again.")


class DeletePlan(ActionForm):
    name, title, button, tone, may = "delete", __("Delete"), __("Delete the plan"), "danger", Permission.SELL
    folded = True
    lead = __("Only what nobody ever bought can be deleted.")

    def act(self, by: str, now: datetime) -> str:
        plans.delete_plan(self.about.code, by, now)
        self.next = reverse(LIST)
        return _("Deleted.")


@admin.register(models.Plan)
class PlanAdmin(ReadOnlyAdmin):
    heading = __("Plans")
    new = NewPlan
    list_display = ("name_", "code_", "kind_", "price_", "margin", "state")
    search_fields = ("code",)
    ordering = ("retired_at", "kind", "code")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("carrier").prefetch_related("prices")

    @column(__("Name"))
    def name_(self, plan: models.Plan) -> str:
        return formats.name(plan.names, language())

    @column(__("Code"))
    def code_(self, plan: models.Plan) -> str:
        return plan.code

    @column(__("Kind"))
    def kind_(self, plan: models.Plan) -> str:
        return str(KIND[Kind(plan.kind)])

    @column(__("Price"))
    def price_(self, plan: models.Plan) -> str:
        price = in_force(plan)
        return money(price.minor, price.currency) if price else _("none")

    @column(__("Owed to the carrier"))
    def margin(self, plan: models.Plan) -> str:
        price = in_force(plan)
        return money(price.cost_minor, price.currency) if price else ""

    @column(__("State"))
    def state(self, plan: models.Plan) -> Any:
        return tag(_("Retired"), "plain") if plan.retired_at else tag(_("On sale"), "good")

    def card(self, request: HttpRequest, row: models.Plan) -> DetailPage:
        value, now = queries.plan_value(row), timezone.now()
        zone = row.carrier.zone if row.carrier else "Asia/Tokyo"
        price = in_force(row)
        gives = (
            formats.amount(allowance.good, allowance.amount, language(), CURRENCY)
            for allowance in value.allowances
        )
        facts = [
            (_("Code"), row.code),
            (_("Kind"), KIND[value.kind]),
            (_("Gives"), formats.listed(gives, language())),
            (_("How long"), terms.lasts(value.terms, language())),
            (_("When it starts"), START[value.terms.start]),
            (_("Bought while another runs"), STACKING[value.terms.stacking]),
            (_("Price"), money(price.minor, price.currency) if price else StateBadge(_("none"), "bad")),
            (
                _("State"),
                StateBadge(_("Retired"), "plain") if row.retired_at else StateBadge(_("On sale"), "good"),
            ),
        ]
        sheets: list[ActionForm] = [NewPrice(about=row)]
        if any(price.since > now for price in row.prices.all()):
            sheets.append(DropPrice(about=row))
        sheets += [
            PlanForm(about=row),
            SellAgain(about=row) if row.retired_at else Retire(about=row),
            DeletePlan(about=row),
        ]
        tables = [prices_table(row, zone, now), preview(value.terms, value.kind, zone, now)]
        return DetailPage(formats.name(row.names, language()), facts=facts, tables=tables, sheets=sheets)
