"""Purchases: orders, payments, what every provider was asked and answered, and each yen."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from tsuzuki.actions.order.expire import cancel
from tsuzuki.actions.order.take_back import DELIVERED, ask_back
from tsuzuki.core.errors import Refused
from tsuzuki.core.identifiers import mask_email
from tsuzuki.core.ids import spoken_code_from
from tsuzuki.core.staff import Permission
from tsuzuki.core.task import TaskId, TaskKind
from tsuzuki.ledger import statement_pages
from tsuzuki.records import models, queries
from tsuzuki.ui import formats, methods

from . import words
from .action_form import ActionForm
from .detail_page import Cell, Copy, DetailPage, Link, StateBadge, Table, Verbatim, language, moment, money
from .permissions import allowed
from .read_only_admin import ReadOnlyAdmin, column, tag


class Cancel(ActionForm):
    name, title, button, tone = "cancel", __("Cancel"), __("Cancel the purchase"), "danger"
    lead = __("Nothing was paid yet. Should money still come, it goes back.")

    def act(self, by: str, now: datetime) -> str:
        cancel(self.about.id, by, now)
        return _("Cancelled.")


class AskBack(ActionForm):
    name, title, button, tone = "ask_back", __("Take an order back"), __("Ask for it"), "plain"
    folded = True
    lead = __("What was delivered is taken back and refunded once a second person agrees in the work list.")
    reason = forms.CharField(label=__("Why"), max_length=80)
    field_order = ("order", "reason")

    def prepare(self) -> None:
        delivered = [order for order in self.about.orders.all() if order.state in DELIVERED]
        choices = [(str(order.id), formats.name(order.plan.names, language())) for order in delivered]
        self.fields["order"] = forms.ChoiceField(label=__("Order"), choices=choices)

    def act(self, by: str, now: datetime) -> str:
        order = next(
            order for order in self.about.orders.all() if str(order.id) == self.cleaned_data["order"]
        )
        ask_back(order.id, self.cleaned_data["reason"], by, now)
        return _("Asked. A second person decides in the work list.")


class InState(admin.SimpleListFilter):
    title, parameter_name = __("State"), "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterator[tuple[str, str]]:
        return ((state, _(text)) for state, (text, _tone) in words.ORDER.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() not in words.ORDER:
            return queryset
        return queryset.filter(
            Exists(models.Order.objects.filter(purchase=OuterRef("id"), state=self.value()))
        )


@admin.register(models.Purchase)
class PurchaseAdmin(ReadOnlyAdmin):
    heading = __("Purchases")
    list_display = ("code_", "states", "total", "made", "buyer")
    list_filter = (InState,)
    search_fields = ("code",)
    search_help_text = __("The spoken code, such as R-7K3QF, or the number of an order")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("account").prefetch_related("orders")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        code = spoken_code_from(term)
        results = queryset.filter(code=code) if code else queryset.none()
        if results.exists():
            return results, False
        try:
            return queryset.filter(id=queries.purchase_by_id_or_code(term).id), False
        except Refused:
            return queryset.none(), False

    @column(__("Order"))
    def code_(self, purchase: models.Purchase) -> str:
        return purchase.code

    @column(__("State"))
    def states(self, purchase: models.Purchase) -> Any:
        results = list(dict.fromkeys(order.state for order in purchase.orders.all()))
        if len(results) == 1:
            return tag(*words.said(words.ORDER, results[0]))
        return formats.listed((words.said(words.ORDER, text)[0] for text in results), language())

    @column(__("Total"))
    def total(self, purchase: models.Purchase) -> str:
        return money(purchase.minor, purchase.currency)

    @column(__("When"))
    def made(self, purchase: models.Purchase) -> str:
        return formats.moment(purchase.made_at, "Asia/Tokyo", language())

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return (
            self.list_display
            if allowed(request, Permission.WORK)
            else (*self.list_display[:-1], "masked_buyer")
        )

    @column(__("Buyer"))
    def buyer(self, purchase: models.Purchase) -> str:
        return purchase.email or words.buyer(purchase)

    @column(__("Buyer"))
    def masked_buyer(self, purchase: models.Purchase) -> str:
        return mask_email(purchase.email) if purchase.email else words.buyer(purchase)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> models.Purchase | None:
        try:
            return queries.purchase_by_id_or_code(object_id)
        except Refused:
            return None

    def card(self, request: HttpRequest, row: models.Purchase) -> DetailPage:
        orders, tenders = list(row.orders.all()), list(row.tenders.all())
        disputes = list(models.Dispute.objects.filter(purchase=row).select_related("tender").order_by("id"))
        refunds = list(models.Refund.objects.filter(purchase=row).select_related("tender").order_by("id"))
        attempts = list(models.Attempt.objects.filter(purchase=row).order_by("opened_at"))
        facts = [
            (_("Order"), Copy(row.code)),
            (_("Total"), money(row.minor, row.currency)),
            (_("Made"), moment(request, row.made_at)),
            (_("To be paid by"), moment(request, row.pay_by)),
            (_("Receipt to"), row.email if allowed(request, Permission.WORK) else ""),
            (_("Bought by"), words.buyer(row)),
        ]
        sheets: list[ActionForm] = [Cancel(about=row)] if row.waiting else []
        if any(order.state in DELIVERED for order in orders):
            sheets.append(AskBack(about=row))
        return DetailPage(
            row.code,
            facts=facts,
            sheets=sheets,
            tables=[
                _orders(request, orders),
                _tenders(request, tenders),
                *([_refunds(request, refunds)] if refunds else []),
                *([_disputes(request, disputes)] if disputes else []),
                _attempts(request, attempts),
                _evidence(request, attempts),
                _postings(request, orders, tenders, refunds, disputes),
                _letters(request, row),
            ],
        )


def _orders(request: HttpRequest, orders: list[models.Order]) -> Table:
    numbers = queries.numbers_of([order.line_id for order in orders])
    rows = [
        [
            Link(
                _line(request, order.line, numbers.get(order.line_id)),
                reverse("admin:records_line_change", args=[order.line_id]),
            ),
            formats.name(order.plan.names, language()),
            StateBadge(*words.said(words.ORDER, order.state)),
            words.incident(order.needs_staff)[0] if order.needs_staff else "",
            money(order.minor, order.currency),
        ]
        for order in orders
    ]
    return Table(
        _("Orders"),
        (_("Number"), _("Plan"), _("State"), _("Needs staff"), _("Price")),
        rows,
        numbers=frozenset({4}),
    )


def _line(request: HttpRequest, line: models.Line, number: str | None) -> str:
    shown = formats.number(number) if number else _("line")
    if line.closed_at is None:
        return shown
    return _("%(number)s, closed on %(date)s") % {"number": shown, "date": moment(request, line.closed_at)}


def _tenders(request: HttpRequest, tenders: list[models.Tender]) -> Table:
    rows = [
        [
            methods.method(tender.method, language()).name,
            StateBadge(*words.said(words.TENDER, tender.state)),
            moment(request, tender.paid_at),
            tender.reason,
            money(tender.minor, tender.currency),
        ]
        for tender in tenders
    ]
    return Table(
        _("Payments"),
        (_("By"), _("State"), _("Paid at"), _("Reason"), _("Amount")),
        rows,
        numbers=frozenset({4}),
    )


def _refunds(request: HttpRequest, refunds: list[models.Refund]) -> Table:
    rows = [
        [
            methods.method(refund.tender.method, language()).name,
            StateBadge(*words.said(words.REFUND, refund.state)),
            moment(request, refund.begun_at),
            refund.reference,
            money(refund.minor, refund.currency),
        ]
        for refund in refunds
    ]
    return Table(
        _("Refunds"),
        (_("To"), _("State"), _("Begun"), _("Reference"), _("Amount")),
        rows,
        numbers=frozenset({4}),
    )


def _disputes(request: HttpRequest, disputes: list[models.Dispute]) -> Table:
    rows = [
        [
            methods.method(dispute.tender.method, language()).name,
            StateBadge(*words.said(words.DISPUTE, dispute.state)),
            moment(request, dispute.opened_at),
            moment(request, dispute.closed_at),
            dispute.reference,
            money(dispute.minor, dispute.currency),
        ]
        for dispute in disputes
    ]
    heads = (_("Paid by"), _("State"), _("Since"), _("Decided"), _("Their reference"), _("Amount"))
    return Table(_("Disputes"), heads, rows, numbers=frozenset({5}))


def _attempts(request: HttpRequest, attempts: list[models.Attempt]) -> Table:
    rows: list[list[Cell]] = [
        [
            Link(
                words.plain(words.STEP, attempt.step),
                reverse("admin:task", args=[TaskId(TaskKind.ATTEMPT, str(attempt.id))]),
            ),
            attempt.provider,
            moment(request, attempt.opened_at),
            words.plain(words.STANDING, attempt.outcome or attempt.standing),
            attempt.reference or attempt.reason,
            _("asked: %(asks)s, looked up: %(looks)s") % {"asks": attempt.asks, "looks": attempt.looks},
        ]
        for attempt in attempts
    ]
    heads = (_("What"), _("Provider"), _("Since"), _("How it stands"), _("Their reference"), _("How often"))
    return Table(_("Who was asked"), heads, rows, _("Nobody was asked: our own books settle it."))


def _evidence(request: HttpRequest, attempts: list[models.Attempt]) -> Table:
    full = allowed(request, Permission.WORK)  # word for word they name numbers and people
    rows = [
        [
            moment(request, datetime.fromisoformat(answer["at"])),
            attempt.provider,
            words.plain(words.STANDING, answer.get("standing", "")),
            Verbatim(str(answer.get("raw", ""))[:400]) if full else "",
        ]
        for attempt in attempts
        for answer in attempt.answers
    ]
    return Table(
        _("What they answered"),
        (_("When"), _("Provider"), _("Meaning"), _("Word for word")),
        rows,
        _("No answer was written down."),
    )


def _postings(
    request: HttpRequest,
    orders: list[models.Order],
    tenders: list[models.Tender],
    refunds: list[models.Refund],
    disputes: list[models.Dispute],
) -> Table:
    subjects = [row.id for records in (orders, tenders, refunds, disputes) for row in records]
    rows = [
        [
            moment(request, written.at),
            words.ledger_event(written.event),
            written.source,
            written.destination,
            formats.money(written.amount, language()),
        ]
        for written in statement_pages.written(subjects)
    ]
    heads = (_("When"), _("What"), _("From account"), _("To account"), _("Amount"))
    return Table(_("In the books"), heads, rows, _("Nothing is booked yet."), numbers=frozenset({4}))


def _letters(request: HttpRequest, purchase: models.Purchase) -> Table:
    rows = [
        [
            words.plain(words.LETTER, message.kind),
            message.address if allowed(request, Permission.WORK) else "",
            message.language,
            StateBadge(*words.said(words.MESSAGE, message.state)),
            moment(request, message.sent_at),
        ]
        for message in models.OutboundMessage.objects.filter(purchase=purchase).order_by("made_at")
    ]
    return Table(
        _("Letters"), (_("What"), _("To"), _("Language"), _("State"), _("Sent")), rows, _("No letter.")
    )
