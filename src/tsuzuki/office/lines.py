"""Lines: found by number or SIM, with what they hold and everything that ever happened to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from tsuzuki.actions.lines import line_records as actions
from tsuzuki.actions.lines import links
from tsuzuki.actions.order.close_line import close_line, unbegun
from tsuzuki.actions.people import limits
from tsuzuki.core import identifiers, mailbox
from tsuzuki.core.errors import Code, Refused
from tsuzuki.core.money import Money
from tsuzuki.core.order import State
from tsuzuki.core.plan import AllowanceKind
from tsuzuki.core.staff import Permission
from tsuzuki.core.states import HoldingState, LineState
from tsuzuki.records import holdings, models, queries
from tsuzuki.ui import formats
from tsuzuki.ui.languages import OWN_NAMES, SHIPPED

from . import words
from .action_form import ActionForm
from .action_form import words as said
from .detail_page import Copy, DetailPage, Link, StateBadge, Table, language
from .permissions import actor, allowed
from .read_only_admin import ReadOnlyAdmin, column, tag
from .timeline import of_line

# Numbers a viewer may look for: who sees them masked could find the rest by trying.
SEARCHES, PER = 60, 3600


class CutOff(ActionForm):
    name, title, button, tone = "suspend", __("Cut off by the carrier"), __("Mark as cut off"), "plain"
    folded = True
    lead = __("Customers are then told that the line is cut off. It can still be renewed.")

    def act(self, by: str, now: datetime) -> str:
        actions.suspend_line(self.about.id, now, by)
        return _("Marked as cut off.")


class BackAgain(ActionForm):
    name, title, button = "resume", __("Serves again"), __("Mark as serving")

    def act(self, by: str, now: datetime) -> str:
        actions.suspend_line(self.about.id, None, by, now)
        return _("Marked as serving.")


class RevokeLinks(ActionForm):
    name, title, button, tone = "revoke", __("Revoke its links"), __("Revoke every link"), "plain"
    folded = True
    lead = __(
        "Every link to this line given out so far stops working. The customer gets a new one "
        "from you, or types the number."
    )

    def act(self, by: str, now: datetime) -> str:
        links.revoke(self.about.id, by, now)
        return _("The links are revoked.")


class CloseLine(ActionForm):
    name, title, button, tone, may = (
        "close",
        __("Close this line"),
        __("Close it for good"),
        "danger",
        Permission.SELL,
    )
    folded = True
    sure = forms.BooleanField(label=__("Yes: the number is gone for this customer"))

    def prepare(self) -> None:
        held = holdings.holdings(self.about.id, timezone.now())
        assert held is not None
        lost = [formats.name(period.plan.names, language()) for period in held.periods]
        lost += [f"{_good(lot.good)} {_quantity(lot.good, lot.remaining, lot)}" for lot in held.lots]
        orders = models.Order.objects.filter(line=self.about).select_related("plan").order_by("made_at")
        back = [
            formats.name(order.plan.names, language())
            for order in orders.filter(state__in=[State.PAID, State.APPLIED])
        ]
        unpaid = [
            formats.name(order.plan.names, language())
            for order in orders.filter(state=State.AWAITING_PAYMENT)
        ]
        texts = [
            _(
                "Its number and SIM end here and can be given to a new line. This cannot be "
                "undone; orders and books stay."
            ),
            _("Lost with it: %(what)s.") % {"what": formats.listed(lost, language())}
            if lost
            else _("Nothing is left on it."),
            *(
                [
                    _("Paid and not delivered yet, so it is refunded: %(what)s.")
                    % {"what": formats.listed(back, language())}
                ]
                if back
                else []
            ),
            *(
                [
                    _("Waiting for payment, so it is cancelled: %(what)s.")
                    % {"what": formats.listed(unpaid, language())}
                ]
                if unpaid
                else []
            ),
        ]
        self.lead = " ".join(texts)  # type: ignore[misc]  # a ClassVar of most forms
        if unbegun(self.about.id, timezone.now()):
            label = _(
                "Ask for a refund of the plans that have not begun; a second person decides in the work list"
            )
            self.fields["refund"] = forms.BooleanField(label=label, required=False)

    def act(self, by: str, now: datetime) -> str:
        close_line(
            self.about.id, now, by, _("The line was closed.") if self.cleaned_data.get("refund") else ""
        )
        return _("The line is closed.")


class Letters(ActionForm):
    name, title, button, tone = "letters", __("Where letters go"), __("Save"), "plain"
    email = forms.CharField(
        label=__("Mail address"), required=False, max_length=mailbox.LONGEST, widget=forms.EmailInput
    )

    def first(self) -> dict[str, Any]:
        return {"email": self.about.email}

    def act(self, by: str, now: datetime) -> str:
        actions.write_to({self.about.id: self.cleaned_data["email"]}, by, now)
        return _("Saved.")


class NewLine(ActionForm):
    name, title, button, may = "line", __("A new line"), __("Save"), Permission.SELL
    number = forms.CharField(label=__("Number"), max_length=40)
    iccid = forms.CharField(label=__("SIM number (ICCID)"), max_length=40)
    kind = forms.ChoiceField(label=__("SIM"), choices=(("physical", __("SIM card")), ("esim", __("eSIM"))))
    technology = forms.ChoiceField(label=__("Network"), choices=(("4g", "4G"), ("5g", "5G")))
    language = forms.ChoiceField(label=__("Language"), choices=[(tag, OWN_NAMES[tag]) for tag in SHIPPED])
    email = forms.CharField(
        label=__("Mail address"), required=False, max_length=mailbox.LONGEST, widget=forms.EmailInput
    )

    def prepare(self) -> None:
        carriers = models.Carrier.objects.order_by("code")
        choices = [(carrier.code, formats.name(carrier.names, language())) for carrier in carriers]
        self.fields["carrier"] = forms.ChoiceField(label=__("Carrier"), choices=choices)

    def act(self, by: str, now: datetime) -> str:
        fields = self.cleaned_data
        number, iccid = identifiers.msisdn(fields["number"]), identifiers.iccid(fields["iccid"]).digits
        line = actions.NewLine(
            fields["carrier"],
            number,
            iccid,
            fields["kind"],
            fields["technology"],
            language=fields["language"],
            email=fields["email"],
        )
        self.next = reverse("admin:records_line_change", args=[actions.add_line(line, by, now)])
        return _("Saved.")


@admin.register(models.Line)
class LineAdmin(ReadOnlyAdmin):
    heading = __("Lines")
    new = NewLine
    list_display = ("number", "state", "carrier_name", "holder_language", "since")
    list_filter = ()
    search_fields = ("id",)
    search_help_text = __("A whole telephone number, or the SIM number (ICCID)")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> Any:
        current = Prefetch("numbers", models.Number.objects.filter(queries.CURRENT_OR_LAST))
        periods = Prefetch(
            "periods", models.Period.objects.filter(state=HoldingState.CONFIRMED, ends_at__gt=timezone.now())
        )
        return super().get_queryset(request).select_related("carrier").prefetch_related(current, periods)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        if not search_term.strip():
            return queryset, False
        if held_up(request):
            return queryset.none(), False
        results: set[Any] = set()
        for read, model, field in (
            (identifiers.msisdn, models.Number, "msisdn"),
            (_digits, models.Sim, "iccid"),
        ):
            try:
                results |= set(
                    model._default_manager.filter(**{field: read(search_term)}).values_list("line", flat=True)
                )
            except Refused:
                continue
        return queryset.filter(id__in=results), False

    @column(__("Number"))
    def number(self, line: models.Line) -> str:
        return next((formats.number(number.msisdn) for number in line.numbers.all()), _("none any more"))

    @column(__("State"))
    def state(self, line: models.Line) -> Any:
        now = timezone.now()
        word = (
            "closed"
            if line.closed_at
            else "suspended"
            if line.suspended_at
            else _word(list(line.periods.all()), now)
        )
        return tag(*words.said(words.LINE, word))

    @column(__("Carrier"))
    def carrier_name(self, line: models.Line) -> str:
        return formats.name(line.carrier.names, language())

    @column(__("Language"))
    def holder_language(self, line: models.Line) -> str:
        return line.language

    @column(__("Since"))
    def since(self, line: models.Line) -> str:
        return formats.iso_day(line.opened_at, line.carrier.zone)

    def card(self, request: HttpRequest, row: models.Line) -> DetailPage:
        now = timezone.now()
        held = holdings.holdings(row.id, now)
        assert held is not None
        full = allowed(request, Permission.WORK)
        number = held.number or ""
        sim = held.sim
        facts = [
            (_("Number"), _number(number, full)),
            (_("State"), StateBadge(*words.said(words.LINE, held.state))),
            *(
                [(_("Closed on"), formats.moment(row.closed_at, row.carrier.zone, language()))]
                if row.closed_at
                else []
            ),
            (_("Carrier"), formats.name(row.carrier.names, language())),
            (_("SIM"), (Copy(sim.iccid) if full else identifiers.mask_iccid(sim.iccid)) if sim else ""),
            (_("Language"), row.language),
            (_("Credit"), _sums(held.credit) or "–"),
            *([(_("Frozen credit"), _sums(held.frozen))] if held.frozen else []),
        ]
        zone = row.carrier.zone
        lots = [_lot_row(lot, zone) for lot in held.lots]
        periods = [
            [
                formats.name(period.plan.names, language()),
                formats.moment(period.starts_at, zone, language()),
                formats.moment(period.ends_at, zone, language(), closing=True),
            ]
            for period in held.periods
        ]
        heads = (_("What"), _("Left"), _("Of"), _("From"), _("Until"))
        return DetailPage(
            formats.number(number) if number else _("A closed line"),
            facts=facts,
            tables=[
                Table(
                    _("Plans that run or wait"), (_("Plan"), _("Starts"), _("Ends")), periods, _("None runs.")
                ),
                Table(_("What is left"), heads, lots, _("Nothing is left."), frozenset({1, 2})),
            ],
            links=[Link(_("Renew for the customer"), links.url(row, now), True)]
            if full and held.state != LineState.CLOSED
            else [],
            sheets=[]
            if row.closed_at
            else [
                Letters(about=row),
                RevokeLinks(about=row),
                BackAgain(about=row) if row.suspended_at else CutOff(about=row),
                CloseLine(about=row),
            ],
            template="office/line.html",
            more=of_line(row, language(), full),
        )


def _lot_row(lot: holdings.LotHeld, zone: str) -> list[str]:
    return [
        _good(lot.good),
        _quantity(lot.good, lot.remaining, lot),
        _quantity(lot.good, lot.granted, lot),
        formats.moment(lot.starts_at, zone, language()),
        formats.moment(lot.ends_at, zone, language(), closing=True),
    ]


def _number(number: str, full: bool) -> str | Copy:
    if not number:
        return _("none any more")
    return Copy("0" + number.removeprefix("+81")) if full else formats.number(number)


def held_up(request: HttpRequest) -> bool:
    """One more number is looked for. True: by who sees them masked, and too often; they are told so."""
    if allowed(request, Permission.WORK) or not (
        wait := limits.take("office search", actor(request), SEARCHES, PER, timezone.now())
    ):
        return False
    messages.warning(request, said(Refused(Code.TOO_MANY_TRIES, minutes=-(-wait // 60))))
    return True


def _word(periods: list[models.Period], now: datetime) -> str:
    if any(period.starts_at <= now for period in periods):
        return LineState.ACTIVE
    return LineState.WAITING if periods else LineState.ENDED


def _digits(text: str) -> str:
    return identifiers.iccid(text).digits


def _sums(sums: Sequence[Money]) -> str:
    return formats.listed((formats.money(money, language()) for money in sums), language())


def _good(good: str) -> str:
    return {"data": _("Data"), "voice": _("Calls"), "sms": _("SMS"), "credit": _("Credit")}[good]


def _quantity(good: str, amount: int | None, lot: holdings.LotHeld) -> str:
    return formats.amount(AllowanceKind(good), amount, language(), lot.currency or None)
