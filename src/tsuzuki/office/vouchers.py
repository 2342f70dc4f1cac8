"""Vouchers: made in batches, printed once, disabled when a sheet is lost."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from tsuzuki.actions.money import vouchers as actions
from tsuzuki.actions.write.ids import mint_anywhere
from tsuzuki.core import money as core_money
from tsuzuki.core.staff import Permission
from tsuzuki.records import models
from tsuzuki.ui import formats

from .action_form import ActionForm
from .detail_page import DetailPage, Link, StateBadge, day, language, moment, money
from .read_only_admin import ReadOnlyAdmin, column

MOST = 1000  # of one print sheet


class MakeBatch(ActionForm):
    name, title, button, may = "make", __("A new batch"), __("Make and show the codes"), Permission.SELL
    lead = __("The codes are shown once, on the next page, ready to print. Nobody can read them again later.")
    amount = forms.CharField(label=__("Worth of each, in JPY"), max_length=16)
    count = forms.IntegerField(label=__("How many"), min_value=1, max_value=MOST)
    note = forms.CharField(label=__("For whom or where"), max_length=60, required=False)
    id = forms.UUIDField(widget=forms.HiddenInput)  # so that a repeated press makes no second batch

    def first(self) -> dict[str, Any]:
        return {"id": mint_anywhere(timezone.now())}

    @property
    def seen(self) -> str:
        return "new"

    def act(self, by: str, now: datetime) -> str | DetailPage:
        given = self.cleaned_data
        worth = core_money.parse(given["amount"], "JPY")
        batch, codes = actions.make_batch(
            worth, given["count"], now, {"en": given["note"]} if given["note"] else None, by, given["id"]
        )
        facts = [
            (_("Worth"), money(batch.minor, batch.currency)), (_("How many"), str(batch.count)),
            (_("Good until"), formats.moment(batch.expires_at, "Asia/Tokyo", language(), closing=True)),
        ]  # fmt: skip
        above = Link(_("Vouchers"), reverse("admin:records_voucherbatch_changelist"))
        return DetailPage(
            _("Print these now"),
            above,
            facts=facts,
            template="office/vouchers.html",
            more=[" ".join(code[place : place + 4] for place in (0, 4, 8, 12)) for code in codes],
            warnings=[_("These codes are shown only this once. Print them before you leave this page.")],
        )


class Disable(ActionForm):
    name, title, button, tone, may = "disable", __("Lost?"), __("Disable"), "danger", Permission.SELL
    folded = True
    lead = __("Vouchers nobody redeemed yet are good for nothing from then on.")
    last_digits = forms.RegexField(
        r"\A\d{4}\Z",
        label=__("Only the one ending in"),
        required=False,
        help_text=__("Four digits; empty: the whole batch."),
    )

    def act(self, by: str, now: datetime) -> str:
        count = actions.disable(self.about.id, self.cleaned_data["last_digits"], by, now)
        return _("Vouchers disabled: %(count)s.") % {"count": count}


@admin.register(models.VoucherBatch)
class VoucherAdmin(ReadOnlyAdmin):
    heading = __("Vouchers")
    see = Permission.SELL
    new = MakeBatch
    list_display = ("made", "worth", "how_many", "redeemed", "disabled", "until", "note")
    ordering = ("-made_at",)

    def get_queryset(self, request: HttpRequest) -> Any:
        used, off = Q(vouchers__tender__isnull=False), Q(vouchers__disabled_at__isnull=False)
        return (
            super()
            .get_queryset(request)
            .annotate(used=Count("vouchers", filter=used), off=Count("vouchers", filter=off))
        )

    @column(__("Made"))
    def made(self, batch: models.VoucherBatch) -> str:
        return formats.moment(batch.made_at, "Asia/Tokyo", language())

    @column(__("Worth"))
    def worth(self, batch: models.VoucherBatch) -> str:
        return money(batch.minor, batch.currency)

    @column(__("How many"))
    def how_many(self, batch: models.VoucherBatch) -> str:
        return f"{batch.count:,}"

    @column(__("Redeemed"))
    def redeemed(self, batch: Any) -> str:
        return f"{batch.used:,}"

    @column(__("Disabled"))
    def disabled(self, batch: Any) -> str:
        return f"{batch.off:,}"

    @column(__("Good until"))
    def until(self, batch: models.VoucherBatch) -> str:
        return formats.moment(batch.expires_at, "Asia/Tokyo", language(), closing=True)

    @column(__("For whom or where"))
    def note(self, batch: models.VoucherBatch) -> str:
        return formats.name(batch.names, language())

    def card(self, request: HttpRequest, row: Any) -> DetailPage:
        over = row.expires_at <= timezone.now()
        facts = [
            (_("Worth"), money(row.minor, row.currency)),
            (_("How many"), f"{row.count:,}"),
            (_("Redeemed"), f"{row.used:,}"),
            (_("Disabled"), f"{row.off:,}"),
            (_("Good until"), moment(request, row.expires_at, closing=True)),
            (_("State"), StateBadge(_("Over"), "plain") if over else StateBadge(_("Good"), "good")),
            (_("For whom or where"), formats.name(row.names, language())),
        ]
        return DetailPage(
            _("Batch of %(day)s") % {"day": day(request, row.made_at)},
            facts=facts,
            sheets=[Disable(about=row)],
        )
