"""One task of the work list, with its next right button."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from tsuzuki.actions.money import bank_details
from tsuzuki.actions.order import refund_details
from tsuzuki.actions.work import reversals
from tsuzuki.actions.work import work_items as actions
from tsuzuki.core.errors import Refused
from tsuzuki.core.identifiers import mask_email
from tsuzuki.core.order import State
from tsuzuki.core.staff import Permission
from tsuzuki.core.states import OTHER_AMOUNT, ProviderStatus, RefundState
from tsuzuki.core.task import TaskId, TaskKind
from tsuzuki.plugins import text
from tsuzuki.records import models, work_list
from tsuzuki.ui import formats, methods
from tsuzuki.ui.languages import OWN_NAMES, nearest

from . import words
from .action_form import ActionForm, permitted_forms, run
from .detail_page import Cell, Copy, DetailPage, Link, StateBadge, language, moment, money, show
from .permissions import actor, allowed, permission_required

LIST = "admin:work"
_KINDS = {"ordinary": __("Ordinary"), "current": __("Current")}


class Take(ActionForm):
    name, title, button = "take", __("Begin"), __("I do this now")
    lead = __("From then on the clock no longer withdraws it, and your colleagues see that it is yours.")

    def act(self, by: str, now: datetime) -> str:
        actions.take(self.about, by, now)
        return _("It is yours now. Please answer below when it is done.")


class TakeOver(ActionForm):
    name, title, button, tone = "take_over", __("Take it over"), __("I carry on with this"), "plain"
    lead = __("Only after asking: two people on one task would do it twice.")

    def act(self, by: str, now: datetime) -> str:
        actions.take_over(self.about, by, now)
        return _("It is yours now. Please answer below when it is done.")


class Done(ActionForm):
    name, title, button = "done", __("It is done"), __("Done")
    reference = forms.CharField(
        label=__("Their reference"), max_length=120, help_text=__("The number the other side gave you.")
    )

    def act(self, by: str, now: datetime) -> str:
        self.next = reverse(LIST)
        actions.finish(self.about, self.cleaned_data["reference"], by, now)
        return _("Noted: done.")


class NotDone(ActionForm):
    name, title, button, tone = "refuse", __("It cannot be done"), __("It was certainly not done"), "danger"
    lead = __(
        "The refund begins at once. Press it only when you have seen that nothing was activated or paid."
    )
    why = forms.CharField(label=__("Why"), max_length=200)

    def act(self, by: str, now: datetime) -> str:
        self.next = reverse(LIST)
        actions.refuse(self.about, self.cleaned_data["why"], by, now)
        return _("Noted: not done. What was paid goes back.")


class WasPaid(Done):
    title, button = __("It was paid"), __("Paid")
    reference = forms.CharField(label=__("Receipt or transfer number"), max_length=120)


class NotPaid(NotDone):
    title, button = __("It will not be paid"), __("Not paid")
    lead = __("The order goes on waiting; the buyer can choose another way to pay until its time is over.")


class PaidOut(Done):
    title, button = __("It is paid out"), __("Paid out")
    reference = forms.CharField(label=__("Receipt or transfer number"), max_length=120)


class SendTo(ActionForm):
    name, title, button, tone = "account", __("The buyer named a bank account"), __("Send it there"), "plain"
    lead = __(
        "For a buyer without e-mail, or on the phone: read it back to them. It is deleted once "
        "the money has arrived."
    )
    bank = forms.CharField(label=__("Bank"), max_length=60)
    branch = forms.CharField(label=__("Branch"), max_length=60)
    kind = forms.ChoiceField(label=__("Account type"), choices=list(_KINDS.items()))
    number = forms.CharField(label=__("Account number"), max_length=20)
    holder = forms.CharField(
        label=__("Account holder"), max_length=60, help_text=__("In katakana, as in the bank book.")
    )

    def act(self, by: str, now: datetime) -> str:
        fields = (self.cleaned_data[name] for name in ("bank", "branch", "kind", "number", "holder"))
        refund_details.give(UUID(TaskId.read(self.about).row), refund_details.read(*fields), by, now)
        return _(
            "Noted. Where the payment service can send it, it is asked; otherwise please "
            "transfer it yourself."
        )


class Closed(Done):
    title, button = __("Close this"), __("Close")
    reference = forms.CharField(
        label=__("What was found and done"), max_length=500, widget=forms.Textarea({"rows": 3})
    )


class TakeBack(ActionForm):
    name, title, button, tone, may = (
        "approve",
        __("Take the order back"),
        __("Take it back and refund"),
        "danger",
        Permission.REVERSE,
    )
    lead = __("You decide as the second person. The delivery is undone in the books and the money goes back.")

    def act(self, by: str, now: datetime) -> str:
        self.next = reverse(LIST)
        reversals.approve(self.about, by, now)
        return _("The order is taken back; the refund has begun.")


class Decline(ActionForm):
    name, title, button, tone, may = (
        "decline",
        __("Not take it back"),
        __("Decline and tell the buyer"),
        "plain",
        Permission.REVERSE,
    )
    lead = __(
        "What was delivered stays. The buyer reads your reason word for word, so write it in the "
        "buyer's language."
    )
    why = forms.CharField(label=__("Why not"), max_length=300, widget=forms.Textarea({"rows": 3}))

    def prepare(self) -> None:
        asked = models.Incident.objects.select_related("order__purchase").get(id=TaskId.read(self.about).row)
        if asked.order is not None:
            spoken = OWN_NAMES[nearest(asked.order.purchase.language)]
            self.fields["why"].help_text = _("The buyer reads: %(language)s") % {"language": spoken}

    def act(self, by: str, now: datetime) -> str:
        self.next = reverse(LIST)
        reversals.decline(self.about, self.cleaned_data["why"], by, now)
        return _("Declined. The buyer is told why.")


@permission_required(Permission.SEE)
def task(request: HttpRequest, id: str) -> HttpResponse:
    try:
        asked = TaskId.read(id)
    except Refused:
        raise Http404 from None
    cards = {TaskKind.ATTEMPT: _attempt_card, TaskKind.REFUND: _owed_card, TaskKind.INCIDENT: _incident_card}
    card = cards[asked.kind](request, asked)
    card.above = Link(_("Work list"), reverse(LIST))
    card.sheets = permitted_forms(request, list(card.sheets))
    return run(request, card.sheets) or show(request, card)


def _attempt_card(request: HttpRequest, asked: TaskId) -> DetailPage:
    attempt, id = work_list.open_attempt(asked.row), str(asked)
    if attempt is None:
        raise Http404
    mine, free = attempt.taken_by == actor(request), not attempt.taken_by
    sheets: list[ActionForm] = []
    if not attempt.outcome:
        yes, no = (WasPaid, NotPaid) if attempt.tender_id else (Done, NotDone)
        if not (mine or free):
            sheets.append(TakeOver(about=id))
        else:
            sheets += [Take(about=id)] if free and not attempt.tender_id else []
            sheets += [] if attempt.standing == OTHER_AMOUNT else [yes(about=id)]
            sheets.append(no(about=id))
    portal = _portal(attempt)
    return DetailPage(
        words.plain(words.STEP, attempt.step),
        facts=_facts_of(request, attempt),
        sheets=sheets,
        links=[
            *([Link(_("Open the carrier's portal"), portal, True)] if portal else []),
            _purchase_link(attempt.purchase),
        ],
        warnings=[
            *(
                [_("%(who)s is working on this.") % {"who": who(attempt.taken_by)}]
                if not (mine or free or attempt.outcome)
                else []
            ),
            *_closed(request, attempt),
        ],
    )


def _closed(request: HttpRequest, attempt: models.Attempt) -> list[str]:
    """What is done for a closed line is refunded, and must come off again at the carrier:
    better not to do it.
    """
    closed_at = attempt.order.line.closed_at if attempt.order else None
    if closed_at is None or attempt.outcome:
        return []
    said = _(
        "This line was closed on %(date)s. Please do not do it any more, and answer that it was not done."
    )
    done = _("If it was done already, answer so: it is refunded, and has to come off at the carrier.")
    return [f"{said % {'date': moment(request, closed_at)}} {done}"]


def _facts_of(request: HttpRequest, attempt: models.Attempt) -> list[tuple[Any, Cell]]:
    asked = attempt.question
    full = allowed(request, Permission.WORK)
    facts: list[tuple[Any, Cell]] = [(_("Order"), Copy(attempt.purchase.code))]
    if asked.get("msisdn"):
        facts.append(
            (
                _("Number"),
                Copy("0" + asked["msisdn"].removeprefix("+81")) if full else formats.number(asked["msisdn"]),
            )
        )
    if asked.get("iccid") and full:
        facts.append((_("SIM number (ICCID)"), Copy(asked["iccid"])))
    if attempt.order is not None:
        zone = attempt.order.carrier.zone
        facts += [
            (_("Plan"), formats.name(attempt.order.plan.names, language())),
            (_("Plan code"), Copy(attempt.order.plan.code)),
            (_("Carrier"), formats.name(attempt.order.carrier.names, language())),
        ]
        for label, name, closing in ((_("Starts"), "starts_at", False), (_("Ends"), "ends_at", True)):
            if asked.get(name):
                facts.append(
                    (label, formats.moment(datetime.fromisoformat(asked[name]), zone, language(), closing))
                )
    if asked.get("amount"):
        facts.append((_("Amount"), amount(asked["amount"])))
    standing = words.plain(words.STANDING, attempt.outcome or attempt.standing)
    unusual = [] if attempt.standing == ProviderStatus.WAITING else [(_("State"), standing)]
    return [
        *facts,
        (_("Our key"), Copy(attempt.key)),
        (_("Waiting since"), moment(request, attempt.opened_at)),
        (_("By then"), due(request, due_of(attempt))),
        *unusual,
        (_("Whose"), who(attempt.taken_by)),
    ]


def _owed_card(request: HttpRequest, asked: TaskId) -> DetailPage:
    refund = models.Refund.objects.select_related("purchase", "tender").filter(id=asked.row).first()
    if refund is None:
        raise Http404
    facts = [
        (_("Order"), refund.purchase.code),
        (_("Amount"), Copy(money(refund.minor, refund.currency))),
        (_("Paid by"), methods.method(refund.tender.method, language()).name),
        (_("Buyer's mail"), _mail(request, refund.purchase.email)),
        (_("Waiting since"), moment(request, refund.begun_at)),
        (_("State"), StateBadge(*words.said(words.REFUND, refund.state))),
    ]
    if (
        (account := bank_details.opened(refund.bank_details))
        and refund.state == RefundState.OWED
        and allowed(request, Permission.WORK)
    ):
        facts += [
            (_("Bank"), account.bank),
            (_("Branch"), account.branch),
            (_("Account type"), _KINDS[account.kind]),
            (_("Account number"), Copy(account.number)),
            (_("Account holder"), Copy(account.holder)),
        ]
    lead = words.incident("refund_owed")[1]
    sheets: list[ActionForm] = (
        [PaidOut(about=str(asked)), SendTo(about=str(asked))] if refund.state == RefundState.OWED else []
    )
    return DetailPage(
        words.plain(words.STEP, "owed"),
        lead=lead,
        facts=facts,
        sheets=sheets,
        links=[_purchase_link(refund.purchase)],
    )


def _mail(request: HttpRequest, address: str) -> Cell:
    if not address:
        return ""
    return Copy(address) if allowed(request, Permission.WORK) else mask_email(address)


def _incident_card(request: HttpRequest, asked: TaskId) -> DetailPage:
    incident = models.Incident.objects.select_related("order__purchase").filter(id=asked.row).first()
    if incident is None:
        raise Http404
    what, do = words.incident(incident.kind, incident.subject)
    facts: list[tuple[Any, Cell]] = [
        (_("Waiting since"), moment(request, incident.opened_at)),
        (_("About"), incident.subject),
    ]
    facts += [(name.replace("_", " "), str(value)) for name, value in incident.facts.items()]
    if incident.closed_at is not None:
        facts += [(_("Closed"), moment(request, incident.closed_at)), (_("Answer"), incident.answer)]
    right = (
        [TakeBack, Decline]
        if incident.kind == reversals.ASKED and incident.order and incident.order.state == State.DELIVERED
        else [Closed]
    )
    sheets: list[ActionForm] = [] if incident.closed_at else [sheet(about=str(asked)) for sheet in right]
    return DetailPage(
        what,
        lead=do,
        facts=facts,
        sheets=sheets,
        links=[_purchase_link(incident.order.purchase)] if incident.order else [],
    )


def _portal(attempt: models.Attempt) -> str:
    if attempt.order is None:
        return ""
    address = text(attempt.order.carrier.settings, "portal", "")
    return address if address.startswith("https://") else ""


def _purchase_link(purchase: models.Purchase) -> Link:
    return Link(
        _("The order %(code)s") % {"code": purchase.code},
        reverse("admin:records_purchase_change", args=[purchase.id]),
    )


def due_of(attempt: models.Attempt) -> datetime | None:
    return (
        attempt.order.refund_by if attempt.order else attempt.purchase.pay_by if attempt.tender_id else None
    )


def due(request: HttpRequest, due: datetime | None) -> Cell:
    if due is None:
        return ""
    return StateBadge(moment(request, due), "bad" if due <= timezone.now() else "wait")


def who(taken_by: str) -> str:
    return taken_by.removeprefix("staff ") or _("nobody's yet")


def number(request: HttpRequest, about: str) -> str:
    return formats.number(about) if about.startswith("+") else about


def amount(value: Any) -> str:
    return money(value["minor"], value["currency"]) if isinstance(value, dict) else str(value or "")
